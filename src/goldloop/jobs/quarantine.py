"""Rows in quarantine: look at them, correct them, try them again, set them aside.

A row of a store outside the viewer's rights is the same as one that does not exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Group, Quarantined, Receipt
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import remembered
from goldloop.jobs.personal import masked
from goldloop.jobs.retry import Outcome, Values, load_again
from goldloop.jobs.stops import stop_point
from goldloop.jobs.vault import Seal, Vault

Alike = Literal["", "value", "reason"]


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
    profile: str
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


def rows(
    home: Home,
    viewer: Viewer,
    *,
    states: Sequence[str],
    import_id: int | None,
    store: str | None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Row]:
    """Rows by state, import and store name; `limit` of them from `offset` on. Raises `import_unknown`, `store_unknown`."""
    only = asked(viewer, import_id, store)
    found = feeds.quarantine_list(
        viewer=viewer, states=states, import_id=import_id, store=only, limit=limit, offset=offset
    )
    return masked(home, viewer, opened(home, found))


def groups(viewer: Viewer, *, import_id: int | None, store: str | None) -> list[Group]:
    """Open rows counted by store, report, column and reason. Raises `import_unknown`, `store_unknown`."""
    return feeds.quarantine_groups(viewer=viewer, import_id=import_id, store=asked(viewer, import_id, store))


def rows_of_group(
    home: Home, viewer: Viewer, first: int, trouble: tuple[str, str], *, limit: int, offset: int = 0
) -> list[Row]:
    """The open rows that fail at the same (column, code) as the row `first`; `limit` of them from `offset` on."""
    like = feeds.quarantine_show(viewer=viewer, id=first)
    found = [row for row in feeds.quarantine_alike(viewer=viewer, like=like, codes=[trouble]) if row.state == "open"]
    return masked(home, viewer, opened(home, found[offset : offset + limit]))


def row(home: Home, viewer: Viewer, id: int) -> Row:
    """One row; raises `quarantine_unknown`."""
    return masked(home, viewer, opened(home, [feeds.quarantine_show(viewer=viewer, id=id)]))[0]


def alike_counts(home: Home, viewer: Viewer, id: int) -> dict[str, dict[str, int]]:
    """Column -> how many open rows (this one among them) fail there alike: with the same value, for the same reason."""
    target = _open_row(viewer, id)
    return {
        column: {how: len(_alike(home, viewer, target, [column], how)) for how in ("value", "reason")}
        for column in dict.fromkeys(issue["column"] for issue in target.issues)
    }


def fix(home: Home, viewer: Viewer, id: int, values: Mapping[str, str], *, alike: Alike = "") -> Tried:
    """Correct columns of a row, load it and remember the correction by its raw content.

    `alike` corrects every open row of the same store and profile that fails in the same columns for the same `reason`,
    or of those only the ones that hold the same `value` there. Raises `quarantine_not_open`, `column_missing`, or
    `fix_not_enough` when no row can be loaded with it; what it did put right is remembered all the same.
    """
    target = _open_row(viewer, id)
    targets = _alike(home, viewer, target, list(values), alike) if alike else [target]
    tried = again(home, viewer, targets, {one.id: values for one in targets})
    if not tried.fixed:
        _open_row(viewer, id)  # somebody else was faster
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


def retry(home: Home, viewer: Viewer, ids: Sequence[int], *, profile: str | None = None) -> Tried:
    """Try rows again, all open ones when none is named; `profile` reads them by another profile (id or file)."""
    targets = [_open_row(viewer, id) for id in ids] if ids else feeds.quarantine_list(viewer=viewer)
    return again(home, viewer, targets, {}, profile=profile)


def ignore(home: Home, viewer: Viewer, ids: Sequence[int], reason: str, *, alike: Alike = "") -> int:
    """Set open rows aside, and with `alike` those that fail in the same columns like them; returns how many.

    Rows of the same content in later files follow. Raises `reason_needed`, `quarantine_not_open`.
    """
    if not reason.strip():
        raise GoldloopError("reason_needed", "Say why these rows do not matter.", todo="Add --reason TEXT.")
    targets = [_open_row(viewer, id) for id in ids]
    if alike:
        found = [_alike(home, viewer, one, [issue["column"] for issue in one.issues], alike) for one in targets]
        ids = sorted({one.id for some in found for one in some})
    stop_point("ignore.before")
    count = feeds.quarantine_ignore(ids=ids, reason=reason.strip())
    stop_point("ignore.after")
    return count


def asked(viewer: Viewer, import_id: int | None, store: str | None) -> int | None:
    """The id of the store that a list is narrowed to; raises when the viewer may see no such import or store."""
    if import_id is not None:
        feeds.import_show(viewer=viewer, id=import_id)
    return shops.store_visible(viewer=viewer, name=store).id if store else None


def _open_row(viewer: Viewer, id: int) -> Quarantined:
    target = feeds.quarantine_show(viewer=viewer, id=id)
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


def _alike(home: Home, viewer: Viewer, target: Quarantined, columns: Sequence[str], how: str) -> list[Quarantined]:
    """Open rows with the same trouble in these columns, and for `value` with the same cells there; the target first."""
    trouble = [(issue["column"], issue["code"]) for issue in target.issues if issue["column"] in columns]
    alike = feeds.quarantine_alike(viewer=viewer, like=target, codes=trouble) if trouble else []
    found = [row for row in alike if row.id != target.id]
    if how == "value":
        like, *cells = (one.raw_row for one in opened(home, [target, *found]))
        same = [all(row.get(c) == like.get(c) for c in columns) for row in cells]
        found = [row for row, kept in zip(found, same, strict=True) if kept]
    return [target, *found]


def again(
    home: Home,
    viewer: Viewer,
    targets: Sequence[Quarantined],
    values: Values,
    *,
    profile: str | None = None,
    mended_in: str = "",
) -> Tried:
    """Try rows again with corrected `values`, import by import; see `retry.load_again`."""
    by_import: dict[int, list[Quarantined]] = defaultdict(list)
    for target in targets:
        by_import[target.receipt.id or 0].append(target)
    outcomes: list[Outcome] = [
        load_again(home, viewer, import_id, some, values, profile=profile, mended_in=mended_in)
        for import_id, some in sorted(by_import.items())
    ]
    open_ids = [id for outcome in outcomes for id in outcome.still_open]
    return Tried(
        fixed=[id for outcome in outcomes for id in outcome.fixed],
        receipts=[outcome.receipt for outcome in outcomes if outcome.receipt is not None],
        still_open=masked(home, viewer, opened(home, [feeds.quarantine_show(viewer=viewer, id=id) for id in open_ids])),
    )


def opened(home: Home, found: Sequence[Quarantined]) -> list[Row]:
    """Rows with what was sealed of them, in the same order."""
    vault = Vault(home.sources, home.key("home")) if found else None
    seals: dict[str, Seal] = {}
    rows = []
    for item in found:
        if item.file_hash not in seals and vault is not None and item.sealed:
            seals[item.file_hash] = vault.seal_of(item.file_hash)
        issues, raw_row = remembered.opened(item, seals.get(item.file_hash))
        rows.append(
            Row(
                id=item.id,
                import_id=item.receipt.id or 0,
                file=item.receipt.file,
                member=item.receipt.member,
                sheet=item.receipt.sheet,
                row=item.row,
                store=item.receipt.store,
                profile=item.receipt.profile,
                state=item.state,
                reason=item.reason,
                issues=issues,
                raw_row=raw_row,
            )
        )
    return rows
