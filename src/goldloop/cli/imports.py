"""`import` and `imports list|show|undo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import output, parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt

Ids = Annotated[list[int], typer.Argument(help="Ids of receipts.", metavar="ID...")]
StoreName = Annotated[str, typer.Option("--store", metavar="NAME", help="Only this store.")]


def import_(
    run: Run,
    files: Annotated[list[str], typer.Argument(help="Export files.", metavar="FILE...")],
    store: Annotated[str, typer.Option(metavar="NAME", help="Store of all rows.")] = "",
    store_from: Annotated[str, typer.Option(metavar="COLUMN", help="Column that names the store of each row.")] = "",
    profile: Annotated[
        str, typer.Option(metavar="ID|FILE", help="Format of the files, when it is not to be recognised.")
    ] = "",
    period: Annotated[
        str, typer.Option(metavar="FROM..TO", help="Days the files cover, when they do not say so.")
    ] = "",
    currency: Annotated[
        str, typer.Option(metavar="CODE", help="Currency the amounts are in; must be the store's.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, load nothing.")] = False,
) -> Answer:
    """Load export files; every row is accounted for."""
    if store and store_from:
        raise GoldloopError("store_twice", "Give --store or --store-from, not both.", given=[store, store_from])
    days = parse.period(period) if period else None
    shop = run.shop(create=True)
    receipts: list[Receipt] = []
    failed: list[tuple[str, GoldloopError]] = []
    with output.progress(run.words, quiet=run.json) as progress:
        for file in files:
            try:
                receipts += shop.import_files(
                    [file],
                    store=store or None,
                    store_from=store_from or None,
                    profile=profile or None,
                    period=days,
                    currency=currency or None,
                    dry_run=dry_run,
                    progress=progress,
                )
            except GoldloopError as error:  # the other files are loaded all the same
                failed.append((file, error))
    return _imported(run, receipts, failed)


def _imported(run: Run, receipts: list[Receipt], failed: list[tuple[str, GoldloopError]]) -> Answer:
    if failed and not receipts and len(failed) == 1:
        raise failed[0][1]
    errors = [{"file": Path(file).name, **_error(run.words, error)} for file, error in failed]
    data: dict[str, Any] = {"receipts": [receipt.as_dict() for receipt in receipts]}
    if errors:
        data |= {"error": _error(run.words, failed[0][1]), "errors": errors}

    def show(screen: Screen) -> None:
        for receipt in receipts:
            show_receipt(screen, receipt)
        beside = output.Screen(run.words, error=True)
        for file, error in failed:
            beside.line(f"{file}:")
            beside.error(error)

    return Answer(data, show, max((error.exit_code for _, error in failed), default=0))


def imports_list(
    run: Run,
    store: StoreName = "",
    every: Annotated[bool, typer.Option("--all", help="Also what was undone, refused or is being read.")] = False,
) -> Answer:
    """List receipts, newest first."""
    receipts = run.shop().imports(store=store or None, undone=every)
    heads = (
        "id",
        "file",
        "store",
        "profile",
        "days",
        "read",
        "new",
        "updated",
        "quarantined",
        *(["state"] if every else []),
    )

    def show(screen: Screen) -> None:
        if not receipts:
            return screen.line(run.words("imports_none"))
        rows = [
            (
                str(r.id),
                _where(r),
                r.store,
                r.profile,
                _days(r),
                r.read,
                r.new,
                r.updated,
                r.quarantined,
                run.words(f"state_{r.state}"),
            )[: len(heads)]
            for r in receipts
        ]
        screen.table([run.words(head) for head in heads], rows, right=(0, 5, 6, 7, 8))

    return Answer({"imports": [receipt.as_dict() for receipt in receipts]}, show)


def imports_show(run: Run, id: Annotated[int, typer.Argument(help="Id of a receipt.")]) -> Answer:
    """Show one receipt."""
    receipt, children = run.shop().import_show(id)
    data = {**receipt.as_dict(), "fixed_by": [child.as_dict() for child in children]}

    def show(screen: Screen) -> None:
        show_receipt(screen, receipt)
        for child in children:
            screen.line(run.words("fixed_later", id=child.id, read=child.read))

    return Answer(data, show)


def imports_undo(run: Run, ids: Ids) -> Answer:
    """Take imports back: what older files said holds again."""
    undone = run.shop().import_undo(ids)
    return Answer(undone, lambda screen: screen.line(run.words("undone", ids=", ".join(map(str, undone["undone"])))))


def show_receipt(screen: Screen, receipt: Receipt) -> None:
    """A receipt for people: what it was taken for, the fate of every row, and what deserves a look."""
    words = screen.words
    screen.line(f"{_where(receipt)}  →  {receipt.store}")
    screen.line(
        "  " + words("recognised", profile=receipt.profile, sure=f"{receipt.confidence:.0%}", days=_days(receipt))
    )
    if receipt.repeated:
        screen.line("  " + words("repeated", id=receipt.id))
    screen.line("  " + _fates(words, receipt))
    for rule, count in receipt.dropped.items():
        screen.line("    " + words("dropped_by", rule=rule, count=count))
    for control in receipt.control:
        key = "control_ok" if control["ok"] else "control_bad"
        screen.line("    " + words(key, name=control["name"], stated=control["stated"], computed=control["computed"]))
    if receipt.coverage and receipt.coverage["paid_orders"]:
        screen.line("  " + words("coverage", **receipt.coverage))
    for note in receipt.notes:
        screen.line("  " + words.note(note["code"], note["text"], **note["params"]))
    if receipt.columns_unused:
        screen.line("  " + words("columns_unused", columns=_some(receipt.columns_unused)))
    if receipt.quarantined and not receipt.dry_run:
        screen.line("  " + words("see_quarantine", id=receipt.id))


def _fates(words: Words, receipt: Receipt) -> str:
    if receipt.new is None:
        return words(
            "fates_dry", read=receipt.read, quarantined=receipt.quarantined, dropped=sum(receipt.dropped.values())
        )
    return words(
        "fates",
        id=receipt.id,
        read=receipt.read,
        new=receipt.new,
        updated=receipt.updated,
        unchanged=receipt.unchanged,
        quarantined=receipt.quarantined,
        dropped=sum(receipt.dropped.values()),
    )


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" ... ({len(names)})" if len(names) > most else "")


def _where(receipt: Receipt) -> str:
    return " / ".join(part for part in (receipt.file, receipt.member, receipt.sheet) if part)


def _days(receipt: Receipt) -> str:
    if receipt.first_day is None:
        return ""
    return (
        str(receipt.first_day) if receipt.first_day == receipt.last_day else f"{receipt.first_day}..{receipt.last_day}"
    )


def _error(words: Words, error: GoldloopError) -> dict[str, Any]:
    return {**error.as_dict(), "text": words.error(error), "todo": words.todo(error)}


COMMANDS = [
    ("import", import_),
    ("imports list", imports_list),
    ("imports show", imports_show),
    ("imports undo", imports_undo),
]
