"""Making rollups from the facts, and bringing them up to date where files of the lake came or went."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goldloop.core.arrays import array, or_zero
from goldloop.core.calendar import Period
from goldloop.metrics.engines.engine import source_mark
from goldloop.metrics.query import bucket_table, price_bands
from goldloop.metrics.rollups.cells import Codes, Rows, TooWide, among, cells, numbered, some_people
from goldloop.metrics.rollups.counting import EPOCH, ORDERS_CUT, number_of
from goldloop.metrics.rollups.orders import AMOUNTS, Lines, by_order, day_sums
from goldloop.metrics.rollups.rolled import (
    About,
    Rolled,
    opened,
    publish,
    read_cells,
    write_cells,
    write_joined,
    write_rows,
    write_sums,
)
from goldloop.metrics.rollups.splice import spliced_cells, spliced_rows
from goldloop.metrics.rollups.summing import DaySums
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import SmallTable

if TYPE_CHECKING:
    from goldloop.core.store import Store
    from goldloop.metrics.engines.engine import Engine

LINE_CUTS = ("category", "price_band")
SUMS = (
    ("order_parts", ORDERS_CUT), ("excluded_parts", ORDERS_CUT), ("placed_parts", ORDERS_CUT), ("refund_parts", None),
    ("excluded_parts", "category"), ("excluded_parts", "price_band"),
)  # fmt: skip
READ = ("orders", "order_lines", "refunds", "store_day", "products", "visits")
ORDERS_AT_ONCE, LINES_AT_ONCE = 8_000_000, 3_000_000  # that are asked for together
SORTED_AT_ONCE = 2_000_000  # rows: few enough for the processor's cache and for memory that is used again
MOST_SPLICED = 0.3  # of all days may have changed; beyond that everything made anew takes no longer
EARLIEST, LATEST = date(1971, 1, 1), date(2149, 1, 1)  # days that fit into 16 bits


def brought_up_to_date(engine: Engine, stores: Mapping[int, Store], root: Path) -> Rolled | None:
    """The rollups of an engine's version below `root`, made anew or, where only some days changed, for these days.

    None where there is nothing to roll up, or no way to: days before 1971 or after 2148, or more stores, people and
    values of a cut than fit into one number.
    """
    span = _span(engine)
    if span is None or span.first < EARLIEST or span.last > LATEST:
        return None
    old = opened(root)
    if old is not None and holds(old, engine):
        return old
    days = None if old is None else changed_days(old, engine, stores, span)
    folder = root / _name(engine)
    shutil.rmtree(folder, ignore_errors=True)  # of a making that was killed
    folder.mkdir(parents=True)
    try:
        if old is None or days is None:
            about = _Making(engine, stores, span, _Whole(folder, span)).make()
        else:
            about = _Making(engine, stores, span, _Spliced(folder, span, old, days), old, days).make()
    except TooWide:
        shutil.rmtree(folder)
        return None
    return publish(root, folder, about)


def holds(rolled: Rolled, engine: Engine) -> bool:
    """Whether rollups were made of just the files that an engine reads."""
    return rolled.about.made_by == made_by() and rolled.about.files == files_of(engine)


@dataclass(frozen=True, slots=True)
class Changed:
    """Numbers of the days of which something was told since: of sales and refunds, and of visits."""

    sales: frozenset[int]
    visits: frozenset[int]


DAY_COLUMNS = {
    "orders": ("day", "placed_day"), "order_lines": ("day",), "refunds": ("day",), "store_day": ("first_day",),
    "visits": ("day",),
}  # fmt: skip


def changed_days(old: Rolled, engine: Engine, stores: Mapping[int, Store], span: Period) -> Changed | None:
    """The days whose rows stand in files of the lake that came or went since; None where everything is to be made anew.

    That is so after another version of the code, another product file, other persons, a store that counts in another
    currency, days before the first one; and where a file that went is no longer there to be read.
    """
    now, then = files_of(engine), old.about.files
    known = stores_of(stores)[: len(old.about.stores)]
    anew = (
        old.about.made_by != made_by()
        or any(now[name] != then.get(name) for name in ("facts/products", "ref/persons"))
        or known != old.about.stores
        or number_of(span.first) < old.about.first
        or old.has("visits") != bool(now["facts/visits"])
    )
    if anew:
        return None
    found: dict[str, set[int]] = {}
    for table, columns in DAY_COLUMNS.items():
        name = f"facts/{table}"
        paths = sorted(set(now[name]) ^ set(then[name]))
        files = [str(Path(engine.snapshot.root).absolute() / path) for path in paths]
        if not all(Path(file).exists() for file in files):
            return None
        found[table] = set()
        for column in columns if files else ():
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            sql = f"SELECT DISTINCT {column} FROM read_parquet([{listed}], hive_partitioning = false) WHERE {column} IS NOT NULL"
            found[table] |= {number_of(day) for (day,) in engine.run(sql, {}).rows}
    visits = frozenset(found.pop("visits"))
    sales = frozenset(set().union(*found.values()))
    return Changed(sales, visits) if max(len(sales), len(visits)) <= old.about.days * MOST_SPLICED else None


def files_of(engine: Engine) -> dict[str, list[str]]:
    """The files of the lake that rollups are made of."""
    snapshot, root = engine.snapshot, Path(engine.snapshot.root).absolute()
    names = [*(f"facts/{name}" for name in READ), "ref/persons"]
    return {name: [os.path.relpath(file, root) for file in snapshot.files(name)] for name in names}


def _name(engine: Engine) -> str:
    """The name of the folder for the rollups of an engine's version."""
    return hashlib.sha256(f"{made_by()}{files_of(engine)}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def made_by() -> str:
    """A digest of the code that makes rollups."""
    here = Path(__file__).parent
    digest = hashlib.sha256(source_mark().encode())
    for name in ("build.py", "cells.py", "rolled.py"):
        digest.update((here / name).read_bytes())
    return digest.hexdigest()


def _date_sql(number: int) -> str:
    return f"DATE '{date.fromordinal(number + EPOCH)}'"


def _span(engine: Engine) -> Period | None:
    """All business days of orders, refunds and visits."""
    found = engine.run(
        "SELECT min(low), max(high) FROM (SELECT least(min(day), min(placed_day)) AS low, greatest(max(day), "
        'max(placed_day)) AS high FROM "orders" UNION ALL SELECT min(day), max(day) FROM "refunds" '
        'UNION ALL SELECT min(day), max(day) FROM "visits")',
        {},
    ).rows[0]
    return None if found[0] is None else Period(found[0], found[1])


class _Whole:
    """Where everything that is made goes: into files of a new folder."""

    def __init__(self, folder: Path, span: Period) -> None:
        self.folder = folder
        self.first, self.days = number_of(span.first), span.days

    def sums(self, name: str, sums: DaySums) -> None:
        """Sums by day."""
        write_sums(self.folder, name, sums)

    def rows(self, name: str, rows: Rows) -> None:
        """Who bought what by day, store and label."""
        write_rows(self.folder, name, rows.by_day())

    def people(self, name: str, rows: Rows, *, labels: int, persons: int) -> None:
        """Cells of rows; some people at once, as nobody's days depend on those of others."""
        if len(rows.code) <= SORTED_AT_ONCE:
            self.part(name, rows, labels=labels, persons=persons)
            return
        parts = [
            cells(rows.chosen(chosen), labels=labels, persons=persons, first=self.first, days=self.days)
            for chosen in some_people(rows.code, persons, SORTED_AT_ONCE)
        ]
        write_joined(self.folder, name, parts)

    def part(self, name: str, rows: Rows, *, labels: int, persons: int) -> None:
        """Cells of all rows at once."""
        write_cells(self.folder, name, cells(rows, labels=labels, persons=persons, first=self.first, days=self.days))

    def join(self, name: str, places: Sequence[str]) -> None:
        """Cells of different people, kept under the names of `places`, as one; they go."""
        write_joined(self.folder, name, [read_cells(self.folder, one) for one in places])
        for one in places:
            shutil.rmtree(self.folder / "cells" / one)


class _Spliced(_Whole):
    """Where what is made of some days goes: into the place of these days in what there was."""

    def __init__(self, folder: Path, span: Period, old: Rolled, days: Changed) -> None:
        super().__init__(folder, span)
        self.old = old
        self.first = old.about.first
        self.days = max(old.about.days, number_of(span.last) - self.first + 1)
        self.sold = sorted(day - self.first for day in days.sales)
        self.visited = sorted(day - self.first for day in days.visits)

    def sums(self, name: str, sums: DaySums) -> None:
        """Sums by day."""
        super().sums(name, self.old.sums(name).replaced(sums, [day + self.first for day in self.sold]))

    def rows(self, name: str, rows: Rows) -> None:
        """Who bought what by day, store and label."""
        old = self.old.rows(name)
        write_rows(self.folder, name, spliced_rows(old, rows, self.sold, first=self.first, days=self.days))

    def people(self, name: str, rows: Rows, *, labels: int, persons: int) -> None:
        """Cells of rows."""
        touched = self.visited if name.startswith("visits") else self.sold
        if not touched and self.days == self.old.about.days:
            shutil.copytree(self.old.folder / "cells" / name, self.folder / "cells" / name, copy_function=os.link)
            return
        old = self.old.cells(name)
        made = spliced_cells(old, rows, touched, labels=labels, persons=persons, days=self.days)
        write_cells(self.folder, name, made)


class _Making:
    """One making: of everything, or of the days that changed since `old`."""

    def __init__(
        self, engine: Engine, stores: Mapping[int, Store], span: Period, into: _Whole, old: Rolled | None = None,
        changed: Changed | None = None,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.into = into
        self.changed = changed
        self.stores = stores_of(stores)
        self.ids = np.array([id for id, _, _ in self.stores])
        every = range(number_of(span.first), number_of(span.last) + 1)
        self.tables = day_tables(list(stores.values()), every if changed is None else sorted(changed.sales))
        self.labels = {} if old is None else {cut: list(values) for cut, values in old.about.labels.items()}
        self.codes = {name: Codes(None if old is None else old.hashes(name)) for name in ("buyers", "visits")}

    def make(self) -> About:
        """Make all of it."""
        for group, cut in SUMS:
            table = self._sums(group, cut)
            label = self._labels(cut, table[f"c_{cut}"]) if cut else np.zeros(len(table), dtype=np.uint16)
            self.into.sums(sums_name(group, cut), DaySums.of(table, self._store(array(table["store"])), label))
        self._orders()
        self._lines()
        if self.engine.snapshot.files("facts/visits"):
            self._visits()
        (self.into.folder / "hashes").mkdir()
        for name, codes in self.codes.items():
            np.save(self.into.folder / "hashes" / f"{name}.npy", codes.hashes)
        persons = {name: codes.count for name, codes in self.codes.items()}
        days = self.into.first, self.into.days
        return About(made_by(), files_of(self.engine), self.stores, self.labels, *days, persons)

    def _sums(self, group: str, cut: str | None) -> pa.Table:
        """What a group counts of each day, store and value of a cut."""
        shape = Shape(("store",) if cut is None else ("store", cut))
        nothing = group == "excluded_parts" and not self._excludes
        return self.engine.table(
            "SELECT bucket AS day, CAST(c_store AS BIGINT) AS store, * EXCLUDE (bucket, c_store) "
            f"FROM ({self.engine.compiled(group, shape)})",
            self.tables | {"buckets": []} if nothing else self.tables,
        )

    @cached_property
    def _excludes(self) -> bool:
        """Whether rules exclude anything at all; to look for it by goods takes as long as counting what is left."""
        sides = (f'SELECT 1 FROM "{name}" WHERE exclusion IS NOT NULL' for name in ("orders", "order_lines"))
        return bool(self.engine.run(f"SELECT 1 FROM ({' UNION ALL '.join(sides)}) LIMIT 1", {}).rows)

    def _orders(self) -> None:
        """Who bought on which day, by store and channel."""
        rows = Rows.joined([self._some_orders(tables) for tables in self._weeks(ORDERS_AT_ONCE, "orders")])
        self._people(ORDERS_CUT, rows)
        self._write("all", replace(rows, label=np.zeros(len(rows.label), dtype=np.uint16)), 1)
        self._write("store", replace(rows, label=rows.store), len(self.stores))

    def _some_orders(self, tables: dict[str, SmallTable]) -> Rows:
        """Who bought on some of the days."""
        sql = self.engine.compiled("person_days", Shape(("store", ORDERS_CUT)))
        found = self.engine.table(
            f"SELECT bucket, CAST(c_store AS BIGINT) AS store, c_{ORDERS_CUT} AS label, hash(buyer_key) AS person, "
            f"CAST(gmv AS BIGINT) AS gmv FROM ({sql})",
            tables,
        )
        codes = self.codes["buyers"].of(array(found["person"]))
        label = self._labels(ORDERS_CUT, found["label"])
        return Rows(_days(found["bucket"]), self._store(array(found["store"])), label, codes, array(found["gmv"]))

    def _lines(self) -> None:
        """What was bought by cuts of lines, and by whom; some weeks at once, as an order is of one day."""
        sums: dict[str, list[DaySums]] = {cut: [] for cut in LINE_CUTS}
        rows: dict[str, list[Rows]] = {cut: [] for cut in LINE_CUTS}
        for tables in self._weeks(LINES_AT_ONCE, "order_lines", "orders"):
            lines, label_of = self._some_lines(tables)
            for cut, label in label_of.items():
                labels = len(self.labels[cut])
                orders, label = by_order(lines, label, labels)
                sums[cut].append(day_sums(orders, label, labels, len(self.stores), self.into.first))
                known = Rows(orders.day, orders.store, label, orders.code.astype(np.uint32), orders.amounts["gmv"])
                rows[cut].append(known.chosen(orders.code >= 0))
        for cut in LINE_CUTS:
            self.into.sums(sums_name("order_parts", cut), DaySums.joined(sums.pop(cut)))
            self._people(cut, Rows.joined(rows.pop(cut)))

    def _weeks(self, at_once: int, *tables: str) -> Iterator[dict[str, SmallTable]]:
        """The question in parts of days, each with about so many rows of the longest of some tables (orders may have no lines)."""
        rows = max(pq_rows(self.engine.snapshot.files(f"facts/{table}")) for table in tables)
        days = self.tables["buckets"]
        step = max(-(-len(days) * at_once // max(rows, 1)), 1)
        for at in range(0, max(len(days), 1), step):
            yield self.tables | {"buckets": days[at : at + step]}

    def _some_lines(self, tables: dict[str, SmallTable]) -> tuple[Lines, dict[str, Any]]:
        """Lines of some days, and the number of their value of each cut."""
        sql = self.engine.compiled("sold_lines", Shape(("store", *LINE_CUTS)))
        found = self.engine.table(
            "SELECT bucket, store, hash(store, order_id) AS sale, hash(buyer_key) AS person, buyer_key IS NOT NULL AS known, "
            f"{', '.join(f'c_{cut}' for cut in LINE_CUTS)}, {', '.join(AMOUNTS)} FROM ({sql})",
            tables,
        )
        sale, sales = numbered(array(found["sale"]))
        one = np.empty(len(sales), dtype=np.int64)
        one[sale] = np.arange(len(sale))  # a line of each order
        known = array(found["known"])[one]
        buyer = np.full(len(sales), -1, dtype=np.int64)
        buyer[known] = self.codes["buyers"].of(array(found["person"])[one][known])
        amounts = {name: or_zero(found[name]) for name in AMOUNTS}
        stated = {name: array(found[name].is_valid()) for name in AMOUNTS if found[name].null_count}
        lines = Lines(_days(found["bucket"]), self._store(array(found["store"])), sale, buyer[sale], amounts, stated)
        return lines, {cut: self._labels(cut, found[f"c_{cut}"]) for cut in LINE_CUTS}

    def _people(self, cut: str, rows: Rows) -> None:
        self.into.rows(cut, rows)
        self._write(cut, rows, len(self.labels[cut]))

    def _visits(self) -> None:
        """Who came on which day, by store; some people at once, as nobody's days depend on those of others."""
        only = "day IS NOT NULL"
        if self.changed is not None:
            only = f"day IN ({', '.join(_date_sql(day) for day in sorted(self.changed.visits)) or 'NULL'})"
        found = self.engine.table(
            "SELECT CAST(day - DATE '1970-01-01' AS USMALLINT) AS day, CAST(store AS USMALLINT) AS store, "
            f'hash(visitor_key) AS person FROM "visits" WHERE {only}',
            {},
        )
        found, day = _taken(found, "day")
        found, store = _taken(found, "store")
        _, person = _taken(found, "person")
        del found
        none = np.zeros(0, dtype=np.int64)
        if self.changed is not None:
            label = self._store(store)
            rows = Rows(day, label, label, self.codes["visits"].of(person), none)
            self._write("visits_store", rows, len(self.stores))
            self._write("visits", replace(rows, label=np.zeros(len(label), dtype=np.uint16)), 1)
            return
        places: dict[str, list[str]] = {"visits": [], "visits_store": []}
        for chosen in among(person, SORTED_AT_ONCE):
            label, codes = self._store(store[chosen]), self.codes["visits"].add(person[chosen])
            rows = Rows(day[chosen], label, label, codes, none)
            for name, label, labels in (
                ("visits_store", rows.store, len(self.stores)),
                ("visits", np.zeros(len(chosen), dtype=np.uint16), 1),
            ):
                places[name].append(f"{name}-{len(places[name])}")
                persons = self.codes["visits"].count
                self.into.part(places[name][-1], replace(rows, label=label), labels=labels, persons=persons)
        for name, some in places.items():
            self.into.join(name, some)

    def _write(self, name: str, rows: Rows, labels: int) -> None:
        persons = self.codes["visits" if name.startswith("visits") else "buyers"].count
        self.into.people(name, rows, labels=labels, persons=persons)

    def _store(self, ids: Any) -> Any:
        """The numbers of stores."""
        return np.searchsorted(self.ids, ids).astype(np.uint16)

    def _labels(self, cut: str, column: pa.ChunkedArray) -> Any:
        """The numbers of a cut's values; new values get the next ones."""
        coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        values = self.labels.setdefault(cut, [])
        values += [value for value in coded.dictionary.to_pylist() if value not in values]
        places = np.array([values.index(value) for value in coded.dictionary.to_pylist()], dtype=np.uint16)
        return places[array(coded.indices)]


def _taken(table: pa.Table, name: str) -> tuple[pa.Table, Any]:
    """A column as an array, and the table without it: large ones are not held twice."""
    return table.drop_columns([name]), array(table[name])


def pq_rows(files: Sequence[str]) -> int:
    """How many rows Parquet files have."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(file).num_rows for file in files)


def _days(column: pa.ChunkedArray) -> Any:
    return array(column).astype(np.uint16)


def stores_of(stores: Mapping[int, Store]) -> list[tuple[int, str, str]]:
    """Id, platform and currency of stores, by id."""
    return [(s.id, s.platform, s.currency) for s in sorted(stores.values(), key=lambda s: s.id)]


def sums_name(group: str, cut: str | None) -> str:
    """The name under which sums by day are kept."""
    return group if cut is None else f"{group}_by_{cut}"


def day_tables(stores: Sequence[Store], days: Sequence[int]) -> dict[str, SmallTable]:
    """The small tables of a question about days of all stores: buckets are the numbers of days, names the ids of stores."""
    dates = [(day, date.fromordinal(day + EPOCH)) for day in days]
    return {
        "scope": [(s.id, str(s.id), s.platform, s.currency, 1) for s in stores],
        "buckets": bucket_table([(number, Period(day, day)) for number, day in dates], new="platform365"),
        "bands": price_bands({s.currency for s in stores}),
        "day_types": [],
        "scales": [],
    }
