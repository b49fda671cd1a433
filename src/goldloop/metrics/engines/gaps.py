"""What Spark does not do as DuckDB does it, each with the kind of reason: a test shows every one of them, and fails when it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why two engines differ."""

    ONE_WRITER = "the lake has one writer, which works on one machine"
    ROWS_AT_HAND = "rows of one store are held against each other: one machine reads the same files beside the cluster"
    ARRAYS = "arrays that one process maps into memory"
    DIALECT = "what is promised is DuckDB's SQL"
    NOT_SHIPPED = "the package of Spark comes without it"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing: what it is, the kind of reason, what holds instead."""

    what: str
    reason: Reason
    instead: str


GAPS = {
    "loading": Gap("imports and finishing", Reason.ONE_WRITER, "DuckDB writes the lake month by month; the cluster reads the new state at once"),
    "people": Gap("days of people counted ahead", Reason.ARRAYS, "sums by day are kept by the cluster; buyers are counted from the orders"),
    "bridge": Gap("bridges, reconciliations, source rows of a trace", Reason.ROWS_AT_HAND, "DuckDB reads the same files"),
    "sql": Gap("`goldloop sql` and views", Reason.DIALECT, "DuckDB reads the same files"),
    "storage": Gap("a lake at `s3a://` with the pip package alone", Reason.NOT_SHIPPED, "the jars of the cluster's own Hadoop; `local[..]` reads the mirror"),
}  # fmt: skip
