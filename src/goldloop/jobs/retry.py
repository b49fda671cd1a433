"""Rows of quarantine tried again from the kept source file, and loaded as an import of their own.

The whole sheet is read again, because a row can depend on others of its order; what is loaded is every statement about
the orders of the rows that left quarantine. The import is a child of the first one and is undone with it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Quarantined, Receipt
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import Statements
from goldloop.home import Home
from goldloop.jobs import fates, reading, remembered
from goldloop.jobs.recognised import Part, Wish, parts
from goldloop.jobs.stops import stop_point
from goldloop.jobs.vault import Vault
from goldloop.jobs.writing import Writing, writing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows of one import: ids that were loaded, by which receipt, and ids that still fail."""

    fixed: list[int] = field(default_factory=list)
    receipt: Receipt | None = None
    still_open: list[int] = field(default_factory=list)


def load_again(
    home: Home, import_id: int, targets: Sequence[Quarantined], values: Mapping[str, str], *, profile: str | None
) -> Outcome:
    """Read the sheet of an import again with corrected `values` in the target rows; load the rows that are right now.

    Other rows of the same import that waited for a target (rows of its order) are loaded with it.
    """
    source = feeds.import_sources(ids=[import_id])[0]
    vault = Vault(home.sources, home.key("home"))
    with writing(home) as work:
        with _part_again(home, vault, source, profile) as part:
            _check_columns(part, values)
            known = remembered.fixes(home)
            for target in targets:
                known[target.content_hash] = known.get(target.content_hash, {}) | dict(values)
            said = reading.read(
                part,
                file_name=source.file_name,
                secret=home.key("identity"),
                moment=source.started_at,
                period=reading.period_from(source.period),
                currency=None,
                fixes=known,
            )
        seal = vault.seal_of(source.content_hash)
        failing = {row.row: row for row in remembered.rows_to_keep(said.issues, seal)}
        waiting = feeds.quarantine_list(import_id=import_id)
        solved = [row for row in waiting if row.row not in failing]
        _remember(home, targets, values, failing)
        feeds.quarantine_update(rows={row.id: failing[row.row] for row in waiting if row.row in failing})
        still_open = [target.id for target in targets if target.row in failing]
        if not solved:
            return Outcome(still_open=still_open)
        receipt = _load(work, source, part, said, solved)
    return Outcome([row.id for row in solved], receipt, still_open)


def _load(
    work: Writing, source: feeds.Source, part: Part, said: reading.Normalised, solved: Sequence[Quarantined]
) -> Receipt:
    moment = datetime.now(UTC)
    rows = {row.row for row in solved}
    id = feeds.child_claim(parent=source.id, moment=moment)
    loaded = work.lake.load(
        work.snapshot,
        import_id=id,
        stores=work.stores,
        statements=_about(said.statements, rows),
        rules=work.rules,
    )
    dropped = {rule: len(found & rows) for rule, found in reading.dropped_rows(said).items() if found & rows}
    receipt = replace(
        reading.receipt_of(source.file_name, part, said, period=source.period),
        id=id,
        parent=source.id,
        started_at=moment,
        read=len(rows),
        quarantined=0,
        dropped=dropped,
        control=[],  # this and the following speak of the whole sheet, of which a few rows are loaded here
        coverage=None,
        first_day=None,
        last_day=None,
        columns_unused=[],
    )
    receipt = fates.counted(receipt, loaded, rows)
    stop_point("before_receipt")
    feeds.import_finish(
        receipt=receipt,
        base=work.base,
        versions=work.versions(loaded.versions),
        settings=work.settings,
        rows=[],
        moment=moment,
        solved=[row.id for row in solved],
    )
    stop_point("after_receipt")
    return receipt


def _about(statements: Sequence[Statements], rows: set[int]) -> list[Statements]:
    """The statements of these rows, and all others about the orders they belong to."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(rows), pa.int64())
    orders: list[pa.Array] = []
    for part in statements:
        if "order_id" in part.rows.column_names:
            mine = part.rows.filter(pc.is_in(part.rows["_row"], value_set=wanted))
            orders.append(mine["order_id"].combine_chunks())
    known = pc.drop_null(pa.concat_arrays(orders)) if orders else pa.array([], pa.string())
    chosen = []
    for part in statements:
        mask = pc.is_in(part.rows["_row"], value_set=wanted)
        if "order_id" in part.rows.column_names and len(known):
            mask = pc.or_(mask, pc.is_in(part.rows["order_id"], value_set=known))
        about = part.rows.filter(mask)
        if about.num_rows:
            chosen.append(replace(part, rows=about))
    return chosen


def _remember(
    home: Home, targets: Sequence[Quarantined], values: Mapping[str, str], failing: Mapping[int, feeds.RowToKeep]
) -> None:
    """Keep the corrections that helped: all of a row that is right now, and of others those whose column is."""
    kept = {}
    for target in targets:
        bad = {issue["column"] for issue in failing[target.row].issues} if target.row in failing else set()
        good = {column: value for column, value in values.items() if column not in bad}
        if good:
            kept[target.content_hash] = good
    remembered.fixes_add(home, kept)


@contextmanager
def _part_again(home: Home, vault: Vault, source: feeds.Source, profile: str | None) -> Iterator[Part]:
    """The kept file, unsealed for as long as it is read, and the part of it that this import was."""
    for left in home.tmp.iterdir():  # under the writer lock, so whatever lies here was left by a killed process
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home.tmp) as folder:
        path = Path(folder) / source.file_name
        vault.extract(source.content_hash, path)
        wish = Wish(
            store=None if source.store_column else source.store_name,
            store_from=source.store_column or None,
            profile=profile or reading.profile_used(home, source.profile),
        )
        for part in parts(home, path, wish):
            if (part.sheet.member, part.sheet.sheet, part.store.id) == (source.member, source.sheet, source.store_id):
                yield part
                return
    raise GoldloopError(
        "part_missing",
        "This part of the file can no longer be found in it.",
        given=f"{source.file_name} {source.member} {source.sheet}".strip(),
        todo="Import the file again.",
    )


def _check_columns(part: Part, values: Mapping[str, str]) -> None:
    columns = part.sheet.columns(part.recognition.header_row)
    for column in values:
        if column not in columns:
            raise GoldloopError(
                "column_missing",
                f"There is no column '{column}' in '{part.sheet.file}'.",
                given=column,
                allowed=list(columns),
                column=column,
                file=part.sheet.file,
            )
