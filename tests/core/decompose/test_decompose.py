"""The account of a change: published numbers, and properties over ten thousand random examples each."""

from __future__ import annotations

import numpy as np
import pytest

from goldloop.core.decompose import (
    additive,
    logarithmic_mean,
    mix_rate,
    multiplicative,
    price_volume_mix,
    product_effects,
    shapley,
    whole_units,
)
from goldloop.core.errors import GoldloopError

MANY = 10_000
ANG = (np.array([[1, 10, 2], [4, 5, 3]]), np.array([[4, 5, 3], [5, 6, 4]]))


def segments(rng, n=MANY, factors=3):
    """Random segments: ordinary, huge, tiny, equal on both sides, new, vanished and empty ones."""
    old = np.exp(rng.uniform(-3, 8, (n, factors)))
    new = old * np.exp(rng.normal(0, 1, (n, factors)))
    size = 10.0 ** rng.integers(-6, 9, (n, 1))
    old[:, :1], new[:, :1] = old[:, :1] * size, new[:, :1] * size
    kind = rng.integers(0, 8, n)
    new[kind == 0] = old[kind == 0]
    for side, value in ((old, 1), (new, 2)):
        empty = (kind == value) | (kind == 3)
        side[empty, 0] = 0
        side[empty, 1:] = np.where(rng.random((empty.sum(), factors - 1)) < 0.7, np.nan, 0)
    return old, new


def value(side):
    return np.where((side == 0).any(axis=1), 0, np.nan_to_num(side, nan=1).prod(axis=1))


def scale(old, new):
    return np.maximum(np.maximum(value(old), value(new)), 1e-300)


def test_published_numbers():
    assert additive(*ANG).sum(axis=0).round(8).tolist() == [69.79006598, -9.45512579, 39.66505981]
    das_gupta = shapley(lambda x: x.prod(axis=1), [51.78746, 0.45919, 0.52638], [84.90502, 0.75756, 0.51065])
    assert das_gupta.round(7).tolist() == [10.4340333, 10.5608476, -0.6670084]
    simpson = mix_rate(([50, 10], [27.5, 30]), ([1000, 1000], [500, 2500]), ((60, 2000), (57.5, 3000)))
    assert round(simpson.rate.sum(), 8) == 0.003 and round(simpson.mix.sum(), 7) == -0.0138333


@pytest.mark.parametrize("factors", [1, 2, 3, 5])
def test_effects_sum_to_the_change(factors):
    old, new = segments(np.random.default_rng(factors), factors=factors)
    effects = additive(old, new)
    assert np.isfinite(effects).all()
    assert (np.abs(effects.sum(axis=1) - (value(new) - value(old))) <= 1e-9 * scale(old, new)).all()


def test_order_free_and_time_reversible():
    rng = np.random.default_rng(2)
    old, new = segments(rng)
    effects, size = additive(old, new), scale(old, new)[:, None]
    order = rng.permutation(old.shape[1])
    assert (np.abs(additive(old[:, order], new[:, order]) - effects[:, order]) <= 1e-9 * size).all()
    assert (np.abs(additive(new, old) + effects) <= 1e-9 * size).all()


def test_consistent_when_segments_are_merged():
    """Effects of groups of segments add up to those of all, in any grouping."""
    rng = np.random.default_rng(3)
    old, new = segments(rng, 1000)
    group = rng.integers(0, 7, 1000)
    whole = additive(old, new).sum(axis=0)
    parts = sum(additive(old[group == g], new[group == g]).sum(axis=0) for g in range(7))
    assert np.allclose(parts, whole, rtol=1e-9, atol=1e-9 * scale(old, new).max())


def test_zero_limits_are_the_limits():
    """An empty side is what a side of a billionth tends to: all goes to the factor that is 0."""
    assert additive([[0, np.nan, np.nan]], [[10, 2, 3]]).tolist() == [[60, 0, 0]]
    assert additive([[10, 2, 3]], [[0, 0, 3]]).tolist() == [[-30, -30, 0]]
    assert additive([[0, 5]], [[7, 0]]).tolist() == [[0, 0]]
    small = additive([[1e-300, 2, 3]], [[10, 2, 3]])
    assert small.round(6).tolist() == [[60, 0, 0]]


def test_nothing_moves_where_nothing_moved():
    old, _ = segments(np.random.default_rng(4))
    assert (additive(old, old) == 0).all()


def test_multiplicative_multiplies_to_the_ratio():
    rng = np.random.default_rng(5)
    for _ in range(200):
        old, new = np.exp(rng.normal(0, 2, (2, 50, 3)))
        found = multiplicative(old, new)
        assert found.prod() == pytest.approx(new.prod(axis=1).sum() / old.prod(axis=1).sum(), rel=1e-9)
        assert (multiplicative(new, old) * found).tolist() == pytest.approx([1, 1, 1], rel=1e-9)


def test_shapley_and_lmdi_agree_where_they_must():
    """With two factors that both start and end equal, with one moving factor, and for symmetric ones."""
    rng = np.random.default_rng(6)
    old = np.exp(rng.normal(0, 1, (MANY, 3)))
    new = old.copy()
    moving = rng.integers(0, 3, MANY)
    new[np.arange(MANY), moving] *= np.exp(rng.normal(0, 1, MANY))
    lmdi = additive(old, new)
    assert np.allclose(lmdi[:300], product_effects(old[:300], new[:300]), atol=1e-9 * scale(old, new)[:300, None])
    both = additive([[2, 2]], [[5, 5]])
    assert both.tolist() == pytest.approx(product_effects([[2, 2]], [[5, 5]])) and both[0, 0] == pytest.approx(
        both[0, 1]
    )


