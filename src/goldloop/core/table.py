"""The vocabulary in which fact tables are declared: columns with type, unit, meaning and merge rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "int", "money", "price", "rate", "time", "date", "bool", "float"]
Merge = Literal["newest", "known", "first", "best"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact table.

    `type`: text; int (64 bit); money (64-bit integer of minor units of the row's currency); price (decimal(18,6) of
    major units, money per something); rate (float64, 0.01 = 1 %); time (wall clock of the store's zone, microseconds,
    no offset); date; bool; float.
    `merge` says how several statements about one key become one value: `newest` - the newest statement whose profile
    carries the column, also when it says nothing; `known` - the newest one that is not null (a mask never blanks a
    buyer); `first` - the earliest one that is not null (amounts as first seen); `best` - that of the statement which goes
    before all others (the rank of the source, which the lake itself notes).
    `derived` columns are computed from facts when they are finished; no file states them.
    """

    name: str
    type: Type
    doc: str
    unit: str = ""
    merge: Merge = "newest"
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One fact table: its key, the column whose month places a row, and all of its columns in order.

    `month_of` names the date or time column whose month is the partition (None: one partition). Every key column
    is required; all the others may be null.
    """

    name: str
    doc: str
    key: tuple[str, ...]
    month_of: str | None
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(c.name for c in self.columns)

    @property
    def stated(self) -> tuple[Column, ...]:
        """The columns that statements hold (all but the derived ones)."""
        return tuple(c for c in self.columns if not c.derived)

    @property
    def fillable(self) -> tuple[Column, ...]:
        """The stated columns that a file can give a value to: all but the rank of the source."""
        return tuple(c for c in self.stated if c.merge != "best")
