"""What a figure of a store will come to: forecast, chance of a target, where it should be by now, what is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.forecast import Forecast, Pace, forecast, pace, sum_shape
from goldloop.core.forecast.pace import checked
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import calendar_events
from goldloop.metrics.answer import Note, write
from goldloop.metrics.day_values import DayValues, check_summable, day_values
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.stretches import stretches

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

Array = NDArray[np.float64]

BACK = 1130  # days of history that are learned from: three years and a month
MOST_AHEAD = 731
SEED = 20240229  # of the simulation: the same question gives the same answer
# What gmv is made of, day by day; each alone, or all together, has to make up for what is missing.
DRIVERS = ("visitor_days", "day_conversion", "gmv_per_buyer_day")


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver of gmv over the days ahead: `expected` a day (visitors), or over all of them (rate, minor units a buyer).

    `needed_alone` is what it has to be if only it makes up for the target, `needed_together` if all three do alike.
    """

    name: str
    expected: float
    needed_alone: float
    needed_together: float


@dataclass(frozen=True)
class FigureForecast:
    """A forecast of one figure of one store over a period, money in minor units.

    `known` is the last day that counts as known, `days` the days after it up to the period's end, of which the period
    holds the last ones; `told` what the core says of them, `done` the period's days so far. `pace` needs a target.
    `drivers` are empty where the figure is not gmv, or its traffic is not loaded (`driver_reason`).
    """

    figure: str
    store: Store
    period: Period
    known: date
    told: Forecast
    done: Array
    ahead: Array
    quantiles: tuple[Array, Array] | None
    total: tuple[float, float] | None
    pace: Pace | None
    drivers: tuple[Driver, ...]
    driver_reason: str | None
    notes: tuple[Note, ...]

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop forecast --json` carries it: money in major units as text, shares as rates."""
        told, methods = self.told, self.told.methods
        expected = float(np.nansum(self.done) + self.ahead.sum())
        low, high = self.total or (None, None)
        return {
            "figure": self.figure,
            "store": self.store.name,
            "currency": self.store.currency,
            "from": str(self.period.first),
            "to": str(self.period.last),
            "known_to": str(self.known),
            "basis": told.basis,
            "done": self._write(float(np.nansum(self.done))),
            "expected": self._write(expected),
            "low": self._write(low),
            "high": self._write(high),
            "methods": [asdict(one) for one in methods],
            "inside": told.inside,
            "tests": [self._test(n) for n in range(len(told.tests))],
            "pace": None if self.pace is None else self._pace(self.pace),
            "drivers": [self._driver(one) for one in self.drivers],
            "days": self._days(),
            "notes": [note.text(lang) for note in self.notes],
        }

    def _write(self, value: float | None) -> Any:
        return None if value is None else write(round(value), FIGURES[self.figure].unit, self.store.currency)

    def _test(self, at: int) -> dict[str, Any]:
        one = self.told.tests[at]
        amounts = {name: self._write(getattr(one, name)) for name in ("expected", "low", "high", "actual")}
        last = one.first + timedelta(days=one.days - 1)
        made = {name: self._write(value) for name, value in one.made.items()}
        return {"from": str(one.first), "to": str(last), **amounts, "made": made, "days_inside": one.days_inside}

    def _pace(self, one: Pace) -> dict[str, Any]:
        names = ("target", "done", "due", "due_low", "due_high", "expected", "low", "high")
        return {
            **{name: self._write(getattr(one, name)) for name in names},
            "chance": one.chance,
            "factor": one.factor,
            "needed_a_day": self._write(float(one.needed.mean())) if len(one.needed) else None,
            "time_gone": len(self.done) / self.period.days,
            "reached": one.done / one.target,
        }

    def _driver(self, one: Driver) -> dict[str, Any]:
        places = exponent(self.store.currency)

        def written(value: float) -> Any:
            if one.name == "gmv_per_buyer_day":
                return f"{Decimal(round(value)).scaleb(-places):f}"
            return round(value, 1 if one.name == "visitor_days" else 6)

        return {
            "driver": one.name,
            "expected": written(one.expected),
            "needed_alone": written(one.needed_alone),
            "needed_together": written(one.needed_together),
        }

    def _days(self) -> list[dict[str, Any]]:
        """Every day of the period: what came, or what is expected with its interval and, with a target, its quota."""
        rows: list[dict[str, Any]] = []
        for n in range(self.period.days):
            day = str(self.period.first + timedelta(days=n))
            at = n - len(self.done)
            if at < 0:
                came = self.done[n]
                rows.append({"day": day, "actual": self._write(None if np.isnan(came) else float(came))})
                continue
            row = {"day": day, "expected": self._write(float(self.ahead[at]))}
            if self.quantiles is not None:
                row |= {
                    "low": self._write(float(self.quantiles[0][at])),
                    "high": self._write(float(self.quantiles[1][at])),
                }
            if self.pace is not None:
                row["needed"] = self._write(float(self.pace.needed[at]))
            rows.append(row)
        return rows


def figure_forecast(
    engine: Engine,
    viewer: Viewer,
    stores: Mapping[int, Store],
    store: Store,
    *,
    figure: str,
    period: Period,
    loaded: tuple[date, date] | None,
    target: float | None = None,
    known: date | None = None,
) -> FigureForecast:
    """The forecast of a figure over a period, from its days up to `known` (None: the last on which it is known).

    `loaded` are the first and last loaded day, `target` is in minor units of the store's currency (or a count). Raises
    `forecast_not_a_sum`, `target_bad`, `forecast_empty`, `forecast_before` (the period ends before the history begins),
    `forecast_far` (more than two years ahead), and what every question raises about stores and rights.
    """
    check_summable(figure)
    if target is not None:
        checked(target)
    values = _history(engine, viewer, stores, store, figure, period, loaded, known)
    last = values.last_known(figure)
    if last is None or not np.nansum(values.values[figure]) > 0:
        raise GoldloopError(
            "forecast_empty",
            "There is nothing to learn a forecast from: no day has a value.",
            given=figure,
            todo="goldloop import",
        )
    if known is not None:
        last = min(last, known)
    return _Question(engine, store, figure, period, values, last, target).answer()


def _history(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], store: Store, figure: str, period: Period,
    loaded: tuple[date, date] | None, known: date | None,
) -> DayValues:  # fmt: skip
    if loaded is None:
        raise GoldloopError("forecast_empty", "There is nothing to learn a forecast from: no day has a value.")
    last = min(loaded[1], known) if known is not None else loaded[1]
    if period.last < loaded[0] or last < loaded[0]:
        raise GoldloopError(
            "forecast_before",
            "These days lie before the first loaded one.",
            given=str(period),
            allowed=f"{loaded[0]} or later",
            first=str(loaded[0]),
        )
    if (period.last - last).days > MOST_AHEAD:
        raise GoldloopError(
            "forecast_far", "A forecast reaches two years ahead at most.", given=str(period.last),
            allowed=f"up to {last + timedelta(days=MOST_AHEAD)}",
            last=str(last + timedelta(days=MOST_AHEAD)),
        )  # fmt: skip
    first = max(loaded[0], last - timedelta(days=BACK))
    parts = [n for n in ("visitor_days", "buyer_days") if figure == "gmv" and not viewer.hides(n, [store.id])]
    return day_values(engine, viewer, stores, store, [figure, *parts], Period(first, last))


class _Question:
    """One forecast while it is put together."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        figure: str,
        period: Period,
        values: DayValues,
        known: date,
        target: float | None,
    ) -> None:
        self.store, self.figure, self.period, self.known, self.target = store, figure, period, known, target
        count = (known - values.first).days + 1
        self.first = values.first
        self.rows = {name: row[:count] for name, row in values.values.items()}
        self.since = (period.first - values.first).days
        self.gone = min(max(count - self.since, 0), period.days)  # days of the period that are known
        phases = calendar_events.store_phases(engine, {store.id: store})[store.id]
        self.calendar, self.assumed = stretches(phases, store.platform, Period(values.first, max(period.last, known)))

    def answer(self) -> FigureForecast:
        """The forecast of the days ahead, with what it means for the period."""
        own = self.rows[self.figure]
        skipped = max(self.since - len(own), 0)  # days between the last known one and the period
        ahead = (self.period.last - self.known).days
        trimmed = own if ahead > 0 else own[: self.since]
        told = forecast(
            trimmed, self.first, max(ahead, self.period.days - self.gone, 1) if ahead > 0 else self.period.days,
            self.calendar, since=min(max(self.since, 0), len(trimmed)), seed=SEED,
        )  # fmt: skip
        done = own[max(self.since, 0) : max(self.since, 0) + self.gone]
        coming = told.expected[skipped:] if ahead > 0 else np.zeros(0)
        ways = told.paths(seed=SEED)
        ways = None if ways is None else ways[:, skipped:] if ahead > 0 else ways[:, :0]
        standing = self._pace(told, done, coming, ways, skipped)
        drivers, reason = self._drivers(standing, coming)
        got = float(np.nansum(done))
        total = quantiles = None
        if ways is not None:
            low, high = np.quantile(ways.sum(axis=1), (0.1, 0.9))
            total = (got + float(low), got + float(high))
            ends = np.quantile(ways, (0.1, 0.9), axis=0)
            quantiles = (ends[0], ends[1])
        return FigureForecast(
            self.figure, self.store, self.period, self.known, told, done, coming, quantiles, total, standing, drivers,
            reason, tuple(self._notes(told, reason)),
        )  # fmt: skip

    def _pace(self, told: Forecast, done: Array, coming: Array, ways: Array | None, skipped: int) -> Pace | None:
        if self.target is None:
            return None
        begun = np.r_[np.zeros(self.period.days - len(done) - len(coming)), done]  # days before the first loaded one
        whole = told.whole[skipped:]
        shape = np.r_[np.zeros(self.period.days - len(whole)), whole]
        whole_ways = told.whole_paths(seed=SEED)
        if whole_ways is not None:
            whole_ways = whole_ways[:, skipped:]
            whole_ways = np.hstack([np.zeros((len(whole_ways), self.period.days - len(whole))), whole_ways])
        return pace(self.target, begun, coming, shape, ways=ways, whole_ways=whole_ways)

    def _drivers(self, standing: Pace | None, coming: Array) -> tuple[tuple[Driver, ...], str | None]:
        if self.figure != "gmv" or standing is None or standing.factor is None or not len(coming):
            return (), None
        rows = [self.rows.get(name, np.zeros(0)) for name in ("visitor_days", "buyer_days")]
        if not all(np.nansum(row) > 0 for row in rows):
            return (), "forecast_no_traffic"
        days = Period(self.period.last - timedelta(days=len(coming) - 1), self.period.last)
        expected = [_level(row, self.first, days, self.calendar) for row in rows]
        seen, bought = (float(row.sum()) for row in expected)
        level = (seen / len(coming), bought / seen, float(coming.sum()) / bought)
        factor = standing.factor
        together = factor ** (1 / len(level))
        return tuple(
            Driver(name, value, value * factor, value * together) for name, value in zip(DRIVERS, level, strict=True)
        ), None

    def _notes(self, told: Forecast, reason: str | None) -> Sequence[Note]:
        found = []
        if told.basis == "even":
            days = int(np.isfinite(self.rows[self.figure]).sum())
            found.append(Note("forecast_even", {"store": self.store.name, "days": days}))
        if told.misses is not None and not told.tests:
            found.append(Note("forecast_untested", {"store": self.store.name}))
        if self.assumed:
            found.append(Note("forecast_assumed", {"events": ", ".join(self.assumed)}))
        if reason is not None:
            found.append(Note(reason, {"store": self.store.name}))
        return found


def _level(values: Array, first: date, days: Period, calendar: Sequence[Any]) -> Array:
    """What each of the days is expected to be: the learned shape, at the level of the last eight known weeks."""
    known_to = min(days.first, first + timedelta(days=len(values)))
    recent = Period(max(first, known_to - timedelta(days=56)), days.last)
    shape = sum_shape(values, first, recent, calendar)
    known = values[(recent.first - first).days :]
    at = np.flatnonzero(np.isfinite(known))
    scale = float(known[at].sum()) / max(float(shape.weights[at].sum()), 1e-12)
    return shape.weights[-days.days :] * scale
