"""A shop of ninety quiet days in the small format, with two days on which most orders stayed away."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from tests.apps.homes import fresh_home
from tests.jobs.mini import row, stock, write

from goldloop import home as homes
from goldloop.shop import Shop

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 28)  # no event and no festival in it
FALL = date(2026, 9, 25)


def counts(planted: Mapping[date, int]) -> dict[date, int]:
    """Orders by day: about twelve, except where planted."""
    rng = np.random.default_rng(3)
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    return {day: planted.get(day, int(count)) for day, count in zip(days, rng.poisson(12, len(days)), strict=True)}


@functools.cache
def _template() -> Path:
    from django.db import connection

    folder = Path(tempfile.mkdtemp(prefix="goldloop-watched-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = fresh_home(folder / "home")
    rows = [
        row(f"{day}-{n}", quantity=1, price=f"{90 + n % 5}.00", at=f"{day} {8 + n % 12:02d}:00:00")
        for day, count in counts({FALL: 2, FALL + timedelta(days=1): 12, LAST: 1}).items() for n in range(count)
    ]  # fmt: skip
    stock(home)
    Shop(home).import_files([write(folder / "orders.csv", rows)], store="A")
    connection.close()
    return home.root


def watched(folder: Path) -> Shop:
    """The shop, loaded, in a home of its own."""
    shutil.copytree(_template(), folder / "watched")
    return Shop(homes.find(folder / "watched"))


def after(day: date) -> datetime:
    """The middle of the day after, by the clock of Shanghai."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(days=1)
