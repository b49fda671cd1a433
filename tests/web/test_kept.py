"""Kept pages: fast for who looks again, never old after a change, never somebody else's."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

DAYS = "from=2026-03-01&to=2026-03-05"


@pytest.fixture(autouse=True)
def nothing_kept(group: Any) -> Iterator[None]:
    from goldloop.web import kept

    kept.forget()
    yield
    kept.forget()


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who had today's page made, each time."""
    from goldloop.web import today

    found, page = [], today.page

    def noted(request: Any) -> Any:
        found.append(request.user.get_username())
        return page(request)

    monkeypatch.setattr(today, "page", noted)
    return found


def test_a_second_look_is_the_same_page_with_a_token_of_its_own(
    group: Any, client_of: Callable[..., Any], makers: list[str]
) -> None:
    browser = client_of("finance")
    first, second = (browser.get(f"/?{DAYS}") for _ in range(2))
    assert makers == ["the finance"]
    tokens = [re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode()) for page in (first, second)]
    assert tokens[0] and len(set(tokens[1])) == 1 and tokens[0][0] != tokens[1][0]
    assert first.content.decode().replace(tokens[0][0], tokens[1][0]) == second.content.decode()
    assert (
        second["Content-Security-Policy"] == first["Content-Security-Policy"] and second["Cache-Control"] == "no-store"
    )
    strict = client_of("finance", csrf=True)
    strict.get(f"/?{DAYS}")
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', strict.get(f"/?{DAYS}").content.decode())[1]  # type: ignore[index]
    assert strict.post("/language", {"lang": "zh", "csrfmiddlewaretoken": token}).status_code == 302


def test_nobody_gets_what_another_person_looked_at(
    group: Any, client_of: Callable[..., Any], makers: list[str]
) -> None:
    """Neither by the same rights, nor by another language, address, or rights that she had a moment ago."""
    for role in ("finance", "operator", "analyst"):
        client_of(role).get(f"/?{DAYS}")
    assert makers == ["the finance", "the operator", "the analyst"]
    browser = client_of("analyst")
    browser.cookies["lang"] = "zh"
    browser.get(f"/?{DAYS}")
    browser.get(f"/?{DAYS}&compare=none")
    assert makers[3:] == ["the analyst", "the analyst"]
    assert client_of().get(f"/?{DAYS}").status_code == 302
    from goldloop.apps.shops import models

    grants = models.Grant.objects.filter(user_id=group.people["analyst"])
    grants.update(store_id=group.stores["Theirs"])
    text = browser.get(f"/?{DAYS}").content.decode()
    grants.update(store_id=group.stores["Ours"])
    assert "Ours" not in text


def test_after_any_change_the_page_is_made_anew(group: Any, client_of: Callable[..., Any], makers: list[str]) -> None:
    browser = client_of("finance")
    browser.get(f"/?{DAYS}")
    client_of("analyst").post("/settings/preferences", {"language": "", "theme": "", "direction": "", "landing": ""})
    browser.get(f"/?{DAYS}")
    assert len(makers) == 2


def test_a_page_is_not_kept_for_long(group: Any, client_of: Callable[..., Any], makers: list[str]) -> None:
    from goldloop.web import kept

    browser, now = client_of("finance"), time.monotonic()
    with patch.object(kept, "monotonic", lambda: now):
        browser.get(f"/?{DAYS}")
    with patch.object(kept, "monotonic", lambda: now + kept.LONGEST):
        browser.get(f"/?{DAYS}")
    assert len(makers) == 2


def test_refusals_are_not_kept_and_few_pages_are(
    group: Any, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.web import kept

    monkeypatch.setattr(kept, "MOST", 3)
    browser = client_of("finance")
    assert browser.get("/?store=999999").status_code == 404
    assert kept._pages == {}
    for day in range(1, 6):
        browser.get(f"/rows?from=2026-03-0{day}&to=2026-03-0{day}")
    assert len(kept._pages) == 3


def test_looking_again_costs_no_more_than_half_as_much_again_as_an_empty_page(
    group: Any, client_of: Callable[..., Any]
) -> None:
    from goldloop.web import frame, kept, today

    browser = client_of("finance")

    def spent() -> float:
        began = time.process_time()
        assert browser.get(f"/?{DAYS}").status_code == 200
        return time.process_time() - began

    empty, again = [], []
    for _ in range(9):
        kept.forget()
        with patch.object(today, "page", lambda request: frame.page(request, "web/base.html", {})):
            empty.append(spent())
        kept.forget()
        spent()
        again.append(spent())
    assert statistics.median(again) < 1.5 * statistics.median(empty[1:])
