"""Who is in a segment: its conditions become one statement, their values small tables beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.core.arrays import array
from goldloop.core.members.lifecycle import Limits
from goldloop.core.members.segments import (
    GOODS,
    Count,
    Filter,
    Joined,
    Not,
    Segment,
    Then,
    Trait,
    When,
    conditions,
    written,
)
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.metrics.answer import Note, write
from goldloop.metrics.loaded import loaded_span
from goldloop.metrics.members.asked import FIGURES, Ask, Members, Why, reason_of
from goldloop.metrics.members.lifecycle import limits_of
from goldloop.metrics.members.rfm import WINDOW, bands_of
from goldloop.metrics.query import Question, QuestionError, bucket_table, small_tables
from goldloop.metrics.shape import Shape
from goldloop.metrics.types import People, SmallTable

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.metrics.engines.engine import Engine

FAR = 2**62  # beyond every count and every amount in minor units
FIRST_DAY = date(1, 1, 1)
KEPT = 16  # segments whose people an engine remembers
Term = tuple[Any, ...]


@dataclass(frozen=True)
class Counted:
    """How many people a segment has of all `buyers` in scope, and what they have bought up to the day; None with `why`.

    `gmv` is text in major units of `currency`.
    """

    segment: Segment
    people: int | None
    buyers: int | None
    orders: int | None
    gmv: str | None
    currency: str
    scope: dict[str, Any]
    notes: tuple[Note, ...]
    why: Why | None
    sql: str

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop members segment --json` prints it."""
        share = self.people / self.buyers if self.people is not None and self.buyers else None
        return {
            "segment": written(self.segment), "words": written(self.segment, "zh" if lang == "zh" else "en"),
            "people": self.people, "buyers": self.buyers, "share": share, "orders": self.orders, "gmv": self.gmv,
            "currency": self.currency, "scope": self.scope, "notes": [note.text(lang) for note in self.notes],
            **reason_of(self.why, lang),
        }  # fmt: skip


def count(ask: Ask, segment: Segment) -> Counted:
    """How many people a segment has, and what they bought."""
    members, found = found_by(ask, segment)
    why = members.unknown(list(members.question.stores.values()))
    currency = members.currency(None)
    about = (currency, members.scope(), members.notes(), why, found.script)
    if why is not None:
        return Counted(segment, None, None, None, None, *about)
    sql = ask.engine.compiled("segment_buyers", Shape())
    buyers = ask.engine.run_once(sql, members.reader.tables).rows[0][0]
    orders, gmv = (sum(array(found.table.column(name)).tolist()) for name in ("orders", "gmv"))
    return Counted(segment, len(found), buyers, orders, write(gmv, "money", currency), *about)


def people(ask: Ask, segment: Segment) -> pa.Table:
    """The people of a segment: store, buyer_key, person, one row for each store of the scope in which somebody bought.

    Whether a store may be asked for its buyers is checked as everywhere; whether it names enough of them is not.
    """
    import pyarrow as pa

    members, found = found_by(ask, segment)
    stores = list(members.question.stores)
    if len(stores) == 1:
        rows = found.table.select(["buyer_key"]).add_column(0, "store", pa.array([stores[0]] * len(found), pa.int64()))
    else:
        sql = ask.engine.compiled("segment_rows", Shape())
        rows = ask.engine.table(sql, {**members.reader.tables, "people": found})
    return rows.append_column("person", rows.column("buyer_key"))


def found_by(ask: Ask, segment: Segment) -> tuple[Members, People]:
    """The question that a segment asks of all loaded days, and the people it finds."""
    members = Members(ask, ask.history, FIGURES)
    return members, _people(ask.engine, members.question, segment, ask.until, _bounds(ask, segment))


def people_of(engine: Engine, question: Question) -> People:
    """The people of a question's segment, as of the newest loaded day; raises `segment_currencies`."""
    assert question.segment is not None
    plain = engine.plain()
    loaded = loaded_span(plain, stores=question.viewer.stores) or (question.request.period.last,) * 2
    own = dict(question.own_currencies)
    stores = {i: replace(store, currency=own[i]) for i, store in question.stores.items()}
    limits = engine.saved.limits(tuple(stores)) if engine.saved else {}
    asked = Ask(plain, question.viewer, stores, loaded, basis="orders", limits=limits)
    return _people(
        plain, replace(question, stores=stores), question.segment, loaded[1], _bounds(asked, question.segment)
    )


def _bounds(ask: Ask, segment: Segment) -> dict[str, tuple[int, int, int]]:
    """What states and RFM groups are held against, as the life cycle and RFM of the same scope tell it."""
    wanted = {one.name for one in conditions(segment) if isinstance(one, Trait)}
    found = {}
    whole = replace(ask, by_store=False)
    if "state" in wanted:
        limits = limits_of(whole) or Limits(FAR - 1, FAR)
        found["state"] = (limits.sleeping, limits.lost, 0)
    if "rfm" in wanted:
        bands = bands_of(whole)
        high = (bands.recency[2], bands.frequency[2], bands.amount[2]) if bands else (-1, FAR, FAR)
        found["rfm"] = high
    return found


