"""Every driver tree closes, for more than 10,000 random pairs of scopes or segments with zeros, new, vanished, unknown and negative numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from goldloop.core.decompose import shapley
from goldloop.core.errors import GoldloopError
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.segments import Segments, spread
from goldloop.metrics.trees import (
    ASKED,
    DRIVERS,
    ROOTS,
    STEPS,
    Leaf,
    Product,
    Sum,
    effects,
    figures_of,
    known_by,
    leaves,
    tree,
    tree_of_figure,
)
from goldloop.metrics.why import Unit

CASES = 300  # whole scopes of each tree
SEGMENTS = 2000  # more, as segments of scopes, of each tree that adds up: more than 10,000 examples in all
ADDITIVE = [name for name in ROOTS if name != "efficiency"]


def side(rng, *, unknown: bool = True) -> dict:
    """Random figures of a segment: often 0, of any size, refunds sometimes above sales."""
    size = 10.0 ** rng.integers(0, 7)

    def some(most: float) -> int:
        return int(rng.integers(0, max(int(most), 1) + 1))

    row = {"visitors": some(size)}
    row["buyers"] = some(row["visitors"]) if rng.random() < 0.85 else 0
    row["identified_orders"] = row["buyers"] + some(row["buyers"])
    row["units"] = some(3 * row["identified_orders"])
    row["identified_gmv"] = some(50_000) * row["identified_orders"]
    row["unidentified_gmv"] = some(10 * size) if rng.random() < 0.5 else 0
    row["orders"] = row["identified_orders"] + (1 if row["unidentified_gmv"] else 0)
    row["gmv"] = row["identified_gmv"] + row["unidentified_gmv"]
    row["new_buyers"] = some(row["buyers"])
    row["repeat_buyers"] = row["buyers"] - row["new_buyers"]
    row["new_gmv"] = some(row["identified_gmv"]) if row["new_buyers"] else 0
    row["repeat_gmv"] = row["identified_gmv"] - row["new_gmv"]
    row["refunded_gmv"] = some(row["gmv"] * (1.3 if rng.random() < 0.2 else 0.3)) + (7 if rng.random() < 0.05 else 0)
    row["net"] = row["gmv"] - row["refunded_gmv"]
    for cost in ("goods_cost", "ad_cost", "labour_cost", "other_costs"):
        row[cost] = some(size) + (cost == "labour_cost")
    row["contribution"] = row["net"] - row["goods_cost"] - row["ad_cost"] - row["labour_cost"] - row["other_costs"]
    row["labour_efficiency"] = row["net"] / row["labour_cost"]
    if unknown and rng.random() < 0.2:
        row["visitors"] = None
    if unknown and rng.random() < 0.1:
        row["buyers"] = row["visitors"] = None
    return row


def total(rows) -> dict:
    """The whole of segments that do not overlap."""
    found = {name: sum(row[name] for row in rows) for name in rows[0] if name != "labour_efficiency"}
    return {**found, "labour_efficiency": found["net"] / found["labour_cost"]}


def empty() -> dict:
    return dict.fromkeys(side(np.random.default_rng(0), unknown=False), 0)


def close(a, b, size) -> bool:
    return abs(a - b) <= 1e-9 * max(1.0, abs(size))


@pytest.mark.parametrize("name", ROOTS)
def test_effects_sum_to_the_change_and_turn_round_with_time(name):
    rng = np.random.default_rng(list(ROOTS).index(name))
    methods = set()
    for _ in range(CASES):
        before, after = side(rng), side(rng)
        if rng.random() < 0.1:
            after = before
        node = tree(name, before, after, depth=int(rng.integers(1, 3)))
        found = effects(node, before, after)
        start, end = before[ROOTS[name]], after[ROOTS[name]]
        size = max([abs(start), abs(end), *(abs(e.money) for e in found)])
        assert close(sum(e.money for e in found), end - start, size), (before, after)
        assert all(math.isfinite(e.money) for e in found)
        back = effects(tree(name, after, before, depth=1 if len(found) < 4 else 2), after, before)
        if [e.leaf for e in back] == [e.leaf for e in found]:
            assert all(close(a.money, -b.money, size) for a, b in zip(found, back, strict=True)), (before, after)
        if name != "efficiency":
            exact = Unit(0).exact([e.money for e in found], end - start)
            assert sum(exact) == end - start
        methods |= {e.method for e in found}
    assert "difference" in methods or name in ("orders", "efficiency")
    assert "shapley" in methods or name in ("funnel", "customers", "orders")


@pytest.mark.parametrize("name", ADDITIVE)
def test_segments_and_drivers_both_sum_to_the_change(name):
    """A segment's pieces are its own change, a driver's pieces its effect; both also when segments are merged."""
    rng = np.random.default_rng(100 + ADDITIVE.index(name))
    done = 0
    while done < SEGMENTS:
        rows = int(rng.integers(2, 6) if rng.random() < 0.6 else rng.integers(50, 150))
        done += rows
        old, new = (
            [side(rng, unknown=False) if rng.random() < 0.8 else empty() for _ in range(rows)] for _ in range(2)
        )
        old[0], new[0] = side(rng, unknown=False), side(rng, unknown=False)
        before, after = total(old), total(new)
        node = tree(name, before, after, depth=2)
        if negative(node, before, after):
            continue  # Shapley's worth of a count depends on the order of all: tested through the sums above
        pieces = spread(node, Segments(old, new), before, after)
        size = max([1.0, *(float(np.abs(p.amounts).max()) for p in pieces)])
        for i in range(rows):
            own = new[i][ROOTS[name]] - old[i][ROOTS[name]]
            assert close(sum(p.amounts[i] for p in pieces), own, size * rows), (old[i], new[i])
        sums = by_driver(pieces)
        for effect in effects(node, before, after):
            assert close(sums[effect.leaf.name].sum(), effect.money, size * rows), effect
        merged = Segments([total(old[:2]), *old[2:]], [total(new[:2]), *new[2:]])
        for driver, amounts in by_driver(spread(node, merged, before, after)).items():
            assert close(amounts[0], sums[driver][:2].sum(), size * rows), driver


def negative(node, before, after) -> bool:
    return any(e.method == "shapley" for e in effects(node, before, after))


def by_driver(pieces) -> dict:
    found: dict = {}
    for piece in pieces:
        found[piece.driver] = found.get(piece.driver, 0) + piece.amounts
    return found


def test_a_count_that_is_left_out_leaves_its_effect_to_the_next():
    rng = np.random.default_rng(5)
    for _ in range(100):
        before, after = side(rng, unknown=False), side(rng, unknown=False)
        node = tree("net", before, after, depth=2)
        if "visitors" not in figures_of(node):
            continue
        without = known_by(node, [{**before, "visitors": None}, after])
        whole = {e.leaf.name: e.money for e in effects(node, before, after)}
        small = {e.leaf.name: e.money for e in effects(without, before, after)}
        size = max(abs(m) for m in whole.values())
        taken = next(name for name in ("buyers", "identified_orders", "identified_gmv") if name in small)
        gone = sum(m for name, m in whole.items() if name not in small)
        assert close(small.pop(taken), gone, size)
        assert all(close(whole[name], money, size) for name, money in small.items())


@pytest.mark.parametrize("name", ROOTS)
def test_lmdi_and_shapley_agree_where_they_must(name):
    """One driver that moved alone takes the whole change; drivers of one product that grew alike share alike."""
    rng = np.random.default_rng(9)
    before = {
        **side(rng, unknown=False),
        "visitors": 9000,
        "buyers": 300,
        "identified_orders": 400,
        "orders": 401,
        "units": 900,
    }
    before |= {
        "identified_gmv": 9_000_000,
        "unidentified_gmv": 50_000,
        "gmv": 9_050_000,
        "refunded_gmv": 450_000,
        "net": 8_600_000,
    }
    before |= {
        "new_buyers": 100,
        "new_gmv": 2_000_000,
        "repeat_buyers": 200,
        "repeat_gmv": 7_000_000,
        "labour_cost": 40_000,
    }
    node = tree(name, before, before, depth=2)
    drivers = list(leaves(node))
    start = np.array([leaf.value(before) for leaf in drivers])
    for moved in range(len(drivers)):
        end = start.copy()
        end[moved] *= 1.7
        found, exact = moves(node, drivers, start, end), shapley(lambda x: formula(node, drivers, x), start, end)
        assert found == pytest.approx(exact, abs=1e-6 * np.abs(exact).max()), drivers[moved]
    if name in ("orders",):
        end = start * 1.3
        assert moves(node, drivers, start, end) == pytest.approx(
            shapley(lambda x: formula(node, drivers, x), start, end)
        )


def formula(node, drivers, rows):
    """The root's value for rows of driver values."""
    at = {leaf: i for i, leaf in enumerate(drivers)}

    def value(part, row):
        if isinstance(part, Leaf):
            return row[at[part]]
        if isinstance(part, Sum):
            return sum(sign * value(one, row) for sign, one in part.parts)
        return math.prod(value(one, row) for one in part.factors)

    return np.array([value(node, row) for row in rows])


