"""Delta Lake tables as we use them: lists of Parquet files per version, changed by one commit, no merge.

A file is written under its final name first and becomes visible by the commit only. A table starts as an empty
version 0, so that there is always a version to go back to when a writer was killed after its commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, CommitProperties, PostCommitHookProperties, RemoveAction

from goldloop.core.errors import WorkFailed

TRIES = 5
CONFIGURATION = {
    # A version is opened by reading the log from the last checkpoint on; 20 keeps that under 10 ms.
    "delta.checkpointInterval": "20",
    # A stray commit must never make the log forget the version that the database names.
    "delta.enableExpiredLogCleanup": "false",
}
_NO_RETRY = CommitProperties(max_commit_retries=0)  # a rebased commit would take a stranger's files in
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


@dataclass(frozen=True)
class Part:
    """One Parquet file of a table: path below the table's folder, value of the partition column, rows and bounds.

    `bounds` holds (least, greatest) of the columns whose bounds were written with the file.
    """

    path: str
    partition: str | None
    rows: int
    size: int
    written: int = 0  # epoch milliseconds as the file system says
    bounds: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return self.path.rsplit("/", 1)[-1]


def opened(folder: Path, version: int) -> DeltaTable:
    """A table at one version."""
    return DeltaTable(str(folder), version=version)


def parts_of(held: DeltaTable) -> list[Part]:
    """The files of an opened version, sorted by path."""
    table = pa.RecordBatchReader.from_stream(held.get_add_actions(flatten=True)).read_all()  # pa.table() loads pandas
    bounded = [n[4:] for n in table.column_names if n.startswith("min.")]
    column = next((n for n in table.column_names if n.startswith("partition.")), None)
    parts = []
    for row in table.to_pylist():
        bounds = {b: (row["min." + b], row["max." + b]) for b in bounded if row["min." + b] is not None}
        value = None if column is None or row[column] is None else str(row[column])
        parts.append(
            Part(row["path"], value, row["num_records"] or 0, row["size_bytes"], row["modification_time"], bounds)
        )
    return sorted(parts, key=lambda p: p.path)


def commit(
    folder: Path,
    schema: pa.Schema,
    partition: str | None,
    base: int | None,
    add: Sequence[Part],
    remove: Sequence[Part],
    at_base: DeltaTable | None = None,
) -> int:
    """Add and remove files on top of version `base` (None: the empty table) in one commit; the new version.

    `at_base` is the table opened at that version, if somebody has it. A newer version than `base` is what a killed
    writer left: the table is put back first. Raises `lake_busy` when another writer keeps committing.
    """
    actions = [_added(p, partition) for p in add] + [_removed(p, partition, add) for p in remove]
    for number in range(TRIES):
        try:
            # The commit is refused when there is a newer version, so the open table may be tried first.
            fits = number == 0 and at_base is not None and not _lacking(at_base, schema)
            table = at_base if fits and at_base is not None else _settled(folder, schema, partition, base)
            table.create_write_transaction(
                actions,
                "append",
                table.schema(),
                [partition] if partition else None,
                commit_properties=_NO_RETRY,
                post_commithook_properties=_HOOKS,
            )
        except CommitFailedError:
            continue  # somebody committed in between; look again
        return table.version() + 1
    raise WorkFailed(
        "lake_busy",
        "Another writer keeps changing the lake.",
        given=folder.name,
        todo="Wait until the other import has finished, then try again.",
    )


def log_files(folder: Path, base: int | None, version: int) -> list[Path]:
    """The files of the log that came after version `base` (None: all of them) up to `version`."""
    log = folder / "_delta_log"
    names = [
        f"{number:020}{kind}" for number in range(base or 0, version + 1) for kind in (".json", ".checkpoint.parquet")
    ]
    return [file for file in (log / name for name in (*names, "_last_checkpoint")) if file.exists()]


def _settled(folder: Path, schema: pa.Schema, partition: str | None, base: int | None) -> DeltaTable:
    """The table opened at a version that holds exactly the files of `base`, made when it does not exist."""
    try:
        table = DeltaTable(str(folder))
    except TableNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        table = DeltaTable.create(
            str(folder), schema, partition_by=[partition] if partition else None, configuration=CONFIGURATION
        )
    wanted = base or 0
    if table.version() != wanted:
        table.restore(wanted, commit_properties=_NO_RETRY, post_commithook_properties=_HOOKS)
    later = _lacking(table, schema)
    if later:  # a column was declared since this table was made
        table.alter.add_columns(later, commit_properties=_NO_RETRY, post_commithook_properties=_HOOKS)
        table = DeltaTable(str(folder))
    return table


def _lacking(table: DeltaTable, schema: pa.Schema) -> list[Field]:
    known = {f.name for f in table.schema().fields}
    return [f for f in Schema.from_arrow(schema).fields if f.name not in known]


def _values(part: Part, partition: str | None) -> dict[str, str | None]:
    return {partition: part.partition} if partition else {}


def _added(part: Part, partition: str | None) -> AddAction:
    stats = {
        "numRecords": part.rows,
        "minValues": {n: _plain(low) for n, (low, _) in part.bounds.items()},
        "maxValues": {n: _plain(high) for n, (_, high) in part.bounds.items()},
    }
    return AddAction(part.path, part.size, _values(part, partition), part.written, True, json.dumps(stats))


def _removed(part: Part, partition: str | None, add: Sequence[Part]) -> RemoveAction:
    # No clock here: a removal is as old as the newest file that replaces it, or as the file that goes.
    moment = max((a.written for a in add), default=part.written)
    return RemoveAction(part.path, True, moment, part.size, _values(part, partition))


def _plain(value: object) -> object:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
