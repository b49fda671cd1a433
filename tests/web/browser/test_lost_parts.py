"""A part of a page that does not come says so where it would stand; who has been logged out meanwhile goes to the log-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.web.browser.serving import OPERATOR

pytestmark = pytest.mark.browser
MIX = "**/today/mix*"


def test_a_part_that_fails_says_so_and_comes_back(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/settings", lang="en")
    said = []
    for answer in (
        lambda request: request.fulfill(status=503, body="<main><p role=alert>Too much was asked.</p></main>"),
        lambda request: request.fulfill(status=502, body="bad gateway"),
        lambda request: request.abort(),
    ):
        page.route(MIX, answer)
        page.goto(f"{shop_group}/?store=1", wait_until="domcontentloaded")
        said.append(page.inner_text("#mix [role=alert]"))
        assert page.locator("#mix h1, #mix .skeleton").count() == 0
        page.unroute(MIX)
    assert "Too much was asked." in said[0] and "server failed" in said[1] and "no connection" in said[2]
    page.click("#mix [role=alert] a")
    page.wait_for_selector("#mix table")
    assert page.locator("[role=alert]").count() == 0


def test_a_form_that_answers_while_one_types_keeps_what_was_typed(shop_group: str, visit: Callable[..., Any]) -> None:
    """An answer that fails is told, and the next one takes its place."""
    page = visit(shop_group, "/plan/new", lang="en")
    page.route("**/plan/new?*", lambda request: request.fulfill(status=503, body="down"))
    page.fill("input[name=gmv]", "240000")
    page.keyboard.press("Tab")
    page.wait_for_selector("#solved .failed")
    page.unroute("**/plan/new?*")
    page.fill("input[name=buyer_value]", "90")
    page.keyboard.press("Tab")
    page.wait_for_selector("#solved .failed", state="detached")
    assert page.input_value("input[name=gmv]") == "240000"


def test_of_two_choices_the_later_one_is_shown(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/?store=1", lang="en")
    page.wait_for_selector("#mix table")
    held: list[Any] = []
    page.route("**mix=sources*", lambda request: held.append(request))
    with page.expect_request("**mix=sources*"):
        page.click("#mix a[href*='mix=sources']")
    page.click("#mix a[href*='mix=goods']")
    page.wait_for_selector("#mix a[href*='mix=goods'][aria-current]")
    page.unroute("**mix=sources*")
    assert page.get_attribute("#mix a[aria-current]", "href").count("mix=goods") == 1


def test_who_was_logged_out_is_asked_to_log_in(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/?store=1", who=OPERATOR)
    page.wait_for_selector("#mix table")
    page.context.clear_cookies()
    page.click("#mix a:not([aria-current]) >> nth=0")
    page.wait_for_url("**/log-in?**")
    assert page.locator("#password").is_visible()
