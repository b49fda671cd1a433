"""Distinct people of any range of days: rows of label, person and day that know the person's day before.

A person is counted in a range `a..b` on her first day in it, and that is the day whose day before lies before `a`:

    people(a, b) = number of rows with a <= day <= b and previous < a

so a range is a slice of 16-bit numbers and one comparison, whatever its length, and nothing has to be hashed. `earlier`,
the day before that one, gives people with a second day in the range: previous >= a and earlier < a. Days are counted from
1970-01-01; 0 means that there was none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]
MOST_BITS = 64
ORDERED_AT_ONCE = 1 << 20  # rows
EXACT = 2**53  # whole numbers up to here are exact as float64, in which numpy adds up by label


@dataclass(frozen=True, slots=True)
class Range:
    """A range of days by number, both ends in it, and the day before which an earlier purchase makes nobody old (None: any does)."""

    first: int
    last: int
    new_before: int | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """One row per label, person and day, in the order of days.

    `starts[d]` is the first row of day `first + d`; `label` (uint16) and `code` (uint32) say whose row it is, `gmv` what
    she paid (minor units; empty where nothing is paid), `previous` and `earlier` (uint16) her last two days under this
    label before it, the latter only where something is paid. `store_days[d, label]`: the rows of a day counted once per store.
    """

    first: int
    persons: int  # codes are less
    starts: Ints
    label: Ints
    code: Ints
    gmv: Ints
    previous: Ints
    earlier: Ints
    store_days: Ints
    exact: bool = False  # whether any sum of `gmv` is known to be exact as float64

    @property
    def labels(self) -> int:
        """How many labels there are."""
        return int(self.store_days.shape[1])

    @property
    def days(self) -> int:
        """How many days there are, those without rows among them."""
        return len(self.starts) - 1

    def rows(self, asked: Range) -> slice:
        """The rows of a range of days."""
        low, high = (min(max(day - self.first, 0), self.days) for day in (asked.first, asked.last + 1))
        return slice(int(self.starts[low]), int(self.starts[max(low, high)]))

    def places(self, rows: slice, chosen: Ints) -> Ints:
        """Where an array by label and code tells of some of the rows in a slice."""
        places = self.code[rows][chosen].astype(np.int64)
        if self.labels > 1:
            places += self.label[rows][chosen].astype(np.int64) * self.persons
        return places

    def people(self, asked: Range) -> Ints:
        """Distinct people of a range by label."""
        rows = self.rows(asked)
        first = self.previous[rows] < asked.first
        if self.labels == 1:
            return np.array([np.count_nonzero(first)])
        spot = self.label[rows].astype(np.int64) << 1  # one pass over all rows costs less than picking some of them
        spot |= first
        return np.bincount(spot, minlength=2 * self.labels)[1::2]

    def person_days(self, asked: Range) -> Ints:
        """Distinct people by store and day, added up over the days of a range, by label."""
        low, high = (min(max(day - self.first, 0), self.days) for day in (asked.first, asked.last + 1))
        found: Ints = self.store_days[low:high].sum(axis=0)
        return found

    def arrays(self) -> Iterator[tuple[str, Ints]]:
        """The arrays by name."""
        for field in fields(self):
            if field.name not in ("first", "persons", "exact"):
                yield field.name, getattr(self, field.name)


@dataclass(frozen=True, slots=True)
class Split:
    """New and repeat people of a range and what they paid, and new ones with a second day in it, by label."""

    new: Ints
    repeat: Ints
    second: Ints
    new_gmv: Ints
    repeat_gmv: Ints


class Judge:
    """Who is new in a range, judged over the days of `people`: one array for all ranges, as most are short."""

    def __init__(self, people: Cells) -> None:
        self.people = people
        self._new = np.zeros(people.persons * people.labels, dtype=np.bool_)

    def new(self, asked: Range) -> Bools:
        """By label of `people` and code; of no meaning for who does nothing in the range.

        New is who has no day before the range, or with `new_before` none on or after that one.
        """
        people = self.people
        rows = people.rows(asked)
        previous = people.previous[rows]
        first = np.flatnonzero(previous < asked.first)
        self._new[people.places(rows, first)] = _fresh(previous[first], asked)
        return self._new


def _fresh(previous: Ints, asked: Range) -> Bools:
    """Whether those whose day before a range this is are new in it; never before is 0, less than any day."""
    fresh: Bools = previous == 0 if asked.new_before is None else previous < asked.new_before
    return fresh


def split(cells: Cells, judge: Judge, asked: Range, place: Ints | None = None) -> Split:
    """Part the people of a range, by the labels of `cells`, into new and repeat ones.

    `place` gives for each label of `cells` the label under which its persons are judged; None: there is only one.
    """
    rows = cells.rows(asked)
    label, previous = cells.label[rows], cells.previous[rows]
    first = previous < asked.first
    if cells is judge.people:  # the first row of a person says itself whether she is new: most rows are
        is_new = _fresh(previous, asked)
        again = np.flatnonzero(~first)
        if len(again):
            is_new[again] = judge.new(asked)[cells.places(rows, again)]
    else:
        where = cells.code[rows].astype(np.int64)
        if place is not None:
            where += place[label].astype(np.int64) * cells.persons
        is_new = judge.new(asked)[where]
    # All that is counted comes from one pass: rows by label and by what is true of them (a bit each).
    kind = is_new.view(np.uint8) | first.view(np.uint8) << 1 | (cells.earlier[rows] < asked.first).view(np.uint8) << 2
    spot = (label.astype(np.int64) << 3) + kind
    count = np.bincount(spot, minlength=8 * cells.labels).reshape(-1, 2, 2, 2)  # label, earlier, first, new
    gmv = sums(cells.gmv[rows], spot, 8 * cells.labels, exact=cells.exact).reshape(-1, 4, 2).sum(axis=1)
    new, repeat = count[:, :, 1, 1].sum(axis=1), count[:, :, 1, 0].sum(axis=1)
    return Split(new, repeat, count[:, 1, 0, 1], gmv[:, 1], gmv[:, 0])


def sums(amounts: Ints, label: Ints, labels: int, *, exact: bool = False) -> Ints:
    """Exact sums by label of whole numbers; `exact`: `adds_exactly` is known of a column that they are part of."""
    if not exact and not adds_exactly(amounts):
        found = np.zeros(labels, dtype=np.int64)
        np.add.at(found, label, amounts)
        return found
    return np.bincount(label, weights=amounts, minlength=labels).astype(np.int64)


def adds_exactly(amounts: Ints) -> bool:
    """Whether every sum of some of these whole numbers is exact as float64."""
    return float(np.abs(amounts).sum(dtype=np.float64)) < EXACT


@dataclass(frozen=True, slots=True)
class Rows:
    """Who did something on which day in which store: arrays of one length, rows in any order and as often as may be."""

    day: Ints
    store: Ints
    label: Ints
    code: Ints
    gmv: Ints

    def chosen(self, keep: Bools | Ints) -> Rows:
        """The rows that are kept, or those at some places."""
        gmv = self.gmv[keep] if len(self.gmv) else self.gmv
        return Rows(self.day[keep], self.store[keep], self.label[keep], self.code[keep], gmv)

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        """The rows of all parts."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def by_day(self) -> Rows:
        """The rows in the order of days."""
        return self.chosen(np.argsort(self.day, kind="stable"))