def _people(
    engine: Engine, question: Question, segment: Segment, until: date, bounds: Mapping[str, tuple[int, int, int]]
) -> People:
    """The people of a segment among the buyers of the question's stores, up to a day."""
    key = repr((written(segment), tuple(question.stores), until, sorted(bounds.items())))
    kept: dict[str, People] = engine.learned.setdefault(("segments",), {})
    if key not in kept:
        built = _Built(question.stores, until, bounds)
        shape = Shape(segment=built.term(segment))
        tables = {**small_tables(engine, replace(question, segment=None, wanted=[])), **built.tables()}
        sql = engine.compiled("segment_people", shape)
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = People(key, engine.table(sql, tables), engine.script(sql, tables))
    return kept[key]


class _Built:
    """A segment taken apart: how it is built, and its values as rows of `terms` and `picks`."""

    def __init__(self, stores: Mapping[int, Store], until: date, bounds: Mapping[str, tuple[int, int, int]]) -> None:
        self.stores, self.until, self.bounds = stores, until, bounds
        self.terms: list[tuple[int, date, date, int, int, int]] = []
        self.picks: list[tuple[int, str]] = []
        self.slots = 0

    def tables(self) -> dict[str, SmallTable]:
        """The small tables of the statement."""
        from goldloop.core.calendar import Period

        days = bucket_table([(0, Period(self.until, self.until))], new="first-in-data")
        return {"terms": self.terms, "picks": self.picks, "buckets": days}

    def term(self, segment: Segment) -> Term:
        """A part of the segment without its values."""
        match segment:
            case Joined(word, parts):
                return (word, *(self.term(part) for part in parts))
            case Not(part):
                return ("not", self.term(part))
            case Count(measure, op, number, where, days):
                span = (FIRST_DAY, self.until) if days is None else days.span(self.until)
                low, high = _ends(op, number.scaleb(self._places()) if measure in ("amount", "average") else number)
                if measure == "purchases" and low <= 2 and (high == FAR or high <= 1):
                    measure = "few"  # which is counted with less work
                head = ("count", self._held(*span, low, high), measure, self._slots(where))
                return (*head, days is not None, _least(segment, low, high))
            case When(end, days):
                return ("when", self._held(*days.span(self.until)), end)
            case Then(where, after, within):
                held = self._held(FIRST_DAY, self.until, 1, within)
                return ("then", held, self._slots(where), self._slots(after))
            case Trait(name, values):
                window = self.until - timedelta(days=WINDOW - 1)
                held = self._held(window, self.until, *self.bounds.get(name, (0, 0, 0)))
                return ("trait", held, name, self._slot(values))

    def _held(self, first: date, last: date, low: int = 0, high: int = 0, third: int = 0) -> int:
        self.terms.append((len(self.terms), first, last, low, high, third))
        return len(self.terms) - 1

    def _slots(self, where: tuple[Filter, ...]) -> tuple[tuple[str, int], ...]:
        return tuple((one.cut, self._slot(one.values)) for one in where)

    def _slot(self, values: tuple[str, ...]) -> int:
        self.slots += 1
        self.picks += [(self.slots, value) for value in values]
        return self.slots

    def _places(self) -> int:
        """Decimals of the amounts; raises `segment_currencies`."""
        currencies = sorted({store.currency for store in self.stores.values()})
        if len(currencies) > 1:
            raise QuestionError(
                "segment_currencies", "Amounts of stores in different currencies cannot be held against one number.",
                given=currencies, todo="--store NAME", currencies=", ".join(currencies),
            )  # fmt: skip
        return exponent(currencies[0])


def _least(count: Count, low: int, high: int) -> str:
    """Whether a condition needs an order that passes (`some`), or says no more than that there is a line with its goods."""
    plain = count.days is None and all(one.cut in GOODS for one in count.where)
    if plain and (low, high) == (1, FAR) and count.measure in ("orders", "purchases"):
        return "simply"
    return "some" if low >= 1 else ""


def _ends(op: str, number: Decimal) -> tuple[int, int]:
    """The whole numbers from and to which pass.

    >>> _ends(">", Decimal("1.5")), _ends("<", Decimal(3)) == (-FAR, 2), _ends("=", Decimal("1.5"))
    ((2, 4611686018427387904), True, (2, 1))
    """
    up, down = math.ceil(number), math.floor(number)
    return {">=": (up, FAR), ">": (down + 1, FAR), "<=": (-FAR, down), "<": (-FAR, up - 1), "=": (up, down)}[op]
