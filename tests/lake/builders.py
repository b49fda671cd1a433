"""Small statements by hand, and a look at what the lake then holds; also used by tests of other parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldloop.core.exclusion import ExclusionRule
from goldloop.core.statements import Statements
from goldloop.core.store import Store
from goldloop.lake.arrow import TYPES
from goldloop.lake.lake import Lake, Loaded
from goldloop.lake.schema import TABLES
from goldloop.lake.snapshot import Snapshot

Row = Mapping[str, Any]

STORE = Store(id=1, name="A", platform="other")
STORES = {1: STORE}
NOON = datetime(2026, 6, 10, 12)


def said(
    table: str,
    rows: Sequence[Row],
    *,
    moment: datetime = NOON,
    carried: Iterable[str] | None = None,
    store: int = 1,
    rank: str = "platform",
) -> Statements:
    """Statements about one table: each row a dict of columns; `_row` counts from 2, `_moment` and store may be left out.

    The columns carried are those that stand in any row, unless `carried` says otherwise.
    """
    shape = TABLES[table]
    whole = [{"store": store, "_row": number, "_moment": moment, **row} for number, row in enumerate(rows, start=2)]
    held = {n for row in whole for n in row if not n.startswith("_")}
    names = held if carried is None else {*carried, *shape.key}
    fields = [pa.field(c.name, TYPES[c.type]) for c in shape.columns if c.name in names]
    fields += [pa.field("_row", pa.int64()), pa.field("_moment", pa.timestamp("us"))]
    columns = [pa.array([row.get(f.name) for row in whole], f.type) for f in fields]
    return Statements(table, pa.Table.from_arrays(columns, schema=pa.schema(fields)), frozenset(names), rank)


class Shop:
    """A lake in a folder with the snapshot that counts, as the database would name it."""

    def __init__(self, root: Path, stores: Mapping[int, Store] = STORES, rules: Sequence[ExclusionRule] = ()) -> None:
        self.lake = Lake(root)
        self.stores = stores
        self.rules = rules
        self.versions: dict[str, int] = {}
        self.imports = 0

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that counts now."""
        return Snapshot(self.lake.root, self.versions)

    def load(self, *statements: Statements, import_id: int | None = None) -> Loaded:
        """Import these statements as one file."""
        self.imports += 1
        result = self.lake.load(
            self.snapshot,
            import_id=import_id or self.imports,
            stores=self.stores,
            statements=statements,
            rules=self.rules,
        )
        self.versions = result.versions
        return result

    def undo(self, *import_ids: int) -> Loaded:
        """Take imports back."""
        result = self.lake.undo(self.snapshot, import_ids=import_ids, stores=self.stores, rules=self.rules)
        self.versions = result.versions
        return result

    def refinish(self) -> Loaded:
        """Derive everything again with the stores and rules of now."""
        result = self.lake.refinish(self.snapshot, stores=self.stores, rules=self.rules)
        self.versions = result.versions
        return result

    def rebuild(self) -> Loaded:
        """Make the facts again from what was said."""
        result = self.lake.rebuild(self.snapshot, stores=self.stores, rules=self.rules)
        self.versions = result.versions
        return result

    def rows(self, table: str, hidden: bool = False) -> list[dict[str, Any]]:
        """All facts of a table by key; each row must stand in the partition of its month."""
        shape = TABLES[table]
        found = []
        for path in self.snapshot.files(f"facts/{table}"):
            month = Path(path).parent.name.removeprefix("month=")
            for row in pq.ParquetFile(path).read().to_pylist():
                found.append(row if hidden else {n: v for n, v in row.items() if not n.startswith("_")})
                own = row[shape.month_of] if shape.month_of else None
                if table != "order_lines" or own is not None:
                    assert month == (f"{own:%Y-%m}" if own else "unknown")
        return sorted(found, key=lambda r: tuple(str(r[k]) for k in shape.key))

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """All facts of all tables."""
        return {name: self.rows(name) for name in TABLES}

    def one(self, table: str, **key: Any) -> dict[str, Any]:
        """The single row with these values."""
        found = [r for r in self.rows(table) if all(r[n] == v for n, v in key.items())]
        assert len(found) == 1, found
        return found[0]


def fates(loaded: Loaded) -> dict[int, str]:
    """Fate by source row."""
    return dict(zip(loaded.fates["_row"].to_pylist(), loaded.fates["fate"].to_pylist(), strict=True))