class Codes:
    """Numbers of people, from 0 on, by 64-bit hashes of their keys: `hashes[code]`."""

    def __init__(self, hashes: Ints | None = None) -> None:
        self._parts = [] if hashes is None else [hashes]
        self.count = sum(map(len, self._parts))

    @property
    def hashes(self) -> Ints:
        """The hash of each number."""
        self._parts = [np.concatenate([*self._parts, np.zeros(0, dtype=np.uint64)])]
        return self._parts[0]

    def of(self, hashes: Ints) -> Ints:
        """The numbers (uint32) of these hashes; those that are new get the next ones."""
        if not self.count:
            return self.add(hashes)
        kept = self.hashes
        order = np.argsort(kept)
        ascending = kept[order]
        asked, inverse = np.unique(hashes, return_inverse=True)
        at = np.minimum(np.searchsorted(ascending, asked), len(order) - 1)
        known = ascending[at] == asked
        codes = np.where(known, order[at], 0).astype(np.uint32)
        codes[~known] = self.count + np.arange(np.count_nonzero(~known))
        self._put(asked[~known])
        return codes[inverse]

    def add(self, hashes: Ints) -> Ints:
        """The numbers of these hashes, none of which has one yet."""
        codes, new = numbered(hashes)
        codes += np.uint32(self.count)
        self._put(new)
        return codes

    def _put(self, new: Ints) -> None:
        self._parts.append(new)
        self.count += len(new)


