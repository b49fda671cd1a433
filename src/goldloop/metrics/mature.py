"""Refunds still to come, put into the rows of an answer: the age curves of each store, and by them each line's part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.mature import (
    BACK,
    CONFIDENCE,
    HORIZON,
    MINIMUM,
    WINDOW,
    Cohorts,
    Curve,
    Past,
    Score,
    Spread,
    TooLittle,
    backtest,
    nested,
    score,
    to_come,
)
from goldloop.core.store import Store
from goldloop.metrics import calendar_events
from goldloop.metrics.answer import Note, write
from goldloop.metrics.known_days import known_to
from goldloop.metrics.part_names import MATURE_PARTS
from goldloop.metrics.query import COMPARED_FROM, bucket_table, known_table
from goldloop.metrics.reader import Key, Missing, Reader
from goldloop.metrics.rows import Rows
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import SmallTable

BILLION = 10**9
LEVELS = ("store", "channel", "category", "day_type", "presale")  # from the widest pool to the narrowest segment
LEVEL_WORDS = {
    "store": ("the whole store", "全店"), "channel": ("channel", "渠道"), "category": ("category", "类目"),
    "day_type": ("event or normal day", "活动/日销"), "presale": ("pre-sale", "预售"),
}  # fmt: skip
CHECKED_DAYS, CHECKED_AGE = 91, 7  # the days whose expectation is held against what came, beside every answer
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Sales:
    """What was sold by a store, day by day and segment by segment, and what of it went back: cells with their words.

    `words` are (channel, category, presale) of each cell.
    """

    cohorts: Cohorts
    words: list[tuple[str, str, str]]
    past: Past


def learn(reader: Reader, stores: Iterable[Store], first: date, last: date) -> dict[int, Sales]:
    """Sales and refunds of these stores from day `first` to `last`, ready for age curves; stores without sales are left out.

    What was learned from a version of the lake is kept with its engine.
    """
    stores = list(stores)
    key = ("sales", tuple(s.id for s in stores), first, last)
    if key not in reader.engine.learned:
        reader.engine.learned[key] = _learn(reader, stores, first, last)
    found: dict[int, Sales] = reader.engine.learned[key]
    return found


def _learn(reader: Reader, stores: Iterable[Store], first: date, last: date) -> dict[int, Sales]:
    tables = {**reader.tables, "buckets": bucket_table([(0, Period(first, last))], new=reader.q.request.new)}
    cells, refunds = (reader.run(group, Shape(), tables) for group in ("mature_cells", "mature_refunds"))
    wanted = {s.id: s for s in stores}
    phases = calendar_events.store_phases(reader.engine, wanted)
    kinds = {(store, day): kind for store, day, kind in calendar_events.day_types(phases, [Period(first, last)])}
    found = {}
    for store in wanted:
        mine = sorted((row for row in cells.rows if row[0] == store), key=lambda row: row[1:5])
        if mine:
            back = [row for row in refunds.rows if row[0] == store]
            found[store] = _sales(mine, back, {day: kind for (s, day), kind in kinds.items() if s == store})
    return found


def _sales(cells: Sequence[tuple[Any, ...]], refunds: Sequence[tuple[Any, ...]], kinds: dict[date, str]) -> Sales:
    """From rows (store, day, channel, category, presale, gmv) and (the same five, settled, amount, squares)."""
    at = {row[1:5]: n for n, row in enumerate(cells)}
    mine = [row for row in refunds if row[1:5] in at]
    columns = [
        [row[2] for row in cells],
        [row[3] for row in cells],
        [kinds.get(row[1], "normal") for row in cells],
        [row[4] for row in cells],
    ]
    cohorts = Cohorts(
        day=np.array([number(row[1]) for row in cells], np.int64),
        codes=nested(columns),
        gmv=np.array([row[5] or 0 for row in cells], np.float64),
        cell=np.array([at[row[1:5]] for row in mine], np.int64),
        age=np.array([max((row[5] - row[1]).days, 0) for row in mine], np.int64),
        amount=np.array([row[6] for row in mine], np.float64),
        squares=np.array([row[7] for row in mine], np.float64),
    )
    return Sales(cohorts, [row[2:5] for row in cells], Past(cohorts))


def number(day: date) -> int:
    """The day number that core.mature counts with."""
    return (day - EPOCH).days


class Maturity:
    """Fills refunds still to come and their interval into the rows of one question."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.q = reader.q

    @cached_property
    def known(self) -> dict[int, date]:
        """Per store that tells the days of its refunds: the day up to which they are taken as known."""
        asked = self.q.request.known
        return {store: asked or known.day for store, known in self.reader.known.items() if known.dated}

    @cached_property
    def sales(self) -> dict[int, Sales]:
        """What the curves are learned from, of every store that tells the days of its refunds."""
        if not self.known:
            return {}
        moments = [self._known_to(store, side, i) for store in self.known for side, i, _, _ in self.reader.sides()]
        last = max(*moments, *(period.last for _, _, _, period in self.reader.sides()))
        first = min(moments) - timedelta(days=WINDOW + BACK)
        return learn(self.reader, [self.q.stores[i] for i in self.known], first, last)

    def _known_to(self, store: int, side: int, index: int) -> date:
        """The day up to which a store's refunds are known in a bucket."""
        period = (self.q.compared if side else [b.period for b in self.q.buckets])[index]
        asked = self.q.request
        if not side:
            return known_to(self.known[store], period, asked.as_old_as)
        return known_to(self.known[store], period, self.q.buckets[index].period if asked.same_age else None)

    def curve(self, store: int, known: date) -> Curve | TooLittle:
        """The curve of a store as it could be told at the end of a day."""
        if store not in self.sales:
            return TooLittle(0)
        return self.sales[store].past.curve(number(known))

    @cached_property
    def _found(self) -> dict[Key, list[dict[str, Any]]]:
        """Per bucket number and cut values: what each store has at risk and still to come."""
        tables = {**self.reader.tables, "knowns": known_table(self.reader.engine, self.q), "to_come": self._rates()}
        result = self.reader.run("mature_parts", self.q.shape, tables)
        found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(
            result.dicts(), key=lambda one: one["store"]
        ):  # the first store without a curve is the one named
            found[(row["bucket"], *(row[f"c_{c}"] for c in self.q.shape.cuts))].append(row)
        return found

    def _rates(self) -> SmallTable:
        """Rows of `to_come`: the rate of every segment, of each young day of a bucket, as known at its moment."""
        wanted: dict[tuple[int, date], list[Period]] = defaultdict(list)
        for side, i, _, period in self.reader.sides():
            for store in self.known:
                wanted[store, self._known_to(store, side, i)].append(period)
        rows: dict[tuple[Any, ...], int] = {}
        for (store, known), periods in wanted.items():
            curve = self.curve(store, known)
            if isinstance(curve, Curve):
                rows |= _rate_rows(store, known, curve, self.sales[store], periods)
        return [(*key, rate) for key, rate in rows.items()]

    def fill(self, rows: Rows) -> None:
        """Set refunds to come of all rows and the ends of their interval, or the reason why they are not known."""
        for place, key in enumerate(rows.by_number()):
            if rows.part("refunded_gmv", place) is None:
                self._unknown(rows, place, rows.why(place, "refunded_gmv"))
            else:
                self._fill(rows, place, key)

    def _fill(self, rows: Rows, place: int, key: Key) -> None:
        ahead, below, above = 0, 0.0, 0.0
        side, index = divmod(key[0], COMPARED_FROM)
        for part in self._found.get(key, []):
            sure = self._spread(part["store"], side, index)
            if not isinstance(sure, Spread):
                if part["unjudged"]:
                    return self._unknown(rows, place, self._reason(part["store"], sure))
                continue
            low, high = sure.bounds(float(part["to_come"]), float(part["at_risk"]))
            ahead += part["to_come"]
            below, above = below + (part["to_come"] - low) ** 2, above + (high - part["to_come"]) ** 2
        rows.set(place, "refunds_to_come", ahead)
        # Stores err apart from each other: their distances from the expectation add up as squares.
        rows.set(place, "to_come_low", max(0, round(ahead - below**0.5)))
        rows.set(place, "to_come_high", round(ahead + above**0.5))

    def _spread(self, store: int, side: int, index: int) -> Spread | TooLittle | None:
        """How sure expectations of a store in a bucket are; too little for a curve; None where refunds have no days."""
        if store not in self.known:
            return None
        moment = self._known_to(store, side, index)
        curve = self.curve(store, moment)
        return curve if isinstance(curve, TooLittle) else self.sales[store].past.spread(number(moment))

    def _reason(self, store: int, curve: TooLittle | None) -> Missing:
        name = self.q.stores[store].name
        if curve is None:
            return "refund_days_unknown", {"store": name}
        return "refunds_not_enough", {"store": name, "refunds": curve.refunds, "minimum": MINIMUM, "days": HORIZON}

    def _unknown(self, rows: Rows, place: int, why: Missing) -> None:
        for name in MATURE_PARTS:
            rows.set(place, name, None, why)

    @cached_property
    def learned(self) -> list[Learned]:
        """What the numbers of this answer rest on, per store that has a curve."""
        found = []
        for store, sales in self.sales.items():
            curve = self.curve(store, self.known[store])
            if isinstance(curve, Curve):
                found.append(_learned(self.q.stores[store].name, self.known[store], curve, sales))
        return found

    def beside(self, rows: Rows, places: Sequence[int]) -> dict[str, Any]:
        """What stands in `data["maturity"]` of an answer: the interval of net_expected by row, and what is known of stores."""
        ends: list[dict[str, str | None] | None] = []
        for place in places:
            gmv, refunded, low, high = (
                rows.part(name, place) for name in ("gmv", "refunded_gmv", "to_come_low", "to_come_high")
            )
            if gmv is None or refunded is None or low is None or high is None:
                ends.append(None)
                continue
            net, currency = int(gmv) - int(refunded), rows.about(place).members[0].currency
            lowest, highest = (self.q.minor(net - int(value)) for value in (high, low))
            ends.append({"low": write(lowest, "money", currency), "high": write(highest, "money", currency)})
        return {"confidence": CONFIDENCE, "net_expected": ends, "stores": [one.as_dict() for one in self.learned]}

    def notes(self) -> list[Note]:
        """Per store: up to when refunds are known, from which age a day is final, how right expectations were before."""
        found = []
        for one in self.learned:
            level = max(one.levels, key=lambda name: one.levels[name]) if one.levels else LEVELS[0]
            words = {"store": one.store, "day": str(one.known), "age": one.curve.final_age, "level": LEVEL_WORDS[level]}
            found.append(Note("refunds_expected", words))
            if (right := one.checked) is not None:
                rates = {
                    "error": f"{right.error:.1%}",
                    "week": f"{right.week_error:.1%}",
                    "naive": f"{right.week_naive:.1%}",
                }
                found.append(
                    Note("expected_checked", {"store": one.store, "age": CHECKED_AGE, "cases": right.cases, **rates})
                )
        return found


