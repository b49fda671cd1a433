"""Amounts of several currencies in one answer: every row at the rate of its own day, exact to eight decimals.

An engine asked for such an answer reads each fact table through a view in which every money column is multiplied by an
integer `scale`: minor units of the row's currency become units of 10^-8 of the target currency. Nothing is rounded
before the answer is written, so the parts of a total still add up to it. In 64 bits such integers would end at 92 billion
of the target currency, which a shop that is counted in rupiah passes; so these views and their sums have 128.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.lake.schema import TABLES

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

PLACES = 8  # decimals of the target currency that converted amounts carry

# The day whose rate holds for a row. Reports over several days take their last one.
DAY_OF = {
    "orders": "coalesce(day, placed_day)",
    "order_lines": "day",
    "refunds": "day",
    "store_day": "last_day",
    "traffic": "last_day",
    "ads": "last_day",
    "ad_sales": "last_day",
    "costs": "last_day",
}


class RateError(GoldloopError):
    """Amounts cannot be expressed in the currency that was asked for."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of the target currency for one unit of `currency`, from `day` on until the next rate."""

    currency: str
    day: date
    rate: Decimal
    source: str | None

    def scale(self) -> int:
        """What one minor unit is in 10^-8 of the target: `rate x 10^(8 - exponent)`, rounded half up."""
        exact = self.rate.scaleb(PLACES - exponent(self.currency))
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Rates:
    """The target currency and all rates into it, by currency and day."""

    into: str
    rates: tuple[Rate, ...]

    def view(self, table: str, source: str) -> str:
        """SQL that reads a fact table from `source` with its money in the target currency."""
        columns = [c.name for c in TABLES[table].columns if c.type == "money"]
        scaled = ", ".join(f't."{c}"::HUGEINT * r.scale AS "{c}"' for c in columns)
        rows = ", ".join(f"('{r.currency}', DATE '{r.day}', {r.scale()}::BIGINT)" for r in self.rates)
        return (
            f"SELECT t.* REPLACE ({scaled}, '{self.into}' AS currency) FROM (SELECT *, {DAY_OF[table]} AS _rate_day FROM ({source})) t "
            f"ASOF LEFT JOIN (VALUES {rows}) r(currency, rate_day, scale) "
            "ON t.currency = r.currency AND t._rate_day >= r.rate_day"
        )

    def used(self, period: Period) -> list[Rate]:
        """Rates that hold on some day of the period, of other currencies than the target, by currency and day."""
        found = []
        for rate, following in zip(self.rates, [*self.rates[1:], None], strict=True):
            ends = following.day if following and following.currency == rate.currency else date.max
            if rate.currency != self.into and rate.day <= period.last and ends > period.first:
                found.append(rate)
        return found

    def on(self, currency: str, day: date) -> int | None:
        """The scale of a currency on a day; None before its first rate."""
        held = [r for r in self.rates if r.currency == currency and r.day <= day]
        return held[-1].scale() if held else None


def load_rates(engine: Engine, into: str, currencies: Iterable[str], periods: Iterable[Period]) -> Rates:
    """Rates of these currencies into `into` from table `fx`; a rate holds for every store, whoever imported it.

    Raises `rate_missing` when a currency has no rate on or before the first day that is asked about (the first of that
    month: booked months look back to it).
    """
    found = engine.run(
        "SELECT currency, day, rate, source FROM (SELECT *, row_number() OVER (PARTITION BY currency, day ORDER BY store) AS place "
        'FROM "fx" WHERE rate > 0 AND "into" = \'' + into.replace("'", "''") + "') AS told "
        "WHERE place = 1 ORDER BY currency, day",
        {},
    )
    own = Rate(into, date.min, Decimal(1), None)
    rates = Rates(
        into,
        tuple(sorted([own, *(Rate(*row) for row in found.rows if row[0] != into)], key=lambda r: (r.currency, r.day))),
    )
    first = min(p.first for p in periods).replace(day=1)
    for currency in sorted(set(currencies) - {into}):
        if rates.on(currency, first) is None:
            days = [r.day for r in rates.rates if r.currency == currency]
            raise RateError(
                "rate_missing",
                f"There is no exchange rate from {currency} to {into} on or before {first}.",
                given=f"{currency} to {into}",
                allowed=f">= {days[0]}" if days else None,
                todo="goldloop profile template fx, fill it in, goldloop import goldloop-fx.csv",
                currency=currency,
                into=into,
                day=str(first),
            )
    return rates


def scale_rows(
    rates: Rates, stores: Iterable[tuple[int, str]], periods: Iterable[Period]
) -> list[tuple[int, date, int]]:
    """(store, day, scale of its own currency's minor unit x minor units of a major one) for every day of the periods.

    For prices per unit, which are in major units and carry no day of their own.
    """
    days = sorted({p.first + timedelta(days=i) for p in periods for i in range(p.days)})
    rows = []
    for store, currency in stores:
        for day in days:
            scale = rates.on(currency, day)
            if scale is not None:
                rows.append((store, day, scale * 10 ** exponent(currency)))
    return rows
