"""Plans in the web app: solved before they are kept, answered only by who holds an owner's part, never passed over silently."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.conftest import Group

JUNE = {"period": "2026-06", "gmv": "2400000", "buyer_value": "90", "new_buyers": "16000", "ad_budget": "800000"}
ROUTES = ("", "/what-if", "/outlook", "/file")
POSTS = ("versions", "answers", "comments", "scenarios")


def text(answer: Any) -> str:
    """What a page shows, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def june(client_of: Callable[..., Any]) -> str:
    """The address of a plan that the operator has kept."""
    answer = client_of("operator").post("/plan/keep", {**JUNE, "name": "June", "four_eyes_from": "100万"})
    assert answer.status_code == 302, text(answer)
    return str(answer.url)


def test_the_form_solves_names_conflicts_with_their_ways_out_and_keeps_nothing(client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    page = browser.get("/plan/new", {**JUNE, "cac": "55", "growth": "66%", "previous_gmv": "1400000"})
    said = text(page)
    assert "ad budget would be 880,000, not 800,000" in said and "CAC can be read in two ways" in said
    assert "Keep as a plan" not in said, "a plan that is kept says which CAC it means"
    ways = dict(re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', page.content.decode()))
    budget = next(way.replace("&amp;", "&") for way, said in ways.items() if said.startswith("ad budget"))
    assert "ad_budget=880000" in budget and "gmv=2400000" in budget
    taken = text(browser.get("/plan/new", {**JUNE, "blended_cac": "50"}))
    assert "No contradiction" in taken and "Keep as a plan" in taken
    assert "no number" in text(browser.get("/plan/new", {**JUNE, "gmv": "many"}))
    assert "June" not in text(browser.get("/plan"))


def test_each_owner_answers_for_her_own_part_only_and_two_people_sign_a_large_plan(
    client_of: Callable[..., Any], june: str
) -> None:
    people = {"operations": "operator", "traffic": "traffic", "members": "members"}
    for said in ("accepted", "signed"):
        for owner, role in people.items():
            others = [one for one in people if one != owner]
            assert all(
                client_of(role).post(f"{june}/answers", {"owner": one, "said": said, "seen": 1}).status_code == 403
                for one in others
            )
            assert client_of(role).post(f"{june}/answers", {"owner": owner, "said": said, "seen": 1}).status_code == 302
    shown = client_of("analyst").get(june).content.decode()
    assert shown.count("signed") >= 4 and "/answers" not in shown
    late = client_of("operator").post(f"{june}/answers", {"owner": "operations", "said": "accepted", "seen": 1})
    assert late.status_code == 409, "what is signed is signed"
    alone = client_of("owner").post("/plan/keep", {**JUNE, "name": "alone", "four_eyes_from": "2400000"}).url
    codes = [
        client_of("owner").post(f"{alone}/answers", {"owner": owner, "said": said, "seen": 1}).status_code
        for said in ("accepted", "signed")
        for owner in people
    ]
    assert codes == [302] * 5 + [409], "the third signature of one person"


def test_a_change_on_an_older_version_shows_what_came_between_and_saves_nothing(
    client_of: Callable[..., Any], june: str
) -> None:
    traffic = client_of("traffic")
    counter = traffic.post(f"{june}/versions", {"seen": 1, "owner": "traffic", "new_buyers": "14500", "note": "CAC"})
    assert counter.status_code == 302
    late = client_of("operator").post(f"{june}/versions", {"seen": 1, "new_buyers": "15500"})
    assert late.status_code == 409
    assert all(number in text(late) for number in ("16,000", "14,500", "15500"))
    page = text(traffic.get(june))
    assert "version 2" in page and "14,500" in page and "countered" in text(traffic.get(f"{june}?version=1"))
    compared = text(traffic.get(f"{june}?version=2&against=1"))
    assert "What versions 1 and 2 have differently" in compared
    foreign = client_of("members").post(f"{june}/versions", {"seen": 2, "owner": "traffic", "new_buyers": "1"})
    assert foreign.status_code == 403
    traffic.post(f"{june}/comments", {"seen": 2, "text": "<b>why</b>"})
    assert "&lt;b&gt;why" in traffic.get(f"{june}?version=2").content.decode()


def test_days_leave_as_a_workbook_and_come_back_as_held_cells(client_of: Callable[..., Any], june: str) -> None:
    browser = client_of("operator")
    sent = browser.get(f"{june}/file?format=csv").content.decode("utf-8-sig")
    assert browser.get(f"{june}/file").content[:2] == b"PK"
    first = next(line for line in sent.splitlines() if line.startswith("2026-06-01"))
    amount = first.split(",")[1]
    edited = SimpleUploadedFile("plan.csv", sent.replace(first, first.replace(amount, "90000", 1)).encode())
    shown = browser.post("/plan/file", {"plan": june.rpartition("/")[2], "seen": 1, "file": edited})
    assert shown.status_code == 200, text(shown)
    assert "gmv 2026-06-01=90000" in shown.content.decode() and "version 2" not in text(browser.get(june))
    browser.post(f"{june}/versions", {"seen": 1, "lock": "gmv 2026-06-01=90000"})
    assert "gmv 2026-06-01 = 90000" in text(browser.get(june))


def test_another_stores_plan_is_like_none_and_hidden_values_stay_hidden(
    client_of: Callable[..., Any], group: Group, june: str
) -> None:
    whole = client_of("group owner")
    theirs = whole.post("/plan/keep", {**JUNE, "name": "theirs", "of": group.stores["Theirs"]}).url
    margin = {"refund_rate": "5%", "margin": "41.37%", "labour": "77777"}
    secret = client_of("owner").post("/plan/keep", {**JUNE, **margin, "name": "with margin"}).url
    browser = client_of("operator")
    for part in ROUTES:
        assert browser.get(f"{theirs}{part}").status_code == browser.get(f"/plan/987654{part}").status_code == 404
    for part in POSTS:
        assert browser.post(f"{theirs}/{part}", {"owner": "operations", "seen": 1, "text": "x"}).status_code == 404
    assert "theirs" not in text(browser.get("/plan"))
    seen = browser.get(secret).content.decode() + browser.get(f"{secret}?version=1&against=1").content.decode()
    assert "41.37" not in seen and "41.4" not in seen and "77,777" not in seen and "77777" not in seen
    assert "41.4%" in text(client_of("owner").get(secret))
    answer = browser.post(f"{secret}/versions", {"seen": 1, "margin": "1%", "gmv": "2500000"})
    assert answer.status_code == 302
    assert "41.4%" in text(client_of("owner").get(secret)), "who does not see a value does not change it"


def test_today_shows_the_target_of_its_day_and_what_the_rest_needs(client_of: Callable[..., Any], group: Group) -> None:
    browser = client_of("operator")
    day = {"from": "2026-03-05", "to": "2026-03-05"}
    assert "No plan yet" in text(browser.get("/", day))
    browser.post("/plan/keep", {"period": "2026-03", "gmv": "3100", "name": "March"})
    shown = text(browser.get("/", day))
    assert (
        "March" in shown and "26 days left need" in shown and "due by now" in shown and re.search(r"target \d", shown)
    )
    page = text(browser.get("/plan"))
    assert "March" in page and "3,100" in page


@pytest.mark.parametrize("payload", ["' OR 1=1 --", "9" * 400, "²\x00"])
def test_what_is_written_into_forms_and_addresses_is_never_run(
    client_of: Callable[..., Any], june: str, payload: str
) -> None:
    browser = client_of("operator")
    for path in ("/plan/new", june, f"{june}/what-if", f"{june}/file"):
        for part in ("gmv", "period", "of", "version", "against", "visitors", "format"):
            answer = browser.get(path, {part: payload})
            assert answer.status_code in (200, 400, 404), (path, part)
            assert "Traceback" not in answer.content.decode(errors="replace")
    assert browser.post("/plan/keep", {**JUNE, "name": payload, "gmv": payload}).status_code in (302, 400)


def test_charts_show_the_targets_of_plans_along_their_days(client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    browser.post("/plan/keep", {"period": "2026-03", "gmv": "3100", "visitors": "310", "name": "March"})
    week = {"from": "2026-03-01", "to": "2026-03-05", "compare": "none"}

    def series(address: str, **asked: str) -> dict[str, Any]:
        page = browser.get(address, {**week, **asked}).content.decode()
        found = re.search(r'<script id="[\w-]+" type="application/json">(.*?)</script>', page, re.S)
        return {one["label"]: one for one in json.loads(found[1])["series"]} if found else {}

    assert series("/explore", figures="gmv", by="day")["target"]["texts"] == ["100.00"] * 5
    month = series("/explore", figures="gmv", by="month", **{"from": "2026-02-01", "to": "2026-03-31"})
    assert month["target"]["texts"] == ["--", "3,100.00"], "February has no plan"
    assert "target" not in series("/explore", figures="buyer_value", by="month")
    assert "target" not in series("/explore", figures="gmv", by="day", where="product:cup")
    shown = series("/")
    assert shown["Target"]["texts"][-5:] == ["100.00"] * 5 and "--" in shown["Target"]["texts"]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    client_of: Callable[..., Any], june: str
) -> None:
    browser = client_of("operator")
    bad = {**JUNE, "gmv": "many", "conversion": "140%", "period": "2026-13", "name": "x", "four_eyes_from": "lots"}
    for answer in (browser.get("/plan/new", bad), browser.post("/plan/keep", bad)):
        shown = answer.content.decode()
        for field in ("gmv", "conversion", "period"):
            assert f'aria-describedby="e-{field}"' in shown and f'id="e-{field}"' in shown
        assert 'value="many"' in shown and 'id="e-new_buyers"' not in shown
    assert "Mend the fields in red" in text(answer) and answer.status_code == 400
    nameless = browser.post("/plan/keep", {**JUNE, "name": " "})
    assert nameless.status_code == 400 and 'id="e-name"' in nameless.content.decode()
    changed = browser.post(f"{june}/versions", {"seen": 1, "gmv": "many", "orders": "-5"})
    shown = changed.content.decode()
    assert changed.status_code == 400 and 'id="e-gmv"' in shown and 'id="e-orders"' in shown and 'value="many"' in shown
    assert "version 2" not in text(browser.get(june))
    counter = browser.post(f"{june}/versions", {"seen": 1, "owner": "operations", "buyer_value": "dear"})
    assert counter.status_code == 400 and "&#x27;dear&#x27; is no number" in counter.content.decode()


IMPOSSIBLE = (
    ({"gmv": "0"}, "cannot be 0", "不能是 0"), ({"gmv": "-5"}, "cannot be -5", "不能是 -5"), ({"gmv": "1e999999"}, "is no number", "不是数字"),
    ({"gmv": "9" * 40}, "cannot be 999", "不能是 999"), ({"buyer_value": "0"}, "cannot be 0", "不能是 0"),
    ({"period": "1500-01"}, "is not a day", "不是"), ({"period": "2026-06-30..2026-06-01"}, "before it begins", "早于"),
    ({"four_eyes_from": "nan"}, "is no number", "不是数字"), ({"new_buyers": "30000"}, "is above", "新客数 高于 买家数"),
    ({"gmv": "", "buyer_value": "", "new_buyers": ""}, "sales", "销售额"),
)  # fmt: skip


@pytest.mark.parametrize(("said", "english", "chinese"), IMPOSSIBLE)
def test_a_plan_that_cannot_be_is_refused_in_words_and_nothing_is_kept(
    client_of: Callable[..., Any], said: dict[str, str], english: str, chinese: str
) -> None:
    browser = client_of("operator")
    before = browser.get("/api/v1/plans").json()
    for lang, words in (("en", english), ("zh", chinese)):
        answer = browser.post("/plan/keep", {**JUNE, "name": "never", **said}, HTTP_ACCEPT_LANGUAGE=lang)
        assert answer.status_code == 400 and words in unescape(text(answer)), unescape(text(answer))
    assert browser.get("/api/v1/plans").json() == before


def test_rows_that_cannot_be_held_leave_the_version_as_it_is(client_of: Callable[..., Any], june: str) -> None:
    browser = client_of("operator")
    for lock, words in (
        ("gmv 2026-06-18=2500000", "100000.00 above the target"),
        ("gmv 2026-07-01=5", "lies outside"),
        ("gmv 2026-06-18=1e999999", "is no number"),
        ("gmv 2026-06-18=-5", "cannot be -5"),
        ("luck 2026-06-18=5", "has no luck to lock"),
    ):
        answer = browser.post(f"{june}/versions", {"seen": 1, "lock": lock})
        assert answer.status_code == 400 and words in unescape(text(answer)), unescape(text(answer))
    assert "version 2" not in text(browser.get(june)) and "has no history" in text(browser.get(june))


def test_each_day_says_what_was_asked_what_it_needed_and_what_came(client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    at = browser.post("/plan/keep", {"period": "2026-03", "gmv": "3100", "name": "March"}).url
    days = re.findall(
        r'<tr class="(?:weekend)?(?: next)?"><th scope="row" class="left">(.*?)</tr>', browser.get(at).content.decode()
    )
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", day) for day in days]
    assert len(cells) == 31 and cells[0][:2] == ["100.00", "100.00"]
    asked, needed = ([float(day[n]) for day in cells] for n in (0, 1))
    came = [float(day[2]) for day in cells[:5]]
    missing = 0.0
    for n in range(len(came)):
        assert needed[n] == pytest.approx(asked[n] + missing / (31 - n), abs=0.01)
        missing = sum(asked[: n + 1]) - sum(came[: n + 1])
    assert sum(came) + sum(needed[5:]) == pytest.approx(3100, abs=0.5)
    assert "next" in days[5]


def test_visitors_by_source_are_planned_on_the_page(client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    at = browser.post("/plan/keep", {**JUNE, "name": "sources", "conversion": "4%"}).url
    said = {"seen": 1, "source_paid": "30", "source_free": "70%", "source_event": ""}
    assert browser.post(f"{at}/versions", said).status_code == 302
    shown = text(browser.get(at))
    assert re.search(
        r"Visitors by source Source Share Visitors Actual free 70.0% [0-9,]+ -- paid 30.0% [0-9,]+", shown
    ), shown
    again = browser.post(f"{at}/versions", {"seen": 2, "source_paid": "-1"})
    assert again.status_code == 400 and "cannot be" in text(again)
    traffic = client_of("traffic").post(f"{at}/versions", {"seen": 2, "owner": "traffic", "new_buyers": "15000"})
    assert traffic.status_code == 302 and "free 70.0%" in text(browser.get(at)), (
        "a counter-offer leaves the sources alone"
    )


def test_stores_of_two_currencies_share_no_plan(client_of: Callable[..., Any], group: Group) -> None:
    from goldloop.web.shops import whole_shop

    abroad = whole_shop().store_add("Abroad", platform="other", currency="USD", timezone="Europe/Berlin")
    browser, both = client_of("group owner"), [group.stores["Ours"], abroad.id]
    for lang, words in (("en", "different currencies"), ("zh", "不同货币")):
        answer = browser.post("/plan/keep", {**JUNE, "name": "x", "of": both}, HTTP_ACCEPT_LANGUAGE=lang)
        assert answer.status_code == 400 and words in text(answer), text(answer)
    assert all(plan["name"] != "x" for plan in browser.get("/api/v1/plans").json()["plans"])


def test_the_cheapest_way_is_told_in_the_plans_currency_and_words() -> None:
    from goldloop.web.plan_moves import way

    move = {
        "lever": "ad_budget",
        "from": "100.00",
        "to": "150.00",
        "low": "50.00",
        "high": "200.00",
        "cost": "50.00",
        "gain": "80.00",
        "beyond": False,
    }
    told = {"gap": "90.00", "gain": "80.00", "low": "60.00", "high": "95.00", "cost": "50.00", "short": "10.00", "feasible": False,
            "moves": [move, {**move, "lever": "discount", "to": "100.00"}], "warnings": ["dear"]}  # fmt: skip
    asked: list[str] = []

    def levers(gap: str, **days: Any) -> Any:
        asked.append(gap)
        return SimpleNamespace(as_dict=lambda lang: told)

    request: Any = SimpleNamespace(lang="zh", shop=SimpleNamespace(plan_levers=levers))
    plan: Any = SimpleNamespace(currency="CNY")
    found = way(request, plan, {}, 9000)["way"]
    assert asked == ["90"] and (found["gap"], found["short"]) == ("90.00", "10.00")
    assert [(row["title"], row["to"], row["gain"]) for row in found["rows"]] == [("广告预算", "150.00", "80.00")]


def test_the_note_of_a_scenario_is_told_in_words() -> None:
    from goldloop.web.plan_fields import made_from

    note = "2026-06-01..2026-06-30: conversion=6%, visitors=?"
    assert made_from(note, "zh") == "以 2026-06-01 ~ 06-30 的实际为起点：支付转化率 6%；反推访客数"
    assert made_from(note, "en").startswith("From 2026-06-01 ~ 06-30 as it was: conversion 6%; solved for ")
    assert made_from("agreed with Ann: fine", "zh") == "agreed with Ann: fine"
