"""A moved month as the values of a plan, and the month it is moved from."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.levers import State, what_if
from goldloop.core.owners import Books
from goldloop.core.plan.plan import plan_solve
from goldloop.jobs.scenarios import base_month, scenario_base, scenario_note, scenario_values


def plan(first: date, last: date) -> Any:
    return SimpleNamespace(first=first, last=last)


JUNE = plan(date(2026, 6, 1), date(2026, 6, 30))


def test_the_values_of_a_moved_month_close_as_a_plan() -> None:
    state = State(
        Books(16_000, 130_000_000, 10_600, 110_000_000, 500_000),
        visitors=1_023_000,
        refund_rate=0.04,
        ad_budget=80_000_000,
    )
    moves = {"visitors": 1_074_150.0, "refund_rate": 0.05}
    found: Any = SimpleNamespace(
        known=SimpleNamespace(state=state, currency="CNY"), moves=moves, found=what_if(state, moves)
    )
    values = scenario_values(found)
    assert (values["gmv"], values["new_buyers"], values["visitors"]) == ("2525000.00", "16800", "1074150")
    solved = plan_solve(currency="CNY", **values)  # type: ignore[arg-type]
    assert solved.closes and solved.as_dict()["solved"]["net"] == "2398750"


def test_the_month_is_the_last_whole_one_that_is_loaded() -> None:
    assert str(base_month(JUNE, (date(2025, 1, 1), date(2026, 7, 9)))) == "2026-06-01..2026-06-30"
    assert str(base_month(JUNE, (date(2025, 1, 1), date(2026, 6, 9)))) == "2026-05-01..2026-05-31"
    assert base_month(JUNE, None) is None and base_month(JUNE, (date(2026, 6, 2), date(2026, 6, 9))) is None
    assert scenario_note(
        scenario_base(JUNE, (date(2025, 1, 1), date(2026, 7, 9))), {"visitors": "+5%"}, "conversion"
    ).endswith("2026-06-30: visitors=+5%, conversion=?")
    for late, code in (
        (JUNE, "plan_scenario_no_month"),
        (plan(date(2027, 1, 1), date(2027, 12, 31)), "plan_scenario_long"),
    ):
        with pytest.raises(GoldloopError) as refused:
            scenario_base(late, None)
        assert refused.value.code == code
