"""SEC-23: a question that takes too long is given up with a page that says so, and the worker serves the next reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings
from tests.metrics.test_patience import ENDLESS

PAGES = ("/", "/explore", "/rows", "/daily", "/rows/file?format=csv", "/explore/file?format=csv")


@pytest.fixture
def slow(group: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statement takes for ever."""
    from goldloop.metrics.engines.duckdb import Engine
    from goldloop.web import asked

    run = Engine.run
    monkeypatch.setattr(Engine, "run", lambda self, sql, question: run(self, ENDLESS, {}))
    monkeypatch.setattr(asked, "_kept", type(asked._kept)())


def test_pages_and_answers_give_up_with_a_stable_code(slow: None, client_of: Callable[..., Any]) -> None:
    browser = client_of("owner")
    with override_settings(QUERY_SECONDS=0.1):
        for path in PAGES:
            days = ("&" if "?" in path else "?") + "from=2026-03-01&to=2026-03-05"
            answer = browser.get(path + days)
            assert answer.status_code == 503, path
            assert "query_too_long" in answer.content.decode() and "0.1 seconds" in answer.content.decode()
        answer = browser.get("/api/v1/figures?from=2026-03-01&to=2026-03-05&figures=gmv")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "query_too_long")


def test_the_next_reader_is_served(group: Any, client_of: Callable[..., Any]) -> None:
    assert client_of("owner").get("/?from=2026-03-01&to=2026-03-05").status_code == 200
