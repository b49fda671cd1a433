"""The drill-down: planted causes are found, quiet shops stay quiet, and the accounts are exact."""

from __future__ import annotations

import numpy as np
import pytest
from tests.core.drill.shops import inside, shop, sparse, visits

from goldloop.core.drill import drill
from goldloop.core.errors import GoldloopError

SOME, ALL, OTHERS = range(12), range(200), range(1000, 3000)
WANTED = [(1, 0.95), (2, 0.85), (0, 0.98)]  # causes, and the share of shops that must be right


def hits(shops, causes):
    """The share of shops in which exactly the planted segments were found."""
    right = 0
    for seed in shops:
        made = shop(seed, causes)
        found = [f.cuts for f in drill(made.codes, made.before, made.after).findings]
        right += len(found) == causes and all(cause in found for cause in made.planted)
    return right / len(shops)


def ratio_hits(shops, effect):
    """The same for conversion; the finding must also name the effect that was planted as the larger one."""
    right = 0
    for seed in shops:
        made = visits(seed, effect)
        found = drill(made.codes, *made.buyers, under=made.visitors).findings
        exact = [f.cuts for f in found] == list(made.planted)
        right += exact and all((abs(f.rate) > abs(f.mix)) == (effect == "rate") for f in found)
    return right / len(shops)


@pytest.mark.parametrize(("causes", "least"), WANTED)
def test_planted_causes(causes, least):
    assert hits(SOME, causes) >= least


@pytest.mark.soak
@pytest.mark.parametrize("shops", [ALL, OTHERS])
@pytest.mark.parametrize(("causes", "least"), WANTED)
def test_planted_causes_in_many_shops(shops, causes, least):
    assert hits(shops, causes) >= least


@pytest.mark.parametrize(("effect", "least"), [("rate", 0.95), ("mix", 0.95), (None, 0.98)])
def test_planted_causes_of_a_ratio(effect, least):
    assert ratio_hits(SOME, effect) >= least


@pytest.mark.soak
@pytest.mark.parametrize(("effect", "least"), [("rate", 0.95), ("mix", 0.95), (None, 0.98)])
def test_planted_causes_of_a_ratio_in_many_shops(effect, least):
    assert ratio_hits(ALL, effect) >= least


@pytest.mark.parametrize("orders", [1500, 5000])
@pytest.mark.parametrize("shops", [range(15), pytest.param(range(100), marks=pytest.mark.soak)])
def test_causes_in_small_shops(shops, orders):
    """Few orders by many leaves: what chance does not explain is found in 85 % of shops, what it does explain is not."""
    right = quiet = 0
    for seed in shops:
        made, still = sparse(seed, orders), sparse(seed, orders, hit=False)
        right += [f.cuts for f in drill(made.codes, made.before, made.after, squares=made.squares).findings] == list(
            made.planted
        )
        quiet += not drill(still.codes, still.before, still.after, squares=still.squares).findings
    assert right >= 0.85 * len(shops) and quiet >= 0.98 * len(shops)


def test_the_account_of_a_sum_is_exact():
    made = shop(3, 2)
    before, after = made.before.astype(int), made.after.astype(int)
    found = drill(made.codes, before, after)
    assert found.whole.contribution == after.sum() - before.sum() and found.whole.share == 1
    covered = np.zeros(len(before), bool)
    for finding in found.findings:
        hit = inside(made.codes, finding.cuts)
        covered |= hit
        assert (finding.before, finding.after) == (before[hit].sum(), after[hit].sum())
        assert finding.contribution == finding.after - finding.before and isinstance(finding.contribution, int)
        assert finding.share == finding.contribution / found.whole.contribution and finding.mix is None
        assert finding.surprise > 4
    assert found.rest.contribution == (after - before)[~covered].sum()
    assert [abs(f.contribution) for f in found.findings] == sorted(
        (abs(f.contribution) for f in found.findings), reverse=True
    )


@pytest.mark.parametrize("effect", ["rate", "mix"])
def test_the_account_of_a_ratio_is_exact(effect):
    made = visits(5, effect)
    found = drill(made.codes, *made.buyers, under=made.visitors)
    [finding] = found.findings
    hit = inside(made.codes, finding.cuts)
    assert finding.before == made.buyers[0][hit].sum() / made.visitors[0][hit].sum()
    assert finding.contribution == pytest.approx(finding.mix + finding.rate)
    change = made.buyers[1].sum() / made.visitors[1].sum() - made.buyers[0].sum() / made.visitors[0].sum()
    assert found.whole.contribution == pytest.approx(change) and found.whole.mix == pytest.approx(0)
    assert finding.contribution + found.rest.contribution == pytest.approx(change)


def test_nothing_moved_nothing_found():
    made = shop(1, 0)
    for after in (made.before, 3 * made.before, np.zeros(len(made.before))):
        found = drill(made.codes, made.before, after)
        assert found.findings == () and found.rest == found.whole
    still = drill(made.codes, made.before, made.before)
    assert still.whole.contribution == 0 and still.whole.share is None
    none = drill(np.zeros((0, 2), int), [], [])
    assert none.findings == () and none.whole.contribution == 0


def test_the_same_segments_backwards():
    for seed in range(20):
        made = shop(seed, 1)
        there, back = drill(made.codes, made.before, made.after), drill(made.codes, made.after, made.before)
        assert [(f.cuts, f.contribution) for f in back.findings] == [(f.cuts, -f.contribution) for f in there.findings]


