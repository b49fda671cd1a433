"""`mature`: how fast refunds come, and how right expectations of final net sales were."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Known, Stores

if TYPE_CHECKING:
    from goldloop.cli.output import Screen

WEEKS = 8  # rows of the table on the screen; JSON holds every day
Age = Annotated[int, typer.Option("--age", metavar="DAYS", help="How old a day was when its final net was expected.")]
Days = Annotated[int, typer.Option("--days", min=7, help="How many of the last final days are held against it.")]


def mature(run: Run, store: Stores = None, age: Age = 7, days: Days = 365, known: Known = "") -> Answer:
    """How fast refunds come in, and how right expected net sales were in the past."""
    found = run.shop().mature(stores=store or (), age=age, days=days, known=known or None)
    data = {"age": age, "stores": [one.as_dict(run.words.language) for one in found]}
    return Answer(data, lambda screen: show(screen, data))


def show(screen: Screen, data: dict[str, Any]) -> None:
    """Per store its age curve, the score of earlier expectations, and the newest of them week by week."""
    words = screen.words
    for one in data["stores"]:
        if "reason" in one:
            screen.line(f"- {one['reason']['text']}")
            continue
        screen.line(
            words(
                "mature_head",
                store=one["store"],
                known=one["known_to"],
                age=one["final_age"],
                refunds=f"{one['refunds']:,}",
            )
        )
        heads = [words("mature_age"), *one["share_come"]]
        screen.table(
            heads,
            [[words("mature_come"), *(f"{share:.1%}" for share in one["share_come"].values())]],
            right=range(1, len(heads)),
        )
        if one["score"] is None:
            screen.line(words("mature_no_past"))
        else:
            _score(screen, one, data["age"])


def _score(screen: Screen, one: dict[str, Any], age: int) -> None:
    words, score = screen.words, one["score"]
    shown = {name: f"{score[name]:.1%}" for name in ("error", "naive", "week_error")}
    bias = f"{round(score['bias'], 3) + 0.0:+.1%}"  # never "-0.0%"
    screen.line(
        words("mature_score", cases=score["cases"], age=age, bias=bias, inside=f"{score['inside']:.0%}", **shown)
    )
    names = ("so_far", "expected", "final")
    rows = []
    whole = len(one["cases"]) // 7 * 7
    for start in range(max(0, whole - 7 * WEEKS), whole, 7):
        week = one["cases"][start : start + 7]
        sums = {name: sum(Decimal(case[name]) for case in week) for name in names}
        missed = (sums["expected"] - sums["final"]) / sums["final"] if sums["final"] else None
        amounts = [f"{sums[name]:,}" for name in names]
        rows.append([f"{week[0]['day']} .. {week[-1]['day']}", *amounts, "" if missed is None else f"{missed:+.1%}"])
    screen.table([words(f"mature_{h}") for h in ("week", *names, "missed")], rows, right=range(1, 5))


COMMANDS = [("mature", mature)]