def moves(node, drivers, start, end) -> list[float]:
    """The effects when drivers go from `start` to `end`: a tree of plain leaves of the same shape."""
    names = {leaf: f"d{i}" for i, leaf in enumerate(drivers)}

    def plain(part):
        if isinstance(part, Leaf):
            return Leaf(names[part], names[part])
        if isinstance(part, Sum):
            return Sum(part.name, tuple((sign, plain(one)) for sign, one in part.parts))
        return Product(part.name, tuple(plain(one) for one in part.factors))

    values = [{f"d{i}": float(v) for i, v in enumerate(vector)} for vector in (start, end)]
    return [e.money for e in effects(plain(node), *values)]


def test_the_published_numbers_of_figures():
    """Two segments of three factors (figures.md, section 2), as counts that lead to each other."""
    old = [{"visitors": 1, "buyers": 10, "gmv": 20}, {"visitors": 4, "buyers": 20, "gmv": 60}]
    new = [{"visitors": 4, "buyers": 20, "gmv": 60}, {"visitors": 5, "buyers": 30, "gmv": 120}]
    columns = [
        {"visitors": r["visitors"], "buyers": r["buyers"], "identified_gmv": r["gmv"], "unidentified_gmv": 0}
        for r in (*old, *new)
    ]
    pieces = [
        spread(tree("funnel", a, b, depth=1), Segments([a], [b]), a, b)
        for a, b in ((columns[0], columns[2]), (columns[1], columns[3]))
    ]
    sums = [
        sum(float(p.amounts.sum()) for found in pieces for p in found if p.driver == d)
        for d in ("visitors", "conversion", "buyer_value")
    ]
    assert sums == pytest.approx([69.79006598, -9.455125793, 39.66505981])


