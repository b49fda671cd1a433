"""One line of the benchmark report: what was done, what it cost, what stands beside it, and the limit."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure import Cost

NO_LIMIT = float("inf")


@dataclass(frozen=True)
class Line:
    """One line of the report: what was done, what it cost, what it is compared with, and the limit."""

    job: str
    ours: Cost
    bare: Cost | None
    quantity: str  # what the limit is about: "wall", "cpu" or "memory"
    limit: float  # seconds or MiB
    rule: str

    @property
    def value(self) -> float:
        """Our cost in the limit's quantity."""
        return float(getattr(self.ours, self.quantity))

    @property
    def good(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit

    @property
    def ratio(self) -> float | None:
        """Our cost over that of what stands beside it; None where nothing does."""
        beside = float(getattr(self.bare, self.quantity)) if self.bare else 0.0
        return self.value / beside if beside else None
