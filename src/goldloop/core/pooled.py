"""What several waves brought together, where each of them held out too few people to tell by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt
from typing import Any

from goldloop.core.experiment import (
    CONFIDENCE,
    LEAST_BUYERS,
    LEAST_PEOPLE,
    LEAST_UNITS,
    Arm,
    Columns,
    Gain,
    Measured,
    told,
)

FIGURES = ("buyers", "orders", "gmv", "net")
FORMULA = "stratified"
LEAST_OF_ARM = 2  # provinces or days in each arm, as for a single wave


@dataclass(frozen=True, slots=True)
class Sums:
    """An arm of a wave as sums over its `units`, each a person, or a whole province or day where those were drawn by lot.

    `people`; `total` of each of FIGURES (gmv and net in minor units); `squares`: of each the sum of `y^2 / n` over units
    of n people that brought y, so for persons the sum of squares.
    """

    units: int
    people: float
    total: Mapping[str, float]
    squares: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "units": self.units,
            "people": self.people,
            "total": dict(self.total),
            "squares": dict(self.squares),
        }


def read_sums(said: Mapping[str, Any]) -> Sums:
    """Sums from JSON, in which a database may have made a large float an integer."""
    parts = ({name: float(said[part][name]) for name in FIGURES} for part in ("total", "squares"))
    return Sums(int(said["units"]), float(said["people"]), *parts)


def of_people(arm: Arm) -> Sums:
    """The sums of an arm whose people were drawn one by one."""
    squares = {"buyers": float(arm.buyers), **{name: getattr(arm, f"{name}_squares") for name in FIGURES[1:]}}
    return Sums(arm.people, float(arm.people), {name: float(getattr(arm, name)) for name in FIGURES}, squares)


def of_units(columns: Columns) -> Sums:
    """The sums of an arm whose provinces or days were drawn as a whole: arrays of one value per unit."""
    people = columns["people"]
    squares = {name: float((columns[name] ** 2 / people).sum()) for name in FIGURES}
    return Sums(len(people), float(people.sum()), {name: float(columns[name].sum()) for name in FIGURES}, squares)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A wave as it was drawn and what its arms brought: `share` of the people held out by intent, `cost` in minor units."""

    id: int
    sent: Sums
    held: Sums
    share: float
    cost: int
    by_units: bool = False

    @property
    def odds(self) -> float:
        """How many are sent the wave for each one held out: of units as they were drawn, of people as was intended."""
        return self.sent.units / self.held.units if self.by_units else (1 - self.share) / self.share


@dataclass(frozen=True, slots=True)
class Lack:
    """What some waves lack, even taken together: people sent, people held out, buyers, units; 0 where there are enough.

    `worth`: what the people held out count for with their weights (see `worth`).
    """

    waves: tuple[int, ...]
    by_units: bool
    worth: float
    sent: int
    held: int
    buyers: int
    units: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """What the waves in `strata` brought together, `measured` None where none can be told; `lacks`: what the others lack."""

    measured: Measured | None
    strata: tuple[tuple[int, ...], ...]
    lacks: tuple[Lack, ...]
    cost: int


