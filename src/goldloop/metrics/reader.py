"""What the assembly of an answer reads: parts of the engine's groups, feeds, coverage; each asked for once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.metrics.cuts import STORE_CUTS
from goldloop.metrics.kept_parts import kept_parts
from goldloop.metrics.known_days import Known, known_days
from goldloop.metrics.part_names import (
    MATURE_PARTS,
    MONTH_PARTS,
    ONLY_ASKED,
    REST_PARTS,
    RETURN_PARTS,
    SECOND_PARTS,
    WINDOW_PARTS,
)
from goldloop.metrics.query import COMPARED_FROM, Question
from goldloop.metrics.rollups.paths import Path, ahead, path
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import Result, SmallTable
from goldloop.metrics.whole_store import StoreFeeds

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.metrics.engines.engine import Engine

# Order parts of a store all of whose orders are excluded.
NOTHING_SOLD = (
    "gmv", "gmv_all", "orders", "units", "identified_gmv", "identified_orders", "gmv_rest", "gmv_all_rest", "orders_rest",
    "units_rest",
)  # fmt: skip
# Parts that are told by the number of a bucket, not by its days alone.
BY_BUCKET = MATURE_PARTS | MONTH_PARTS | WINDOW_PARTS | RETURN_PARTS | SECOND_PARTS
Key = tuple[Any, ...]
By = dict[Key, dict[str, Any]]
Missing = tuple[str, dict[str, Any]]  # why a part is not known: a code and its values


class Reader:
    """One question's view of an engine: runs each group of parts once and remembers its SQL."""

    def __init__(self, engine: Engine, question: Question, tables: dict[str, SmallTable]) -> None:
        self.engine = engine
        self.q = question
        self.tables = tables
        self.statements: list[tuple[str, str, dict[str, SmallTable]]] = []
        self.paths: dict[tuple[str, Shape], Path] = {}  # the way that each group was counted
        self._rows: dict[tuple[str, Shape], tuple[Sequence[str], Mapping[Key, tuple[Any, ...]]]] = {}
        self._parts: dict[tuple[str, Shape], By] = {}
        self._own: dict[str, By] = {}  # of the question's own shape
        # What many rows ask alike, by bucket or first day and stores: by the list that rows share, kept so that it stays.
        self._anonymous: dict[Key, tuple[Sequence[Store], Missing | None]] = {}
        self._first_known: dict[int, tuple[Sequence[Store], list[tuple[date, date]]]] = {}
        self._members: dict[Key, list[Store]] = {}

    def run(self, group: str, shape: Shape, tables: dict[str, SmallTable] | None = None) -> Result:
        """Run one group of parts."""
        sql = self.engine.compiled(group, shape)
        given = tables or self.tables
        self.statements.append((group, sql, given))
        return self.engine.run(sql, given)

    def by_bucket(self, group: str, shape: Shape) -> Result:
        """The same for a group each of whose rows is about one bucket alone: what earlier questions read is not read again."""
        way = path(self.engine, group, shape)
        self.paths[group, shape] = way
        sql = self.engine.compiled(group, shape)
        self.statements.append((group, sql, self.tables))
        if way.kind in ("facts", "table"):
            return kept_parts(self.engine).run(self.engine, sql, self.tables)
        return ahead(self.engine, way, group, shape, self.tables, self._without)

    @cached_property
    def _without(self) -> frozenset[str]:
        """Parts that nobody will read."""
        rests = frozenset() if self.engine.snapshot.files("facts/store_day") else REST_PARTS
        return ONLY_ASKED - self.q.parts | rests

    def table(self, group: str, sums: Iterable[str]) -> pa.Table:
        """Bucket, cuts and some sums of a group in the question's own shape, as an Arrow table; what no row states is 0.

        The engine counts nothing else of the group.
        """
        keys = ['"' + name.replace('"', '""') + '"' for name in ("bucket", *(f"c_{c}" for c in self.q.shape.cuts))]
        kinds = ((name, "DOUBLE" if name.endswith("_squares") else "BIGINT") for name in sums)
        columns = ", ".join([*keys, *(f'CAST(coalesce("{name}", 0) AS {kind}) AS "{name}"' for name, kind in kinds)])
        sql = f"SELECT {columns} FROM ({self.engine.compiled(group, self.q.shape)}) AS parts"
        self.statements.append((group, sql, self.tables))
        return self.engine.table(sql, self.tables)

    def script(self) -> str:
        """All statements that were run, with what they read, as text for a plain DuckDB shell."""
        return "\n\n".join(f"-- {group}\n{self.engine.script(sql, given)}" for group, sql, given in self.statements)

    def ways(self) -> list[dict[str, str]]:
        """How each group was counted (see `Answer.ways`)."""
        found = {(group, way) for (group, _), way in self.paths.items()}
        return [
            {"parts": group, "from": way.kind, "read": way.name, "why": way.why}
            for group, way in sorted(found, key=str)
        ]

    def parts(self, group: str, shape: Shape | None = None) -> By:
        """Parts of a group by (bucket, cut values...)."""
        if shape is None:  # rows ask by the thousand
            if group not in self._own:
                self._own[group] = self._parts_of(group, self.q.shape)
            return self._own[group]
        return self._parts_of(group, shape)

    def _parts_of(self, group: str, shape: Shape) -> By:
        if (group, shape) not in self._parts:
            names, rows = self._rows_of(group, shape)
            self._parts[group, shape] = {key: dict(zip(names, row, strict=True)) for key, row in rows.items()}
        return self._parts[group, shape]

    def rows(self, group: str) -> tuple[Sequence[str], Mapping[Key, tuple[Any, ...]]]:
        """The same in the question's own shape as plain rows with their columns: for those who read each once."""
        return self._rows_of(group, self.q.shape)

    def _rows_of(self, group: str, shape: Shape) -> tuple[Sequence[str], Mapping[Key, tuple[Any, ...]]]:
        if (group, shape) not in self._rows:
            found = self.by_bucket(group, shape)
            places = [found.names.index(k) for k in ("bucket", *(f"c_{c}" for c in shape.cuts))]
            key_of = itemgetter(*places) if shape.cuts else lambda row: (row[places[0]],)
            self._rows[group, shape] = found.names, {key_of(row): row for row in found.rows}
        return self._rows[group, shape]

    def rows_of_stores(self, group: str) -> tuple[Sequence[str], Mapping[Key, tuple[Any, ...]]]:
        """The same by bucket and name of the store, whatever the question's cuts."""
        return self._rows_of(group, Shape(("store",), known=self.q.shape.known))

    def asked(self, group: str) -> By:
        """Parts of a group in the question's own shape if they were asked for already, else nothing."""
        return self.parts(group) if (group, self.q.shape) in self._rows else {}

    def by_store(self, group: str) -> dict[tuple[int, int], dict[str, Any]]:
        """Rows of a group that are keyed by bucket and store id."""
        return {(r["bucket"], r["store"]): r for r in self.by_bucket(group, Shape()).dicts()}

    @cached_property
    def roots(self) -> tuple[dict[tuple[int, int], dict[str, Any]], dict[tuple[int, int], dict[str, Any]]]:
        """The platform's shop rows by bucket and store: daily rows added up, and the row of exactly the period."""
        if not self.engine.snapshot.files("facts/store_day"):
            return {}, {}
        return self.by_store("root_days"), self.by_store("root_exact")

    @cached_property
    def feeds(self) -> dict[int, StoreFeeds]:
        """What is loaded of each store."""
        found = {i: StoreFeeds() for i in self.q.stores}
        sql = self.engine.compiled("coverage_rows", Shape())
        self.statements.append(("coverage_rows", sql, self.tables))
        for row in self.engine.run_once(sql, self.tables).dicts():
            if row["rows"]:
                found[row["store"]].spans[row["feed"]] = (row["first_day"], row["last_day"])
                if row["feed"] == "refunds":
                    found[row["store"]].refunds_named = row["named"] == row["rows"]
        return found

    @cached_property
    def known(self) -> dict[int, Known]:
        """What is known of the refunds of each store."""
        return known_days(self.engine, self.q.stores)

    @cached_property
    def costs(self) -> list[dict[str, Any]]:
        """The costs of the stores in scope as loaded."""
        return self.run("cost_rows", Shape()).dicts()

    def wants(self, parts: frozenset[str] | set[str]) -> bool:
        """Whether the question needs any of these parts."""
        return bool(self.q.parts & parts)

    @cached_property
    def same_by_period(self) -> bool:
        """Whether rows of the same days and cut values are the same row, on whichever side of a comparison they stand."""
        return not self.q.shape.known and not self.wants(BY_BUCKET)

    def sides(self) -> Iterator[tuple[int, int, int, Period]]:
        """(side, index, bucket number, period) of every bucket; side 1 is what is compared with."""
        for i, bucket in enumerate(self.q.buckets):
            yield 0, i, i, bucket.period
        for i, period in enumerate(self.q.compared):
            yield 1, i, COMPARED_FROM + i, period

    def store_orders(self, number: int, store: Store) -> dict[str, Any] | None:
        """Order parts of one whole store in one bucket, with orders excluded as a whole in gmv_all."""
        orders, excluded = self._whole_stores
        found, out = orders.get((number, store.name)), excluded.get((number, store.name))
        if out is None:
            return found
        row = found or dict.fromkeys(NOTHING_SOLD, 0)
        rest = (row.get("gmv_all_rest") or 0) + (out.get("excluded_rest") or 0)
        return {**row, "gmv_all": (row["gmv_all"] or 0) + out["excluded"], "gmv_all_rest": rest}

    @cached_property
    def _whole_stores(self) -> tuple[By, By]:
        """Parts of orders, and of orders excluded as a whole, by bucket and store."""
        whole = Shape(("store",), known=self.q.shape.known)
        return self.parts("order_parts", whole), self.parts("excluded_parts", whole)

    def identity_coverage(self, number: int, store: Store) -> float | None:
        """Identified / paid orders of a store in a bucket; None without orders."""
        rows, orders, identified = self._coverage
        row = rows.get((number, store.name))
        if row is None or not row[orders]:
            return None
        return float(row[identified] / row[orders])

    @cached_property
    def _coverage(self) -> tuple[Mapping[Key, tuple[Any, ...]], int, int]:
        names, rows = self.rows_of_stores("order_parts")
        return rows, names.index("orders"), names.index("identified_orders")

    def too_anonymous(self, number: int, members: Sequence[Store]) -> Missing | None:
        """The reason why buyers cannot be counted by identity, if a store is below its limit."""
        key = number, id(members)
        if key not in self._anonymous:
            self._anonymous[key] = members, self._too_anonymous(number, members)
        return self._anonymous[key][1]

    def _too_anonymous(self, number: int, members: Sequence[Store]) -> Missing | None:
        for store in members:
            covered = self.identity_coverage(number, store)
            if covered is not None and covered < store.identity_limit:
                return "no_buyer_identity", {
                    "coverage": f"{covered * 100:.1f} %", "limit": f"{store.identity_limit * 100:.0f} %"
                }  # fmt: skip
        return None

    def too_short(self, period: Period, members: Sequence[Store]) -> Missing | None:
        """Why new and repeat cannot be told apart: 365 days before the period, or the store's opening day, must be loaded."""
        if self.q.request.new == "first-in-data":
            return None
        if id(members) not in self._first_known:
            self._first_known[id(members)] = members, self._first_days_known(members)
        for first, loaded in self._first_known[id(members)][1]:
            if period.first < first:
                return "history_too_short", {"first": str(period.first), "loaded": str(loaded)}
        return None

    def _first_days_known(self, members: Sequence[Store]) -> list[tuple[date, date]]:
        """Per store the first day whose buyers are known to be new or not, and from when on its orders are loaded."""
        loaded = [(s, self.feeds[s.id].spans.get("orders", (None, None))[0]) for s in members]
        short = [day for s, day in loaded if day is not None and (s.opened_on is None or day > s.opened_on)]
        return list(dict.fromkeys((day + timedelta(days=365), day) for day in short))

    def members(self, key: Key) -> list[Store]:
        """The stores that a row with these cut values is about."""
        of_stores = tuple([key[place] for place in self._store_cuts])
        if of_stores not in self._members:
            self._members[of_stores] = self._of_stores(key)
        return self._members[of_stores]

    @cached_property
    def _store_cuts(self) -> list[int]:
        """The places of the cuts that are known of a store."""
        return [place for place, cut in enumerate(self.q.shape.cuts) if cut in STORE_CUTS]

    def _of_stores(self, key: Key) -> list[Store]:
        found = list(self.q.stores.values())
        for name, value in zip(self.q.shape.cuts, key, strict=True):
            if name in STORE_CUTS:
                found = [s for s in found if getattr(s, "name" if name == "store" else name) == value]
        return found
