"""Typed insights: what an analyst would say of a store and a period, each with its money, its sample and its limit.

Every number comes from the one query path or from sums of its rows, so it is the table's number.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goldloop.core.alarm import OPENS, excess
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.formula import IDENTITIES, Identity, broken
from goldloop.core.store import Store
from goldloop.core.trend import Trend, trend
from goldloop.core.viewer import Viewer
from goldloop.metrics import insight_words
from goldloop.metrics.answer import Answer, write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.expected import History, counted_by
from goldloop.metrics.query import Request, figures
from goldloop.metrics.why import Line, Why, why

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

Kind = Literal["driver", "detractor", "unusual", "concentration", "trend", "identity"]
LIMITS = Path(__file__).with_name("insights.toml")
# The platform's rows state all three, so they can disagree; the other identities are those of the golden formula.
STATED = Identity("buyers", (("new_buyers",), ("repeat_buyers",)), "buyers = new_buyers + repeat_buyers")
MOST_IN_MEMORY = 3_000_000  # fact rows that are worth copying into memory for the 40 questions of a store
LEAST_DAYS = 4  # ordinary days that a week of a trend needs
Limits = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Insight:
    """One insight about a figure of a store from `first` to `last`.

    `scope`: the segment (cut -> value) or the driver it is about, empty for the whole. `amount`: its effect in the
    figure's unit, money in minor units - driver, detractor: part of the change against the period before; unusual: value
    less expectation; concentration: what the segment brought; trend: change of a day's level over all weeks; identity:
    what is missing. `share`: of the figure before, of the expectation, of the whole, of the level. `sample`: orders,
    visitors, clicks or weeks it rests on. `numbers`: the further values of its sentence, as JSON carries them.
    """

    kind: Kind
    figure: str
    store: str
    scope: Mapping[str, Any]
    first: date
    last: date
    amount: Any
    share: float | None
    sample: float | None
    currency: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, str]:
        """Its sentence by language."""
        return {lang: insight_words.sentence(self, zh=lang == "zh") for lang in ("en", "zh")}

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop watch insights --json` prints it; `money`, or `amount` where the figure is not money."""
        unit = FIGURES[self.figure].unit
        return {
            "kind": self.kind,
            "figure": self.figure,
            "store": self.store,
            "scope": dict(self.scope),
            "from": str(self.first),
            "to": str(self.last),
            "money" if unit == "money" else "amount": write(self.amount, unit, self.currency),
            "share": self.share,
            "sample": self.sample,
            "numbers": dict(self.numbers),
            "text": self.said[lang],
        }


def read_limits(file: Path | None = None) -> dict[str, dict[str, Any]]:
    """The shipped limits, with those of a TOML file in their place; raises `insight_limits_bad`."""
    found = tomllib.loads(LIMITS.read_text(encoding="utf-8"))
    if file is None:
        return found
    try:
        own = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad(str(file), "a TOML file such as the shipped one", str(error)) from None
    for kind, values in own.items():
        for name, value in values.items() if isinstance(values, dict) else [("", values)]:
            if name not in found.get(kind, {}) or not _alike(found[kind][name], value):
                raise _bad(f"{kind}.{name}", {k: sorted(v) for k, v in found.items()}, f"{kind}.{name} = {value!r}")
        found[kind] |= values
    return found


def _alike(shipped: Any, given: Any) -> bool:
    """Whether a value can stand in the place of a shipped one."""
    number = (int, float)
    if isinstance(shipped, number):
        return isinstance(given, number) and not isinstance(given, bool) and given >= 0
    return isinstance(given, type(shipped))


def _bad(given: str, allowed: Any, why: str) -> GoldloopError:
    return GoldloopError(
        "insight_limits_bad", f"The limits cannot be used: {why}.", given=given, allowed=allowed, why=why
    )


def insights(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], chosen: Sequence[Store], period: Period, limits: Limits
) -> list[Insight]:
    """All insights of the chosen stores, store by store: identities first, then changes, unusual days, trends, risks."""
    asking = _Asking(engine, viewer, stores, tuple(chosen), period, limits)
    return [one for store in chosen for one in asking.of(store)]