def pooled(waves: Sequence[Drawn], *, confidence: float = CONFIDENCE) -> Pooled:
    """What waves brought together, from the hold-outs of all of them, of gain summed over strata.

    `gain = sum over strata g of N_g (mean of the sent - mean of the held out)`, N_g people sent. A stratum is one wave, or
    several neighbouring ones (`strata`) in whose mean of the held out each person counts for the `odds = (1 - p) / p` of her
    wave's hold-out share p: so the held out stand for the people who were sent something, whatever the shares and the base
    rates, and a wave none of whose people happened to be held out is compared with its neighbours. Within a stratum the
    variance is that of a weighted mean of persons (Welch's for one wave), or that of units, pooled, as in
    `measured_by_units`; strata were drawn by themselves, so variances add. Where units were drawn, Student's t with
    Satterthwaite's degrees. Of one wave it is `measured` or `measured_by_units` exactly. A person in two waves counts in
    each: both draws are independent, so what is counted twice leaves each difference without bias.
    `cost` and money in minor units. Waves whose `share` is 0 have nobody to be compared with and must not be given.

    Source: L. Miratrix, J. Sekhon, B. Yu, Adjusting treatment effect estimates by post-stratification in randomized
    experiments, JRSS B 75 (2013); W. Cochran, Sampling Techniques (1977), 5A.12, collapsed strata; J. Lunceford, M. Davidian,
    Stratification and weighting via the propensity score, Statistics in Medicine 23 (2004), ratio weights.

    >>> wave = Drawn(1, of_people(Arm(100, 30, 30, orders_squares=30)), of_people(Arm(20, 3, 3, orders_squares=3)), 0.2, 900)
    >>> found = pooled([wave, Drawn(2, wave.sent, wave.held, 0.2, 900)])
    >>> found.strata, round(found.measured.orders.value), round(found.measured.cost_per_order)
    (((1, 2),), 30, 60)
    >>> pooled([wave]).lacks[0].held
    10
    """
    groups: list[tuple[Drawn, ...]] = []
    lacks = []
    for kind in (False, True):
        found = strata([wave for wave in waves if wave.by_units == kind])
        groups += [one for one in found if _enough(one)]
        lacks += [_lack(one) for one in found if not _enough(one)]
    cost = sum(wave.cost for group in groups for wave in group)
    names = tuple(tuple(wave.id for wave in group) for group in groups)
    return Pooled(_measured(groups, cost, confidence) if groups else None, names, tuple(lacks), cost)


def strata(waves: Sequence[Drawn]) -> list[tuple[Drawn, ...]]:
    """Neighbours put together until each stratum alone could be measured; what is left at the end joins the last one.

    Neighbours are waves of like hold-out shares, then as they are given. Enough is what a wave's own result takes:
    LEAST_PEOPLE in both arms, the held out by what they are `worth`, and LEAST_BUYERS; of units LEAST_UNITS, two in an arm.
    """
    found: list[tuple[Drawn, ...]] = []
    rest: tuple[Drawn, ...] = ()
    for wave in sorted(waves, key=lambda one: one.share):
        rest = (*rest, wave)
        if _enough(rest):
            found, rest = [*found, rest], ()
    if rest and found:
        return [*found[:-1], found[-1] + rest]
    return [*found, rest] if rest else found


def worth(waves: Iterable[Drawn]) -> float:
    """How many people held out, all counted alike, would tell as much as these with their weights: `(sum w)^2 / sum w^2`.

    Source: L. Kish, Survey Sampling (1965), 11.7.
    """
    several = [(wave.odds, wave.held.people) for wave in waves if wave.held.people]
    return sum(w * n for w, n in several) ** 2 / sum(w * w * n for w, n in several) if several else 0.0


def _lack(group: Sequence[Drawn]) -> Lack:
    sent = sum(wave.sent.people for wave in group)
    buyers = sum(wave.sent.total["buyers"] + wave.held.total["buyers"] for wave in group)
    by_units, units = group[0].by_units, 0
    if by_units:
        arms = sum(wave.sent.units for wave in group), sum(wave.held.units for wave in group)
        units = max(LEAST_UNITS - sum(arms), sum(max(LEAST_OF_ARM - arm, 0) for arm in arms), 0)
    held = worth(group)
    return Lack(
        tuple(wave.id for wave in group), by_units, held, max(ceil(LEAST_PEOPLE - sent), 0),
        max(ceil(LEAST_PEOPLE - held - 1e-9), 0), max(ceil(LEAST_BUYERS - buyers), 0), units,
    )  # fmt: skip