def among(hashes: Ints, at_once: int) -> Iterator[Ints]:
    """Places of about so many hashes at once; equal ones stand together."""
    bits = min((len(hashes) // at_once).bit_length(), 8)
    if not bits:
        yield np.arange(len(hashes))
        return
    yield from _parted((hashes >> np.uint64(MOST_BITS - bits)).astype(np.uint8), 1 << bits)


def some_people(codes: Ints, persons: int, at_once: int) -> Iterator[Ints]:
    """Places of about so many rows at once; those of a person stand together."""
    parts = min(-(-len(codes) // at_once), 256)
    each = -(-persons // parts)
    yield from _parted((codes // codes.dtype.type(each)).astype(np.uint8), parts)


def _parted(part: Ints, parts: int) -> Iterator[Ints]:
    """The places of each part, in ascending order; put in order block by block, as long arrays of 64 bits fill the memory."""
    order = np.empty(len(part), dtype=np.uint32)
    bounds = []
    for low in range(0, len(part), ORDERED_AT_ONCE):
        block = part[low : low + ORDERED_AT_ONCE]
        order[low : low + len(block)] = (
            np.argsort(block, kind="stable") + low
        )  # by their digits: parts are short numbers
        bounds.append([low, *(low + np.cumsum(np.bincount(block, minlength=parts))).tolist()])
    for number in range(parts):
        yield np.concatenate([order[at[number] : at[number + 1]] for at in bounds])


def numbered(hashes: Ints) -> tuple[Ints, Ints]:
    """Numbers from 0 on for equal hashes (uint32), and the hash of each number."""
    width = len(hashes).bit_length()
    order = places_in_order(hashes & _mask(MOST_BITS - width), MOST_BITS - width)  # what differs there stands apart
    held = hashes[order]
    fresh = np.ones(len(hashes), dtype=np.bool_)
    np.not_equal(held[1:], held[:-1], out=fresh[1:])
    shortened = (held[1:] ^ held[:-1]) << np.uint64(width)
    if (fresh[1:] & (shortened == 0)).any():  # two of them differ in the other bits only
        order = np.argsort(hashes)
        held = hashes[order]
        np.not_equal(held[1:], held[:-1], out=fresh[1:])
    codes = np.empty(len(hashes), dtype=np.uint32)
    codes[order] = np.cumsum(fresh, dtype=np.uint32) - np.uint32(1)
    return codes, held[fresh]


def places_in_order(keys: Ints, bits: int) -> Ints:
    """The places of whole numbers (uint64, less than 2^bits) in ascending order.

    Numbers that carry their place are sorted many times faster than places are, where both fit into 64 bits.
    """
    width = len(keys).bit_length()
    if bits + width > MOST_BITS:
        return np.argsort(keys)
    carried: Ints = keys << np.uint64(width)
    carried |= np.arange(len(keys), dtype=np.uint64)
    carried.sort()
    carried &= _mask(width)
    return carried.view(np.int64)


class TooWide(Exception):
    """Days, stores, labels and persons do not fit into one number together."""


def cells(rows: Rows, *, labels: int, persons: int, first: int, days: int) -> Cells:
    """Cells of `days` days from `first` on, with so many labels and persons; raises `TooWide`."""
    lowest = np.uint32(rows.code.min()) if len(rows.code) else np.uint32(0)
    parts = (rows.label, rows.code - lowest, rows.day - rows.day.dtype.type(first), rows.store)
    bits = [int(part.max(initial=0)).bit_length() for part in parts]
    if sum(bits) > MOST_BITS:
        raise TooWide
    key: Ints = parts[0].astype(np.uint64)
    for part, width in zip(parts[1:], bits[1:], strict=True):
        key <<= np.uint64(width)
        key |= part  # a shorter number: no copy of all of them is made
    paid = bool(len(rows.gmv))
    if paid:
        order = places_in_order(key, sum(bits))
        key = key[order]
    else:
        key.sort()
    # One row per label, person, day and store first, for the days of stores; then one per label, person and day.
    _, code_bits, day_bits, store_bits = bits
    key, gmv = _distinct(key, rows.gmv[order] if paid else rows.gmv)
    key >>= np.uint64(store_bits)
    cell = key >> np.uint64(day_bits + code_bits)
    cell *= np.uint64(days)
    cell += key & _mask(day_bits)
    store_days = np.bincount(cell.view(np.int64), minlength=days * labels).reshape(labels, days).T
    key, gmv = _distinct(key, gmv)
    return _by_day(key, gmv, bits, lowest, first, persons, store_days)


def _by_day(
    key: Ints, gmv: Ints, bits: list[int], lowest: np.uint32, first: int, persons: int, store_days: Ints
) -> Cells:
    """Cells of distinct keys of label, person (from the `lowest` code on) and day in ascending order."""
    _, code_bits, day_bits, _ = bits
    day = (key & _mask(day_bits)).astype(np.uint16)
    who = key >> np.uint64(day_bits)
    number = day + np.uint16(first)
    previous, earlier = before(who, number)
    order = np.argsort(day, kind="stable")  # by their digits: days are short numbers
    starts = np.zeros(len(store_days) + 1, dtype=np.int64)
    np.cumsum(np.bincount(day, minlength=len(store_days)), out=starts[1:])
    who = who[order]
    return Cells(
        first=first,
        persons=persons,
        starts=starts,
        label=(who >> np.uint64(code_bits)).astype(np.uint16),
        code=(who & _mask(code_bits)).astype(np.uint32) + lowest,
        gmv=gmv[order] if len(gmv) else gmv,
        previous=previous[order],
        earlier=earlier[order] if len(gmv) else np.zeros(0, dtype=np.uint16),
        store_days=np.ascontiguousarray(store_days, dtype=np.int32),
    )


def before(who: Ints, day: Ints) -> tuple[Ints, Ints]:
    """The day before each day of the same person and the one before that, 0 where there is none; rows by person and day."""
    previous, earlier = np.zeros(len(day), dtype=np.uint16), np.zeros(len(day), dtype=np.uint16)
    same = who[1:] == who[:-1]
    previous[1:] = np.where(same, day[:-1], 0)
    earlier[2:] = np.where(same[1:] & same[:-1], day[:-2], 0)
    return previous, earlier


def _distinct(key: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """Each value of ascending keys once, with the sum of its amounts."""
    if not len(key):
        return key, amounts
    fresh = np.ones(len(key), dtype=np.bool_)
    np.not_equal(key[1:], key[:-1], out=fresh[1:])
    if fresh.all():
        return key, amounts
    if len(amounts):
        amounts = np.add.reduceat(amounts, np.flatnonzero(fresh))
    return key[fresh], amounts


def _mask(bits: int) -> np.uint64:
    return np.uint64((1 << bits) - 1)
