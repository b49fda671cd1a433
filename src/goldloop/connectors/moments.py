"""When a file was exported and which days it covers, as its name and the lines above its header say."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from goldloop.connectors.dates import in_zone

_EPOCH = re.compile(r"(?<!\d)(1\d{9})(?:\d{3})?(?!\d)")
_STAMP = re.compile(  # 20261002_101010, 20261002101010, 202610021010, 2026-10-02 10_10_10
    r"(?<!\d)(20\d{2})(?:(\d{2})(\d{2})[ _T-]?(\d{2})(\d{2})(\d{2})|(\d{2})(\d{2})(\d{2})(\d{2})|-(\d{2})-(\d{2})[ _T](\d{2})[-_:](\d{2})[-_:](\d{2}))(?!\d)"
)
_DAY = re.compile(r"(?<!\d)(20\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_COMPACT_DAY = re.compile(r"(?<!\d)(20\d{2})([01]\d)([0-3]\d)(?!\d)")
_WORDED = re.compile(  # October 1, 2026 and 1 octobre 2026, 1. Oktober 2026, 1 de octubre de 2026
    r"(?P<m1>[^\W\d_]{3,})\.? (?P<d1>\d{1,2}),? (?P<y1>20\d{2})"
    r"|(?P<d2>\d{1,2})\.? (?:de )?(?P<m2>[^\W\d_]{3,})\.? (?:de )?(?P<y2>20\d{2})"
)
_MONTHS = tuple(  # English, French, German, Spanish; short forms are their first letters
    names.split()
    for names in (
        "january janvier januar enero", "february février februar febrero", "march mars märz marzo", "april avril abril",
        "may mai mayo", "june juin juni junio", "july juillet juli julio", "august août agosto",
        "september septembre septiembre", "october octobre oktober octubre", "november novembre noviembre",
        "december décembre dezember diciembre",
    )
)  # fmt: skip
_MONTH = re.compile(r"(?<!\d)(20\d{2})[-年]([01]?\d)(?![\d-])")


def export_moment(file_name: str, ways: Iterable[str], *, zone: str, latest: datetime) -> datetime | None:
    """The export moment in a file name as wall clock of the zone; None when there is none or it lies after `latest`.

    Ways: `epoch` (seconds or milliseconds since 1970) and `stamp` (20261002_101010 or the like).
    """
    for way in ways:
        if way == "epoch" and (match := _EPOCH.search(file_name)):
            found = in_zone(datetime.fromtimestamp(int(match[1]), tz=UTC), zone)
        elif way == "stamp" and (match := _STAMP.search(file_name)):
            try:
                year, month, day, hour, minute, *seconds = (int(g) for g in match.groups() if g is not None)
                found = datetime(year, month, day, hour, minute, sum(seconds))
            except ValueError:
                continue
        else:
            continue
        if found <= latest:
            return found
    return None


def period_in(text: str) -> tuple[date, date] | None:
    """First and last day named in a text (a file name, a line above the header); stamps with a time of day are left out.

    >>> period_in("【生意参谋平台】商品_全部_2026-10-01_2026-10-07.xls")
    (datetime.date(2026, 10, 1), datetime.date(2026, 10, 7))
    >>> period_in("October 1, 2026 - October 7, 2026") == period_in("1 octobre 2026 - 7 octobre 2026")
    True
    >>> period_in("商品报表_20261002_101010.csv") is None, period_in("宏观监控_2026-02.xls")
    (True, (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28)))
    """
    text = _WORDED.sub(_in_digits, " ".join(text.split()))
    for shape in (_DAY, _COMPACT_DAY):
        rest = text if shape is _DAY else _STAMP.sub(" ", text)
        days = [d for d in (_day(*m.groups()) for m in shape.finditer(rest)) if d is not None]
        if days:
            return (days[0], days[1]) if len(days) == 2 and days[0] <= days[1] else _single(days)
    months = [m for m in _MONTH.finditer(_STAMP.sub(" ", text)) if 1 <= int(m[2]) <= 12]
    if len(months) == 1:
        year, month = int(months[0][1]), int(months[0][2])
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return None


def period_between(lines: Iterable[str], first: Iterable[str], last: Iterable[str]) -> tuple[date, date] | None:
    """The period that two lines state together, known by their words: "Start date: 20261001", "End date: 20261007"."""
    lines = list(lines)
    starts = [p[0] for line in lines if any(w in line for w in first) and (p := period_in(line)) is not None]
    ends = [p[1] for line in lines if any(w in line for w in last) and (p := period_in(line)) is not None]
    return (starts[0], ends[0]) if starts and ends else None


def latest_allowed(import_moment: datetime, zone: str) -> datetime:
    """Times after this are mistakes: one day after the import, in the store's zone."""
    return in_zone(import_moment, zone) + timedelta(days=1)


def _in_digits(match: re.Match[str]) -> str:
    """A date with a month in words as 2026-10-01; unchanged when the word is no month."""
    part = match.groupdict()
    word, day, year = part["m1"] or part["m2"], part["d1"] or part["d2"], part["y1"] or part["y2"]
    for number, names in enumerate(_MONTHS, 1):
        if any(name.startswith(word.casefold()) for name in names):
            return f"{year}-{number:02d}-{int(day):02d}"
    return match[0]


def _single(days: list[date]) -> tuple[date, date] | None:
    """The one day that is meant, or None when several are named without being a range."""
    return (days[0], days[0]) if len(set(days)) == 1 else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
