"""UX-10: every panel in every state that it can be in says so, in words, in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.web.browser.states import PANELS, STATES, stories

pytestmark = pytest.mark.browser
IN_PLACE = "(document.querySelector('#mix').offsetHeight)"


def test_every_panel_knows_every_state() -> None:
    assert {panel: tuple(found) for panel, found in PANELS.items() if set(found) != set(STATES)} == {}


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("empty", "demo")])
def test_a_state_shows_where_it_is(state: str, shop_group: str, visit: Callable[..., Any]) -> None:
    pages: dict[str, Any] = {}
    for panel, story in stories(state).items():
        page = pages.setdefault(story.who, None) or visit(shop_group, "/log-in", who=story.who)
        pages[story.who] = page
        if story.held:
            page.route(story.held, lambda route: None)  # asked for, and never answered
        page.goto(f"{shop_group}{story.path}", wait_until="domcontentloaded")
        page.wait_for_selector(story.seen, timeout=20_000, state="attached")
        assert page.locator(story.seen).first.is_visible(), (panel, state)
        if story.held:
            page.unroute(story.held)


def test_the_demo_says_that_it_is_one(shop_group: str, shop_home: Path, visit: Callable[..., Any]) -> None:
    from goldloop.jobs.demo import MARK

    page = visit(shop_group, "/settings")
    (shop_home / MARK).touch()
    try:
        for panel, story in stories("demo").items():
            page.goto(f"{shop_group}{story.path}")
            assert page.locator(story.seen).is_visible(), panel
    finally:
        (shop_home / MARK).unlink()


def test_a_part_that_comes_later_moves_nothing(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/settings")
    page.route("**/today/mix*", lambda route: None)
    page.goto(f"{shop_group}/?store=1", wait_until="domcontentloaded")
    before = page.evaluate(IN_PLACE)
    page.unroute("**/today/mix*")
    page.goto(f"{shop_group}/?store=1")
    page.wait_for_selector("#mix table")
    assert page.evaluate(IN_PLACE) == before
