"""Typed insights: each kind is found where it was planted, nowhere else, and its numbers are the table's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.insights import insights, read_limits
from goldloop.metrics.query import Request, figures

FIRST = date(2026, 1, 5)  # a Monday
STORES = {1: Store(1, "A", "other")}
OWNER = Viewer(stores=frozenset(STORES))
DAYS = 182
NOW = Period(FIRST + timedelta(days=DAYS - 14), FIRST + timedelta(days=DAYS - 1))


def facts(counts, *, region=lambda n, k: ("浙江", "江苏", "上海", "广东")[k % 4], **more) -> dict:
    orders = [
        order(1, f"{n}-{k}", FIRST + timedelta(days=n), 1000 + 10 * (k % 7), buyer=f"b{n}-{k}", region=region(n, k), channel="app")
        for n, count in enumerate(counts) for k in range(int(count))
    ]  # fmt: skip
    return {"orders": orders, **more}


@pytest.fixture
def ask(tmp_path):
    def asking(tables, *, viewer=OWNER, limits=None):
        engine = Engine(Facts(tmp_path, tables))
        return engine, insights(engine, viewer, STORES, list(STORES.values()), NOW, limits or read_limits())

    return asking


@pytest.fixture(scope="module")
def quiet() -> np.ndarray:
    return np.random.default_rng(4).poisson(12, DAYS)


def test_a_quiet_shop_has_no_unusual_day_no_trend_and_no_risk(ask, quiet) -> None:
    _, found = ask(facts(quiet))
    assert {one.kind for one in found} <= {"driver", "detractor"}


def test_drivers_and_segments_are_the_accounts_and_the_tables_numbers(ask, quiet) -> None:
    counts = quiet.copy()
    counts[-14:] += 6
    engine, found = ask(facts(counts, region=lambda n, k: "浙江" if k >= 12 else "江苏" if k % 2 else "上海"))
    drivers = [one for one in found if one.kind in ("driver", "detractor")]
    assert all((one.amount > 0) == (one.kind == "driver") for one in drivers)
    assert "buyers" in {one.scope.get("driver") for one in drivers if one.kind == "driver"}
    against = Period(NOW.first - timedelta(days=14), NOW.last - timedelta(days=14))
    table = figures(engine, OWNER, STORES, Request(NOW, ("gmv",), by=("region",), compare=str(against)))
    changes = dict(zip(table.columns["region"], table.columns["gmv__change"], strict=True))
    regions = [one for one in drivers if "region" in one.scope]
    assert regions and all(one.amount == changes[one.scope["region"]] for one in regions)
    assert max(regions, key=lambda one: one.amount).scope == {"region": "浙江"}


def test_an_unusual_day_is_told_with_its_money(ask, quiet) -> None:
    counts = quiet.copy()
    counts[-5] = 45
    engine, found = ask(facts(counts), limits=read_limits() | {"unusual": {**read_limits()["unusual"], "sample": 5}})
    unusual = [one for one in found if one.kind == "unusual" and one.figure == "gmv"]
    day = FIRST + timedelta(days=DAYS - 5)
    assert [one.first for one in unusual] == [day]
    value = figures(engine, OWNER, STORES, Request(Period(day, day), ("gmv",))).value("gmv")
    one = unusual[0].as_dict()
    assert Decimal(one["numbers"]["is"]) == Decimal(value) / 100
    assert Decimal(one["money"]) == Decimal(one["numbers"]["is"]) - Decimal(one["numbers"]["expected"])


def test_a_new_trend_is_told_once_it_is_steady(ask, quiet) -> None:
    counts = quiet.copy()
    counts[-84:] = np.rint(counts[-84:] * np.linspace(1, 2.2, 84))
    _, found = ask(facts(counts))
    trends = {one.figure: one for one in found if one.kind == "trend"}
    assert set(trends) == {"gmv"} and trends["gmv"].amount > 0 and trends["gmv"].sample == 12
    steady = np.rint(quiet * np.linspace(1, 4, DAYS)).astype(int)  # has grown like this all along
    assert not [one for one in ask(facts(steady))[1] if one.kind == "trend" and one.amount > 0]


def test_one_segment_above_the_limit_is_a_risk(ask, quiet) -> None:
    engine, found = ask(facts(quiet, region=lambda n, k: ("浙江", "浙江", "浙江", "上海", "广东")[k % 5]))
    risks = [one for one in found if one.kind == "concentration"]
    table = figures(engine, OWNER, STORES, Request(NOW, ("gmv",), by=("region",)))
    assert [one.scope for one in risks] == [{"region": "浙江"}]  # one channel only is nothing to spread over
    assert risks[0].amount == table.columns["gmv"][0]
    assert risks[0].share == round(table.columns["gmv"][0] / sum(table.columns["gmv"]), 4) > 0.5


def test_rows_of_the_platform_that_disagree_are_told(ask, quiet) -> None:
    row = {"store": 1, "first_day": NOW.first, "last_day": NOW.last, "report": "month", "currency": "CNY", "visitors": 900,
           "gmv": 500_000, "orders": 160, "buyers": 150, "new_buyers": 100, "repeat_buyers": 40, "repeat_gmv": 100_000}  # fmt: skip
    days = [
        {"store": 1, "first_day": NOW.first + timedelta(days=n), "last_day": NOW.first + timedelta(days=n), "report": "day",
         "currency": "CNY", "visitors": 70, "gmv": 30_000, "orders": 11, "buyers": 11}
        for n in range(NOW.days)
    ]  # fmt: skip
    _, found = ask(facts(quiet, store_day=[row, *days]))
    broken = [one for one in found if one.kind == "identity"]
    assert [(one.figure, one.amount, one.numbers["identity"]) for one in broken] == [
        ("buyers", 10, "buyers = new_buyers + repeat_buyers")
    ]


def test_sentences_have_both_languages_and_hidden_figures_stay_hidden(ask, quiet) -> None:
    counts = quiet.copy()
    counts[-14:] += 6
    _, found = ask(facts(counts), viewer=Viewer(stores=frozenset({1}), hidden=frozenset({"visitors", "conversion"})))
    for one in found:
        assert one.figure not in ("visitors", "conversion")
        assert one.said["en"].endswith(".") and one.said["zh"].endswith("。") and "{" not in one.said["zh"]


def test_limits_are_data(tmp_path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[concentration]\nshare = 0.9\n")
    assert read_limits(file)["concentration"]["share"] == 0.9
    assert read_limits(file)["trend"] == read_limits()["trend"]
    for text in (
        "[concentration]\nshare = 'much'\n",
        "[unknown]\nx = 1\n",
        "no toml",
        "[concentration]\nsharp = 0.5\n",
    ):
        file.write_text(text)
        with pytest.raises(GoldloopError) as caught:
            read_limits(file)
        assert caught.value.code == "insight_limits_bad"
