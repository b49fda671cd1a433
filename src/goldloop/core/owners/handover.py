"""What traffic hands to members at the end of a month, and an event that loses money today to win buyers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from goldloop.core.owners.books import OwnersError

CONFIDENCE = 0.80
FEW = 3  # earlier months below which nothing is said


@dataclass(frozen=True, slots=True)
class Handover:
    """New buyers of a month, from its last day on the task of members: to buy again by the end of the next one.

    `rate` is the second-purchase rate of earlier months; `expected` = buyers x rate; `low` and `high` an interval of
    80 %; `so_far` who already did; `left` what of `expected` is still to come. `months` is how many months it rests on.
    """

    buyers: int
    rate: float
    expected: float
    low: int
    high: int
    so_far: int
    months: int

    @property
    def left(self) -> float:
        """Second purchases of the task that have not come yet; 0 when more than expected came."""
        return max(0.0, self.expected - self.so_far)


def handover(buyers: int, so_far: int, earlier: ArrayLike) -> Handover:
    """The members' task for the new buyers of a month, from how earlier months went.

    `earlier` has shape (months, 2): new buyers, and those who bought again by the end of the next month. The rate is
    their pooled share `sum(again) / sum(new)`; months differ by more than chance, so the interval is that of a
    beta-binomial whose two parameters match the mean and the spread of the months' own rates (method of moments; no more
    spread than chance: binomial). Raises `handover_bad` and `handover_few` (fewer than 3 months with new buyers).
    Source: J. G. Skellam, JRSS B 10 (1948).

    >>> task = handover(4060, 310, [[3800, 532], [4100, 615], [3900, 593], [4000, 580]])
    >>> round(task.rate, 4), round(task.expected), task.low < task.expected < task.high, round(task.left)
    (0.1468, 596, True, 286)
    """
    table = np.asarray(earlier, float).reshape(-1, 2)
    table = table[table[:, 0] > 0]
    if not 0 <= so_far <= buyers or (table[:, 1] > table[:, 0]).any() or (table < 0).any():
        raise OwnersError("handover_bad", "More buyers bought again than there are.", given=f"{so_far} of {buyers}")
    if len(table) < FEW:
        raise OwnersError(
            "handover_few",
            "Too few earlier months to tell how many buy again.",
            given=len(table),
            allowed=f"{FEW} or more",
            least=FEW,
        )
    rate = float(table[:, 1].sum() / table[:, 0].sum())
    if buyers == 0 or rate in (0.0, 1.0):
        low = high = round(buyers * rate)
    else:
        a, b = _beta(table, rate)
        low, high = _interval(buyers, a, b)
    return Handover(buyers, rate, buyers * rate, low, high, so_far, len(table))


def _beta(table: np.ndarray[tuple[int, ...], np.dtype[np.float64]], rate: float) -> tuple[float, float]:
    """Parameters of the beta law of the months' rates: mean `rate`, spread as weighted moments give it."""
    sizes, rates = table[:, 0], table[:, 1] / table[:, 0]
    chance = rate * (1 - rate)
    weighted = float((sizes * (rates - rate) ** 2).sum())
    free = float(sizes.sum() - (sizes**2).sum() / sizes.sum())
    between = max((weighted - (len(sizes) - 1) * chance) / free, 0.0)
    strength = min(chance / between - 1 if between else 1e9, 1e9)
    strength = max(strength, 1e-6)
    return rate * strength, (1 - rate) * strength


def _interval(n: int, a: float, b: float) -> tuple[int, int]:
    """The middle 80 % of the beta-binomial law of `n` buyers."""
    from scipy.special import betaln, gammaln  # takes longer to load than most questions to answer

    k = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    chance = np.cumsum(np.exp(ways + betaln(k + a, n - k + b) - betaln(a, b)))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.searchsorted(chance / chance[-1], [tail, 1 - tail])
    return int(low), int(high)


@dataclass(frozen=True, slots=True)
class Investment:
    """An acquisition event as an investment: credited to traffic, owed by members next month. Money in minor units.

    `result` is what the event itself left over (negative: a loss); `invested` the loss, 0 where there is none;
    `returns` the gross profit expected of the buyers' purchases up to the end of the next month, `low` to `high` from
    the worst and best tenth of earlier months; `balance` = result + returns; `owed` the second purchases to come.
    `pays` is True, False, or None where zero lies inside the interval.
    """

    buyers: int
    result: int
    returns: int
    low: int
    high: int
    owed: float
    months: int

    @property
    def invested(self) -> int:
        """The loss that is carried by the buyers it won; 0 where the event earned money."""
        return max(0, -self.result)

    @property
    def balance(self) -> int:
        """What is expected to be left when the buyers have come back."""
        return self.result + self.returns

    @property
    def pays(self) -> bool | None:
        """Whether the return is expected to cover the loss; None where that is open."""
        if self.result + self.low >= 0:
            return True
        return False if self.result + self.high < 0 else None


def investment(*, sales: int, margin: float, costs: int, buyers: int, earlier: ArrayLike) -> Investment:
    """An event that wins new buyers: what it left over, and what those buyers are expected to bring back.

    `sales` of the event and its `costs` (ads, fees, coupons not in the price) in minor units, `margin` the share of
    sales left after the cost of goods (-1 to 1), `buyers` the new ones. `result = sales x margin - costs`. `earlier` has
    shape (months, 2): second-purchase rate of the month's new buyers, and value of a repeat buyer in the month after
    (minor units); `returns = buyers x mean(rate x value) x margin`, its interval from the 10 % and 90 % points of the
    months' own products. A margin at or below 0 brings nothing back, and that is what it says. Raises `handover_few`.

    >>> event = investment(sales=6_000_000, margin=0.5, costs=3_800_000, buyers=1000, earlier=[[0.14, 10_000], [0.16, 10_400], [0.15, 10_200]])
    >>> event.result, event.invested, event.returns, event.balance, round(event.owed)
    (-800000, 800000, 765667, -34333, 150)
    """
    table = np.asarray(earlier, float).reshape(-1, 2)
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < FEW:
        raise OwnersError(
            "handover_few",
            "Too few earlier months to tell how many buy again.",
            given=len(table),
            allowed=f"{FEW} or more",
            least=FEW,
        )
    if not -1 <= margin <= 1 or costs < 0 or buyers < 0:
        raise OwnersError(
            "investment_bad",
            "A margin lies between -1 and 1; costs and buyers are not negative.",
            given=f"{margin}, {costs}, {buyers}",
        )
    each = table.prod(axis=1) * max(margin, 0.0) * buyers
    low, high = np.quantile(each, [0.1, 0.9])
    result = round(sales * margin) - costs
    return Investment(
        buyers, result, round(each.mean()), round(low), round(high), float(buyers * table[:, 0].mean()), len(table)
    )
