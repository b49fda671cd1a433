"""Named places at which a test can kill the process, to see that nothing is ever done by half.

A name is `<job>.<place>`. Every commit has a stop before and after it; a test looks for every call of `stop_point` and
refuses one that is not named here, and a name at which no scene of its job is killed.
"""

from __future__ import annotations

import os
import signal

NAMES = (
    "import.claimed",
    "import.kept",
    "import.normalised",
    "import.before_receipt",
    "import.after_receipt",
    "undo.before_receipt",
    "undo.after_receipt",
    "fix.before_remembered",
    "fix.after_remembered",
    "fix.before_receipt",
    "fix.after_receipt",
    "ignore.before",
    "ignore.after",
    "settings.after_change",
    "settings.before_version",
    "settings.after_version",
    "forget.before_hash",
    "forget.after_hash",
    "forget.after_version",
    "forget.after_sources",
)


def of(job: str) -> list[str]:
    """The stops of one job, in the order in which it passes them."""
    return [name for name in NAMES if name.startswith(f"{job}.")]


def stop_point(name: str) -> None:
    """Kill this process, as `kill -9` would, when `GOLDLOOP_STOP_AT` names this place; otherwise do nothing."""
    if os.environ.get("GOLDLOOP_STOP_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
