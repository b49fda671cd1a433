"""Column types of the fact tables and of the small tables that carry a question, without loading Ibis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.core.members.lifecycle import Limits
    from goldloop.core.members.segments import Segment
    from goldloop.core.viewer import Viewer

# Column type of core.table -> Ibis type and SQL type.
IBIS_TYPES = {
    "text": "string", "int": "int64", "money": "int64", "price": "decimal(18, 6)", "rate": "float64",
    "time": "timestamp(6)", "date": "date", "bool": "boolean", "float": "float64",
}  # fmt: skip
SQL_TYPES = {
    "text": "VARCHAR", "int": "BIGINT", "money": "BIGINT", "price": "DECIMAL(18, 6)", "rate": "DOUBLE",
    "time": "TIMESTAMP", "date": "DATE", "bool": "BOOLEAN", "float": "DOUBLE",
}  # fmt: skip

# Small tables that carry the question, by name -> columns.
QUESTION: dict[str, dict[str, str]] = {
    "scope": {
        "store": "int64", "store_name": "string", "platform": "string", "store_currency": "string", "minor_units": "int64"
    },
    "buckets": {
        "bucket": "int64", "bday": "date", "first_day": "date", "last_day": "date", "new_before": "date",
        "is_new_rule": "int64",
    },
    "bands": {"band_currency": "string", "low": "int64", "high": "int64", "price_band": "string"},
    "day_types": {"dt_store": "int64", "dt_day": "date", "day_type": "string"},
    "scales": {"sc_store": "int64", "sc_day": "date", "scale": "int64"},
    "knowns": {"kn_bucket": "int64", "kn_store": "int64", "known_to": "date", "open_from": "date"},
    "to_come": {
        "tc_store": "int64", "tc_day": "date", "tc_known": "date", "tc_channel": "string", "tc_category": "string",
        "tc_presale": "string", "rate": "int64",
    },
    "terms": {
        "term": "int64", "first_day": "date", "last_day": "date", "low": "int64", "high": "int64", "third": "int64",
    },
    "picks": {"slot": "int64", "value": "string"},
    "people": {"buyer_key": "string"},
    "starts": {"st_store": "int64", "minutes": "int64"},
}  # fmt: skip

# What `buckets` is given as: one row per period; engines grow it to one row per day.
PERIOD_COLUMNS = {
    "bucket": "int64", "first_day": "date", "last_day": "date", "new_before": "date", "is_new_rule": "int64",
}  # fmt: skip

SmallTable = Sequence[tuple[Any, ...]]


class People(Sequence[tuple[Any, ...]]):
    """A table of a question that is too large to be written down: the keys of some people, as Arrow holds them.

    `key` says who they are (it stands for the rows where answers are remembered), `script` is the SQL that finds them.
    """

    def __init__(self, key: str, table: pa.Table, script: str) -> None:
        self.key, self.table, self.script = key, table, script

    def __repr__(self) -> str:
        return f"People({self.key!r})"

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, at: Any) -> Any:
        return tuple(column[at].as_py() for column in self.table.columns)


class Saved(Protocol):
    """What people kept about members: segments by name, and limits of the life cycle by store."""

    def segment(self, viewer: Viewer, name: str) -> Segment:
        """The segment of that name; raises `segment_unknown`."""

    def limits(self, stores: Collection[int]) -> Mapping[int, Limits]:
        """The limits that were set for these stores."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave: column names and rows of Python values."""

    names: list[str]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """Rows by column name."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]
