"""The buckets of the reports and what each is compared with. Needs nothing but Python: every peer reads it."""

from __future__ import annotations

import json
import resource
import sys
import time
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

FIRST, LAST = date(2023, 1, 1), date(2025, 12, 31)
FIRST_MONDAY, LAST_SUNDAY = date(2023, 1, 2), date(2025, 12, 28)  # whole weeks are asked for
GRAINS = ("day", "week", "month")
CUTS = ("whole", "store", "channel", "category", "price_band")
BANDS = ((0, "0-20"), (20, "20-50"), (50, "50-100"), (100, "100-200"), (200, "200-300"), (300, "300-500"), (500, "500-1000"), (1000, "1000+"))  # fmt: skip
NEW_AFTER = 365  # days without a purchase before the bucket that make a buyer new
FIGURES = (
    "buyers", "orders", "gmv", "buyer_value", "order_value", "new_buyers", "repeat_buyers", "new_gmv", "repeat_gmv",
    "refund_rate", "net",
)  # fmt: skip
OF_VISITS = ("visitors", "conversion")  # known for the whole group and for a store only


def figures(cut: str) -> tuple[str, ...]:
    """The figures of a report, in order."""
    return (*OF_VISITS, *FIGURES) if cut in ("whole", "store") else FIGURES


def buckets(grain: str) -> list[tuple[date, date | None, date | None]]:
    """First day of each asked bucket, of the bucket before it, and of the same one last year; None before the first day."""
    if grain == "day":
        found = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
    elif grain == "week":
        found = [FIRST_MONDAY + timedelta(weeks=i) for i in range((LAST_SUNDAY - FIRST_MONDAY).days // 7 + 1)]
    else:
        found = [date(year, month, 1) for year in range(FIRST.year, LAST.year + 1) for month in range(1, 13)]
    return [(day, _loaded(_before(day, grain), grain), _loaded(_last_year(day, grain), grain)) for day in found]


def _loaded(day: date, grain: str) -> date | None:
    """The bucket that begins on a day, if any of its days is loaded."""
    last = day + timedelta(days={"day": 0, "week": 6, "month": 27}[grain])
    return day if last >= FIRST else None


def _before(day: date, grain: str) -> date:
    if grain == "month":
        return (day - timedelta(days=1)).replace(day=1)
    return day - timedelta(days=1 if grain == "day" else 7)


def _last_year(day: date, grain: str) -> date:
    if grain == "week":
        year, week, _ = day.isocalendar()
        return date.fromisocalendar(year - 1, week, 1)
    return day.replace(year=day.year - 1, day=min(day.day, monthrange(day.year - 1, day.month)[1]))


def asked_grains() -> tuple[str, ...]:
    """The grains whose reports are asked for: the third argument of a script, else all."""
    return tuple(sys.argv[3].split(",")) if len(sys.argv) > 3 else GRAINS


def run(work: Callable[[dict[str, list[str]], Path], None]) -> None:
    """Do the whole job of a peer and print what it cost: `script FILES.json FOLDER [GRAIN,...]`."""
    files, folder = json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2])
    started = time.perf_counter()
    work(files, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - started, "memory": used.ru_maxrss / 1024,
    }))  # fmt: skip
