"""Files that survive a power cut: what was written is forced to the disk before anybody is told of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def force(files: Iterable[Path]) -> None:
    """Force these files to the disk, then every folder in which one of them stands, so that their names stay, too."""
    folders: dict[Path, None] = {}
    for file in files:
        _force(file)
        folders[file.parent] = None
    for folder in folders:
        _force(folder)


def _force(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
