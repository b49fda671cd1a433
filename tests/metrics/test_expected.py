"""A figure of a day beside its expectation: the table's value, and an honest word where the data says nothing."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import alarm_words
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.expected import Days, History, check_daily, counted_by
from goldloop.metrics.query import Request, figures

FIRST = date(2026, 3, 2)
STORES = {1: Store(1, "A", "other"), 2: Store(2, "B", "other")}
OWNER = Viewer(stores=frozenset(STORES))
COUNTS = np.random.default_rng(11).poisson(9, 120)


def orders_of(counts, *, store: int = 1, price: int = 1000) -> list[dict]:
    return [
        order(store, f"{store}-{n}-{k}", FIRST + timedelta(days=n), price, buyer=f"b{k}", region="浙江" if k % 2 else "江苏")
        for n, count in enumerate(counts) for k in range(int(count))
    ]  # fmt: skip


def shop_rows(counts, *, skip=()) -> list[dict]:
    return [
        {"store": 1, "first_day": FIRST + timedelta(days=n), "last_day": FIRST + timedelta(days=n), "report": "r",
         "currency": "CNY", "visitors": 100 + int(count), "gmv": int(count) * 1000, "orders": int(count), "buyers": int(count)}
        for n, count in enumerate(counts) if n not in skip
    ]  # fmt: skip


@pytest.fixture
def days(tmp_path):
    def ask(tables: dict, names=("gmv", "orders", "order_value"), *, last: int = 119, viewer=OWNER, **more) -> Days:
        engine = Engine(Facts(tmp_path, tables))
        day = FIRST + timedelta(days=last)
        return History(engine, viewer, STORES, [STORES[1]], names, days=Period(day, day), **more).of(STORES[1])

    return ask


def judge(days: Days, name: str = "gmv", day: int = 119, **more):
    return days.judge(name, FIRST + timedelta(days=day), width=3.3, **more)


def test_value_and_sample_are_the_tables(days, tmp_path) -> None:
    tables = {"orders": orders_of(COUNTS)}
    found = judge(days(tables))
    period = Period(found.day, found.day)
    table = figures(Engine(Facts(tmp_path, tables)), OWNER, STORES, Request(period, ("gmv",), stores=("A",)))
    assert found.reason is None and found.value == table.value("gmv") == COUNTS[119] * 1000
    assert found.expected.low < found.expected.value < found.expected.high
    assert found.counted == "orders" and found.sample == np.median([COUNTS[119 - 7 * k] for k in range(1, 9)])
    assert set(found.like) == {found.day - timedelta(weeks=k) for k in range(1, 9)}
    assert found.like[0] == min(found.like, key=lambda d: abs(COUNTS[(d - FIRST).days] * 1000 - found.expected.value))


def test_a_ratio_rests_on_the_smaller_of_its_days(days) -> None:
    counts = COUNTS.copy()
    counts[119] = 2
    found = judge(days({"orders": orders_of(counts)}), "order_value", least=5)
    assert (found.reason, found.params, found.sample) == ("sample", {"sample": 2, "least": 5}, 2)


@pytest.mark.parametrize(("last", "day", "reason"), [(115, 119, "late"), (119, 20, "weekdays"), (119, 119, None)])
def test_late_data_and_short_history_are_no_fall(days, last, day, reason) -> None:
    found = judge(days({"orders": orders_of(COUNTS[: last + 1])}), day=day)
    assert found.reason == reason
    if reason == "late":
        assert found.params == {"feed": "orders", "day": str(FIRST + timedelta(days=115))}


def test_a_day_without_any_order_is_a_hole(days) -> None:
    counts = COUNTS.copy()
    counts[118] = 0
    assert judge(days({"orders": orders_of(counts)}), day=118).reason == "hole"
    assert judge(days({"orders": orders_of(counts)}), day=119).reason is None
    few = np.where(np.arange(120) == 118, 0, 2)
    assert judge(days({"orders": orders_of(few)}), day=118).reason != "hole"


def test_another_source_than_usual_is_not_compared(days) -> None:
    tables = {"orders": orders_of(COUNTS), "store_day": shop_rows(COUNTS, skip={118})}
    found = judge(days(tables, ("gmv", "visitors")), day=118)
    assert (found.reason, found.params) == ("source", {"usual": "platform", "source": "orders"})
    assert judge(days(tables, ("gmv", "visitors")), day=119).reason is None
    late = {"orders": orders_of(COUNTS), "store_day": shop_rows(COUNTS[:119])}
    assert judge(days(late, ("gmv", "visitors"))).reason == "late"


def test_what_nobody_knows_gives_its_reason(days) -> None:
    found = judge(days({"orders": orders_of(COUNTS)}, ("visitors",)), "visitors")
    assert found.reason == "no_value" and found.params["code"] == "no_feed"
    assert (
        alarm_words.not_judged(found.reason, found.params)["en"]
        == "No file with shop-day rows is loaded for this store."
    )


def test_one_value_of_a_cut_is_watched_alone(days) -> None:
    where = (("region", "浙江"),)
    found = judge(days({"orders": orders_of(COUNTS)}, where=where), "orders")
    assert found.reason is None and found.value == COUNTS[119] // 2
    gone = COUNTS.copy()
    gone[119] = 1  # the only order is another region's
    assert judge(days({"orders": orders_of(gone)}, where=where), "orders").value == 0


def test_every_reason_has_words_in_both_languages() -> None:
    params = {
        "days": 1,
        "misses": 2,
        "feed": "orders",
        "day": "2026-01-01",
        "usual": "platform",
        "source": "orders",
        "sample": 1,
        "least": 2,
        "code": "no_feed",
        "profile": "p",
    }
    for reason in alarm_words.REASONS:
        said = alarm_words.not_judged(reason, params)
        assert said["en"] and said["zh"] and "{" not in said["en"] + said["zh"]


@pytest.mark.parametrize(
    "name", ["net", "refund_rate", "contribution", "repurchase_rate", "second_rate", "tail_rate", "month_buyers"]
)
def test_figures_that_still_change_cannot_be_watched_by_days(name: str) -> None:
    with pytest.raises(GoldloopError) as caught:
        check_daily(name)
    assert caught.value.code == "figure_unripe"


def test_every_other_figure_rests_on_a_count() -> None:
    assert {counted_by(name) for name in FIGURES} <= {name for name, one in FIGURES.items() if one.unit == "count"}
    assert [counted_by(n) for n in ("conversion", "order_value", "gmv", "visitors", "ad_cost", "cpc")] == [
        "visitors",
        "orders",
        "orders",
        "visitors",
        "clicks",
        "clicks",
    ]


def test_who_may_not_see_the_store_gets_nothing(days) -> None:
    with pytest.raises(GoldloopError) as caught:
        days({"orders": orders_of(COUNTS)}, viewer=Viewer(stores=frozenset({2})))
    assert caught.value.code == "store_unknown"
