"""The calendar by lanes: days as columns, and one row for what is alike, from platform events down to who is away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import ceil
from typing import Any

from goldloop.core import formatting
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.web import asked
from goldloop.web.calendar_bars import Bar, placed
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.words import word

# Lane -> what is on it; one without anything is left out unless it is one of `ALWAYS`.
LANES = {
    "platform": ("platform", "event"), "store": ("store", "members", "acquisition", "other"), "coupon": ("coupon",), "ads": ("ads",),
    "launch": ("launch",), "arrival": ("arrival",), "leave": ("leave",), "note": ("note",),
}  # fmt: skip
ALWAYS = frozenset(LANES) - {"note"}
RIPE = 30  # days after which a new buyer is called back
SIZES = 5  # of the dots of batches
WORDS = 0.13  # of the width: what the words of a bar need


def lanes(bars: Sequence[Bar], period: Period) -> list[dict[str, Any]]:
    """Every lane with as many rows as its bars and their words need, each row as cells from the first day to the last."""
    found = []
    for name, kinds in LANES.items():
        mine = [one for bar in bars if bar.about in kinds and (one := placed(bar, period)) is not None]
        if mine or name in ALWAYS:
            found.append({"name": name, "rows": rows_of(mine, period.days)})
    return found


def rows_of(parts: Sequence[Mapping[str, Any]], days: int) -> list[list[dict[str, Any]]]:
    """Parts of bars packed into rows, with a blank cell for every day between them.

    None overlap, nor do the words of a `short` bar, which stand on over the days behind it.
    """
    room = ceil(days * WORDS)
    rows: list[list[dict[str, Any]]] = []
    used: list[int] = []
    for part in sorted(parts, key=lambda one: (one["from"], -one["span"])):
        at = next((i for i, end in enumerate(used) if end < part["from"]), len(rows))
        if at == len(rows):
            rows.append([])
            used.append(0)
        short = part["span"] < room and part["from"] + room - 1 <= days
        rows[at] += [{"span": 1} for _ in range(part["from"] - _end(rows[at]) - 1)]
        rows[at].append({**part, "short": short})
        used[at] = part["from"] + (room if short else part["span"]) - 1
    rows = rows or [[]]
    for row in rows:
        row += [{"span": 1} for _ in range(days - _end(row))]
    return rows


def _end(row: Sequence[Mapping[str, Any]]) -> int:
    return sum(cell["span"] for cell in row)


def batches(request: Request, scope: Scope, period: Period) -> dict[str, Any]:
    """What became of each day's new buyers when they were `RIPE` days old: a dot per day, the larger the more they are.

    `why` says in words why nothing is known; stores that do not know who is new are left out and named.
    """
    born = Period(period.first - timedelta(days=RIPE), period.last - timedelta(days=RIPE))
    if scope.newest is None or scope.newest < born.first:
        return {"cells": [], "why": word("calendar.batch_later", request.lang)}
    until, names = min(born.last, scope.newest), [store.name for store in scope.stores]
    try:
        answer = asked.figures(
            request, ("new_buyers",), by=("day", "store"), first=born.first, last=until, stores=names, basis=scope.basis
        )
    except GoldloopError:
        return {"cells": [], "why": word("calendar.batch_unknown", request.lang)}
    counts: dict[str, int] = defaultdict(int)
    known = set()
    for day, store, count in zip(*(answer.columns[name] for name in ("day", "store", "new_buyers")), strict=True):
        if count is not None:
            known.add(store)
            counts[day] += int(count)
    if not known:
        return {"cells": [], "why": word("calendar.batch_unknown", request.lang)}
    left = [name for name in names if name not in known]
    return {"cells": _dots(counts, born, request.lang), "why": "", "without": ", ".join(left)}


def _dots(counts: Mapping[str, int], born: Period, lang: str) -> list[dict[str, Any]]:
    most = max(counts.values(), default=0)
    found = []
    for n in range(born.days):
        day = born.first + timedelta(days=n)
        count = counts.get(str(day), 0)
        size = max(1, round(SIZES * (count / most) ** 0.5)) if count else 0  # areas compare, not widths
        title = word("calendar.batch_title", lang, count=f"{count:,}", day=formatting.day(day, lang))
        found.append({"count": f"{count:,}", "size": size, "title": title if count else ""})
    return found


def months(period: Period) -> list[dict[str, Any]]:
    """The months of a period, each with how many of its days are inside."""
    found: dict[str, int] = {}
    for n in range(period.days):
        label = f"{period.first + timedelta(days=n):%Y-%m}"
        found[label] = found.get(label, 0) + 1
    return [{"title": label, "span": days} for label, days in found.items()]


def festivals(days: Sequence[Mapping[str, Any]], period: Period) -> list[list[dict[str, Any]]]:
    """The festivals of the days as a row of their own."""
    bars = [
        Bar(name, "festival", date.fromisoformat(day["date"]), date.fromisoformat(day["date"]), "festival")
        for day in days
        for name in day["festivals"]
    ]
    parts = [one for bar in bars if (one := placed(bar, period)) is not None]
    return rows_of(parts, period.days) if parts else []
