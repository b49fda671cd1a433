"""Rows of quarantine tried again from the kept source file, and loaded as an import of their own.

The whole sheet is read again, because a row can depend on others of its order; what is loaded is every statement about
the orders of the rows that left quarantine. The import is a child of the first one and is undone with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Quarantined, Receipt
from goldloop.apps.shops import api as shops
from goldloop.connectors import readers
from goldloop.connectors.issues import Note
from goldloop.connectors.normalise import days_of
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import Statements
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import fates, lock, reading, receipt_notes, remembered
from goldloop.jobs.large import said_by
from goldloop.jobs.recognised import Part, Wish, parts
from goldloop.jobs.scratch import scratch
from goldloop.jobs.stops import stop_point
from goldloop.jobs.vault import Vault
from goldloop.jobs.writing import Writing, writing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows of one import: ids that were loaded, by which receipt, and ids that still fail."""

    fixed: list[int] = field(default_factory=list)
    receipt: Receipt | None = None
    still_open: list[int] = field(default_factory=list)


Values = Mapping[int, Mapping[str, str]]  # id of a quarantined row -> column -> right value


def load_again(
    home: Home,
    viewer: Viewer,
    import_id: int,
    targets: Sequence[Quarantined],
    values: Values,
    *,
    profile: str | None = None,
    mended_in: str = "",
) -> Outcome:
    """Read the sheet of an import again with corrected `values` in the target rows; load the rows that are right now.

    Other rows of the same import that waited for a target (rows of its order) are loaded with it. Targets that are not
    open any more are left alone. `mended_in` names the file that brought the corrections.
    """
    source = feeds.import_sources(ids=[import_id])[0]
    vault = Vault(home.sources, home.key("home"))
    with writing(home) as work:
        waiting = feeds.quarantine_list(viewer=viewer, import_id=import_id)
        targets = [row for row in targets if row.id in {one.id for one in waiting}]  # of others somebody else took care
        if not targets:
            return Outcome()
        with _part_again(home, vault, source, profile) as part:
            known = remembered.fixes(home, source.store_id)
            for target in targets:
                _check_columns(part, values.get(target.id, {}))
                known[target.content_hash] = known.get(target.content_hash, {}) | dict(values.get(target.id, {}))
            how = {"secret": home.key("identity"), "moment": source.started_at, "currency": None}
            period = reading.period_from(source.period)
            with said_by(home, part, file_name=source.file_name, fixes=known, period=period, **how) as found:
                said = found.whole
                solved_rows = {row.row for row in waiting} - {issue.row for issue in said.issues}
                statements = _about(found.batches(), solved_rows) if solved_rows else []
        seal = vault.seal_of(source.content_hash)
        failing = {row.row: row for row in remembered.rows_to_keep(said.issues, seal)}
        solved = [row for row in waiting if row.row not in failing]
        stop_point("fix.before_remembered")
        _remember(home, source.store_id, targets, values, failing)
        feeds.quarantine_update(rows={row.id: failing[row.row] for row in waiting if row.row in failing})
        stop_point("fix.after_remembered")
        still_open = [target.id for target in targets if target.row in failing]
        if not solved:
            return Outcome(still_open=still_open)
        notes = _mended_notes(mended_in, source, len(still_open))
        receipt = _load(work, source, part, said, statements, solved, notes)
    return Outcome([row.id for row in solved], receipt, still_open)


def columns_of(home: Home, import_id: int) -> dict[str, str]:
    """The columns of the sheet that an import was: cleaned name -> header as it stands in the file."""
    source = feeds.import_sources(ids=[import_id])[0]
    vault = Vault(home.sources, home.key("home"))
    with lock.writer(home), _part_again(home, vault, source, None) as part:
        return part.sheet.columns(part.recognition.header_row)


def _mended_notes(file: str, source: feeds.Source, left: int) -> list[Note]:
    if not file:
        return []
    notes = [
        Note(
            "mended_in",
            f"Rows of '{source.file_name}' as they were mended in '{file}'.",
            {"file": source.file_name, "mended": file},
        )
    ]
    if left:
        text = f"{left} rows of the mended file still cannot be loaded: goldloop quarantine list --import {source.id}"
        notes.append(Note("mended_left", text, {"rows": left, "id": source.id}))
    return notes


def _load(
    work: Writing,
    source: feeds.Source,
    part: Part,
    said: reading.Normalised,
    statements: Sequence[Statements],
    solved: Sequence[Quarantined],
    notes: Sequence[Note],
) -> Receipt:
    moment = datetime.now(UTC)
    rows = {row.row for row in solved}
    id = feeds.child_claim(parent=source.id, moment=moment)
    loaded = work.lake.load(
        work.snapshot,
        import_id=id,
        stores=work.stores,
        statements=statements,
        rules=work.rules,
    )
    dropped = {rule: len(found) for rule, found in reading.dropped_rows(said, rows).items()}
    days = days_of(statements, part.store)
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
        columns_unused=[],
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        notes=[receipt_notes.as_dict(note) for note in notes],
    )
    tally = fates.Tally(rows=rows)
    tally.add(loaded)
    receipt = tally.on(receipt)
    stop_point("fix.before_receipt")
    feeds.import_finish(
        receipt=receipt,
        base=work.base,
        versions=work.versions(loaded.versions),
        settings=work.settings,
        rows=[],
        moment=moment,
        solved=[row.id for row in solved],
    )
    stop_point("fix.after_receipt")
    return receipt


def _about(batches: Iterable[Sequence[Statements]], rows: set[int]) -> list[Statements]:
    """The statements of these rows, and all others about the orders they belong to."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(rows), pa.int64())
    known = pa.array([], pa.string())
    chosen = []
    for batch in batches:
        for part in batch:
            if "order_id" in part.rows.column_names:
                mine = part.rows.filter(pc.is_in(part.rows["_row"], value_set=wanted))
                known = pc.drop_null(pa.concat_arrays([known, mine["order_id"].combine_chunks()]))
        for part in batch:
            mask = pc.is_in(part.rows["_row"], value_set=wanted)
            if "order_id" in part.rows.column_names and len(known):
                mask = pc.or_(mask, pc.is_in(part.rows["order_id"], value_set=known))
            about = part.rows.filter(mask)
            if about.num_rows:
                chosen.append(replace(part, rows=about))
    return chosen


def _remember(
    home: Home, store: int, targets: Sequence[Quarantined], values: Values, failing: Mapping[int, feeds.RowToKeep]
) -> None:
    """Keep the corrections that helped: all of a row that is right now, and of others those whose column is."""
    kept = {}
    for target in targets:
        bad = {issue["column"] for issue in failing[target.row].issues} if target.row in failing else set()
        good = {column: value for column, value in values.get(target.id, {}).items() if column not in bad}
        if good:
            kept[target.content_hash] = good
    remembered.fixes_add(home, store, kept)


@contextmanager
def _part_again(home: Home, vault: Vault, source: feeds.Source, profile: str | None) -> Iterator[Part]:
    """The kept file, unsealed for as long as it is read, and the part of it that this import was."""
    with scratch(home) as folder:
        path = folder / "source"
        vault.extract(source.content_hash, path)
        wish = Wish(
            store=None if source.store_column else source.store_name,
            store_from=source.store_column or None,
            profile=profile or reading.profile_used(home, source.profile),
        )
        sheets = list(readers.sheets(path, name=source.file_name, limits=home.limits))
        for part in parts(home, sheets, wish, stores=shops.store_list()):  # whoever may see the row, the file is whole
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
