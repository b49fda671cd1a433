"""Pages of the web app, measured inside one process: what today costs beside an empty page and beside its bare queries.

    python benchmarks/pages.py HOME [ADDRESS]      prints CPU seconds

`empty` is a page with the frame alone, by the same session and rights; `cached` today looked at again; `again` the same for
somebody else, for whom the page is made anew from kept figures; `uncached` the first look after a load; `queries` the same
statements on the same engine and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

ROUNDS = 15


def cpu(job: Callable[[], Any]) -> float:
    """CPU seconds of a call, in all threads."""
    began = time.process_time()
    job()
    return time.process_time() - began


def signed_in() -> Any:
    """A browser of the group's owner."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from goldloop.apps.shops import api

    call_command("migrate", "--no-input", verbosity=0)
    call_command("collectstatic", "--no-input", verbosity=0)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(api.owner(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@contextmanager
def statements() -> Iterator[list[tuple[Any, str, Any]]]:
    """Everything that engines are asked within."""
    from goldloop.metrics.engines.duckdb import Engine

    found: list[tuple[Any, str, Any]] = []
    run = Engine.run

    def noted(self: Any, sql: str, question: Any) -> Any:
        found.append((self, sql, question))
        return run(self, sql, question)

    with patch.object(Engine, "run", noted):
        yield found


def forget() -> None:
    """As after a load: no answer is kept; of the version nothing is known but what a load has asked where rollups are kept."""
    from goldloop.jobs import ahead
    from goldloop.web import asked, kept
    from goldloop.web.shops import whole_shop

    asked._kept.clear()
    kept.forget()
    shop = whole_shop()
    engine = shop._engine()
    engine._kept.clear()
    engine.learned.clear()
    if not ahead.folder(shop.home).exists():
        shutil.rmtree(shop.home.root / "cache" / "told", ignore_errors=True)


def main(home: str, address: str = "/") -> None:
    """Take turns between the four, so that a busy machine slows all of them alike."""
    os.environ |= {
        "GOLDLOOP_HOME": home,
        "DJANGO_SETTINGS_MODULE": "goldloop.web.settings",
        "GOLDLOOP_QUERY_SECONDS": "300",
    }
    browser = signed_in()
    from goldloop.web import frame, kept, today

    def look() -> None:
        answer = browser.get(address)
        assert answer.status_code == 200, answer.content.decode()[:2000]

    def look_at_nothing() -> None:
        with patch.object(today, "page", lambda request: frame.page(request, "web/base.html", {})):
            look()

    for job in (look, kept.forget, look_at_nothing, forget):  # everything is loaded
        job()
    with statements() as asked_for:
        look()
    times: dict[str, list[float]] = {name: [] for name in ("empty", "uncached", "again", "cached", "queries")}
    for _ in range(ROUNDS):
        kept.forget()
        times["empty"].append(cpu(look_at_nothing))
        forget()
        times["uncached"].append(cpu(look))
        times["cached"].append(cpu(look))
        kept.forget()
        times["again"].append(cpu(look))
        times["queries"].append(cpu(lambda: [engine.run(sql, question) for engine, sql, question in asked_for]))
    print(
        json.dumps({name: statistics.median(found) for name, found in times.items()} | {"statements": len(asked_for)})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
