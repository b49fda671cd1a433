"""`quarantine list|show|fix|retry|ignore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from goldloop.cli import parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.imports import StoreName
from goldloop.cli.output import Screen
from goldloop.cli.words import Words

if TYPE_CHECKING:
    from goldloop.jobs.quarantine import Row, Tried

RowId = Annotated[int, typer.Argument(help="Id of a quarantined row.", metavar="ID")]
State = Literal["open", "fixed", "ignored", "all"]


def quarantine_list(
    run: Run,
    import_id: Annotated[int, typer.Option("--import", metavar="ID", help="Only rows of this import.")] = 0,
    store: StoreName = "",
    state: Annotated[State, typer.Option(help="Which rows.")] = "open",
) -> Answer:
    """List rows that could not be loaded."""
    states = () if state == "all" else (state,)
    rows = run.shop().quarantine(states=states, import_id=import_id or None, store=store or None)
    heads = ("id", "file", "row", "column", "raw", "what", "todo")

    def show(screen: Screen) -> None:
        if not rows:
            return screen.line(run.words("quarantine_none"))
        table = [
            (
                str(row.id) if i == 0 else "",
                row.file if i == 0 else "",
                str(row.row) if i == 0 else "",
                *_cells(run.words, issue),
            )
            for row in rows
            for i, issue in enumerate(row.issues)
        ]
        screen.table([run.words(head) for head in heads], table, right=(0, 2))
        screen.line(run.words("quarantine_next", id=rows[0].id, column=rows[0].issues[0]["column"]))

    return Answer({"rows": [_as_dict(run.words, row) for row in rows]}, show)


def quarantine_show(run: Run, id: RowId) -> Answer:
    """Show one such row with all of its cells."""
    row = run.shop().quarantine_show(id)
    data = {**_as_dict(run.words, row), "raw_row": row.raw_row}

    def show(screen: Screen) -> None:
        screen.line(
            run.words("quarantine_row", id=row.id, file=row.file, row=row.row, state=run.words(f"state_{row.state}"))
        )
        for issue in row.issues:
            column, _, text, todo = _cells(run.words, issue)
            screen.line(f"  {column}: {text} {todo}")
        screen.table([run.words("column"), run.words("raw")], list(row.raw_row.items()))

    return Answer(data, show)


def quarantine_fix(
    run: Run,
    id: RowId,
    values: Annotated[
        list[str], typer.Option("--set", metavar="COLUMN=VALUE", help="The right value; may be repeated.")
    ],
    all_alike: Annotated[
        bool, typer.Option("--all-alike", help="Also every row with the same value and trouble there.")
    ] = False,
) -> Answer:
    """Correct a row, load it, and remember the correction for later files."""
    tried = run.shop().quarantine_fix(id, parse.assignments(values), all_alike=all_alike)
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
) -> Answer:
    """Set rows aside for good; the same rows in later files too."""
    count = run.shop().quarantine_ignore(ids, reason)
    return Answer({"ignored": count}, lambda screen: screen.line(run.words("ignored", count=count)))


def _tried(run: Run, tried: Tried) -> Answer:
    data = {
        "fixed": tried.fixed,
        "receipts": [receipt.as_dict() for receipt in tried.receipts],
        "still_open": [_as_dict(run.words, row) for row in tried.still_open],
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


def _as_dict(words: Words, row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "import": row.import_id,
        "file": row.file,
        "member": row.member,
        "sheet": row.sheet,
        "row": row.row,
        "store": row.store,
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
]
