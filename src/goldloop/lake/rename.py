"""Giving people other keys: every file of the lake in which a key stands is written anew with another one in its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goldloop.core.table import Table
from goldloop.lake.arrow import facts_schema
from goldloop.lake.facts import TableCount
from goldloop.lake.schema import TABLES
from goldloop.lake.seen import BOUNDS, seen_schema
from goldloop.lake.work import Work, text


def renamed(work: Work, columns: Collection[str], names: Mapping[str, str]) -> dict[str, TableCount]:
    """Replace the keys `names` (old -> new) in these columns of everything said and all facts.

    `_said` hashes stay: a later import that says the same is compared field by field instead of at a glance. Counts the
    rows by the full name of their table, such as `facts/orders`.
    """
    counts = {}
    for whole in sorted(work.base.versions):
        layer, _, name = whole.partition("/")
        held = [c for c in columns if name in TABLES and c in TABLES[name].names] if layer in ("seen", "facts") else []
        count = sum(_part(work, whole, number, held, names) for number in range(len(work.parts(whole)))) if held else 0
        if count:
            counts[whole] = TableCount(updated=count)
    return counts


def _part(work: Work, whole: str, number: int, columns: Collection[str], names: Mapping[str, str]) -> int:
    """Write one file anew where that is needed; how many rows changed."""
    part = work.parts(whole)[number]
    file = pq.ParquetFile(work.root / whole / part.path)
    here = [column for column in columns if column in file.schema_arrow.names]
    old = pa.array(list(names), pa.string())
    if not here or not any(pc.any(pc.is_in(file.read([c])[c], value_set=old)).as_py() for c in here):
        return 0
    rows, count = file.read(), 0
    for column in here:
        at = pc.index_in(rows[column], value_set=old)
        count += len(at) - at.null_count
        changed = pc.coalesce(pc.take(pa.array(list(names.values()), pa.string()), at), rows[column])
        rows = rows.set_column(rows.column_names.index(column), rows.schema.field(column), changed)
    _edit(work, whole)
    work.edits[whole].remove.append(part)
    kind, bounds = part.name.rsplit("-", 1)[0], BOUNDS if whole.startswith("seen/") else ()
    work.write(whole, rows, part.partition, kind=kind, bounds=bounds)
    return count


def _edit(work: Work, whole: str) -> None:
    layer, _, name = whole.partition("/")
    table: Table = TABLES[name]
    if layer == "seen":
        work.edit(whole, seen_schema(table), "import_id")
    else:
        work.edit(whole, facts_schema(table), "month")


def orders_with(work: Work, keys: Collection[str]) -> list[str]:
    """The numbers of all orders that have one of these buyer keys."""
    if not keys or not work.parts("facts/orders"):
        return []
    wanted = ", ".join(text(key) for key in sorted(keys))
    found = work.arrow(
        f"SELECT DISTINCT order_id FROM {work.scan('facts/orders')} WHERE buyer_key IN ({wanted}) ORDER BY 1"
    )
    return [str(order) for order in found["order_id"].to_pylist()]


def rows_about(work: Work, keys: Collection[str], orders: Collection[str]) -> dict[str, pa.Table]:
    """The facts that speak of one of these buyer keys or orders, by table, in the columns of the schema."""
    said = {"buyer_key": keys, "order_id": orders}
    found = {}
    for name, table in TABLES.items():
        tests = [
            f'"{column}" IN ({", ".join(text(one) for one in sorted(words))})'
            for column, words in said.items()
            if column in table.names and words
        ]
        if tests and work.parts(f"facts/{name}"):
            source = work.scan(f"facts/{name}")
            rows = work.arrow(f"SELECT * FROM {source} WHERE {' OR '.join(tests)} ORDER BY ALL")
            if rows.num_rows:
                found[name] = rows.select([n for n in table.names if n in rows.column_names])
    return found
