"""UX-03: every pair of colours in which something is written or drawn is far enough apart, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "src/goldloop/web/static/web/app.css").read_text("utf-8")
PAIR = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);")
TOKENS = [{m[1]: m[2 + theme] for m in PAIR.finditer(CSS)} for theme in (0, 1)]
GROUNDS = ("page", "panel", "sunk", "gold-soft")
TEXT = [(ink, ground) for ink in ("text", "soft") for ground in GROUNDS]
TEXT += [
    (ink, ground)
    for ink in ("red", "green", "blue", "orange", "accent", "gold")
    for ground in ("page", "panel", "sunk")
]
TEXT += [("orange", "warn-bg"), ("red", "bad-bg"), ("green", "good-bg"), ("accent-text", "accent")]
TEXT += [("text", ground) for ground in ("warn-bg", "bad-bg", "good-bg")]
DRAWN = [(line, ground) for line in ("line-strong", "focus", "gold") for ground in ("page", "panel", "sunk")]


def contrast(first: str, second: str) -> float:
    """The ratio of WCAG 2.2: 1 for the same colour, 21 for black and white."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_measure_is_right() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_lines_stand_out(theme: int) -> None:
    tokens = TOKENS[theme]
    assert len(tokens) > 15
    far = {(ink, ground): round(contrast(tokens[ink], tokens[ground]), 2) for ink, ground in (*TEXT, *DRAWN)}
    assert {pair: far[pair] for pair in TEXT if far[pair] < 4.5} == {}
    assert {pair: far[pair] for pair in DRAWN if far[pair] < 3} == {}
