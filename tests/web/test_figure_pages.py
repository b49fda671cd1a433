"""Today, why, rows, explore and the daily report show the numbers of the one query path, in the reader's scope only."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest

from goldloop.core import formatting

DAYS = "from=2026-03-01&to=2026-03-05"
PAGES = ("/", "/why", "/why/findings", "/rows", "/explore", "/daily")


@pytest.fixture
def shop(group: Any) -> Any:
    from goldloop.web.shops import whole_shop

    return whole_shop()


def figures(shop: Any, *names: str) -> Any:
    return shop.figures(names, first="2026-03-01", last="2026-03-05", stores=["Ours"])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_in_both_languages(path: str, group: Any, client_of: Callable[..., Any]) -> None:
    browser = client_of("owner")
    for lang, word in (("zh", "zh-CN"), ("en", "en")):
        browser.cookies["lang"] = lang
        answer = browser.get(f"{path}?store={group.stores['Ours']}&{DAYS}")
        assert answer.status_code == 200, answer.content.decode()[-2000:]
        assert answer["Content-Language"] == word
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_another_store_is_as_one_that_does_not_exist(path: str, group: Any, client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    foreign, missing = (browser.get(f"{path}?store={id}&{DAYS}") for id in (group.stores["Theirs"], 999_999))
    assert foreign.status_code == missing.status_code == 404
    told = [re.search(r"<main.*</main>", answer.content.decode(), re.S)[0] for answer in (foreign, missing)]  # type: ignore[index]
    assert re.sub(r"\b2\b", "#", told[0]) == told[1].replace("999999", "#")
    assert "Theirs" not in foreign.content.decode()


def test_today_shows_the_figures_of_its_scope(shop: Any, group: Any, client_of: Callable[..., Any]) -> None:
    text = client_of("owner").get(f"/?store={group.stores['Ours']}&{DAYS}").content.decode()
    answer = figures(shop, "gmv", "orders", "order_value")
    for name, unit in (("gmv", "money"), ("orders", "count"), ("order_value", "money_per")):
        assert formatting.compact(answer.value(name), unit, "CNY", "en") in text, name


def test_rows_sum_to_the_figure_and_name_their_file_and_line(
    shop: Any, group: Any, client_of: Callable[..., Any]
) -> None:
    text = client_of("owner").get(f"/rows?figure=gmv&store={group.stores['Ours']}&{DAYS}").content.decode()
    assert "equals the figure" in text
    assert "Ours.csv" in text
    assert "row 2" in text


def test_explore_and_its_file_hold_the_same_numbers(shop: Any, group: Any, client_of: Callable[..., Any]) -> None:
    import openpyxl

    browser = client_of("owner")
    query = f"store={group.stores['Ours']}&{DAYS}&figures=gmv,orders&by=day&compare=none"
    text = browser.get(f"/explore?{query}").content.decode()
    answer = shop.figures(("gmv", "orders"), by="day", first="2026-03-01", last="2026-03-05", stores=["Ours"])
    for value in answer.columns["gmv"]:
        assert formatting.compact(value, "money", "CNY", "en") in text
    file = browser.get(f"/explore/file?{query}&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content))["figures"]
    head, *rows = sheet.iter_rows(values_only=True)
    written = [row[head.index("gmv")] for row in rows]
    assert [round(value * 100) for value in written] == answer.columns["gmv"]


def test_a_hidden_figure_is_neither_shown_nor_offered(group: Any, client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    store = group.stores["Ours"]
    text = browser.get(f"/?tree=net&store={store}&{DAYS}").content.decode()
    assert "Your role does not see this figure" in text
    assert "labour_cost" not in browser.get(f"/explore?store={store}&{DAYS}").content.decode()
    assert browser.get(f"/why?figure=labour_cost&store={store}&{DAYS}").status_code in (200, 400, 403)


def test_the_address_keeps_what_a_page_is_about_when_its_days_change(group: Any, client_of: Callable[..., Any]) -> None:
    text = client_of("owner").get(f"/why?figure=orders&store={group.stores['Ours']}&{DAYS}").content.decode()
    assert "figure=orders" in text
    earlier = text.split('data-key="["')[0].rsplit('href="', 1)[1]
    assert "figure=orders" in earlier and "2026-02-24" in earlier


@pytest.mark.parametrize(
    "query",
    [
        "from=nonsense",
        "from=2026-03-05&to=2026-03-01",
        "compare=never",
        "basis=mine",
        "where=broken",
        "figure=nonsense",
        "offset=x",
    ],
)
def test_a_bad_address_is_explained_and_never_fails(query: str, client_of: Callable[..., Any]) -> None:
    for path in ("/", "/why", "/rows", "/explore"):
        assert client_of("owner").get(f"{path}?{query}").status_code in (200, 400, 404), (path, query)


def links(text: str, pattern: str) -> list[str]:
    return [unescape(found) for found in re.findall(pattern, text)]


@pytest.mark.parametrize("tree", ["funnel", "customers", "net"])
def test_three_clicks_lead_from_every_node_to_the_lines_behind_it(
    tree: str, group: Any, client_of: Callable[..., Any]
) -> None:
    """A node, its rows, and for what is no sum of rows one of its parts: whatever was clicked, the rows close."""
    from goldloop.apps.shops import models

    browser = client_of("owner")

    def page(address: str) -> str:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        return str(answer.content.decode())

    opened = models.Store.objects.filter(name="Ours")
    opened.update(opened_on="2026-03-01")  # or nobody knows who is new
    today = page(f"/?tree={tree}&store={group.stores['Ours']}&{DAYS}")
    nodes = links(today, r'<a class="node[^"]*" href="([^"]+)"')
    assert len(nodes) > 2
    for node in nodes:
        [rows] = links(page(node), r'class="button primary" href="(/rows[^"]+)"')
        shown = page(rows)
        parts = links(shown, r'<li><a href="(/rows[^"]+)"')
        for text in [page(part) for part in parts] or [shown]:
            assert "equals the figure" in text, rows
            assert ".csv" in text or "0 rows" in text, rows
    opened.update(opened_on=None)


def test_numbers_of_the_rows_are_written_like_everywhere(group: Any, client_of: Callable[..., Any]) -> None:
    browser = client_of("owner")
    text = browser.get(f"/rows?figure=labour_cost&store={group.stores['Ours']}&{DAYS}").content.decode()
    assert formatting.exact(123456795, "money", "CNY", "en") in text  # 5 of the 31 days of 7,654,321.09
    assert "costs-Ours.csv" in text
    origins = re.findall(
        r"<div>(Ours.*?)</div>", browser.get(f"/rows?store={group.stores['Ours']}&{DAYS}").content.decode()
    )
    assert len(origins) == len(set(origins)) == 8


def test_growth_from_nothing_is_said_in_words_and_without_a_colour(group: Any, client_of: Callable[..., Any]) -> None:
    query = f"store={group.stores['Ours']}&from=2026-03-01&to=2026-03-05&figures=gmv&by=day&compare=previous"
    text = client_of("owner").get(f"/explore?{query}").content.decode()
    assert 'title="There is no value in the compared days">&mdash;</span>' in text
    assert 'class="growth up">--' not in text


def test_files_without_days_are_no_dead_end(client_of: Callable[..., Any]) -> None:
    """A settlement alone makes no figures: the page says that orders are missing, and takes them."""
    with patch("goldloop.shop.Shop.loaded_days", lambda self: None):
        page = client_of("operator").get("/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Orders are still missing" in page and 'type="file"' in page and "Nothing here yet" not in page
