"""The demo through the ordinary door: random scopes against hand-written SQL, 30 of them by the real command."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import goldloop
from goldloop.core.calendar import Period, whole
from goldloop.core.formula import broken
from goldloop.lake.schema import TABLES
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.mature import EPOCH
from goldloop.metrics.query import Request, figures
from goldloop.metrics.types import SQL_TYPES
from tests.commands import goldloop_on_path
from tests.commands.demo import LAST_DAY, made_demo, receipts
from tests.metrics.checks import ESTIMATED, Check, add_rates

LAST = date.fromisoformat(LAST_DAY)
FIRST = date(2024, 9, 1)
NAMES = tuple(
    n for n in FIGURES if not n.startswith(("source_", "product_")) and n != "paid_share" and n not in ESTIMATED
)
CONDITIONS = (
    ((), "true"),
    ((("hour", "20"), ("hour", "21")), "o.hour IN (20, 21)"),
    ((("weekday", "6"), ("weekday", "7")), "isodow(o.day) IN (6, 7)"),
    ((("region", "浙江省"), ("region", "广东省"), ("region", "浙江"), ("region", "广东")), "o.region IN ('浙江省', '广东省', '浙江', '广东')"),
)  # fmt: skip

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def demo(tmp_path_factory, warm):
    """The small demo, made by the real command."""
    made = made_demo(tmp_path_factory)
    assert all(
        r["read"] == r["quarantined"] + sum(r["dropped"].values()) + r["new"] + r["updated"] + r["unchanged"]
        for r in receipts(made)
    )
    home = str(made)
    shop = goldloop.open(home)
    engine = Engine(shop.snapshot(), cache=shop.home.root / "cache", in_memory=True)
    connection = duckdb.connect()
    for name, table in TABLES.items():
        files = engine.snapshot.files(f"facts/{name}")
        kinds = ", ".join(f'"{c.name}" {SQL_TYPES[c.type]}' for c in table.columns)
        connection.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_parquet({files})" if files else f"CREATE TABLE {name} ({kinds})"
        )
    add_rates(connection, engine, shop.viewer(), {s.id: s for s in shop.stores()})
    return home, shop, engine, connection


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory):
    """A `goldloop` on the path that starts fast."""
    with goldloop_on_path(tmp_path_factory) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", folder, prepend=os.pathsep)
        yield


def run(*args: str) -> dict:
    """The command in a process of its own."""
    done = subprocess.run(["goldloop", *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


periods = st.one_of(
    st.builds(lambda d, n: Period(d, d + timedelta(days=n)), st.dates(FIRST, LAST), st.integers(0, 70)),
    st.builds(lambda d: whole("month", d), st.dates(FIRST, LAST)),
    st.builds(lambda d: Period(d, d), st.dates(FIRST, LAST)),
)
scopes = st.fixed_dictionaries({
    "period": periods,
    "figures": st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
    "stores": st.sampled_from([(1,), (2,), (3,), (4,), (1, 2), (1, 2, 3)]),
    "new": st.sampled_from(["platform365", "first-ever", "first-in-data"]),
    "condition": st.sampled_from(CONDITIONS),
})  # fmt: skip


def judge(scope, rows_value, reasons, stores, connection) -> int:
    check = Check(connection, scope["stores"], scope["period"], new=scope["new"], where=scope["condition"][1])
    judged = 0
    for name in scope["figures"]:
        ours = rows_value(name)
        assert (ours is None) == (name in reasons), name
        if ours is None:
            continue
        theirs = check.value(name)
        assert theirs is not None, (name, ours)
        if FIGURES[name].unit in ("money", "count"):
            assert int(ours) == int(theirs), name
        else:
            assert abs(float(ours) - float(theirs)) <= 1e-9 * max(1.0, abs(float(theirs))), name
        judged += 1
    return judged


@pytest.mark.parametrize("examples", [150, pytest.param(2000, marks=pytest.mark.soak)])
def test_random_scopes(demo, examples):
    _, shop, engine, connection = demo
    stores = {s.id: s for s in shop.stores()}
    viewer = shop.viewer()
    seen = {"judged": 0}

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(scopes)
    def every_scope(scope):
        request = Request(
            scope["period"], tuple(scope["figures"]), stores=tuple(stores[i].name for i in scope["stores"]),
            where=scope["condition"][0], basis="orders", new=scope["new"],
        )  # fmt: skip
        answer = figures(engine, viewer, stores, request)
        reasons = {r.figure for r in answer.reasons}
        seen["judged"] += judge(scope, answer.value, reasons, stores, connection)
        assert broken({n: answer.value(n) for n in answer.figures}) == []

    every_scope()
    assert seen["judged"] > examples / 2


@pytest.mark.parametrize("seed", range(30))
def test_thirty_scopes_by_the_real_command(demo, seed):
    import random

    home, shop, _, connection = demo
    rng = random.Random(seed)
    stores = {s.id: s for s in shop.stores()}
    ids = rng.choice([(1,), (2,), (3,), (4,), (1, 2)])
    first = FIRST + timedelta(days=rng.randrange(780))
    scope = {
        "period": Period(first, first + timedelta(days=rng.randrange(40))), "stores": ids, "new": "first-in-data",
        "figures": rng.sample(NAMES, 4), "condition": rng.choice(CONDITIONS),
    }  # fmt: skip
    wheres = [x for cut, value in scope["condition"][0] for x in ("--where", f"{cut}={value}")]
    names = [x for i in ids for x in ("--store", stores[i].name)]
    found = run(
        "figures", *scope["figures"], "--home", home, "--json", "--from", str(scope["period"].first), "--to", str(scope["period"].last),
        "--basis", "orders", "--new", "first-in-data", *names, *wheres,
    )  # fmt: skip
    row = found["rows"][0]
    reasons = {r["figure"] for r in found["reasons"]}
    check = Check(connection, ids, scope["period"], new="first-in-data", where=scope["condition"][1])
    for name in scope["figures"]:
        unit, value = FIGURES[name].unit, row[name]
        assert (value is None) == (name in reasons)
        if value is None:
            continue
        expected = check.value(name)
        scale = 100 if unit in ("money", "money_per") else 1
        assert float(value) * scale == pytest.approx(float(expected), rel=1e-6, abs=1e-3), name


def test_platform_rows_of_the_demo_are_the_root(demo):
    _, shop, _, connection = demo
    name = shop.stores()[0].name
    rows = shop.figures(
        ["gmv_all", "gmv", "visitors", "buyers", "orders"], first="2026-10-01", last="2026-10-31", by="day", stores=name
    ).rows()
    truth = connection.execute(
        "SELECT first_day, gmv, visitors, buyers, orders FROM store_day WHERE store = 1 AND first_day = last_day AND first_day >= DATE '2026-10-01' ORDER BY 1"
    ).fetchall()
    assert len(rows) == len(truth) == 31
    for row, (day, gmv, visitors, buyers, orders) in zip(rows, truth, strict=True):
        assert row["day"] == str(day)
        assert (round(float(row["gmv_all"]) * 100), row["visitors"], row["buyers"]) == (gmv, visitors, buyers)
        excluded = connection.execute(
            "SELECT coalesce(sum(gmv_all - gmv), 0) FROM orders WHERE store = 1 AND day = ? AND (counts OR exclusion IS NOT NULL)",
            [day],
        ).fetchone()[0]
        assert round(float(row["gmv"]) * 100) == gmv - excluded  # rules also clean the platform's figure
        assert orders is None or row["orders"] == orders


def test_two_sources_of_the_demo_differ_by_its_exclusion_rules_only(demo):
    """The platform of the simulation counts as declared: nothing is left, on no day and in no report."""
    _, shop, _, _ = demo
    name, days = shop.stores()[0].name, {"first": "2026-09-02", "last": "2026-10-31"}
    for right in ("orders", "product-report"):
        found = shop.bridge("platform-overview", right, store=name, by="day", rows=None, **days)
        assert (found["residual"], found["unexplained"], found["ties"]) == ("0.00", "0.00", [])
        assert len(found["days"]) == 60
        assert [line["line"] for line in found["lines"]] == (
            ["exclusions:price_difference"] if right == "orders" else []
        )
    found = shop.bridge("platform-overview", "orders", store=name, rows=None, **days)
    figures = {
        b: shop.figures(["gmv", "gmv_all"], stores=name, basis=b, **days).rows()[0] for b in ("platform", "orders")
    }
    assert (found["left"]["amount"], found["right"]["amount"]) == (
        figures["platform"]["gmv_all"],
        figures["orders"]["gmv"],
    )


def test_seven_day_old_net_against_final_net(demo):
    """The demo's truth knows what came of every day; here it was expected when the day was seven days old."""
    home, shop, _, _ = demo
    truth = json.loads((Path(home) / "demo-files" / "truth.json").read_text("utf-8"))
    found = next(c for c in shop.mature(age=7) if c.reason is None)
    days = next(s for s in truth["stores"].values() if s["platform"] == found.store.platform)["days"]
    final = {
        day: gmv - back for day, gmv, back in zip(days["day"], days["gmv"], days["refunded_by_pay_day"], strict=True)
    }
    sold = shop.figures(["gmv_all", "gmv"], by="day", basis="orders", stores=found.store.name).columns
    excluded = {day: whole - gmv for day, whole, gmv in zip(*(sold[n] for n in ("day", "gmv_all", "gmv")), strict=True)}
    for case in found.cases:
        day = str(EPOCH + timedelta(days=case.day))
        net = round(case.final) - (final[day] - excluded[day])
        assert 0 <= net <= excluded[day], day  # what rules exclude counts neither as sold nor as refunded
    assert found.score.cases == 365
    assert found.score.week_error < 0.025
    assert found.score.week_error < 0.4 * found.score.week_naive
    assert found.score.error < found.score.naive
    assert abs(found.score.bias) < 0.01
    assert 0.70 <= found.score.inside <= 0.92
