"""Up to which day refunds are known, and how far counting goes: what is asked for, or the same age on both sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from goldloop.core.calendar import Period
from goldloop.metrics.types import SmallTable

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

# As in core.mature, which loads numpy: days after payment in which refunds are expected, days to learn from, share of final.
HORIZON, WINDOW, FINAL = 60, 365, 0.95
DATED = 0.95  # share of refunds whose day has to be told
EVER = date(2999, 12, 31)  # of a store that does not tell the days of its refunds: all of them count


@dataclass(frozen=True, slots=True)
class Known:
    """Of one store: the newest day that its after-sale rows (without any: its orders) speak of, and whether refunds have days."""

    day: date
    dated: bool


def known_days(engine: Engine, stores: Collection[int]) -> dict[int, Known]:
    """What is known of the refunds of these stores; stores without orders are not among them."""
    orders = engine.run_once(
        "SELECT store, max(placed_day) AS last, sum(refunded) AS refunded, "
        "sum(refunded) FILTER (WHERE refunded_basis <> 'aftersale') AS bare FROM \"orders\" WHERE counts GROUP BY store ORDER BY store",
        {},
    )
    refunds = engine.run_once(
        "SELECT store, max(greatest(day, CAST(requested_at AS DATE))) AS last, sum(amount) AS refunded, "
        "sum(amount) FILTER (WHERE day IS NULL) AS bare FROM \"refunds\" WHERE status = 'done' GROUP BY store",
        {},
    )
    told = {row["store"]: row for row in refunds.dicts() if row["last"] is not None}
    found = {}
    for row in orders.dicts():
        store = row["store"]
        if store in stores and row["last"] is not None:
            dated = store in told and all(
                (r["bare"] or 0) <= (1 - DATED) * (r["refunded"] or 0) for r in (row, told[store])
            )
            found[store] = Known(told[store]["last"] if dated else row["last"], dated)
    return found


def known_to(known: date, period: Period, set_against: Period | None) -> date:
    """The day up to which a period's refunds count; where it is set against another, its last day is then as old as that one's.

    >>> june, july = Period(date(2026, 6, 1), date(2026, 6, 7)), Period(date(2026, 7, 1), date(2026, 7, 7))
    >>> str(known_to(date(2026, 7, 10), june, july))
    '2026-06-10'
    """
    return known if set_against is None else period.last + (known - set_against.last)


def known_rows(
    known: Mapping[int, Known], sides: Sequence[tuple[int, Period, Period | None]], *, asked: date | None
) -> SmallTable:
    """Rows of `knowns` for buckets given as number, period and the period whose age they take.

    `asked` is the day asked for in place of each store's own.
    """
    rows = []
    for number, period, other in sides:
        for store, own in sorted(known.items()):
            day = known_to(asked or own.day, period, other)
            rows.append((number, store, day if own.dated else EVER, day - timedelta(days=HORIZON)))
    return rows
