"""The system of equations: any independent values fix the rest, too many clash, too few are named."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from time import process_time

import numpy as np
import pytest

from goldloop.core.plan.derive import derive, ordinary
from goldloop.core.plan.freedom import freedom
from goldloop.core.plan.plan import PlanError, plan_solve
from goldloop.core.plan.solution import solve
from goldloop.core.plan.variables import EQUATIONS, ORDINARY, VARIABLES

SEVEN = ("gmv", "new_gmv", "repeat_gmv", "new_buyers", "repeat_buyers", "new_buyer_value", "repeat_buyer_value")
# What hangs together among them: sums, products, and a sum of one product.
CIRCLES = [
    {"gmv", "new_gmv", "repeat_gmv"},
    {"new_gmv", "new_buyers", "new_buyer_value"},
    {"repeat_gmv", "repeat_buyers", "repeat_buyer_value"},
    {"gmv", "repeat_gmv", "new_buyers", "new_buyer_value"},
    {"gmv", "new_gmv", "repeat_buyers", "repeat_buyer_value"},
]
FOURS = list(combinations(SEVEN, 4))


def plan_of(seed: int) -> dict[str, Fraction]:
    """A plan that closes, drawn by lot."""
    draw = np.random.default_rng(seed)
    told = {n: Fraction(x) * Fraction(str(round(draw.uniform(0.9, 1.1), 3))) for n, x in ORDINARY.items()}
    values, _ = derive(told)
    assert len(values) == len(VARIABLES)
    return values


def test_the_ordinary_plan_satisfies_every_equation() -> None:
    for values in (ordinary(), plan_of(1)):
        for equation in EQUATIONS.values():
            total = Fraction(0)
            for coefficient, names in equation.terms:
                product = Fraction(coefficient)
                for name in names:
                    product *= values[name]
                total += product
            assert total == 0, equation.name


@pytest.mark.parametrize("known", FOURS, ids="+".join)
def test_any_independent_four_of_the_seven_fix_the_rest(known: tuple[str, ...]) -> None:
    plan = plan_of(2)
    found = solve({name: plan[name] for name in known})
    if any(circle <= set(known) for circle in CIRCLES):
        assert len(freedom(known).extra) == 1
        assert set(SEVEN) - found.values.keys()
    else:
        assert freedom(known).extra == {}
        assert {name: found.values[name] for name in SEVEN} == {name: plan[name] for name in SEVEN}
        assert not found.conflicts


def test_of_the_thirty_five_fours_twenty_one_are_independent() -> None:
    dependent = [known for known in FOURS if any(circle <= set(known) for circle in CIRCLES)]
    assert (len(FOURS), len(dependent)) == (35, 14)
    assert sum(bool(freedom(known).extra) for known in FOURS) == 14


@pytest.mark.parametrize("known", [known for known in FOURS if any(c <= set(known) for c in CIRCLES)], ids="+".join)
def test_a_dependent_four_that_clashes_says_so(known: tuple[str, ...]) -> None:
    plan = {name: plan_of(2)[name] for name in known}
    [circle] = [c for c in CIRCLES if c <= set(known)]
    for name in circle:
        wrong = {**plan, name: plan[name] * Fraction(13, 10)}
        [conflict] = solve(wrong).conflicts
        assert set(conflict.variables) == circle
        assert {r.variable for r in conflict.repairs} == circle
        back = {r.variable: r.exact for r in conflict.repairs}
        assert back[name] == plan[name]


def test_a_plan_comes_back_from_any_independent_values() -> None:
    draw, names = np.random.default_rng(3), list(VARIABLES)
    for seed in range(25):
        plan = plan_of(seed)
        known = freedom(tuple(draw.permutation(names)[: draw.integers(3, 16)].tolist())).base
        found = solve({name: plan[name] for name in known})
        assert not found.degenerate
        for name, value in found.solved.items():
            assert abs(value - plan[name]) <= abs(plan[name]) / 10**9, (name, known)


def test_values_that_only_together_fix_each_other_are_solved() -> None:
    plan = plan_of(4)
    four = {n: plan[n] for n in ("gmv", "buyers", "new_buyer_value", "repeat_buyer_value")}
    assert solve(four).solved["new_buyers"] == plan["new_buyers"]  # two equations, two unknowns
    products = {n: plan[n] for n in ("new_gmv", "ad_new_gmv", "free_new_buyers")}
    assert solve(products).solved["new_buyer_value"] == plan["new_buyer_value"]  # a block of products
    assert solve({n: plan[n] for n in ("orders_per_buyer", "order_value")}).solved == {
        "buyer_value": plan["buyer_value"]
    }


def test_missing_variables_are_named_by_what_hangs_together() -> None:
    found = solve({n: plan_of(5)[n] for n in ("gmv", "buyers", "orders", "previous_gmv")})
    assert (("visitors", "conversion"), 1) in [(m.variables, m.need) for m in found.missing]
    everything = {name for m in found.missing for name in m.variables} | found.values.keys()
    assert everything == VARIABLES.keys()


def test_a_repair_that_settles_several_conflicts_comes_first() -> None:
    right = {"gmv": 1_000_000, "new_gmv": 600_000, "repeat_gmv": 400_000, "orders": 10_000, "order_value": 100}
    wrong = plan_solve(**{**right, "gmv": 1_300_000}).as_dict()
    assert len(wrong["conflicts"]) == 2
    for conflict in wrong["conflicts"]:
        assert (conflict["repairs"][0]["variable"], conflict["repairs"][0]["to"]) == ("gmv", "1000000")
        assert [r["leaves"] for r in conflict["repairs"]] == [0, *[1] * (len(conflict["repairs"]) - 1)]


@pytest.mark.parametrize(
    ("given", "of", "ways"),
    [
        ({"gmv": 2_400_000, "new_gmv": 3_000_000}, "repeat_gmv", {"new_gmv": "2400000", "gmv": "3000000"}),
        ({"buyers": 1000, "visitors": 500}, "conversion", {"buyers": 500, "visitors": 1000}),
        (
            {"new_buyers": 16_000, "ad_budget": 1_000_000, "paid_cac": 50},
            "free_new_buyers",
            {"ad_budget": "800000", "paid_cac": "62.5", "new_buyers": 20_000},
        ),
    ],
)
def test_what_follows_must_be_possible(given: dict[str, int], of: str, ways: dict[str, object]) -> None:
    [conflict] = plan_solve(**given).as_dict()["conflicts"]
    assert (conflict["code"], conflict["variable"]) == ("out_of_range", of)
    assert {r["variable"]: r["to"] for r in conflict["repairs"]} == ways


def test_values_that_happen_to_leave_something_open_say_so() -> None:
    found = plan_solve(gmv=2_400_000, buyers=26_600, new_buyer_value=90, repeat_buyer_value=90).as_dict()
    assert "new_buyers" not in found["solved"]
    assert [f["code"] for f in found["findings"]] == ["values", "degenerate"]


def test_a_new_buyer_may_cost_more_than_she_brings_but_it_is_said() -> None:
    codes = [f["code"] for f in plan_solve(gmv=900, buyers=10, blended_cac=95).as_dict()["findings"]]
    assert "cac_above_value" in codes
    codes = [f["code"] for f in plan_solve(roas="1.5", margin="40%", refund_rate="5%").as_dict("zh")["findings"]]
    assert codes == ["roas_below_breakeven"]


def test_one_million_in_three_ways() -> None:
    for buyers, value in ((10_000, 100), (5_000, 200), (2_000, 500)):
        assert plan_solve(gmv=1_000_000, buyer_value=value).as_dict()["solved"]["buyers"] == buyers
        assert plan_solve(buyers=buyers, buyer_value=value).as_dict()["solved"] == {"gmv": "1000000"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"gmv": 0}, "plan_value_out_of_range"),
        ({"gmv": -5}, "plan_value_out_of_range"),
        ({"gmv": "9" * 400}, "plan_value_out_of_range"),
        ({"buyer_value": 0}, "plan_value_out_of_range"),
        ({"conversion": 2}, "plan_value_out_of_range"),
        ({"growth": -1}, "plan_value_out_of_range"),
        ({"cac": 0}, "plan_value_out_of_range"),
        ({"gmv": "many"}, "plan_number_bad"),
        ({"gmv": float("nan")}, "plan_number_bad"),
        ({"gmv": "1e999999"}, "plan_number_bad"),
        ({"gmv": "9" * 5000}, "plan_number_bad"),
        ({"gmv": Decimal("1e999999")}, "plan_number_bad"),
        ({"sales": 1}, "plan_variable_unknown"),
        ({"gmv": 1, "currency": "yuan"}, "plan_currency_bad"),
        ({"cac": 5, "paid_cac": 6}, "plan_cac_twice"),
        ({}, "plan_empty"),
    ],
)
def test_bad_values_are_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan_solve(**given)
    assert refused.value.code == code


def test_numbers_are_read_as_people_type_them() -> None:
    typed = plan_solve(gmv="240万", refund_rate="4.5%", visitors="1,000,000", previous_gmv="0.02亿").as_dict()["given"]
    assert typed == {"gmv": "2400000", "refund_rate": 0.045, "visitors": 1_000_000, "previous_gmv": "2000000"}
    assert plan_solve(gmv="1000", buyers=3, currency="JPY").as_dict()["solved"] == {"buyer_value": "333.333333333333"}


def test_a_plan_is_solved_in_fifty_milliseconds() -> None:
    given = {"gmv": 2_400_000, "buyer_value": 90, "new_buyers": 16_000, "cac": 55, "ad_budget": 800_000}
    plan_solve(**given).as_dict()
    spent = []
    for _ in range(5):
        start = process_time()
        plan_solve(**given).as_dict()
        spent.append(process_time() - start)
    assert min(spent) < 0.05
