"""The cohort table against hand-written SQL, on scopes thrown by dice; what is unknown is not 0."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.metrics.facts import START, Facts, dice, order

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.cohort_worth import worth
from goldloop.metrics.cohorts import LEAST, cohorts
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request

STORES = {
    n: Store(id=n, name=f"s{n}", platform="tmall", currency="USD" if n == 3 else "CNY", timezone="Asia/Shanghai")
    for n in (1, 2, 3)
}
VIEWER = Viewer(stores=frozenset(STORES))
# Written from the definition: first = the month of a buyer's first paid day in the data; back = her second paid day.
CHECK = """
WITH paid AS (
  SELECT *, strftime(day, '%Y-%m') AS month FROM orders
  WHERE counts AND buyer_key IS NOT NULL AND store IN ({stores}) AND day <= DATE '{last}'),
firsts AS (SELECT buyer_key, min(day) AS d, strftime(min(day), '%Y-%m') AS cohort FROM paid GROUP BY 1),
seconds AS (SELECT cohort, strftime(min(day), '%Y-%m') AS month FROM paid JOIN firsts USING (buyer_key) WHERE day > d GROUP BY cohort, buyer_key),
cells AS (SELECT cohort, month, count(DISTINCT buyer_key), count(*), sum(gmv) FROM paid JOIN firsts USING (buyer_key)
  WHERE d >= DATE '{first}' GROUP BY 1, 2)
