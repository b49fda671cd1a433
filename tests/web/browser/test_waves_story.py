"""A wave in a browser: from last month's new buyers to people and hold-out before anything is sent, the file, the result."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.web.browser.test_shop_group import AXE, RULES, TOO_WIDE, WIDTHS

pytestmark = pytest.mark.browser
PAGES = ("/actions", "/members/points", "/members/waves", "/members/waves/setup", "/members/merges")
WAVE_DAYS = ("2026-09-01", "2026-09-30", "2026-10-05", "2026-10-25")


def saved(page: Any, button: str) -> bytes:
    """The file that a button gives."""
    with page.expect_download() as told:
        page.click(button)
    return Path(told.value.path()).read_bytes()


def test_from_new_buyers_to_a_measured_wave(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/members/waves?store=1&basis=orders", lang="en")
    page.evaluate("document.querySelectorAll('details.panel').forEach((one) => (one.open = true))")
    first, last, send, until = WAVE_DAYS
    page.fill("#w-name", "First buyers")
    page.select_option("#w-audience", "")
    page.fill("#w-first", first)
    page.fill("input[name=last]", last)
    page.fill("#w-send", send)
    page.fill("#w-until", until)
    page.fill("#w-off", "5")
    page.fill("#w-holdout", "0.3")
    page.press("#w-text", "Enter")
    page.wait_for_url("**/members/waves/*")
    assert "Next: check" in page.inner_text("#next") or "Its day" in page.inner_text("#next")
    assert (
        page.query_selector("#check") is None and page.query_selector("button[value=list]") is None
    )  # nothing leaves yet
    page.click("button[value=check]")
    page.wait_for_selector("#check")
    before = page.inner_text("#check")
    assert "Held out" in before and "Cost at most" in before
    wave = page.url
    page.goto(shop_group + "/actions?store=1")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "First buyers"
    page.keyboard.press("1")
    page.wait_for_selector("text=accepted")
    page.goto(wave)
    sheet = saved(page, "button[value=list]")
    assert (
        page.inner_text("code").strip() == hashlib.sha256(sheet).hexdigest()
    )  # the page shows by itself what went out
    assert sheet == saved(page, "button[value=list]") and b"GL-" in sheet
    page.click("button[value=result]")
    page.wait_for_selector("#result")
    assert "Held out" in page.inner_text("#result")
    month = f"{shop_group}/calendar?store=1&month=2026-10"
    for address in (month, f"{shop_group}/members/waves?store=1"):
        page.goto(address)
        told = page.inner_text("#together-2026-10")
        assert "Waves of 2026-10 together" in told and "More orders" in told and "stratified" in told
        spans = [one.bounding_box() for one in page.query_selector_all("#together-2026-10 .span")]
        rail, zero = (
            page.query_selector(f"#together-2026-10 tr:last-child .{name}").bounding_box() for name in ("rail", "zero")
        )
        assert all(rail["x"] <= one["x"] and one["x"] + one["width"] <= rail["x"] + rail["width"] + 1 for one in spans)
        low, high = re.findall(r"\((-?[\d.,]+) ~ (-?[\d.,]+)\)", told)[-1]
        if float(low.replace(",", "")) > 0:  # the picture says what the numbers say
            assert spans[-1]["x"] > zero["x"]
        else:
            assert spans[-1]["x"] <= zero["x"] + 1 and float(high.replace(",", "")) > float(low.replace(",", ""))
    for address in (wave, month, *(f"{shop_group}{path}?store=1" for path in PAGES)):
        page.goto(address)
        page.evaluate(AXE)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert page.evaluate(RULES) == [], (address, theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(TOO_WIDE) <= 0, (address, width)
