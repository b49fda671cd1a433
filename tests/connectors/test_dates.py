from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.connectors import dates
from tests.connectors.support import at


def read(
    *cells: str | None, zone: str = "Asia/Shanghai", order: str = "ymd", part: str | None = None
) -> list[datetime | None]:
    values, bad = dates.times(pa.array(cells, pa.string()), zone=zone, order=order, part=part)
    assert [b and v is not None for v, b in zip(values.to_pylist(), bad.to_pylist(), strict=True)] == [False] * len(
        cells
    )
    assert all(
        b or v is not None or c is None for c, v, b in zip(cells, values.to_pylist(), bad.to_pylist(), strict=True)
    )
    return values.to_pylist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-10-01 10:00:01", "2026-10-01 10:00:01"), ("2026/10/2 13:41", "2026-10-02 13:41"), ("2026-10-02", "2026-10-02"),
        ("20260901", "2026-09-01"), ("2026年07月06日", "2026-07-06"), ("2026090110", "2026-09-01 10:00"), ("46023", "2026-01-01"),
        ("46023.5", "2026-01-01 12:00"), ("2026-10-01 10:00:01.250", "2026-10-01 10:00:01.250"), ("2026/10/2 3:04 PM", "2026-10-02 15:04"),
        ("2026/10/2 12:04 AM", "2026-10-02 00:04"), ("2026.10.02", "2026-10-02"), ("20261002 101010", "2026-10-02 10:10:10"),
        ("2026-02-30", None), ("2026-13-01", None), ("2026-10-01 25:00", None), ("2026-10-01 13:00 PM", None), ("10/2/2026", None),
        ("0001-01-01", None), ("yesterday", None), ("12", None), ("1791213782", None), ("99999", None),
    ],
)  # fmt: skip
def test_shapes(text: str, value: str | None) -> None:
    assert read(text) == [None if value is None else at(value)]


def test_order_of_day_and_month_is_the_profiles() -> None:
    assert read("10/2/2026 3:04", order="mdy") == [at("2026-10-02 03:04")]
    assert read("10/2/2026", order="dmy") == [at("2026-02-10")]
    assert read("13/2/2026", order="mdy") == [None]
    assert read("2026-10-02", order="dmy") == [at("2026-10-02")]


def test_offsets_become_wall_clock_of_the_store() -> None:
    assert read("2026-10-01 10:00:01 -0400", zone="America/New_York") == [at("2026-10-01 10:00:01")]
    assert read("2026-10-01T08:04:21+00:00", zone="Asia/Shanghai") == [at("2026-10-01 16:04:21")]
    assert read("2026-10-01 08:00:00 UTC", "2026-10-01T08:00Z", "2026-10-01 10:00", zone="Asia/Shanghai") == [
        at("2026-10-01 16:00"), at("2026-10-01 16:00"), at("2026-10-01 10:00"),
    ]  # fmt: skip


def test_the_hour_that_summer_time_takes_and_gives() -> None:
    assert read("2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z", zone="America/New_York") == [
        at("2026-03-08 01:59:59"),
        at("2026-03-08 03:00"),
    ]
    assert read("2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", zone="America/New_York") == [at("2026-11-01 01:30")] * 2


@given(
    st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)), max_size=20),
    st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_offsets_as_python_turns_them(moments: list[datetime], zone: str) -> None:
    assert read(*(m.isoformat() for m in moments), zone=zone) == [dates.in_zone(m, zone) for m in moments]


def test_typed_columns() -> None:
    naive = pa.array([datetime(2009, 12, 1, 7, 45)], pa.timestamp("ms"))
    assert dates.times(naive, zone="Europe/London")[0].to_pylist() == [at("2009-12-01 07:45")]
    aware = pa.array([datetime(2026, 7, 1, 12, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    assert dates.times(aware, zone="Europe/London")[0].to_pylist() == [at("2026-07-01 13:00")]
    assert dates.times(pa.array([date(2026, 7, 1)]), zone="UTC")[0].to_pylist() == [at("2026-07-01")]


def test_ranges_and_months() -> None:
    assert read("2026-09-01 ~ 2026-09-30", "2026-09", "2026-02", "2026-09-05", part="last") == [
        at("2026-09-30"), at("2026-09-30"), at("2026-02-28"), at("2026-09-05"),
    ]  # fmt: skip
    assert (
        read("2026-09-01~2026-09-30", "2026年9月", "2026-09-01 至 2026-09-03", part="first") == [at("2026-09-01")] * 3
    )
    for part, day in (("first", "2026-09-01"), ("last", "2026-09-30")):
        assert read("20260901-20260930", part=part) == [at(day)]
