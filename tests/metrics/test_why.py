"""The account's numbers are the table's numbers: random questions over random facts, every list summing to the change."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.metrics.facts import START, Facts, dice
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.why import why

CUTS = ("region", "product", "channel", "price_band", "store", "buyer_type")
FIGURES_ASKED = (
    "gmv",
    "net",
    "orders",
    "units",
    "gmv_all",
    "cash_net",
    "order_value",
    "refund_rate",
    "buyers",
    "refunds",
)
SUMS = ("gmv", "net", "orders", "units", "gmv_all")  # a table by a cut adds up to the whole


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    tables = dice(7, days=120, orders=1500)
    tables["fx"] = [
        {"store": 1, "day": START, "currency": "USD", "into": "CNY", "rate": Decimal("7.123456"), "source": "bank"}
    ]
    return Engine(Facts(folder, tables), cache=folder / "sql")


def ask(engine, name="gmv", *, against="previous", period=None, tree=None, depth=2, top=4, **more):
    period = period or Period(START + timedelta(days=60), START + timedelta(days=89))
    more = {"stores": ("甲店",), "basis": "orders", "new": "first-in-data", **more}
    return why(
        engine, OWNER, STORES, Request(period, (name,), **more), against=against, tree_name=tree, depth=depth, top=top
    )[0]


def table(engine, name, found, *, by=(), **more):
    scope, left = found.right.scope, found.left.scope
    more = {"stores": ("甲店",), "basis": "orders", "new": "first-in-data", **more}
    period = Period(*(type(START).fromisoformat(scope[k]) for k in ("from", "to")))
    return figures(
        engine, OWNER, STORES, Request(period, (name,), by=by, compare=f"{left['from']}..{left['to']}", **more)
    )


def same(a, b) -> bool:
    return a == b if not isinstance(a, float) else abs(a - b) <= 1e-9 * max(1.0, abs(b))


def check_sums(found) -> None:
    assert same(sum((line.amount for line in found.drivers), found.change * 0), found.change)
    if found.cuts:
        assert same(sum((line.amount for line in found.segments), found.change * 0) + found.others, found.change)
        for key, total in found.totals.items():
            lines = [line.amount for line in found.segments if line.cuts == key and not line.of_nobody]
            assert same(sum(lines, found.change * 0), total)


@pytest.mark.parametrize("seed", range(3))
def test_random_questions(engine, seed):
    rng = np.random.default_rng(seed)
    for _ in range(5):
        first = START + timedelta(days=int(rng.integers(0, 100)))
        period = Period(first, first + timedelta(days=int(rng.integers(0, 19))))
        name, against = (
            str(rng.choice(FIGURES_ASKED)),
            str(rng.choice(["previous", "same-weekday", "2024-02-01..2024-02-09"])),
        )
        by = tuple(str(c) for c in rng.choice(CUTS, int(rng.integers(1, 3)), replace=False))
        stores = (("甲店",), ("甲店", "乙店"))[int(rng.integers(0, 2))]
        try:
            found = ask(engine, name, against=against, period=period, by=by, stores=stores)
        except GoldloopError as error:
            assert error.code == "why_unknown"
            continue
        check_sums(found)
        whole = table(engine, name, found, stores=stores)
        if name != "order_value":  # money per something is accounted for in 10^-6 units
            assert (found.after, found.change) == (whole.value(name), whole.columns[f"{name}__change"][0])
        without = ask(engine, name, against=against, period=period, stores=stores)
        assert [(d.driver, d.amount) for d in without.drivers] == [(d.driver, d.amount) for d in found.drivers]
        if name in SUMS:
            cells = table(engine, name, found, by=by, stores=stores)
            keys = zip(*(cells.columns[c] for c in by), strict=True)
            changes = dict(zip(keys, cells.columns[f"{name}__change"], strict=True))
            assert all(changes[key] == total for key, total in found.totals.items()), (name, by)
            assert found.others == sum(changes.values()) - sum(found.totals.values())


@pytest.mark.parametrize("tree", ["funnel", "customers", "orders", "net"])
def test_every_tree_by_segments(engine, tree):
    for by in (("region",), ("region", "product")):
        found = ask(engine, "net" if tree == "net" else "gmv", tree=tree, by=by, top=10_000)
        check_sums(found)
        assert found.method == "lmdi" and found.tree == tree and found.others_count == 0
        sums: dict = {}
        for line in found.segments:
            sums[line.driver] = sums.get(line.driver, 0) + line.amount
        assert sums == {d.driver: d.amount for d in found.drivers if d.driver in sums}
        assert {line.effect for line in found.segments} & {"mix", "rate"}


def test_visitors_of_one_day_and_their_cut(engine):
    day = Period(START + timedelta(days=50), START + timedelta(days=50))
    found = ask(engine, against="2024-01-05", period=day, by=("region",))
    assert [d.driver for d in found.drivers] == [
        "visitors",
        "conversion",
        "orders_per_buyer",
        "identified_order_value",
        "unidentified_gmv",
    ]
    check_sums(found)
    assert {(m.reason.figure, m.by_cut, m.reason.code) for m in found.missing} == {
        ("visitors", True, "not_by_this_cut")
    }
    totals = {d.driver: d.amount for d in found.drivers}
    buyers = sum(line.amount for line in found.segments if line.driver == "buyers")
    assert abs(buyers - totals["visitors"] - totals["conversion"]) <= 1
    month = ask(engine)
    assert {(m.reason.figure, m.by_cut, m.reason.code) for m in month.missing} == {("visitors", False, "not_additive")}


def test_without_buyers_orders_stand_for_them(engine):
    found = ask(engine, stores=("乙店",), basis="auto", by=("region",))
    assert [d.driver for d in found.drivers] == ["orders", "order_value"]
    missing = {(m.reason.figure, m.reason.code) for m in found.missing}
    assert missing == {("visitors", "not_additive"), ("buyers", "no_buyer_identity")}
    check_sums(found)


def test_two_stores_against_each_other(engine):
    found = ask(engine, stores=("甲店",), against="store:乙店", by=("region",), new="first-in-data")
    check_sums(found)
    alone = [table(engine, "gmv", ask(engine), stores=(s,)).value("gmv") for s in ("甲店", "乙店")]
    assert found.change == alone[0] - alone[1]
    by_store = ask(engine, stores=("甲店",), against="store:乙店", by=("store",))
    assert by_store.totals == {("甲店",): alone[0], ("乙店",): -alone[1]}


def test_one_currency_for_all_stores(engine):
    found = ask(engine, stores=(), currency="CNY", by=("store",))
    check_sums(found)
    assert found.change == found.after - found.before and isinstance(found.change, Decimal)
    assert set(found.totals) == {("甲店",), ("乙店",), ("Shop C",)}


def test_profit_and_efficiency_close(engine):
    for name in ("contribution", "labour_efficiency"):
        found = ask(
            engine,
            name,
            stores=("乙店",),
            period=Period(START + timedelta(days=35), START + timedelta(days=58)),
            by=("region",),
        )
        check_sums(found)
        unknown = {line.driver for line in found.segments if line.effect == "not_by_cut"}
        assert "labour_cost" in unknown  # wages have no region


def test_a_period_without_change_has_nothing_to_tell(engine):
    period = Period(START + timedelta(days=60), START + timedelta(days=69))
    found = ask(engine, against=str(period), period=period, by=("region",))
    assert found.change == 0 and found.segments == [] and found.others == 0 and {d.amount for d in found.drivers} == {0}


def test_an_empty_side_is_a_zero_and_its_segments_are_new(engine):
    period = Period(START + timedelta(days=60), START + timedelta(days=69))
    nowhere = (("region", "浙江"), ("channel", "app"), ("hour", "3"))
    found = ask(engine, against=str(period.shifted(-10)), period=period, where=nowhere, by=("product",))
    check_sums(found)


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("gmv", {"by": ("day",)}, "why_time"),
        ("gmv", {"against": "yesterday"}, "why_against"),
        ("gmv", {"against": "store:nobody"}, "store_unknown"),
        ("gmv", {"against": "2019-01-01..2019-01-31"}, "why_unknown"),
        ("gmv", {"tree": "net"}, "tree_unknown"),
        ("gmv", {"tree": "oak"}, "tree_unknown"),
        ("bounce_rate", {}, "tree_none"),
        ("breakeven_roas", {}, "tree_none"),
        ("gmv", {"against": "store:Shop C"}, "mixed_currency"),
        ("gmv", {"stores": ()}, "mixed_currency"),
        ("nonsense", {}, "figure_unknown"),
        ("gmv", {"by": ("region", "product", "channel")}, "too_many_cuts"),
    ],
)
def test_what_cannot_be_explained_says_why(engine, name, more, code):
    with pytest.raises(GoldloopError) as caught:
        ask(engine, name, **more)
    assert caught.value.code == code


def test_a_store_that_is_not_the_viewers_does_not_exist(engine):
    request = Request(Period(START, START), ("gmv",), stores=("甲店",))
    with pytest.raises(GoldloopError) as caught:
        why(engine, Viewer(stores=frozenset({1})), STORES, request, against="store:乙店")
    assert caught.value.code == "store_unknown"
