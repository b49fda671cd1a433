"""Normal days and event reviews: the rule by hand, what it refuses, and the simulator's truth."""

from __future__ import annotations

import numpy as np
import pytest
from tests.core.events.worlds import events

from goldloop.core.errors import GoldloopError
from goldloop.core.events import BASES, event_review, normal, normal_between
from goldloop.simulate.group import DOUYIN, TAOBAO, TMALL

WEEK = np.array([100.0, 90, 90, 95, 110, 150, 140])


def test_the_mean_of_the_last_eight_same_weekdays() -> None:
    values = np.arange(100.0)
    found = normal(values, np.zeros(100, bool), [99])
    assert found.values[0] == np.mean([99 - 7 * k for k in range(1, 9)]) and found.like[0] == 8


def test_bent_days_are_passed_over() -> None:
    values, bent = np.tile(WEEK, 20), np.zeros(140, bool)
    values[119:133], bent[119:133] = 900, True
    assert normal(values, bent, range(133, 140)).values.tolist() == WEEK.tolist()


@pytest.mark.parametrize(("model", "basis", "value"), [(None, "last_year", 100.0), (np.full(420, 7.0), "model", 7.0)])
def test_fewer_than_four_are_labelled(model, basis, value) -> None:
    values, bent = np.tile(WEEK, 60), np.zeros(420, bool)
    bent[200:] = True  # more than 26 weeks without an ordinary day
    found = normal(values, bent, [413], model=model)
    assert BASES[found.basis[0]] == basis and found.values[0] == value and found.like[0] == 0


def test_nothing_known_is_told_as_nothing() -> None:
    found = normal(WEEK, np.zeros(7, bool), [7])
    assert np.isnan(found.values[0]) and BASES[found.basis[0]] == "none" and found.spread is None


def test_both_sides_leave_no_growth_over() -> None:
    values = np.arange(300.0)
    found = normal_between(values, np.zeros(300, bool), range(150, 170), before=140, after=184)
    assert np.allclose(found.values, np.arange(150, 170))


def test_an_event_never_judges_itself() -> None:
    """Raising the days of the event and after it changes no normal value of the account from before."""
    values, bent = np.tile(WEEK, 20), np.zeros(140, bool)
    one = event_review(values, bent, [(98, 101)])
    values[98:] *= 7
    other = event_review(values, bent, [(98, 101)])
    assert (one.normal.values == other.normal.values).all() and other.parts["inside"].effect > one.parts[
        "inside"
    ].effect


def test_parts_sum_to_the_whole() -> None:
    values = np.random.default_rng(1).poisson(50, 200).astype(float)
    found = event_review(values, np.zeros(200, bool), [(120, 122), (130, 133)])
    assert [part.days for part in found.parts.values()] == [10, 7, 7, 14]
    assert sum(part.effect for part in found.parts.values()) == pytest.approx(found.whole.effect)


def test_days_of_others_belong_to_no_part_and_verdicts_need_the_whole_interval() -> None:
    values, others = np.tile(WEEK, 20) + np.random.default_rng(3).normal(0, 5, 140), np.zeros(140, bool)
    values[98:102] += 500
    others[[90, 104]] = True
    found = event_review(values, np.zeros(140, bool), [(98, 101)], others=others)
    assert found.parts["waiting"].days == 9 and found.parts["dip"].days == 13
    assert found.verdict() == "gain" and found.verdict(margin=0.5, cost=2000) == "loss"
    assert found.verdict(margin=0.5, cost=found.whole.effect / 2) == "unclear"


@pytest.mark.parametrize(
    ("waves", "code"),
    [([(300, 302)], "event_days"), ([(9, 8)], "event_days"), ([], "event_days"), ([(8, 9)], "event_no_normal")],
)
def test_what_cannot_be_reviewed_is_refused(waves, code) -> None:
    with pytest.raises(GoldloopError) as refused:
        event_review(np.tile(WEEK, 20), np.zeros(140, bool), waves)
    assert refused.value.code == code


def test_the_simulator_s_uplift_is_recovered() -> None:
    found = list(events(TMALL, scale=6, seed=7))
    told = sum(one.both.parts["inside"].effect for one in found)
    assert len(found) >= 5 and abs(told / sum(one.truth["inside"] for one in found) - 1) < 0.15


@pytest.mark.soak
def test_uplift_waiting_and_dip_are_recovered_over_many_stores() -> None:
    """Over six stores with a hundred and more orders a day; a single event's waiting drowns in what budgets do."""
    stores = [(TMALL, 7), (TAOBAO, 7), (DOUYIN, 7), (TMALL, 8), (TAOBAO, 8), (TMALL, 9)]
    found = [one for model, seed in stores for one in events(model, scale=30, seed=seed)]
    for part in ("inside", "waiting", "dip"):
        told, truth = (sum(v) for v in zip(*((o.both.parts[part].effect, o.truth[part]) for o in found), strict=True))
        assert abs(told / truth - 1) < 0.15, part
    parts = [(p, one.truth[name]) for one in found for name, p in one.both.parts.items() if name in one.truth]
    held = [p.low <= truth <= p.high for p, truth in parts if p.low is not None]
    assert np.mean(held) >= 0.75  # of 80 % intervals: careful, because a straying week is taken to stray throughout
