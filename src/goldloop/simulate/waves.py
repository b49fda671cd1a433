"""Waves with known truth: whose second purchase a coupon brings is drawn first, so that what was measured can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from goldloop.core.experiment import Arm
from goldloop.core.holdout import held_out
from goldloop.core.pooled import Drawn, of_people


@dataclass(frozen=True, slots=True)
class Truth:
    """`people` of whom a share `rate` buys again anyway, and `lift` (percentage points / 100) more when sent a wave.

    Amounts are log-normal about `usual` minor units; `holdout`: the share held out.
    """

    people: int
    rate: float
    lift: float
    holdout: float
    usual: int = 12_000


def runs(truth: Truth, count: int, seed: int) -> Iterator[tuple[Arm, Arm, float]]:
    """`count` waves over fresh people, each as both arms and the orders that the wave really brought its people.

    Every person has a fixed answer to both worlds; the hold-out is drawn by hash as for real waves.
    """
    dice = np.random.default_rng(seed)
    keys = [f"{n:08x}" for n in range(truth.people)]
    for number in range(count):
        luck, amount = (
            dice.random(truth.people),
            dice.lognormal(np.log(truth.usual), 0.6, truth.people).astype(np.int64),
        )
        held = held_out(keys, f"{seed}-{number}", truth.holdout)
        buys = luck < truth.rate + truth.lift * ~held
        gain = int((luck[~held] < truth.rate + truth.lift).sum() - (luck[~held] < truth.rate).sum())
        yield _arm(buys[~held], amount[~held]), _arm(buys[held], amount[held]), float(gain)


def months(truths: Sequence[Truth], count: int, seed: int) -> Iterator[tuple[list[Drawn], float]]:
    """`count` months of one wave per truth, each as drawn, and the orders that all of them really brought together."""
    for several in zip(*(runs(truth, count, 1000 * seed + n) for n, truth in enumerate(truths)), strict=True):
        drawn = [
            Drawn(n + 1, of_people(sent), of_people(held), truth.holdout, 100_000)
            for n, (truth, (sent, held, _)) in enumerate(zip(truths, several, strict=True))
        ]
        yield drawn, sum(gain for _, _, gain in several)


def _arm(buys: np.ndarray[tuple[int], np.dtype[np.bool_]], amount: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Arm:
    bought, paid = int(buys.sum()), amount[buys]
    squares = float((paid.astype(float) ** 2).sum())
    return Arm(len(buys), bought, bought, int(paid.sum()), int(paid.sum()), float(bought), squares, squares)
