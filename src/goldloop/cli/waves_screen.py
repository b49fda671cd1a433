"""Several waves together on the screen: both arms, what they brought beside what was predicted, or what is lacking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.cli.words import Words

NEEDED = ("sent", "held", "buyers", "units")


def show_together(screen: Screen, told: list[dict[str, Any]]) -> None:
    """Each month, or the waves that were named."""
    for one in told:
        _show(screen, one)
    if not told:
        screen.line(screen.words("wave_together_none"))


def needed(words: Words, lack: Mapping[str, Any]) -> str:
    """What is lacking, each with its number: more people held out, more buyers."""
    return words("wave_and").join(words(f"wave_lack_{name}", count=lack[name]) for name in NEEDED if lack[name])


def _show(screen: Screen, one: dict[str, Any]) -> None:
    words = screen.words
    head = "  ".join([*([one["month"]] if one["month"] else []), ", ".join(one["stores"])])
    screen.line(words("wave_together", head=head, waves=_ids(one["waves"])))
    heads = ("arm", "people", "buyers", "orders", "gmv", "net")
    rows = [[words(f"wave_arm_{arm}"), *(one[arm][name] for name in heads[1:])] for arm in ("sent", "held")]
    screen.table(
        [words(f"wave_{name}_head" if name == "people" else f"wave_{name}") for name in heads], rows, right=range(1, 6)
    )
    for left in one["left_out"]:
        screen.line("- " + words("wave_left_out", wave=left["wave"], why=words(f"wave_left_{left['why']}")))
    if one["known"]:
        screen.line(words("wave_known" if one["final"] else "wave_so_far", day=one["known"]))
    for lack in one["lacks"]:
        said = {"waves": _ids(lack["waves"]), "worth": lack["worth"], "needed": needed(words, lack)}
        screen.line(words("wave_lacks", **said))
    if one["measured"]:
        _show_measured(screen, one)


def _ids(waves: list[int]) -> str:
    return ", ".join(map(str, waves)) or "-"


def _show_measured(screen: Screen, one: dict[str, Any]) -> None:
    words, found, predicted = screen.words, one["measured"], one["predicted"]
    for name in ("orders", "gmv", "net"):
        screen.line(words("wave_gain", what=words(f"wave_{name}"), **found[name]))
    per = {end: value or "-" for end, value in found["cost_per_order"].items()}
    screen.line(words("wave_per_order", cost=one["cost"], **per))
    if predicted:
        screen.line(words("wave_predicted_sum", **predicted))
    screen.line(words("wave_strata", count=len(one["strata"])))
    screen.line(words("wave_formula", formula=found["formula"], p=f"{found['p']:.3f}"))
