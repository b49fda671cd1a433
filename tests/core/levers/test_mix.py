"""The cheapest mix beats or meets every point of a grid, keeps its bounds, and adds up."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from goldloop.core.levers import Curve, Lever, LeversError, Slope, best, cheapest
from goldloop.core.owners import Books

BOOKS = Books(1600, 13_000_000, 1060, 11_000_000, 500_000)


def curve(a: float, b: float, scale: float, *, base: float = 0.0) -> Curve:
    rng = np.random.default_rng(0)
    drawn = np.column_stack(
        [np.full(200, base), a * rng.normal(1, 0.05, 200), np.clip(b + rng.normal(0, 0.02, 200), 0.05, 1)]
    )
    return Curve(base, a, b, scale, drawn, 0.4 * scale, 1.8 * scale, 2.5 * scale, 60)


def slope(s: float) -> Slope:
    return Slope(s, s * np.random.default_rng(0).normal(1, 0.1, 200), 0.02, 0.12, 0.01, 0.2, 60)


def ads(now: float = 4_000_000, most: float = 9_000_000, a: float = 250.0, b: float = 0.6) -> Lever:
    return Lever("ad_budget", "new_buyers", curve(a, b, 1_000_000), now, 0, most, (1_600_000, 7_200_000), periods=4.0)


def coupons(now: float = 500_000, most: float = 3_000_000) -> Lever:
    return Lever("coupons", "repeat_buyers", curve(90, 0.5, 500_000), now, 0, most, (200_000, 2_000_000))


def discount(s: float = 2.0) -> Lever:
    return Lever("discount", "value", slope(s), 0.05, 0.02, 0.12, (0.02, 0.12), price=30_000_000.0)


def on_grid(levers, gap, points=60):
    """The cheapest of all grid points that close the gap."""
    from goldloop.core.levers.mix import _gain

    axes = [np.linspace(one.now if isinstance(one.response, Curve) else one.least, one.most, points) for one in levers]
    found = [
        (sum(one.cost(v) for one, v in zip(levers, x, strict=True)), x)
        for x in product(*axes)
        if _gain(BOOKS, levers, np.array(x)) >= gap
    ]
    return min(cost for cost, _ in found)


@pytest.mark.parametrize("gap", [50_000, 700_000, 2_000_000, 4_000_000])
@pytest.mark.parametrize(
    "levers",
    [[ads(), coupons()], [ads(), discount()], [ads(a=500, b=0.3), coupons(), discount(-1.5)]],
    ids=["two", "value", "three"],
)
def test_no_grid_point_is_cheaper(levers, gap):
    found = cheapest(BOOKS, levers, gap)
    if not found.feasible:
        with pytest.raises(ValueError, match="empty"):
            on_grid(levers, gap, points=20)
        return
    assert found.cost <= on_grid(levers, gap, points=60 if len(levers) == 2 else 25) + 2
    assert (
        found.gain >= gap
        and found.gain == sum(m.gain for m in found.moves)
        and found.cost == sum(m.cost for m in found.moves)
    )
    assert found.low <= found.gain <= found.high and found.short == 0
    for move in found.moves:
        assert move.lever.least - 1e-6 <= move.to <= move.lever.most + 1


def test_equal_marginals_inside_the_bounds():
    found = cheapest(BOOKS, [ads(), coupons()], 4_500_000)
    one, two = (m.marginal for m in found.moves)
    assert one is not None and two is not None and abs(one / two - 1) < 0.01


def test_the_largest_reachable_is_said():
    found = cheapest(BOOKS, [ads(), coupons()], 10**9)
    assert not found.feasible and found.gain < 10**9 and found.short == 10**9 - found.gain
    assert [m.to for m in found.moves] == [9_000_000, 3_000_000] and [m.beyond for m in found.moves] == [True, True]


def test_nothing_to_do_moves_nothing():
    found = cheapest(BOOKS, [ads()], 0)
    assert found.feasible and (found.cost, found.gain, found.moves[0].to) == (0, 0, 4_000_000)


def test_an_unproven_lever_is_left_alone():
    weak = Slope(0.5, np.random.default_rng(0).normal(0.5, 3, 200), 0.02, 0.12, 0.01, 0.2, 60)
    lever = Lever("discount", "value", weak, 0.05, 0.02, 0.12, (0.02, 0.12))
    found = cheapest(BOOKS, [ads(), lever], 300_000)
    assert found.unused == ("discount",) and [m.lever.name for m in found.moves] == ["ad_budget"]


def test_the_same_question_gives_the_same_answer():
    assert (
        cheapest(BOOKS, [ads(), coupons()], 700_000).moves[0].to
        == cheapest(BOOKS, [ads(), coupons()], 700_000).moves[0].to
    )


def test_a_budget_goes_where_marginals_are_equal_and_never_below_the_least():
    levers = [
        Lever(
            f"a{a}",
            "new_buyers",
            Curve(0, a, 0.5, 1, np.tile([0, a, 0.5], (9, 1)), 1, 100, 100, 40),
            0,
            0,
            10**8,
            (0, 10**8),
        )
        for a in (1, 2, 3)
    ]
    found = best(BOOKS, levers, 10**8)
    assert [m.to / 10**6 for m in found.moves] == pytest.approx([7.142857, 28.571429, 64.285714], rel=1e-4)
    bounded = [Lever("x", "new_buyers", levers[0].response, 0, 6 * 10**7, 10**8, (0, 10**8)), *levers[1:]]
    assert best(BOOKS, bounded, 10**8).moves[0].to == pytest.approx(6 * 10**7, rel=1e-4)
    with pytest.raises(LeversError) as caught:
        best(BOOKS, bounded, 10**7)
    assert caught.value.code == "budget_below" and caught.value.params["least"] == 6 * 10**7


@pytest.mark.parametrize(
    ("books", "levers", "code"),
    [
        (Books.unsplit(100), [ads()], "levers_unsplit"),
        (BOOKS, [], "levers_none"),
        (BOOKS, [Lever("x", "new_buyers", curve(1, 0.5, 1), 0, 10, 5, (0, 1))], "lever_bounds"),
    ],
)
def test_bad_input_is_refused(books, levers, code):
    with pytest.raises(LeversError) as caught:
        cheapest(books, levers, 100)
    assert caught.value.code == code
