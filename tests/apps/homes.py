"""Fresh home folders for tests: made once, copied for each."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from goldloop import home as homes
from goldloop.home import Home


@functools.cache
def _template() -> Path:
    from django.db import connection

    folder = Path(tempfile.mkdtemp(prefix="goldloop-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    homes.create(folder)
    connection.close()
    return folder


def fresh_home(folder: Path) -> Home:
    """A new home at `folder`, connected."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return homes.find(folder)
