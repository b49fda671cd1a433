"""The cells of one sheet as a profile's rules ask for them: cleaned text, exact numbers, times, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import dates, parse
from goldloop.connectors.codes import codes_of
from goldloop.connectors.identity import Keys
from goldloop.connectors.profile import Profile
from goldloop.connectors.rules import PSEUDO, Condition
from goldloop.core.store import Store

_COMPARE = {
    "above": pc.greater, "below": pc.less, "at_least": pc.greater_equal, "at_most": pc.less_equal, "equal": pc.equal,
}  # fmt: skip


class Cells:
    """Columns of a sheet under the profile's own names.

    `table` holds the data rows (text columns, or typed ones from Parquet); `given` the values that stand in no cell,
    such as `@period_first`, one per row or None when unknown.
    """

    cut: frozenset[str] | None = None  # columns of ids that a spreadsheet has cut, where more than this table is known

    def __init__(self, table: pa.Table, profile: Profile, store: Store, given: Mapping[str, pa.Array | None]) -> None:
        self.rows = table.num_rows
        self.store = store
        self.profile = profile
        self.memory: dict[Any, Any] = {}  # what evaluate has worked out already
        self.people = Keys()
        self._given = dict(given)
        # A header that looks like one of our own values is no column: a file must not speak in its place.
        names = [name for name in table.column_names if name != "_row" and name not in PSEUDO]
        self._columns = {name: _plain(parse.one(table[name])) for name in names}
        self._texts: dict[str, pa.Array] = {}
        self._numbers: dict[tuple[str, bool, bool], tuple[pa.Array, pa.Array]] = {}
        self._times: dict[tuple[str, str | None, str | None], tuple[pa.Array, pa.Array]] = {}
        self._products: dict[tuple[str, ...], pa.Array] = {}
        self._coded: dict[str, pa.DictionaryArray | None] = {}
        self._words: dict[str, pa.DictionaryArray | None] = {}

    def give(self, name: str, values: pa.Array) -> None:
        """Add a value that stands in no cell, once it is known."""
        self._given[name] = values

    @property
    def names(self) -> list[str]:
        """Names of the columns of the sheet."""
        return list(self._columns)

    def column(self, name: str) -> pa.Array:
        """The column as it was read."""
        return self._columns[name]

    def has(self, name: str) -> bool:
        """Whether the sheet (or its circumstances) can say anything about this column."""
        return name in self._columns or self._given.get(name) is not None

    def constant(self, value: str | None) -> pa.Array:
        """The same text on every row (or nothing on every row)."""
        return pa.repeat(pa.scalar(value, pa.string()), self.rows) if value else pa.nulls(self.rows, pa.string())

    def per_value(self, name: str, work: Callable[[pa.Array], tuple[pa.Array, ...]]) -> tuple[pa.Array, ...]:
        """`work` done on the distinct raw values of a column (or on all, where few repeat), results row by row."""
        coded = self._code(name)
        if coded is None:
            raw = self._raw(name)
            return work(self.constant(None) if raw is None else raw)
        return tuple(part.take(coded.indices) for part in work(coded.dictionary))

    def per_number(self, name: str, work: Callable[[pa.Array], tuple[pa.Array, ...]]) -> tuple[pa.Array, ...]:
        """As `per_value`; amounts that are read faster than they are told apart are taken as they stand."""
        raw = self._raw(name)
        return self.per_value(name, work) if raw is None or self._exact(raw) is None else work(raw)

    def _exact(self, source: pa.Array) -> pa.Array | None:
        """Numbers that need no other look; None where one does."""
        return parse.two_decimals(source) if self.profile.decimal == "." and parse.is_text(source) else None

    def clean(self, values: pa.Array) -> pa.Array:
        """Raw values as cleaned text, by the profile's words for missing."""
        return parse.clean(values, self.profile.missing).cast(pa.string())

    def text(self, name: str) -> pa.Array:
        """Cleaned text; all null when there is no such column."""
        if name not in self._texts:
            values = self._given[name] if name in PSEUDO else self.coded(name)
            if values is None:
                values = self.constant(None) if self._raw(name) is None else self.clean(self._raw(name))
            self._texts[name] = parse.decoded(values).cast(pa.string())
        return self._texts[name]

    def coded(self, name: str) -> pa.DictionaryArray | None:
        """Cleaned text as distinct words and indices; None where too few repeat."""
        if name not in self._words:
            coded, self._words[name] = self._code(name), None
            if coded is not None:
                words = self.clean(coded.dictionary).dictionary_encode()
                indices = words.indices.take(coded.indices)
                self._words[name] = pa.DictionaryArray.from_arrays(indices, words.dictionary)
        return self._words[name]

    def codes(self, name: str) -> np.ndarray:
        """A number per row, equal where the cleaned texts are equal (missing is equal to missing)."""
        return codes_of([self.coded(name) or self.text(name)])

    def content(self, rows: np.ndarray) -> np.ndarray:
        """Rank of the whole cleaned content of these rows: equal for equal rows, the same in every file."""
        take = pa.array(rows)
        columns = [self.clean(self._columns[n].take(take)).fill_null("") for n in sorted(self._columns)]
        coded = pc.binary_join_element_wise(*columns, "\x1f").dictionary_encode()
        rank = np.empty(len(coded.dictionary), dtype=np.int64)
        rank[pc.sort_indices(coded.dictionary).to_numpy()] = np.arange(len(rank))
        return rank[coded.indices.to_numpy()]

    def filled(self, name: str) -> pa.Array:
        """Where the cell says anything."""
        array = self._raw(name)
        if array is None:
            return parse.none_of(self.rows)
        if pa.types.is_integer(array.type) or pa.types.is_temporal(array.type):
            return pc.is_valid(array)
        return pc.is_valid(self.text(name))

    def number(self, name: str, *, percent: bool = False, money: bool = False) -> tuple[pa.Array, pa.Array]:
        """Exact numbers and the mistakes; `money` refuses the sign of another currency than the store's."""
        key = (name, percent, money)
        if key not in self._numbers:
            if self._raw(name) is None:
                self._numbers[key] = (pa.nulls(self.rows, parse.WORK), parse.none_of(self.rows))
            else:
                values, bad = self.per_number(name, lambda v: self.as_number(v, percent=percent, money=money))
                self._numbers[key] = (values, bad.fill_null(False))
        return self._numbers[key]

    def as_number(self, source: pa.Array, *, percent: bool = False, money: bool = False) -> tuple[pa.Array, pa.Array]:
        """Exact numbers of raw or cleaned values by the profile's decimal sign."""
        exact = self._exact(source)
        if exact is not None:
            return exact, parse.none_of(len(exact))
        currency = self.store.currency if money else None
        source = self.clean(source) if parse.is_text(source) else source
        return parse.numbers(source, decimal=self.profile.decimal, percent=percent, currency=currency)

    def product(self, names: tuple[str, ...], *, money: bool) -> pa.Array:
        """Product of number columns, null where one is missing."""
        key = (*names, str(money))
        if key not in self._products:
            factors = [self._factor(name, money) for name in names]
            values = factors[0].cast(parse.WORK) if len(factors) == 1 else parse.product(factors[0], factors[1])
            for other in factors[2:]:
                values = parse.product(parse.factor(values), other)
            self._products[key] = values
        return self._products[key]

    def _factor(self, name: str, money: bool) -> pa.Array:
        return self.per_value(name, lambda v: (parse.factor(self.as_number(v, money=money)[0]),))[0]

    def time(self, name: str, part: str | None = None, extract: str | None = None) -> tuple[pa.Array, pa.Array]:
        """Wall clock times in the store's zone and the mistakes; `extract` takes the date out of a longer text."""
        key = (name, part, extract)
        if key not in self._times:
            if self._raw(name) is None:
                self._times[key] = (pa.nulls(self.rows, dates.TIME), parse.none_of(self.rows))
            else:
                clock = self.profile.clock.get(name)
                values, bad = self.per_value(name, lambda v: self._as_time(v, part, extract, clock))
                self._times[key] = (values, bad.fill_null(False))
        return self._times[key]

    def _as_time(
        self, source: pa.Array, part: str | None, extract: str | None, clock: str | None
    ) -> tuple[pa.Array, pa.Array]:
        source = self.clean(source) if parse.is_text(source) or extract is not None else source
        if extract is not None:  # six digits are a day of this century
            source = pc.replace_substring_regex(parse.extracted(source, extract), r"^(\d{6})$", r"20\1")
        if clock == "day":
            ends = (self._given.get(end) for end in ("@period_first", "@period_last"))
            first, last = (None if not end else end[0].as_py() for end in ends)
            return dates.numbered(*self.as_number(source), first=first, last=last)
        zone, order = self.store.timezone, self.profile.date_order
        return dates.times(source, zone=zone, order=order, part=part, clock=clock)

    def _code(self, name: str) -> pa.DictionaryArray | None:
        """The raw column as distinct values and indices; None where too few repeat."""
        if name not in self._coded:
            array = None if name in PSEUDO else self._raw(name)
            self._coded[name] = array.dictionary_encode() if array is not None and parse.repeats(array) else None
        return self._coded[name]

    def hold(self, tests: tuple[Condition, ...]) -> pa.Array:
        """Where all tests hold (everywhere when there is none)."""
        found: pa.Array | None = None
        for test in tests:
            mask = self._holds(test)
            found = mask if found is None else pc.and_(found, mask)
        return pc.invert(parse.none_of(self.rows)) if found is None else found

    def _holds(self, test: Condition) -> pa.Array:
        masks: list[pa.Array] = []
        if test.filled is not None:
            filled = parse.any_of(*(self.filled(c) for c in test.column))
            masks.append(filled if test.filled else pc.invert(filled))
        if test.among:
            masks.append(self._among(test.column, test.among))
        if test.not_among:
            masks.append(pc.invert(self._among(test.column, test.not_among)))
        if test.starts:
            masks.append(self._like(test.column, test.starts, pc.starts_with))
        if test.not_starts:
            masks.append(pc.invert(self._like(test.column, test.not_starts, pc.starts_with)))
        if test.contains:
            masks.append(self._like(test.column, test.contains, pc.match_substring))
        if test.not_contains:
            masks.append(pc.invert(self._like(test.column, test.not_contains, pc.match_substring)))
        masks.extend(self._compared(test.column, op, bound) for op, bound in test.numbers)
        found = masks[0]
        for mask in masks[1:]:
            found = pc.and_(found, mask)
        found = found.fill_null(False)
        if test.or_missing:
            found = pc.or_(found, pc.invert(parse.any_of(*(self.filled(c) for c in test.column))))
        return found

    def _told(self, columns: tuple[str, ...], work: Callable[[pa.Array], pa.Array]) -> pa.Array:
        """A mask worked out on the cleaned text of the first filled of these columns."""
        if len(columns) == 1 and self._raw(columns[0]) is not None:
            return self.per_value(columns[0], lambda v: (work(self.clean(v)),))[0].fill_null(False)
        text = pc.coalesce(*(self.text(c) for c in columns))
        return parse.per_value(text, lambda v: (work(v),))[0].fill_null(False)

    def _among(self, columns: tuple[str, ...], words: tuple[str, ...]) -> pa.Array:
        wanted = parse.fold(pa.array(words))
        return self._told(columns, lambda v: pc.is_in(parse.fold(v), wanted))

    def _like(self, columns: tuple[str, ...], words: tuple[str, ...], way: Callable[..., pa.Array]) -> pa.Array:
        return self._told(columns, lambda v: parse.any_of(*(way(v, word) for word in words)))

    def _compared(self, columns: tuple[str, ...], op: str, bound: Decimal | str) -> pa.Array:
        left = pc.coalesce(*(self.number(c)[0] for c in columns))
        right = self.number(bound)[0] if isinstance(bound, str) else pa.scalar(bound, parse.WORK)
        return _COMPARE[op](left, right).fill_null(False)

    def _raw(self, name: str) -> pa.Array | None:
        return self._columns[name] if name in self._columns else self._given.get(name)


def _plain(array: pa.Array) -> pa.Array:
    """The column without the encodings that only some writers use."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary.take(array.indices)
    return array.cast(pa.string()) if pa.types.is_string_view(array.type) else array
