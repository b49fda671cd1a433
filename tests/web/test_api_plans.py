"""Plans and events over the API: the command line's answers, each owner for her part, nobody's version passed over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import Group
from tests.web.test_api import error_of, key_of, post

JUNE = {"gmv": "2400000", "buyer_value": "90", "new_buyers": "16000", "ad_budget": "800000"}
SUMMER = {"name": "Summer", "phases": ["warm_up 2031-06-12..2031-06-16", "2031-06-17T20:00..2031-06-19"], "fee": "500"}


@pytest.fixture
def june(client_of: Callable[..., Any]) -> str:
    answer = post(client_of("operator"), "plans/new", {"name": "June", "period": "2026-06", "variables": JUNE})
    assert answer.status_code == 200, answer.content
    return f"plans/{answer.json()['id']}"


@pytest.fixture
def summer(client_of: Callable[..., Any]) -> str:
    answer = post(client_of("operator"), "events/new", SUMMER)
    assert answer.status_code == 200, answer.content
    return f"events/{answer.json()['id']}"


def test_solve_and_check_answer_as_the_command_line(client_of: Callable[..., Any], capsys: Any) -> None:
    from goldloop.cli.app import run

    browser, options = client_of("analyst"), [f"--{n.replace('_', '-')}={v}" for n, v in {**JUNE, "cac": "55"}.items()]
    for name in ("solve", "check"):
        run(["plan", name, "--json", *options])
        said = json.loads(capsys.readouterr().out)
        assert post(browser, f"plans/{name}", {"variables": {**JUNE, "cac": "55"}}).json() == said
    assert error_of(post(browser, "plans/solve", {"variables": {"gmv": "-1"}})) == (400, "plan_value_out_of_range")
    assert error_of(post(browser, "plans/solve", {"variables": {"colour": "1"}}))[0] == 422
    assert error_of(post(browser, "plans/new", {"name": "x", "period": "2026-06", "variables": JUNE}))[0] == 403


def test_a_plan_is_countered_accepted_and_signed_by_its_owners(client_of: Callable[..., Any], june: str) -> None:
    people = {"operations": "operator", "traffic": "traffic", "members": "members"}
    foreign = post(
        client_of("members"), f"{june}/versions", {"seen": 1, "owner": "traffic", "variables": {"new_buyers": "1"}}
    )
    assert error_of(foreign)[0] == 403
    counter = post(
        client_of("traffic"), f"{june}/versions", {"seen": 1, "owner": "traffic", "variables": {"new_buyers": "14500"}}
    )
    assert counter.json()["current"] == 2 and counter.json()["version"]["values"]["new_buyers"] == "14500"
    late = post(client_of("operator"), f"{june}/versions", {"seen": 1, "variables": {"new_buyers": "15500"}})
    assert error_of(late) == (409, "plan_moved") and "16000 -> 14500 (15500)" in late.json()["error"]["given"][0]
    assert (
        error_of(post(client_of("traffic"), f"{june}/answers", {"seen": 2, "owner": "members", "said": "accepted"}))[0]
        == 403
    )
    early = post(client_of("operator"), f"{june}/answers", {"seen": 2, "owner": "operations", "said": "signed"})
    assert error_of(early) == (409, "plan_not_accepted")
    for said in ("accepted", "signed"):
        for owner, role in people.items():
            answer = post(client_of(role), f"{june}/answers", {"seen": 2, "owner": owner, "said": said})
            assert answer.status_code == 200
    assert answer.json()["version"]["state"] == "signed"
    commented = post(client_of("operator"), f"{june}/comments", {"text": "good", "about": "gmv"}).json()
    assert commented["version"]["comments"][0]["text"] == "good"
    browser = client_of("analyst")
    assert browser.get(f"/api/v1/{june}?version=1").json()["version"]["state"] == "countered"
    days = browser.get(f"/api/v1/{june}/days", {"grain": "week"}).json()
    assert sum(float(row["gmv"]) for row in days["rows"]) == 2_400_000
    assert june.endswith(str(browser.get("/api/v1/plans").json()["plans"][0]["id"]))
    paced = post(
        client_of("operator"), "plans/new", {"name": "March", "period": "2026-03", "variables": {"gmv": "3100"}}
    )
    pace = browser.get(f"/api/v1/plans/{paced.json()['id']}/pace").json()
    assert pace["until"] == "2026-03-05" and pace["targets"][0]["target_of"] == "gmv"


def test_what_is_masked_is_neither_shown_nor_taken(client_of: Callable[..., Any]) -> None:
    secret = {**JUNE, "refund_rate": "5%", "margin": "41.37%", "labour": "77777"}
    made = post(client_of("owner"), "plans/new", {"name": "secret", "period": "2026-06", "variables": secret}).json()
    browser = client_of("operator")
    seen = browser.get(f"/api/v1/plans/{made['id']}").content.decode() + browser.get("/api/v1/plans").content.decode()
    assert "41.37" not in seen and "0.4137" not in seen and "77777" not in seen
    taken = post(browser, f"plans/{made['id']}/versions", {"seen": 1, "variables": {"margin": "1%"}})
    assert error_of(taken) == (403, "figure_hidden")
    event = post(client_of("owner"), "events/new", {**SUMMER, "margin": "41.37%"}).json()
    assert event["margin"] == 0.4137 and "margin" not in browser.get(f"/api/v1/events/{event['id']}").json()
    post(client_of("owner"), f"events/{event['id']}/versions", {"seen": 1, "margin": "42%", "fee": "1"})
    late = post(browser, f"events/{event['id']}/versions", {"seen": 1, "fee": "2"})
    assert late.json()["error"]["given"] == ["fee: 500 -> 1"], "the margin is not among what moved"


def test_an_event_is_made_changed_ticked_and_told(client_of: Callable[..., Any], group: Group, summer: str) -> None:
    browser = client_of("operator")
    whole = browser.get(f"/api/v1/{summer}").json()
    assert whole["phases"][1]["from"] == "2031-06-17T20:00:00" and whole["reviews"] == []
    assert [one["what"] for one in whole["history"]] == ["made"] and whole["tasks"][0]["due"] == "2031-05-27"
    dearer = post(browser, f"{summer}/versions", {"seen": 1, "fee": "", "target": "9万", "note": "why"}).json()
    assert (dearer["fee"], dearer["target"], dearer["current"]) == (None, "90000", 2)
    assert error_of(post(browser, f"{summer}/versions", {"seen": 1, "fee": "1"})) == (409, "event_moved")
    own = next(one["id"] for one in whole["tasks"] if one["owner"] == "operations")
    assert error_of(post(client_of("traffic"), f"{summer}/tasks/{own}", {"state": "done"}))[0] == 403
    ticked = post(browser, f"{summer}/tasks/{own}", {"state": "done", "seen": "open"}).json()
    assert next(one for one in ticked["tasks"] if one["id"] == own)["by"] == "the operator"
    assert error_of(post(browser, f"{summer}/tasks/{own}", {"state": "dropped", "seen": "open"})) == (
        409,
        "event_task_moved",
    )
    added = post(browser, f"{summer}/tasks", {"text": "Balloons", "owner": "traffic", "days": 2}).json()
    assert "Balloons" in [one["text"] for one in added["tasks"]]
    listed = browser.get("/api/v1/events", {"from": "2031-06-19", "to": "2031-06-30"}).json()["events"]
    assert summer.endswith(str(listed[-1]["id"])) and not browser.get("/api/v1/events?from=2031-07-01").json()["events"]
    assert error_of(browser.get("/api/v1/events?store=Theirs")) == (404, "store_unknown")
    assert error_of(post(browser, "events/new", {**SUMMER, "phases": ["never"]})) == (400, "event_phases_bad")
    off = post(browser, f"{summer}/answers", {"seen": 2, "said": "cancelled", "why": "rain"}).json()
    assert off["state"] == "cancelled"


def test_a_key_plans_and_signs_only_with_those_rights_and_the_same_request_counts_once(
    group: Group, client_of: Callable[..., Any]
) -> None:
    def asks(secret: str) -> Any:
        browser = client_of("", csrf=True)
        browser.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return browser

    reader = asks(key_of(group, "operator", rights=("figures",)))
    assert error_of(post(reader, "events/new", SUMMER))[0] == 403
    planner = asks(key_of(group, "operator", rights=("figures", "plan")))
    assert error_of(post(planner, "events/new", SUMMER))[0] == 403, "it speaks for no owner"
    signer = asks(key_of(group, "operator", rights=("figures", "plan", "sign_operations")))
    first, again = (post(signer, "events/new", SUMMER, **{"Idempotency-Key": "summer 1"}) for _ in range(2))
    assert first.json()["id"] == again.json()["id"] and again["Idempotency-Replayed"] == "true"


def test_what_if_is_answered_and_nothing_is_kept(client_of: Callable[..., Any]) -> None:
    browser = client_of("analyst")
    before = browser.get("/api/v1/plans").json()
    march = {"from": "2026-03-01", "to": "2026-03-31", "new": "first-in-data", "moves": {"buyer_value": "+10%"}}
    found = post(browser, "plans/what-if", march).json()
    assert float(found["change"]) > 0 and float(found["owners"]["operations"]) == float(found["change"])
    solved = post(browser, "plans/what-if", {**march, "moves": {}, "solve": "buyer_value", "gmv": found["gmv"]}).json()
    one = next(row for row in solved["drivers"] if row["driver"] == "buyer_value")
    assert float(one["to"]) == pytest.approx(1.1 * float(one["now"]), rel=1e-3)
    for moves, code in (({"buyer_value": "1e30"}, "driver_text"), ({"luck": "1"}, "driver_unknown")):
        assert error_of(post(browser, "plans/what-if", {**march, "moves": moves})) == (400, code)
    assert browser.get("/api/v1/plans").json() == before


def test_versions_are_compared_and_visitors_told_by_source(client_of: Callable[..., Any]) -> None:
    said = {"name": "July", "period": "2026-07", "variables": {**JUNE, "conversion": "4%"}, "sources": {"paid": "1"}}
    browser = client_of("operator")
    july = f"plans/{post(browser, 'plans/new', said).json()['id']}"
    post(browser, f"{july}/versions", {"seen": 1, "variables": {"new_buyers": "15000"}})
    found = browser.get(f"/api/v1/{july}/differences").json()
    assert found["differences"] == [{"name": "new_buyers", "left": "16000", "right": "15000"}]
    [source] = browser.get(f"/api/v1/{july}/sources").json()["sources"]
    assert source["source"] == "paid" and source["came"] is None and source["visitors"] > 600_000
    assert browser.get(f"/api/v1/{july}/differences?left=1&right=9").status_code == 404
