"""Members in a browser: a segment is counted while it is written, kept, and filters the figures; by keyboard, in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.web.browser.test_plan_story import tab_to
from tests.web.browser.test_shop_group import AXE, RULES, TOO_WIDE, WIDTHS

pytestmark = pytest.mark.browser


def test_a_segment_from_its_first_word_to_the_figures(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/members?store=1&tab=segments&basis=orders", lang="en")
    tab_to(page, "#segment")
    page.keyboard.type("bought within")
    page.wait_for_selector("#counted [role=alert]")
    page.keyboard.type(" 4000 days")
    page.wait_for_selector("#counted .big")
    assert "bought within 4000 days" in page.inner_text("#counted") and page.input_value("#segment").endswith("days")
    tab_to(page, "#counted input[name=name]")
    page.keyboard.type("Everybody")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Kept 'Everybody', version 1")
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RULES) == [], theme
    for tab in ("segments", "rfm", "second"):
        page.goto(page.url.split("?")[0] + f"?store=1&basis=orders&tab={tab}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(TOO_WIDE) <= 0, (tab, width)
    page.goto(page.url.replace("tab=second", "tab=segments"))
    page.click("text=Figures")
    page.wait_for_url("**/explore?*segment*")
    assert "Everybody" in page.inner_text("main")
