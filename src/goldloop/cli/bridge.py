"""`bridge`: why two sources state different figures, line by line, with the rows of each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.cli.words import Words

FORMS = ("table", "json", "csv", "xlsx")
Columns = Mapping[str, str]
Rows = Sequence[Mapping[str, Any]]

Left = Annotated[str, typer.Option("--left", metavar="SOURCE", help="The source to begin with (see --sources).")]
Right = Annotated[str, typer.Option("--right", metavar="SOURCE", help="The source to arrive at.")]
Figure = Annotated[str, typer.Option("--figure", metavar="gmv|refunds", help="The figure that differs.")]
OneStore = Annotated[str, typer.Option("--store", metavar="NAME", help="The store (default: the only one).")]
First = Annotated[
    str, typer.Option("--from", metavar="DATE", help="First business day (default: first that both hold).")
]
Last = Annotated[str, typer.Option("--to", metavar="DATE", help="Last business day (default: last that both hold).")]
By = Annotated[str, typer.Option("--by", metavar="day", help="Each day by itself, too.")]
LineRows = Annotated[
    str, typer.Option("--rows", metavar="LINE|all", help="Show the rows of a line, with file and row.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many rows of a line to show; files hold all.")]
Listed = Annotated[bool, typer.Option("--sources", help="List the sources, what is loaded and what each counts.")]
Form = Annotated[str, typer.Option("--format", metavar="|".join(FORMS), help="Form of the answer.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="Write the answer into a file.")]


def bridge(
    run: Run,
    left: Left = "",
    right: Right = "",
    figure: Figure = "gmv",
    store: OneStore = "",
    first: First = "",
    last: Last = "",
    by: By = "",
    rows: LineRows = "",
    limit: Limit = 20,
    sources: Listed = False,
    form: Form = "",
    out: Out = "",
) -> Answer:
    """Why two sources state different figures: one line per rule, which sum to the difference to the cent."""
    if sources:
        return _listed(run, run.shop().bridge_sources(store=store or None))
    if not (left and right):
        raise GoldloopError("bridge_sides", "A bridge needs two sources.", todo="goldloop bridge --sources")
    chosen = list_files.chosen(form, out, FORMS, otherwise="json", name="bridge")
    as_json = run.json or chosen == "json"
    found = run.shop().bridge(
        left,
        right,
        figure=figure,
        store=store or None,
        first=first or None,
        last=last or None,
        by=by or None,
        rows=rows or ("all" if as_json else None),
        limit=limit if chosen in ("table", "json") and not out else None,
    )
    return _written(run, found, chosen, out, rows=bool(rows))


def _written(run: Run, found: dict[str, Any], form: str, out: str, *, rows: bool) -> Answer:
    from goldloop.cli import output

    for note in found["notes"]:
        note["text"] = _note(run.words, note)
    columns, table = _table(found, rows=rows)
    if out:
        about = {k: v for k, v in found.items() if k != "rows"}
        list_files.write(Path(out), form, columns, found["rows"] if form == "json" else table, about)
        return Answer({"file": out, **found}, lambda screen: screen.line(run.words("file_written", file=out)))
    if form == "csv":
        return Answer(found, lambda screen: screen.raw(list_files.csv_text(columns, table).rstrip("\n")))
    if form == "json":
        return Answer(found, lambda screen: output.print_json(found))
    return Answer(found, lambda screen: _show(screen, found, rows=rows))


def _table(found: dict[str, Any], *, rows: bool) -> tuple[Columns, Rows]:
    """What a file holds: rows where they were asked for, else days and lines, else lines."""
    if rows:
        columns = {
            "line": "text",
            "day": "date",
            "table": "text",
            "key": "text",
            "amount": "money",
            "file": "text",
            "row": "count",
        }
        return columns, [_row(row) for row in found["rows"]]
    if found["days"]:
        lines = [
            {"day": day["day"], "line": name, "amount": amount}
            for day in found["days"]
            for name, amount in (("left", day["left"]), *day["lines"].items(), ("right", day["right"]))
        ]
        return {"day": "date", "line": "text", "amount": "money"}, lines
    ends = [{"line": side, "count": None, "amount": found[side]["amount"], "sure": None} for side in ("left", "right")]
    return {"line": "text", "count": "count", "amount": "money", "sure": "text"}, [ends[0], *found["lines"], ends[1]]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a line on one line: its key, and the newest place that states it."""
    newest = row["origins"][0] if row["origins"] else {}
    place = "/".join(p for p in (newest.get("file"), newest.get("member"), newest.get("sheet")) if p)
    number = " ".join(value for value in row["key"].values() if value != row["day"])
    return {**row, "key": number, "file": place or None, "row": newest.get("row")}


