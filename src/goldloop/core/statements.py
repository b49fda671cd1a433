"""What one sheet of one file says, between the connectors that read it and the lake that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the core never loads an engine; only the type is named
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Statements:
    """Rows that one sheet states about one fact table.

    `rows` holds the stated columns this profile carries (every key column among them), `_row` (int64, the row number
    a person sees in a spreadsheet, header included, from 1) and `_moment` (timestamp, when the statement was true).
    `carried` names the columns the profile carries at all: a column outside it is not blanked by these rows.
    """

    table: str
    rows: pa.Table
    carried: frozenset[str]
