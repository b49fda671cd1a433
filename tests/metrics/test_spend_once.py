"""A spend counts once, however many reports of the tool show it."""

from __future__ import annotations

from datetime import date

from tests.metrics.facts import Facts

from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures
from goldloop.metrics.trace import trace

STORE = {1: Store(1, "A", "tmall")}
OWNER = Viewer(stores=frozenset(STORE))
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def ad(
    first: int, last: int, kind: str, subject: str, cost: int, *, tool: str = "关键词推广", gmv: int = 0
) -> tuple[dict, dict]:
    key = {"store": 1, "first_day": date(2026, 6, first), "last_day": date(2026, 6, last), "tool": tool, "campaign_id": "c",
           "subject_kind": kind, "subject_id": subject, "currency": "CNY"}  # fmt: skip
    return {**key, "cost": cost}, {**key, "window": "15d", "gmv": gmv, "orders": 1}


def ask(tmp_path, *rows, by=(), where=()):
    engine = Engine(Facts(tmp_path, {"ads": [r[0] for r in rows], "ad_sales": [r[1] for r in rows]}))
    answer = figures(engine, OWNER, STORE, Request(JUNE, ("ad_cost", "ad_gmv"), by=by, where=where))
    found = trace(engine, OWNER, STORE, Request(JUNE, ("ad_cost",))) if not by else None
    return answer, found


def test_one_kind_of_report_counts(tmp_path):
    answer, found = ask(
        tmp_path,
        ad(1, 1, "product", "p1", 600, gmv=5), ad(1, 1, "shop", "", 400, gmv=1), ad(1, 1, "plan", "", 1000, gmv=6),
        ad(1, 1, "keyword", "k", 900, gmv=6), ad(2, 2, "keyword", "k", 70, gmv=7), ad(1, 1, "plan", "", 30, tool="全站推广"),
    )  # fmt: skip
    assert [answer.value(n) for n in ("ad_cost", "ad_gmv")] == [600 + 400 + 70 + 30, 13]
    assert found.total == found.value


def test_a_month_and_its_days_are_one_spend(tmp_path):
    answer, found = ask(
        tmp_path, ad(1, 30, "product", "p", 3000), ad(1, 1, "product", "p", 100), ad(2, 2, "plan", "", 90)
    )
    assert answer.value("ad_cost") == 3000 and found.total == 3000


def test_single_days_take_the_daily_rows(tmp_path):
    answer, _ = ask(tmp_path, ad(1, 30, "product", "p", 3000), ad(1, 1, "product", "p", 100), by=("day",))
    assert answer.columns["ad_cost"][0] == 100 and answer.columns["ad_cost"][1] == 0
