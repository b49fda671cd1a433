"""`why`: the account of a change, on the screen, as text to paste, as a file or for machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import (
    AsOf,
    Basis,
    Currency,
    From,
    Known,
    New,
    NewBy,
    Out,
    SameAge,
    Stores,
    To,
    Where,
    as_of_sale,
    scope,
)

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.why import Line
    from goldloop.metrics.why_findings import Drill
    from goldloop.metrics.why_text import Account

FORMS = ("table", "json", "csv", "xlsx", "text")
TREES = "funnel|customers|orders|net|efficiency|profit"
AGAINST = "previous|last-year|same-weekday|FROM..TO|store:NAME"

Figure = Annotated[str, typer.Option("--figure", metavar="NAME", help="The figure that moved.")]
Against = Annotated[str, typer.Option("--against", metavar=AGAINST, help="What it is compared with.")]
Tree = Annotated[
    str, typer.Option("--tree", metavar=TREES, help="Drivers that explain it (default: the figure's own).")
]
Segments = Annotated[
    str, typer.Option("--by", metavar="CUT[,CUT]", help="Segments that explain it: a cut or two, none of time.")
]
Depth = Annotated[
    int, typer.Option("--depth", min=1, max=2, help="1 stops at the value of a buyer or order, 2 goes on.")
]
Top = Annotated[int, typer.Option("--top", min=1, help="How many segments are named; the others are one line.")]
Drilled = Annotated[
    str,
    typer.Option(
        "--drill",
        metavar="CUT[,CUT...]|none",
        help="Over which cuts, up to six, to look for what moved unlike the rest (default: all that the data knows).",
    ),
]
Form = Annotated[str, typer.Option("--format", metavar="|".join(FORMS), help="Form of the answer.")]


def why(
    run: Run,
    figure: Figure = "gmv",
    first: From = "",
    last: To = "",
    against: Against = "previous",
    tree: Tree = "",
    by: Segments = "",
    depth: Depth = 2,
    top: Top = 10,
    drill: Drilled = "",
    store: Stores = None,
    where: Where = None,
    basis: Basis = "auto",
    new: New = "platform365",
    new_by: NewBy = "buyer",
    as_of: AsOf = "today",
    currency: Currency = "",
    known: Known = "",
    same_age: SameAge = False,
    form: Form = "",
    out: Out = "",
) -> Answer:
    """Why a figure moved: the change over drivers and segments, with nothing left over."""
    chosen = list_files.chosen(form, out, FORMS, otherwise="text", name="why")
    found = run.shop().why(
        figure,
        against=against,
        tree=tree or None,
        by=[c for c in by.split(",") if c],
        depth=depth,
        top=top,
        drill=None if not drill else drill if drill == "none" else [c for c in drill.split(",") if c],
        **scope(first, last, store, where, basis, new, currency),
        new_by=new_by,
        as_of_sale=as_of_sale(as_of),
        known=known or None,
        same_age=same_age,
    )
    return _written(run, found, chosen, out)


def _written(run: Run, found: Account, form: str, out: str) -> Answer:
    from goldloop.cli import output

    data = found.as_dict(run.words.language)
    if out:
        about = {k: v for k, v in data.items() if k not in ("drivers", "segments")} if form == "xlsx" else data
        list_files.write(Path(out), form, found.columns(), found.rows(), about)
        return Answer({"file": out, **data}, lambda screen: screen.line(run.words("file_written", file=out)))
    if form == "text":
        return Answer(data, lambda screen: screen.raw(data["text"]))
    if form == "csv":
        text = list_files.csv_text(found.columns(), found.rows())
        return Answer(data, lambda screen: screen.raw(text.rstrip("\n")))
    if form == "json":
        return Answer(data, lambda screen: output.print_json(data))
    return Answer(data, lambda screen: show(screen, found))


def show(screen: Screen, found: Account) -> None:
    """Scope, checks, the three sentences, drivers, and segments with the largest first; last what is missing and notes."""
    from goldloop.metrics.why_text import driver_name

    words, why = screen.words, found.found
    data = found.as_dict(words.language)
    scope = data["scope"]
    screen.line(
        f"{', '.join(scope['stores'])}   {scope['from']} .. {scope['to']}   {scope['currency'] or ''}   "
        + words("why_against", against=found.against())
    )
    for check in data["checks"]:
        screen.line(f"{'+' if check['ok'] else '!'} {check['text']}")
    screen.line()
    screen.line(data["text"])
    _drivers(screen, found)
    if why.cuts:
        _segments(screen, found)
    if found.drill is not None:
        _findings(screen, found, found.drill)
    for one in data["missing"]:
        code = "why_missing_by_cut" if one["by_cut"] else "why_missing"
        name = driver_name(one["figure"], zh=words.language == "zh")
        screen.line(f"- {words(code, figure=name, reason=one['text'])}")
    for note in data["notes"]:
        screen.line(f"* {note}")


def _drivers(screen: Screen, found: Account) -> None:
    words, why = screen.words, found.found
    rows = [[_driver(screen, line), *found.values(line), found.amount(line.amount, sign=True)] for line in why.drivers]
    rows.append(
        [words("why_change"), found.amount(why.before), found.amount(why.after), found.amount(why.change, sign=True)]
    )
    screen.table([words(f"why_{h}") for h in ("driver", "before", "after", "effect")], rows, right=(1, 2, 3))


def _segments(screen: Screen, found: Account) -> None:
    """The sum of each segment on a line of its own, its drivers below it; others, and what belongs to no segment."""
    from goldloop.metrics.cut_words import cut_names, segment_name

    words, why = screen.words, found.found
    zh = words.language == "zh"
    rows: list[Sequence[Any]] = []
    for cuts, total in why.totals.items():
        rows.append([segment_name(why.cuts, cuts, zh=zh), "", "", "", "", found.amount(total, sign=True)])
        rows += [_line(screen, found, line) for line in why.segments if line.cuts == cuts and not line.of_nobody]
    if why.others_count:
        rows.append(
            [words("why_others", count=f"{why.others_count:,}"), "", "", "", "", found.amount(why.others, sign=True)]
        )
    nobody = [_line(screen, found, line) for line in why.segments if line.of_nobody]
    rows += [[words("why_nobody"), *row[1:]] for row in nobody]
    rows.append([words("why_change"), "", "", "", "", found.amount(why.change, sign=True)])
    heads = [cut_names(why.cuts, zh=zh), *(words(f"why_{h}") for h in ("driver", "kind", "before", "after", "effect"))]
    screen.table(heads, rows, right=(3, 4, 5))


def _findings(screen: Screen, found: Account, drill: Drill) -> None:
    """The segments that moved unlike the rest, and what all others did, to the change; or why there are none."""
    from goldloop.metrics.cut_words import cut_names, scope_name

    words, zh = screen.words, screen.words.language == "zh"
    over = words("why_drilled", cuts=cut_names(drill.cuts, zh=zh), leaves=f"{drill.leaves:,}") if drill.leaves else ""
    if drill.empty is not None:
        screen.line(f"{over} {drill.empty.as_dict(words.language)['text']}".strip())
        return
    screen.line(over)
    rows: list[Sequence[Any]] = []
    for one in drill.findings:
        sides = (found.shown(side) for side in (one.before, one.after))
        share = "" if one.share is None else f"{one.share:.1%}"
        name = scope_name(one.cuts, zh=zh)
        rows.append([name, *sides, found.amount(one.change, sign=True), share, f"{one.surprise:,.1f}"])
    left = (("twice", drill.twice), ("rest", drill.rest), ("beyond", drill.beyond))
    for kind, amount in left:
        if amount or kind == "rest":
            name = words(f"why_{kind}", count=f"{drill.rest_leaves:,}")
            rows.append([name, "", "", found.amount(amount, sign=True), "", ""])
    rows.append([words("why_change"), "", "", found.amount(found.found.change, sign=True), "", ""])
    heads = [words(f"why_{h}") for h in ("unlike", "before", "after", "effect", "share", "surprise")]
    screen.table(heads, rows, right=(1, 2, 3, 4, 5))


def _line(screen: Screen, found: Account, line: Line) -> list[str]:
    kind = screen.words(f"why_kind_{line.effect}") + ("" if line.enough else f" ({screen.words('why_not_enough')})")
    return ["", _driver(screen, line), kind, *found.values(line), found.amount(line.amount, sign=True)]


def _driver(screen: Screen, line: Line) -> str:
    from goldloop.metrics.why_text import driver_name

    return driver_name(line.driver, zh=screen.words.language == "zh")


COMMANDS = [("why", why)]
