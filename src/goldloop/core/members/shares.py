"""How sure a share is that was counted on so many cases."""

from __future__ import annotations

import math

import numpy as np

from goldloop.core.members.histories import Floats, Ints

NORMAL = 1.2815515655446004  # 90 % point of the normal law: intervals of 80 %
TAIL = math.erfc(NORMAL / math.sqrt(2)) / 2  # what lies beyond either end of such an interval


def share_interval(hits: Ints, cases: Ints) -> tuple[Floats, Floats]:
    """Low and high of the 80 % interval of `hits / cases` (counts of one shape, hits <= cases), 0 to 1; nan without cases.

    Wilson's: the shares p for which `|hits / cases - p| <= z sqrt(p (1 - p) / cases)`, within 0 and 1 and never of no width.
    Source: E. Wilson, JASA 22 (1927).

    >>> [round(float(end), 4) for end in share_interval(10, 40)]
    [0.1733, 0.3464]
    """
    n = np.asarray(cases, np.float64)
    square = NORMAL**2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(hits, np.float64) / n
        middle = (share + square / (2 * n)) / (1 + square / n)
        width = NORMAL * np.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return np.clip(middle - width, 0.0, share), np.clip(middle + width, share, 1.0)
