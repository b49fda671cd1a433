"""Levers: what can be moved to close a gap, what each move costs and brings, and the cheapest plausible mix of them.

`curve` fits responses to history with honest intervals, `state` is a month in its drivers (what the page's sliders move),
`mix` finds the cheapest moves inside bounds, `solve` what one driver has to be for a month to sell so much.
"""

from goldloop.core.levers.curve import Curve, LeversError, Slope, fit_curve, fit_slope
from goldloop.core.levers.mix import Lever, Mix, Move, best, cheapest
from goldloop.core.levers.solve import SOLVABLE, solve_for
from goldloop.core.levers.state import DRIVERS, Reach, State, Tried, sensitivity, what_if

__all__ = [
    "DRIVERS", "SOLVABLE", "Curve", "Lever", "LeversError", "Mix", "Move", "Reach", "Slope", "State", "Tried", "best",
    "cheapest", "fit_curve", "fit_slope", "sensitivity", "solve_for", "what_if",
]  # fmt: skip
