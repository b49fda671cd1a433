"""The scope of a page: stores, days, comparison, source and filters. All of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from goldloop.core.calendar import COMPARISONS, Period, compared, parse_day, whole
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store

NAMES = frozenset({"store", "from", "to", "compare", "basis", "where", "offset"})  # of an address
BASES = ("auto", "platform", "orders")
NO_COMPARISON = "none"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a page is about.

    `stores` are those asked for, `visible` all that the reader may see; `compare` is previous, same-weekday, last-year,
    FROM..TO or none; `where` are (cut, value) pairs. `first` and `last` are None where nothing is loaded.
    """

    visible: tuple[Store, ...]
    stores: tuple[Store, ...]
    first: date | None
    last: date | None
    compare: str
    basis: str = "auto"
    where: tuple[tuple[str, str], ...] = ()
    newest: date | None = None

    @property
    def period(self) -> Period | None:
        """The days; None where nothing is loaded."""
        return None if self.first is None or self.last is None else Period(self.first, self.last)

    @property
    def compared(self) -> Period | None:
        """The days compared with."""
        if self.period is None or self.compare == NO_COMPARISON:
            return None
        return compared(self.period, self.compare, None)

    @property
    def currency(self) -> str | None:
        """The currency of all its stores; None where they differ."""
        found = {store.currency for store in self.stores}
        return found.pop() if len(found) == 1 else None

    def query(self, **changes: Any) -> dict[str, Any]:
        """The parts of the address that say this scope; `changes` replace some, None takes one away."""
        parts: dict[str, Any] = {}
        if self.stores:
            parts["store"] = ",".join(str(store.id) for store in self.stores)
        if self.period is not None:
            parts |= {"from": str(self.first), "to": str(self.last)}
        parts["compare"] = self.compare
        if self.basis != "auto":
            parts["basis"] = self.basis
        if self.where:
            parts["where"] = [f"{cut}:{value}" for cut, value in self.where]
        parts |= changes
        return {name: value for name, value in parts.items() if value is not None}

    def address(self, path: str, **changes: Any) -> str:
        """A page with this scope, or with some of it changed."""
        return f"{path}?{urlencode(self.query(**changes), doseq=True)}"

    def asked(self) -> dict[str, Any]:
        """The keyword arguments of `Shop.figures` and `Shop.why` that say this scope."""
        where: dict[str, list[str]] = {}
        for cut, value in self.where:
            where.setdefault(cut, []).append(value)
        return {
            "first": self.first,
            "last": self.last,
            "stores": [store.name for store in self.stores],
            "where": where,
            "basis": self.basis,
        }

    def moved(self, units: int) -> Scope:
        """The same length of time, so many units later (or earlier): the next day, week, month ..."""
        if self.period is None:
            return self
        first, last = self.period.first, self.period.last
        month = whole("month", first)
        if Period(first, last) == month:
            near = (first if units < 0 else last) + timedelta(days=units)
            month = whole("month", near)
            return replace(self, first=month.first, last=month.last)
        step = timedelta(days=self.period.days * units)
        return replace(self, first=first + step, last=last + step)


def presets(scope: Scope) -> list[tuple[str, date, date]]:
    """Periods offered by name, as of the newest loaded day: (key of its words, first, last)."""
    newest = scope.newest
    if newest is None:
        return []
    month = whole("month", newest)
    before = whole("month", month.first - timedelta(days=1))
    return [
        ("day", newest, newest),
        ("day_before", newest - timedelta(days=1), newest - timedelta(days=1)),
        ("last7", newest - timedelta(days=6), newest),
        ("last30", newest - timedelta(days=29), newest),
        ("this_month", month.first, newest),
        ("last_month", before.first, before.last),
        ("this_year", date(newest.year, 1, 1), newest),
    ]


def read(given: QueryDict, visible: Sequence[Store], span: tuple[date, date] | None) -> Scope:
    """The scope that an address says; without days the newest loaded one.

    Stores outside the reader's rights are `store_unknown`, as ones that do not exist. Without stores: all of the
    currency that most stores have. Raises `store_unknown`, `day_bad`, `period_bad`, `compare_bad` or `choice_bad`.
    """
    newest = span[1] if span else None
    first, last = (_day(given.get(name)) for name in ("from", "to"))
    if first is None and last is None:
        first = last = newest
    first, last = first or last, last or first
    if first and last:
        Period(first, last)  # says what is wrong with a period that ends before it begins
    single = first == last
    compare = given.get("compare") or ("same-weekday" if single else "previous")
    if compare not in (*COMPARISONS, NO_COMPARISON) and ".." not in compare:
        raise _bad("compare", compare, [*COMPARISONS, NO_COMPARISON, "FROM..TO"])
    basis = given.get("basis") or "auto"
    if basis not in BASES:
        raise _bad("basis", basis, BASES)
    return Scope(
        visible=tuple(visible),
        stores=_stores(given.get("store", ""), visible),
        first=first,
        last=last,
        compare=compare,
        basis=basis,
        where=tuple(_pairs(given.getlist("where"))),
        newest=newest,
    )


def _day(text: str | None) -> date | None:
    return parse_day(text) if text else None


def _stores(text: str, visible: Sequence[Store]) -> tuple[Store, ...]:
    by_id: Mapping[str, Store] = {str(store.id): store for store in visible}
    asked = [part.strip() for part in text.split(",") if part.strip()]
    for one in asked:
        if one not in by_id:
            raise GoldloopError(
                "store_unknown",
                f"There is no store '{one}'.",
                given=one,
                allowed=[store.name for store in visible],
                todo="goldloop store list",
                name=one,
            )
    if asked:
        return tuple(store for key, store in by_id.items() if key in asked)
    currencies = [store.currency for store in visible]
    most = max(dict.fromkeys(currencies), key=currencies.count, default=None)
    return tuple(store for store in visible if store.currency == most)


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        cut, colon, value = text.partition(":")
        if not colon or not cut:
            raise _bad("where", text, ["CUT:VALUE"])
        pairs.append((cut, value))
    return pairs


def _bad(name: str, given: str, allowed: Sequence[str]) -> GoldloopError:
    return GoldloopError(
        "choice_bad", f"'{given}' is no choice for {name}.", given=given, allowed=list(allowed), name=name
    )
