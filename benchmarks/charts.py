"""Bars and lines of the benchmark page as inline SVG: nothing is loaded from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

BAR, GAP, NAMES, VALUES, WIDTH = 18, 6, 100, 110, 640


def bars(values: Sequence[tuple[str, float]], unit: str, mark: float | None = None) -> str:
    """Horizontal bars of named values; the first is ours. `mark`: the limit, as a line."""
    most = max([value for _, value in values] + [mark or 0.0]) or 1.0
    scale, height = (WIDTH - NAMES - VALUES) / most, len(values) * (BAR + GAP) + GAP
    parts = [f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">']
    for place, (name, value) in enumerate(values):
        y, long = GAP + place * (BAR + GAP), max(value * scale, 1)
        kind = "ours" if place == 0 else "peer"
        parts.append(f'<text x="{NAMES - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{long:.1f}" height="{BAR}"/>')
        parts.append(f'<text x="{WIDTH - VALUES + 10}" y="{y + 13}">{number(value)} {escape(unit)}</text>')
    if mark is not None:
        x = NAMES + mark * scale
        parts.append(
            f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"><title>limit {number(mark)} {escape(unit)}</title></line>'
        )
    return "".join([*parts, "</svg>"])


def runs(values: Sequence[float]) -> str:
    """A ratio over the runs, oldest first: a line from 0, with the last value marked."""
    wide, high, most = 180, 32, max(values) or 1.0
    step = (wide - 10) / max(len(values) - 1, 1)
    points = [(5 + place * step, high - 4 - value / most * (high - 8)) for place, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg role="img" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"><title>{len(values)} runs</title>'
        f'<polyline class="runs" points="{path}"/><circle class="last" cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )


def number(value: float) -> str:
    """A value with three digits that matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
