"""Numbers that mature: refunds still to come of young days, how sure that is, and how right it was before.

`curve` learns by which age how much goes back, `interval` how far off expectations are, `backtest` holds them against
what came. Days are day numbers, money is in minor units. Numbers in, numbers out.
"""

from goldloop.core.mature.backtest import Case, Score, backtest, score
from goldloop.core.mature.curve import FINAL, HORIZON, MINIMUM, WINDOW, Cohorts, Curve, TooLittle, fit, nested, pooled
from goldloop.core.mature.interval import BACK, CONFIDENCE, Past, Spread, to_come

__all__ = [
    "BACK", "CONFIDENCE", "FINAL", "HORIZON", "MINIMUM", "WINDOW", "Case", "Cohorts", "Curve", "Past", "Score", "Spread", "TooLittle",
    "backtest", "fit", "nested", "pooled", "score", "to_come",
]  # fmt: skip
