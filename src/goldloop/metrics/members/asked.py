"""One question about members: its stores, days and rights, the arrays that answer it, and why a store has no answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goldloop.core.arrays import array
from goldloop.core.calendar import Period
from goldloop.core.members.lifecycle import Limits
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.answer import Note
from goldloop.metrics.query import Question, QuestionError, Request, bucket_table, resolve, small_tables
from goldloop.metrics.rates import PLACES
from goldloop.metrics.reader import Reader
from goldloop.metrics.reasons import text
from goldloop.metrics.types import People

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.metrics.engines.engine import Engine

FIGURES = ("buyers", "gmv")
MONEY = frozenset({"amount", "amount_then", "gmv", "repeat_gmv", "costed", "cogs"})  # columns of groups
LEAST = 30  # people from whom on a share is told
Why = tuple[str, dict[str, Any]]
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Ask:
    """Whom to ask about: published `stores` through a `viewer`; `loaded` are their first and last loaded day.

    `names` of stores (empty: all she may see); `day`: the last day that counts (None: the last loaded one); `by_store`:
    every store for itself, else all of them as one group, in which a person with one key is one person; `basis` orders
    counts identified buyers whatever their share; `currency`: what amounts are converted into; `limits` of a life cycle
    that people set, by store.
    """

    engine: Engine
    viewer: Viewer
    stores: Mapping[int, Store]
    loaded: tuple[date, date]
    names: tuple[str, ...] = ()
    day: date | None = None
    by_store: bool = False
    basis: str = "auto"
    currency: str | None = None
    limits: Mapping[int, Limits] = field(default_factory=dict)

    @property
    def until(self) -> date:
        """The last day that counts."""
        return self.day or self.loaded[1]

    @property
    def history(self) -> Period:
        """All loaded days up to it."""
        return Period(min(self.loaded[0], self.until), self.until)


@dataclass(frozen=True)
class Block:
    """What is told of one store, or of the whole group (`store` None): `rows` as JSON carries them, `about` beside them.

    Without `people` there is nothing but `why`.
    """

    store: str | None
    people: int | None
    rows: tuple[dict[str, Any], ...]
    about: dict[str, Any]
    why: Why | None = None


@dataclass(frozen=True)
class MemberTable:
    """A table about members, block by block; `columns` are the names and units of its rows."""

    what: str
    blocks: tuple[Block, ...]
    columns: dict[str, str]
    scope: dict[str, Any]
    notes: tuple[Note, ...]
    sql: str

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all blocks with their store: amounts in major units, shares as fractions."""
        return [{"store": block.store, **row} for block in self.blocks for row in block.rows]

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop members ... --json` prints it."""
        return {
            "rows": self.rows(),
            "stores": [
                {"store": one.store, "people": one.people, **one.about, **reason_of(one.why, lang)}
                for one in self.blocks
            ],
            "scope": self.scope,
            "notes": [note.text(lang) for note in self.notes],
        }


def reason_of(why: Why | None, lang: str) -> dict[str, Any]:
    """Why there is nothing, as JSON carries it; nothing where there is something."""
    return {} if why is None else {"reason": {"code": why[0], "text": text(*why, lang)}}


class Members:
    """An `Ask` that was checked, with what the engine says to it.

    `figures` are those that the answer tells of, so that who may not see one is refused; `people` are told from the others
    by groups of rows that know them; `starts`: groups ask when a store's day begins. Raises as every question does.
    """

    def __init__(
        self,
        ask: Ask,
        period: Period,
        figures: tuple[str, ...],
        *,
        cut: str | None = None,
        beside: Period | None = None,
        people: People | None = None,
        starts: bool = False,
    ) -> None:
        by = ("store",) * ask.by_store + ((cut,) if cut else ())
        compare = None if beside is None else f"{beside.first}..{beside.last}"
        request = Request(
            period, figures, by, ask.names, compare, basis=ask.basis, currency=ask.currency, new="first-in-data"
        )
        self.ask, self.question = ask, _resolved(ask, request)
        engine = self.question.engine(ask.engine)
        tables = small_tables(engine, self.question)
        periods = [period] if beside is None else [period, beside]
        tables["buckets"] = bucket_table(list(enumerate(periods)), new=request.new)
        self.shape = self.question.shape
        if people is not None:
            self.shape, tables["people"] = replace(self.shape, segment=("people",)), people
        if starts:
            tables["starts"] = [(store.id, store.day_starts) for store in self.question.stores.values()]
        self.reader = Reader(engine, self.question, tables)

    def groups(self) -> list[tuple[Store | None, list[Store]]]:
        """What is answered for itself: each store, or (None) all of them."""
        members = list(self.question.stores.values())
        return [(store, [store]) for store in members] if self.ask.by_store else [(None, members)]

    def unknown(self, members: Sequence[Store]) -> Why | None:
        """Why nothing is known of the buyers of these stores, if so."""
        period = self.question.request.period
        if not any(self.reader.feeds[store.id].reaches("orders", period) for store in members):
            return "no_data", {"feed": "orders"}
        return None if self.ask.basis == "orders" else self.reader.too_anonymous(0, list(members))

    def table(self, group: str, ints: Sequence[str], others: Sequence[str] = ()) -> pa.Table:
        """Columns of a group of rows, with `store` where each store counts for itself; null whole numbers are -1."""
        whole = (*(("store",) if self.ask.by_store else ()), *ints)
        names = [f'CAST(coalesce({self._minor(name)}, -1) AS BIGINT) AS "{name}"' for name in whole]
        inner = self.reader.engine.compiled(group, self.shape)
        sql = f"SELECT {', '.join([*names, *others])} FROM ({inner}) AS rows"
        self.reader.statements.append((group, sql, self.reader.tables))
        return self.reader.engine.table(sql, self.reader.tables)

    def _minor(self, name: str) -> str:
        """A column in SQL; of converted amounts the minor units, rounded half up."""
        if self.question.rates is None or name not in MONEY:
            return f'"{name}"'
        step = 10 ** (PLACES - exponent(self.question.rates.into))
        return self.reader.engine.divided(name, step)

    def columns(self, group: str, ints: Sequence[str], others: Sequence[str] = ()) -> Columns:
        """The same as arrays."""
        table = self.table(group, ints, others)
        return {name: array(table.column(name)) for name in table.column_names}

    def of(self, columns: Columns, store: Store | None) -> Columns:
        """The rows of one store; all of them for the whole group."""
        if store is None:
            return columns
        mine = np.flatnonzero(columns["store"] == store.id)
        return {name: values[mine] for name, values in columns.items()}

    def currency(self, store: Store | None) -> str:
        """The currency of a block's amounts."""
        return (store or next(iter(self.question.stores.values()))).currency

    def scope(self, **more: Any) -> dict[str, Any]:
        """What the answer is about."""
        found = self.question
        return {
            "stores": [store.name for store in found.stores.values()],
            "by": "store" if self.ask.by_store else "group",
            "day": str(self.ask.until),
            "basis": found.request.basis,
            **more,
        }

    def notes(self) -> tuple[Note, ...]:
        """What to know of every such answer."""
        return (Note("cohorts_from", {"day": str(self.ask.loaded[0])}),)


def _resolved(ask: Ask, request: Request) -> Question:
    """The question, checked as every other; what to do about two currencies is another thing here."""
    try:
        return resolve(ask.engine, ask.viewer, ask.stores, request)
    except QuestionError as error:
        if error.code != "mixed_currency":
            raise
        raise QuestionError(
            "members_currencies", "Buyers of stores in different currencies cannot be one group.", given=error.given,
            todo="--by-store, --store NAME, or with rates loaded --currency CNY",
        ) from None  # fmt: skip
