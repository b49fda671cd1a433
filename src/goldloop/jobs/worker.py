"""A worker as a process: `python -m goldloop.jobs.worker HOME [PARENT]` does the background work of a home.

It ends when told to, or when the process PARENT that started it is gone.
"""

from __future__ import annotations

import sys

from goldloop import home as homes


def main(folder: str, parent: str = "") -> None:
    """Work for the home in a folder."""
    home = homes.find(folder)
    from goldloop.jobs import queue  # its tables can be named once Django runs

    queue.run(home, int(parent) if parent else None)


if __name__ == "__main__":
    main(*sys.argv[1:])
