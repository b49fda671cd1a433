"""What is to come: a forecast with its back-test, its chances, and how a total falls on days.

`forecast` is the door; `features` the calendar as columns, `regression` the log-linear model, `floors` the two plain
methods, `backtest` all three held against what came, `paths` the simulation, `pace` where a target stands, `shape` the
weights of days. Days are consecutive, values of any unit. Numbers in, numbers out.
"""

from goldloop.core.forecast.backtest import LEAST_DAYS, METHODS, Fold, Method
from goldloop.core.forecast.features import Stretch
from goldloop.core.forecast.floors import seasonal_naive, theta
from goldloop.core.forecast.forecast import Forecast, Test, forecast, marked_days
from goldloop.core.forecast.pace import Pace, pace
from goldloop.core.forecast.paths import PATHS, Misses, misses
from goldloop.core.forecast.shape import Shape, day_level, ratio_of, ratio_shape, sum_of, sum_shape

__all__ = [
    "LEAST_DAYS", "METHODS", "PATHS", "Fold", "Forecast", "Method", "Misses", "Pace", "Shape", "Stretch", "Test", "day_level",
    "forecast", "marked_days", "misses", "pace", "ratio_of", "ratio_shape", "seasonal_naive", "sum_of", "sum_shape", "theta",
]  # fmt: skip
