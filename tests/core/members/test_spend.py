"""What a purchase is worth: published numbers, units, gradient, and between a customer's own mean and everybody's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from tests.core.members import cdnow

from goldloop.core.members import spend
from goldloop.core.members.spend import Spend, spend_fit


def amounts(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    often = 1 + rng.poisson(2, count)
    return often, rng.gamma(6.0 * often, 1 / rng.gamma(4.0, 1 / 1500, count)) / often


@cdnow.needed
def test_cdnow_gives_the_published_parameters() -> None:
    _, often, _, _, mean = cdnow.summary().T
    found = spend_fit(often, mean)
    assert found is not None and found.people == 946
    assert (found.p, found.q, found.v) == pytest.approx((6.2488, 3.7446, 15.4477), abs=0.01)


def test_parameters_come_back_and_the_unit_does_not_matter() -> None:
    often, mean = amounts(1, 20_000)
    minor, major = spend_fit(often, mean), spend_fit(often, mean / 100)
    assert minor is not None and major is not None
    assert (minor.p, minor.q, minor.v) == pytest.approx((6, 4, 1500), rel=0.1)
    assert (major.p, major.q, major.v * 100) == pytest.approx((minor.p, minor.q, minor.v), rel=1e-3)
    assert major.log_likelihood == pytest.approx(minor.log_likelihood + len(often) * np.log(100), rel=1e-6)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    target = spend._Likelihood(*(values.astype(float) for values in amounts(2, 60)))
    at = np.log([5.0, 3.0, 900.0])
    assert target(at)[1] == pytest.approx(approx_fprime(at, lambda logs: target(logs)[0], 1e-7), abs=1e-4)


def test_too_few_amounts_teach_nothing_and_customers_without_one_are_left_out() -> None:
    often, mean = amounts(3, 40)
    assert spend_fit(often[:29], mean[:29]) is None
    beside = spend_fit(np.r_[often, 0, 3], np.r_[mean, 0, 0])
    assert beside is not None and beside.people == 40


@given(st.floats(0.5, 20), st.floats(1.1, 20), st.floats(1, 1e6), st.integers(1, 500), st.floats(1, 1e6))
def test_a_customer_stands_between_her_own_mean_and_everybodys(p, q, v, often, mean) -> None:
    model = Spend(p, q, v, 0, 1, 0)
    everybody, told = float(model.mean(0, 0)), float(model.mean(often, mean))
    assert min(mean, everybody) * (1 - 1e-9) <= told <= max(mean, everybody) * (1 + 1e-9)
