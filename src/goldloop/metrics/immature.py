"""Young days: what to know of refunds that are still coming in, and figures that cannot be told at an age."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import accumulate

from goldloop.core.calendar import Period
from goldloop.metrics.answer import Note
from goldloop.metrics.known_days import FINAL, HORIZON, WINDOW
from goldloop.metrics.part_names import MATURE_PARTS, REFUNDED_PARTS
from goldloop.metrics.query import bucket_table
from goldloop.metrics.reader import Reader
from goldloop.metrics.rows import Rows, Scope
from goldloop.metrics.shape import Shape


def withhold(reader: Reader, rows: Rows) -> None:
    """Where refunds count up to a day only: null for rows of a store that does not tell the days of its refunds."""
    if not reader.q.shape.known:
        return

    def bare(scope: Scope) -> str:
        return ", ".join(s.name for s in scope.members if s.id in reader.known and not reader.known[s.id].dated)

    for place, names in enumerate(rows.by_scope(bare)):
        for part in REFUNDED_PARTS & rows.parts.keys() if names else ():
            if rows.parts[part][place] is not None:
                rows.set(place, part, None, ("refund_days_unknown", {"store": names}))


def notes(reader: Reader) -> list[Note]:
    """How far refunds are counted, and which stores' refunds of these days are still coming in."""
    if not reader.wants(REFUNDED_PARTS):
        return []
    asked = reader.q.request
    found = [Note("same_age", {})] if asked.same_age or asked.as_old_as is not None else []
    if reader.q.request.known is not None:
        found.append(Note("known_to", {"day": str(reader.q.request.known)}))
    if reader.wants(MATURE_PARTS):  # these say it themselves
        return found
    return found + _immature(reader)


def _immature(reader: Reader) -> list[Note]:
    """A note on stores whose refunds of the asked days are not final; light, for it stands beside every golden formula."""
    last, spans = reader.q.request.period.last, [feeds.spans.get("refunds") for feeds in reader.feeds.values()]
    if not any(span and span[1] and last > span[1] - timedelta(days=HORIZON) for span in spans):
        return []
    known = {store: reader.q.request.known or one.day for store, one in sorted(reader.known.items()) if one.dated}
    alike: dict[tuple[date, int], list[str]] = defaultdict(list)
    for store, age in sorted(_final_ages(reader, known).items()):
        open_after = known[store] - timedelta(days=age + 1)
        if last > open_after:
            alike[open_after, age].append(reader.q.stores[store].name)
    return [
        Note("refunds_immature", {"store": ", ".join(names), "day": str(day), "age": age})
        for (day, age), names in sorted(alike.items())
    ]


def _final_ages(reader: Reader, known: Mapping[int, date]) -> dict[int, int]:
    """Per store the age in days by which FINAL of the refunds had come, of orders too old for any more of them."""
    own = {s: Period(day - timedelta(days=WINDOW - 1), day - timedelta(days=HORIZON)) for s, day in known.items()}
    if not own:
        return {}
    numbers = {period: number for number, period in enumerate(sorted(set(own.values())))}  # mostly the same of all
    amounts: dict[int, Counter[int]] = defaultdict(Counter)
    old = [(number, period) for period, number in numbers.items()]
    tables = {**reader.tables, "buckets": bucket_table(old, new=reader.q.request.new)}
    sql = reader.engine.compiled("refund_delays", Shape())
    reader.statements.append(("refund_delays", sql, tables))
    for row in reader.engine.run_once(sql, tables).dicts():
        if row["store"] in own and row["bucket"] == numbers[own[row["store"]]] and row["age"] <= HORIZON:
            amounts[row["store"]][max(row["age"], 0)] += row["amount"]
    found = {}
    for store, by_age in amounts.items():
        ages = sorted(by_age)
        come = accumulate(by_age[age] for age in ages)
        found[store] = next(age for age, sum_ in zip(ages, come, strict=True) if sum_ >= FINAL * by_age.total())
    return found
