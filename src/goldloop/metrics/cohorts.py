"""Cohorts (同期群): buyers by the month (or week) of their first purchase, and what they do in the months that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.core import calendar
from goldloop.core.calendar import Period, whole
from goldloop.core.formula import Number
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.answer import Note, write
from goldloop.metrics.query import Question, Request, resolve, small_tables
from goldloop.metrics.reader import Reader
from goldloop.metrics.reasons import text

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

LEAST = 30  # people from whom on a share of a cohort is told
Why = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cohort did `after` so many months: `people` who bought in that month, in `orders` of `gmv`.

    `gmv` in minor units. `back`: people who had come back for a second purchase day by the month's end, and their
    share of the cohort. `open`: the month is not over, so more may come. Of what is not known all is None, with `why`;
    a cohort of fewer than LEAST people has no shares.
    """

    after: int
    people: int | None = None
    orders: int | None = None
    gmv: Number | None = None
    share: float | None = None
    back: int | None = None
    back_share: float | None = None
    open: bool = False
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people whose first loaded purchase falls into a month or week, from that one on; `people` None where unknown."""

    label: str
    people: int | None
    cells: tuple[Cell, ...]
    why: Why | None = None


@dataclass(frozen=True)
class Cohorts:
    """The table: cohorts from the oldest on, each with one cell per month (or week: `grain`) since; `why`: the one reason for no table at all."""

    grain: calendar.Grain
    cohorts: tuple[Cohort, ...]
    scope: dict[str, Any]
    notes: tuple[Note, ...]
    why: Why | None
    sql: str

    def rows(self) -> list[dict[str, Any]]:
        """One row per cell, as JSON and files carry it: amounts in major units, shares as fractions."""
        return [
            {
                self.grain: cohort.label, "size": cohort.people, "after": cell.after, "people": cell.people,
                "orders": cell.orders, "gmv": write(cell.gmv, "money", self.scope["currency"]), "share": cell.share,
                "back": cell.back, "back_share": cell.back_share, "open": cell.open,
            }
            for cohort in self.cohorts
            for cell in cohort.cells
        ]  # fmt: skip

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop cohorts --json` prints it."""
        reasons = [
            {self.grain: one.label, "after": cell.after, "code": cell.why[0], "text": text(*cell.why, lang)}
            for one in self.cohorts
            for cell in one.cells
            if cell.why is not None
        ]
        return {
            "rows": self.rows(),
            "reasons": reasons,
            "scope": self.scope,
            "notes": [note.text(lang) for note in self.notes],
            **({"reason": {"code": self.why[0], "text": text(*self.why, lang)}} if self.why else {}),
        }


COLUMNS = {
    "size": "count", "after": "count", "people": "count", "orders": "count", "gmv": "money",
    "share": "rate", "back": "count", "back_share": "rate", "open": "text",
}  # fmt: skip


def columns(found: Cohorts) -> dict[str, str]:
    """The names and units of the rows of a table."""
    return {found.grain: "text", **COLUMNS}


def cohorts(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, *, loaded: tuple[date, date] | None
) -> Cohorts:
    """The cohorts whose first purchase falls into the request's period, by calendar month, or by week where it says so, up to its end.

    A buyer's month is that of her first purchase among all loaded rows of the stores in scope (first in data). Months in
    which a store tells too few of its buyers are unknown, unless the basis is orders. `loaded` are the first and last
    loaded day, by which a month is over or not. Raises as every question does.
    """
    grain: calendar.Grain = "week" if request.by == ("week",) else "month"
    asked = Request(
        Period(whole(grain, request.period.first).first, request.period.last), ("buyers",), (grain,), request.stores,
        basis=request.basis, currency=request.currency, new="first-in-data",
    )  # fmt: skip
    question = resolve(engine, viewer, stores, asked)
    engine = question.engine(engine)
    reader = Reader(engine, question, small_tables(engine, question))
    unknown = _unknown(reader, question)
    parts = {(row["cohort"], row["bucket"]): row for row in reader.run("cohort_parts", question.shape).dicts()}
    last = loaded[1] if loaded else question.request.period.last
    found = tuple(_cohort(question, parts, unknown, number, last) for number in range(len(question.buckets)))
    known = tuple(one for one in found if one.people or (one.why is not None and one.why[0] != "no_data"))
    nothing = (
        next((one.why for one in (*known, *found) if one.why), None) if not any(one.people for one in found) else None
    )
    scope = {
        "stores": [store.name for store in question.stores.values()],
        "from": str(asked.period.first),
        "to": str(asked.period.last),
        "basis": asked.basis,
        "currency": next(iter(question.stores.values())).currency,
    }
    notes = (Note("cohorts_from", {"day": str(loaded[0])}),) if loaded else ()
    return Cohorts(grain, () if nothing else known, scope, notes, nothing, reader.script())


def _unknown(reader: Reader, question: Question) -> Mapping[int, Why]:
    """Number of each month in which buyers are not known -> why."""
    members: Sequence[Store] = list(question.stores.values())
    found: dict[int, Why] = {}
    for number, bucket in enumerate(question.buckets):
        if not any(reader.feeds[store.id].reaches("orders", bucket.period) for store in members):
            found[number] = ("no_data", {"feed": "orders"})
        elif question.request.basis != "orders" and (why := reader.too_anonymous(number, list(members))):
            found[number] = why
    return found


def _cohort(
    question: Question,
    parts: Mapping[tuple[int, int], Mapping[str, Any]],
    unknown: Mapping[int, Why],
    number: int,
    last: date,
) -> Cohort:
    label, grain = question.buckets[number].label, question.grain or "month"
    if number in unknown:
        return Cohort(label, None, (), unknown[number])
    size = parts[number, number]["people"] if (number, number) in parts else 0
    cells, back = [], 0
    for then in range(number, len(question.buckets)):
        if then in unknown:  # who came back in it is not known, so nobody knows how many have come back since
            cells += [Cell(k - number, why=unknown[then]) for k in range(then, len(question.buckets))]
            break
        row = parts.get((number, then), {"people": 0, "orders": 0, "gmv": 0, "seconds": 0})
        back += row["seconds"]
        many, end = size >= LEAST, whole(grain, question.buckets[then].period.first).last
        cells.append(
            Cell(
                after=then - number,
                people=row["people"],
                orders=row["orders"],
                gmv=question.minor(row["gmv"]),
                share=row["people"] / size if many else None,
                back=back,
                back_share=back / size if many else None,
                open=end > min(last, question.request.period.last),
            )
        )
    return Cohort(label, size, tuple(cells))