def test_segments_that_count_people_twice_stand_alone():
    old = [{"buyers": 10, "identified_gmv": 1000}, {"buyers": 10, "identified_gmv": 2000}]
    new = [{"buyers": 12, "identified_gmv": 1500}, {"buyers": 8, "identified_gmv": 1000}]
    rows = [[{**r, "identified_orders": r["buyers"], "unidentified_gmv": 0} for r in side] for side in (old, new)]
    before = {"buyers": 12, "identified_orders": 20, "identified_gmv": 3000, "unidentified_gmv": 0}
    after = {"buyers": 15, "identified_orders": 20, "identified_gmv": 2500, "unidentified_gmv": 0}
    pieces = spread(tree("funnel", before, after, depth=1), Segments(*rows), before, after)
    assert {p.kind for p in pieces} == {"change", "rate"}
    assert [sum(p.amounts[i] for p in pieces) for i in (0, 1)] == pytest.approx([500, -1000])


def test_sales_of_nothing_do_not_break_a_segment():
    rows = [[{"orders": 3, "units": u, "gmv": g} for u, g in pairs] for pairs in ([(5, 50), (0, 7)], [(4, 60), (2, 9)])]
    before, after = ({n: sum(r[n] for r in side) for n in ("orders", "units", "gmv")} for side in rows)
    pieces = spread(tree("orders", before, after, depth=2), Segments(*rows), before, after)
    assert [sum(p.amounts[i] for p in pieces) for i in (0, 1)] == pytest.approx([10, 2])


