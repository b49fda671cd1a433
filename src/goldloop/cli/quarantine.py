"""`quarantine list|show|fix|retry|ignore|export`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from goldloop.cli import parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.imports import StoreName
from goldloop.cli.output import Screen
from goldloop.cli.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goldloop.apps.feeds.api import Group
    from goldloop.jobs.quarantine import Row, Tried

RowId = Annotated[int, typer.Argument(help="Id of a quarantined row.", metavar="ID")]
State = Literal["open", "fixed", "ignored", "all"]
OfImport = Annotated[int, typer.Option("--import", metavar="ID", help="Only rows of this import.")]
AlikeOption = Annotated[
    Literal["value", "reason"] | None,
    typer.Option("--alike", help="Also every row that fails there with the same value, or for the same reason."),
]


def quarantine_list(
    run: Run,
    import_id: OfImport = 0,
    store: StoreName = "",
    state: Annotated[State, typer.Option(help="Which rows.")] = "open",
    limit: Annotated[int, typer.Option(min=0, help="How many rows to show; 0 shows all.")] = 200,
    offset: Annotated[int, typer.Option(min=0, help="How many rows to skip.")] = 0,
) -> Answer:
    """List rows that could not be loaded."""
    states = () if state == "all" else (state,)
    shop, of, only = run.shop(), import_id or None, store or None
    rows = shop.quarantine(states=states, import_id=of, store=only, limit=limit or None, offset=offset)
    groups = shop.quarantine_groups(import_id=of, store=only)
    heads = ("id", "file", "row", "column", "raw", "what", "todo")

    def show(screen: Screen) -> None:
        if not rows:
            return screen.line(run.words("quarantine_none"))
        table = [
            (
                str(row.id) if i == 0 else "",
                " / ".join(part for part in (row.file, row.member, row.sheet) if part) if i == 0 else "",
                str(row.row) if i == 0 else "",
                *_cells(run.words, issue),
            )
            for row in rows
            for i, issue in enumerate(row.issues)
        ]
        screen.table([run.words(head) for head in heads], table, right=(0, 2))
        if state == "open":
            _show_next(screen, rows, groups)

    data = {"rows": [row_dict(run.words, row) for row in rows], "groups": [asdict(group) for group in groups]}
    return Answer(data, show)


def _show_next(screen: Screen, rows: Sequence[Row], groups: Sequence[Group]) -> None:
    """How many rows wait for what, and the commands that put them right."""
    words = screen.words
    first = next((row for row in rows if row.issues[0]["column"]), rows[0])  # one that a column puts right
    said = {(i["column"], i["code"]): _cells(words, i)[2] for row in reversed(rows) for i in row.issues}
    for group in groups if len(rows) > 1 else ():
        what = said.get((group.column, group.code), group.code)
        screen.line(
            words(
                "quarantine_group",
                rows=group.rows,
                column=group.column or words("quarantine_whole"),
                what=what,
                id=group.first,
            )
        )
    if len(rows) < max((group.rows for group in groups), default=0):
        screen.line(words("quarantine_more", rows=len(rows)))
    screen.line(words("quarantine_next", id=first.id, column=first.issues[0]["column"]))
    screen.line(words("quarantine_next_file", id=first.import_id))


def quarantine_show(run: Run, id: RowId) -> Answer:
    """Show one such row with all of its cells."""
    row = run.shop().quarantine_show(id)
    alike = run.shop().quarantine_alike(id) if row.state == "open" else {}
    data = {**row_dict(run.words, row), "raw_row": row.raw_row, "alike": alike}

    def show(screen: Screen) -> None:
        screen.line(
            run.words("quarantine_row", id=row.id, file=row.file, row=row.row, state=run.words(f"state_{row.state}"))
        )
        for issue in row.issues:
            column, _, text, todo = _cells(run.words, issue)
            screen.line(f"  {column}: {text} {todo}")
        for column, counts in alike.items():
            screen.line("  " + run.words("quarantine_alike", column=column, **counts))
        screen.table([run.words("column"), run.words("raw")], list(row.raw_row.items()))

    return Answer(data, show)


def quarantine_fix(
    run: Run,
    id: RowId,
    values: Annotated[
        list[str], typer.Option("--set", metavar="COLUMN=VALUE", help="The right value; may be repeated.")
    ],
    alike: AlikeOption = None,
) -> Answer:
    """Correct a row, load it, and remember the correction for later files."""
    tried = run.shop().quarantine_fix(id, parse.assignments(values), alike=alike or "")
    return _tried(run, tried)


def quarantine_retry(
    run: Run,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID...]", help="Rows; all open ones when left out.")
    ] = None,
    profile: Annotated[str, typer.Option(metavar="ID|FILE", help="Read them by this format instead.")] = "",
) -> Answer:
    """Try open rows again, for example after a profile was corrected."""
    return _tried(run, run.shop().quarantine_retry(ids or (), profile=profile or None))


def quarantine_ignore(
    run: Run,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Ids of quarantined rows.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why they do not matter.")],
    alike: AlikeOption = None,
) -> Answer:
    """Set rows aside for good; the same rows in later files too."""
    count = run.shop().quarantine_ignore(ids, reason, alike=alike or "")
    return Answer({"ignored": count}, lambda screen: screen.line(run.words("ignored", count=count)))


def quarantine_export(
    run: Run,
    import_id: OfImport = 0,
    store: StoreName = "",
    to: Annotated[
        str, typer.Option("--to", metavar="PATH", help="An .xlsx or .csv file (default: in the current folder).")
    ] = "",
) -> Answer:
    """Write the bad rows with what is wrong with them into a file; mended, it is imported like any other."""
    from goldloop.cli import row_files
    from goldloop.jobs.profiles import write_new

    bad = run.shop().quarantine_export(import_id=import_id or None, store=store or None)
    target = Path(to or f"goldloop-quarantine-{bad.rows[0].import_id}.xlsx")
    heads = [*bad.columns.values(), bad.name_column, *(f"{bad.prefix}{run.words(key)}" for key in ("what", "todo"))]
    rows = [
        [*(row.raw_row.get(column, "") for column in bad.columns), name, *_said(run.words, row)]
        for row, name in zip(bad.rows, bad.names, strict=True)
    ]
    write_new(target, row_files.as_bytes(target.suffix.lower().lstrip("."), heads, rows))
    data = {"path": str(target), "rows": len(rows)}
    return Answer(data, lambda screen: screen.line(run.words("quarantine_written", path=target, rows=len(rows))))


def _said(words: Words, row: Row) -> tuple[str, str]:
    """What is wrong with a row, and what to do, each in one cell."""
    cells = [_cells(words, issue) for issue in row.issues]
    return " | ".join(text for *_, text, _ in cells), " | ".join(dict.fromkeys(todo for *_, todo in cells))


def _tried(run: Run, tried: Tried) -> Answer:
    data = {
        "fixed": tried.fixed,
        "receipts": [receipt.as_dict() for receipt in tried.receipts],
        "still_open": [row_dict(run.words, row) for row in tried.still_open],
    }

    def show(screen: Screen) -> None:
        screen.line(run.words("tried", fixed=len(tried.fixed), open=len(tried.still_open)))
        for row in tried.still_open:
            for issue in row.issues:
                column, _, text, todo = _cells(run.words, issue)
                screen.line(f"  {row.id}  {column}: {text} {todo}")

    return Answer(data, show)


def _cells(words: Words, issue: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        issue["column"],
        issue["raw"] or "",
        words.issue(issue["code"], issue["text"], **issue["params"]),
        words.suggestion(issue["code"], issue["suggestion"], **issue["params"]),
    )


def row_dict(words: Words, row: Row) -> dict[str, Any]:
    """A quarantined row as JSON shows it."""
    return {
        "id": row.id,
        "import": row.import_id,
        "file": row.file,
        "member": row.member,
        "sheet": row.sheet,
        "row": row.row,
        "store": row.store,
        "profile": row.profile,
        "state": row.state,
        "reason": row.reason,
        "issues": [
            {
                "column": column,
                "raw": issue["raw"],
                "code": issue["code"],
                "text": text,
                "suggestion": suggestion,
            }
            for issue in row.issues
            for column, _, text, suggestion in [_cells(words, issue)]
        ],
    }


COMMANDS = [
    ("quarantine list", quarantine_list),
    ("quarantine show", quarantine_show),
    ("quarantine fix", quarantine_fix),
    ("quarantine retry", quarantine_retry),
    ("quarantine ignore", quarantine_ignore),
    ("quarantine export", quarantine_export),
]
