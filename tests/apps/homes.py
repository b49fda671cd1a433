"""Fresh home folders for tests: made once, copied for each."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from goldloop import home as homes
from goldloop.home import Home


@functools.cache
def _template(fill: Callable[[Home], None] | None = None) -> Path:
    from django.db import connection

    folder = Path(tempfile.mkdtemp(prefix="goldloop-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if fill is None:
        homes.create(folder)
    else:
        fill(fresh_home(folder))
    connection.close()
    return folder


def fresh_home(folder: Path, fill: Callable[[Home], None] | None = None) -> Home:
    """A new home at `folder`, connected; with what `fill` puts into the first of all that it fills."""
    shutil.copytree(_template(fill), folder, dirs_exist_ok=True)
    return homes.find(folder)
