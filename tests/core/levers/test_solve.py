"""One driver solved for the sales of a month, all others held."""

from __future__ import annotations

import numpy as np
import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.levers import SOLVABLE, State, solve_for, what_if
from goldloop.core.levers.curve import Curve
from goldloop.core.owners import Books

CURVE = Curve(0.0, 4000.0, 0.6, 20_000_000.0, np.zeros((3, 3)), 1.0, 2.0, 3.0, 20)
JUNE = State(
    Books(16_000, 130_000_000, 10_600, 110_000_000), visitors=1_023_000, ad_budget=80_000_000, handed=9_000, second_rate=0.15, curve=CURVE,
    periods=30 / 7,
)  # fmt: skip


@pytest.mark.parametrize("driver", SOLVABLE)
@pytest.mark.parametrize("share", [0.98, 1.0, 1.05])
def test_the_month_then_sells_that_much(driver: str, share: float) -> None:
    wanted = round(JUNE.books.gmv * share)
    moves = {} if driver in ("visitors", "conversion") else {"visitors": 1_030_000.0}
    value = solve_for(JUNE, moves, driver, wanted)
    assert what_if(JUNE, {**moves, driver: value}).gmv == pytest.approx(wanted, abs=2)


def test_other_drivers_are_held_and_the_solved_one_is_free() -> None:
    value = solve_for(JUNE, {"conversion": 0.03, "buyer_value": 1.0}, "buyer_value", 300_000_000)
    assert what_if(JUNE, {"conversion": 0.03, "buyer_value": value}).gmv == pytest.approx(300_000_000, abs=2)


@pytest.mark.parametrize(
    ("driver", "gmv", "code"),
    [("refund_rate", 1, "driver_not_solved"), ("colour", 1, "driver_not_solved"), ("second_rate", 10**12, "driver_no_reach"),
     ("second_rate", 100, "driver_no_reach"), ("conversion", 10**13, "driver_no_reach")],
)  # fmt: skip
def test_what_cannot_be_solved_is_said(driver: str, gmv: int, code: str) -> None:
    with pytest.raises(GoldloopError) as refused:
        solve_for(JUNE, {}, driver, gmv)
    assert refused.value.code == code