@dataclass(frozen=True)
class Learned:
    """What expectations of one store rest on: the day up to which refunds are known, its curve, the share of refunds to
    come that each level of pooling decides, and how right earlier expectations were."""

    store: str
    known: date
    curve: Curve
    levels: dict[str, float]
    checked: Score | None

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: ages in days, shares and errors as rates."""
        checked = None if self.checked is None else {"age": CHECKED_AGE, **asdict(self.checked)}
        if checked is not None:
            del checked["inside"]  # no interval was asked for
        return {
            "store": self.store, "known_to": str(self.known), "final_age": self.curve.final_age,
            "refunds": round(self.curve.refunds), "levels": self.levels, "checked": checked,
        }  # fmt: skip


def _learned(name: str, known: date, curve: Curve, sales: Sales) -> Learned:
    cohorts = sales.cohorts
    ahead = np.where(cohorts.day <= curve.known, to_come(cohorts, curve), 0.0)
    by_level = np.bincount(curve.depth[cohorts.codes[:, -1]], ahead, len(LEVELS))
    whole = float(by_level.sum())
    levels = {level: round(float(part) / whole, 4) for level, part in zip(LEVELS, by_level, strict=True) if part > 0}
    tried = backtest(sales.past, curve.known, age=CHECKED_AGE, days=CHECKED_DAYS, sure=False)
    return Learned(name, known, curve, levels, score(tried))


def _rate_rows(
    store: int, known: date, curve: Curve, sales: Sales, periods: Sequence[Period]
) -> dict[tuple[Any, ...], int]:
    """(store, day, known, channel, category, presale) -> rate in billionths, of cells in the periods that are not final."""
    cohorts = sales.cohorts
    young = cohorts.day >= number(known) - curve.final_age
    inside = np.zeros(len(cohorts.day), bool)
    for period in periods:
        inside |= (cohorts.day >= number(period.first)) & (cohorts.day <= number(period.last))
    cells = np.flatnonzero(young & inside)
    rates = np.rint(curve.rate(cohorts.day[cells], cohorts.codes[cells, -1]) * BILLION).astype(np.int64)
    return {
        (store, EPOCH + timedelta(days=int(cohorts.day[cell])), known, *sales.words[cell]): int(rate)
        for cell, rate in zip(cells, rates, strict=True)
    }
