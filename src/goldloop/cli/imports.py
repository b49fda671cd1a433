"""`import` and `imports list|show|undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli import imported, output, parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt
    from goldloop.cli.words import Words
    from goldloop.jobs.many import Outcome, Said

Ids = Annotated[list[int], typer.Argument(help="Ids of receipts.", metavar="ID...")]
StoreName = Annotated[str, typer.Option("--store", metavar="NAME", help="Only this store.")]


def import_(
    run: Run,
    files: Annotated[list[str], typer.Argument(help="Export files, or folders of them.", metavar="FILE...")],
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
    recursive: Annotated[bool, typer.Option("--recursive", help="Also the folders in a folder.")] = False,
    watched: Annotated[
        bool, typer.Option("--watch", help="Watch one folder and load what comes, until Ctrl-C.")
    ] = False,
    interval: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="How often to look, with --watch.")] = 5,
) -> Answer:
    """Load export files; every row is accounted for."""
    if store and store_from:
        raise GoldloopError("store_twice", "Give --store or --store-from, not both.", given=[store, store_from])
    if watched and len(files) > 1:
        raise GoldloopError(
            "watch_one_folder", "One folder is watched at a time.", given=files, todo="Name one folder."
        )
    said: Said = {
        "store": store or None,
        "store_from": store_from or None,
        "profile": profile or None,
        "period": parse.period(period) if period else None,
        "currency": currency or None,
        "dry_run": dry_run,
    }
    shop = run.shop(create=True)
    if watched:
        from goldloop.cli import watching

        return watching.watch(run, shop.watch(files[0], recursive=recursive, **said), files[0], interval)
    with output.progress(run.words, quiet=run.json) as progress:
        outcomes = shop.import_many(files, recursive=recursive, progress=progress, **said)
    return _imported(run, outcomes)


def _imported(run: Run, outcomes: list[Outcome]) -> Answer:
    failed = [(outcome.file, outcome.error) for outcome in outcomes if outcome.error is not None]
    if failed and len(outcomes) == 1:
        raise failed[0][1]
    receipts = [receipt for outcome in outcomes for receipt in outcome.receipts]
    data: dict[str, Any] = {
        "receipts": [receipt.as_dict() for receipt in receipts],
        "totals": imported.totals(outcomes),
    }
    skipped = [(outcome.file, outcome.skipped) for outcome in outcomes if outcome.skipped is not None]
    if skipped:
        data["skipped"] = [{"file": file, **imported.as_error(run.words, reason)} for file, reason in skipped]
    if failed:
        data["error"] = imported.as_error(run.words, failed[0][1])
        data["errors"] = [{"file": file, **imported.as_error(run.words, error)} for file, error in failed]

    def show(screen: Screen) -> None:
        if len(outcomes) == 1:
            for receipt in receipts:
                imported.show_receipt(screen, receipt)
            if not skipped:
                return
        beside = output.Screen(run.words, error=True)
        for file, error in failed:
            beside.line(f"{file}:")
            beside.error(error)
        imported.show_many(screen, outcomes)

    return Answer(data, show, max((error.exit_code for _, error in failed), default=0))


def imports_list(
    run: Run,
    store: StoreName = "",
    every: Annotated[bool, typer.Option("--all", help="Also what was undone, refused or is being read.")] = False,
) -> Answer:
    """List receipts, newest first."""
    shop = run.shop()
    receipts = shop.imports(store=store or None, undone=every)
    elsewhere = bool(not receipts and not every and shop.imports(store=store or None, undone=True, limit=1))
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
        "control",
        *(["state"] if every else []),
    )

    def show(screen: Screen) -> None:
        if not receipts:
            return screen.line(run.words("imports_none_loaded" if elsewhere else "imports_none"))
        rows = [
            (
                str(r.id),
                imported.where(r),
                r.store,
                r.profile,
                imported.days(r),
                r.read,
                r.new,
                r.updated,
                r.quarantined,
                _control(run.words, r),
                run.words(f"state_{r.state}"),
            )[: len(heads)]
            for r in receipts
        ]
        below = {2: 1, 3: 1, 4: 1, 7: 6, 9: 1, 10: 1}  # words below the file, updated below new
        known = {place: above for place, above in below.items() if place < len(heads)}
        screen.table([run.words(head) for head in heads], rows, right=(0, 5, 6, 7, 8), below=known)

    return Answer({"imports": [receipt.as_dict() for receipt in receipts]}, show)


def imports_show(run: Run, id: Annotated[int, typer.Argument(help="Id of a receipt.")]) -> Answer:
    """Show one receipt."""
    receipt, children = run.shop().import_show(id)
    data = {**receipt.as_dict(), "fixed_by": [child.as_dict() for child in children]}

    def show(screen: Screen) -> None:
        imported.show_receipt(screen, receipt)
        for child in children:
            screen.line(run.words("fixed_later", id=child.id, read=child.read))

    return Answer(data, show)


def imports_undo(run: Run, ids: Ids) -> Answer:
    """Take imports back: what older files said holds again."""
    undone = run.shop().import_undo(ids)
    return Answer(undone, lambda screen: screen.line(run.words("undone", ids=", ".join(map(str, undone["undone"])))))


def _control(words: Words, receipt: Receipt) -> str:
    """Whether the totals that the file states are those of its rows."""
    off = sum(not control["ok"] for control in receipt.control)
    if off:
        return words("outcome_control", count=off)
    return words("control_fine") if receipt.control else ""


COMMANDS = [
    ("import", import_),
    ("imports list", imports_list),
    ("imports show", imports_show),
    ("imports undo", imports_undo),
]
