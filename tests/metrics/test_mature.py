"""Refunds still to come in answers: they add up, final days have none, equal ages are compared, nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
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
from goldloop.metrics.mature_check import check
from goldloop.metrics.query import QuestionError, Request, figures
from goldloop.metrics.why import why

STORES = {
    1: Store(1, "甲店", "tmall"),
    2: Store(2, "乙店", "tmall"),  # states refunds without their day
    3: Store(3, "丙店", "tmall"),  # opened three weeks ago
    4: Store(4, "Shop D", "shopify", currency="USD"),
}
OWNER = Viewer(stores=frozenset(STORES))
LAST = date(2026, 6, 30)
WEEK = Period(date(2026, 6, 24), LAST)
MONTH = Period(date(2026, 6, 1), LAST)
DAYS = {1: 420, 2: 60, 3: 21, 4: 300}
CUTS = ("product", "category", "region", "buyer_type", "day_type")


def sales() -> dict[str, list[dict]]:
    """Four stores up to LAST: orders of one or two products, one in five refunded after 0 to 20 days, as far as it came."""
    rng = np.random.default_rng(11)
    tables: dict[str, list[dict]] = {name: [] for name in ("orders", "order_lines", "refunds", "products", "fx")}
    for store, days in DAYS.items():
        for back in range(days):
            for n in range(int(rng.poisson(4))):
                _order(tables, rng, store, f"{store}-{back}-{n}", LAST - timedelta(days=back))
    for k in range(4):
        tables["products"].append({"store": 1, "item_kind": "sku", "item_id": f"sku{k}", "category": f"cat{k % 2}"})
    for n in range(3):
        day = LAST - timedelta(days=400 - 100 * n)
        tables["fx"].append(
            {"store": 0, "day": day, "currency": "USD", "into": "CNY", "rate": Decimal("7.1"), "source": "bank"}
        )
    return tables


def _order(tables, rng, store: int, number: str, day: date) -> None:
    parts = [int(p) for p in rng.integers(100, 20_000, int(rng.integers(0, 3)))]
    gmv = sum(parts) or int(rng.integers(100, 20_000))
    settled = day + timedelta(days=int(rng.integers(0, 21)))
    share = float(rng.choice([1.0, 0.5])) if rng.random() < 0.2 and settled <= LAST else 0.0
    shares = [int(p * share) for p in parts]
    refunded = sum(shares) if parts else int(gmv * share)
    dated = refunded and store != 2
    tables["orders"].append(order(
        store, number, day, gmv, buyer=f"b{rng.integers(0, 300)}", currency=STORES[store].currency, line_count=len(parts),
        region=str(rng.choice(["浙江", "江苏"])), channel=str(rng.choice(["app", "web"])), presale=bool(rng.random() < 0.1),
        refunded=refunded, refunded_basis="aftersale" if dated else "stated", hour=int(rng.integers(0, 24)),
    ))  # fmt: skip
    for n, (part, back) in enumerate(zip(parts, shares, strict=True)):
        tables["order_lines"].append({
            "store": store, "order_id": number, "line_key": str(n), "sku": f"sku{rng.integers(0, 4)}", "quantity": 1,
            "currency": STORES[store].currency, "kind": "sale", "day": day, "counts": True, "gmv_all": part, "gmv": part,
            "refunded": back, "seller": str(rng.choice(["own", "creator"])),
        })  # fmt: skip
    if dated:
        tables["refunds"].append({
            "store": store, "refund_id": f"r{number}", "order_id": number, "currency": STORES[store].currency, "status": "done",
            "amount": refunded, "day": settled,
        })  # fmt: skip


TABLES = sales()


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Engine:
    folder = tmp_path_factory.mktemp("mature")
    return Engine(Facts(folder, TABLES), cache=folder / "sql")


def ask(engine, *names: str, period=MONTH, stores=("甲店",), viewer=OWNER, **more):
    return figures(engine, viewer, STORES, Request(period, names, stores=stores, basis="orders", **more))


def known_by(day_of: date, moment: date, store: int = 1) -> int:
    """Refunds of the orders paid on a day that were settled by a moment, straight from the rows."""
    day = {row["order_id"]: row["day"] for row in TABLES["orders"] if row["store"] == store}
    mine = [row for row in TABLES["refunds"] if row["store"] == store and day[row["order_id"]] == day_of]
    return sum(row["amount"] for row in mine if row["day"] <= moment)


def test_days_and_cuts_sum_to_the_whole(engine):
    whole = ask(engine, "refunds_to_come", "net_expected", "net")
    assert 0 < whole.value("refunds_to_come") < whole.value("net")
    assert whole.value("net_expected") == whole.value("net") - whole.value("refunds_to_come")
    for cut in ("day", "week", "month", "store", *CUTS):
        cells = ask(engine, "refunds_to_come", "net_expected", by=(cut,))
        for name in cells.figures:
            assert sum(cells.columns[name]) == whole.value(name), (cut, name)


def test_a_filter_is_a_row_of_the_cut(engine):
    cells = ask(engine, "refunds_to_come", by=("category",))
    for value, amount in zip(cells.columns["category"], cells.columns["refunds_to_come"], strict=True):
        assert ask(engine, "refunds_to_come", where=(("category", value or ""),)).value("refunds_to_come") == amount


def test_final_days_equal_net(engine):
    days = ask(engine, "net", "net_expected", "net_expected_low", "net_expected_high", "refunds_to_come", by=("day",))
    final = days.data["maturity"]["stores"][0]["final_age"]
    assert 15 < final <= 20
    for row in days.rows():
        age = (LAST - date.fromisoformat(row["day"])).days
        net, expected, low, high = (
            Decimal(row[n]) for n in ("net", "net_expected", "net_expected_low", "net_expected_high")
        )
        assert low <= expected <= high <= net
        assert (low == expected == high == net) == (age > final)
    assert days.data["maturity"]["net_expected"] == [
        {"low": row["net_expected_low"], "high": row["net_expected_high"]} for row in days.rows()
    ]


def test_the_rate_expected_is_alike_at_every_age(engine):
    weeks = ask(
        engine, "refund_rate", "refund_rate_expected", period=Period(LAST - timedelta(days=55), LAST), by=("week",)
    )
    now, in_the_end = (weeks.columns[n] for n in ("refund_rate", "refund_rate_expected"))
    assert now[-2] < 0.6 * np.mean(now[:4])
    assert in_the_end[-2] == pytest.approx(np.mean(now[:4]), rel=0.35)


def test_what_cannot_be_known_is_null_with_its_reason(engine):
    answer = ask(engine, "net", "net_expected", "net_expected_low", by=("store",), stores=("甲店", "乙店", "丙店"))
    found = {row["store"]: row["net_expected"] for row in answer.rows()}
    assert found["甲店"] and found["乙店"] is found["丙店"] is None
    codes = {(answer.columns["store"][r.row], r.code) for r in answer.reasons if r.figure == "net_expected"}
    assert codes == {("乙店", "refund_days_unknown"), ("丙店", "refunds_not_enough")}
    assert all(row["net"] for row in answer.rows())
    together = ask(engine, "net_expected", stores=("甲店", "丙店"))
    assert together.value("net_expected") is None
    assert "Not enough yet" in together.as_dict()["reasons"][0]["text"]


def test_days_past_the_horizon_are_final_for_every_store(engine):
    old = Period(LAST - timedelta(days=200), LAST - timedelta(days=90))
    for store in ("甲店", "Shop D"):
        answer = ask(engine, "net", "net_expected", period=old, stores=(store,))
        assert answer.value("net") == answer.value("net_expected")


def test_two_stores_err_apart(engine):
    rows = ask(engine, "net_expected", stores=("甲店", "Shop D"), by=("store",), currency="CNY")
    both = ask(engine, "net_expected", stores=("甲店", "Shop D"), currency="CNY")
    assert sum(rows.columns["net_expected"]) == both.value("net_expected")
    half = [
        float(row["net_expected"]) - float(ends["low"])
        for row, ends in zip(
            [*rows.rows(), *both.rows()],
            rows.data["maturity"]["net_expected"] + both.data["maturity"]["net_expected"],
            strict=True,
        )
    ]
    assert half[2] == pytest.approx(np.hypot(*half[:2]), rel=1e-3)
    own = ask(engine, "net_expected", stores=("Shop D",))
    in_cny = rows.columns["net_expected"][rows.columns["store"].index("Shop D")]
    assert float(in_cny) == pytest.approx(float(own.value("net_expected")) * 7.1, rel=1e-5)


def test_the_same_age_counts_what_had_come_by_then(engine):
    answer = ask(engine, "refunded_gmv", "net", "refunded_orders", period=WEEK, compare="previous", same_age=True)
    before = Period(date(2026, 6, 17), date(2026, 6, 23))
    days = [before.first + timedelta(days=n) for n in range(7)]
    assert answer.columns["refunded_gmv__compared"] == [sum(known_by(day, before.last) for day in days)]
    assert answer.value("refunded_gmv") == sum(known_by(day + timedelta(days=7), LAST) for day in days)
    plain = ask(engine, "refunded_gmv", period=WEEK, compare="previous")
    assert plain.columns["refunded_gmv__compared"][0] > answer.columns["refunded_gmv__compared"][0]
    assert {n.code for n in answer.notes} >= {"same_age"}
    by_day = ask(engine, "refunded_gmv", period=WEEK, by=("day",), compare="same-weekday", same_age=True)
    moments = [known_by(day, day + (LAST - (day + timedelta(days=7)))) for day in days]
    assert by_day.columns["refunded_gmv__compared"] == moments


@pytest.mark.parametrize("by", [(), ("product",)])
def test_a_day_is_not_as_old_where_it_stands_beside_a_later_one(engine, by):
    """Each day also stands on the compared side of the next: what was known of it there is what a question for that day alone says."""
    days = [WEEK.first + timedelta(days=n) for n in range(4, 7)]
    how = {"compare": "previous", "same_age": True}
    told = ask(engine, "refunded_gmv", period=Period(days[0], days[-1]), by=("day", *by), **how)
    pairs = ("refunded_gmv", "refunded_gmv__compared")
    rows = {
        (told.columns["day"][n], *(told.columns[cut][n] for cut in by)): [told.columns[name][n] for name in pairs]
        for n in range(len(told))
    }
    for day in days:
        alone = ask(engine, "refunded_gmv", period=Period(day, day), by=by, **how)
        for n in range(len(alone)):
            key = (str(day), *(alone.columns[cut][n] for cut in by))
            assert rows[key] == [alone.columns[name][n] for name in pairs], key


def test_an_account_at_the_same_age_is_the_tables(engine):
    asked = Request(WEEK, ("net",), stores=("甲店",), basis="orders", by=("channel",), same_age=True)
    found, _ = why(engine, OWNER, STORES, asked, against="previous")
    answer = ask(engine, "net", period=WEEK, compare="previous", same_age=True)
    assert (found.before, found.after) == (answer.columns["net__compared"][0], answer.value("net"))
    assert found.before > why(engine, OWNER, STORES, replace(asked, same_age=False), against="previous")[0].before
    assert sum(line.amount for line in found.segments) + found.others == found.change
    with pytest.raises(QuestionError, match="same age"):
        why(engine, OWNER, STORES, asked, against="store:乙店")


def test_the_same_age_by_product_and_as_known_on_a_day(engine):
    moment = LAST - timedelta(days=10)
    answer = ask(engine, "refunded_gmv", "net", known=moment)
    expected = sum(known_by(MONTH.first + timedelta(days=n), moment) for n in range(30))
    assert answer.value("refunded_gmv") == expected
    cells = ask(engine, "refunded_gmv", by=("product",), known=moment)
    assert sum(cells.columns["refunded_gmv"]) == expected
    assert "known_to" in {n.code for n in answer.notes}
    assert ask(engine, "refunded_gmv", known=LAST).value("refunded_gmv") == ask(engine, "refunded_gmv").value(
        "refunded_gmv"
    )
    bare = ask(engine, "refunded_gmv", "gmv", known=moment, stores=("甲店", "乙店"))
    assert bare.value("gmv") == ask(engine, "gmv", stores=("甲店", "乙店")).value("gmv")
    assert [(r.figure, r.code) for r in bare.reasons] == [("refunded_gmv", "refund_days_unknown")]


def test_an_expectation_of_an_earlier_day_knows_nothing_later(engine, tmp_path):
    moment = LAST - timedelta(days=30)
    then = {
        name: [row for row in rows if name not in ("orders", "refunds", "order_lines") or row["day"] <= moment]
        for name, rows in TABLES.items()
    }
    day = {row["order_id"]: row for row in then["orders"]}
    back: dict[str, int] = {}
    for row in then["refunds"]:
        back[row["order_id"]] = row["amount"]
    then["orders"] = [
        {**row, "refunded": back.get(row["order_id"], 0)} if row["store"] != 2 else row for row in then["orders"]
    ]
    then["order_lines"] = [
        {**row, "refunded": row["refunded"] if row["order_id"] in back else 0}
        for row in then["order_lines"]
        if row["order_id"] in day
    ]
    # The newest refund row of that day may be some days older than the day itself: both are asked as of the same day.
    asked = {"period": Period(moment - timedelta(days=13), moment), "known": moment}
    old = ask(Engine(Facts(tmp_path, then)), "net_expected", "net_expected_low", "refunds_to_come", **asked)
    replay = ask(engine, "net_expected", "net_expected_low", "refunds_to_come", **asked)
    assert old.rows() == replay.rows()


def test_young_days_are_warned_of(engine):
    codes = {n.code for n in ask(engine, "net").notes}
    assert "refunds_immature" in codes
    assert "refunds_immature" not in {n.code for n in ask(engine, "gmv").notes}
    assert "refunds_immature" not in {
        n.code for n in ask(engine, "net", period=Period(date(2026, 3, 1), date(2026, 3, 31))).notes
    }
    note = next(n for n in ask(engine, "net").notes if n.code == "refunds_immature")
    assert note.params["age"] == ask(engine, "net_expected").data["maturity"]["stores"][0]["final_age"]
    said = {n.code for n in ask(engine, "net_expected").notes}
    assert said >= {"refunds_expected", "expected_checked"} and "refunds_immature" not in said
    for lang in ("en", "zh"):
        assert all(n.text(lang) for n in ask(engine, "net_expected", "net").notes)


def test_each_stores_refunds_are_final_at_the_age_of_its_own_last_year(tmp_path):
    """The one is known to 300 days later than the other, and what it refunded late lies before its own year."""
    tables: dict[str, list[dict]] = {"orders": [], "refunds": []}
    for store, until, delay in (
        (1, LAST, lambda back: 2 if back < 365 else 30),
        (2, LAST - timedelta(days=300), lambda back: 5),
    ):
        for back in range(700):
            day, number = until - timedelta(days=back), f"{store}-{back}"
            settled = day + timedelta(days=delay(back))
            come = 1000 if settled <= until else 0
            tables["orders"].append(order(store, number, day, 2000, refunded=come, refunded_basis="aftersale"))
            if come:
                tables["refunds"].append({"store": store, "refund_id": number, "order_id": number, "currency": "CNY",
                                          "status": "done", "amount": come, "day": settled})  # fmt: skip
    answer = ask(Engine(Facts(tmp_path, tables)), "net", stores=("甲店", "乙店"))
    said = [note.params for note in answer.notes if note.code == "refunds_immature"]
    assert said == [
        {"store": "乙店", "day": str(LAST - timedelta(days=306)), "age": 5},
        {"store": "甲店", "day": str(LAST - timedelta(days=3)), "age": 2},
    ]


def test_rights_hold(engine):
    one = Viewer(stores=frozenset({1}), hidden=frozenset({"net_expected"}))
    with pytest.raises(GoldloopError, match="not shown"):
        ask(engine, "net_expected", viewer=one)
    with pytest.raises(QuestionError):
        ask(engine, "refunds_to_come", viewer=one, stores=("Shop D",))
    with pytest.raises(GoldloopError, match="not shown"):
        check(engine, one, STORES)
    assert [c.store.id for c in check(engine, replace(one, hidden=frozenset()), STORES)] == [1]


def test_nothing_compared_has_no_age(engine):
    with pytest.raises(QuestionError) as caught:
        ask(engine, "net", same_age=True)
    assert caught.value.code == "same_age_alone"


def test_the_check_of_all_stores(engine):
    found = {c.store.id: c for c in check(engine, OWNER, STORES, age=7, days=120)}
    assert {i: c.reason and c.reason[0] for i, c in found.items()} == {
        1: None, 2: "refund_days_unknown", 3: "refunds_not_enough", 4: None
    }  # fmt: skip
    one = found[1]
    assert one.score and one.score.cases == 120
    assert one.score.week_error < 0.6 * one.score.week_naive
    assert 0.65 <= one.score.inside <= 0.95
    said = one.as_dict()
    day = date.fromisoformat(said["cases"][-1]["day"])
    assert day == LAST - timedelta(days=60)
    gmv = sum(row["gmv"] for row in TABLES["orders"] if row["store"] == 1 and row["day"] == day)
    assert Decimal(said["cases"][-1]["final"]) * 100 == gmv - known_by(day, LAST)
    assert Decimal(said["cases"][-1]["so_far"]) * 100 == gmv - known_by(day, day + timedelta(days=7))
    with pytest.raises(GoldloopError) as caught:
        check(engine, OWNER, STORES, age=60)
    assert caught.value.code == "age_bad"
