"""From cells to times and dates in the store's zone, whole columns at a time; impossible dates are mistakes."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors.parse import any_of, clean, is_text, none_of, per_value

TIME = pa.timestamp("us")

_CLOCK = (
    r"(?:[ T]*(?P<H>\d{1,2})[:时](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})秒?(?:[.,](?P<f>\d{1,6})\d*)?)?分?)?"
    r"\s*(?P<p>[AaPp][Mm])?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_SHAPES = {
    "ymd": r"^(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?" + _CLOCK,
    "dmy": r"^(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + _CLOCK,
    "mdy": r"^(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})" + _CLOCK,
    "compact": r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[ T]?(?P<H>\d{2}):?(?:(?P<M>\d{2}):?(?P<S>\d{2})?)?)?$",
}
_SERIAL = r"^[3-7]\d{4}(\.\d+)?$"  # days since 1899-12-30, as spreadsheets keep them: 1982 to 2119
_RANGE = re.compile(r"^(\d.*?)\s*(?:~|～|至|到|\bto\b|\s[-–—]\s|(?<=^\d{8})-(?=\d{8}$))\s*(\d.*)$")
_MONTH = re.compile(r"^(\d{4})[-/.年](\d{1,2})月?$")
_EPOCH = r"^(\d{10}|\d{13}|\d{16})$"  # seconds, milliseconds or microseconds since 1970
_QUARTER = 900_000_000  # offsets of zones change on full quarters of an hour


def times(
    array: pa.Array, *, zone: str, order: str = "ymd", part: str | None = None, clock: str | None = None
) -> tuple[pa.Array, pa.Array]:
    """Wall clock times of the zone (timestamp us, no offset) from cleaned text or a typed column, and the mistakes.

    Text with an offset is converted into the zone, other text is taken as its wall clock. `order` decides about
    10/2/2026 (`ymd` refuses it). `part` (first, last) takes one end of "2026-09-01 ~ 2026-09-30", of
    "20260901-20260930" or of a month.
    `clock` `utc` takes text without an offset as UTC, `epoch` takes whole numbers as seconds or milliseconds since 1970.
    """
    if clock is not None:
        return _of_clock(array, zone, order, part, clock)
    if pa.types.is_timestamp(array.type):
        if array.type.tz is None:
            return array.cast(TIME), none_of(len(array))
        return _into_zone(array.cast(pa.timestamp("us", "UTC")).cast(TIME), zone), none_of(len(array))
    if pa.types.is_date(array.type):
        return array.cast(TIME), none_of(len(array))
    if not is_text(array):
        array = clean(array)
    values, bad = per_value(array, lambda v: _parsed(v, zone, order, part))
    return values, any_of(bad)


def _of_clock(array: pa.Array, zone: str, order: str, part: str | None, clock: str) -> tuple[pa.Array, pa.Array]:
    """Times that count from UTC whatever they look like."""
    if clock == "epoch":
        array = array if is_text(array) else clean(array)
        digits = pc.if_else(pc.match_substring_regex(array, _EPOCH), array, None)
        if digits.null_count < len(digits):
            micros = pc.utf8_rpad(digits, width=16, padding="0").cast(pa.int64()).cast(TIME)
            rest, bad = times(pc.if_else(pc.is_valid(digits), None, array), zone=zone, order=order, part=part)
            return pc.coalesce(_into_zone(micros, zone), rest), bad
        return times(array, zone=zone, order=order, part=part)
    values, bad = times(array, zone="UTC", order=order, part=part)
    return _into_zone(values, zone), bad


def numbered(
    numbers: pa.Array, bad: pa.Array, *, first: datetime | None, last: datetime | None
) -> tuple[pa.Array, pa.Array]:
    """The days with these numbers, `first` being day 1, and the mistakes: what is no whole number, or after `last`."""
    if first is None or last is None:
        return pa.nulls(len(numbers), TIME), none_of(len(numbers))
    ok = pc.and_(pc.greater_equal(numbers, 1), pc.less_equal(numbers, (last - first).days + 1))
    whole = pc.if_else(pc.and_(ok, pc.equal(pc.floor(numbers), numbers)), numbers, None).cast(pa.int64())
    micros = pc.multiply(pc.subtract(whole, 1), 86_400_000_000)
    days = pc.add(micros, pa.scalar(first, TIME).cast(pa.int64())).cast(TIME)
    return days, any_of(bad, pc.and_(pc.is_valid(numbers), pc.is_null(days)))


def dates(values: pa.Array) -> pa.Array:
    """The dates of wall clock times."""
    return pc.floor_temporal(values, unit="day").cast(pa.date32())


def in_zone(moment: datetime, zone: str) -> datetime:
    """A moment as wall clock of the zone; one without offset is taken as wall clock already."""
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _parsed(values: pa.Array, zone: str, order: str, part: str | None) -> tuple[pa.Array, pa.Array]:
    if part is not None:
        values = pa.array([None if v is None else _end_of(v, part) for v in values.to_pylist()], pa.string())
    try:  # the usual case: everything is ISO without offset
        found = values.cast(TIME)
    except pa.ArrowInvalid:
        found = _by_shape(values, zone, order)
    found = pc.if_else(pc.greater_equal(found.cast(pa.int64()), 0), found, None)  # before 1970: a broken default
    return found, pc.and_(pc.is_valid(values), pc.is_null(found))


def _by_shape(values: pa.Array, zone: str, order: str) -> pa.Array:
    found = pa.nulls(len(values), TIME)
    for shape in (_SHAPES["ymd"], _SHAPES["compact"], _SHAPES.get(order)):
        left = pc.and_(pc.is_valid(values), pc.is_null(found))
        if shape is not None and pc.any(left).as_py():
            found = pc.coalesce(found, _shaped(pc.if_else(left, values, None), shape, zone))
    return pc.coalesce(found, _serial(values))


def _shaped(values: pa.Array, shape: str, zone: str) -> pa.Array:
    """Times of the cells that have this shape and exist in the calendar, null elsewhere."""
    parts = pc.extract_regex(values, shape)
    valid = pc.is_valid(parts).to_numpy(zero_copy_only=False)

    def whole(name: str) -> np.ndarray:
        if parts.type.get_field_index(name) < 0:
            return np.zeros(len(values), dtype=np.int64)
        text = pc.struct_field(parts, name)
        return pc.if_else(pc.equal(text, ""), "0", text).fill_null("0").cast(pa.int64()).to_numpy()

    year, month, day = whole("y"), whole("m"), whole("d")
    hour, minute, second = whole("H"), whole("M"), whole("S")
    hour, half_bad = _half_days(hour, parts)
    ok = valid & ~half_bad & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    first = ((np.where(ok, year, 1970) - 1970) * 12 + np.where(ok, month, 1) - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    ok &= (day >= 1) & (day <= length)
    micros = first.astype("datetime64[us]").astype(np.int64) + (day - 1) * 86_400_000_000
    micros += ((hour * 60 + minute) * 60 + second) * 1_000_000 + _fraction(parts, len(values))
    result = pa.array(micros, mask=~ok).cast(TIME)
    if parts.type.get_field_index("z") < 0:
        return result
    marks = pc.struct_field(parts, "z")
    zoned = pc.and_(pc.is_valid(result), pc.not_equal(marks, "").fill_null(False))
    if not pc.any(zoned).as_py():
        return result
    minutes = per_value(marks, lambda v: (pa.array([_minutes(m) for m in v.to_pylist()], pa.int64()),))[0]
    utc = pc.subtract(result.cast(pa.int64()), pc.multiply(minutes, 60_000_000)).cast(TIME)
    return pc.if_else(zoned, _into_zone(pc.if_else(zoned, utc, None), zone), result)


def _half_days(hour: np.ndarray, parts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Hours with AM and PM worked in, and where such an hour is none (13 PM)."""
    if parts.type.get_field_index("p") < 0:
        return hour, np.zeros(len(hour), dtype=bool)
    mark = pc.utf8_lower(pc.struct_field(parts, "p")).fill_null("")
    morning, evening = (pc.equal(mark, m).to_numpy(zero_copy_only=False) for m in ("am", "pm"))
    bad = (morning | evening) & ((hour < 1) | (hour > 12))
    return np.where(morning, hour % 12, np.where(evening, hour % 12 + 12, hour)), bad


