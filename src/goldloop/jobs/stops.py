"""Named places at which a test can kill the process, to see that nothing is ever loaded by half."""

from __future__ import annotations

import os
import signal

NAMES = ("claimed", "kept", "normalised", "before_receipt", "after_receipt")


def stop_point(name: str) -> None:
    """Kill this process, as `kill -9` would, when `GOLDLOOP_STOP_AT` names this place; otherwise do nothing."""
    if os.environ.get("GOLDLOOP_STOP_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
