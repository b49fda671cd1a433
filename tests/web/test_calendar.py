"""The calendar in the web app: events made with errors beside fields, ticked by who answers for them, never passed over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import Group

PHASE = {
    "phase_kind": ["sale", "sale"], "phase_from": ["2031-06-17", ""], "phase_opens": ["20:00", ""],
    "phase_to": ["2031-06-19", ""], "phase_closes": ["", ""], "phase_name": ["", ""],
}  # fmt: skip
SUMMER = {"name": "Summer", "kind": "store", "owner": "operations", "target": "9万", "fee": "500", **PHASE}


def text(answer: Any) -> str:
    """What a page shows, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def summer(client_of: Callable[..., Any]) -> str:
    """The address of an event that the operator has made."""
    answer = client_of("operator").post("/calendar/new", SUMMER)
    assert answer.status_code == 302, text(answer)
    return str(answer.url)


def test_a_month_shows_events_as_bars_and_as_a_list_and_leads_to_them(
    client_of: Callable[..., Any], summer: str
) -> None:
    page = client_of("analyst").get("/calendar?month=2031-06&view=weeks")
    shown = page.content.decode()
    assert f'href="{summer}"' in shown and "Events of 2031-06" in text(page) and "90.00K" in text(page)
    assert re.search(r'class="at c2 s3"><a [^>]*class="bar store begins ends"', shown), "Tuesday to Thursday"
    assert "Dragon Boat" in text(page) and "/calendar/new" not in shown, "an analyst plans nothing"
    assert "日历" in text(client_of("analyst").get("/calendar?month=2031-06", HTTP_ACCEPT_LANGUAGE="zh"))
    assert client_of("operator").get("/calendar?month=June").status_code == 400
    assert "No events in this month yet" in text(client_of("operator").get("/calendar?month=2026-01"))


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_made(client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    before = text(browser.get("/calendar?month=2031-06")).count("Summer")
    answer = browser.post("/calendar/new", {**SUMMER, "name": "", "fee": "much", "phase_to": ["2031-06-01", ""]})
    shown = answer.content.decode()
    assert answer.status_code == 400 and "3 fields need a look" in text(answer)
    for field in ("name", "fee", "phases"):
        assert f'id="e-{field}"' in shown
    assert re.search(r'name="fee" value="much"[^>]*aria-invalid="true" aria-describedby="e-fee"', shown)
    assert 'value="9万"' in shown and 'id="e-target"' not in shown, "what was right stays as it was typed"
    assert text(browser.get("/calendar?month=2031-06")).count("Summer") == before


def test_a_change_on_an_older_version_is_shown_against_the_newer_one(
    client_of: Callable[..., Any], summer: str
) -> None:
    browser = client_of("operator")
    assert 'value="20:00"' in browser.get(f"{summer}/edit").content.decode()
    assert browser.post(f"{summer}/edit", {**SUMMER, "seen": 1, "fee": "600", "note": "dearer"}).status_code == 302
    late = client_of("traffic").post(f"{summer}/edit", {**SUMMER, "seen": 1, "fee": "700"})
    assert late.status_code == 409 and all(one in text(late) for one in ("500", "600", "700"))
    assert 'name="seen" value="2"' in late.content.decode(), "sent again it is the next version"
    page = text(browser.get(summer))
    assert "version 2" in page and "dearer" in page and "500 &rarr; 600" in page.replace("→", "&rarr;")
    assert "older version" in text(browser.get(f"{summer}?version=1"))


def test_each_owner_ticks_her_own_tasks_and_operations_takes_what_others_propose(
    client_of: Callable[..., Any], summer: str
) -> None:
    shown = client_of("operator").get(summer).content.decode()
    tasks = re.findall(rf'action="({summer}/tasks/\d+)"', shown)
    assert tasks and len(set(tasks)) < shown.count('<li class="open">'), "she does not tick those of others"
    assert client_of("traffic").post(tasks[0], {"state": "done", "seen": "open"}).status_code == 403
    assert client_of("operator").post(tasks[0], {"state": "done", "seen": "open"}).status_code == 302
    late = client_of("operator").post(tasks[0], {"state": "dropped", "seen": "open"}, follow=True)
    assert "nothing was saved" in text(late)
    answer = client_of("members").post("/calendar/new", {**SUMMER, "owner": "members", "name": "Thanks"})
    theirs = str(answer.url)
    assert client_of("members").post("/calendar/new", SUMMER).status_code == 403, "she speaks for members only"
    assert client_of("members").post(f"{theirs}/answers", {"said": "accepted", "seen": 1}).status_code == 403
    assert "Proposed" in text(client_of("members").get(theirs))
    assert client_of("operator").post(f"{theirs}/answers", {"said": "accepted", "seen": 1}).status_code == 302
    assert "In the calendar" in text(client_of("members").get(theirs))
    added = client_of("members").post(
        f"{theirs}/tasks", {"text": "Balloons", "owner": "traffic", "days": "2"}, follow=True
    )
    assert "Balloons" in text(added) and "Sun 06-15" in text(added)
    off = client_of("operator").post(f"{theirs}/answers", {"said": "cancelled", "seen": 1, "why": "rain"}, follow=True)
    assert "Cancelled" in text(off) and "rain" in text(off) and "/edit" not in off.content.decode()


def test_another_stores_event_is_like_none_and_a_hidden_margin_stays_hidden(
    client_of: Callable[..., Any], group: Group
) -> None:
    whole = client_of("group owner")
    theirs = str(whole.post("/calendar/new", {**SUMMER, "of": group.stores["Theirs"]}).url)
    secret = str(client_of("owner").post("/calendar/new", {**SUMMER, "margin": "41.37%"}).url)
    browser = client_of("operator")
    for part in ("", "/edit"):
        assert browser.get(f"{theirs}{part}").status_code == browser.get(f"/calendar/98765{part}").status_code == 404
    for part in ("edit", "answers", "tasks", "tasks/1"):
        assert browser.post(f"{theirs}/{part}", {**SUMMER, "seen": 1, "said": "cancelled"}).status_code == 404
    changed = browser.post(f"{secret}/edit", {**SUMMER, "seen": 1, "fee": "1", "margin": "1%"})
    assert changed.status_code == 302
    seen = browser.get(secret).content.decode() + browser.get(f"{secret}/edit").content.decode()
    sent = browser.get("/calendar/file?format=csv").content.decode("utf-8-sig")
    assert "41.37" not in seen and "0.4137" not in sent and "margin" not in sent.splitlines()[0]
    assert "41.37%" in text(client_of("owner").get(secret)), "who does not see a value does not change it"


def test_the_calendar_leaves_as_a_table_and_for_other_calendars(client_of: Callable[..., Any], summer: str) -> None:
    browser = client_of("operator")
    assert browser.get("/calendar/file").content[:2] == b"PK"
    assert browser.get("/calendar/file?format=csv").content.decode("utf-8-sig").startswith("id,version,stores")
    calendar = browser.get("/calendar/file?format=ics")
    assert calendar["Content-Type"].startswith("text/calendar") and b"SUMMARY:Summer" in calendar.content
    assert client_of("orders").get("/calendar").status_code == 403


@pytest.mark.parametrize("payload", ["<script>x</script>", "' OR 1=1 --", "9" * 400, "²\x00"])
def test_what_is_written_into_the_form_is_never_run(client_of: Callable[..., Any], summer: str, payload: str) -> None:
    browser = client_of("operator")
    for field in ("name", "fee", "products", "hypothesis", "kind", "owner", "phase_from", "seen"):
        answer = browser.post("/calendar/new", {**SUMMER, field: payload})
        assert answer.status_code in (302, 400, 403)
        assert "<script>x" not in (browser.get(answer.url) if answer.status_code == 302 else answer).content.decode()
    for address in (f"{summer}?version={payload}", f"/calendar?month={payload}"):
        assert browser.get(address).status_code in (200, 400, 404)


def test_an_event_of_a_coupon_calendar_speaks_the_readers_language_and_stays_data(
    client_of: Callable[..., Any],
) -> None:
    from goldloop.core.event_words import proposed

    browser, kept = client_of("operator"), proposed("2031-06", 3, 2000, 900, "2031-06-18")
    address = browser.post("/calendar/new", {**SUMMER, **kept}).url
    spoken = {
        "en": ("Store event, 2031-06 week 3", "most of them (900)"),
        "zh": ("店铺活动 2031-06 第3周", "2000 张券到期"),
    }
    for lang, (title, why) in spoken.items():
        asked = {"HTTP_ACCEPT_LANGUAGE": lang}
        assert title in text(browser.get("/calendar?month=2031-06", **asked))
        page = text(browser.get(address, **asked))
        assert title in page and why in page
        form = browser.get(f"{address}/edit", **asked).content.decode()
        assert title in form and why in form and "coupons due" not in form
    said = {
        **SUMMER,
        "name": spoken["zh"][0],
        "hypothesis": "这一周有 2000 张券到期发放，其中最多的一天是 2031-06-18（900 张）。",
    }
    assert (
        browser.post(f"{address}/edit", {**said, "seen": 1, "fee": "600"}, HTTP_ACCEPT_LANGUAGE="zh").status_code == 302
    )
    told = browser.get(f"/api/v1/events/{address.rstrip('/').rsplit('/', 1)[1]}", HTTP_ACCEPT_LANGUAGE="en").json()
    assert (told["name"], told["title"], told["version"]) == ("2031-06 W3", spoken["en"][0], 2)
    assert "2000 coupons fall due" in told["hypothesis"]
    ics = browser.get("/calendar/file?format=ics", HTTP_ACCEPT_LANGUAGE="zh")
    assert "SUMMARY:店铺活动 2031-06" in ics.content.decode()
