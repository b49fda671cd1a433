"""The structure of a question, apart from its values: what its SQL depends on. Loads no engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """The structure of a question: what its SQL depends on. Values (dates, stores, filters) come as small tables.

    `cuts` are the cut names without the time cut; `wheres` the filtered cut names in order (their values stand in
    `where_0`, `where_1` ...); `as_of_sale` takes attributes as they were on the day of sale; `new_by_order` calls only
    the first order of a new buyer new; `converted` reads amounts in one currency; `known` counts refunds up to a day
    (`knowns`) only; `segment` is how a segment is built, without its values.
    """

    cuts: tuple[str, ...] = ()
    wheres: tuple[str, ...] = ()
    as_of_sale: bool = False
    new_by_order: bool = False
    converted: bool = False
    known: bool = False
    segment: tuple[Any, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All cut names that have to be known on a row: grouped or filtered by."""
        return tuple(dict.fromkeys((*self.cuts, *self.wheres)))

    @property
    def by_store(self) -> bool:
        """Whether newness is judged within each store (the store is a cut) or over all stores in scope."""
        return "store" in self.cuts
