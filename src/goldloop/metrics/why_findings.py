"""The few segments, over one cut or two, that explain a change: the drill-down on the cells of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from goldloop.core.drill import drill
from goldloop.metrics.answer import write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.why import Why

LEAST_CELLS = 12  # fewer are seen at a glance, and too few to tell a cause from noise


@dataclass(frozen=True, slots=True)
class Found:
    """A segment that moved unlike the rest; `cuts` names the cuts it fixes, amounts are in minor units."""

    cuts: dict[str, Any]
    before: int
    after: int
    change: int
    share: float | None
    surprise: float

    def as_dict(self, unit: str, currency: str | None) -> dict[str, Any]:
        """As it stands in `findings` of an answer."""
        amounts = {name: write(getattr(self, name), unit, currency) for name in ("before", "after")}
        key = "money" if unit == "money" else "amount"
        return {**self.cuts, **amounts, key: write(self.change, unit, currency), "share": self.share, "surprise": self.surprise}


def findings(found: Why) -> list[Found]:
    """The findings of an account by segments, largest first; none for figures that do not add up over segments.

    Leaves are the account's own cells, so every number is the table's. Nothing is found where nothing moved unlike the
    rest, and below 12 cells. Method and sources: `core.drill`.
    """
    definition = FIGURES[found.figure]
    if found.cells is None or definition.additive != "yes" or len(found.cells.keys) < LEAST_CELLS:
        return []
    sides = [[row.get(found.figure) for row in side] for side in (found.cells.before, found.cells.after)]
    if any(not isinstance(value, int) for side in sides for value in side):  # unknown, or converted
        return []
    names = [list(dict.fromkeys(values)) for values in zip(*found.cells.keys, strict=True)]
    place = [{value: code for code, value in enumerate(values)} for values in names]
    codes = np.array([[place[c][value] for c, value in enumerate(key)] for key in found.cells.keys])
    drilled = drill(codes, np.array(sides[0]), np.array(sides[1]))
    return [
        Found(
            {found.cuts[cut]: names[cut][code] for cut, code in one.cuts.items()},
            int(one.before or 0), int(one.after or 0), int(one.contribution), one.share, round(one.surprise, 2),
        )
        for one in drilled.findings
    ]  # fmt: skip
