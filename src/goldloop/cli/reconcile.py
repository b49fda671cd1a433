"""`reconcile`: two sources against each other, down to the order, the file and the row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.cli.words import Words

PAIRS = "platform,erp|orders,settlements|orders,refunds"
FORMS = ("table", "csv", "json", "xlsx")


def reconcile(
    run: Run,
    between: Annotated[str, typer.Option("--between", metavar=PAIRS, help="Which two sources.")],
    store: Annotated[str, typer.Option("--store", metavar="NAME", help="The store (default: the only one).")] = "",
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First business day (default: first loaded).")
    ] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last business day (default: last loaded).")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows to show; files hold all.")] = 20,
    form: Annotated[str, typer.Option("--format", metavar="|".join(FORMS), help="Form of the answer.")] = "",
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Write the answer into a file.")] = "",
) -> Answer:
    """Two sources of a store compared: orders that differ, with file and row, and sums that add up."""
    chosen = list_files.chosen(form, out, FORMS, otherwise="json", name="reconcile")
    found = run.shop().reconcile(
        between, store=store or None, first=first or None, last=last or None, limit=limit if chosen == "table" else None
    )
    return _written(run, found, chosen, out)


def _written(run: Run, found: dict[str, Any], form: str, out: str) -> Answer:
    about = {k: v for k, v in found.items() if k not in ("rows", "columns")}
    if out:
        list_files.write(Path(out), form, found["columns"], found["rows"], about)
        return Answer({"file": out, **about}, lambda screen: screen.line(run.words("file_written", file=out)))
    if form == "csv":
        return Answer(
            found, lambda screen: screen.raw(list_files.csv_text(found["columns"], found["rows"]).rstrip("\n"))
        )
    if form == "json":
        from goldloop.cli.output import print_json

        return Answer(found, lambda screen: print_json(found))
    return Answer(found, lambda screen: _show(screen, found))


def _show(screen: Screen, found: dict[str, Any]) -> None:
    """Scope, both figures and what makes the difference, then the largest lines."""
    words, scope = screen.words, found["scope"]
    screen.line(f"{scope['store']}   {scope['from']} .. {scope['to']}   {scope['currency']}")
    screen.table(
        ["", words("head_value")],
        [[words(f"reconcile_{name}"), value] for name, value in found["totals"].items()],
        right=[1],
    )
    if found["components"]:
        heads = [words(f"reconcile_{n}") for n in found["components"][0]]
        screen.table(heads, [list(c.values()) for c in found["components"]], right=[1, 2])
    if found["kinds"]:
        rows = [[words(f"reconcile_kind_{k['kind']}"), k["count"], k["difference"]] for k in found["kinds"]]
        screen.table(
            [words("reconcile_kind"), words("reconcile_count"), words("reconcile_difference")], rows, right=[1, 2]
        )
        _lines(screen, found)
    if found["left"]:
        screen.line(words("more_rows", count=f"{found['left']:,}"))
    for one in found["data"]["imports"]:
        newest = f"{str(one['newest'])[:16].replace('T', ' ')} UTC"
        screen.line(words("reconcile_import", **{**one, "newest": newest}))


_TWICE = ("day", "units", "status")  # one column on a screen holds both sides


def _lines(screen: Screen, found: dict[str, Any]) -> None:
    """The lines; what both sides say is shown once where it is the same, and a row stands behind its file.

    Kinds of amounts have their own table above; by line they stand in files.
    """
    words = screen.words
    hidden = {f"{n}_erp" for n in _TWICE} | {f"row_{side}" for side in ("platform", "erp")} | {"differs"}
    columns = [name for name in found["columns"] if name not in hidden and not name.startswith("component:")]
    rows = [[_cell(words, row, name) for name in columns] for row in found["rows"]]
    money = [place for place, name in enumerate(columns) if found["columns"][name] == "money"]
    screen.table([_head(screen, name) for name in columns], rows, right=money)


def _head(screen: Screen, column: str) -> str:
    name = column.removesuffix("_platform")
    return screen.words(f"reconcile_{name if name in _TWICE else column}")


def _cell(words: Words, row: dict[str, Any], column: str) -> str:
    value, name = row[column], column.removesuffix("_platform")
    if column == "kind":
        several = (row.get("differs") or value).split()
        return ", ".join(words(f"reconcile_kind_{word}") for word in several)
    if column.startswith("file_") and value is not None:
        return f"{value}:{row[column.replace('file', 'row')]}"
    if name in _TWICE and name != column:
        return " | ".join(dict.fromkeys(str(v) if v is not None else "-" for v in (value, row[f"{name}_erp"])))
    return "" if value is None else str(value)


COMMANDS = [("reconcile", reconcile)]
