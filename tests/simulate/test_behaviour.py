"""The simulated people and prices behave as their parameters say: what is planted can be found again."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from goldloop.core import money
from goldloop.simulate import aftersales, customers, promotions
from goldloop.simulate.arrays import DAY, ranks, split, sums
from goldloop.simulate.exports.shopify import offsets, stamps
from goldloop.simulate.group import DOUYIN, GROUP, SHOPIFY, TMALL, Retention
from goldloop.simulate.ledger import by_day, platform_figures
from goldloop.simulate.truth import store_truth
from goldloop.simulate.world import World, simulate

LAST_DAY = date(2026, 10, 31)


@pytest.fixture(scope="module")
def big() -> World:
    """The flagship store at ten times its small size."""
    return simulate(TMALL, last_day=LAST_DAY, scale=10.0, rng=np.random.default_rng(3))


# ------------------------------------------------------------------------------------------------------------ sizes


def test_medium_has_about_a_million_lines() -> None:
    total = 0
    for number, model in enumerate(GROUP):
        world = simulate(model, last_day=LAST_DAY, scale=20.0, rng=np.random.default_rng([7, number]))
        total += int(world.exported[world.lines.order].sum())
    assert 900_000 <= total <= 1_100_000


# ----------------------------------------------------------------------------------------------------------- arrays


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=5)),
        min_size=1,
        max_size=6,
    )
)
def test_split_is_that_of_the_core(parts: list[tuple[int, list[int]]]) -> None:
    totals = np.array([total for total, _ in parts], np.int64)
    groups = np.repeat(np.arange(len(parts)), [len(w) for _, w in parts])
    weights = np.array([w for _, ws in parts for w in ws], np.int64)
    wanted = [amount for total, ws in parts for amount in money.split(total, ws)]
    assert split(totals, groups, weights).tolist() == wanted


def test_ranks_and_sums() -> None:
    assert ranks(np.array([], np.int64)).tolist() == []
    assert ranks(np.array([3, 3, 4, 7, 7, 7])).tolist() == [0, 1, 0, 0, 1, 2]
    assert sums(np.array([0, 2, 2]), np.array([5, 6, 7]), 4).tolist() == [5, 0, 13, 0]


def test_moments_of_new_york_around_the_change_of_clocks() -> None:
    zone = "America/New_York"
    walls = np.array(
        ["2026-03-08T01:59:59", "2026-03-08T02:30:00", "2026-03-08T03:00:00", "2026-11-01T01:30:00", "NaT"],
        "datetime64[s]",
    )
    assert stamps(zone, walls) == [
        "2026-03-08 01:59:59 -0500", "2026-03-08 03:30:00 -0400", "2026-03-08 03:00:00 -0400", "2026-11-01 01:30:00 -0400", "",
    ]  # fmt: skip
    hours = np.arange(np.datetime64("2024-01-01T00", "h"), np.datetime64("2026-01-01T00", "h")).astype("datetime64[s]")
    wanted = [
        int(datetime.fromisoformat(str(h)).replace(tzinfo=ZoneInfo(zone)).utcoffset().total_seconds()) // 60
        for h in hours
    ]  # type: ignore[union-attr]
    assert offsets(zone, hours).tolist() == wanted


# -------------------------------------------------------------------------------------------------------- customers


def expected_purchases(p: Retention, t: float) -> float:
    """E[X(t)] of BG/NBD after the first purchase (Fader, Hardie, Lee 2005, equation 9)."""
    z = t / (p.alpha + t)
    return (p.a + p.b - 1) / (p.a - 1) * (1 - (p.alpha / (p.alpha + t)) ** p.r * hyp2f1(p.r, p.b, p.a + p.b - 1, z))


@pytest.mark.parametrize("model", [TMALL, DOUYIN, SHOPIFY], ids=lambda m: m.slug)
@pytest.mark.parametrize("span", [60, 365])
def test_repeat_purchases_follow_bg_nbd(model: object, span: int) -> None:
    truth: Retention = model.retention  # type: ignore[attr-defined]
    born = np.zeros(200_000, np.int64)
    _, found = customers.repeats(born, np.ones(400), truth, np.random.default_rng(5))
    within = found.at < span * DAY
    assert within.sum() / len(born) == pytest.approx(expected_purchases(truth, span), rel=0.03)


def test_purchases_come_after_birth_and_before_drop_out() -> None:
    born = np.random.default_rng(1).integers(0, 300 * DAY, 5000)
    people, found = customers.repeats(born, np.ones(400), Retention(0.7, 30.0, 1.2, 2.0), np.random.default_rng(2))
    assert (found.at >= born[found.customer]).all() and (found.at <= people.gone[found.customer]).all()
    assert found.at.max() < 400 * DAY


def test_second_purchase_curve_rises_and_flattens(big: World) -> None:
    curve = store_truth(big, scale=10.0)["retention"]["second_purchase"]
    shares = [c["bought_again"] / c["buyers"] for c in curve]
    assert shares == sorted(shares) and 0.05 < shares[0] < 0.2 and 0.25 < shares[-1] < 0.5


# ---------------------------------------------------------------------------------------------------------- traffic


def test_response_curves_can_be_found_again(big: World) -> None:
    for number, plan in enumerate(big.model.plans):
        spend = np.log(big.spend[number] / 100)
        visits = np.log(big.first_visits[len(big.model.sources) + number])
        slope, height = np.polyfit(spend, visits, 1)
        assert slope == pytest.approx(plan.b, abs=0.03)
        factor = 10.0 * big.model.volume
        assert np.exp(height) == pytest.approx(plan.a * factor ** (1 - plan.b), rel=0.25)


def test_visitors_cover_buyers_and_sources(big: World) -> None:
    found = platform_figures(big, by_day(big))
    shown = big.visitors[big.days.first :]
    assert (shown >= found["ordered_buyers"]).all() and (shown >= found["buyers"]).all()
    assert (shown >= big.visits[:, big.days.first :].max(axis=0)).all()
    assert (shown <= big.visits[:, big.days.first :].sum(axis=0)).mean() > 0.99


# ------------------------------------------------------------------------------------------------------- promotions


def test_orders_of_a_wave_are_its_own_extra_and_moved_ones(big: World) -> None:
    rows = big.purchases
    inside = promotions.hours_inside(big.promotions, big.days)[rows.at // 3600]
    for number, _ in enumerate(big.promotions):
        assert (inside[(rows.extra == number) | (rows.into == number)] == number).all()
    assert not ((rows.extra >= 0) & (rows.into >= 0)).any()
    assert set(rows.side[rows.into >= 0].tolist()) == {-1, 1}


def test_days_next_to_a_wave_are_quieter_than_without_it(big: World) -> None:
    """Without the orders moved away, the days before the opening would be at their normal height."""
    rows, days = big.purchases, big.days
    wave = next(
        n
        for n, p in enumerate(big.promotions)
        if p.wave.event == "double11" and p.wave.year == 2025 and p.wave.number == 1
    )
    opens = big.promotions[wave].first_hour // 24
    daily = sums(rows.at[rows.paid] // DAY, None, days.count) / big.first_visits[: len(big.model.sources)].sum(axis=0)
    usual = np.median(daily[opens - 40 : opens - 12])
    assert daily[opens - 2 : opens].mean() < 0.85 * usual
    assert daily[opens : opens + 2].mean() > 1.2 * usual


def test_discounts_of_a_wave_hold_inside_it_only(big: World) -> None:
    rows, amounts = big.purchases, big.amounts
    single = np.isin(np.arange(len(rows.at)), big.lines.order[big.lines.product == big.catalogue.top_up])
    for number, promotion in enumerate(big.promotions):
        mine = (rows.wave == number) & ~single
        wanted = (amounts.list_value[mine] * promotion.discount + 5000) // 10_000
        assert (amounts.merchant_discount[mine] == wanted).all()
    outside = (rows.wave < 0) & ~single
    assert set(
        np.rint(amounts.merchant_discount[outside] / amounts.list_value[outside] * 100).astype(int).tolist()
    ) == {0, 5, 10}


def test_staged_orders_are_placed_in_the_presale_and_paid_in_the_wave(big: World) -> None:
    rows = big.purchases
    staged = np.flatnonzero(rows.presale & rows.paid)
    assert len(staged) > 50
    for order in staged.tolist():
        presale = big.promotions[rows.wave[order]].wave.presale
        assert presale is not None and presale[0] <= rows.placed[order] + big.start <= presale[1]


def test_promotion_truth_counts_each_order_once(big: World) -> None:
    for row in store_truth(big, scale=10.0)["promotions"]:
        groups = [row[name]["gmv"] for name in ("extra", "moved_before", "moved_after")]
        assert 0 < sum(groups) < row["inside"]["gmv"]
        assert row["extra_new_customers"]["gmv"] <= row["extra"]["gmv"]
        assert row["complete"] == (row["last"] < "2026-11-01")


# ------------------------------------------------------------------------------------------------- amounts, refunds


@pytest.mark.parametrize("model", GROUP, ids=lambda m: m.slug)
def test_amounts_of_orders_and_lines_close(model: object) -> None:
    world = simulate(model, last_day=LAST_DAY, scale=0.5, rng=np.random.default_rng(9))  # type: ignore[arg-type]
    lines, amounts, count = world.lines, world.amounts, len(world.number)
    assert (sums(lines.order, lines.goods, count) == amounts.goods).all()
    assert (sums(lines.order, lines.platform_discount, count) == amounts.platform_discount).all()
    assert (lines.list_value == lines.quantity * lines.price).all()
    assert (amounts.goods == amounts.list_value - amounts.merchant_discount).all() and (amounts.goods > 0).all()
    assert (world.refunded <= amounts.goods).all() and (world.refunds.platform <= world.refunds.amount).all()
    assert (np.diff(world.number) >= 0).all() and len(np.unique(world.number[world.exported])) == int(
        world.exported.sum()
    )
    assert (world.purchases.placed <= world.purchases.at).all()


def test_refund_kinds_and_delays(big: World) -> None:
    refunds, order = big.refunds, big.lines.order
    done = refunds.done
    assert {aftersales.KINDS[k] for k in np.unique(refunds.kind[done])} == set(aftersales.KINDS[1:])
    assert (refunds.asked[done] >= big.purchases.at[order][done]).all() and (
        refunds.settled[done] >= refunds.asked[done]
    ).all()
    before = done & (refunds.kind == aftersales.BEFORE_SHIPPING)
    assert (big.fulfilment.shipped[order[before]] > big.end).all()
    returns = done & (refunds.kind == aftersales.RETURN_REFUND)
    delay = (refunds.settled - big.purchases.at[order])[returns] / DAY
    assert 8 < delay.mean() < 14 and np.quantile(delay, 0.95) < 25
    assert (refunds.amount[done & (refunds.kind == aftersales.EXCHANGE)] == 0).all()


def test_the_night_belongs_to_the_day_before_where_the_day_starts_at_two() -> None:
    world = simulate(DOUYIN, last_day=LAST_DAY, scale=0.5, rng=np.random.default_rng(9))
    walls = world.wall(world.purchases.at).astype("datetime64[m]")
    late = (walls - np.timedelta64(120, "m")).astype("datetime64[D]").astype(np.int64)
    assert (late == world.days.numbers[world.day]).all()
    assert (walls.astype("datetime64[D]").astype(np.int64) != late).any()
