"""Figures counted ahead are the figures counted from the facts, for every cut, scope and comparison, also after changes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.metrics.facts import KINDS, START, dice
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period
from goldloop.lake.schema import TABLES
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.rollups import build
from goldloop.metrics.rollups.build import brought_up_to_date, changed_days, holds
from goldloop.metrics.rollups.rolled import opened

NAMES = (
    "gmv", "gmv_all", "orders", "units", "buyers", "visitors", "buyer_value", "buyer_days", "new_gmv", "repeat_gmv",
    "new_buyers", "repeat_buyers", "same_month_second_buyers", "refund_rate", "refunds", "identified_gmv", "ordered_amount",
    "forfeited_deposit", "postage", "platform_discount", "identity_coverage",
)  # fmt: skip
BYS = (
    (), ("store",), ("platform",), ("channel",), ("category",), ("price_band",), ("month",), ("week", "store"),
    ("month", "channel"), ("quarter", "category"), ("store", "category"), ("store", "channel"), ("week", "price_band"),
    ("region",), ("product",), ("buyer_type",),
)  # fmt: skip
WHERES = ((), (("channel", "app"),), (("category", "cat1"), ("category", "")), (("region", "浙江"),))


class Months:
    """A stand-in for a version of the lake whose files are parts of months and named by what is in them."""

    def __init__(self, folder, tables):
        self.root, self.versions, self._files = str(folder), {}, {}
        for name, rows in tables.items():
            parts: dict = {}
            for row in rows:
                day = row.get("day") or row.get("placed_day") or row.get("first_day")
                parts.setdefault(day and day.strftime("%Y-%m"), []).append(row)
            self._files[f"facts/{name}"] = [self._write(folder, name, part) for part in parts.values()]

    def _write(self, folder, name, rows):
        columns = TABLES[name].columns
        path = folder / f"{name}-{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}.parquet"
        pq.write_table(
            pa.table({c.name: pa.array([r.get(c.name) for r in rows], KINDS[c.type]) for c in columns}), path
        )
        return str(path)

    def files(self, name):
        return self._files.get(name, [])


def thrown(seed, **more):
    """Dice with visits."""
    tables, rng = dice(seed, **more), np.random.default_rng(seed)
    tables["visits"] = [
        {"store": int(rng.integers(1, 4)), "visitor_key": f"v{rng.integers(0, 300)}", "day": START + timedelta(days=int(rng.integers(0, 500)))}
        for _ in range(2000)
    ]  # fmt: skip
    return tables


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    folder = tmp_path_factory.mktemp("months")
    facts = Months(folder, thrown(3))
    plain, ahead = (Engine(facts, cache=folder / "sql") for _ in range(2))
    with pytest.MonkeyPatch.context() as few:
        few.setattr(build, "ORDERS_AT_ONCE", 400)
        few.setattr(build, "LINES_AT_ONCE", 700)
        few.setattr(build, "SORTED_AT_ONCE", 500)  # orders, lines and visits come in several parts
        ahead.rolled = brought_up_to_date(plain, STORES, folder / "rollups")
    return plain, ahead


def both(plain, ahead, request):
    """The answers of both ways, and by which ways the second went."""
    ours, theirs = (figures(engine, OWNER, STORES, request) for engine in (ahead, plain))
    assert ours.columns == theirs.columns, request
    assert ours.reasons == theirs.reasons
    return {(one["parts"], one["from"]) for one in ours.ways()}


def requests(rng, count):
    for _ in range(count):
        first = START + timedelta(days=int(rng.integers(-5, 420)))
        by = BYS[rng.integers(0, len(BYS))]
        stores = [("甲店",), ("乙店",), ("Shop C",), ("甲店", "乙店"), ()][rng.integers(0, 5 if "store" in by else 4)]
        yield Request(
            Period(first, first + timedelta(days=int(rng.integers(0, 120)))),
            NAMES,
            by=by,
            stores=stores,
            where=WHERES[rng.integers(0, len(WHERES))],
            compare=[None, "previous", "last-year"][rng.integers(0, 3)],
            basis=["orders", "auto"][rng.integers(0, 2)],
            new=["platform365", "first-ever", "first-in-data"][rng.integers(0, 3)],
            new_by=["buyer", "buyer", "order"][rng.integers(0, 3)],
        )


FEW = [  # each way, and each kind of cells: kept ones, those of some stores, of some values
    {"by": ("store",), "compare": "previous", "basis": "auto"},
    {"stores": ("甲店", "乙店"), "by": ("month", "channel"), "new": "first-ever"},
    {"stores": ("甲店",), "by": ("category",), "where": WHERES[2]},
    {"stores": ("甲店", "乙店"), "by": ("price_band",), "new_by": "order"},
    {"stores": ("乙店",), "where": WHERES[3]},
    {
        "stores": ("甲店", "乙店"),
        "where": (("category", "cat1"), ("category", "cat2")),
    },  # an order with both is one order
]


def test_every_way_gives_the_same_answer(group):
    ways = set()
    period = Period(START + timedelta(days=200), START + timedelta(days=321))
    for one in FEW:
        ways |= both(*group, Request(period, NAMES, **({"basis": "orders"} | one)))
    assert {("order_parts", "sums"), ("buyer_parts", "people"), ("new_parts", "people"), ("new_parts", "facts")} <= ways


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_random_questions_have_the_same_answer_by_every_way(group, seed):
    for request in requests(np.random.default_rng(seed), 24):
        both(*group, request)


def test_visitors_of_any_range_and_stores(group):
    plain, ahead = group
    period = Period(START + timedelta(days=37), START + timedelta(days=203))
    for stores in (("甲店",), ("甲店", "乙店"), ("甲店", "乙店", "Shop C")):
        for by in ((), ("store",), ("week",)):
            if len(stores) == 3 and "store" not in by:
                continue  # two currencies
            ways = both(plain, ahead, Request(period, ("visitors", "buyers"), by=by, stores=stores, basis="orders"))
            assert ("visit_parts", "people") in ways


def test_visitors_of_stores_of_which_one_has_no_visits_are_unknown(tmp_path):
    tables = thrown(3, orders=60)
    tables = {**tables, "store_day": [], "visits": [row for row in tables["visits"] if row["store"] != 2]}
    facts = Months(tmp_path, tables)
    plain, ahead = Engine(facts), Engine(facts)
    ahead.rolled = brought_up_to_date(plain, STORES, tmp_path / "rollups")
    period = Period(START + timedelta(days=37), START + timedelta(days=203))
    for stores, known in ((("甲店",), True), (("甲店", "乙店"), False), (("乙店",), False)):
        request = Request(period, ("visitors",), stores=stores, basis="orders")
        both(plain, ahead, request)
        assert (figures(plain, OWNER, STORES, request).columns["visitors"] != [None]) == known, stores


def changed(tables, rng):
    """The same after a load: new orders and buyers, some changed, moved or taken away, in a few of the months."""
    months = {(START + timedelta(days=int(rng.integers(0, 500)))).strftime("%Y-%m") for _ in range(2)}
    orders = []
    for row in tables["orders"]:
        chance = rng.random() if row["placed_day"].strftime("%Y-%m") in months else 1.0
        if chance < 0.1:
            continue
        if chance < 0.3:
            row = row | {"buyer_key": f"b{rng.integers(0, 400)}"}
        elif chance < 0.5 and row["counts"] and not row["line_count"]:
            row = row | {"gmv": row["gmv"] + 700, "gmv_all": row["gmv_all"] + 700}
        orders.append(row)
    there = {(row["store"], row["order_id"]) for row in orders}
    lines = [row for row in tables["order_lines"] if (row["store"], row["order_id"]) in there]
    visits = [
        row | {"visitor_key": f"v{rng.integers(0, 500)}"} if row["day"].strftime("%Y-%m") in months else row
        for row in tables["visits"]
    ]
    return {**tables, "orders": orders, "order_lines": lines, "visits": visits}


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 30))])
def test_after_changes_only_their_days_are_made_again_and_answers_are_the_same(tmp_path, seed):
    rng = np.random.default_rng(seed)
    tables, root = thrown(seed, orders=700), tmp_path / "rollups"
    brought_up_to_date(Engine(Months(tmp_path, tables), cache=tmp_path / "sql"), STORES, root)
    for _ in range(3 if seed else 1):
        tables = changed(tables, rng)
        plain, ahead = (Engine(Months(tmp_path, tables), cache=tmp_path / "sql") for _ in range(2))
        old = opened(root)
        assert not holds(old, plain)
        days = changed_days(old, plain, STORES, build._span(plain))
        assert days is not None and 0 < len(days.sales) < 150
        ahead.rolled = brought_up_to_date(plain, STORES, root)
        assert holds(ahead.rolled, plain)
        period = Period(START + timedelta(days=90), START + timedelta(days=470))
        for by in (("month", "store"), ("store",)):  # a buyer's last two days lie in a touched month, or before it
            both(plain, ahead, Request(period, NAMES, by=by, basis="orders"))
        for request in requests(rng, 8) if seed else FEW[1:3]:
            request = Request(period, NAMES, basis="orders", **request) if isinstance(request, dict) else request
            both(plain, ahead, request)


def test_what_touches_every_day_makes_everything_anew(group, tmp_path):
    plain, _ = group
    tables = thrown(3, orders=60)
    facts = Months(tmp_path, tables)
    old = brought_up_to_date(Engine(facts), STORES, tmp_path / "rollups")
    span = build._span(plain)
    more = Months(tmp_path, {**tables, "products": [*tables["products"], tables["products"][0] | {"item_id": "new"}]})
    assert changed_days(old, Engine(more), STORES, span) is None  # other categories
    dollars = {**STORES, 1: replace(STORES[1], currency="USD")}
    assert changed_days(old, Engine(facts), dollars, span) is None  # other price bands
    assert changed_days(old, Engine(facts), STORES, Period(START - timedelta(days=90), span.last)) is None


def test_nothing_to_count_ahead(tmp_path):
    assert brought_up_to_date(Engine(Months(tmp_path, {})), STORES, tmp_path / "rollups") is None
