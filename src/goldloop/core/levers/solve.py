"""What one driver has to be for a month to sell so much, everything else held where it is."""

from __future__ import annotations

from collections.abc import Mapping

from goldloop.core.levers.curve import LeversError
from goldloop.core.levers.state import RATES, State, what_if

SOLVABLE = ("visitors", "conversion", "buyer_value", "ad_budget", "second_rate")
WIDEST = 1024.0  # times as much as now is as far as anybody looks
HALVINGS = 60


def solve_for(state: State, moves: Mapping[str, float], driver: str, gmv: int) -> float:
    """The value of `driver` at which the month sells `gmv` (minor units); other drivers stand as in `moves`, else as now.

    By halving, to the nearest minor unit that the driver can make. Raises `driver_not_solved` for a driver that sales do
    not grow with, `driver_no_reach` where even 0, or 1024 times as much (a share of 1), does not bring it, and what
    `what_if` raises.

    >>> from goldloop.core.owners import Books
    >>> june = State(Books(16_000, 130_000_000, 10_600, 110_000_000), visitors=1_000_000)
    >>> round(solve_for(june, {"buyer_value": 9924.81203}, "visitors", 264_000_000), -2)
    1000000.0
    """
    if driver not in SOLVABLE:
        raise LeversError(
            "driver_not_solved", f"A month's sales cannot be solved for '{driver}'.", given=driver, allowed=list(SOLVABLE), name=driver
        )  # fmt: skip
    held = {name: value for name, value in moves.items() if name != driver}
    now = state.value(driver) or 0.0

    def sold(value: float) -> int:
        return what_if(state, {**held, driver: value}).gmv

    low = now / WIDEST if driver == "buyer_value" else 0.0
    high = 1.0 if driver in RATES else max(now, 1.0) * WIDEST
    if not sold(low) <= gmv <= sold(high):
        raise LeversError(
            "driver_no_reach", f"No value of '{driver}' alone makes the month sell that.",
            todo="Move another driver too, or solve for another one.", name=driver,
        )  # fmt: skip
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sold(middle) < gmv else (low, middle)
    return high
