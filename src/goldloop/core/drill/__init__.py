"""Which few segments, over several cuts at once, explain a change. Numbers in, numbers out.

`answer` is the question, `figure` the exact account of a sum or ratio, `cube` every segment, `noise` how much leaves move
by themselves, `search` the score, the penalty and the stop.
"""

from goldloop.core.drill.answer import MOST_CUTS, Drilled, DrillError, Finding, drill
from goldloop.core.drill.figure import Part

__all__ = ["MOST_CUTS", "DrillError", "Drilled", "Finding", "Part", "drill"]
