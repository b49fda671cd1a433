"""An event by keyboard: put on the calendar from a day of the month, its checklist ticked; its page keeps the rules of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.browser.test_plan_story import ACTIVE, tab_to
from tests.web.browser.test_shop_group import AXE, RULES, TOO_WIDE, WIDTHS

pytestmark = pytest.mark.browser


def test_an_event_from_a_day_of_the_month_to_a_ticked_task(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/calendar?store=1&month=2031-06&view=weeks", lang="en")
    tab_to(page, ".day a.number")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate(f"{ACTIVE}.innerText") == "10", "two weeks and a day after Monday, 26 May"
    page.keyboard.press("Enter")
    page.wait_for_url("**/calendar/new*")
    assert page.input_value("[name=phase_from]") == page.input_value("[name=phase_to]") == "2031-06-10"
    tab_to(page, "#f-fee")
    page.keyboard.type("much")
    tab_to(page, "form button.primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#e-fee")
    assert page.is_visible("#e-name") and page.input_value("#f-fee") == "much"
    page.fill("#f-fee", "500")
    page.fill("#f-name", "Summer")
    page.focus("form button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/calendar/\d+$"))
    tab_to(page, "button.check")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tasks li.done")
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RULES) == [], theme
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) <= 0, width
