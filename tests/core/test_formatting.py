"""UX-11: numbers as people read them, against a table of values in both languages that was worked out by other means."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from goldloop.core import formatting

TABLE = Path(__file__).parent / "data" / "formats.csv"
ROWS = list(csv.DictReader(TABLE.open(encoding="utf-8")))


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(ROWS) >= 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_value_of_the_table(lang: str) -> None:
    wrong = []
    for row in ROWS:
        value = Decimal(row["value"]) if row["value"] else None
        asked = value, row["unit"], row["currency"] or None, lang
        found = formatting.exact(*asked), formatting.compact(*asked)
        if found != (row[f"exact_{lang}"], row[f"compact_{lang}"]):
            wrong.append((row, found))
    assert wrong == []


def test_a_change_says_which_way_it_went_and_rates_change_in_points() -> None:
    assert formatting.change(12_345_00, "money", "CNY", "zh") == "+1.23万"
    assert formatting.change(-12_345_00, "money", "CNY", "en") == "-12.35K"
    assert formatting.change(0, "money", "CNY", "zh") == "0.00"
    assert formatting.change(0.001, "rate", None, "zh") == "+0.10点"
    assert formatting.change(-0.012345, "rate", None, "en") == "-1.23 pp"
    assert formatting.change(None, "rate", None, "en") == "--"


def test_nothing_is_never_shown_as_a_signed_nothing() -> None:
    assert formatting.change_rate(-0.0001, "en") == "0.0%"
    assert formatting.change(-0.000001, "rate", None, "zh") == "0.00点"
    assert formatting.compact(-0.4, "count", None, "zh") == "0"


def test_parts_of_a_chart_stand_in_one_step() -> None:
    values, step = formatting.scaled([100_00, 2_000_000_00, None], "money", "CNY", "zh")
    assert (values, step) == ([0.01, 200.0, None], "万")
    assert formatting.scaled([0.05], "rate", None, "en") == ([5.0], "%")
    assert formatting.scaled([999], "count", None, "en") == ([999.0], "")


def test_days_name_their_weekday_and_periods_both_ends() -> None:
    friday = date(2026, 11, 20)
    assert formatting.days(friday, friday, "zh") == "2026-11-20(五)"
    assert formatting.days(friday, friday, "en") == "Fri 11-20, 2026"
    assert formatting.days(date(2025, 12, 30), date(2026, 1, 2), "en") == "2025-12-30 ~ 2026-01-02"
    assert formatting.days(date(2026, 1, 2), date(2026, 1, 9), "zh") == "2026-01-02 ~ 01-09"
