"""Rows in quarantine: look at them, correct them, try them again, set them aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Quarantined, Receipt
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import remembered
from goldloop.jobs.retry import Outcome, load_again
from goldloop.jobs.vault import Seal, Vault


@dataclass(frozen=True, slots=True)
class Row:
    """One quarantined row, opened: where it stands, what is wrong with it, and all of its cells.

    Each of `issues` has column, raw, code, text, suggestion and params.
    """

    id: int
    import_id: int
    file: str
    member: str
    sheet: str
    row: int
    store: str
    state: str
    reason: str
    issues: list[dict[str, Any]]
    raw_row: dict[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying rows again: ids that were loaded, with receipts, and rows that still fail."""

    fixed: list[int] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    still_open: list[Row] = field(default_factory=list)


def rows(home: Home, *, states: Sequence[str], import_id: int | None, store: str | None) -> list[Row]:
    """Rows by state, import and store name."""
    if import_id is not None:
        feeds.import_show(id=import_id)
    only = shops.store_by_name(name=store).id if store else None
    return _opened(home, feeds.quarantine_list(states=states, import_id=import_id, store=only))


def row(home: Home, id: int) -> Row:
    """One row; raises `quarantine_unknown`."""
    return _opened(home, [feeds.quarantine_show(id=id)])[0]


def fix(home: Home, id: int, values: Mapping[str, str], *, all_alike: bool) -> Tried:
    """Correct columns of a row, load it and remember the correction by its raw content.

    `all_alike` corrects every open row of the same store and profile that holds the same values there and fails in the
    same way. Raises `quarantine_not_open`, `column_missing`, or `fix_not_enough` when no row can be loaded with it;
    what it did put right is remembered all the same.
    """
    target = _open_row(id)
    targets = _alike(home, target, values) if all_alike else [target]
    tried = _again(home, targets, values)
    if not tried.fixed:
        left = tried.still_open[0].issues
        raise GoldloopError(
            "fix_not_enough",
            "The row still cannot be loaded.",
            given=dict(values),
            allowed=[f"{issue['column']}: {issue['text']}" for issue in left],
            todo=f"goldloop quarantine fix {id} --set '{left[0]['column']}=VALUE'",
            id=id,
            column=left[0]["column"],
        )
    return tried


def retry(home: Home, ids: Sequence[int], *, profile: str | None = None) -> Tried:
    """Try rows again, all open ones when none is named; `profile` reads them by another profile (id or file)."""
    targets = [_open_row(id) for id in ids] if ids else feeds.quarantine_list()
    return _again(home, targets, {}, profile=profile)


def ignore(ids: Sequence[int], reason: str) -> int:
    """Set open rows aside; rows of the same content in later files follow. Raises `reason_needed`."""
    if not reason.strip():
        raise GoldloopError("reason_needed", "Say why these rows do not matter.", todo="Add --reason TEXT.")
    for id in ids:
        _open_row(id)
    return feeds.quarantine_ignore(ids=ids, reason=reason.strip())


def _open_row(id: int) -> Quarantined:
    target = feeds.quarantine_show(id=id)
    if target.state != "open":
        raise GoldloopError(
            "quarantine_not_open",
            f"Row {id} is not open any more: it was {target.state}.",
            given=id,
            todo="goldloop quarantine list",
            id=id,
            state=target.state,
        )
    return target


def _alike(home: Home, target: Quarantined, values: Mapping[str, str]) -> list[Quarantined]:
    """Open rows with the same cells in the corrected columns and the same trouble there; the target is the first."""
    trouble = [(issue["column"], issue["code"]) for issue in target.issues if issue["column"] in values]
    candidates = feeds.quarantine_alike(like=target, codes=trouble)
    like = _opened(home, [target])[0]
    same = [
        candidate
        for candidate, opened in zip(candidates, _opened(home, candidates), strict=True)
        if candidate.id != target.id
        and all(opened.raw_row.get(column) == like.raw_row.get(column) for column in values)
    ]
    return [target, *same]


def _again(
    home: Home, targets: Sequence[Quarantined], values: Mapping[str, str], *, profile: str | None = None
) -> Tried:
    by_import: dict[int, list[Quarantined]] = defaultdict(list)
    for target in targets:
        by_import[target.receipt.id or 0].append(target)
    outcomes: list[Outcome] = [
        load_again(home, import_id, some, values, profile=profile) for import_id, some in sorted(by_import.items())
    ]
    open_ids = [id for outcome in outcomes for id in outcome.still_open]
    return Tried(
        fixed=[id for outcome in outcomes for id in outcome.fixed],
        receipts=[outcome.receipt for outcome in outcomes if outcome.receipt is not None],
        still_open=_opened(home, [feeds.quarantine_show(id=id) for id in open_ids]),
    )


def _opened(home: Home, found: Sequence[Quarantined]) -> list[Row]:
    vault = Vault(home.sources, home.key("home")) if found else None
    seals: dict[str, Seal] = {}
    opened = []
    for item in found:
        if item.file_hash not in seals and vault is not None:
            seals[item.file_hash] = vault.seal_of(item.file_hash)
        issues, raw_row = remembered.opened(item.sealed, seals[item.file_hash])
        opened.append(
            Row(
                id=item.id,
                import_id=item.receipt.id or 0,
                file=item.receipt.file,
                member=item.receipt.member,
                sheet=item.receipt.sheet,
                row=item.row,
                store=item.receipt.store,
                state=item.state,
                reason=item.reason,
                issues=issues,
                raw_row=raw_row,
            )
        )
    return opened
