"""Who owns which part of a gap: counts of new buyers traffic, of repeat buyers members, value per buyer operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from goldloop.core.decompose import additive, whole_units
from goldloop.core.owners.books import Books, Count, summed

Owner = Literal["traffic", "members", "operations", "unassigned"]
OWNERS: tuple[Owner, ...] = ("traffic", "members", "operations", "unassigned")
# Segment -> its drivers, count first, each with the owner whose account takes it.
BOOKED: dict[str, tuple[tuple[str, Owner], ...]] = {
    "new": (("new_buyers", "traffic"), ("new_buyer_value", "operations")),
    "repeat": (("repeat_buyers", "members"), ("repeat_buyer_value", "operations")),
    "unidentified": (("unidentified_gmv", "unassigned"),),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the account: the part of a segment's gap that one owner's driver made, in minor units.

    `segment` new, repeat or unidentified; `before` and `after` the driver's own value: a count, or minor units per
    buyer (None where there is no buyer).
    """

    owner: Owner
    segment: str
    driver: str
    before: float | None
    after: float | None
    amount: int


@dataclass(frozen=True, slots=True)
class Account:
    """The gap between two books, each unit of it entered once under a segment and once under an owner.

    Entries of a segment sum to its gap, entries of all owners to `gap`; money in minor units, after less before.
    """

    before: Books
    after: Books
    entries: tuple[Entry, ...]

    @property
    def gap(self) -> int:
        """The whole gap, in minor units."""
        return self.after.gmv - self.before.gmv

    def of(self, owner: Owner) -> int:
        """The part of one owner, in minor units."""
        return sum(entry.amount for entry in self.entries if entry.owner == owner)

    @property
    def owners(self) -> dict[Owner, int]:
        """All four lines; they sum to `gap` exactly."""
        return {owner: self.of(owner) for owner in OWNERS}


def account(before: Books, after: Books) -> Account:
    """The gap between a plan and what came (or between two months), booked to its owners.

    Per segment `gmv = count x value`; by LMDI `count effect = L(V1, V0) ln(n1 / n0)`, `value effect = L(V1, V0)
    ln(v1 / v0)`, rounded to minor units that sum to the segment's gap. A segment that appears or vanishes belongs to its
    count; a value of 0 on one side gives the gap to the value. Unidentified sales go to `unassigned`, and so does
    everything where one side does not know who is new: a part of a gap is never called somebody's by guess.
    Source: B. W. Ang, Energy Policy 33 (2005).

    >>> june = account(Books(16_000, 130_000_000, 10_600, 110_000_000), Books(15_000, 118_500_000, 10_900, 109_000_000))
    >>> june.owners, june.gap
    ({'traffic': -8013183, 'members': 3055991, 'operations': -7542808, 'unassigned': 0}, -12500000)
    """
    if not (before.split and after.split):
        whole = Entry(
            "unassigned",
            "unidentified",
            "unidentified_gmv",
            float(before.gmv),
            float(after.gmv),
            after.gmv - before.gmv,
        )
        return Account(before, after, (whole,))
    entries: list[Entry] = []
    for segment in ("new", "repeat"):
        entries += _segment(segment, before, after)
    start, end = before.unidentified_gmv, after.unidentified_gmv
    entries.append(Entry("unassigned", "unidentified", "unidentified_gmv", float(start), float(end), end - start))
    return Account(before, after, tuple(entries))


def _segment(segment: str, before: Books, after: Books) -> list[Entry]:
    sides = [(float(getattr(b, f"{segment}_buyers")), int(getattr(b, f"{segment}_gmv"))) for b in (before, after)]
    factors = [[(count, gmv / count if count else float("nan"))] for count, gmv in sides]
    change = sides[1][1] - sides[0][1]
    amounts = whole_units(additive(np.array(factors[0]), np.array(factors[1]))[0], change)
    values = [[value if value == value else None for value in side[0]] for side in factors]
    return [
        Entry(owner, segment, driver, values[0][i], values[1][i], int(amounts[i]))
        for i, (driver, owner) in enumerate(BOOKED[segment])
    ]


def merged(accounts: Iterable[Account]) -> Account:
    """Accounts of several stores or months in one: entries of the same driver are added, so every line still sums.

    A buyer of two stores is booked in each of them, as its owners there are different people. `before` and `after` of a
    count add up; of a value they are the mean over all buyers.

    >>> two = merged([account(Books(1, 10, 0, 0), Books(2, 30, 0, 0)), account(Books.unsplit(5), Books.unsplit(9))])
    >>> two.gap, sum(two.owners.values())
    (24, 24)
    """
    every = list(accounts)
    before, after = (summed(getattr(one, side) for one in every) for side in ("before", "after"))
    entries = []
    for segment, drivers in BOOKED.items():
        for driver, owner in drivers:
            mine = [e for one in every for e in one.entries if e.driver == driver]
            if mine:
                old, new = driver_value(before, driver), driver_value(after, driver)
                entries.append(Entry(owner, segment, driver, old, new, sum(e.amount for e in mine)))
    return Account(before, after, tuple(entries))


def driver_value(books: Books, driver: str) -> float | None:
    """A driver's own value in books: a count, minor units, or minor units per buyer; None where it is not known."""
    if not driver.endswith("_buyer_value"):
        found: Count | None = getattr(books, driver)
        return None if found is None else float(found)
    kind = driver.removesuffix("_buyer_value")
    buyers, gmv = getattr(books, f"{kind}_buyers"), getattr(books, f"{kind}_gmv")
    return float(gmv) / float(buyers) if buyers else None
