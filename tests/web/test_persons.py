"""会员: one member's page masks what people wrote; who sees the whole group decides who is who."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import PHONE, Group

Client = Callable[..., Any]
MAIL = "ann@example.com"


@pytest.fixture
def two(group: Group) -> list[str]:
    """Two members of the store, with a note on the first; how they are called."""
    from goldloop.web.shops import whole_shop

    shop = whole_shop()
    found = [shop.member(store="Ours", buyer=f"buyer-Ours-{n}").id for n in range(2)]
    shop.member_note(found[0], f"ring her at {PHONE}")
    return found


def test_a_member_is_shown_masked_and_revealed_for_a_reason(client_of: Client, group: Group, two: list[str]) -> None:
    from goldloop.apps.shops import api

    page = client_of("members").get(f"/members/person/{two[0]}").content.decode()
    assert "Ours-0" in page and two[0] in page and PHONE not in page and "ring her at" in page
    assert client_of("analyst").get(f"/members/person/{two[0]}").status_code == 403
    assert client_of("members").get("/members/person/000000000000").status_code == 404
    assert client_of("members").get("/members/person/' OR 1=1 --").status_code == 404
    browser = client_of("owner")
    assert browser.post(f"/members/person/{two[0]}/reveal", {"reason": ""}).status_code == 400
    shown = browser.post(f"/members/person/{two[0]}/reveal", {"reason": "she asked to be rung"})
    assert PHONE in shown.content.decode()
    line = api.audit_lines(actor=group.people["owner"])[0]
    assert (line.action, line.target, line.stores) == ("reveal", f"member {two[0]}", [group.stores["Ours"]])
    noted = client_of("members").post(f"/members/person/{two[0]}/notes", {"text": "likes blue"})
    assert noted.status_code == 302 and "likes blue" in browser.get(noted.url).content.decode()


def test_a_member_is_found_by_what_she_is_called(client_of: Client, two: list[str]) -> None:
    browser, asked = client_of("members"), {"store": "Ours", "buyer": " buyer-Ours-1 "}
    assert browser.post("/members/find", asked).headers["Location"] == f"/members/person/{two[1]}"
    nobody = browser.post("/members/find", {**asked, "buyer": "nobody"}, follow=True)
    assert nobody.redirect_chain[0][0] == "/members?tab=segments" and "No such member" in nobody.content.decode()
    assert client_of("analyst").post("/members/find", asked).status_code == 403


def test_members_are_merged_and_parted_in_the_queue(client_of: Client, group: Group, two: list[str]) -> None:
    from goldloop.web.shops import whole_shop

    browser = client_of("group owner")
    assert client_of("members").get("/members/merges").status_code == 403  # of one store only
    short = browser.post("/members/merges/decide", {"kind": "merge", "member": two, "reason": "x"})
    assert short.status_code == 400
    assert browser.post("/members/merges/decide", {"kind": "burn", "member": two, "reason": "long"}).status_code == 400
    done = browser.post("/members/merges/decide", {"kind": "merge", "member": two, "reason": f"same {PHONE}"})
    assert done.status_code == 302
    page = browser.get("/members/merges").content.decode()
    assert "139****5678" in page or PHONE not in page
    merged = whole_shop().member(two[0])
    assert len(merged.orders) == 2 and whole_shop().member(two[1]).id == merged.id
    (decision,) = whole_shop().member_merges()["decisions"]
    assert browser.post(f"/members/merges/{decision['id']}/end").status_code == 302
    assert len(whole_shop().member(two[0]).orders) == 1


def test_two_people_are_said_to_be_two_and_it_is_taken_back_at_once(client_of: Client, two: list[str]) -> None:
    from goldloop.web.shops import whole_shop

    browser, before = client_of("group owner"), whole_shop().member_merges()["decisions"]
    said = {"kind": "apart", "member": two, "reason": "mother and daughter"}
    assert client_of("members").post("/members/merges/decide", said).status_code == 403
    assert browser.post("/members/merges/decide", {**said, "member": two[:1]}).status_code == 400
    assert whole_shop().member_merges()["decisions"] == before
    done = browser.post("/members/merges/decide", said, HTTP_ACCEPT_LANGUAGE="en", follow=True).content.decode()
    decision = whole_shop().member_merges()["decisions"][0]
    assert (decision["kind"], sorted(decision["members"])) == ("apart", sorted(two))
    assert "they are not suggested again" in done and done.count(f"/members/merges/{decision['id']}/end") == 2
    browser.post(f"/members/merges/{decision['id']}/end")
    assert whole_shop().member_merges()["decisions"][0]["taken_back"]
    body = {"one": two[0], "other": two[1], "apart": True, "reason": "two people"}
    made = browser.post("/api/v1/members/merges/decide", json.dumps(body), content_type="application/json").json()
    assert made == {"id": decision["id"] + 1, "kind": "apart", "taken_back": False}


def test_programs_ask_and_decide_the_same(client_of: Client, group: Group, two: list[str]) -> None:
    browser = client_of("group owner")
    assert browser.get(f"/api/v1/member?id={two[0]}").json()["id"] == two[0]
    assert browser.get("/api/v1/member?id=zz").status_code == 422
    body = {"one": two[0], "other": two[1], "reason": "same person"}
    made = browser.post("/api/v1/members/merges/decide", json.dumps(body), content_type="application/json").json()
    assert made.get("kind") == "merge", made
    assert browser.get("/api/v1/members/merges").json()["decisions"][0]["id"] == made["id"]
    ended = browser.post(f"/api/v1/members/merges/{made['id']}/end", "{}", content_type="application/json")
    assert ended.json() == {"id": made["id"], "kind": "merge", "taken_back": True}


def test_pairs_bring_their_reason_and_come_by_the_page(
    client_of: Client, two: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.jobs.persons import LISTED
    from goldloop.shop import Shop

    bought = {"orders": 2, "first": "2026-03-02", "last": "2026-05-01", "stores": ["A", "B"]}
    nothing = {"orders": 0, "first": None, "last": None, "stores": []}
    pairs = [{"members": two, "agree": ["name", "address"], "bought": [bought, nothing]}] * 60
    told = {"suggestions": pairs, "conflicts": [], "decisions": []}
    monkeypatch.setattr(Shop, "member_merges", lambda self: told)
    page = client_of("group owner").get("/members/merges", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert page.count('value="收货人、收货地址相同"') == 50 and "60 对" in page and "先列 50 对" in page
    assert page.count("2 单，2026-03-02 至 2026-05-01，A、B") == 50 and page.count("没有订单") == 50
    told["suggestions"] = pairs[:2]
    assert "先列" not in client_of("group owner").get("/members/merges", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    told["suggestions"] = (pairs * 4)[:LISTED]  # the list is cut there
    assert (
        f"{LISTED}+ 对" in client_of("group owner").get("/members/merges", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    )
