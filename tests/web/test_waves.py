"""Waves and actions in the browser and over the API: the own stores' only, by who speaks for members, each step said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.web.conftest import Group

from goldloop.core.viewer import Viewer
from goldloop.core.wave import read_wave

NOW = datetime(2026, 3, 6, tzinfo=UTC)
TOLD = {
    "known": "2026-03-05", "audience": 3, "excluded": {"bought": 1}, "sent": 1, "held": 1, "held_units": ["2026-03-01"],
    "reachable": None, "cost": "20.00", "messages": "0.00", "base_rate": 0.1, "base_people": 50, "smallest_effect": 0.4,
    "needed": 1200, "formula": "two-proportion", "prices": [],
    "predicted": {"orders": 0.1, "orders_low": 0.0, "orders_high": 0.2, "gmv": "77.01", "low": "0.00", "high": "154.02",
                  "gain": "31.41", "gain_low": "-1.00", "gain_high": "63.00", "uplift": 0.3, "method": "assumed", "break_even": 0.25},
}  # fmt: skip


@pytest.fixture(scope="module")
def waves(group: Group) -> dict[str, int]:
    """A checked wave with its action in each of two stores."""
    from goldloop.apps.actions import api as actions
    from goldloop.apps.campaigns import api as campaigns

    found = {}
    for name in ("Ours", "Theirs"):
        store = group.stores[name]
        said = {"name": f"wave of {name}", "audience": "first:2026-03-01..2026-03-02", "send": "2026-03-06", "until": "2026-03-31", "off": "20", "margin": "0.5"}  # fmt: skip
        viewer = Viewer(stores=frozenset({store}), name="Ann")
        seen = campaigns.wave_new(viewer=viewer, stores=[store], wave=read_wave(said, "CNY"), salt="s", moment=NOW)
        people = [("a" * 32, "2026-03-02", False), ("b" * 32, "2026-03-01", True)]
        campaigns.wave_check(viewer=viewer, id=seen.id, number=1, people=people, told=TOLD)
        actions.action_propose(
            viewer=viewer, kind="wave", ref=seen.id, title=f"wave of {name}", stores=[store], currency="CNY", owner="members",
            due=date(2026, 3, 6), predicted={**TOLD["predicted"], "cost": "20.00", "holdout": 1}, moment=NOW,
        )  # fmt: skip
        found[name] = seen.id
    return found


def test_only_own_waves_are_seen(client_of: Any, waves: dict[str, int], group: Group) -> None:
    browser = client_of("members")
    for path in ("/members/waves", "/actions", "/api/v1/waves", "/api/v1/actions"):
        page = browser.get(path).content.decode()
        assert "wave of Ours" in page and "wave of Theirs" not in page, path
    theirs = waves["Theirs"]
    said = {"what": "check"}
    assert browser.get(f"/members/waves/{theirs}").status_code == 404
    for path in (f"/members/waves/{theirs}/say", f"/members/waves/{theirs}/file"):
        assert browser.post(path, said).status_code == 404, path
    assert browser.post(f"/actions/{theirs}", {"said": "accepted"}).status_code == 404
    body: dict[str, Any] = {"content_type": "application/json"}
    for path, said in (("check", "{}"), ("result", "{}"), ("decline", '{"reason": "x"}'), ("totals", '{"used": 1}'), ("versions", '{"fields": {}}')):  # fmt: skip
        answer = browser.post(f"/api/v1/waves/{theirs}/{path}", said, **body)
        assert answer.status_code == 404, (path, answer.content)


def test_margins_are_hidden_from_who_may_not_see_them(client_of: Any, waves: dict[str, int]) -> None:
    id = waves["Ours"]
    for path in (f"/members/waves/{id}", f"/api/v1/waves/{id}", "/actions", "/api/v1/actions"):
        assert "31.41" not in client_of("members").get(path).content.decode(), path
    for path in (f"/members/waves/{id}", f"/api/v1/waves/{id}", "/api/v1/actions"):
        assert "31.41" in client_of("owner").get(path).content.decode(), path
    told = client_of("members").post(
        f"/api/v1/waves/{id}/versions", '{"fields": {"margin": "0.4"}}', content_type="application/json"
    )
    assert told.status_code == 403


def test_only_who_speaks_for_members_sends(client_of: Any, waves: dict[str, int]) -> None:
    id = waves["Ours"]
    assert client_of("analyst").post(f"/members/waves/{id}/file", {"what": "list"}).status_code == 403
    assert client_of("operator").post(f"/actions/{id}", {"said": "accepted"}).status_code == 403


def test_a_wave_goes_its_way_on_the_page(client_of: Any, waves: dict[str, int]) -> None:
    browser, id = client_of("members"), waves["Ours"]
    page = browser.get(f"/members/waves/{id}", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert "77.01" in page and "2026-03-01" in page
    told = page.partition('id="message"')[2].partition("</textarea>")[0]
    assert "人群 3 人：发放 1，留白 1" in told and "预计增量金额 77.01（0.00 ~ 154.02）" in told
    assert browser.post(f"/actions/{id}", {"said": "accepted"}).status_code == 302
    first = browser.post(f"/members/waves/{id}/file", {"what": "list"})
    assert first["Content-Disposition"].startswith("attachment") and "20" in first.content.decode("utf-8-sig")
    again = browser.post(f"/members/waves/{id}/file", {"what": "list"})
    assert again.content == first.content
    for said in (
        {"what": "decline", "reason": "no"},
        {"what": "check"},
        {"what": "totals", "used": "x"},
        {"what": "result"},
    ):
        browser.post(f"/members/waves/{id}/say", said)
    page = browser.get(f"/members/waves/{id}").content.decode()
    assert page.count('role="status"') or "wave" in page  # what is wrong was said, and nothing was changed
    told = browser.get(f"/api/v1/waves/{id}").json()
    assert told["state"] == "exported" and told["totals"] is None and len(told["files"]) == 1
    browser.post(f"/members/waves/{id}/say", {"what": "totals", "claimed": "5", "used": "2"})
    assert browser.get(f"/api/v1/waves/{id}").json()["totals"] == {"claimed": 5, "used": 2}
    assert browser.post("/members/waves/propose", {"month": "2020-01"}).status_code == 302
    answer = browser.post("/api/v1/waves/propose", '{"month": "x"}', content_type="application/json")
    assert answer.status_code == 400
    new = {"fields": {"name": "x", "audience": "lifecycle:lost", "send": "2026-03-06", "until": "2026-03-31"}}
    made = browser.post("/api/v1/waves/new", new, content_type="application/json").json()
    assert made["state"] == "draft" and made["fields"]["reach"] == "C"


def test_a_wave_is_handed_to_the_gateway_once(client_of: Any, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.apps.queue.models import Job

    said = {"name": "by gateway", "audience": "lifecycle:lost", "send": "2026-03-06", "until": "2026-03-31", "reach": "A", "text": "x"}  # fmt: skip
    viewer = Viewer(stores=frozenset({group.stores["Ours"]}), name="Ann")
    wave = read_wave(said, "CNY")
    id = campaigns.wave_new(viewer=viewer, stores=[group.stores["Ours"]], wave=wave, salt="s", moment=NOW).id
    campaigns.wave_check(viewer=viewer, id=id, number=1, people=[("c" * 32, "", False)], told=TOLD)
    browser, address = client_of("members"), f"/members/waves/{id}"
    assert 'value="send"' not in browser.get(address).content.decode()
    for name, value in (("", "sms"), ("_URL", "https://gate.example.com/"), ("_SECRET", "s" * 32)):
        monkeypatch.setenv(f"GOLDLOOP_SENDER{name}", value)
    assert 'value="send"' in browser.get(address).content.decode()
    for _ in range(2):
        assert browser.post(f"{address}/say", {"what": "send"}).status_code == 302
    (job,) = Job.objects.filter(kind="wave_send")
    assert (
        job.arguments == {"wave": id, "kind": "list"}
        and client_of("analyst").post(f"{address}/say", {"what": "send"}).status_code == 403
    )
    page = browser.get(address).content.decode()
    assert 'id="outbox"' in page and 'value="send"' not in page
    browser.post(f"{address}/say", {"what": "stop"})
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_files_of_a_wave_over_the_api_are_the_same_however_often(client_of: Any, group: Group) -> None:
    viewer = Viewer(stores=frozenset({group.stores["Ours"]}), name="Ann")
    from goldloop.apps.campaigns import api as campaigns

    said = {
        "name": "2025-03 W1 T2",
        "audience": "lifecycle:lost",
        "send": "2025-03-06",
        "until": "2025-03-31",
        "off": "20",
    }
    wave = read_wave(said, "CNY")
    id = campaigns.wave_new(viewer=viewer, stores=[group.stores["Ours"]], wave=wave, salt="s", moment=NOW).id
    campaigns.wave_check(viewer=viewer, id=id, number=1, people=[("d" * 32, "", False)], told=TOLD)
    browser, address, body = client_of("members"), f"/api/v1/waves/{id}", {"content_type": "application/json"}
    assert browser.get(f"{address}/file").status_code == 400
    receipts = [browser.post(f"{address}/export", "{}", **body).json() for _ in range(2)]
    assert receipts[0] == receipts[1] and receipts[0]["lines"] == 1
    import hashlib

    given = browser.get(receipts[0]["file"])
    assert hashlib.sha256(given.content).hexdigest() == receipts[0]["sha256"] and f"GL-{id}" in given.content.decode()
    assert client_of("analyst").get(f"{address}/file").status_code == 403
    answers = {"answers": [["d" * 12, "太贵", "请勿公开"], ["e" * 12, "price"]]}
    told = browser.post(f"{address}/reasons/add", answers, **body).json()
    assert (told["reasons"], told["refused"]) == ({"price": 1}, {"no_member": 1})
    assert [(one["reason"], one["bought"]) for one in told["again"]["rows"]] == [("price", None)]
    page = browser.get(f"/members/waves/{id}", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert (
        "之后又买" in page
        and "样本不足" in page
        and "价格贵" in page
        and "请勿公开" not in page
        and "2025-03 第1周 第2档" in page
        and f"GL-{id}" in page
    )
    browser.post(f"/members/waves/{id}/say", {"what": "reasons", "answers": f"{'d' * 12}\t质量\t\nx,y"})
    assert browser.get(f"{address}/reasons").json()["reasons"] == {"quality": 1}


def test_an_action_is_a_duplicate_of_another(client_of: Any, waves: dict[str, int], group: Group) -> None:
    from goldloop.apps.actions import api as actions

    viewer = Viewer(stores=frozenset({group.stores["Ours"]}), name="Ann")
    one = actions.action_propose(
        viewer=viewer, kind="wave", ref=9_999, title="the same again", stores=[group.stores["Ours"]], currency="CNY", owner="members",
        due=date(2026, 3, 6), predicted={}, moment=NOW,
    )  # fmt: skip
    browser = client_of("members")
    for said in ("", str(one.id), "1e99", str(waves["Theirs"])):
        browser.post(f"/actions/{one.id}", {"said": "duplicate", "reason": said})
    first = next(a for a in browser.get("/api/v1/actions").json()["actions"] if a["id"] != one.id)
    assert next(a for a in browser.get("/api/v1/actions").json()["actions"] if a["id"] == one.id)["state"] == "open"
    browser.post(f"/actions/{one.id}", {"said": "duplicate", "reason": str(first["id"])})
    kept = next(a for a in browser.get("/api/v1/actions").json()["actions"] if a["id"] == one.id)
    assert (kept["state"], kept["reason"]) == ("duplicate", f"#{first['id']}")


def test_a_refused_form_comes_back_as_it_was_written(client_of: Any, group: Group) -> None:
    browser = client_of("members")
    said = {"store": "Ours", "name": "Half a wave", "audience": "rfm:loyal", "send": "2026-04-01", "until": "2026-04-09", "off": "5", "holdout": "lots", "reach": "B", "touch": "sms"}  # fmt: skip
    answer = browser.post("/members/waves/new", said, HTTP_ACCEPT_LANGUAGE="zh")
    page = browser.get(answer["Location"], HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert (
        "“lots”不能作为“留白比例”" in page
        and 'value="Half a wave"' in page
        and '<option value="rfm:loyal" selected>' in page
    )
    assert '<option value="B" selected>' in page and '<option value="sms" selected>' in page
    assert "Half a wave" not in browser.get(answer["Location"]).content.decode()  # once
    answer = browser.post("/members/waves/new", {**said, "holdout": "25%"})
    kept = browser.get(f"/api/v1{answer['Location'].removeprefix('/members')}").json()
    assert kept["fields"]["holdout"] == "0.25" and kept["fields"]["touch"] == "sms"
    browser.post(f"{answer['Location']}/say", {"what": "change", "holdout": "75%", "uplift": "12%"})
    page = browser.get(answer["Location"]).content.decode()
    assert "&#x27;0.75&#x27; does not work as Hold-out" in page and 'value="12%"' in page
    call = browser.post("/members/waves/new", {**said, "holdout": "", "touch": "call", "reach": "C"})
    assert "A call needs to know whom" in browser.get(call["Location"]).content.decode()


def test_an_audience_of_the_address_is_chosen_already(client_of: Any, group: Group) -> None:
    page = client_of("members").get("/members/waves?audience=lifecycle:sleeping").content.decode()
    assert '<option value="lifecycle:sleeping" selected>' in page and 'id="new" open' in page


def test_rules_budgets_and_contacts_are_set_on_a_page(client_of: Any, group: Group) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    browser, here = client_of("group owner"), "/members/waves/setup"
    assert client_of("analyst").get(here).status_code == 403
    browser.post("/members/waves/rules", {"contact_days": "x", "global_holdout": "2%"}, HTTP_ACCEPT_LANGUAGE="zh")
    page = browser.get(here, HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert "“x”不能作为“触达间隔（天）”" in page and 'value="x"' in page
    browser.post("/members/waves/rules", {"contact_days": "9", "global_holdout": "2%"})
    page = browser.get(here).content.decode()
    assert 'name="contact_days" value="9"' in page and 'name="global_holdout" value="2%"' in page
    browser.post("/members/waves/rules", {"contact_days": "7", "global_holdout": "0%"})
    browser.post("/members/waves/budgets", {"month": "2026-04", "amount": "many", "currency": "CNY"})
    assert 'value="many"' in browser.get(here).content.decode()
    browser.post("/members/waves/budgets", {"month": "2026-04", "amount": "5000", "currency": "CNY"})
    assert "5,000.00 CNY" in browser.get(here).content.decode()
    rows = b"buyer,phone,consented_at,source\nann,,,\nben,13800138000,,\n,13900139000,2026-01-02,club\n"
    browser.post("/members/waves/contacts", {"store": "Ours", "file": SimpleUploadedFile("list.csv", rows)})
    page = browser.get(here).content.decode()
    assert "Kept: 1 phones with consent, 2 platform ids" in page and "no time or source of consent 1" in page
    wrong = SimpleUploadedFile("list.csv", b"who,what\n1,2\n")
    browser.post("/members/waves/contacts", {"store": "Ours", "file": wrong})
    assert "neither buyers nor phones" in browser.get(here).content.decode()


def test_waves_stand_on_the_calendar_and_what_waits_on_today(
    client_of: Any, waves: dict[str, int], group: Group
) -> None:
    from goldloop.apps.campaigns import api as campaigns

    store = group.stores["Ours"]
    viewer = Viewer(stores=frozenset({store}), name="Ann")
    said = {"name": "spring wave", "audience": "lifecycle:lost", "send": "2031-04-10", "until": "2031-04-20"}
    id = campaigns.wave_new(viewer=viewer, stores=[store], wave=read_wave(said, "CNY"), salt="s", moment=NOW).id
    browser = client_of("operator")
    month = browser.get("/calendar?month=2031-04").content.decode()
    assert f'href="/members/waves/{id}"' in month and "spring wave" in month and "coupon before" in month
    client_of("members").post(f"/members/waves/{id}/say", {"what": "decline", "reason": "no"})
    assert "spring wave" not in browser.get("/calendar?month=2031-04").content.decode()
    from goldloop.apps.actions import api as actions

    for name in ("Ours", "Theirs"):
        viewer = Viewer(stores=frozenset({group.stores[name]}), name="Ann")
        actions.action_propose(
            viewer=viewer, kind="wave", ref=8_000 + group.stores[name], title=f"waits in {name}", stores=[group.stores[name]],
            currency="CNY", owner="members", due=date(2020, 3, 6), predicted={}, moment=NOW,
        )  # fmt: skip
    to_do = browser.get("/?from=2026-03-01").content.decode().partition('id="to-do"')[2].partition("</section>")[0]
    assert "waits in Ours" in to_do and "waits in Theirs" not in to_do and "overdue" in to_do
    assert "overdue" in browser.get("/actions").content.decode()


def test_pages_without_any_store_begin_with_the_first_steps(
    client_of: Any, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.shop import Shop

    monkeypatch.setattr(Shop, "stores", lambda self: [])
    for path in ("/members", "/members/waves", "/members/waves/setup", "/members/points"):
        page = client_of("group owner").get(f"{path}?nothing=yet").content.decode()
        assert 'id="store-name"' in page and "<table" not in page.partition("<main")[2].partition("</main>")[0], path
