"""`figures` and `trace`: from a question to numbers, and from a number to the rows of the files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.answer import Answer as FigureAnswer

FORMATS = ("table", "csv", "json", "xlsx", "parquet")

Names = Annotated[list[str] | None, typer.Argument(help="Figures (default: the golden formula).")]
Stores = Annotated[list[str] | None, typer.Option("--store", metavar="NAME", help="Store; may be given several times.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="First business day (default: first loaded).")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="Last business day (default: last loaded).")]
By = Annotated[str, typer.Option("--by", metavar="CUT[,CUT]", help="Split by a cut or two, e.g. month or month,store.")]
Compare = Annotated[
    str, typer.Option("--compare", metavar="previous|last-year|same-weekday|FROM..TO", help="Compare with.")
]
Where = Annotated[list[str] | None, typer.Option("--where", metavar="CUT=VALUE", help="Keep only this value of a cut.")]
Basis = Annotated[str, typer.Option("--basis", metavar="auto|platform|orders", help="Which source is the root.")]
New = Annotated[str, typer.Option("--new", metavar="platform365|first-ever|first-in-data", help="Who counts as new.")]
NewBy = Annotated[
    str, typer.Option("--new-by", metavar="buyer|order", help="All orders of a new buyer are new, or only her first.")
]
Currency = Annotated[
    str, typer.Option("--currency", metavar="CODE", help="Convert all amounts at the rates loaded (table fx).")
]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="today|sale", help="Product attributes of today or of the day of sale.")
]
Known = Annotated[str, typer.Option("--known", metavar="DATE", help="Count only refunds settled up to this day.")]
SameAge = Annotated[
    bool, typer.Option("--same-age", help="Count refunds of the compared days up to the age of these days.")
]
Format = Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="Form of the answer.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="Write the answer into a file.")]


def figures(
    run: Run,
    names: Names = None,
    store: Stores = None,
    first: From = "",
    last: To = "",
    by: By = "",
    compare: Compare = "",
    where: Where = None,
    basis: Basis = "auto",
    new: New = "platform365",
    new_by: NewBy = "buyer",
    as_of: AsOf = "today",
    currency: Currency = "",
    known: Known = "",
    same_age: SameAge = False,
    form: Format = "",
    out: Out = "",
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL behind the answer.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say how each part of the answer was counted.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List all figures and cuts.")] = False,
) -> Answer:
    """Figures by any cut, compared with any period."""
    if listing:
        return _catalogue(run)
    chosen = list_files.chosen(form, out, FORMATS, otherwise="json", name="figures")
    if run.json and not form and not out:
        chosen = "json"
    answer = run.shop().figures(
        [n for name in names or () for n in name.split(",") if n],
        by=[c for c in by.split(",") if c],
        compare=compare or None,
        **scope(first, last, store, where, basis, new, currency),
        new_by=new_by,
        as_of_sale=as_of_sale(as_of),
        known=known or None,
        same_age=same_age,
    )
    if sql:
        text = answer.sql
        return Answer({"sql": text}, lambda screen: screen.raw(text))
    if explain:
        return _explained(run, answer)
    return _written(run, answer, chosen, out)


def _explained(run: Run, answer: FigureAnswer) -> Answer:
    """How each group of parts was counted: from sums by day, from the days of people, or from the facts."""
    ways = answer.ways()

    def show(screen: Screen) -> None:
        rows = [
            [
                one["parts"],
                run.words(f"way_{one['from']}"),
                one["read"],
                run.words(f"why_{one['why']}") if one["why"] else "",
            ]
            for one in ways
        ]
        screen.table([run.words(f"explain_{name}") for name in ("parts", "from", "read", "why")], rows)

    return Answer({"ways": ways}, show)


def scope(
    first: str, last: str, store: list[str] | None, where: list[str] | None, basis: str, new: str, currency: str
) -> dict[str, Any]:
    """What is asked about, as every question takes it; raises `where_bad`."""
    return {
        "first": first or None, "last": last or None, "stores": store or (), "where": where_pairs(where or []),
        "basis": basis, "new": new, "currency": currency or None,
    }  # fmt: skip


def as_of_sale(as_of: str) -> bool:
    """Whether product attributes are those of the day of sale; raises `as_of_bad`."""
    if as_of not in ("today", "sale"):
        raise GoldloopError(
            "as_of_bad", f"'{as_of}' is neither today nor sale.", given=as_of, allowed=["today", "sale"]
        )
    return as_of == "sale"


def where_pairs(texts: list[str]) -> dict[str, list[str]]:
    """`CUT=VALUE` texts as cut -> values; raises `where_bad`."""
    found: dict[str, list[str]] = {}
    for text in texts:
        cut, equals, value = text.partition("=")
        if not equals or not cut:
            raise GoldloopError(
                "where_bad", f"'{text}' does not say CUT=VALUE.", given=text, allowed="CUT=VALUE", pair=text
            )
        found.setdefault(cut, []).append(value)
    return found


def _written(run: Run, answer: FigureAnswer, form: str, out: str) -> Answer:
    from goldloop.cli import figure_files, figure_screen

    data = answer.as_dict(run.words.language)
    if out:
        figure_files.write(answer, form, Path(out), run.words.language)
        return Answer({"file": out, **data}, lambda screen: screen.line(run.words("file_written", file=out)))
    if form == "csv":
        text = figure_files.csv_text(answer)
        return Answer(data, lambda screen: screen.raw(text.rstrip("\n")))
    if form == "json":
        import json

        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        return Answer(data, lambda screen: screen.raw(text))
    return Answer(data, lambda screen: figure_screen.show(screen, answer))


def _catalogue(run: Run) -> Answer:
    found = run.shop().catalogue()
    zh = run.words.language == "zh"

    def show(screen: Screen) -> None:
        for part, columns in (
            ("figures", ("name", "zh" if zh else "en", "unit", "formula")),
            ("cuts", ("name", "zh" if zh else "en", "doc")),
        ):
            screen.line(run.words(f"list_{part}"))
            screen.table([run.words(f"head_{c}") for c in columns], [[row[c] for c in columns] for row in found[part]])

    return Answer(dict(found), show)


def trace(
    run: Run,
    figure: Annotated[str, typer.Option("--figure", metavar="NAME", help="The figure to trace, e.g. gmv.")],
    store: Stores = None,
    first: From = "",
    last: To = "",
    where: Where = None,
    basis: Basis = "auto",
    new: New = "platform365",
    currency: Currency = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows to show.")] = 20,
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many rows to skip.")] = 0,
) -> Answer:
    """From a figure to its rows, and from each row to file, sheet and line."""
    found = run.shop().trace(
        figure, **scope(first, last, store, where, basis, new, currency), limit=limit, offset=offset
    )
    return Answer(found, lambda screen: _show_trace(screen, found))


def _show_trace(screen: Screen, found: dict[str, Any]) -> None:
    words = screen.words
    screen.line(
        words(
            "trace_head",
            figure=found["figure"],
            value=found["value"],
            count=f"{found['count']:,}",
            total=found["total"],
        )
    )
    rows = []
    for row in found["rows"]:
        key = " ".join(
            str(v) for k, v in row.items() if k not in ("table", "store", "day", "contribution", "origins") and v
        )
        first, *others = dict.fromkeys(f"{_place(o)}:{o['row']}" for o in row["origins"]) or ["-"]
        rows.append([row["store"], row["table"], key, row["day"], row["contribution"], first])
        rows += [["", "", "", "", "", other] for other in others[:9]]
        if len(others) > 9:
            rows.append(["", "", "", "", "", f"+ {len(others) - 9}"])
    heads = [words(f"trace_{h}") for h in ("store", "table", "key", "day", "contribution", "origin")]
    screen.table(heads, rows, right=[4])
    left = found["count"] - found["offset"] - len(found["rows"])
    if left > 0:
        screen.line(words("trace_more", left=f"{left:,}", offset=found["offset"] + len(found["rows"])))


def _place(origin: dict[str, Any]) -> str:
    return "/".join(part for part in (origin["file"], origin["member"], origin["sheet"]) if part)


COMMANDS = [("figures", figures), ("trace", trace)]
