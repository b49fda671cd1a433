"""What became of files, for people: a receipt in full, or a table of many with the fate of every row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.cli.output import Screen
from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt
    from goldloop.jobs.many import Outcome

FATES = ("read", "new", "updated", "unchanged", "quarantined", "dropped")


def show_receipt(screen: Screen, receipt: Receipt) -> None:
    """A receipt: what the sheet was taken for, the fate of every row, and what deserves a look."""
    words = screen.words
    screen.line(f"{where(receipt)}  →  {receipt.store}")
    if receipt.error is not None:  # refused before anybody wrote down how sure it was
        screen.line(f"  {receipt.profile}  {days(receipt)}")
        return screen.error(stored_error(receipt.error))
    screen.line(
        "  " + words("recognised", profile=receipt.profile, sure=f"{receipt.confidence:.0%}", days=days(receipt))
    )
    if receipt.state == "undone":
        key = "receipt_replaced" if receipt.replaced_by else "receipt_undone"
        screen.line("  " + words(key, id=receipt.replaced_by))
    if receipt.repeated:
        screen.line("  " + words("repeated", id=receipt.id))
    screen.line("  " + _fates(words, receipt))
    for rule, count in receipt.dropped.items():
        screen.line("    " + words("dropped_by", rule=rule, count=count))
    _show_control(screen, receipt)
    if receipt.coverage and receipt.coverage["paid_orders"]:
        screen.line("  " + words("coverage", **receipt.coverage))
    for note in receipt.notes:
        screen.line("  " + words.note(note["code"], note["text"], **note["params"]))
    if receipt.columns_unused:
        screen.line("  " + words("columns_unused", columns=_some(receipt.columns_unused)))
    if receipt.quarantined and not receipt.dry_run:
        screen.line("  " + words("see_quarantine", id=receipt.id))


def show_many(screen: Screen, outcomes: Sequence[Outcome]) -> None:
    """A table of files: where each row of each went, what was skipped and what failed, and the sums."""
    words = screen.words
    heads = ("file", "store", "profile", *FATES, "outcome")
    rows: list[list[Any]] = []
    for outcome in outcomes:
        for receipt in outcome.receipts:
            counts = [sum(receipt.dropped.values()) if f == "dropped" else getattr(receipt, f) for f in FATES]
            name = " / ".join(part for part in (outcome.file, receipt.member, receipt.sheet) if part)
            rows.append([name, receipt.store, receipt.profile, *counts, _outcome(words, receipt)])
        if (problem := outcome.error or outcome.skipped) is not None:
            key = "outcome_failed" if outcome.error else "outcome_skipped"
            rows.append([outcome.file, *[""] * (len(heads) - 2), words(key, reason=words.error(problem))])
    total = totals(outcomes)
    rows.append([words("total"), "", "", *(total[fate] for fate in FATES), ""])
    screen.table([words(head) for head in heads], rows, right=range(3, 3 + len(FATES)))
    screen.line(words("many_next"))


def totals(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Sums over all receipts: rows by fate (in a dry run the unknown ones are 0), and files by outcome."""
    receipts = [receipt for outcome in outcomes for receipt in outcome.receipts]
    found = {fate: sum(getattr(one, fate) or 0 for one in receipts) for fate in FATES if fate != "dropped"}
    return {
        **found,
        "dropped": sum(sum(one.dropped.values()) for one in receipts),
        "files": len(outcomes),
        "skipped": sum(outcome.skipped is not None for outcome in outcomes),
        "failed": sum(outcome.error is not None for outcome in outcomes),
    }


def as_error(words: Words, error: GoldloopError) -> dict[str, Any]:
    """An error as JSON answers hold it, in the language of the answer."""
    return {**error.as_dict(), "text": words.error(error), "todo": words.todo(error)}


def stored_error(error: dict[str, Any]) -> GoldloopError:
    """The error that was kept with a refused import."""
    params = {name: value for name, value in error.get("params", {}).items() if name not in ("code", "text")}
    return GoldloopError(
        error["code"], error["text"], given=error["given"], allowed=error["allowed"], todo=error["todo"], **params
    )


def where(receipt: Receipt) -> str:
    """File, member and sheet."""
    return " / ".join(part for part in (receipt.file, receipt.member, receipt.sheet) if part)


def days(receipt: Receipt) -> str:
    """First and last day of what was stated."""
    if receipt.first_day is None:
        return ""
    return (
        str(receipt.first_day) if receipt.first_day == receipt.last_day else f"{receipt.first_day}..{receipt.last_day}"
    )


def _show_control(screen: Screen, receipt: Receipt) -> None:
    words = screen.words
    for control in receipt.control:
        key = "control_ok" if control["ok"] else "control_bad"
        amounts = {side: _number(control[side]) for side in ("stated", "computed")}
        screen.line("    " + words(key, name=control["name"], **amounts))
    if any(not control["ok"] for control in receipt.control):
        screen.line("    " + words("control_todo"))


def _number(text: str) -> str:
    """A number as people write it: thousands apart, no decimals that say nothing."""
    value = Decimal(text)
    return f"{value.to_integral_value() if value == value.to_integral_value() else value:,}"


def _outcome(words: Words, receipt: Receipt) -> str:
    if receipt.dry_run:
        return words("outcome_tried")
    key = "outcome_repeated" if receipt.repeated else "outcome_loaded"
    off = sum(not control["ok"] for control in receipt.control)
    return words(key, id=receipt.id) + (" " + words("outcome_control", count=off) if off else "")


def _fates(words: Words, receipt: Receipt) -> str:
    counts = {fate: getattr(receipt, fate) for fate in FATES} | {"dropped": sum(receipt.dropped.values())}
    return words("fates_dry" if receipt.new is None else "fates", id=receipt.id, **counts)


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" ... ({len(names)})" if len(names) > most else "")
