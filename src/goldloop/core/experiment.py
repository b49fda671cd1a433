"""What a hold-out tells: how many people it takes, the smallest effect it can show, and what a wave really brought."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from goldloop.core.errors import GoldloopError

CONFIDENCE = 0.80  # of the intervals that are told, as everywhere here
ALPHA, POWER = 0.05, 0.9  # of sample sizes, two-sided
LEAST_PEOPLE = 30  # in each arm, below which nothing is told
LEAST_BUYERS = 10  # in both arms together
LEAST_UNITS = 4  # provinces or days in both arms together, at least two in each
FORMULA = "two-proportion"  # n = (z_a sqrt(2 p q) + z_b sqrt(p0 q0 + p1 q1))^2 / (p1 - p0)^2


def sample_size(before: float, after: float, *, power: float = POWER, alpha: float = ALPHA) -> float:
    """People in each of two equal arms to tell the rates `before` and `after` apart, two-sided; not rounded.

    `n = (z_{1-alpha/2} sqrt(2 p q) + z_power sqrt(p0 q0 + p1 q1))^2 / (p1 - p0)^2`, p the mean of both rates.
    Source: J. Fleiss, Statistical Methods for Rates and Proportions (1981), without continuity correction.
    Raises `experiment_rates` unless both lie between 0 and 1 and differ.

    >>> round(sample_size(0.50, 0.75), 3)
    76.707
    """
    if not (0 < before < 1 and 0 < after < 1 and before != after):
        raise GoldloopError(
            "experiment_rates", "Two different rates between 0 and 1 are needed.", given=[before, after]
        )
    return _pull(before, after, 1.0, 1.0, power, alpha) ** 2 / (after - before) ** 2


def smallest_effect(sent: int, held: int, rate: float, *, power: float = POWER, alpha: float = ALPHA) -> float | None:
    """The smallest rise of a `rate` that arms of so many people show with this power; None where even a rise to 1 is not seen.

    The difference at which `sample_size`'s condition holds with arms of unequal sizes.

    >>> round(smallest_effect(77, 77, 0.5), 3), smallest_effect(10, 1, 0.5)
    (0.25, None)
    """
    if sent < 1 or held < 1 or not 0 < rate < 1:
        return None
    low, high = 0.0, 1.0 - rate
    if _pull(rate, 1.0, sent, held, power, alpha) > high:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _pull(rate, rate + middle, sent, held, power, alpha) <= middle else (middle, high)
    return high


def _pull(before: float, after: float, sent: float, held: float, power: float, alpha: float) -> float:
    """The difference that both kinds of error together take."""
    mean = (before * held + after * sent) / (sent + held)
    chance = sqrt(mean * (1 - mean) * (1 / sent + 1 / held))
    real = sqrt(before * (1 - before) / held + after * (1 - after) / sent)
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) * chance + normal.inv_cdf(power) * real


@dataclass(frozen=True, slots=True)
class Arm:
    """Everybody who was drawn into an arm, whether reached or not (intent to treat).

    `people`, `buyers` (who bought), `orders`; `gmv` and `net` in minor units; `*_squares`: sums of squares over people.
    """

    people: int
    buyers: int = 0
    orders: int = 0
    gmv: int = 0
    net: int = 0
    orders_squares: float = 0.0
    gmv_squares: float = 0.0
    net_squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Gain:
    """How much more than the hold-out an arm brought in all, with its 80 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What a wave brought: incremental buyers, orders, gmv and net (minor units), the cost of one order, and whether it shows.

    `rate_sent`, `rate_held`: share of people who bought; `cost_per_order` in minor units, its ends None where the interval
    of orders holds 0 (there is no upper end then); `p`: two-sided, of no difference of the rates; `formula` names the method.
    """

    rate_sent: float
    rate_held: float
    buyers: Gain
    orders: Gain
    gmv: Gain
    net: Gain
    cost_per_order: float | None
    cost_low: float | None
    cost_high: float | None
    p: float
    formula: str


def measured(sent: Arm, held: Arm, cost: int, *, confidence: float = CONFIDENCE) -> Measured | None:
    """The gain of the `sent` arm over the `held` one; None, "not enough yet", below LEAST_PEOPLE in an arm or LEAST_BUYERS in all.

    `gain = people_sent x (mean_sent - mean_held)`, variance of each mean as of a sample (Welch); `cost` of the wave in minor units.

    >>> found = measured(Arm(1000, 150, 150, orders_squares=150), Arm(1000, 100, 100, orders_squares=100), 50_000)
    >>> round(found.orders.value), round(found.cost_per_order), found.p < 0.01
    (50, 1000, True)
    """
    if min(sent.people, held.people) < LEAST_PEOPLE or sent.buyers + held.buyers < LEAST_BUYERS:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    buyers = _gain(sent, held, "buyers", sent.buyers, held.buyers, z)
    several = {name: _gain(sent, held, name, *_squares(sent, held, name), z) for name in ("orders", "gmv", "net")}
    return told(sent.buyers / sent.people, held.buyers / held.people, buyers, several, cost, _p(sent, held), "welch")


def _squares(sent: Arm, held: Arm, name: str) -> tuple[float, float]:
    return getattr(sent, f"{name}_squares"), getattr(held, f"{name}_squares")


def _gain(sent: Arm, held: Arm, name: str, sent_squares: float, held_squares: float, z: float) -> Gain:
    means, spread = [], 0.0
    for arm, squares in ((sent, sent_squares), (held, held_squares)):
        mean = getattr(arm, name) / arm.people
        means.append(mean)
        spread += max(squares / arm.people - mean * mean, 0.0) / (arm.people - 1)
    value, wide = sent.people * (means[0] - means[1]), z * sent.people * sqrt(spread)
    return Gain(value, value - wide, value + wide)


def _p(sent: Arm, held: Arm) -> float:
    both = (sent.buyers + held.buyers) / (sent.people + held.people)
    spread = sqrt(both * (1 - both) * (1 / sent.people + 1 / held.people))
    if not spread:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(sent.buyers / sent.people - held.buyers / held.people) / spread))


def told(
    rate_sent: float, rate_held: float, buyers: Gain, several: dict[str, Gain], cost: int, p: float, formula: str
) -> Measured:
    """Gains with what one incremental order costs."""
    orders = several["orders"]
    per = cost / orders.value if orders.value > 0 else None
    low, high = (cost / orders.high, cost / orders.low) if orders.low > 0 else (None, None)
    return Measured(rate_sent, rate_held, buyers, orders, several["gmv"], several["net"], per, low, high, p, formula)


Columns = dict[str, NDArray[np.float64]]


def measured_by_units(sent: Columns, held: Columns, cost: int, *, confidence: float = CONFIDENCE) -> Measured | None:
    """The same where whole provinces or days were drawn by lot: one value per unit, so the interval is wider.

    `sent`, `held`: people, buyers, orders, gmv, net, arrays of one value per unit. Rates are sums over sums; a unit's sum y of n
    people strays from its arm's rate r by `(y - r n)^2 / n`, pooled over both arms since few units are held out; Student's t
    with units - 2 degrees. None below LEAST_UNITS, or two in an arm. Source: W. Cochran, Sampling Techniques (1977), ratios.
    """
    sizes = len(sent["people"]), len(held["people"])
    people = float(sent["people"].sum()), float(held["people"].sum())
    bought = sent["buyers"].sum() + held["buyers"].sum()
    if min(sizes) < 2 or sum(sizes) < LEAST_UNITS or min(people) < LEAST_PEOPLE or bought < LEAST_BUYERS:
        return None
    from scipy.stats import t

    degrees = sum(sizes) - 2
    wide = float(t.ppf((1 + confidence) / 2, degrees))
    found, spreads = {}, {}
    for name in ("buyers", "orders", "gmv", "net"):
        rates = [float(arm[name].sum()) / whole for arm, whole in zip((sent, held), people, strict=True)]
        strays = [
            float(((arm[name] - rate * arm["people"]) ** 2 / arm["people"]).sum())
            for arm, rate in zip((sent, held), rates, strict=True)
        ]
        spread = sum(strays) / degrees * (1 / people[0] + 1 / people[1])
        value = people[0] * (rates[0] - rates[1])
        spreads[name] = (rates[0] - rates[1], sqrt(spread))
        found[name] = Gain(value, value - wide * people[0] * sqrt(spread), value + wide * people[0] * sqrt(spread))
    apart, error = spreads["buyers"]
    p = 1.0 if not error else float(2 * t.sf(abs(apart) / error, degrees))
    rates = [float(arm["buyers"].sum()) / whole for arm, whole in zip((sent, held), people, strict=True)]
    buyers = found.pop("buyers")
    return told(rates[0], rates[1], buyers, found, cost, p, "units-by-lot")