@dataclass(frozen=True)
class _Asking:
    engine: Engine
    viewer: Viewer
    stores: Mapping[int, Store]
    chosen: tuple[Store, ...]
    period: Period
    limits: Limits
    answers: dict[Request, Answer] = field(default_factory=dict)  # what the accounts of a store have in common

    @cached_property
    def history(self) -> History:
        """The days that unusual days and trends are judged by, of all chosen stores."""
        every = dict.fromkeys((*self.limits["unusual"]["figures"], *self.limits["trend"]["figures"]))
        stores = [store.id for store in self.chosen]
        wanted = [name for name in every if not any(self.viewer.hides(one, stores) for one in (name, counted_by(name)))]
        return History(self.engine, self.viewer, self.stores, self.chosen, wanted, days=self.period)

    def of(self, store: Store) -> list[Insight]:
        """Everything about one store."""
        return [
            *self.identities(store),
            *self.changes(store),
            *self.unusual(store),
            *self.trends(store),
            *self.concentrations(store),
        ]

    def ask(self, store: Store, names: Sequence[str], *by: str) -> Answer:
        """Figures of the period."""
        wanted = tuple(name for name in names if not self.viewer.hides(name, [store.id]))
        return figures(self.engine, self.viewer, self.stores, Request(self.period, wanted, by=by, stores=(store.name,)))

    def _insight(self, kind: Kind, figure: str, store: Store, amount: Any, **more: Any) -> Insight:
        days = {
            "first": self.period.first,
            "last": self.period.last,
            "scope": {},
            "share": None,
            "sample": None,
            **more,
        }
        return Insight(kind, figure, store.name, amount=amount, currency=store.currency, **days)

    # --- identities ---------------------------------------------------------------------------------------------------
    def identities(self, store: Store) -> Iterator[Insight]:
        """Equations of the golden formula that do not close in the period, and days that do not add up to it."""
        sums = self.limits["identity"]["figures"]
        names = dict.fromkeys((*(name for one in (*IDENTITIES, STATED) for name in (one.total, *_factors(one))), *sums))
        whole = self.ask(store, list(names))
        row = {name: whole.value(name) for name in whole.figures}
        stated = all(row.get(name) is not None for name in (STATED.total, *_factors(STATED)))
        for one in (*broken(row), *([STATED] if stated and _gap(STATED, row) else [])):
            gap = _gap(one, row)
            text = {"identity": one.text, "total": write(row[one.total], FIGURES[one.total].unit, store.currency)}
            yield self._insight("identity", one.total, store, gap, numbers=text)
        daily = self.ask(store, sums, "day")
        for name in daily.figures:
            days, total = daily.columns[name], whole.value(name)
            if total is not None and None not in days and sum(days) != total:
                text = {"identity": f"{name} = sum of days", "total": write(total, FIGURES[name].unit, store.currency)}
                yield self._insight("identity", name, store, total - sum(days), numbers=text)

    # --- drivers and detractors ---------------------------------------------------------------------------------------
    def changes(self, store: Store) -> Iterator[Insight]:
        """Drivers of the tree, and segments of each cut, that moved the figure most; the account's own amounts."""
        limits = self.limits["change"]
        found = self._why(store, limits)
        if found is None or not found.before:
            return
        lines = [(line.amount, {"driver": line.driver}, line.sample) for line in found.drivers]
        yield from self._moved(store, found, lines, limits)
        for cut in limits["cuts"]:
            by_cut = self._why(store, limits, cut)
            if by_cut is not None:
                segments = [
                    (amount, {cut: key[0]}, _sample(by_cut.segments, key)) for key, amount in by_cut.totals.items()
                ]
                yield from self._moved(store, by_cut, segments, limits)

    def _why(self, store: Store, limits: Mapping[str, Any], *by: str) -> Why | None:
        request = Request(self.period, (limits["figure"],), by=by, stores=(store.name,))
        try:
            return why(
                self.engine,
                self.viewer,
                self.stores,
                request,
                against=limits["against"],
                top=2 * limits["most"],
                answers=self.answers,
            )[0]
        except GoldloopError as error:
            if error.code in (
                "why_unknown",
                "tree_none",
                "cut_unknown",
                "figure_hidden",
            ):  # nothing to tell, or not to her
                return None
            raise

    def _moved(
        self,
        store: Store,
        found: Why,
        parts: Sequence[tuple[Any, dict[str, Any], int | None]],
        limits: Mapping[str, Any],
    ) -> Iterator[Insight]:
        before = abs(float(found.before))
        large = [one for one in parts if one[0] and abs(float(one[0])) >= limits["share"] * before]
        against = found.left.scope
        numbers = {
            "against": [against["from"], against["to"]],
            "change": write(found.change, FIGURES[found.figure].unit, store.currency),
        }
        for kind, sign in (("driver", 1), ("detractor", -1)):
            ranked = sorted((one for one in large if one[0] * sign > 0), key=lambda one: -abs(one[0]))
            for amount, scope, sample in ranked[: limits["most"]]:
                share = round(float(amount) / before, 4)
                yield self._insight(
                    "driver" if kind == "driver" else "detractor", found.figure, store, amount, scope=scope, share=share,
                    sample=sample, numbers=numbers,
                )  # fmt: skip

    # --- days and weeks -----------------------------------------------------------------------------------------------
    def unusual(self, store: Store) -> Iterator[Insight]:
        """Days outside the interval of their own history, by more than a share of what was expected."""
        limits = self.limits["unusual"]
        if self.viewer.hides("orders", [one.id for one in self.chosen]):  # without them a hole is no hole
            return
        days = self.history.of(store)
        for name in days.names(limits["figures"]):
            for n in range(self.period.days):
                day = self.period.first + timedelta(days=n)
                judged = days.judge(name, day, width=limits["width"], least=limits["sample"])
                one = judged.expected
                if judged.reason is not None or one is None or one.value is None:
                    continue
                beyond = excess(float(judged.value), one.value, one.low or 0.0, one.high or 0.0, rate=limits["share"])
                if abs(beyond) > OPENS:
                    unit = FIGURES[name].unit
                    numbers = {
                        end: write(_whole(getattr(one, end), unit), unit, store.currency)
                        for end in ("value", "low", "high")
                    }
                    away = judged.value - _like(judged.value, _whole(one.value, unit))
                    yield self._insight(
                        "unusual", name, store, away, first=day, last=day, sample=judged.sample,
                        share=round(float(away) / one.value, 4) if one.value else None,
                        numbers={"is": write(judged.value, unit, store.currency), "expected": numbers.pop("value"), **numbers},
                    )  # fmt: skip

    def trends(self, store: Store) -> Iterator[Insight]:
        """A steady way up or down over the last weeks that the same number of weeks before did not show."""
        limits = self.limits["trend"]
        if self.viewer.hides("orders", [one.id for one in self.chosen]):
            return
        weeks = limits["weeks"]
        days = self.history.of(store)
        for name in days.names(limits["figures"]):
            levels = days.weeks(name, weeks=2 * weeks, least=LEAST_DAYS)
            now, before = trend(levels[weeks:]), trend(levels[:weeks])
            level = float(np.nanmedian(levels[weeks:])) if now else 0.0
            if now is None or not level or now.chance >= limits["chance"] or _same_way(now, before, limits["chance"]):
                continue
            moved = now.slope * (weeks - 1)
            if abs(moved) < limits["share"] * abs(level):
                continue
            unit = FIGURES[name].unit
            yield self._insight(
                "trend", name, store, _whole(moved, unit), first=self.period.last - timedelta(days=7 * weeks - 1),
                share=round(moved / abs(level), 4), sample=now.values,
                numbers={"level": write(_whole(level, unit), unit, store.currency), "chance": float(f"{now.chance:.2g}")},
            )  # fmt: skip

    # --- concentration ------------------------------------------------------------------------------------------------
    def concentrations(self, store: Store) -> Iterator[Insight]:
        """Cuts of which one segment brings more than a share of the whole."""
        limits = self.limits["concentration"]
        if any(self.viewer.hides(name, [store.id]) for name in ("orders", limits["figure"])):
            return
        orders = self.ask(store, ["orders"]).value("orders")
        if orders is None or orders < limits["sample"]:
            return
        for cut in limits["cuts"]:
            answer = self.ask(store, [limits["figure"]], cut)
            rows = [(v, key) for v, key in zip(answer.columns[limits["figure"]], answer.columns[cut], strict=True) if v]
            total = sum(value for value, _ in rows)
            named = [row for row in rows if row[1] is not None]
            if total <= 0 or len(named) < limits["segments"]:
                continue
            value, key = max(named, key=lambda row: row[0])
            share = float(Decimal(value) / Decimal(total))
            if share > limits["share"]:
                yield self._insight(
                    "concentration", limits["figure"], store, value, scope={cut: key}, share=round(share, 4),
                    sample=orders, numbers={"segments": len(named), "limit": limits["share"]},
                )  # fmt: skip


def _factors(identity: Identity) -> list[str]:
    return [name for term in identity.terms for name in term]


def _gap(identity: Identity, row: Mapping[str, Any]) -> Any:
    """What the terms of an identity lack of its total, in the total's unit."""
    total = Decimal(row[identity.total])
    for term in identity.terms:
        product = Decimal(1)
        for name in term:
            product *= Decimal(row[name])
        total -= product
    return _whole(float(total), FIGURES[identity.total].unit)


def _sample(lines: Sequence[Line], key: tuple[Any, ...]) -> int | None:
    known = [line.sample for line in lines if line.cuts == key and line.sample is not None]
    return min(known) if known else None


def _same_way(now: Trend, before: Trend | None, chance: float) -> bool:
    return before is not None and before.chance < chance and before.slope * now.slope > 0


def _whole(value: Any, unit: str) -> Any:
    return round(value) if value is not None and unit in ("money", "count") else value


def _like(value: Any, other: Any) -> Any:
    """A number in the type of another one, so that the two can be subtracted."""
    return Decimal(other) if isinstance(value, Decimal) else other
