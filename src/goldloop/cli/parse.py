"""Reading what a person types: days, periods, times of day, COLUMN=VALUE."""

from __future__ import annotations

import re
from datetime import date

from goldloop.core.errors import GoldloopError


def day(text: str) -> date:
    """A date as `2026-06-01`; raises `date_bad`."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise GoldloopError("date_bad", f"'{text}' is no date.", given=text, allowed="YYYY-MM-DD", date=text) from error


def period(text: str) -> tuple[date, date]:
    """A period as `2026-06-01..2026-06-30`, or one day; raises `date_bad` or `period_reversed`."""
    first, _, last = text.partition("..")
    start, end = day(first), day(last or first)
    if end < start:
        raise GoldloopError("period_reversed", "The period ends before it begins.", given=text, allowed="FROM..TO")
    return start, end


def minutes(text: str) -> int:
    """A time of day as minutes after midnight: `05:30` is 330; raises `time_bad`."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if not found:
        raise GoldloopError("time_bad", f"'{text}' is no time of day.", given=text, allowed="HH:MM", time=text)
    return 60 * int(found[1]) + int(found[2])


def assignments(texts: list[str]) -> dict[str, str]:
    """COLUMN=VALUE pairs; an empty value clears the cell; raises `assignment_bad`."""
    found: dict[str, str] = {}
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column.strip():
            raise GoldloopError(
                "assignment_bad", f"'{text}' does not say COLUMN=VALUE.", given=text, allowed="COLUMN=VALUE", pair=text
            )
        found[column.strip()] = value
    return found