def _fraction(parts: pa.Array, length: int) -> np.ndarray:
    if parts.type.get_field_index("f") < 0:
        return np.zeros(length, dtype=np.int64)
    text = pc.struct_field(parts, "f").fill_null("")
    return pc.utf8_rpad(text, width=6, padding="0").cast(pa.int64()).to_numpy()


def _minutes(mark: str | None) -> int:
    if not mark or mark in ("Z", "UTC", "GMT"):
        return 0
    digits = mark[1:].replace(":", "")
    return (-1 if mark[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:]))


def _into_zone(utc: pa.Array, zone: str) -> pa.Array:
    """UTC times to wall clock of the zone, by Python's zone data (Arrow's own needs a database of the machine)."""
    info = ZoneInfo(zone)
    micros = utc.cast(pa.int64()).fill_null(0).to_numpy()
    quarters, where = np.unique(micros // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(int(q) * _QUARTER, info) for q in quarters], dtype=np.int64)
    shifted = micros + offsets[where]
    return pa.array(shifted, mask=pc.is_null(utc).to_numpy(zero_copy_only=False)).cast(TIME)


def _offset(micros: int, info: ZoneInfo) -> int:
    moment = datetime.fromtimestamp(micros // 1_000_000, tz=UTC).astimezone(info)
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1_000_000)


def _serial(values: pa.Array) -> pa.Array:
    serial = pc.match_substring_regex(values, _SERIAL).fill_null(False)
    if not pc.any(serial).as_py():
        return pa.nulls(len(values), TIME)
    days = pc.if_else(serial, values, None).cast(pa.float64())
    seconds = pc.round(pc.multiply(pc.subtract(days, 25569.0), 86400.0)).cast(pa.int64())
    return pc.multiply(seconds, 1_000_000).cast(TIME)


def _end_of(text: str, part: str) -> str:
    """One end of a range of dates; a month has its first and its last day; anything else stays."""
    match = _RANGE.match(text)
    if match:
        text = match[1] if part == "first" else match[2]
    month = _MONTH.match(text)
    if month and 1 <= int(month[2]) <= 12:
        year, number = int(month[1]), int(month[2])
        day = 1 if part == "first" else calendar.monthrange(year, number)[1]
        return f"{year:04d}-{number:02d}-{day:02d}"
    return text