def test_shapley_of_any_formula_sums_to_the_change():
    rng = np.random.default_rng(7)

    def tree(x):
        return x[:, 0] * x[:, 1] * x[:, 2] + x[:, 3] - x[:, 4] * x[:, 0]

    for _ in range(500):
        old, new = rng.normal(0, 100, (2, 5))
        change = (tree(new[None]) - tree(old[None])).item()
        assert shapley(tree, old, new).sum() == pytest.approx(change, rel=1e-9, abs=1e-9)
        assert shapley(tree, new, old) == pytest.approx(-shapley(tree, old, new), rel=1e-9, abs=1e-6)


def test_negative_values_are_left_to_shapley():
    with pytest.raises(GoldloopError) as caught:
        additive([[-1, 2]], [[3, 4]])
    assert caught.value.code == "decompose_negative" and "Shapley" in caught.value.todo
    old, new = np.random.default_rng(8).normal(0, 10, (2, 500, 3))
    assert product_effects(old, new).sum(axis=1) == pytest.approx((new.prod(axis=1) - old.prod(axis=1)).tolist())


def test_mix_and_rate_close_also_with_new_vanished_and_overlapping_segments():
    rng = np.random.default_rng(9)
    for _ in range(MANY // 10):
        n = int(rng.integers(1, 12))
        under0, under1 = rng.integers(0, 1000, (2, n)).astype(float)
        over0, over1 = rng.binomial(under0.astype(int), 0.1), rng.binomial(under1.astype(int), 0.2)
        totals = [
            (float(o.sum()), float(u.sum()) * rng.choice([1.0, 0.8])) for o, u in ((over0, under0), (over1, under1))
        ]
        if not totals[0][1] or not totals[1][1]:
            continue
        found = mix_rate((over0, over1), (under0, under1), tuple(totals))
        change = totals[1][0] / totals[1][1] - totals[0][0] / totals[0][1]
        assert found.mix.sum() + found.rate.sum() + found.overlap == pytest.approx(change, abs=1e-12)
        assert np.isfinite(found.mix).all() and np.isfinite(found.rate).all()
        gone = (under0 == 0) | (under1 == 0)
        assert (found.rate[gone] == 0).all()
        if totals[0][1] == under0.sum() and totals[1][1] == under1.sum():
            assert abs(found.overlap) < 1e-12


def test_price_volume_mix_closes():
    rng = np.random.default_rng(10)
    for _ in range(MANY // 10):
        units = rng.integers(0, 50, (2, 20)).astype(float)
        sales = np.where(units > 0, units * np.exp(rng.normal(3, 1, (2, 20))), rng.choice([0, 5], (2, 20)))
        parts = price_volume_mix(tuple(units), tuple(sales))
        total = sum(getattr(parts, name).sum() for name in ("volume", "mix", "price", "new", "lost"))
        assert total == pytest.approx(sales[1].sum() - sales[0].sum())
    same = price_volume_mix(([3, 4], [3, 4]), ([30, 40], [60, 40]))
    assert (same.price.tolist(), same.volume.tolist(), same.mix.tolist()) == ([30, 0], [0, 0], [0, 0])


def test_whole_units_sum_exactly():
    rng = np.random.default_rng(11)
    for _ in range(MANY // 10):
        exact = rng.normal(0, 10 ** float(rng.integers(0, 10)), (int(rng.integers(1, 9)), 3))
        change = round(exact.sum())
        found = whole_units(exact, change)
        assert found.sum() == change and found.shape == exact.shape and (np.abs(found - exact) <= 1).all()
        changes = [round(row.sum()) for row in exact]  # and row by row, each with a total of its own
        together, alone = (
            whole_units(exact, changes),
            [whole_units(row, c) for row, c in zip(exact, changes, strict=True)],
        )
        assert together.tolist() == np.array(alone).tolist() and together.sum(axis=1).tolist() == changes
    assert whole_units(np.zeros((0, 3)), []).shape == (0, 3)
    with pytest.raises(GoldloopError) as caught:
        whole_units([1.0, 2.0], 900)
    assert caught.value.code == "decompose_gap"


def test_logarithmic_mean_lies_between_and_is_smooth():
    rng = np.random.default_rng(12)
    a, b = np.exp(rng.uniform(-20, 20, (2, MANY)))
    mean = logarithmic_mean(a, b)
    assert (mean >= np.minimum(a, b) * (1 - 1e-12)).all() and (mean <= np.maximum(a, b) * (1 + 1e-12)).all()
    near = 1 + 10.0 ** rng.uniform(-16, -2, MANY)
    assert np.allclose(logarithmic_mean(near, 1.0), 1 + (near - 1) / 2, rtol=1e-5)
    assert np.allclose(mean, logarithmic_mean(b, a), rtol=1e-12)


@pytest.mark.parametrize("before, after", [([1, 2], [1, 2]), ([[1, 2]], [[1, 2], [3, 4]])])
def test_shapes_are_checked(before, after):
    with pytest.raises(GoldloopError) as caught:
        additive(before, after)
    assert caught.value.code == "decompose_shape"


def test_what_cannot_be_told_is_refused():
    with pytest.raises(GoldloopError) as caught:
        additive([[np.nan, 2]], [[3, 4]])
    assert caught.value.code == "decompose_undefined"
    with pytest.raises(GoldloopError) as caught:
        multiplicative([[0, 2]], [[3, 4]])
    assert caught.value.code == "decompose_not_positive"
    with pytest.raises(GoldloopError) as caught:
        shapley(lambda x: x.sum(axis=1), [1] * 13, [2] * 13)
    assert caught.value.code == "decompose_many" and caught.value.allowed == 12