def _enough(group: Sequence[Drawn]) -> bool:
    lack = _lack(group)
    return not (lack.sent or lack.held or lack.buyers or lack.units)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stratum's gain of a figure, its variance, that variance if there were no effect, and the degrees of freedom."""

    gain: float
    spread: float
    null: float
    degrees: float


def _measured(groups: Sequence[Sequence[Drawn]], cost: int, confidence: float) -> Measured:
    parts = {name: [_part(group, name) for group in groups] for name in FIGURES}
    gains = {name: _gain(several, confidence) for name, several in parts.items()}
    sent = sum(wave.sent.people for group in groups for wave in group)
    bought = sum(wave.sent.total["buyers"] for group in groups for wave in group)
    buyers = gains.pop("buyers")
    p = _p(buyers.value, parts["buyers"])
    return told(bought / sent, (bought - buyers.value) / sent, buyers, gains, cost, p, FORMULA)


def _part(group: Sequence[Drawn], name: str) -> _Part:
    """What a stratum tells of a figure: everybody sent counts 1, everybody held out the odds of her wave."""
    arms = ([(1.0, one.sent) for one in group], [(one.odds, one.held) for one in group])
    means, strays, weights = [], [], []
    for arm in arms:
        whole = sum(w * one.people for w, one in arm)
        mean = sum(w * one.total[name] for w, one in arm) / whole
        means.append(mean)
        weights.append([w / whole for w, _ in arm])
        strays.append([one.squares[name] - 2 * mean * one.total[name] + mean**2 * one.people for _, one in arm])
    people = sum(one.people for _, one in arms[0])
    alike = [
        sum(w * w * one.people for w, (_, one) in zip(weights[k], arms[k], strict=True)) for k in (0, 1)
    ]  # 1 / worth
    if group[0].by_units:
        degrees = sum(one.units for arm in arms for _, one in arm) - 2.0
        spread = null = max(sum(map(sum, strays)), 0.0) / degrees * sum(alike)
    else:
        degrees = inf
        within = [sum(w * w * s for w, s in zip(weights[k], strays[k], strict=True)) for k in (0, 1)]
        spread = sum(max(one, 0.0) / (1 - part) for one, part in zip(within, alike, strict=True))
        null = sum(_null(group, weights[k], [one for _, one in arms[k]]) for k in (0, 1)) if name == "buyers" else 0.0
    return _Part(people * (means[0] - means[1]), people**2 * spread, people**2 * null, degrees)


def _null(group: Sequence[Drawn], weights: Sequence[float], arm: Sequence[Sums]) -> float:
    """The variance of an arm's rate if both arms of each wave had one rate: within waves, and between their rates."""
    rates = [
        (one.sent.total["buyers"] + one.held.total["buyers"]) / max(one.sent.people + one.held.people, 1)
        for one in group
    ]
    mean = sum(w * one.people * rate for w, one, rate in zip(weights, arm, rates, strict=True))
    spread = [rate * (1 - rate) + (rate - mean) ** 2 for rate in rates]
    return sum(w * w * one.people * wide for w, one, wide in zip(weights, arm, spread, strict=True))


def _degrees(spreads: Sequence[float], parts: Sequence[_Part]) -> float:
    """Satterthwaite's: without end where people were drawn one by one."""
    below = sum(spread**2 / part.degrees for spread, part in zip(spreads, parts, strict=True))
    return sum(spreads) ** 2 / below if below else inf


def _gain(parts: Sequence[_Part], confidence: float) -> Gain:
    from scipy.stats import t

    value, spreads = sum(part.gain for part in parts), [part.spread for part in parts]
    wide = float(t.ppf((1 + confidence) / 2, _degrees(spreads, parts))) * sqrt(sum(spreads))
    return Gain(value, value - wide, value + wide)


def _p(gain: float, parts: Sequence[_Part]) -> float:
    from scipy.stats import t

    spreads = [part.null for part in parts]
    error = sqrt(sum(spreads))
    return float(2 * t.sf(abs(gain) / error, _degrees(spreads, parts))) if error else 1.0
