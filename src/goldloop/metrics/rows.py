"""The rows of an answer in the making, by column: parts with values, and reasons for those without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from goldloop.core.calendar import Period
from goldloop.core.formula import Column, Number
from goldloop.core.store import Store
from goldloop.metrics.whole_store import Row

if TYPE_CHECKING:
    from goldloop.metrics.reader import Key, Missing, Reader

T = TypeVar("T")
UNTOLD: Missing = ("no_data", {"feed": "orders"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What rows of one bucket have in common: its number, its days, and the stores that they are about."""

    number: int
    period: Period
    members: Sequence[Store]


class Rows:
    """Each different row of a question once, on whichever sides of a comparison it stands.

    `keys`: (bucket index, cut values...) of every row of the answer; `sides`: the place of the row that stands there, and
    of the one it is compared with (-1: there is no such bucket); by place: `values` of the cuts, `scope`: the number of
    what the row is about in `scopes`, `parts`: a column by name, `source` and `buyer_basis`.
    """

    def __init__(self, reader: Reader, keys: Mapping[int, Sequence[Key]]) -> None:
        """Rows without parts, of the cut values of each bucket index."""
        self.keys: list[Key] = [(index, *key) for index, held in sorted(keys.items()) for key in held]
        self.sides: list[list[int]] = []
        self.values: list[Key] = []
        self.scopes: list[Scope] = []
        self.scope: list[int] = []
        self.parts: dict[str, Column] = {}
        self._why: dict[str, dict[int, Missing]] = {}
        self._why_all: dict[str, Missing] = {}
        self._reached: dict[str, list[bool]] = {}
        self._scopes: dict[tuple[int, int], int] = {}
        self._reader = reader
        self._lay(keys)
        self.source = ["orders"] * len(self)
        self.buyer_basis: list[str | None] = [None] * len(self)

    def __len__(self) -> int:
        return len(self.values)

    def _lay(self, keys: Mapping[int, Sequence[Key]]) -> None:
        reader = self._reader
        laid: dict[Any, tuple[int, dict[Key, int]]] = {}
        places: dict[tuple[int, int], list[int]] = {}
        for side, index, number, period in reader.sides():
            same = period if reader.same_by_period else number
            first, found = laid.setdefault(same, (number, {}))
            asked = keys.get(index, ())
            new = [key for key in asked if key not in found]
            found.update(zip(new, range(len(self), len(self) + len(new)), strict=True))
            self.values += new
            self.scope += [self._scope(first, period, members) for members in map(reader.members, new)]
            places[side, index] = [found[key] for key in asked]
        for side in range(2 if reader.q.compared else 1):
            held = (places.get((side, index)) or [-1] * len(asked) for index, asked in sorted(keys.items()))
            self.sides.append([place for one in held for place in one])

    def _scope(self, number: int, period: Period, members: Sequence[Store]) -> int:
        key = number, id(members)  # the reader keeps them, so that rows share them
        if key not in self._scopes:
            self._scopes[key] = len(self.scopes)
            self.scopes.append(Scope(number, period, members))
        return self._scopes[key]

    def by_number(self) -> list[Key]:
        """The bucket number and cut values of each row, as groups of parts are keyed."""
        numbers = [scope.number for scope in self.scopes]
        return [(numbers[at], *key) for at, key in zip(self.scope, self.values, strict=True)]

    def by_scope(self, tell: Callable[[Scope], T]) -> list[T]:
        """What is told of each row's scope; asked once for a scope."""
        told = [tell(scope) for scope in self.scopes]
        return [told[at] for at in self.scope]

    def reached(self, feed: str) -> list[bool]:
        """Of each row: whether the loaded days of a feed touch its days."""
        if feed not in self._reached:
            feeds = self._reader.feeds
            self._reached[feed] = self.by_scope(
                lambda scope: any(feeds[store.id].reaches(feed, scope.period) for store in scope.members)
            )
        return self._reached[feed]

    def loaded(self, feed: str) -> list[bool]:
        """Of each row: whether any row of a feed is loaded."""
        feeds = self._reader.feeds
        has: dict[int, bool] = {}

        def one(scope: Scope) -> bool:
            at = id(scope.members)
            if at not in has:
                has[at] = any(feeds[store.id].has(feed) for store in scope.members)
            return has[at]

        return self.by_scope(one)

    def put(self, name: str, column: Column, why: Missing = UNTOLD) -> None:
        """Set a part of all rows, with the reason of those that are null."""
        self.parts[name] = column
        self._why_all[name] = why
        self._why.pop(name, None)

    def set(self, place: int, name: str, value: Number | None, why: Missing = UNTOLD) -> None:
        """Set a part of one row, with the reason if it is null."""
        if name not in self.parts:
            self.put(name, [None] * len(self))
        self.parts[name][place] = value
        self.explain(name, (place,), why)

    def explain(self, name: str, places: Iterable[int], why: Missing) -> None:
        """The reason of a part of some rows, for where it is null."""
        self._why.setdefault(name, {}).update(dict.fromkeys(places, why))

    def why(self, place: int, name: str) -> Missing:
        """Why a part of a row is null."""
        return self._why.get(name, {}).get(place) or self._why_all.get(name, UNTOLD)

    def part(self, name: str, place: int) -> Number | None:
        """A part of a row; null where nobody set it."""
        return self.parts[name][place] if name in self.parts else None

    def about(self, place: int) -> Scope:
        """What a row is about."""
        return self.scopes[self.scope[place]]

    def fill(self, made: Mapping[int, Row]) -> None:
        """Take over rows, by their place, that were filled one by one."""
        for name in dict.fromkeys(name for row in made.values() for name in row.parts):
            column = self.parts.get(name) or [None] * len(self)
            for place, row in made.items():
                column[place] = row.parts.get(name)
            self.parts[name] = column
        for place, row in made.items():
            self.source[place], self.buyer_basis[place] = row.source, row.buyer_basis
            for name, why in row.why.items():
                self.explain(name, (place,), why)

    def complete(self) -> None:
        """Lay rows of which nothing is known where the compared side has no such bucket."""
        self._reached.clear()  # it tells of the rows so far
        for at, place in enumerate(self.sides[-1]):
            if place < 0:
                index, *key = self.keys[at]
                self.sides[-1][at] = len(self)
                self._add_unknown(self._reader.q.buckets[index].period, tuple(key))

    def _add_unknown(self, period: Period, key: Key) -> None:
        self.values.append(key)
        self.scope.append(self._scope(-len(self), period, self._reader.members(key)))
        self.source.append("orders")
        self.buyer_basis.append(None)
        for name, column in self.parts.items():
            column.append(None)
            self.explain(name, (len(column) - 1,), UNTOLD)
