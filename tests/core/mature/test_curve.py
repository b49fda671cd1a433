"""Age curves against a slow reading of the same definition, against a known truth, and their properties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.mature.made import DELAYS, settled_by, shop

from goldloop.core.errors import GoldloopError
from goldloop.core.mature import (
    FINAL,
    HORIZON,
    MINIMUM,
    WINDOW,
    Cohorts,
    Curve,
    TooLittle,
    fit,
    nested,
    pooled,
    to_come,
)
from goldloop.metrics import known_days

KNOWN = 500
SHOP, TRUTH = shop(1)
CURVE = fit(SHOP, KNOWN)


@st.composite
def shops(draw: st.DrawFn) -> Cohorts:
    """A small shop of any shape, with enough refunds for a curve or not."""
    return shop(
        draw(st.integers(0, 10**6)),
        days=draw(st.integers(1, 160)),
        orders=draw(st.floats(0.5, 20)),
        rates=draw(st.sampled_from([(0.3,), (0.05, 0.4), (0.0, 0.9), (0.2, 0.2, 0.2)])),
        swing=draw(st.sampled_from([0.0, 0.5])),
    )[0]


def refund_sums(cohorts: Cohorts, cell: np.ndarray) -> Cohorts:
    return replace(cohorts, cell=cell)


def test_limits_are_those_of_the_light_side() -> None:
    assert (HORIZON, WINDOW, FINAL) == (known_days.HORIZON, known_days.WINDOW, known_days.FINAL)


def test_the_truth_is_found_behind_the_censoring() -> None:
    assert isinstance(CURVE, Curve)
    for segment, rate in ((0, 0.08), (1, 0.20)):
        assert -np.expm1(-CURVE.hazard[segment, -1]) == pytest.approx(rate, rel=0.12)
    assert np.abs(CURVE.share - np.cumsum(DELAYS)).max() < 0.03
    assert abs(CURVE.final_age - int(np.argmax(np.cumsum(DELAYS) >= FINAL))) <= 1
    assert CURVE.depth.tolist() == [1, 1]
    young = (SHOP.day <= KNOWN) & (SHOP.day > KNOWN - 7)
    come, ahead = SHOP.come(KNOWN)[young].sum(), to_come(SHOP, CURVE)[young].sum()
    assert come < 0.4 * (TRUTH * SHOP.gmv)[young].sum()
    assert come + ahead == pytest.approx((TRUTH * SHOP.gmv)[young].sum(), rel=0.1)


def test_one_segment_is_kaplan_and_meier_by_hand() -> None:
    cohorts = replace(SHOP, codes=np.zeros_like(SHOP.codes))
    curve = fit(cohorts, KNOWN)
    assert isinstance(curve, Curve)
    refunds: dict[tuple[int, int], float] = {}
    for cell, age, amount in zip(cohorts.cell, cohorts.age, cohorts.amount, strict=True):
        refunds[int(cell), int(age)] = refunds.get((int(cell), int(age)), 0.0) + float(amount)
    hazard = 0.0
    for age in range(HORIZON + 1):
        back = at_risk = 0.0
        for cell, day in enumerate(cohorts.day):
            if KNOWN - WINDOW < day <= KNOWN - age:
                back += refunds.get((cell, age), 0.0)
                at_risk += float(cohorts.gmv[cell]) - sum(refunds.get((cell, a), 0.0) for a in range(age))
        hazard += back / at_risk
        assert curve.hazard[0, age + 1] == pytest.approx(hazard, rel=1e-9, abs=1e-12)


@given(shops(), st.integers(0, 220))
@settings(max_examples=25)
def test_rates_are_shares_and_final_days_have_none(cohorts: Cohorts, known: int) -> None:
    curve = fit(cohorts, known)
    if isinstance(curve, TooLittle):
        assert 0 <= curve.refunds < MINIMUM
        return
    rate = curve.rate(cohorts.day, cohorts.codes[:, -1])
    ahead = to_come(cohorts, curve)
    assert ((rate >= 0) & (rate < 1)).all()
    assert (ahead >= 0).all()
    assert (cohorts.come(known) + ahead <= np.maximum(cohorts.gmv, cohorts.come(known)) * (1 + 1e-12)).all()
    assert (ahead[cohorts.day < known - curve.final_age] == 0).all()
    by_age = [curve.hazard[:, a] for a in range(HORIZON + 2)]
    assert all((later >= sooner).all() for sooner, later in zip(by_age, by_age[1:], strict=False))
    assert (np.diff(curve.share) >= 0).all()
    assert curve.share[-1] == pytest.approx(1)


@given(shops(), st.integers(60, 170), st.integers(0, 10**6))
@settings(max_examples=15)
def test_order_and_later_refunds_do_not_matter(cohorts: Cohorts, known: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells, refunds = rng.permutation(len(cohorts.day)), rng.permutation(len(cohorts.cell))
    place = np.argsort(cells)
    mixed = Cohorts(
        cohorts.day[cells], cohorts.codes[cells], cohorts.gmv[cells],
        place[cohorts.cell[refunds]], cohorts.age[refunds], cohorts.amount[refunds], cohorts.squares[refunds],
    )  # fmt: skip
    same = settled_by(cohorts, known)
    first = fit(cohorts, known)
    for other, codes in ((mixed, mixed.codes), (same, same.codes)):
        again = fit(other, known)
        assert type(again) is type(first)
        if isinstance(first, Curve) and isinstance(again, Curve):
            mine = first.rate(cohorts.day, cohorts.codes[:, -1])
            theirs = again.rate(other.day, codes[:, -1])
            assert np.allclose(theirs, mine[cells] if other is mixed else mine, rtol=1e-9, atol=1e-12)


@given(shops(), st.integers(60, 170), st.floats(0.1, 0.9), st.floats(1e-3, 1e4))
@settings(max_examples=15)
def test_cells_may_be_split_and_money_be_of_any_unit(cohorts: Cohorts, known: int, part: float, unit: float) -> None:
    n = len(cohorts.day)
    halves = Cohorts(
        np.tile(cohorts.day, 2), np.tile(cohorts.codes, (2, 1)), np.concatenate([cohorts.gmv * part, cohorts.gmv * (1 - part)]),
        np.concatenate([cohorts.cell, cohorts.cell + n]), np.tile(cohorts.age, 2),
        np.concatenate([cohorts.amount * part, cohorts.amount * (1 - part)]),
        np.concatenate([cohorts.squares * part, cohorts.squares * (1 - part)]),
    )  # fmt: skip
    dearer = replace(cohorts, gmv=cohorts.gmv * unit, amount=cohorts.amount * unit, squares=cohorts.squares * unit**2)
    first = fit(cohorts, known)
    for other in (halves, dearer):
        again = fit(other, known)
        if isinstance(first, Curve) and isinstance(again, Curve):
            theirs = again.rate(other.day, other.codes[:, -1])[:n]
            assert np.allclose(theirs, first.rate(cohorts.day, cohorts.codes[:, -1]), rtol=1e-6, atol=1e-9)


def test_small_segments_lean_on_the_pool_and_large_ones_stand_alone() -> None:
    above = np.tile(np.full(10, 0.01), (4, 1))
    at_risk = np.array([1e6, 1e6, 1e3, 0.0])[:, None] * np.ones(10)
    refunds = at_risk * above * np.array([0.5, 1.5, 3.0, 1.0])[:, None]
    hazard, own = pooled(refunds, at_risk, above, 100.0)
    total = hazard.sum(axis=1) / above.sum(axis=1)
    assert total[:2] == pytest.approx([0.5, 1.5], rel=0.05)
    assert 1 < total[2] < 2.5
    assert total[3] == pytest.approx(1)
    assert own.tolist()[0] and not own.tolist()[3]


def test_segments_that_differ_by_chance_only_are_the_pool() -> None:
    cohorts, _ = shop(5, days=300, orders=30, rates=(0.1,) * 6)
    curve = fit(cohorts, 299)
    assert isinstance(curve, Curve)
    final = -np.expm1(-curve.hazard[:, -1])
    assert np.ptp(final) < 0.03


def test_nothing_is_said_below_the_minimum() -> None:
    young = fit(SHOP, HORIZON - 1)
    assert isinstance(young, TooLittle)
    assert young.refunds == 0
    few = fit(
        replace(
            SHOP, amount=np.where(SHOP.cell < 4, SHOP.amount, 0.0), squares=np.where(SHOP.cell < 4, SHOP.squares, 0.0)
        ),
        KNOWN - 200,
    )
    assert isinstance(few, TooLittle)
    assert isinstance(fit(SHOP, -1), TooLittle)


def test_a_day_that_is_not_over_has_everything_ahead() -> None:
    assert isinstance(CURVE, Curve)
    tomorrow = CURVE.rate(np.array([KNOWN + 1, KNOWN + 30]), np.array([1, 1]))
    assert tomorrow[0] == tomorrow[1] == pytest.approx(-np.expm1(-CURVE.hazard[1, -1]))


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(GoldloopError) as caught:
        replace(SHOP, gmv=SHOP.gmv[1:])
    assert caught.value.code == "mature_shape"
    assert nested([["b", "a", "b"]]).tolist() == [[1], [0], [1]]
