"""Homes for the browser tests, and the server that shows one of them.

python -m tests.web.browser.serving empty|shops HOME
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

PASSWORD = "correct horse battery"
OWNER, OPERATOR = "owner", "小王"
OURS, THEIRS = "金环演示旗舰店", "金环演示抖音店"
LAST_DAY = date(2026, 10, 31)
PATIENCE = 180.0  # seconds that a busy machine may take to start


def empty(root: Path) -> None:
    """An install in which nobody has done anything yet; the owner's password is known."""
    from goldloop import home as homes

    homes.create(root)
    from goldloop.apps.shops import api

    owner = api.owner()
    owner.set_password(PASSWORD)
    owner.save()


def shops(root: Path) -> None:
    """Two stores of the demo with the reports of their last months, one bad row, and an operator who has only the first."""
    from goldloop import home as homes
    from goldloop import simulate
    from goldloop.shop import Shop

    empty(root)
    made = simulate.write_group(root / "demo-files", size="small", seed=1, last_day=LAST_DAY)
    shop = Shop(homes.find(root))
    for store in made.stores:
        if store.name in (OURS, THEIRS):
            shop.store_add(store.name, platform=store.platform, day_starts=store.day_starts)
    for file in made.files:
        old_orders = "Order" in file.path.name and "202607-" not in file.path.name
        if file.store in (OURS, THEIRS) and not old_orders:
            shop.import_files([file.path], store=file.store, period=file.period)
    shop.import_files([_bad_rows(root)], store=OURS)
    _operator(shop.store(OURS).id)


def _bad_rows(root: Path) -> Path:
    file = root / "demo-files" / "goldloop-costs_bad.csv"
    head = "store,kind,cost_id,first_day,last_day,currency,amount,hours,note,updated_at"
    file.write_text(f"{head}\n{OURS},other,,2026-10-01,2026-10-31,CNY,1O0,,,\n", "utf-8")
    return file


def _operator(store: int) -> None:
    from goldloop.apps.shops import models

    operator = models.User.objects.create(username=OPERATOR)
    operator.set_password(PASSWORD)
    operator.save()
    models.Grant.objects.create(
        user=operator, role="operator", store_id=store, given_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def environment() -> dict[str, str]:
    """That of these tests without settings of theirs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOLDLOOP_", "DJANGO_"))}
    patient = {"GOLDLOOP_QUERY_SECONDS": "300"}  # on a busy machine
    return {**kept, **patient, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def make(kind: str, root: Path) -> None:
    """Make such a home in a process of its own: this one's Django has other settings."""
    subprocess.run([sys.executable, "-m", __name__, kind, str(root)], env=environment(), check=True)


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The web app and its worker on a home; the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = "import sys; from goldloop.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", serve, "--home", str(root), "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment(), cwd=root.parent, stdout=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://localhost:{port}/log-in")
            yield f"http://localhost:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _wait(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    {"empty": empty, "shops": shops}[sys.argv[1]](Path(sys.argv[2]))
