"""Customer figures of whole stores: booked months, repurchase, return and second purchase."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from goldloop.core.calendar import Period, compared, whole
from goldloop.metrics.part_names import MONTH_PARTS, RETURN_PARTS, SECOND_PARTS, WINDOW_PARTS
from goldloop.metrics.query import bucket_table
from goldloop.metrics.reader import By, Key, Reader
from goldloop.metrics.whole_store import Row, no_orders

GROUPS = (
    ("month_parts", MONTH_PARTS), ("window_parts", WINDOW_PARTS), ("return_parts", RETURN_PARTS),
    ("second_parts", SECOND_PARTS),
)  # fmt: skip


class CustomerParts:
    """Fills the parts that follow persons over time; they need identity, and history where they tell who is new."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.q = reader.q

    def fill(self, row: Row, number: int, key: Key) -> None:
        """Set every wanted customer part of a row, or its reason."""
        for group, names in GROUPS:
            if not self.reader.wants(names):
                continue
            if not set(self.q.shape.cuts) <= {"store"}:
                for name in names:
                    row.put(name, None, "not_by_this_cut", cut=", ".join(self.q.request.by))
                continue
            reason = self._reason(row, number, group)
            found = self._pair(number, key) if group == "return_parts" else self.reader.parts(group).get((number, *key))
            for name in names:
                if reason is not None:
                    row.put(name, None, reason[0], **reason[1])
                else:
                    row.put(name, found[name] if found else 0)

    def _reason(self, row: Row, number: int, group: str) -> tuple[str, dict[str, Any]] | None:
        """Why customer figures cannot be given for a row, if so."""
        members = row.members
        if not any(self.reader.feeds[s.id].reaches("orders", row.period) for s in members):
            return no_orders(self.reader.feeds[s.id] for s in members)
        if self.q.request.basis != "orders" and (anonymous := self.reader.too_anonymous(number, members)):
            return anonymous
        if group == "second_parts" and row.period != whole("month", row.period.first):
            return "whole_months", {}
        if group in ("month_parts", "second_parts"):
            return self.reader.too_short(Period(row.period.first.replace(day=1), row.period.last), row.members)
        return None

    def _pair(self, number: int, key: Key) -> dict[str, Any] | None:
        pairs, found = self._returns
        return found.get((pairs[number], *key))

    @cached_property
    def _returns(self) -> tuple[dict[int, int], By]:
        """Buyers of the period before each bucket who come back in it, by (pair, cut values...)."""
        numbered: list[tuple[int, Period]] = []
        pairs: dict[int, int] = {}
        for n, (_, _, bucket, period) in enumerate(self.reader.sides()):
            pairs[bucket] = n
            numbered += [(2 * n, compared(period, "previous", self.q.grain)), (2 * n + 1, period)]
        tables = {**self.reader.tables, "buckets": bucket_table(numbered, new=self.q.request.new)}
        rows = self.reader.run("return_parts", self.q.shape, tables).dicts()
        cuts = [f"c_{c}" for c in self.q.shape.cuts]
        return pairs, {(r["bucket"], *(r[c] for c in cuts)): r for r in rows}
