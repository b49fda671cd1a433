"""The `goldloop` command for tests that run hundreds of them: each in a process of its own, forked from a warm parent.

What a command costs is mostly imports, of its libraries and of our own modules. The parent (`parent.py`) has done them,
and nothing else; `goldloop` on the path (`client.py`) hands it arguments, folder, environment and the three open files,
and ends with the code of the child that ran them.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.shared import of_the_run

HERE = Path(__file__).parent


@contextmanager
def goldloop_on_path(folders: pytest.TempPathFactory) -> Iterator[str]:
    """A folder with a `goldloop` to put in front of the path, as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="goldloop-") as place:
        address = Path(place) / "parent"
        begun = [sys.executable, "-X", "utf8", str(HERE / "parent.py"), str(address), str(of_the_run(folders))]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOLDLOOP_", "DJANGO_"))}
        parent = subprocess.Popen(begun, stdout=subprocess.PIPE, env={**kept, "OPENBLAS_NUM_THREADS": "1"})
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"ready\n"
            command = Path(place) / "goldloop"
            started = shlex.join([sys.executable, "-S", "-E", "-s", str(HERE / "client.py"), str(address)])
            command.write_text(f'#!/bin/sh\nexec {started} "$@"\n')
            command.chmod(0o755)
            yield place
        finally:
            parent.terminate()
            parent.communicate()
