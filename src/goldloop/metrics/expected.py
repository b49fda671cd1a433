"""A figure's value of a day beside what it should have been: the days before it, asked through the one query path."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from goldloop.core.baseline import Array, Baseline, Expected
from goldloop.core.calendar import Period, parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.day_marks import day_marks
from goldloop.metrics.definitions import FIGURES, figure, parts_of
from goldloop.metrics.query import Request, figures

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

NEAR = 400  # days that are asked for before those that are judged: 26 weeks for a day, and for each of its 182 misses
FAR = 1120  # the same for marked days: three years, so that an event has two before it
USUAL = 5.0  # orders on a weekday from which a day without any is a hole in the data, not a day
SOURCE_DAYS = 28  # days before that tell which source is the usual one
SALES = frozenset({"orders", "store_day"})
# Parts of a day that still change for weeks: refunds of its orders, tails of its deposits, what its buyers do later.
UNRIPE = frozenset(
    {"refunded_gmv", "refunded_orders", "kept_cogs", "presale_paid", "forfeited_deposit", "second_by_next_month",
     "month_buyers", "month_new_buyers", "month_new_gmv", "month_repeat_gmv"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One figure of one store on one day.

    `value` as the table has it (money in minor units); `expected` in the same unit as floats, None where it is not
    judged, and then `reason` and its `params` say why: what `core.baseline` says of the history, or late (a feed ends
    before the day), hole (no order on a day that always has some), source (another source than usual answers), no_value
    (with the answer's own reason), sample (too little to judge by). `sample`: the number of `counted` on which it rests;
    `like`: days it was judged by, the most typical first.
    """

    store: Store
    figure: str
    day: date
    where: tuple[tuple[str, str], ...]
    value: Any
    expected: Expected | None
    sample: float | None
    counted: str
    like: tuple[date, ...]
    currency: str | None
    reason: str | None = None
    params: Mapping[str, Any] | None = None


