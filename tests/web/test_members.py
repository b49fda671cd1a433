"""The members page: what is shown of stores with and without known buyers, limits and segments that people keep."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.metrics.facts import START, Facts, dice
from tests.web.conftest import Group

BOUGHT = "bought within 30 days"


def text(answer: Any) -> str:
    """What a page shows, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def known(group: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first store names nearly all of its buyers, the second few."""
    from goldloop.jobs.segments import Saved
    from goldloop.metrics.engines.duckdb import Engine
    from goldloop.shop.opened import Opened
    from goldloop.web import asked

    tables = {name: rows for name, rows in dice(3, orders=1500).items() if name in ("orders", "order_lines")}
    engine = Engine(Facts(tmp_path, tables), saved=Saved())  # type: ignore[arg-type]
    monkeypatch.setattr(Opened, "_engine", lambda self, **_: engine)
    monkeypatch.setattr(asked, "_kept", OrderedDict())


def test_a_store_without_known_buyers_says_what_is_missing(
    known: None, client_of: Callable[..., Any], group: Group
) -> None:
    for lang, words in (("en", "Buyers are not known here"), ("zh", "这里还认不出买家")):
        page = client_of("group owner").get(f"/members?store={group.stores['Theirs']}", HTTP_ACCEPT_LANGUAGE=lang)
        assert page.status_code == 200 and words in text(page), text(page)
        assert "basis=orders" in page.content.decode() and 'id="funnel"' not in page.content.decode()
    both = f"/members?store={group.stores['Ours']},{group.stores['Theirs']}"
    page = client_of("group owner").get(both)
    assert "All buyers of Ours up to" in text(page) and "These stores lack usable buyers" in text(page)


def test_limits_are_tried_kept_and_learned_again(known: None, client_of: Callable[..., Any]) -> None:
    browser = client_of("members")
    assert "Learned from the stores' own" in unescape(text(browser.get("/members")))
    assert "Tried, not kept" in text(browser.get("/members?sleeping=20&lost=50"))
    assert "A customer sleeps before she is lost" in text(browser.get("/members?sleeping=50&lost=20"))
    assert browser.post("/members/limits", {"sleeping": "20", "lost": "50"}).status_code == 302
    page = browser.get("/members")
    assert (
        "As was set for these stores" in text(page)
        and 'name="sleeping" min="1" max="36500" required value="20"' in page.content.decode()
    )
    assert client_of("analyst").post("/members/limits", {"sleeping": "2", "lost": "5"}).status_code == 403
    assert browser.post("/members/limits", {"learn": "1"}).status_code == 302
    assert "Learned from the stores' own" in unescape(text(browser.get("/members")))


@pytest.mark.parametrize("tab", ["cohorts", "rfm", "segments", "second", "pairs", "preference", "joined"])
def test_every_tab_shows_the_buyers_that_are_known(known: None, client_of: Callable[..., Any], tab: str) -> None:
    page = client_of("members").get(f"/members?tab={tab}")
    assert page.status_code == 200 and f'tab={tab}" aria-current="page"' in page.content.decode()
    assert ('id="funnel"' in page.content.decode()) == (tab == "cohorts")  # the others begin with what they are about
    zh = client_of("members").get(f"/members?tab={tab}", HTTP_ACCEPT_LANGUAGE="zh")
    assert ("从首购到流失" in text(zh)) == (tab == "cohorts")


def test_the_pages_beside_the_tabs_lead_back_to_them(known: None, client_of: Callable[..., Any]) -> None:
    for path in ("/members/waves", "/members/points", "/members/merges"):
        page = client_of("group owner").get(path).content.decode()
        here = re.search(r'<a href="([^"]+)" aria-current="page">[^<]*</a>', page.split('class="tabs"')[1])
        assert here is not None and here[1].startswith(path) and "/members?" in page, path


def test_the_scope_bar_offers_only_what_changes_the_page(known: None, client_of: Callable[..., Any]) -> None:
    browser = client_of("group owner")
    for path, offered in (("/", (True, True)), ("/members", (True, False)), ("/members/waves", (False, False))):
        page = browser.get(path).content.decode()
        assert ('name="from"' in page, "compare=previous" in page) == offered, path


def test_preferences_rules_movement_and_worth_are_shown(known: None, client_of: Callable[..., Any]) -> None:
    browser = client_of("members")
    page = browser.get("/members", {"tab": "preference", "by": "product", "segment": "purchases >= 5"})
    assert "TGI" in text(page) and "100 and" not in text(page) and "sku1" in page.content.decode()
    page = browser.get("/members", {"tab": "preference", "by": "price_band", "segment": "often"})
    assert "At character 1" in text(page) and "50-100" in text(page)
    assert "Not enough yet" in text(browser.get("/members", {"tab": "preference", "segment": "purchases >= 17"}))
    steps = browser.get("/members", {"tab": "pairs", "kind": "steps"})
    assert "Purchase 5+" in text(steps) and "sku1" in steps.content.decode()
    steps = browser.get("/members", {"tab": "pairs", "kind": "steps"}, HTTP_ACCEPT_LANGUAGE="zh")
    assert "第 2 次" in text(steps) and "金额占比" in text(steps)
    funnel = client_of("group owner").get("/members", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    changes = re.findall(r"<td>(.*?)<span class=\"(up|down)\">", funnel.split('id="funnel"')[1])
    assert len(changes) == 7  # the first stage has no share
    watched = [("badge warn" in before, way) for before, way in changes]
    assert watched == [(way == "down", way) for _, way in watched[:5]] + [(way == "up", way) for _, way in watched[5:]]
    rules = text(browser.get("/members", {"tab": "pairs", "kind": "rules"}))
    assert "Some lead to another" in rules and "--sure" not in rules
    for left in ("1", "3", "9"):
        assert browser.get("/members", {"tab": "pairs", "kind": "rules", "left": left}).status_code == 200
    moved = browser.get("/members", {"tab": "rfm", "since": str(START + timedelta(days=400))})
    assert "Was \\ is" in text(moved) and "Did not buy" in text(moved)
    for since, words in (("2030-01-01", "People move from an earlier day"), ("9999-01-01", "is not a day")):
        page = browser.get("/members", {"tab": "rfm", "since": since})
        assert page.status_code == 200 and words in text(page), text(page)[-900:]
    cohorts = {"tab": "cohorts", "grain": "month"}
    assert "What a new buyer cost" in text(client_of("group owner").get("/members", cohorts))
    assert "What a new buyer cost" not in text(browser.get("/members", cohorts))  # who may not see the margin


SHOWN = {  # table -> the tab that shows it, the rest of its address, and a column whose numbers stand on the page
    "funnel": ("cohorts", {}, "people"), "cohorts": ("cohorts", {"grain": "week"}, "size"), "lifecycle": ("cohorts", {}, "people"),
    "times": ("cohorts", {}, None), "worth": ("cohorts", {"grain": "month"}, "people"), "rfm": ("rfm", {}, "people"),
    "moves": ("rfm", {"since": str(START + timedelta(days=400))}, "people"), "second": ("second", {"by": "product"}, "people"),
    "backtest": ("second", {}, "people"), "repurchase": ("second", {}, None), "together": ("pairs", {}, "times"),
    "next": ("pairs", {"kind": "next"}, "times"), "rules": ("pairs", {"kind": "rules", "left": "5"}, "times"),
    "steps": ("pairs", {"kind": "steps"}, "people"), "preference": ("preference", {"by": "product"}, "people"),
}  # fmt: skip


@pytest.mark.parametrize("table", SHOWN)
def test_every_table_leaves_as_a_file_with_the_numbers_of_the_page(
    known: None, client_of: Callable[..., Any], table: str
) -> None:
    import openpyxl

    browser, (tab, more, column) = client_of("group owner"), SHOWN[table]
    page = browser.get("/members", {"tab": tab, **more})
    address = next(one for one in links(page) if f"table={table}&" in one and "format=csv" in one)
    rows = list(csv.DictReader(io.StringIO(browser.get(address).content.decode("utf-8-sig"))))
    assert rows
    if column is not None:
        shown = set(re.findall(r"[\d,]+", text(page)))
        least = 30 if table == "second" else 0  # the page leaves smaller groups out
        told = {f"{int(row[column]):,}" for row in rows[:8] if row[column] and least <= int(row[column]) < 10_000}
        assert told and told <= shown
    book = openpyxl.load_workbook(io.BytesIO(browser.get(address.replace("format=csv", "format=xlsx")).content))
    sheet = book.worksheets[0]
    assert sheet.max_row == len(rows) + 1 and [cell.value for cell in sheet[1]] == list(rows[0])


def test_files_of_members_keep_to_rights_masks_and_the_log(
    known: None, client_of: Callable[..., Any], group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.apps.shops import api
    from goldloop.web import members_files

    assert members_files.SHOWN == 12
    monkeypatch.setattr(members_files, "SHOWN", 2)  # buyers of the test have short names
    asked = "/members/file?tab=second&table=repurchase&format=csv"
    content = client_of("members").get(asked).content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {len(row["buyer"]) for row in rows} == {2}
    line = api.audit_lines(actor=group.people["members"])[0]
    told = {"rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
    assert line.action == "export" and line.detail.items() >= told.items()
    assert line.stores == [group.stores["Ours"]]
    assert client_of("members").get("/members/file?tab=cohorts&grain=month&table=worth").status_code == 403  # no margin
    assert "table=worth" not in " ".join(links(client_of("members").get("/members", {"grain": "month"})))
    for table in ("customers", "", "rfm"):  # of another tab
        assert client_of("members").get(f"/members/file?tab=second&table={table}").status_code == 400
    theirs = client_of("group owner").get(f"{asked}&store={group.stores['Theirs']}")
    assert theirs.status_code == 400 and "No store here has known buyers" in text(theirs)
    seen = client_of("analyst").get(f"{asked}&store={group.stores['Theirs']}")
    assert seen.status_code in (400, 404)


def links(page: Any) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="(/members/file[^"]+)"', page.content.decode())]


def test_the_api_answers_as_the_page(known: None, client_of: Callable[..., Any]) -> None:
    browser = client_of("members")
    told = browser.get("/api/v1/members/preference", {"by": "product", "segment": "purchases >= 5"}).json()
    assert told["rows"][0]["index"] and told["stores"][0]["people"] >= 30
    assert browser.get("/api/v1/members/rules", {"sure": "1e99999999"}).status_code == 400
    assert browser.get("/api/v1/members/rules", {"sure": "0.1"}).json()["scope"]["sure"] == "0.1"
    longer = browser.get("/api/v1/members/rules", {"sure": "0.1", "left": 3, "by": "sku"}).json()
    assert longer["scope"]["left"] == 3 and browser.get("/api/v1/members/rules", {"left": 6}).status_code == 422
    first = browser.get("/api/v1/members/times/goods", {"by": "sku", "limit": 2}).json()
    assert [row["times_bought"] for row in first["rows"][:3]] == ["1", "1", "2"] and first["scope"]["of"] == "purchase"
    so_far = browser.get("/api/v1/members/times/goods", {"so_far": "true"}).json()
    assert so_far["scope"]["of"] == "so_far" and so_far["stores"][0]["steps"][-1]["enough"]
    assert browser.get("/api/v1/members/joined", {"by": "month"}).json()["stores"][0]["reason"]["code"] == "joined_none"
    worth = client_of("group owner").get(
        "/api/v1/members/cohorts", {"worth": "true", "store": "Ours", "from": "2024-01-01", "to": "2024-12-31"}
    )
    assert worth.json()["rows"][0].keys() >= {"cac", "paid_back"}


def test_a_segment_is_counted_kept_in_versions_and_filters_figures(known: None, client_of: Callable[..., Any]) -> None:
    browser = client_of("members")
    page = browser.get("/members", {"tab": "segments", "segment": "近30天"})
    assert "At character 1" in text(page) and "purchases / 购买次数" in text(page)
    page = browser.get("/members", {"tab": "segments", "segment": "买过 近30天"})
    assert "Read as: bought within 30 days" in text(page)
    said = {"name": "Newest", "segment": BOUGHT}
    assert browser.post("/members/segments", said).status_code == 302
    assert (
        browser.post("/members/segments", {**said, "segment": "bought within 60 days", "seen": "1"}).status_code == 302
    )
    assert browser.post("/members/segments", {**said, "seen": "1"}).status_code == 409
    page = browser.get("/members", {"tab": "segments", "name": "Newest"})
    assert "bought within 60 days" in page.content.decode()
    march = {"from": str(START), "to": str(START + timedelta(days=499)), "where": "segment:Newest", "figures": "orders"}
    assert browser.get("/explore", march).status_code == 200
    assert client_of("analyst").post("/members/segments", said).status_code == 403
    assert browser.post("/members/segments/remove", {"name": "Newest"}).status_code == 302
    assert "None yet." in text(browser.get("/members", {"tab": "segments"}))


def test_groups_and_segments_lead_to_a_wave_for_them(known: None, client_of: Callable[..., Any]) -> None:
    page = client_of("members").get("/members", {"tab": "rfm"}).content.decode()
    assert "audience=rfm%3Achampions#new" in page and "≥" in page and "days" in page
    assert "#new" not in client_of("analyst").get("/members", {"tab": "rfm"}).content.decode()
    client_of("members").post("/members/segments", {"name": "For a wave", "segment": BOUGHT})
    page = client_of("members").get("/members", {"tab": "segments"}).content.decode()
    assert "audience=segment%3AFor+a+wave#new" in page
    waves = client_of("members").get("/members/waves?audience=segment:For+a+wave").content.decode()
    assert '<option value="segment:For a wave" selected>' in waves


def test_weeks_are_named_by_their_days(known: None, client_of: Callable[..., Any]) -> None:
    page = text(client_of("members").get("/members"))
    assert re.search(r"20\d\d-\d\d-\d\d ~ ", page) and not re.search(r"20\d\d-W\d\d", page)