def test_the_order_of_leaves_and_of_cuts_does_not_matter():
    made = shop(8, 2)
    found = drill(made.codes, made.before, made.after).findings
    rng = np.random.default_rng(0)
    rows, cuts = rng.permutation(len(made.codes)), rng.permutation(made.codes.shape[1])
    other = drill(made.codes[rows][:, cuts], made.before[rows], made.after[rows]).findings
    assert [{int(cuts[c]): v for c, v in f.cuts.items()} for f in other] == [f.cuts for f in found]


def test_new_and_vanished_segments():
    codes = np.indices((6, 5, 8)).reshape(3, -1).T
    before = np.full(len(codes), 1000) + np.arange(len(codes)) % 9
    after = before + np.arange(len(codes)) % 7 - 3
    after[codes[:, 0] == 1], before[codes[:, 1] == 4] = 0, 0
    found = {tuple(f.cuts.items()): (f.before, f.after) for f in drill(codes, before, after).findings}
    assert set(found) == {((0, 1),), ((1, 4),)}
    assert found[((0, 1),)][1] == 0 and found[((1, 4),)][0] == 0


def test_causes_that_cancel_out_are_found_without_a_share():
    codes = np.indices((6, 5, 8)).reshape(3, -1).T
    before = np.full(len(codes), 1000)
    after = before + np.random.default_rng(3).permutation(np.repeat([5, -5], len(codes) // 2))
    after[codes[:, 0] == 1] += 300
    after[codes[:, 0] == 2] -= 300
    found = drill(codes, before, after)
    assert found.whole.contribution == 0
    assert [(f.cuts, f.share) for f in sorted(found.findings, key=lambda f: f.cuts[0])] == [
        ({0: 1}, None),
        ({0: 2}, None),
    ]


def test_a_move_of_everything_is_no_segment_but_its_exception_is():
    """Everything grows by a third, one of three channels stands still: that channel, not the two others."""
    rng = np.random.default_rng(4)
    codes = np.indices((3, 8, 10)).reshape(3, -1).T
    before = np.exp(rng.normal(8, 0.5, len(codes)))
    after = before * np.where(codes[:, 0] == 1, 1, 1.33) * (1 + 0.05 * rng.normal(size=len(codes)))
    assert [f.cuts for f in drill(codes, before, after).findings] == [{0: 1}]


def test_shares_below_the_least_and_findings_above_the_most_are_left_out():
    codes = np.indices((10, 10, 10)).reshape(3, -1).T
    before = np.full(1000, 1000.0)
    after = before * (1 + 0.01 * np.random.default_rng(5).normal(size=1000))
    after[codes[:, 0] == 1] *= 0.5
    after[(codes[:, 1] == 2) & (codes[:, 2] == 3)] *= 0.9
    assert [f.cuts for f in drill(codes, before, after, least=0).findings] == [{0: 1}, {1: 2, 2: 3}]
    assert [f.cuts for f in drill(codes, before, after, least=0.05).findings] == [{0: 1}]
    assert [f.cuts for f in drill(codes, before, after, least=0, most=1).findings] == [{0: 1}]
    assert all(len(f.cuts) == 1 for f in drill(codes, before, after, least=0, depth=1).findings)


def test_products_that_all_have_a_life_of_their_own_are_not_news():
    """Each of 60 products drifts by itself; a province that halved stands out, the products do not."""
    rng = np.random.default_rng(6)
    codes = np.indices((60, 12, 4)).reshape(3, -1).T
    before = np.exp(rng.normal(8, 0.5, len(codes)))
    after = before * np.exp(0.15 * rng.normal(size=60))[codes[:, 0]] * (1 + 0.05 * rng.normal(size=len(codes)))
    assert drill(codes, before, after).findings == ()
    after[codes[:, 1] == 7] *= 0.5
    assert [f.cuts for f in drill(codes, before, after).findings] == [{1: 7}]


def test_wide_cuts_and_negative_leaves():
    """Cuts whose combinations could never be counted out; refunds above sales in some leaves."""
    rng = np.random.default_rng(7)
    n = 4000
    codes = np.stack([rng.integers(0, s, n) for s in (3, 100_000, 90_000, 4)], axis=1)
    before = np.exp(rng.normal(8, 0.5, n))
    after = before * (1 + 0.05 * rng.normal(size=n))
    after[codes[:, 3] == 2] *= 0.6
    before[:40], after[20:60] = -before[:40], -after[20:60]
    assert [f.cuts for f in drill(codes, before, after).findings] == [{3: 2}]


@pytest.mark.parametrize(
    ("codes", "before", "options", "code"),
    [
        ([[0], [1]], [1, 2, 3], {}, "drill_shape"),
        ([0, 1], [1, 2], {}, "drill_shape"),
        ([[0] * 7] * 2, [1, 2], {}, "drill_shape"),
        ([[0], [-1]], [1, 2], {}, "drill_codes"),
        ([[0.5], [1]], [1, 2], {}, "drill_codes"),
        ([[0], [1]], [1, float("nan")], {}, "drill_numbers"),
        ([[0], [1]], [1, 2], {"squares": [1]}, "drill_shape"),
        ([[0], [1]], [1, 2], {"depth": 0}, "drill_limits"),
        ([[0], [1]], [1, 2], {"most": 0}, "drill_limits"),
        ([[0], [1]], [1, 2], {"least": 2}, "drill_limits"),
        ([[0], [1]], [1, 2], {"under": ([0, 0], [1, 1])}, "decompose_undefined"),
    ],
)
def test_refused(codes, before, options, code):
    with pytest.raises(GoldloopError) as caught:
        drill(codes, before, [1, 2], **options)
    assert caught.value.code == code
