"""Finishing: the derived columns of every changed row, and of the orders and lines that a change touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.core.arrays import array
from goldloop.lake.amounts import finish_amounts
from goldloop.lake.facts import FILLS, Change, nothing
from goldloop.lake.schema import TABLES
from goldloop.lake.touched import LINE_RESULTS, OF_ORDERS, ORDER_RESULTS, check_stores, gather
from goldloop.lake.work import Work, month_number, month_sql, quoted

# Business days of single rows, as SQL moments; `day` is null where the moment is.
DAYS = {"refunds": "CASE WHEN status = 'done' THEN refunded_at END", "visits": "visited_at"}


@dataclass(frozen=True)
class Finished:
    """What is to be written to one facts table.

    `add`: rows, without the columns that have no value, with `_mon` (year x 100 + month, 0 unknown). `patch`: new values for rows that stay as they are
    otherwise (_file, _at, _mon and the columns). `gone`: places (_file, _at) of rows that are replaced or removed.
    """

    name: str
    add: pa.Table
    patch: pa.Table | None
    gone: pa.Table


def finish(work: Work, changes: Mapping[str, Change], *, everything: bool = False) -> list[Finished]:
    """Finish the changed rows and what they touch; `everything`: all rows that have derived columns.

    Makes `days` (store, day), the business days touched. Raises `store_unknown` when a store was not given.
    """
    rows = ", ".join(f"({s.id}, {s.day_starts})" for s in work.stores.values())
    work.run("CREATE TEMP TABLE store_of (store BIGINT, day_starts BIGINT)")
    if rows:
        work.run(f"INSERT INTO store_of VALUES {rows}")
    whole = dict(changes)
    orders = everything or any(n in changes and _moves(work, n) for n in OF_ORDERS)
    for name in (*OF_ORDERS, *DAYS) if everything else OF_ORDERS if orders else ():
        if name not in whole:
            whole[name] = nothing(work, TABLES[name])
    plain = [n for n in whole if n not in ("orders", "order_lines") and (everything or n in changes)]
    results = [_plain(work, whole[n], everything) for n in plain]
    if orders:
        finish_amounts(work, gather(work, changes, everything))
        results.append(_result(work, whole["orders"], (*ORDER_RESULTS, *FILLS, "_filled")))
        results.append(_result(work, whole["order_lines"], LINE_RESULTS))
    dated = [n for n in plain if n in DAYS] + (["orders"] if orders else [])
    sources = [f"SELECT store, day FROM {part}_{n}" for n in dated for part in ("done", "gone", "held")]
    union = " UNION ALL ".join(sources or ["SELECT 0::BIGINT AS store, NULL::DATE AS day"])
    work.run(f"CREATE TEMP TABLE days AS SELECT DISTINCT store, day FROM ({union}) WHERE day IS NOT NULL")
    return results


def _moves(work: Work, name: str) -> bool:
    """Whether a change has any row at all."""
    return work.some(f"after_{name}") or work.some(f"gone_{name}")


def _plain(work: Work, change: Change, everything: bool) -> Finished:
    """Tables whose rows are finished one by one."""
    table, name = change.table, change.table.name
    mon = month_sql(f'"{table.month_of}"') if table.month_of else "0"
    moment = DAYS.get(name)
    needs = ["store", *([table.month_of] if table.month_of else []), *(["status"] if name == "refunds" else [])]
    after = f"(SELECT _at, {work.columns(f'after_{name}', table, needs)} FROM after_{name})"
    if moment is None:
        extra = work.arrow(f"SELECT {mon} AS _mon FROM {after} ORDER BY _at")
        return Finished(name, _whole(change, extra), None, _gone(work, name))
    check_stores(work, f"after_{name}")
    day = f"({moment} - to_minutes(day_starts))::DATE"
    work.run(
        f"CREATE TEMP TABLE done_{name} AS SELECT NULL::INTEGER AS _file, _at, {mon} AS _mon, store, {day} AS day "
        f"FROM {after} JOIN store_of USING (store)"
    )
    if everything:
        held = work.scan(f"facts/{name}")
        work.run(f"CREATE TEMP TABLE held_{name} AS SELECT * FROM {held} ANTI JOIN gone_{name} USING (_file, _at)")
        check_stores(work, f"held_{name}")
        work.run(
            f"INSERT INTO done_{name} SELECT _file, _at, {mon}, store, {day} FROM held_{name} JOIN store_of USING (store)"
        )
    else:
        work.none(f"held_{name}", table)
    return _result(work, change, ("day",))


def _result(work: Work, change: Change, columns: Sequence[str]) -> Finished:
    """The outcome for one table from `done_<table>`: changed rows whole, others only where a value is another one now."""
    name = change.table.name
    fields = quoted(columns)
    added = work.arrow(f"SELECT {fields}, _mon, _at FROM done_{name} WHERE _file IS NULL")
    added = in_order(added, "_at").drop_columns(["_at"])
    other = " OR ".join(f'd."{c}" IS DISTINCT FROM h."{c}"' for c in columns)
    months = ", ".join(str(month_number(p.partition)) for p in work.parts(f"facts/{name}"))
    if months:  # a line may have to follow its order into another month
        other += f" OR d._mon <> list_value({months})[d._file + 1]"
    patch = None
    if work.some(f"held_{name}"):
        patch = work.arrow(
            f"SELECT d._file, d._at, d._mon, {quoted(columns, 'd.')} FROM done_{name} d "
            f"JOIN held_{name} h ON h._file = d._file AND h._at = d._at WHERE {other} ORDER BY d._file, d._at"
        )
    return Finished(name, _whole(change, added), patch, _gone(work, name))


def in_order(rows: pa.Table, column: str) -> pa.Table:
    """`rows` in the order of a column of integers; they come in that order more often than not."""
    if bool((np.diff(array(rows.column(column))) >= 0).all()):
        return rows
    return rows.take(pc.sort_indices(rows.column(column)))


def _whole(change: Change, extra: pa.Table) -> pa.Table:
    """Changed rows with all columns of facts; columns of `extra` take the place of those of the same name."""
    rows = change.after
    for column in extra.column_names:
        rows = rows.drop_columns([column]) if column in rows.column_names else rows
        rows = rows.append_column(column, extra.column(column))
    return rows


def _gone(work: Work, name: str) -> pa.Table:
    return work.arrow(f"SELECT _file, _at FROM gone_{name} ORDER BY _file, _at")
