"""When a value is an alarm, and when an alarm is over: limits, interval and hysteresis in one number."""

from __future__ import annotations

from typing import Literal

Side = Literal["down", "up"]
Direction = Literal["down", "up", "both"]

MOST = 1000.0  # an excess is never told larger, also where a limit is 0
OPENS = 1.0  # excess beyond which an alarm opens
CLEARS = 0.7  # excess below which it clears; between the two it stays as it is


def excess(
    value: float,
    expected: float,
    low: float,
    high: float,
    *,
    rate: float = 0.0,
    amount: float = 0.0,
    direction: Direction = "both",
) -> float:
    """How far a value is beyond **all** of its limits: 1 at the last of them, negative below the expectation.

    `min(|d| / interval, |d| / amount, |d| / (rate x |expected|))` with d = value - expected, `interval` its distance from
    the expectation to the end on that side; `amount` in the unit of the values, `rate` as a share (0.2 = 20 %); a limit of
    0 is none. 0 in a direction that is not watched, at most 1000 either way.

    >>> excess(60.0, 100.0, 80.0, 120.0, rate=0.25, amount=10.0)
    -1.6
    >>> excess(60.0, 100.0, 80.0, 120.0, rate=0.25, amount=50.0)
    -0.8
    >>> excess(60.0, 100.0, 80.0, 120.0, direction="up")
    0.0
    """
    away = value - expected
    if away == 0 or direction not in ("both", "down" if away < 0 else "up"):
        return 0.0
    reach = expected - low if away < 0 else high - expected
    limits = (reach, amount, rate * abs(expected))
    beyond = min(MOST, *(abs(away) / limit if limit > 0 else MOST for limit in limits))
    return beyond if away > 0 else -beyond


def turn(side: Side | None, beyond: float) -> Side | None:
    """The side of the alarm after a day: opened beyond `OPENS`, kept down to `CLEARS`, else over (None).

    `side`: that of the alarm so far; `beyond`: the day's `excess`, no unit. Two thresholds, so that a value near one limit
    does not turn it on and off (O. Schmitt, J. Scientific Instruments 15, 1938). Turning twice by the same value changes
    nothing more; a value far on the other side turns the alarm over.

    >>> turn(None, -1.0), turn(None, -1.1), turn("down", -0.9), turn("down", -0.6), turn("down", 1.2)
    (None, 'down', 'down', None, 'up')
    """
    if abs(beyond) > OPENS:
        return "down" if beyond < 0 else "up"
    if side is not None and abs(beyond) >= CLEARS and (beyond < 0) == (side == "down"):
        return side
    return None
