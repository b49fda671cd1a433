"""Forecast, weights and event review through the one query path: rights, missing feeds, short histories, the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.calendar_events import platform_phases
from goldloop.metrics.day_weights import day_weights
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.event_review import review
from goldloop.metrics.forecast import figure_forecast
from goldloop.metrics.stretches import stretches

FIRST, DAYS = date(2026, 1, 1), 120
LAST = FIRST + timedelta(days=DAYS - 1)
STORES = {1: Store(1, "A", "other"), 2: Store(2, "B", "other"), 3: Store(3, "C", "taobao")}
OWNER = Viewer(stores=frozenset(STORES))
COUNTS = np.random.default_rng(5).poisson(6, DAYS)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


def orders_of(counts, store: int = 1) -> list[dict]:
    return [
        order(store, f"{store}-{n}-{k}", FIRST + timedelta(days=n), 1000, buyer=f"b{n}-{k}")
        for n, count in enumerate(counts) for k in range(int(count))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> Engine:
    return Engine(Facts(tmp_path_factory.mktemp("usual"), {"orders": orders_of(COUNTS)}))


@pytest.fixture
def ask(usual, tmp_path):
    def told(counts=None, *, viewer=OWNER, loaded=(FIRST, LAST), **asked):
        engine = usual if counts is None else Engine(Facts(tmp_path, {"orders": orders_of(counts)}))
        given = {"figure": "gmv", "period": MAY, **asked}
        return figure_forecast(engine, viewer, STORES, STORES[1], loaded=loaded, **given)

    return told


def test_days_and_quotas_are_told_in_major_units(ask) -> None:
    found = ask(target=250_000.0).as_dict()
    assert (found["basis"], found["known_to"], found["done"]) == ("own", str(LAST), "0.00") and len(found["days"]) == 31
    assert sum(float(day["needed"]) for day in found["days"]) == pytest.approx(2500, abs=0.2)
    assert float(found["low"]) < float(found["expected"]) < float(found["high"]) and 0 < found["pace"]["chance"] < 1
    assert found["methods"] and found["tests"]


def test_the_chance_is_told_anew_every_day(ask) -> None:
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    target = float(COUNTS[90:].sum() * 1000)
    chances = [ask(period=april, target=target, known=date(2026, 4, day)).pace for day in (5, 15, 29)]
    assert [round(one.done) for one in chances] == [COUNTS[90 : 90 + n].sum() * 1000 for n in (5, 15, 29)]
    assert all(one.done + one.needed.sum() == pytest.approx(target) for one in chances)
    over = ask(period=april, target=target).pace
    assert over.chance == 1.0 and over.due == pytest.approx(target)


def test_without_traffic_no_driver_is_told(ask) -> None:
    found = ask(target=300_000.0)
    assert not found.drivers and found.driver_reason == "forecast_no_traffic"
    assert any("visitors" in note for note in found.as_dict()["notes"])


def test_one_day_of_history_is_split_evenly(ask) -> None:
    found = ask(
        [7], loaded=(FIRST, FIRST), period=Period(FIRST + timedelta(days=1), FIRST + timedelta(days=9)), target=50_000.0
    )
    assert found.told.basis == "even" and found.pace.chance is None and set(found.ahead) == {7000.0}
    assert "56" in found.as_dict()["notes"][0]


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"target": 0.0}, "target_bad"), ({"target": -1.0}, "target_bad"), ({"figure": "visitors"}, "forecast_not_a_sum"),
     ({"figure": "refund_rate"}, "figure_unripe"), ({"loaded": None}, "forecast_empty"),
     ({"period": Period(date(2025, 1, 1), date(2025, 1, 31))}, "forecast_before"),
     ({"period": Period(date(2029, 1, 1), date(2029, 1, 31))}, "forecast_far"), ({"counts": [0] * DAYS}, "forecast_empty"),
     ({"viewer": Viewer(stores=frozenset({2}))}, "store_unknown"),
     ({"viewer": Viewer(stores=frozenset(STORES), hidden=frozenset({"gmv"}))}, "figure_hidden")],
)  # fmt: skip
def test_what_cannot_be_foretold_is_said(ask, asked, code) -> None:
    with pytest.raises(GoldloopError) as refused:
        ask(**asked)
    assert refused.value.code == code


def test_weights_are_pooled_from_stores_with_the_same_calendar(tmp_path) -> None:
    engine = Engine(Facts(tmp_path, {"orders": [*orders_of(COUNTS), *orders_of([3, 2], 2)]}))
    known = {"loaded": (FIRST, LAST), "period": MAY}
    own, pooled = (day_weights(engine, OWNER, STORES, [STORES[i]], **known)[0].shapes["gmv"] for i in (1, 2))
    assert (own.basis, pooled.basis) == ("own", "pooled") and np.allclose(own.weights, pooled.weights, rtol=0.02)
    [alone] = day_weights(engine, Viewer(stores=frozenset({2})), STORES, [STORES[2]], **known)
    assert alone.shapes["gmv"].basis == "even" and alone.as_dict()["drivers"]["gmv"]["basis"] == "even"
    [even] = day_weights(engine, OWNER, STORES, [STORES[1]], period=MAY, loaded=None)
    assert even.shapes["day_conversion"].weights.mean() == 1


def test_the_calendar_knows_festivals_and_assumes_events_of_later_years() -> None:
    found, assumed = stretches(platform_phases("tmall"), "tmall", Period(date(2024, 9, 1), date(2027, 12, 31)))
    on = {(one.name, one.first) for one in found}
    assert {("spring_festival", date(2026, 2, 17)), ("spring_festival", date(2025, 1, 29)), ("qixi", date(2025, 8, 29)),
            ("mid_autumn", date(2025, 10, 6)), ("spring_festival", date(2027, 2, 6))} <= on  # fmt: skip
    assert "618 2027" in assumed and ("618/sale1", date(2027, 5, 18)) in on
    assert stretches([], "other", Period(FIRST, LAST)) == ([], [])


def reviewed(engine, **asked):
    given = {"event": "own", "waves": (Period(date(2026, 4, 1), date(2026, 4, 3)),), **asked}
    return review(engine, OWNER, STORES, STORES[1], loaded=(FIRST, LAST), **given)


def test_an_event_entered_afterwards_is_reviewed(tmp_path) -> None:
    counts = COUNTS.copy()
    counts[90:93] += 20
    found = reviewed(Engine(Facts(tmp_path, {"orders": orders_of(counts)})), cost=10_000, margin=0.5)
    inside = found.before.parts["inside"]
    assert inside.effect == pytest.approx(60_000, rel=0.15) and found.over and found.verdict in ("gain", "unclear")
    data = found.as_dict("zh")
    assert data["inside"]["actual"] == f"{counts[90:93].sum() * 10:.2f}" and data["waiting"]["days"] == 10
    assert data["new_buyers"] is None or data["new_buyers"] > 0


def test_an_event_that_runs_has_no_verdict(usual) -> None:
    found = reviewed(usual, waves=(Period(date(2026, 4, 29), date(2026, 5, 3)),))
    assert found.verdict is None and any("not all known" in note for note in found.as_dict()["notes"])


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"event": "nope", "waves": ()}, "event_not_in_calendar"), ({"margin": 0.0}, "event_margin"),
     ({"waves": (Period(date(2026, 8, 1), date(2026, 8, 2)),)}, "event_days"),
     ({"waves": (Period(date(2026, 1, 20), date(2026, 1, 22)),)}, "event_no_normal")],
)  # fmt: skip
def test_what_cannot_be_reviewed_is_said(usual, asked, code) -> None:
    with pytest.raises(GoldloopError) as refused:
        reviewed(usual, **asked)
    assert refused.value.code == code


def test_days_long_after_the_newest_known_one_are_told_at_its_level(usual) -> None:
    from goldloop.metrics.forecast import _level

    values = COUNTS.astype(float)
    near = _level(values, FIRST, Period(LAST + timedelta(days=1), LAST + timedelta(days=28)), [])
    far = _level(values, FIRST, Period(date(2027, 1, 1), date(2027, 12, 31)), [])
    assert len(far) == 365 and far.mean() == pytest.approx(near.mean(), rel=0.3)


def test_a_review_tells_how_many_of_its_new_buyers_came_back(tmp_path) -> None:
    """40 people buy first on the three open days, 10 of them again five days later; others buy first on other days."""
    day = date(2026, 4, 1)
    rows = orders_of(COUNTS)
    rows += [order(1, f"e{n}", day + timedelta(days=n % 3), 1000, buyer=f"e{n}") for n in range(40)]
    rows += [order(1, f"again{n}", day + timedelta(days=n % 3 + 5), 1000, buyer=f"e{n}") for n in range(10)]
    found = reviewed(Engine(Facts(tmp_path, {"orders": rows}))).as_dict()["second"]
    own = sum(int(count) for count in COUNTS[90:93])
    assert (found["people"], found["again"]) == (40 + own, 10)
    assert found["days"] == 14 and found["share"] == pytest.approx(10 / (40 + own), abs=1e-9)
    assert found["low"] < found["share"] < found["high"]


def test_second_purchases_of_few_people_or_behind_a_mask_are_not_told(tmp_path) -> None:
    engine = Engine(Facts(tmp_path, {"orders": orders_of(COUNTS)}))
    assert reviewed(engine).second is None, "fewer than 30 people"
    veiled = Viewer(stores=frozenset(STORES), hidden=frozenset({"buyers"}))
    given = {"event": "own", "waves": (Period(date(2026, 4, 1), date(2026, 4, 20)),)}
    assert review(engine, OWNER, STORES, STORES[1], loaded=(FIRST, LAST), **given).second is not None
    assert review(engine, veiled, STORES, STORES[1], loaded=(FIRST, LAST), **given).second is None


def test_one_day_of_history_is_an_even_split(tmp_path) -> None:
    engine = Engine(Facts(tmp_path, {"orders": orders_of([5])}))
    [found] = day_weights(engine, OWNER, STORES, [STORES[1]], period=MAY, loaded=(FIRST, FIRST))
    assert {one.basis for one in found.shapes.values()} == {"even"}
    assert np.allclose(found.shapes["gmv"].weights, 1 / MAY.days)