# --- on the screen ---------------------------------------------------------------------------------------------------
def _show(screen: Screen, found: dict[str, Any], *, rows: bool) -> None:
    """Scope, the left figure, the lines, the right figure; then days, rows, what would tie, and notes."""
    words, scope = screen.words, found["scope"]
    screen.line(f"{scope['store']}   {scope['from']} .. {scope['to']}   {scope['currency']}   {found['figure']}")
    table = [[_side(words, found["left"]), None, found["left"]["amount"], "", ""]]
    table += [
        [_line(words, x["code"], x["detail"]), x["count"], _signed(x["amount"]), _sure(words, x["sure"]), x["line"]]
        for x in found["lines"]
    ]
    table.append([_side(words, found["right"]), None, found["right"]["amount"], "", ""])
    screen.table([words(f"bridge_{h}") for h in ("line", "rows", "amount", "sure", "asked")], table, right=(1, 2))
    screen.line(
        words("bridge_difference", difference=_signed(found["difference"]), unexplained=_signed(found["unexplained"]))
    )
    if found["days"]:
        _show_days(screen, found)
    if rows:
        heads = [words(f"bridge_{h}") for h in ("line", "day", "key", "amount", "place")]
        listed = [_row(row) for row in found["rows"]]
        places = ["" if row["file"] is None else f"{row['file']}:{row['row']}" for row in listed]
        screen.table(
            heads,
            [[r["line"], r["day"], r["key"], _signed(r["amount"]), p] for r, p in zip(listed, places, strict=True)],
            right=[3],
        )
    for tie in found["ties"]:
        changes = ", ".join(_way(words, c["rule"], c["would"]) for c in tie["changes"])
        source = words(f"bridge_source_{tie['source']}")
        screen.line(
            words("bridge_tie", source=source, changes=changes, days=tie["days"], of=tie["of"], now=tie["days_now"])
        )
    for note in found["notes"]:
        screen.line(f"* {note['text']}")


def _show_days(screen: Screen, found: dict[str, Any]) -> None:
    """A row per day whose sources differ, a column per line; days that agree are counted."""
    words, lines = screen.words, found["lines"]
    apart = [day for day in found["days"] if day["lines"]]
    names = list(dict.fromkeys([*(x["line"] for x in lines), *(name for day in apart for name in day["lines"])]))
    heads = [_line(words, *_parts(name)) for name in names]
    screen.table(
        [words("bridge_day"), words("bridge_left"), *heads, words("bridge_right")],
        [[day["day"], day["left"], *(_signed(day["lines"].get(n, "")) for n in names), day["right"]] for day in apart],
        right=range(1, len(names) + 3),
    )
    if len(apart) < len(found["days"]):
        screen.line(words("bridge_agree", days=len(found["days"]) - len(apart)))


def _parts(name: str) -> tuple[str, str | None]:
    code, colon, detail = name.partition(":")
    return code, detail if colon else None


def _line(words: Words, code: str, detail: str | None) -> str:
    """What a line is called, with its exclusion rule, kind of fee or the source that lacks rows."""
    if code == "missing_rows":
        return words("bridge_line_missing_rows", source=words(f"bridge_source_{detail}"))
    text = words(f"bridge_line_{code}")
    return text if detail is None else f"{text}: {detail}"


def _side(words: Words, side: dict[str, Any]) -> str:
    name = words(f"bridge_source_{side['source']}")
    return f"{name} ({side['report']})" if side["report"] else name


def _way(words: Words, rule: str, way: str) -> str:
    return f"{words(f'bridge_line_{rule}')}: {words(f'bridge_way_{way}')}"


def _sure(words: Words, sure: str | None) -> str:
    return "" if sure is None else words(f"bridge_sure_{sure}")


def _signed(amount: str) -> str:
    """An amount with its sign; nothing stays as it is."""
    return f"+{amount}" if amount.strip("0.") and not amount.startswith("-") else amount


def _note(words: Words, note: dict[str, Any]) -> str:
    """The sentence of a note, with sources and lines by their names."""
    values = {k: words(f"bridge_{k}_{v}") if k in ("source", "line") else v for k, v in note.items() if k != "code"}
    return words(note["code"], **values)


# --- which sources there are -----------------------------------------------------------------------------------------
def _listed(run: Run, found: list[dict[str, Any]]) -> Answer:
    return Answer({"sources": found}, lambda screen: _show_sources(screen, found))


def _show_sources(screen: Screen, found: list[dict[str, Any]]) -> None:
    words = screen.words
    rows = []
    for one in found:
        counts = ", ".join(f"{_way(words, c['rule'], c['way'])} ({_sure(words, c['sure'])})" for c in one["counts"])
        days = "-" if one["first"] is None else f"{one['first']} .. {one['last']}"
        rows.append(
            [one["source"], words(f"bridge_source_{one['source']}"), one["figure"], one["report"], days, counts]
        )
    screen.table([words(f"bridge_{h}") for h in ("source", "name", "figure", "report", "loaded", "counts")], rows)


COMMANDS = [("bridge", bridge)]
