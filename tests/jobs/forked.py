"""Commands in processes of their own, without the second that each start of Python, Django and the engines takes.

One process loads all of it and does nothing but fork: each child runs one command and ends, or is killed.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from goldloop.home import Home

SERVER = """
import json, os, signal, sys
import duckdb, deltalake, pyarrow.compute, pyarrow.parquet
from goldloop import home
home.connect(home.locate(os.devnull))
import goldloop.cli.app, goldloop.cli.output, goldloop.shop
import goldloop.connectors.readers.delimited, goldloop.connectors.readers.text
import goldloop.jobs.forget, goldloop.jobs.import_undo, goldloop.jobs.many, goldloop.jobs.quarantine, goldloop.jobs.tidy
import goldloop.lake.lake, goldloop.lake.snapshot, goldloop.lake.take_back
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        sys.stdin.close()
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT), number)
        os.environ.update(asked["environment"])
        code = 70
        try:
            exec(asked["code"], {})
            from goldloop.cli import main
            code = main(asked["args"])
        finally:
            sys.stdout.flush()
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass
class Command:
    """A command that was begun: its process, and how it ended."""

    server: subprocess.Popen[str]
    args: list[str]
    folder: Path
    pid: int

    def wait(self) -> subprocess.CompletedProcess[str]:
        """Its end; the return code of a killed one is the negative signal."""
        code = int(_line(self.server))
        said = [(self.folder / name).read_text("utf-8") for name in ("out", "err")]
        return subprocess.CompletedProcess(self.args, code, *said)


def begin(home: Home, *args: str, code: str = "", **environment: str) -> Command:
    """Begin a command; `code` runs before it. One after the other: each must be waited for before the next."""
    server, folder = _server(), Path(tempfile.mkdtemp(dir=home.root.parent))
    asked = {
        "args": ["--home", str(home.root), *args],
        "code": code,
        "environment": {"GOLDLOOP_LANG": "en", **environment},
        "out": str(folder / "out"),
        "err": str(folder / "err"),
    }
    assert server.stdin is not None
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    return Command(server, [*args], folder, int(_line(server)))


def goldloop(home: Home, *args: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own; `code` runs before it."""
    return begin(home, *args, code=code, **environment).wait()


def _line(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline()


@functools.cache
def _server() -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOLDLOOP_")}
    command = [sys.executable, "-c", SERVER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    server = subprocess.Popen(command, text=True, env=environment, **pipes)
    atexit.register(server.kill)
    return server
