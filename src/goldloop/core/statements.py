"""What one sheet of one file says, between the connectors that read it and the lake that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the core never loads an engine; only the type is named
    import pyarrow as pa

# How far what a source says of an order goes before what others say, lowest first.
PLATFORM, WITHOUT_LINE_ID, ERP = "platform", "platform_without_line_id", "erp"
RANKS = (ERP, WITHOUT_LINE_ID, PLATFORM)


@dataclass(frozen=True, slots=True)
class Statements:
    """Rows that one sheet states about one fact table.

    `rows` holds the stated columns this profile carries (every key column among them), `_row` (int64, the row number
    a person sees in a spreadsheet, header included, from 1) and `_moment` (timestamp, when the statement was true).
    `carried` names the columns the profile carries at all: a column outside it is not blanked by these rows. `rank` is
    one of RANKS: the platform's own files, those of its files that do not number the lines, an ERP.
    """

    table: str
    rows: pa.Table
    carried: frozenset[str]
    rank: str = PLATFORM
