"""Serving the web app: tables and static files brought up to date, then a web server and a worker, until told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from time import monotonic

from goldloop import settings
from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.home import Home

LOOK = 0.2  # seconds between two looks at the children
AGAIN = 1.0  # seconds before a child that ended is started again
AT_ONCE = 15.0  # a server that ends so soon after its first start cannot run at all
PATIENCE = 20.0  # seconds that a child has for ending


@dataclass(slots=True)
class Child:
    """A process that is started again whenever it ends."""

    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    starts: int = 0

    def start(self, environment: dict[str, str]) -> None:
        """Start it; it is told to end when this process is gone, however that came."""
        self.clear()
        self.process = subprocess.Popen(
            self.command, env=environment, start_new_session=True, preexec_fn=_end_with_parent
        )
        self.began, self.starts = monotonic(), self.starts + 1

    def clear(self) -> None:
        """Make an end of what it started itself and left behind: such a process would keep the port."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def ended(self) -> int | None:
        """The code with which it ended; None while it runs."""
        return None if self.process is None else self.process.poll()


def serve(home: Home, *, host: str, port: int, workers: int, jobs: bool, say: Callable[[str], None]) -> None:
    """Serve this home until Ctrl-C or SIGTERM; `jobs` says whether background work is done here, too.

    Raises `serve_failed` when the server cannot run at all.
    """
    environment = web_environment(home)
    manage(environment, "migrate", "--no-input", "--verbosity=0")
    manage(environment, "collectstatic", "--no-input", "--clear", "--verbosity=0")
    server = Child([
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
        "goldloop.web.wsgi:application",
    ])  # fmt: skip
    children = [server]
    if jobs:
        children.append(Child([sys.executable, "-m", "goldloop.jobs.worker", str(home.root), str(os.getpid())]))
    say(f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/")
    _keep_running(children, environment, home)


def _keep_running(children: Sequence[Child], environment: dict[str, str], home: Home) -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        while home.is_there:  # one whose folder was removed has nothing left to serve
            for child in children:
                _see_to(child, environment, first=child is children[0])
            time.sleep(LOOK)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        _end(children)


def _see_to(child: Child, environment: dict[str, str], *, first: bool) -> None:
    """Start a child that has never run, or that ended a while ago."""
    code = child.ended()
    if child.process is None:
        child.start(environment)
    elif code is not None and code > 0 and first and child.starts == 1 and monotonic() - child.began < AT_ONCE:
        raise WorkFailed(
            "serve_failed",
            "The web server could not start.",
            given=f"exit code {code}",
            todo="See what it printed above; is the port free? Choose another with --port.",
        )
    elif code is not None and monotonic() - child.began > AGAIN:
        child.start(environment)


def _end(children: Sequence[Child]) -> None:
    """Tell all children to end, and make an end of those that do not."""
    for child in children:
        if child.process is not None and child.process.poll() is None:
            child.process.terminate()
    for child in children:
        if child.process is not None:
            with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
                child.process.wait(PATIENCE)
            child.clear()
            child.process.wait()


def _end_with_parent() -> None:
    """On Linux, ask the system for SIGTERM when the parent is gone: a server left behind would keep the port."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def agent(home: Home) -> int:
    """Answer an agent over standard input and output until it ends; the exit code.

    Raises `mcp_missing` where the optional parts are not installed, and `mcp_key_needed` without a key.
    """
    if find_spec("mcp") is None:
        raise GoldloopError(
            "mcp_missing", "The parts that speak to agents are not installed.", todo="pip install 'goldloop[mcp]'"
        )
    if not settings.key():
        raise GoldloopError(
            "mcp_key_needed", "An agent asks with a key, which says what it may see.", allowed="GOLDLOOP_KEY",
            todo="goldloop user key agent --right figures",
        )  # fmt: skip
    return subprocess.call([sys.executable, "-m", "goldloop.web.mcp"], env=web_environment(home))


def web_environment(home: Home) -> dict[str, str]:
    """The environment of the server's processes: this home, Django's settings of the web app."""
    return {**os.environ, "GOLDLOOP_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "goldloop.web.settings"}


def manage(environment: dict[str, str], *command: str) -> None:
    """One of Django's own commands with the web app's settings."""
    subprocess.run([sys.executable, "-m", "django", *command], env=environment, check=True)
