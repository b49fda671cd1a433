"""Points and friends in the browser and over the API: the own stores' only, by who speaks for members, once under a key."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.conftest import Group

JSON: dict[str, Any] = {"content_type": "application/json"}


@pytest.fixture(scope="module")
def member(group: Group) -> str:
    """A program in each of two stores, booked; a member of ours."""
    from goldloop import home as homes
    from goldloop.shop import Shop

    shop = Shop(homes.find(group.root))
    for name in ("Ours", "Theirs"):
        rules = {"start": "2026-01-01", "tiers": "silver:5", "refer_points": "100", "friend_points": "50"}
        shop.points_rules(f"club of {name}", rules, stores=[name])
        shop.points_book(f"club of {name}")
    from goldloop.apps.loyalty.models import Account

    return str(Account.objects.filter(program__name="club of Ours")[0].person)[:12]


def test_only_own_programs_are_seen_and_changed(client_of: Any, member: str) -> None:
    browser = client_of("members")
    for path in ("/members/points", "/api/v1/points"):
        page = browser.get(path).content.decode()
        assert "club of Ours" in page and "club of Theirs" not in page, path
    for path, said in (("book", "{}"), ("rules", '{"fields": {"per_unit": "2"}}')):
        theirs = said.replace("{", '{"program": "club of Theirs"' + ("" if said == "{}" else ", "), 1)
        assert browser.post(f"/api/v1/points/{path}", theirs, **JSON).status_code in (400, 404, 409), path
    assert browser.post("/members/points/book", {"program": "club of Theirs"}).status_code in (400, 404, 409)
    assert client_of("analyst").post("/members/points/book", {"program": "club of Ours"}).status_code == 403
    assert client_of("analyst").get(f"/api/v1/points/member?id={member}").status_code == 403


def test_points_are_spent_once_and_never_too_many(client_of: Any, member: str) -> None:
    browser, wish = client_of("members"), {"id": member, "points": 3, "key": "k1"}
    before = browser.get(f"/api/v1/points/member?id={member}").json()["points"]
    assert before > 5
    for _ in range(2):
        assert browser.post("/api/v1/points/burn", wish, **JSON).json()["points"] == before - 3
    assert browser.post("/api/v1/points/burn", {**wish, "points": 10**9, "key": ""}, **JSON).status_code == 400
    assert browser.post("/api/v1/points/burn", {**wish, "points": 10**13}, **JSON).status_code in (400, 422)
    said = {"id": member, "points": 5, "reason": "包裹丢失 13912345678"}
    assert browser.post("/api/v1/points/correct", said, **JSON).json()["points"] == before + 2
    address = f"/members/person/{member}"
    for points in ("1e9", "-5", "", "９", "99999999999999"):
        browser.post(f"{address}/points", {"what": "burn", "points": points, "program": "club of Ours"})
    form = {"what": "burn", "points": "2", "key": "twice", "program": "club of Ours"}
    for _ in range(2):  # the same click
        assert browser.post(f"{address}/points", form).status_code == 302
    page = browser.get(address, HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert f"可用 {before} 分" in page and "13912345678" not in page
    assert browser.get(f"/api/v1/points/member?id={member}").json()["tier"] == "silver"


def test_a_friend_is_claimed_and_why_not_is_said(client_of: Any, member: str) -> None:
    browser = client_of("members")
    code = browser.post("/api/v1/referrals/code", {"id": member}, **JSON).json()["code"]
    friend = {"code": code, "store": "Ours", "buyer": "friend@example.com", "device": "phone 1"}
    told = browser.post("/api/v1/referrals/claim", friend, **JSON).json()
    assert told["state"] == "waiting" and "friend@" not in str(told)
    again = browser.post("/api/v1/referrals/claim", friend, **JSON)
    assert (again.status_code, again.json()["error"]["code"]) == (400, "referral_taken")
    other = {**friend, "buyer": "other@example.com"}
    assert browser.post("/api/v1/referrals/claim", other, **JSON).json()["error"]["code"] == "referral_device"
    assert (
        browser.post("/members/points/friends", {**other, "code": "NOBODY"}, HTTP_ACCEPT_LANGUAGE="zh").status_code
        == 302
    )
    page = browser.get("/members/points", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    assert told["friend"] in page and code in page and "没有这个推荐码" in page
    assert browser.post("/api/v1/referrals/settle", "{}", **JSON).json() == {
        "rewarded": 0,
        "refused": 0,
        "taken_back": 0,
        "waiting": 1,
    }
    assert browser.post("/members/points/friends/reward", {"program": "club of Ours"}).status_code == 302
    for table, inside in (("tiers", "club of Ours,silver"), ("referrals", f"{told['friend']},{member}")):
        address = f"/members/file?tab=points&table={table}&format=csv"
        assert address.replace("&", "&amp;").split("?")[0] in page and f"table={table}" in page
        content = browser.get(address).content.decode("utf-8-sig")
        assert inside in content and "club of Theirs" not in content and "friend@" not in content, content
    rules = {"program": "club of Ours", "tiers": "silver:1e99999999"}
    assert "1e99999999" in browser.post("/members/points/rules", rules, follow=True).content.decode()
    assert browser.post("/members/points/rules", {**rules, "tiers": "金卡:500"}).status_code == 302
    assert "金卡" in browser.get("/members/points").content.decode()
