"""The command line. Importing it loads neither Django nor an engine."""

from __future__ import annotations

import os
from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for failed work or 2 for bad input."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # more threads only wait for each other over matrices as small as ours
    from goldloop.cli.app import run

    return run(args)