SELECT *, (SELECT count(*) FROM seconds s WHERE s.cohort = cells.cohort AND s.month <= cells.month) FROM cells
"""


def table(facts: Facts, first: date, last: date, *names: str, **asked):
    engine = Engine(facts)
    return cohorts(engine, VIEWER, STORES, Request(Period(first, last), stores=names, **asked), loaded=(START, last))


@pytest.mark.parametrize("seed", range(4))
def test_every_cell_is_what_the_check_query_counts(tmp_path, seed) -> None:
    facts = Facts(tmp_path, dice(seed))
    first, last = date(2024, 2, 1) if seed % 2 else START, START + timedelta(days=380 + 17 * seed)
    names, ids = (("s1", "s2"), "1, 2") if seed < 2 else (("s3",), "3")
    found = table(facts, first, last, *names, basis="orders")
    rows = facts.connection().execute(CHECK.format(stores=ids, first=first, last=last)).fetchall()
    wanted = {(cohort, month): tuple(rest) for cohort, month, *rest in rows}
    cells, sizes = defaultdict(tuple), {}
    for one in found.cohorts:
        sizes[one.label] = one.people
        year, month = map(int, one.label.split("-"))
        for cell in one.cells:
            n = year * 12 + month - 1 + cell.after
            if cell.people:
                cells[one.label, f"{n // 12}-{n % 12 + 1:02d}"] = (cell.people, cell.orders, cell.gmv, cell.back)
    assert wanted and dict(cells) == wanted
    assert all(sizes[cohort] == wanted[cohort, cohort][0] for cohort in sizes)
    engaged = [cell for one in found.cohorts for cell in one.cells]
    assert all(cell.back_share is None or 0 <= cell.back_share <= 1 for cell in engaged)
    assert all((cell.share is None) == (one.people < LEAST) for one in found.cohorts for cell in one.cells)


def paid(number: str, day: date, buyer: str | None, gmv: int = 1000) -> dict:
    return order(1, number, day, gmv, buyer=buyer)


def test_two_purchases_of_one_day_are_no_return_and_an_open_month_says_so(tmp_path) -> None:
    rows = [
        paid("a1", date(2024, 1, 5), "a"), paid("a2", date(2024, 1, 5), "a"),  # twice on one day
        paid("b1", date(2024, 1, 6), "b"), paid("b2", date(2024, 3, 2), "b", 2500),
    ]  # fmt: skip
    found = table(Facts(tmp_path, {"orders": rows}), date(2024, 1, 1), date(2024, 3, 10), "s1")
    (january,) = found.cohorts
    assert (january.label, january.people) == ("2024-01", 2)
    assert [(c.people, c.orders, c.gmv, c.back, c.open) for c in january.cells] == [
        (2, 3, 3000, 0, False),
        (0, 0, 0, 0, False),
        (1, 1, 2500, 1, True),
    ]
    assert january.cells[2].back_share is None  # two people: not enough to tell a share
    assert found.rows()[2]["gmv"] == "25.00"


def test_months_in_which_buyers_are_not_known_are_unknown_and_not_0(tmp_path) -> None:
    rows = [paid(f"k{n}", date(2024, 1, 5), f"k{n}") for n in range(20)]
    rows += [paid(f"m{n}", date(2024, 2, 5), None) for n in range(20)]
    rows += [paid("k0-again", date(2024, 3, 5), "k0")]
    facts = Facts(tmp_path, {"orders": rows})
    found = table(facts, date(2024, 1, 1), date(2024, 3, 31), "s1")
    january = found.cohorts[0]
    assert january.people == 20
    assert [cell.why[0] if cell.why else cell.people for cell in january.cells] == [20, *["no_buyer_identity"] * 2]
    by_orders = table(facts, date(2024, 1, 1), date(2024, 3, 31), "s1", basis="orders")
    assert [cell.people for cell in by_orders.cohorts[0].cells] == [20, 0, 1]
    none = table(facts, date(2024, 2, 1), date(2024, 2, 29), "s1")
    assert none.cohorts == () and none.why is not None and none.why[0] == "no_buyer_identity"
    assert none.as_dict("zh")["reason"]["code"] == "no_buyer_identity"


def test_amounts_of_two_currencies_are_not_added(tmp_path) -> None:
    from goldloop.core.errors import GoldloopError

    with pytest.raises(GoldloopError) as caught:
        table(Facts(tmp_path, dice(1)), START, START + timedelta(days=90), "s1", "s3")
    assert caught.value.code == "mixed_currency"


def test_a_cohort_pays_back_in_the_month_in_which_its_margin_reaches_what_it_cost(tmp_path) -> None:
    tables: dict[str, list[dict]] = {"orders": [], "order_lines": [], "products": [], "ads": []}
    for month in (1, 2):
        for n in range(40):
            day = date(2024, month, 10)
            tables["orders"].append(order(1, f"{month}-{n}", day, 10_000, buyer=f"b{n}", line_count=1))
            tables["order_lines"].append({
                "store": 1, "order_id": f"{month}-{n}", "line_key": "0", "sku": "cup", "quantity": 1, "currency": "CNY",
                "kind": "sale", "day": day, "counts": True, "gmv": 10_000, "gmv_all": 10_000,
            })  # fmt: skip
    tables["products"].append({"store": 1, "item_kind": "sku", "item_id": "cup", "cost": Decimal(50)})
    tables["ads"].append({
        "store": 1, "tool": "t", "subject_kind": "shop", "subject_id": "s", "campaign_id": "", "currency": "CNY",
        "first_day": date(2024, 1, 10), "last_day": date(2024, 1, 10), "cost": 300_000, "impressions": 1, "clicks": 1,
    })  # fmt: skip
    engine = Engine(Facts(tmp_path, tables))
    asked = Request(Period(START, date(2024, 2, 29)), stores=("s1",))
    found = cohorts(engine, VIEWER, STORES, asked, loaded=(START, date(2024, 2, 29)))
    rows = worth(engine, VIEWER, STORES, asked, found)
    assert rows[0] == {
        "month": "2024-01",
        "people": 40,
        "cac": "75.00",
        "margin": "4000.00",
        "margin_each": "100.00",
        "paid_back": 1,
    }
    hidden = Viewer(stores=frozenset(STORES), hidden=frozenset({"gross_margin"}))
    with pytest.raises(GoldloopError, match="gross_margin"):
        worth(engine, hidden, STORES, asked, found)