class History:
    """All days of some figures of some stores up to a last one, asked once."""

    def __init__(
        self,
        engine: Engine,
        viewer: Viewer,
        stores: Mapping[int, Store],
        chosen: Sequence[Store],
        names: Sequence[str],
        *,
        days: Period,
        where: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """`days` are those that will be judged; an event or festival among them asks for earlier years, too."""
        own = {store.id: store for store in chosen}
        phases = calendar_events.store_phases(engine, own)
        far = any(day_marks(phases[store.id], store.platform, days) for store in chosen)
        self.period = Period(days.first - timedelta(days=FAR if far else NEAR), days.last)
        self.where = where
        self.marks = {store.name: day_marks(phases[store.id], store.platform, self.period) for store in chosen}
        wanted = dict.fromkeys([*names, *(counted_by(name) for name in names), "orders"])
        request = Request(
            self.period, tuple(wanted), by=("day", "store"), stores=tuple(store.name for store in chosen), where=where
        )
        self.answer = figures(engine, viewer, stores, request)
        self.rows: dict[str, dict[date, int]] = {store.name: {} for store in chosen}
        for row, (day, name) in enumerate(zip(*(self.answer.columns[c] for c in ("day", "store")), strict=True)):
            self.rows[name][parse_day(day)] = row

    def of(self, store: Store) -> Days:
        """The days of one of the stores."""
        return Days(self, store)


class Days:
    """All days of a history of one store, each judged by those before it."""

    def __init__(self, history: History, store: Store) -> None:
        self.store, self.where, self.answer = store, history.where, history.answer
        self.first, self._rows = history.period.first, history.rows[store.name]
        self.days = [self.first + timedelta(days=n) for n in range(history.period.days)]
        self._marks = [history.marks[store.name].get(day, "") for day in self.days]
        self._ends = {
            feed["feed"]: feed["last_day"] for feed in self.answer.data["feeds"] if feed["store"] == store.name
        }
        self._baselines: dict[tuple[str, str | None], Baseline] = {}

    def judge(self, name: str, day: date, *, width: float, least: float = 0) -> Judged:
        """The figure on a day beside its expectation; `width` as in `core.baseline`, `least` the sample it needs."""
        row, counted = self._rows.get(day), counted_by(name)
        found = Judged(
            self.store, name, day, self.where, self.value(name, day), None, None, counted, (), self.store.currency
        )
        trouble = self._trouble(name, day, row)
        if trouble is not None:
            return replace(found, reason=trouble[0], params=trouble[1])
        expected = self._expected(name, day, width)
        like = self._typical(name, expected)
        sample = self._sample(name, day, like)
        found = replace(found, expected=expected, sample=sample, like=like)
        if expected.reason is not None:
            return replace(found, reason=expected.reason, params={"days": expected.days, "misses": expected.misses})
        if sample is not None and sample < least:
            return replace(found, reason="sample", params={"sample": round(sample), "least": round(least)})
        return found

    def names(self, asked: Sequence[str]) -> list[str]:
        """Those of the asked figures that this reader was answered."""
        return [name for name in asked if name in self.answer.figures]

    def weeks(self, name: str, *, weeks: int, least: int) -> Array:
        """The level of a day in each of the last so many weeks (7 days to the last one), oldest first.

        The median over the week's unmarked days of value / weekday's share, the share being the weekday's median over
        that of all unmarked days; NaN below `least` known days.
        """
        days = self.days[-7 * weeks :]
        values = np.array(
            [self._known(name, day, self._usual(self.days[-1]) if _by_sales(name) else None) for day in days]
        )
        values[[bool(mark) for mark in self._marks[-7 * weeks :]]] = np.nan
        table = values.reshape(weeks, 7)  # one column per weekday
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # columns and rows without a known day
            shares = np.nanmedian(table, axis=0) / np.nanmedian(table)
            level = np.nanmedian(np.where(shares > 0, table / shares, np.nan), axis=1)
        return np.where(np.isfinite(table).sum(axis=1) >= least, level, np.nan)

    def value(self, name: str, day: date) -> Any:
        """The figure of a day as the table has it; None where it is not known."""
        row = self._rows.get(day)
        if row is None:  # a filtered table has no row for a day on which nothing was sold there
            return 0 if self.where and FIGURES[name].additive == "yes" else None
        return self.answer.columns[name][row]

    # --- is there anything to judge? ----------------------------------------------------------------------------------
    def _trouble(self, name: str, day: date, row: int | None) -> tuple[str, dict[str, Any]] | None:
        """What is wrong with the data of the day, so that its value says nothing."""
        source, usual = self._source(day), self._usual(day)
        why = next((r for r in self.answer.reasons if r.row == row and r.figure == name), None)
        if why is not None and why.code == "no_feed":  # the store has no such data on any day
            return "no_value", {"code": why.code, **why.params}
        for feed in self._feeds(name, usual or source):
            if (ends := self._ends.get(feed)) is not None and ends < str(day):
                return "late", {"feed": feed, "day": ends}
        if usual is not None and source != usual and _by_sales(name) and not self.where:
            ends = self._ends.get(SALES_OF.get(usual, ""))
            late = ends is not None and ends < str(day)
            return (
                ("late", {"feed": SALES_OF[usual], "day": ends})
                if late
                else ("source", {"usual": usual, "source": source})
            )
        if self._is_hole(day) and _by_sales(name):
            return "hole", {}
        if self.value(name, day) is None:
            return "no_value", {"code": why.code, **why.params} if why else {"code": "no_data", "feed": "orders"}
        return None

    def _feeds(self, name: str, source: str | None) -> list[str]:
        """The feeds that give the figure; of alternatives the one that answers, else the first that is loaded."""
        answers = SALES_OF.get(source or "", "")
        found: list[str] = []
        for need in FIGURES[name].needs:
            choice = need.split("|")
            found += [answers] if answers in choice else [feed for feed in choice if self._ends.get(feed)][:1]
        return found

    def _source(self, day: date) -> str | None:
        row = self._rows.get(day)
        return None if row is None else self.answer.data["sources"][row]

    def _usual(self, day: date) -> str | None:
        """The source of most of the days before."""
        before = [self._source(day - timedelta(days=n)) for n in range(1, SOURCE_DAYS + 1)]
        counted = Counter(source for source in before if source is not None)
        return counted.most_common(1)[0][0] if counted else None

    def _is_hole(self, day: date) -> bool:
        """Whether orders are the source, and there is none although the same weekdays have `USUAL` of them."""
        if self.where or self._source(day) == "platform" or self.value("orders", day):
            return False
        same = [self.value("orders", day - timedelta(weeks=n)) for n in range(1, 9)]
        known = [float(count) for count in same if count]
        return len(known) > 1 and median(known) >= USUAL

    # --- what it is judged by -----------------------------------------------------------------------------------------
    def _expected(self, name: str, day: date, width: float) -> Expected:
        source = self._usual(day) if _by_sales(name) else None
        if (name, source) not in self._baselines:
            values = [self._known(name, one, source) for one in self.days]
            self._baselines[name, source] = Baseline(values, self._marks)
        return self._baselines[name, source].expected((day - self.first).days, width=width)

    def _known(self, name: str, day: date, source: str | None) -> float:
        """A day of the history; unknown where another source answered or where the data has a hole."""
        value = self.value(name, day)
        if value is None or (source is not None and self._source(day) != source):
            return float("nan")
        return float("nan") if not value and _by_sales(name) and self._is_hole(day) else float(value)

    def _typical(self, name: str, expected: Expected) -> tuple[date, ...]:
        """The days it was judged by, those nearest to the expectation first (the latest first where there is none)."""
        days = [self.first + timedelta(days=at) for at in expected.like]
        if expected.value is None:
            return tuple(days)
        middle = expected.value
        return tuple(sorted(days, key=lambda one: abs(float(self.value(name, one) or 0) - middle)))

    def _sample(self, name: str, day: date, like: Sequence[date]) -> float | None:
        """What a sum rests on in a typical day; what a ratio rests on also on this day."""
        counted = counted_by(name)
        usual = [float(v) for one in like if (v := self.value(counted, one)) is not None]
        if not usual:
            return None
        typical, own = float(median(usual)), self.value(counted, day)
        return min(typical, float(own)) if FIGURES[name].additive == "ratio" and own is not None else typical


SALES_OF = {"platform": "store_day", "orders": "orders"}


def check_daily(name: str) -> None:
    """Raise `figure_unripe` for a figure whose days still change for weeks, `figure_unknown` for none at all."""
    definition = figure(name)
    if parts_of((name,)) & UNRIPE or name in ("repurchase_rate", "return_rate"):
        raise GoldloopError(
            "figure_unripe",
            f"'{name}' of a day is not final on the day after, so it cannot be watched by days.",
            given=name,
            allowed="figures by refund day: refunds, cash_refund_rate, cash_net",
            todo=f"goldloop why --figure {name} over whole months",
            name=definition.name,
        )


def counted_by(name: str) -> str:
    """The count on which a figure of a day rests: a ratio's denominator, a count itself, clicks of ads, else orders."""
    definition = FIGURES[name]
    if definition.rule.kind in ("ratio", "per"):
        under = definition.rule.inputs[1]
        if under in FIGURES and FIGURES[under].unit == "count":
            return under
    elif definition.unit == "count":
        return name
    return "clicks" if definition.needs[0] == "ads" else "orders"


def _by_sales(name: str) -> bool:
    """Whether the figure comes from orders or the platform's shop rows, whichever answers for the day."""
    return any(feed in SALES for need in FIGURES[name].needs for feed in need.split("|"))
