"""Pages of a shop with data in a real browser: every page's rules, then the stories of screens and trust."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from tests.web.browser.serving import OPERATOR, OURS, THEIRS

from goldloop.web.routes import API_ROOT, ROUTES

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parents[2] / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
WIDTHS = (320, 768, 1280, 1920)
NO_PAGES = {
    "link",
    "welcome",
    "account_inactive",
    "mfa_authenticate",
    "why_findings",
    "today_mix",
}  # parts, and what needs more
OTHERS = {  # pages of one thing, and pages that say that something is not there
    "store": "/?store=1",
    "why_by": "/why?store=1&figure=gmv&by=category",
    "explore_by": "/explore?store=1&by=category&compare=previous",
    "no_data": "/?store=1&from=2019-01-01&to=2019-01-07",
    "import": "/data/imports/1",
    "bad_row": "/data/quarantine/1",
    "not_found": "/nowhere",
    "error": "/why?figure=nothing",
}
PAGES = {
    route.name: f"/{route.path}"
    for route in ROUTES
    if "GET" in route.methods and "<" not in route.path and not route.path.startswith(API_ROOT)
    and route.right != "export" and route.name not in NO_PAGES
} | OTHERS  # fmt: skip
RULES = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(one => ['serious', 'critical'].includes(one.impact)).map(one => `${one.id}: ${one.nodes.map(n => n.html).slice(0, 3)}`))"""
FIRST_PAINT = """() => new Promise(seen => new PerformanceObserver(found => found.getEntriesByName('first-contentful-paint')
    .forEach(one => seen(one.startTime))).observe({type: 'paint', buffered: true}))"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_keeps_the_rules_of_all(name: str, shop_group: str, visit: Callable[..., Any]) -> None:
    """UX-01, UX-05: axe in both themes, no sideways scroll, a title and one heading, nothing asked of other hosts."""
    lang = "zh" if len(name) % 2 else "en"
    page = visit(shop_group, PAGES[name], who="" if name == "account_login" else "owner", lang=lang)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1 and page.title().split(" · ")[0]
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RULES) == [], theme
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TOO_WIDE) <= 0, width


def test_today_is_printed_on_one_page_in_ink_on_white(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/?store=1", color_scheme="dark")
    page.wait_for_selector(".chart svg")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.node .value')).color") == "rgb(0, 0, 0)"
    assert not page.is_visible("header nav") and not page.is_visible("button")
    assert page.is_visible(".tree") and OURS in page.inner_text(".scope")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


def test_from_gmv_to_a_line_of_the_file_in_three_clicks(
    shop_group: str, shop_home: Path, visit: Callable[..., Any]
) -> None:
    """UX-08: node, rows, and there the file with its line; the line holds that order."""
    page = visit(shop_group, "/?store=1&basis=orders")
    page.click(".tree > li > .node")
    page.wait_for_selector("#sentence")
    page.click("a:has-text('看明细行')")
    line = page.locator("tbody tr", has_text="ExportOrderList").first
    order, told = line.locator("td").first.inner_text(), line.inner_text()
    file, row = re.search(r"(ExportOrderList\S+\.csv).*?第 (\d+) 行", told).groups()  # type: ignore[union-attr]
    lines = next(shop_home.rglob(file)).read_bytes().decode("gb18030").splitlines()
    assert order in lines[int(row) - 1]


def test_why_by_keyboard_alone(shop_group: str, visit: Callable[..., Any]) -> None:
    """UX-02: into the tree by arrows, Enter to the account, Tab to the rows; the palette and the keys of places."""
    page = visit(shop_group, "/?store=1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.evaluate("document.activeElement.blur()")
    names = []
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
        names.append(page.evaluate("document.activeElement.dataset.figure"))
    assert names == ["gmv", "visitors", "conversion"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/why?**driver=conversion**")
    while page.evaluate("document.activeElement.textContent") != "看明细行":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rows?**")
    page.keyboard.press("Control+k")
    page.keyboard.type("分析")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explore**")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url(lambda url: "/explore" not in url)
    page.keyboard.press("?")
    assert page.locator("#help").is_visible() and "G T" in page.inner_text("#help")
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_wrong_passwords_lock_out_and_say_so(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/log-in", who="", lang="en")
    said = []
    for _ in range(6):
        page.fill("#login", "nobody")
        page.fill("#password", "wrong password")
        with page.expect_navigation() as gone:
            page.keyboard.press("Enter")
        said.append((gone.value.status, page.inner_text("[role=alert]")))
        if gone.value.status == 429:
            break
    assert [status for status, _ in said] == [200] * 4 + [429]
    assert "60" in said[-1][1] and page.locator("input[type=password]").count() == 0


def test_another_stores_address_is_like_one_that_is_not_there(shop_group: str, visit: Callable[..., Any]) -> None:
    """SEC-02: a pasted link of somebody who may see more."""
    page = visit(shop_group, "/", who=OPERATOR)
    assert OURS in page.inner_text("body") and THEIRS not in page.content()
    told = []
    for id in ("2", "987654"):
        assert page.goto(f"{shop_group}/?store={id}").status == 404
        told.append(page.inner_text("main").replace(id, "N"))
        assert THEIRS not in page.content()
    assert told[0] == told[1]


def test_language_and_theme_are_chosen_and_stay(shop_group: str, visit: Callable[..., Any]) -> None:
    page = visit(shop_group, "/settings", who=OPERATOR)
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.click("button:has-text('English')")
    page.wait_for_selector("html[lang=en]")
    dark = page.locator("select[name=theme]")
    dark.select_option("dark")
    page.click("main form button.primary >> nth=0")
    page.wait_for_selector("html[data-theme=dark]")
    page.goto(f"{shop_group}/?store=1")
    assert page.get_attribute("html", "data-theme") == "dark" and page.get_attribute("html", "lang") == "en"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    page.wait_for_selector(".chart svg")


def test_a_pasted_link_shows_the_same(shop_group: str, visit: Callable[..., Any]) -> None:
    """What was chosen on the page stands in its address: another browser sees the same words."""
    page = visit(shop_group, "/?store=1")
    page.click("details.menu summary:has-text('期间')")
    page.click("details.menu a:has-text('近 7 天'), details.menu a:has-text('近7天')")
    page.wait_for_url("**from=**")
    other = visit(shop_group, page.url.removeprefix(shop_group))
    for one in (page, other):
        one.wait_for_load_state("networkidle")
        one.wait_for_selector("#mix .chart svg")
    assert page.inner_text("main") == other.inner_text("main")
    assert page.url == other.url


def test_today_paints_within_a_second_and_weighs_little(shop_group: str, visit: Callable[..., Any]) -> None:
    """First paint under a second in the median; the page with all its files under 400 KB compressed."""
    paints, weight = [], 0
    page = visit(shop_group, "/?store=1")
    page.wait_for_selector(".chart svg")
    weight = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    for _ in range(5):
        page.reload()
        paints.append(page.evaluate(FIRST_PAINT))
    assert 50_000 < weight < 400_000
    assert median(paints) < 1000


def test_the_way_of_the_focus_is_the_way_of_the_eye(shop_group: str, visit: Callable[..., Any]) -> None:
    """Tab goes through the frame from top to bottom, every stop can be seen and has a ring around it."""
    page = visit(shop_group, "/?store=1")
    rows = []
    for _ in range(16):
        page.keyboard.press("Tab")
        at = "(e => [e.getBoundingClientRect().top, getComputedStyle(e).outlineStyle])(document.activeElement)"
        top, ring = page.evaluate(at)
        assert ring == "solid"
        rows.append(round(top / 40))
    assert all(after >= before for before, after in pairwise(rows[1:]))
