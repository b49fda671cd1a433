"""Three owners over loaded data: the lines are those of the month figures, and every sum is the table's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.metrics.facts import Facts, dice, order
from tests.metrics.test_random_scopes import OWNER, STORES

from goldloop.core.calendar import Period, parse_period
from goldloop.core.errors import GoldloopError
from goldloop.core.owners import OWNERS
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.owners import event_return, owners
from goldloop.metrics.owners_text import OwnersAnswer
from goldloop.metrics.pace import paces
from goldloop.metrics.pace_text import EventAnswer, PaceAnswer
from goldloop.metrics.query import Request, figures

MONTH = Period(date(2025, 3, 1), date(2025, 3, 31))
BOTH = ("甲店", "乙店")
PLAN = {"new_buyers": 20, "new_gmv": "9000", "repeat_buyers": 30, "repeat_buyer_value": "260.50"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("owners")
    return Engine(Facts(folder, dice(7)), cache=folder / "sql")


def ask(engine, period=MONTH, stores=("甲店",), **more):
    chosen = {k: more.pop(k) for k in ("basis", "new") if k in more}
    request = Request(period, stores=stores, **{"basis": "orders", **chosen})
    return owners(engine, OWNER, STORES, request, **more)


def gmv(engine, period, stores, names=("gmv",), by=()):
    return figures(engine, OWNER, STORES, Request(period, names, by=by, stores=stores, basis="orders"))


def test_the_four_lines_sum_to_the_change_and_are_those_of_the_month_figures(engine):
    found = ask(engine, stores=BOTH)
    before = Period(date(2025, 2, 1), date(2025, 2, 28))
    change = gmv(engine, MONTH, BOTH).value("gmv") - gmv(engine, before, BOTH).value("gmv")
    assert sum(found.account.owners.values()) == found.account.gap == change
    assert {o: sum(u.account.owners[o] for u in found.units) for o in OWNERS} == found.account.owners
    names = (
        "month_new_buyers",
        "month_new_gmv",
        "month_repeat_buyers",
        "month_repeat_gmv",
        "month_unidentified_gmv",
        "month_gmv",
        "gmv",
    )
    days = gmv(engine, MONTH, ("甲店",), names, ("day",))
    after = ask(engine).account.after
    sums = [sum(days.columns[name]) for name in names]
    assert sums[:5] == [after.new_buyers, after.new_gmv, after.repeat_buyers, after.repeat_gmv, after.unidentified_gmv]
    assert sums[5] == sums[6] == after.gmv


def test_months_of_a_quarter_are_booked_one_by_one(engine):
    quarter = parse_period("2024-10-01..2024-12-31")
    found = ask(engine, quarter, BOTH)
    assert len(found.units) == 6 and found.account.after.gmv == gmv(engine, quarter, BOTH).value("gmv")
    one = [
        ask(engine, parse_period("2024-10"), BOTH, against="2024-07-01..2024-07-31").account.owners[o] for o in OWNERS
    ]
    assert one == [sum(u.account.owners[o] for u in found.units if u.month == "2024-10") for o in OWNERS]


def test_a_store_that_does_not_know_its_buyers_is_unassigned(engine):
    found = ask(engine, stores=("乙店",), basis="auto")
    assert found.account.owners["unassigned"] == found.account.gap and found.units[0].reason.code == "no_buyer_identity"
    assert found.tasks[0].found is None and "买家" in OwnersAnswer(found).text("zh")


def test_a_plan_against_what_came(engine):
    found = ask(engine, plan=PLAN)
    assert found.share == 1.0 and found.account.before.gmv == 900_000 + 781_500
    assert found.account.gap == found.account.after.gmv - 1_681_500 == sum(found.account.owners.values())
    part = ask(engine, Period(MONTH.first, date(2025, 3, 10)), plan=PLAN)
    assert (
        part.even
        and part.share == pytest.approx(10 / 31)
        and part.account.before.new_buyers == pytest.approx(20 * 10 / 31)
    )
    shaped = ask(engine, Period(MONTH.first, date(2025, 3, 10)), plan=PLAN, shape=[2.0] * 10 + [1.0] * 21)
    assert shaped.share == pytest.approx(20 / 41) and not shaped.even
    data = OwnersAnswer(shaped).as_dict("zh")
    assert data["against"] == "plan" and [line["owner"] for line in data["owners"]] == list(OWNERS)


def test_a_plan_that_does_not_add_up_says_so_in_money(engine):
    with pytest.raises(GoldloopError) as caught:
        ask(engine, plan={**PLAN, "gmv": 17000})
    assert (caught.value.code, caught.value.given, caught.value.allowed) == ("plan_apart", "17000.00", "16815.00")


def test_a_group_of_plans_by_store(engine):
    found = ask(engine, plan={"甲店": PLAN, "乙店": {"gmv": 5000}}, stores=BOTH)
    assert [u.store for u in found.units] == ["甲店", "乙店"] and found.account.gap == sum(
        u.account.gap for u in found.units
    )
    assert found.account.gap == gmv(engine, MONTH, BOTH).value("gmv") - 1_681_500 - 500_000


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"period": Period(date(2025, 3, 2), date(2025, 3, 31))}, "owners_first"),
        ({"against": "2025-01-01..2025-02-28"}, "owners_months"),
        ({"against": "same-weekday"}, "owners_first"),
        ({"stores": ("甲店", "Shop C")}, "mixed_currency"),
        ({"plan": {"new_buyers": 5}}, "plan_incomplete"),
        ({"plan": {"nobody": PLAN}}, "store_unknown"),
        ({"plan": PLAN, "period": parse_period("2025-02-01..2025-03-31")}, "plan_month"),
        ({"plan": PLAN, "period": Period(MONTH.first, MONTH.first), "shape": [1.0]}, "plan_days"),
        ({"plan": {**PLAN, "repeat_buyer_value": 0}}, "plan_zero"),
    ],
)
def test_questions_that_cannot_be_booked_say_why(engine, more, code):
    with pytest.raises(GoldloopError) as caught:
        ask(engine, **more)
    assert caught.value.code == code


def test_the_hand_over_is_who_bought_again_by_the_end_of_the_next_month(tmp_path):
    rows, store = [], Store(1, "S", "other", opened_on=date(2024, 1, 5))
    for month in range(7):
        first = date(2024, 1 + month, 5)
        for n in range(20):
            rows.append(order(1, f"{month}-{n}", first, 1000, buyer=f"b{month}-{n}"))
            if n < 4 and month < 6:  # one of five comes back in the month after
                rows.append(order(1, f"{month}-{n}again", first + timedelta(days=30), 2000, buyer=f"b{month}-{n}"))
    engine = Engine(Facts(tmp_path, {"orders": rows}))
    asked = Request(parse_period("2024-07"), basis="orders", new="first-ever")
    found = owners(engine, Viewer(stores=frozenset({1})), {1: store}, asked)
    june, july = (task.found for task in found.tasks)
    assert (found.tasks[0].month, found.tasks[0].due) == ("2024-06", "2024-07-31")
    assert (june.buyers, june.so_far, june.rate, june.expected, june.left) == (20, 4, 0.2, 4.0, 0.0)
    assert (july.buyers, july.so_far, july.expected) == (20, 0, 4.0)
    assert found.account.owners == {"traffic": 0, "members": 0, "operations": 0, "unassigned": 0}
    event = event_return(
        engine,
        Viewer(stores=frozenset({1})),
        {1: store},
        Request(parse_period("2024-07-05"), basis="orders", new="first-ever"),
        costs=150,
        margin=0.5,
    )
    assert (event.found.result, event.found.buyers, event.found.owed) == (14_000 - 15_000, 20, 4.0)
    assert event.found.returns == 4_000 and event.found.pays and "investment" in EventAnswer(event).text()


def test_pace_counts_what_the_account_books(engine):
    request = Request(MONTH, stores=("甲店",), basis="orders")
    until = date(2025, 3, 20)
    found = paces(
        engine, OWNER, STORES, request, {"gmv": 20000, "new_buyers": 20, "new_gmv": 9000}, until=until, shape="weekday"
    )
    books = ask(engine, Period(MONTH.first, until)).account.after
    assert [p.done for p in found.paces.values()] == [books.gmv, books.new_buyers, books.new_gmv]
    assert found.shape == "weekday" and all(sum(p.by_day) == p.target for p in found.paces.values())
    data = PaceAnswer(found).as_dict("zh")
    assert len(data["targets"][0]["days"]) == 11 and "完成率" in data["text"]
    early = paces(engine, OWNER, STORES, request, {"gmv": 1}, until=MONTH.first - timedelta(days=1))
    assert early.paces["gmv"].elapsed == 0 and early.paces["gmv"].needed_rate == 1.0


@pytest.mark.parametrize(
    ("targets", "more", "code"),
    [
        ({}, {}, "pace_unknown"), ({"luck": 1}, {}, "pace_unknown"), ({"gmv": 0}, {}, "pace_target"), ({"gmv": -5}, {}, "plan_value_out_of_range"),
        ({"gmv": 1}, {"until": date(2025, 4, 1)}, "pace_until"), ({"gmv": 1}, {"shape": "round"}, "pace_shape_unknown"),
        ({"gmv": 1}, {"shape": [1.0]}, "pace_shape_days"), ({"new_gmv": 1}, {"basis": "auto", "stores": ("乙店",)}, "pace_no_data"),
        ({"gmv": 1}, {"stores": ()}, "mixed_currency"),
    ],
)  # fmt: skip
def test_paces_that_cannot_be_told_say_why(engine, targets, more, code):
    more = {"until": date(2025, 3, 20), **more}
    request = Request(MONTH, stores=more.pop("stores", ("甲店",)), basis=more.pop("basis", "orders"))
    with pytest.raises(GoldloopError) as caught:
        paces(engine, OWNER, STORES, request, targets, **more)
    assert caught.value.code == code
