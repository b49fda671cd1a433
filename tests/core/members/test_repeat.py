"""Repurchase models: published numbers, units that do not matter, and what holds for any customers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import hyp2f1
from tests.core.members import cdnow

from goldloop.core.errors import GoldloopError
from goldloop.core.members import repeat
from goldloop.core.members.backtest import held
from goldloop.core.members.histories import Histories
from goldloop.core.members.repeat import KINDS, Repeat, TooFew, fit

END, SPLIT = 545, 272  # days since 1997-01-01 of 1998-06-30 and 1997-09-30


def people(seed: int, count: int = 600, a: float = 0.8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers drawn from the model itself, in weeks."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 60, count)
    pace, leave = rng.gamma(1.0, 0.2, count), rng.beta(a, 2.5, count)
    times = np.cumsum(rng.exponential(1 / np.maximum(pace, 1e-9)[:, None], (count, 60)), axis=1)
    stays = np.cumprod(rng.random((count, 60)) > leave[:, None], axis=1).astype(bool)
    happens = (times < age[:, None]) & np.c_[np.ones(count, bool), stays[:, :-1]]
    often = happens.sum(axis=1)
    return often, np.where(often > 0, np.where(happens, times, 0).max(axis=1), 0.0), age


@cdnow.needed
def test_cdnow_gives_the_published_parameters() -> None:
    _, often, since, age, _ = cdnow.summary().T
    model = fit(Histories.of(often, since, age))
    assert isinstance(model, Repeat) and not model.at_edge
    assert (model.r, model.a, model.b) == pytest.approx((0.2426, 0.7929, 2.4258), abs=0.002)
    assert model.alpha == pytest.approx(4.4135, abs=0.01)
    assert model.log_likelihood == pytest.approx(-9582.43, abs=0.05)
    assert model.expected(39, often[:1], since[:1], age[:1])[0] == pytest.approx(1.226, abs=0.001)
    other = fit(Histories.of(often, since, age), "mbg")
    assert isinstance(other, Repeat)
    assert (other.r, other.alpha, other.a, other.b) == pytest.approx((0.525, 6.183, 0.891, 1.614), abs=0.002)


@cdnow.needed
def test_cdnow_hold_out_is_foretold_better_than_by_the_rule_as_many_as_before() -> None:
    who, day, _ = cdnow.purchases()
    customers, at = np.unique(who, return_inverse=True)
    early = day <= SPLIT
    first = np.full(len(customers), END)
    np.minimum.at(first, at, day)
    last = np.zeros(len(customers), np.int64)
    np.maximum.at(last, at[early], day[early])
    often = np.bincount(at[early], minlength=len(customers)) - 1
    after = np.bincount(at[~early], minlength=len(customers))
    since, age = (last - first) / 7, (SPLIT - first) / 7
    model = fit(Histories.of(often, since, age))
    assert isinstance(model, Repeat)
    found = held(model, often, since, age, often, after, (END - SPLIT) / 7)
    assert (found.people, found.actual, found.naive) == (2357, 1882, 2457)
    assert found.expected == pytest.approx(1653.4, abs=1)
    assert (found.error, found.naive_error) == pytest.approx((1.608, 1.971), abs=0.001)
    lines = [(one.people, round(one.expected, 3), round(one.actual, 3)) for one in found.bins]
    assert lines[:4] == [(1411, 0.225, 0.237), (439, 0.523, 0.697), (214, 1.044, 1.393), (100, 1.52, 1.56)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_customers_in_days_give_the_same_predictions(kind: str) -> None:
    often, since, age = people(1)
    weeks, days = fit(Histories.of(often, since, age), kind), fit(Histories.of(often, since * 7, age * 7), kind)
    assert isinstance(weeks, Repeat) and isinstance(days, Repeat)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-3)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - often.sum() * np.log(7), abs=1e-3)
    told, same = weeks.expected(13, often, since, age), days.expected(91, often, since * 7, age * 7)
    assert same == pytest.approx(told, rel=1e-3)
    assert days.active(often, since * 7, age * 7) == pytest.approx(weeks.active(often, since, age), rel=1e-3)


def test_parameters_come_back_from_customers_drawn_with_them() -> None:
    often, since, age = people(2, count=20_000)
    model = fit(Histories.of(often, since, age))
    assert isinstance(model, Repeat)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((1.0, 5.0, 0.8, 2.5), rel=0.12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_the_likelihood(kind: str) -> None:
    target = repeat._Likelihood(Histories.of(*people(3, 80)), kind, 10.0)
    at = np.log([0.4, 1.3, 0.7, 2.2])
    wanted = approx_fprime(at, lambda logs: target(logs)[0], 1e-7)
    assert target(at)[1] == pytest.approx(wanted, abs=1e-5)


def test_where_nobody_stays_away_predictions_are_finite_and_it_is_said() -> None:
    rng = np.random.default_rng(4)
    age = np.full(3000, 100.0)
    often = rng.poisson(rng.gamma(2.0, 0.05, 3000) * 100)
    since = np.where(often > 0, 100 * rng.random(3000) ** (1 / np.maximum(often, 1)), 0.0)
    model = fit(Histories.of(often, since, age))
    assert isinstance(model, Repeat)
    told = model.expected(50, often, since, age)
    assert np.isfinite(told).all() and told.sum() == pytest.approx(often.sum() / 2, rel=0.1)


def test_expected_purchases_are_those_of_the_papers_formula() -> None:
    """E = (a+b+x-1)/(a-1) (1 - ((alpha+T)/(alpha+T+t))^(r+x) 2F1(r+x, b+x; a+b+x-1; t/(alpha+T+t))) x active, where it is stable."""
    r, alpha, a, b = 0.6, 5.0, 1.7, 2.2
    model = Repeat("bgnbd", r, alpha, a, b, 0, 1, False)
    for x, since, age, t in ((0, 0.0, 30.0, 10.0), (3, 20.0, 30.0, 10.0), (8, 29.0, 30.0, 25.0)):
        z = t / (alpha + age + t)
        still = (a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z))
        assert model.expected(t, x, since, age) == pytest.approx(still * model.active(x, since, age), rel=1e-9)


@pytest.mark.parametrize(("a", "c"), [(0.8, 2.4), (1e-5, 1.0), (1.6e5, 1.6e5), (1e-5, 1.6e5), (1.6e5, 1e-3)])
def test_the_sum_over_chances_has_the_moments_of_their_law(a: float, c: float) -> None:
    points, weights = repeat._beta_nodes(a, c)
    mean = a / (a + c)
    assert weights.sum() == pytest.approx(1) and weights @ points == pytest.approx(mean, rel=1e-6, abs=1e-10)
    assert weights @ points**2 == pytest.approx(mean * (a + 1) / (a + c + 1), rel=1e-6, abs=1e-10)


def test_equal_customers_are_one_row_with_a_count_and_weigh_as_many() -> None:
    often, since, age = people(5, 300)
    once = fit(Histories.of(often, np.ceil(since), np.ceil(age)))
    twice = fit(Histories.of(np.r_[often, often], np.ceil(np.r_[since, since]), np.ceil(np.r_[age, age])))
    assert isinstance(once, Repeat) and isinstance(twice, Repeat)
    assert twice.r == pytest.approx(once.r, rel=1e-4)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, rel=1e-8)


def test_too_few_customers_teach_nothing() -> None:
    assert fit(Histories.of([1] * 50, [3.0] * 50, [9.0] * 50)) == TooFew(50, 50)
    assert fit(Histories.of([0] * 500, [0.0] * 500, [9.0] * 500)) == TooFew(500, 0)
    with pytest.raises(GoldloopError, match="no repurchase model"):
        fit(Histories.of([0], [0], [1]), "pareto")


@pytest.mark.parametrize(
    "history", [([1], [0.0], [5.0]), ([0], [2.0], [5.0]), ([1], [6.0], [5.0]), ([-1], [0.0], [5.0])]
)
def test_a_history_that_contradicts_itself_is_refused(history) -> None:
    with pytest.raises(GoldloopError, match="contradicts itself"):
        Histories.of(*history)


shapes = st.floats(0.05, 20)


@given(
    kind=st.sampled_from(KINDS), r=shapes, alpha=shapes, a=shapes, b=shapes, often=st.integers(0, 300),
    early=st.floats(0.01, 1), age=st.floats(1, 2000), ahead=st.floats(0.1, 1000),
)  # fmt: skip
def test_predictions_are_sound_for_any_parameters(kind, r, alpha, a, b, often, early, age, ahead) -> None:
    model, since = Repeat(kind, r, alpha, a, b, 0, 1, False), age * early if often else 0.0
    active, told = model.active(often, since, age), model.expected(ahead, often, since, age)
    later, longer = model.active(often, since, age * 2), model.expected(ahead * 2, often, since, age)
    assert 0 <= active <= 1 and later <= active + 1e-12
    assert np.isfinite(told) and 0 <= told <= active * (r + often) / (alpha + age) * ahead * (1 + 1e-6) + 1e-9
    assert longer >= told * (1 - 1e-6)