def test_a_tree_falls_back_to_what_is_known():
    row = side(np.random.default_rng(3), unknown=False) | {
        "visitors": 90,
        "buyers": 30,
        "identified_orders": 40,
        "identified_gmv": 50,
        "gmv": 60,
        "orders": 41,
    }

    def drivers(**changed):
        return [leaf.name for leaf in leaves(tree("funnel", row, {**row, **changed}, depth=2))]

    assert drivers() == ["visitors", "conversion", "orders_per_buyer", "identified_order_value", "unidentified_gmv"]
    assert drivers(visitors=None) == ["buyers", "orders_per_buyer", "identified_order_value", "unidentified_gmv"]
    assert drivers(buyers=None) == ["visitors", "order_conversion", "order_value"]
    assert drivers(buyers=None, visitors=None) == ["orders", "order_value"]
    assert drivers(visitors=0) == drivers(visitors=None)
    gone = tree("net", row, {**row, "gmv": 0, "net": -5, "refunded_gmv": 5}, depth=1)
    assert [leaf.name for leaf in leaves(gone)][-1] == "refunded_gmv"


def test_every_driver_has_words_and_every_figure_its_tree():
    assert not [name for name in STEPS.values() if name not in FIGURES and name not in DRIVERS]
    assert set(ASKED) == set(ROOTS)
    for name in FIGURES:
        try:
            assert all(n in FIGURES for n in figures_of(tree_of_figure(name)))
        except GoldloopError as error:
            assert error.code == "tree_none"
    with pytest.raises(GoldloopError) as caught:
        tree("oak", {}, {}, depth=1)
    assert caught.value.code == "tree_unknown"


@pytest.mark.parametrize(("places", "size"), [(0, 1e3), (0, 1e17), (6, 1e3), (6, 1e10), (6, 1e14), (4, 1e8)])
def test_exact_parts_sum_whatever_their_size(places, size):
    rng = np.random.default_rng(places)
    for _ in range(50):
        parts = (rng.normal(size=6) * size).tolist()
        unit = Unit(places)
        total = unit.nearest(math.fsum(parts))
        found = unit.exact(parts, total)
        assert sum(found) == total
        assert all(abs(float(a) - b) <= 10.0**-places + 1e-9 * size for a, b in zip(found, parts, strict=True))


def test_where_people_do_not_add_up_the_funnel_goes_by_people_and_days() -> None:
    before = {
        "visitors": None, "buyers": None, "identified_orders": None, "visitor_days": 1463, "buyer_days": 106,
        "identified_gmv": 1_680_192, "unidentified_gmv": 476_613, "orders": 112, "gmv": 2_156_805,
    }  # fmt: skip
    after = {
        **before,
        "visitor_days": 1146,
        "buyer_days": 78,
        "identified_gmv": 943_064,
        "unidentified_gmv": 420_661,
        "gmv": 1_363_725,
    }
    node = tree("funnel", before, after, depth=2)
    assert [leaf.name for leaf in leaves(node)] == [
        "visitor_days",
        "day_conversion",
        "day_buyer_value",
        "unidentified_gmv",
    ]
    assert round(sum(effect.money for effect in effects(node, before, after)), 6) == after["gmv"] - before["gmv"]
    unknown = {**after, "buyer_days": None}
    assert [leaf.name for leaf in leaves(tree("funnel", before, unknown, depth=2))] == ["orders", "order_value"]
