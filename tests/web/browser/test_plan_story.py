"""A plan by keyboard alone: solved, kept, accepted and signed; what its pages look like to everybody, and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.browser.test_shop_group import AXE, RULES, TOO_WIDE, WIDTHS

pytestmark = pytest.mark.browser
ACTIVE = "document.activeElement"


def tab_to(page: Any, what: str) -> None:
    """Press Tab until the element that has the focus is the wanted one."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"Boolean({ACTIVE}.matches({what!r}))"):
            return
    raise AssertionError(what)


def test_from_a_few_numbers_to_a_signed_plan_by_keyboard(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/?store=1", lang="en")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/plan*")
    tab_to(page, "main a.button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan/new*")
    for box in page.query_selector_all("input[name=of]:checked")[1:]:
        box.focus()
        page.keyboard.press("Space")
    known = {"gmv": "230000", "buyer_value": "250", "new_buyers": "520", "ad_budget": "18000", "cac": "38"}
    held: list[Any] = []  # requests of a slow server: what is typed meanwhile must be in the last answer
    page.route(re.compile("/plan/new"), lambda request: held.append(request))
    for name, value in known.items():
        with page.expect_request(re.compile("/plan/new"), timeout=5000):  # a new one though the last is unanswered
            tab_to(page, f"input[name={name}]")
            page.keyboard.type(value)
            page.keyboard.press("Tab")
    for request in held:
        request.continue_()
    page.unroute(re.compile("/plan/new"))
    page.wait_for_selector("#solved:has-text('19,760')")  # 520 x 38, by htmx without a page of its own
    tab_to(page, "#solved a.button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".keep")
    assert page.input_value("#v-blended_cac") == "38" and page.input_value("#v-cac") == ""
    tab_to(page, "#solved .clash a")  # the first way out
    page.keyboard.press("Enter")
    page.wait_for_selector("#solved .note.good")
    tab_to(page, ".keep button")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/plan/\d+$"))
    for _ in range(6):  # three accept, three sign; the owner speaks for all
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        page.wait_for_selector("main > .note.success")
    assert page.inner_text(".facts .badge") == "signed" and page.locator("[data-sign]").count() == 0
    looked_at(page)


def looked_at(page: Any) -> None:
    """The rules of every page, for one that needs a plan; then its sliders, and the sheet of paper."""
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RULES) == [], theme
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) <= 0, width
    page.focus("#moves > summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#moved .big")
    before = page.inner_text("#moved .big")
    page.focus(".slider input[type=range]")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("before => document.querySelector('#moved .big').innerText !== before", arg=before)
    assert page.evaluate(f"{ACTIVE}.type") == "range", "the slider keeps the focus"
    page.select_option("#moved select[name=solve]", "conversion")
    page.wait_for_selector("#moved a[href*='conversion=']")
    assert page.evaluate(RULES) == []
    page.fill("#moved input[name=name]", "More per buyer")
    page.press("#moved input[name=name]", "Enter")
    page.wait_for_selector("#scenarios .chosen:has-text('More per buyer')")
    assert page.locator("#scenarios table").count() == 2, "the scenario stands beside the plan, value by value"
    page.click("#scenarios .chosen a >> nth=0")
    assert page.is_visible("text=This is a scenario")
    page.go_back()
    page.emulate_media(media="print")
    assert page.is_visible(".signature") and not page.is_visible("button")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
