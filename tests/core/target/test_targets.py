"""Targets: every level sums exactly to the one above, locked rows stay, ratios are those of the sums."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.core.calendar import Period, buckets, parse_period, whole
from goldloop.core.plan.plan import plan_solve
from goldloop.core.target.goal import Goal, StorePart, TargetError, goal_of, leaves
from goldloop.core.target.locks import Lock, pools
from goldloop.core.target.spread import Spreader, within
from goldloop.core.target.targets import Targets, targets

TARGET = 2_000_000_000  # 20,000,000.00
FULL = Goal(
    TARGET,
    80_000_000,
    222_223,
    133_000,
    1_000_000_000,
    250_000,
    {"free": 2_000_000, "paid": 3_000_000, "event": 400_000},
)


def year(number: int) -> Period:
    return parse_period(str(number))


def wave(period: Period, pace: float, depth: float = 0.3) -> dict[date, float]:
    """A shape: a wave over the days, weekends higher."""
    days = (period.first + timedelta(n) for n in range(period.days))
    return {day: 1 + depth * math.sin(day.toordinal() / 7 * pace) + 0.2 * (day.weekday() > 4) for day in days}


def shapes(period: Period) -> dict[str, dict[date, float]]:
    drivers = ("visitors", "visitors:free", "conversion", "buyer_value", "new_share", "refund_rate")
    return {driver: wave(period, 1 + n / 5) for n, driver in enumerate(drivers)}


def random_locks(draw: np.random.Generator, period: Period) -> list[Lock]:
    """Quarters, months and days held at something, in each other now and then; together less than the target."""
    found = []
    for month in buckets(period, "month"):
        kind, size = draw.integers(0, 6), int(draw.integers(0, TARGET // 40))
        if kind == 0:
            found.append(Lock("gmv", size, month.period))
        if kind in (0, 1):
            day = month.period.first + timedelta(int(draw.integers(0, month.period.days)))
            found.append(Lock("gmv", int(draw.integers(0, size + 1)), Period(day, day)))
    if draw.integers(0, 3) == 0:
        quarter = whole("quarter", period.first)
        found = [lock for lock in found if lock.period.first > quarter.last or lock.period.days == 1]
        inside = sum(lock.value for lock in found if lock.period.last <= quarter.last)
        found.append(Lock("gmv", int(inside) + int(draw.integers(0, TARGET // 10)), quarter))
    return found


@pytest.mark.parametrize("number", [2027, 2028])
def test_five_hundred_random_years_sum_exactly_with_their_locks(number: int) -> None:
    period, draw = year(number), np.random.default_rng(number)
    spreader = Spreader(all_days := leaves([StorePart("")], period))
    days = [day for _, day in all_days.places]
    months = [day.month for day in days]
    assert len(days) == (366 if number == 2028 else 365)
    for _ in range(500):
        locks = random_locks(draw, period)
        weights = (draw.gamma(2.0, size=len(days)) * draw.integers(0, 2, size=len(days))).tolist()
        parts = spreader.spread(pools(TARGET, [(lock, int(lock.value)) for lock in locks], all_days), weights)
        by_month = np.bincount(months, weights=parts, minlength=13)[1:]
        assert (sum(parts), by_month.sum(), min(parts) >= 0) == (TARGET, TARGET, True)
        for lock in locks:
            assert (
                sum(p for p, day in zip(parts, days, strict=True) if lock.period.first <= day <= lock.period.last)
                == lock.value
            )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 100)), min_size=1, max_size=12), st.floats(0, 1))
def test_parts_stay_below_their_limits_and_sum(rows: list[tuple[int, int]], filled: float) -> None:
    weights, most = [w for w, _ in rows], [m for _, m in rows]
    total = int(sum(most) * filled)
    parts = within(total, weights, most)
    assert sum(parts) == total
    assert all(0 <= part <= limit for part, limit in zip(parts, most, strict=True))


def test_every_figure_of_every_level_sums_to_the_one_above() -> None:
    period = year(2028)
    stores = [
        StorePart("A", 3, shapes(period)),
        StorePart("B", 1, opens=date(2028, 4, 10)),
        StorePart("C", 2, shapes(period)),
    ]
    found = targets(FULL, period, stores)
    assert found.even == ("B",)
    [all_year] = found.rows()
    assert (all_year.values["gmv"], all_year.values["visitors"]) == (TARGET, 5_400_000)
    added = (
        "gmv",
        "net",
        "refunded_gmv",
        "buyers",
        "new_buyers",
        "repeat_buyers",
        "new_gmv",
        "repeat_gmv",
        "orders",
        "visitors",
        "visitors:paid",
    )
    for grain in ("quarter", "month", "week", "day"):
        for by_store in (False, True):
            rows = found.rows(grain, by_store=by_store)
            assert {name: sum(row.values[name] for row in rows) for name in added} == {
                n: all_year.values[n] for n in added
            }
    for row in found.rows("month", by_store=True):
        values = row.values
        if not values["buyers"]:
            assert (row.store, row.label < "2028-04") == ("B", True)
            continue
        assert values["gmv"] == values["new_gmv"] + values["repeat_gmv"]
        assert float(values["buyer_value"]) == pytest.approx(values["gmv"] / values["buyers"])
        assert values["conversion"] == pytest.approx(values["buyers"] / values["visitors"])
        assert values["new_buyers"] <= values["buyers"] <= values["orders"]


def test_a_locked_month_takes_its_drivers_along() -> None:
    period, june = year(2027), parse_period("2027-06")
    free = targets(FULL, period, [StorePart("", 1, shapes(period))]).rows("month")[5].values
    found = (
        targets(FULL, period, [StorePart("", 1, shapes(period))], [Lock("gmv", 300_000_000, june)])
        .rows("month")[5]
        .values
    )
    assert found["gmv"] == 300_000_000
    for ratio in ("buyer_value", "conversion", "orders_per_buyer", "refund_rate"):
        assert float(found[ratio]) == pytest.approx(float(free[ratio]), rel=0.05)  # the others' months moved, too


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("net", 100_000_000), ("refund_rate", Fraction("0.03")), ("buyer_value", 9_500), ("repeat_buyers", 4_000),
        ("repeat_gmv", 70_000_000), ("orders_per_buyer", Fraction("1.25")), ("order_value", 7_000),
        ("conversion", Fraction("0.05")), ("visitors:paid", 300_000), ("visitors", 450_000), ("new_buyers", 9_000),
    ],
)  # fmt: skip
def test_a_lock_on_any_figure_holds_and_the_rest_still_sums(figure: str, value: int | Fraction) -> None:
    period, june = year(2027), parse_period("2027-06")
    found = targets(FULL, period, [StorePart("", 1, shapes(period))], [Lock(figure, value, june)])
    assert float(found.rows("month")[5].values[figure]) == pytest.approx(float(value), rel=1e-4)
    [all_year] = found.rows()
    assert all_year.values["gmv"] == TARGET
    assert (all_year.values["buyers"], all_year.values["visitors"]) == (222_223, 5_400_000)


def test_locks_of_stores_and_of_all_of_them_may_lie_in_each_other() -> None:
    june, day = parse_period("2027-06"), parse_period("2027-06-18")
    stores = [StorePart("A"), StorePart("B")]
    locks = [
        Lock("gmv", 500_000_000, june),
        Lock("gmv", 90_000_000, day, "A"),
        Lock("gmv", 10_000_000, parse_period("2027-01-01")),
    ]
    rows = targets(Goal(TARGET), year(2027), stores, locks).rows("day", by_store=True)
    by = {(row.store, row.label): row.values["gmv"] for row in rows}
    assert by["A", "2027-06-18"] == 90_000_000
    assert by["A", "2027-01-01"] + by["B", "2027-01-01"] == 10_000_000
    assert sum(x for (_, label), x in by.items() if label.startswith("2027-06")) == 500_000_000
    assert sum(by.values()) == TARGET


def test_a_target_may_start_and_end_anywhere() -> None:
    period = parse_period("2027-07-15..2028-03-02")
    rows = targets(Goal(1_000_001), period).rows("month")
    assert [rows[0].label, rows[-1].label, len(rows)] == ["2027-07", "2028-03", 9]
    assert sum(row.values["gmv"] for row in rows) == 1_000_001
    assert str(rows[0].period) == "2027-07-15..2027-07-31"


@pytest.mark.parametrize(("buyers", "value"), [(10_000, 100), (5_000, 200), (2_000, 500)])
def test_one_million_in_three_ways_down_to_the_day(buyers: int, value: int) -> None:
    plan = plan_solve(buyers=buyers, buyer_value=value, conversion="5%", refund_rate="4%").readings[0].found
    goal = goal_of(plan.values, {"free": 0.6, "paid": 0.4})
    assert (goal.gmv, goal.buyers, goal.visitors) == (100_000_000, buyers, {"free": buyers * 12, "paid": buyers * 8})
    [all_year] = targets(goal, year(2027)).rows()
    assert (all_year.values["buyer_value"], all_year.values["conversion"], all_year.values["refund_rate"]) == (
        value * 100,
        0.05,
        0.04,
    )
    assert sum(row.values["gmv"] for row in targets(goal, year(2027)).rows("day")) == 100_000_000


def test_without_a_traffic_feed_there_are_targets_without_visitors() -> None:
    values = targets(Goal(TARGET, buyers=222_223), year(2027)).rows("month")[0].values
    assert {"gmv", "buyers", "buyer_value"} <= values.keys()
    assert not {"visitors", "conversion"} & values.keys()


JUNE, MAY = parse_period("2027-06"), parse_period("2027-05")
ACROSS = parse_period("2027-05-20..2027-06-05")


@pytest.mark.parametrize(
    ("code", "build"),
    [
        ("target_amount_bad", lambda: Goal(0)),
        ("target_amount_bad", lambda: Goal(-1)),
        ("target_amount_bad", lambda: Goal(5, visitors={"free": -1})),
        ("target_part_above", lambda: Goal(5, new_gmv=6)),
        ("target_part_above", lambda: Goal(5, buyers=3, orders=2)),
        ("target_part_alone", lambda: Goal(5, new_buyers=6)),
        ("target_plan_open", lambda: goal_of({"buyers": Fraction(1)}, {})),
        ("target_stores_none", lambda: made(stores=[])),
        ("target_currencies", lambda: made(stores=[StorePart("A"), StorePart("B", currency="USD")])),
        ("target_weight_bad", lambda: made(stores=[StorePart("A", 0.0)])),
        ("target_weight_bad", lambda: made(stores=[StorePart("A", float("nan"))])),
        ("target_not_open", lambda: made(stores=[StorePart("A", opens=date(2028, 1, 1))])),
        ("target_shape_bad", lambda: made(stores=[StorePart("A", shapes={"gmv": {}})])),
        ("target_shape_bad", lambda: made(stores=[StorePart("A", shapes={"gmv": dict.fromkeys(wave(year(2027), 1), -1.0)})])),
        ("target_lock_outside", lambda: made(Lock("gmv", 1, parse_period("2026-06")))),
        ("target_lock_outside", lambda: made(Lock("gmv", 1, JUNE, "Z"))),
        ("target_lock_unknown", lambda: made(Lock("orders", 1, JUNE))),
        ("target_lock_bad", lambda: made(Lock("gmv", -1, JUNE))),
        ("target_lock_bad", lambda: made(Lock("buyer_value", 0, JUNE))),
        ("target_locks_cross", lambda: made(Lock("gmv", 5, JUNE), Lock("gmv", 5, ACROSS))),
        ("target_locks_above", lambda: made(Lock("gmv", TARGET, JUNE), Lock("gmv", 1, MAY))),
        ("target_locks_short", lambda: made(Lock("gmv", TARGET - 1))),
        ("target_no_room", lambda: made(Lock("new_buyers", 133_000, parse_period("2027-06-01")))),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_reason(code: str, build: object) -> None:
    with pytest.raises(TargetError) as refused:
        build()
    assert refused.value.code == code


def made(*locks: Lock, stores: list[StorePart] | None = None) -> Targets:
    goal = Goal(TARGET, buyers=222_223, new_buyers=133_000)
    return targets(goal, year(2027), [StorePart("A")] if stores is None else stores, locks)


def test_twenty_stores_take_less_than_two_seconds() -> None:
    period = year(2027)
    stores = [StorePart(f"S{n}", 1 + n, shapes(period)) for n in range(20)]
    start = process_time()
    rows = targets(FULL, period, stores).rows("day", by_store=True)
    assert process_time() - start < 2
    assert sum(row.values["gmv"] for row in rows) == TARGET
