"""Answers over several currencies: every row at the rate of its day, exact, and never without a rate."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from tests.metrics.facts import START, Facts, dice, order
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.formula import broken
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.rates import PLACES, Rate, Rates
from goldloop.metrics.trace import trace


def rate(day: date, value: str, *, currency: str = "USD", into: str = "CNY", store: int = 1) -> dict:
    return {"store": store, "day": day, "currency": currency, "into": into, "rate": Decimal(value), "source": "bank"}


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rates")
    tables = dice(11)
    tables["fx"] = [rate(START + timedelta(days=n), f"7.{n:03d}123") for n in range(0, 500, 9)]
    facts = Facts(folder, tables)
    return Engine(facts, cache=folder / "sql"), facts.connection()


AT_RATE = """(CASE WHEN t.currency = 'CNY' THEN 1 ELSE
  (SELECT arg_max(rate, day) FROM fx WHERE currency = t.currency AND "into" = 'CNY' AND day <= {day}) END)"""
SUMS = {
    "gmv": ("orders", "gmv", "day", "counts"),
    "user_paid": ("orders", "user_paid_first", "day", "counts"),
    "refunds": ("refunds", "amount", "day", "true"),
    "ad_cost": ("ads", "cost", "last_day", "first_day >= DATE '{first}'"),
}


def test_money_is_converted_at_the_rate_of_each_rows_day(group):
    engine, connection = group
    for start in (40, 200, 333):
        period = Period(START + timedelta(days=start), START + timedelta(days=start + 50))
        answer = figures(engine, OWNER, STORES, Request(period, tuple(SUMS), basis="orders", currency="cny"))
        for name, (table, column, day, condition) in SUMS.items():
            when = condition.format(first=period.first)
            exact = connection.execute(
                f"SELECT sum(t.{column} * {AT_RATE.format(day=f't.{day}')}) FROM {table} t WHERE {when} "
                f"AND t.{day} BETWEEN DATE '{period.first}' AND DATE '{period.last}'"
            ).fetchone()[0]
            assert answer.value(name) == exact, name
        assert answer.currencies == ["CNY"] and answer.scope["currency"] == "CNY"
        note = next(n for n in answer.notes if n.code == "converted")
        assert note.params["first"] <= str(period.first) and note.params["source"] == "bank"


def test_identities_and_cuts_close_without_rounding(group):
    engine, _ = group
    period = Period(START + timedelta(days=30), START + timedelta(days=89))
    names = tuple(FIGURES)
    whole = figures(engine, OWNER, STORES, Request(period, names, basis="orders", new="first-in-data", currency="CNY"))
    assert broken({n: whole.value(n) for n in names}) == []
    for cut in ("product", "region", "price_band", "store", "week"):
        request = Request(period, ("gmv", "new_gmv"), by=(cut,), basis="orders", new="first-in-data", currency="CNY")
        parts = figures(engine, OWNER, STORES, request)
        assert sum(v for v in parts.columns["gmv"] if v is not None) == whole.value("gmv"), cut
        assert set(parts.currencies) == {"CNY"}


def test_unit_costs_and_traces_are_converted_too(group):
    engine, _ = group
    period = Period(START + timedelta(days=30), START + timedelta(days=34))
    own = figures(engine, OWNER, STORES, Request(period, ("cogs", "gmv"), stores=("Shop C",), basis="orders"))
    converted = Request(period, ("cogs", "gmv"), stores=("Shop C",), basis="orders", currency="CNY")
    answer = figures(engine, OWNER, STORES, converted)
    if own.value("cogs") is not None:
        assert own.value("cogs") * 7 < answer.value("cogs") < own.value("cogs") * 8
    found = trace(engine, OWNER, STORES, Request(period, ("gmv",), basis="orders", currency="CNY"), limit=5)
    assert found.total == found.value and found.currency == "CNY"


def test_the_same_amounts_everywhere(group):
    engine, _ = group
    period = Period(START + timedelta(days=30), START + timedelta(days=60))
    answer = figures(engine, OWNER, STORES, Request(period, ("gmv", "order_value"), basis="orders", currency="CNY"))
    written = Decimal(answer.rows()[0]["gmv"])
    assert written == answer.to_arrow()["gmv"][0].as_py() == answer.value("gmv").scaleb(-2)
    assert "gmv" in repr(answer)


def test_one_currency_converted_into_itself_is_the_plain_answer(group):
    engine, _ = group
    period = Period(START + timedelta(days=30), START + timedelta(days=60))
    names = ("gmv", "refunded_gmv", "cogs", "new_gmv", "order_value", "ad_cost")
    plain = figures(engine, OWNER, STORES, Request(period, names, stores=("甲店",), basis="orders"))
    same = figures(engine, OWNER, STORES, Request(period, names, stores=("甲店",), basis="orders", currency="CNY"))
    for name in names:
        assert plain.value(name) == same.value(name), name
    assert not [n for n in same.notes if n.code == "converted"]


def test_currencies_with_other_exponents(tmp_path):
    day = date(2026, 6, 1)
    stores = {
        1: Store(1, "J", "other", currency="JPY"),
        2: Store(2, "K", "other", currency="KWD"),
        3: Store(3, "E", "other", currency="EUR"),
    }
    rows = [
        order(1, "a", day, 1234, currency="JPY"), order(2, "b", day, 1001, currency="KWD"), order(3, "c", day, 99, currency="EUR"),
    ]  # fmt: skip
    rates = [
        rate(date(2026, 5, 30), "0.006", currency="JPY", into="EUR"),
        rate(date(2026, 5, 1), "2.8", currency="KWD", into="EUR"),
    ]
    engine = Engine(Facts(tmp_path, {"orders": rows, "fx": rates}))
    request = Request(Period(day, day), ("gmv",), currency="EUR")
    answer = figures(engine, Viewer(stores=frozenset(stores)), stores, request)
    assert answer.rows() == [{"gmv": f"{Decimal('7.404') + Decimal('2.8028') + Decimal('0.99'):.8f}"}]


def test_without_a_rate_in_time_the_question_is_refused(group):
    engine, _ = group
    period = Period(START + timedelta(days=30), START + timedelta(days=60))
    with pytest.raises(GoldloopError) as caught:
        figures(engine, OWNER, STORES, Request(period, ("gmv",), currency="EUR"))
    assert caught.value.code == "rate_missing" and "template fx" in caught.value.todo
    early = Period(START - timedelta(days=60), START)
    with pytest.raises(GoldloopError) as caught:
        figures(engine, OWNER, STORES, Request(early, ("gmv",), currency="CNY"))
    assert caught.value.code == "rate_missing" and str(START) in caught.value.allowed
    with pytest.raises(GoldloopError) as caught:
        figures(engine, OWNER, STORES, Request(period, ("gmv",), currency="E'R"))
    assert caught.value.code == "currency_bad"


def test_a_scale_is_rounded_half_up():
    assert Rate("KWD", date(2026, 1, 1), Decimal("2.800005"), None).scale() == int(
        Decimal("280000.5").quantize(Decimal(1), rounding=ROUND_HALF_UP)
    )
    assert Rates("CNY", (Rate("USD", date(2026, 1, 1), Decimal("7"), "x"),)).on("USD", date(2025, 12, 31)) is None
    assert PLACES == 8


@pytest.mark.parametrize("seed", range(3))
def test_the_cost_of_goods_of_any_size_is_exact(tmp_path, seed):
    """Unit costs up to 10^12 and quantities beyond 32 bits, together what a shop may have in stock."""
    rng, day = np.random.default_rng(seed), date(2026, 6, 1)
    costs = [Decimal(int(10 ** rng.uniform(0, 18))).scaleb(-6) for _ in range(200)]
    units = [int(10 ** rng.uniform(0, min(11, 12 - float(cost.log10())))) for cost in costs]
    lines = [
        {"store": 1, "order_id": f"o{n}", "line_key": "1", "kind": "sale", "day": day, "placed_day": day, "currency": "CNY",
         "counts": True, "gmv": 1, "gmv_all": 1, "quantity": count, "sku": f"s{n}", "product_id": "p", "refunded": 0}
        for n, count in enumerate(units)
    ]  # fmt: skip
    tables = {
        "orders": [order(1, f"o{n}", day, 1, line_count=1) for n in range(len(units))],
        "order_lines": lines,
        "products": [
            {"store": 1, "item_kind": "sku", "item_id": f"s{n}", "cost": cost} for n, cost in enumerate(costs)
        ],
        "fx": [rate(day, "22110.123456", currency="CNY", into="IDR")],
    }
    engine, stores = Engine(Facts(tmp_path, tables)), {1: Store(1, "A", "tmall", currency="CNY")}
    exact = [count * cost for count, cost in zip(units, costs, strict=True)]
    for currency, times, place in ((None, 1, "0.01"), ("IDR", Decimal("22110.123456"), "0.00000001")):
        with localcontext(prec=60):
            wanted = sum((one * times).quantize(Decimal(place), ROUND_HALF_UP) for one in exact)
        request = Request(Period(day, day), ("cogs",), currency=currency, basis="orders")
        answer = figures(engine, Viewer(stores=frozenset(stores)), stores, request)
        assert Decimal(answer.rows()[0]["cogs"]) == wanted


def test_amounts_of_any_size_are_converted_exactly(tmp_path):
    """A shop of billions in rupiah: more than 64 bits of 10^-8 hold, in one row, in a sum, in a unit cost and in a cut."""
    day, fen, goods = date(2026, 6, 1), 9_000_000_000_000_001, Decimal("12345678.905")
    stores = {1: Store(1, "A", "tmall", currency="CNY")}
    tables = {
        "orders": [order(1, f"o{n}", day, fen - n, buyer=f"b{n}", line_count=1, refunded=n) for n in range(3)],
        "order_lines": [
            {"store": 1, "order_id": f"o{n}", "line_key": "1", "kind": "sale", "day": day, "placed_day": day, "currency": "CNY",
             "counts": True, "gmv": fen - n, "gmv_all": fen - n, "quantity": 1000, "sku": "s", "product_id": "p", "refunded": n}
            for n in range(3)
        ],
        "products": [{"store": 1, "item_kind": "sku", "item_id": "s", "cost": goods}],
        "store_day": [{"store": 1, "report": "r", "first_day": day, "last_day": day, "currency": "CNY", "gmv": fen, "user_paid": fen}],
        "fx": [rate(day, "2211.123456", into="IDR")],
    }  # fmt: skip
    tables["fx"][0]["currency"] = "CNY"
    engine, viewer = Engine(Facts(tmp_path, tables)), Viewer(stores=frozenset(stores))
    times, paid = Decimal("2211.123456"), 3 * fen - 3

    def asked(*names: str, **more: object) -> list[dict]:
        request = Request(Period(day, day), names, currency="IDR", basis="orders", new="first-in-data", **more)
        return figures(engine, viewer, stores, request).rows()

    assert Decimal(asked("gmv")[0]["gmv"]) == paid * times / 100
    assert [Decimal(r["gmv"]) for r in asked("gmv", by=("product",))] == [paid * times / 100]
    assert Decimal(asked("cogs")[0]["cogs"]) == 3000 * goods * times
    assert Decimal(asked("new_gmv")[0]["new_gmv"]) == paid * times / 100
    assert Decimal(asked("refunded_gmv")[0]["refunded_gmv"]) == 3 * times / 100
    platform = Request(Period(day, day), ("gmv",), currency="IDR", basis="platform")
    assert Decimal(figures(engine, viewer, stores, platform).rows()[0]["gmv"]) == fen * times / 100
    found = trace(engine, viewer, stores, Request(Period(day, day), ("gmv",), currency="IDR", basis="orders"), limit=2)
    assert found.total == found.value == paid * times
