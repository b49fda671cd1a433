"""Curves fitted to history find the truth that made it, and say how sure they are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from goldloop.core.levers import LeversError, fit_curve, fit_slope
from goldloop.simulate.group import TMALL
from goldloop.simulate.world import simulate


def drawn(rng, *, based: bool, power: float = 0.6, size: float = 40.0, weeks: int = 90):
    spend = (
        np.repeat(rng.choice([0.35, 0.6, 0.85, 1, 1.3, 1.8, 2.4], weeks // 2), 2)
        * 500_000
        * np.exp(rng.normal(0, 0.05, weeks))
    )
    came = rng.poisson(size * (spend / 500_000) ** power * np.exp(rng.normal(0, 0.05, weeks)))
    return spend, came + (rng.poisson(60, weeks) if based else 0)


@pytest.mark.parametrize(("based", "within"), [(False, 0.1), (True, 0.25)])
def test_the_marginal_cost_is_found_and_its_interval_is_honest(based, within):
    rng = np.random.default_rng(3)
    true_cost = 500_000 / (40 * 0.6)  # at the usual spend
    errors, inside, cases = [], 0, 40
    for seed in range(cases):
        curve = fit_curve(*drawn(rng, based=based), based=based, seed=seed)
        low, high = curve.marginal_cost_interval(500_000)
        inside += low <= true_cost <= high
        errors.append(abs(curve.marginal_cost(500_000) / true_cost - 1))
    assert np.median(errors) < within and 0.6 <= inside / cases <= 0.97


def test_the_curves_of_the_simulated_store_are_recovered():
    """Buyers of each plan by week against its spend: the simulator's a spend^b x conversion, event weeks left out."""
    world = simulate(TMALL, last_day=date(2026, 10, 31), scale=6.0, rng=np.random.default_rng(5))
    first, factor = world.days.first, 6.0 * TMALL.volume
    weeks = (world.days.count - first) // 7
    quiet = np.ones(world.days.count, bool)
    for one in world.promotions:
        quiet[max(0, one.first_hour // 24 - 10) : (one.first_hour + len(one.lift)) // 24 + 15] = False
    usual = quiet[first : first + 7 * weeks].reshape(weeks, 7).all(axis=1)
    for number, plan in enumerate(TMALL.plans):
        spend = world.spend[number, first : first + 7 * weeks].reshape(weeks, 7).sum(axis=1)[usual]
        visits = (
            world.first_visits[number + len(TMALL.sources), first : first + 7 * weeks]
            .reshape(weeks, 7)
            .sum(axis=1)[usual]
        )
        curve = fit_curve(spend, visits, based=False)
        day = float(np.median(spend)) / 7
        truth = plan.a * factor ** (1 - plan.b) * (day / 100) ** plan.b
        slope = plan.a * factor ** (1 - plan.b) * plan.b * (day / 100) ** (plan.b - 1) / 100
        assert abs(curve.at(7 * day) / 7 / truth - 1) < 0.03, plan.name
        assert abs(curve.b - plan.b) < 0.05 and abs(curve.marginal(7 * day) / slope - 1) < 0.1, plan.name


def test_the_same_past_gives_the_same_curve_and_gaps_are_left_out():
    rng = np.random.default_rng(1)
    spend, came = drawn(rng, based=True)
    one, two = fit_curve(spend, came, based=True), fit_curve(spend, came, based=True)
    assert (one.base, one.a, one.b) == (two.base, two.a, two.b) and (one.drawn == two.drawn).all()
    holed = came.astype(float)
    holed[::9] = np.nan
    assert fit_curve(spend, holed, based=True).cases == len(spend) - len(spend[::9])


def test_money_that_brings_nothing_is_seen():
    rng = np.random.default_rng(2)
    spend, _ = drawn(rng, based=False)
    curve = fit_curve(spend, rng.poisson(50, len(spend)), based=True)
    low, _ = np.quantile(curve.change(curve.low, curve.high), [0.1, 0.9])
    assert low <= 0.5 and abs(curve.at(500_000) - 50) < 3


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        (range(5), range(5), "lever_few"),
        ([100.0] * 20, range(20), "lever_still"),
        ([0.0] * 20, range(20), "lever_still"),
        ([-1.0, *range(20)], range(21), "lever_bad"),
        (range(20), range(19), "lever_bad"),
    ],
)
def test_a_past_that_tells_nothing_is_refused(x, y, code):
    with pytest.raises(LeversError) as caught:
        fit_curve(list(x), list(y), based=False)
    assert caught.value.code == code


def test_a_slope_is_found_and_noise_is_not_proven():
    rng = np.random.default_rng(4)
    rate = rng.choice([0.02, 0.06, 0.1, 0.15], 60)
    found = [fit_slope(rate, 90 * np.exp(-1.2 * rate + rng.normal(0, 0.03, 60))) for _ in range(40)]
    assert all(one.proven for one in found) and abs(np.mean([one.slope for one in found]) + 1.2) < 0.05
    assert 0.6 <= np.mean([one.interval[0] <= -1.2 <= one.interval[1] for one in found]) <= 0.97
    unproven = [not fit_slope(rate, 90 * np.exp(rng.normal(0, 0.1, 60))).proven for _ in range(40)]
    assert sum(unproven) >= 26
    with pytest.raises(LeversError):
        fit_slope([0.1] * 20, [1.0] * 20)
