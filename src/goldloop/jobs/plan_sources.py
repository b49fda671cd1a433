"""Where the visitors of a plan are to come from: source groups, the tools that bring paid ones, and who came so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.apps.planning.api import Plan
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period
from goldloop.core.money import split
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.jobs import plans

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

PREFIX = "visitors:"
PAID = "paid"


@dataclass(frozen=True, slots=True)
class Source:
    """Visitors of the whole plan from one source group; `came` so far (None: not known), `tools`: tool -> its part of paid ones."""

    group: str
    visitors: int
    came: int | None
    tools: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {"source": self.group, "visitors": self.visitors, "came": self.came, "tools": self.tools}


def sources_of(
    engine: Engine, viewer: Viewer, plan: Plan, chosen: Sequence[Store], loaded: tuple[date, date] | None
) -> list[Source]:
    """The sources of a plan's visitors, none where it plans no visitors.

    Paid visitors are shared out to tools as those of the 12 whole months before the plan came by them. Visitors of two
    sources count at each, so what came is held against its own source only.
    """
    from goldloop.metrics.source_shares import paid_tools, source_visitors

    [whole] = plans.spread(viewer, plan).rows(None, by_store=False)
    planned = {n.removeprefix(PREFIX): int(v) for n, v in whole.values.items() if n.startswith(PREFIX) and v}
    planned.pop("all", None)
    if not planned:
        return []
    every = {store.id: store for store in shops.store_list()}
    came: dict[str, int] = {}
    tools: dict[str, int] = {}
    if loaded is not None:
        before = min(plan.first, loaded[1] + timedelta(days=1))
        tools = paid_tools(engine, viewer, every, chosen, before=before) if PAID in planned else {}
        if loaded[1] >= plan.first:
            came = source_visitors(engine, viewer, every, chosen, Period(plan.first, min(plan.last, loaded[1])))
    parts = dict(zip(tools, split(planned.get(PAID, 0), list(tools.values())), strict=True)) if tools else {}
    return [Source(one, count, came.get(one), parts if one == PAID else {}) for one, count in planned.items()]
