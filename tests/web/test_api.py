"""The API: by key or session, the command line's answers, one form of errors, and every change once (REL-12, SEC-02)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from tests.web.conftest import PHONE, ROLES, Group
from tests.web.test_access import COSTS, NOTHING, address
from tests.web.working import home_of, text_of, upload, uploads_of, work

from goldloop.web.routes import API, PUBLIC

Client = Callable[..., Any]
MARCH = {"from": "2026-03-01", "to": "2026-03-05"}


def key_of(
    group: Group,
    role: str,
    *,
    rights: tuple[str, ...] = ("figures", "data"),
    stores: tuple[int, ...] = (),
    days: int = 9,
) -> str:
    """The secret of a new key of the person in that role."""
    from goldloop.apps.shops import api, models

    now = datetime.now(UTC)
    user = models.User.objects.get(username="owner" if role == "group owner" else f"the {role}")
    secret = f"gl_{role}{models.ApiToken.objects.count()}"
    access = api.access_of(user=user, now=now)
    api.token_make(user=user, access=access, name="x", rights=rights, stores=stores, days=days, secret=secret, now=now)
    return secret


@pytest.fixture
def asks(client_of: Client) -> Client:
    """A program with a key: a client that sends it, and is asked for no session's token."""

    def program(secret: str) -> Any:
        browser = client_of("", csrf=True)
        browser.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return browser

    return program


def post(browser: Any, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
    return browser.post(f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers)


def error_of(answer: Any) -> tuple[int, str]:
    """Status and code of an answer that says what is wrong."""
    said = answer.json()["error"]
    assert set(said) == {"code", "text", "given", "allowed", "todo"}
    return answer.status_code, said["code"]


# --- who may ask -------------------------------------------------------------------------------------------------------
def test_a_key_opens_what_it_carries_and_nothing_else(group: Group, asks: Client) -> None:
    program = asks(key_of(group, "operator", rights=("figures",)))
    assert program.get("/api/v1/figures", MARCH).json()["rows"][0]["gmv"] == "79.20"
    assert [one["name"] for one in program.get("/api/v1/stores").json()["stores"]] == ["Ours"]
    assert error_of(program.get("/api/v1/imports")) == (403, "right_needed")
    assert error_of(post(program, "quarantine/retry")) == (403, "right_needed")
    assert program.get("/").status_code == 302  # pages take no keys
    with patch("goldloop.web.shops.datetime") as clock:
        clock.now.return_value = datetime(2099, 1, 1, tzinfo=UTC)
        assert error_of(program.get("/api/v1/figures")) == (401, "log_in_needed")
    for secret in ("gl_wrong", "", "x" * 5000):
        answer = asks(secret).get("/api/v1/figures")
        assert error_of(answer) == (401, "log_in_needed") and answer["WWW-Authenticate"] == "Bearer"


def test_a_session_needs_its_token_for_changes_and_a_key_does_not(
    group: Group, client_of: Client, asks: Client
) -> None:
    from goldloop.apps.shops import api

    assert error_of(post(client_of("operator", csrf=True), "quarantine/retry")) == (403, "forged")
    assert error_of(post(client_of("", csrf=True), "quarantine/retry")) == (401, "log_in_needed")
    secret = key_of(group, "operator")
    assert post(asks(secret), "quarantine/retry", {"rows": [group.rows["Ours"]]}).status_code == 202
    line = api.audit_lines()[0]
    assert (line.actor_name, line.route, line.detail["key"]) == ("the operator", "api_quarantine_retry", secret[:8])


def test_a_key_for_one_store_reaches_no_other_neither_itself_nor_by_its_jobs(group: Group, asks: Client) -> None:
    from goldloop.jobs import queue, tasks

    ours, theirs = group.stores["Ours"], group.stores["Theirs"]
    narrow, wide = asks(key_of(group, "group owner", stores=(ours,))), asks(key_of(group, "group owner"))
    assert narrow.get("/api/v1/figures", MARCH).json()["scope"]["stores"] == ["Ours"]
    assert error_of(narrow.get("/api/v1/figures", {**MARCH, "store": "Theirs"})) == (404, "store_unknown")
    job = post(narrow, "quarantine/retry").json()["id"]
    assert tasks.viewer_of(queue.queue.job_show(user=1, id=job)).stores == {ours}
    whole = post(wide, "quarantine/retry").json()["id"]
    assert tasks.viewer_of(queue.queue.job_show(user=1, id=whole)).stores == {ours, theirs}
    assert error_of(narrow.get(f"/api/v1/jobs/{whole}")) == (404, "job_unknown")
    assert error_of(post(narrow, f"jobs/{whole}/cancel")) == (404, "job_unknown")
    assert job in (seen := [one["id"] for one in narrow.get("/api/v1/jobs").json()["jobs"]]) and whole not in seen
    in_browser = queue.enqueue("retry", {"rows": []}, user=1)
    assert error_of(narrow.get(f"/api/v1/jobs/{in_browser.id}")) == (404, "job_unknown")
    assert wide.get(f"/api/v1/jobs/{in_browser.id}").status_code == 200
    for id in (job, whole, in_browser.id):
        queue.cancel(id, user=1)


def theirs_of(group: Group, what: str) -> int:
    """The id of a plan or an event of the other store."""
    from goldloop.shop import open

    shop = open(group.root)
    if what == "plan":
        return shop.plan_new("theirs", {"gmv": "100"}, period="2026-06", stores=["Theirs"]).id
    if what == "wave":
        said = {"name": "theirs", "audience": "lifecycle:lost", "send": "2031-06-17", "until": "2031-06-18"}
        return shop.wave_new(said, stores=["Theirs"]).id
    return shop.event_new({"name": "theirs", "phases": "sale 2031-06-17"}, stores=["Theirs"]).id


@pytest.mark.parametrize(
    "route", [one for one in API if "<int:" in one.path and one.right != "merge"], ids=lambda one: one.name
)
def test_what_is_not_hers_answers_like_what_is_not_there(group: Group, client_of: Client, route: Any) -> None:
    from goldloop.jobs import queue

    if route.name.startswith("api_job"):
        foreign = queue.enqueue("undo", {"import": group.imports["Theirs"]}, user=group.people["finance"]).id
    elif route.name.startswith(("api_plan", "api_event", "api_wave")):
        foreign = theirs_of(group, route.name.split("_")[1])
    else:
        foreign = (group.rows if route.name.startswith("api_bad_row") else group.imports)["Theirs"]
    bodies = {
        "api_bad_row_fix": {"values": {"单价": "5"}}, "api_bad_row_ignore": {"reason": "none of mine"},
        "api_plan_change": {"seen": 1}, "api_plan_answer": {"seen": 1, "owner": "traffic", "said": "accepted"},
        "api_plan_comment": {"text": "x"}, "api_plan_scenario": {"name": "x"}, "api_event_change": {"seen": 1}, "api_event_answer": {"seen": 1, "said": "cancelled"},
        "api_event_task_add": {"text": "x", "owner": "traffic", "days": 1}, "api_event_task_set": {"state": "done"},
        "api_wave_change": {"fields": {}}, "api_wave_decline": {"reason": "x"}, "api_wave_totals": {"used": 1},
        "api_action_answer": {"said": "accepted"},
    }  # fmt: skip
    answers = []
    for id in (foreign, NOTHING):
        browser, path = client_of("owner"), address(route, id)
        sent = (
            post(browser, path.removeprefix("/api/v1/"), bodies.get(route.name))
            if route.methods == ("POST",)
            else browser.get(path)
        )
        assert sent.status_code == 404
        answers.append(sent.content.decode().replace(str(id), "N"))
    assert answers[0] == answers[1] and "Theirs" not in answers[0]


def test_a_mixed_list_of_rows_is_refused_whole(group: Group, client_of: Client) -> None:
    both = {"rows": [group.rows["Ours"], group.rows["Theirs"]]}
    assert error_of(post(client_of("operator"), "quarantine/retry", both)) == (404, "quarantine_unknown")


@pytest.mark.parametrize("role", ["operator", "analyst"])
def test_hidden_amounts_and_phones_are_in_no_answer(group: Group, client_of: Client, role: str) -> None:
    browser = client_of(role)
    wide = {"from": "2026-03-01", "to": "2026-03-31"}
    asked = [
        ("figures", {**wide, "figures": "labour_cost,gmv"}), ("figures", {**wide, "figures": "contribution"}), ("catalogue", {}),
        ("rows", {**wide, "figure": "labour_cost"}), ("why", {"from": "2026-03-03", "to": "2026-03-05", "figure": "contribution"}),
        ("quarantine", {}), (f"quarantine/{group.rows['Ours']}", {}), ("imports", {}), (f"imports/{group.imports['Ours']}", {}),
    ]  # fmt: skip
    text = "".join(browser.get(f"/api/v1/{path}", query).content.decode() for path, query in asked)
    assert [word for word in (*COSTS, PHONE) if word in text] == []
    assert error_of(browser.get("/api/v1/figures", asked[0][1])) == (403, "figure_hidden")
    seen = client_of("finance").get("/api/v1/figures", asked[0][1])
    assert seen.json()["rows"][0]["labour_cost"] == "7654321.09"


# --- the same answers --------------------------------------------------------------------------------------------------
SAME = {
    "figures": (["figures", "gmv,orders,net", "--by", "day"], "figures", {"figures": "gmv,orders,net", "by": "day"}),
    "compared": (
        ["figures", "--from", "2026-03-03", "--to", "2026-03-05", "--compare", "previous", "--store", "Ours", "--where", "product=cup"],
        "figures",
        {"from": "2026-03-03", "to": "2026-03-05", "compare": "previous", "store": "Ours", "where": "product=cup"},
    ),
    "list": (["figures", "--list"], "catalogue", {}),
    "why": (
        ["why", "--from", "2026-03-03", "--to", "2026-03-05", "--by", "store"],
        "why",
        {"from": "2026-03-03", "to": "2026-03-05", "by": "store"},
    ),
    "trace": (["trace", "--figure", "gmv", "--limit", "3", "--offset", "2"], "rows", {"limit": 3, "offset": 2}),
    "stores": (["store", "list"], "stores", {}),
    "receipt": (["imports", "show", "1"], "imports/1", {}),
    "row": (["quarantine", "show", "1"], "quarantine/1", {}),
    "members": (["members", "lifecycle", "--by-store"], "members/lifecycle", {"by_store": "true"}),
    "segment": (["members", "segment", "purchases >= 1 and not last within 5 days", "--basis", "orders"], "members/segment",
                {"segment": "purchases >= 1 and not last within 5 days", "basis": "orders"}),
    "error": (["figures", "nonsense"], "figures", {"figures": "nonsense"}),
    "two cuts": (["figures", "--by", "day,store,product"], "figures", {"by": "day,store,product"}),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", SAME)
def test_an_answer_is_the_one_of_the_command_line(
    group: Group, client_of: Client, capsys: Any, name: str, lang: str
) -> None:
    from goldloop.cli.app import run

    command, path, query = SAME[name]
    run([*command, "--json", "--home", str(group.root), "--lang", lang])
    said = json.loads(capsys.readouterr().out)
    answer = client_of("group owner").get(f"/api/v1/{path}", query, headers={"accept-language": lang}).json()
    if name in ("row", "error"):  # pages and the API mask what the owner of the folder may see, and name no commands
        said.get("error", {})["todo"] = answer.get("error", {}).get("todo")
        said["raw_row"], said["issues"] = answer.get("raw_row"), answer.get("issues")
        answer = {"raw_row": None, "issues": None, **answer}
    assert answer == {**said, **({"error": said["error"]} if "error" in said else {})}


def test_lists_come_a_page_at_a_time_and_hold_what_the_command_line_lists(
    group: Group, client_of: Client, capsys: Any
) -> None:
    from goldloop.cli.app import run

    run(["imports", "list", "--json", "--home", str(group.root)])
    whole, found, offset = json.loads(capsys.readouterr().out)["imports"], [], 0
    while offset is not None:
        answer = client_of("group owner").get("/api/v1/imports", {"limit": 4, "offset": offset}).json()
        found, offset = [*found, *answer["imports"]], answer["page"]["next"]
        assert len(answer["imports"]) <= 4
    assert found == whole and len(whole) > 4
    rows = client_of("group owner").get("/api/v1/quarantine", {"store": "Ours", "limit": 1}).json()
    assert ([row["id"] for row in rows["rows"]], rows["page"]["next"]) == ([group.rows["Ours"]], None)
    assert rows["groups"][0]["rows"] == 1


def test_a_page_shows_the_number_of_the_api(group: Group, client_of: Client) -> None:
    browser = client_of("group owner")
    gmv = browser.get("/api/v1/figures", MARCH).json()["rows"][0]["gmv"]
    page = browser.get("/explore", {**MARCH, "figures": "gmv", "by": "platform"}).content.decode()
    assert gmv == "158.40" and gmv in page


# --- files and jobs ----------------------------------------------------------------------------------------------------
def bring(program: Any, files: dict[str, bytes | str], key: str = "", **fields: str) -> Any:
    return upload(program, files, "/api/v1/uploads", {"Idempotency-Key": key} if key else None, **fields)


def test_a_file_is_brought_imported_and_taken_back(group: Group, asks: Client) -> None:
    program = asks(key_of(group, "operator"))
    asked = bring(program, {"订单.csv": text_of(range(700, 706), bad=1)}, store="Ours")
    assert (asked.status_code, asked.json()["state"], asked.json()["files"]) == (202, "queued", ["订单.csv"])
    work(group)
    job = program.get(f"/api/v1/jobs/{asked.json()['id']}").json()
    receipt = job["result"]["outcomes"][0]["receipts"][0]
    assert (job["state"], receipt["new"], receipt["quarantined"]) == ("done", 6, 1)
    row = program.get("/api/v1/quarantine", {"import": receipt["id"]}).json()["rows"][0]
    fixed = post(program, f"quarantine/{row['id']}/fix", {"values": {row["issues"][0]["column"]: "12.90"}})
    work(group)
    assert program.get(f"/api/v1/jobs/{fixed.json()['id']}").json()["result"]["fixed"] == 1
    assert error_of(post(program, f"quarantine/{row['id']}/ignore", {"reason": "too late"})) == (
        409,
        "quarantine_not_open",
    )
    undone = post(program, f"imports/{receipt['id']}/undo").json()["id"]
    work(group)
    assert program.get(f"/api/v1/jobs/{undone}").json()["state"] == "done"
    assert error_of(post(program, f"imports/{receipt['id']}/undo")) == (409, "import_not_done")
    assert error_of(post(program, f"jobs/{undone}/cancel")) == (409, "job_over")
    assert error_of(post(program, f"jobs/{undone}/again")) == (409, "job_not_failed")
    assert uploads_of(group) == []


def test_a_job_that_waits_is_cancelled_and_one_that_failed_says_why(group: Group, asks: Client) -> None:
    program = asks(key_of(group, "operator"))
    waiting = bring(program, {"a.csv": text_of(range(710, 712))}).json()["id"]
    assert post(program, f"jobs/{waiting}/cancel").json()["state"] == "cancelled"
    failed = bring(program, {"strange.csv": "甲,乙\n1,2\n"}).json()["id"]
    work(group)
    job = program.get(f"/api/v1/jobs/{failed}").json()
    assert (job["state"], job["error"]["code"]) == ("failed", "format_unknown")
    assert post(program, f"jobs/{failed}/again").json()["state"] == "queued"
    post(program, f"jobs/{failed}/cancel")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"store": "Theirs"}, 404, "store_unknown"),
        ({"profile": "nonsense"}, 400, "profile_unknown"),
        ({"from": "yesterday"}, 422, "parameter_bad"),
        ({"from": "2026-03-05", "to": "2026-03-01"}, 400, "period_reversed"),
        ({"colour": "red"}, 422, "parameter_bad"),
    ],
)
def test_files_of_a_refused_upload_are_gone(group: Group, asks: Client, fields: Any, status: int, code: str) -> None:
    before = uploads_of(group)
    assert error_of(bring(asks(key_of(group, "operator")), {"a.csv": "x"}, **fields)) == (status, code)
    assert uploads_of(group) == before


def test_no_file_too_large_a_file_and_no_right_to_bring_one(group: Group, asks: Client) -> None:
    from django.test import override_settings

    before = uploads_of(group)
    program = asks(key_of(group, "operator"))
    assert error_of(bring(program, {})) == (400, "upload_none")
    with override_settings(UPLOAD_LIMIT=1000):
        assert error_of(bring(program, {"a.csv": "x" * 2000})) == (413, "upload_too_large")
    only_figures = asks(key_of(group, "operator", rights=("figures",)))
    assert error_of(bring(only_figures, {"a.csv": "x"})) == (403, "right_needed")
    assert uploads_of(group) == before


# --- once --------------------------------------------------------------------------------------------------------------
def jobs_of(group: Group, role: str) -> int:
    from goldloop.apps.queue import models

    return models.Job.objects.filter(asked_by=group.people[role]).count()


def test_the_same_request_with_the_same_key_is_one(group: Group, asks: Client) -> None:
    program, before = asks(key_of(group, "finance")), jobs_of(group, "finance")
    key = {"Idempotency-Key": "retry-1"}
    first = post(program, "quarantine/retry", **key)
    again = post(program, "quarantine/retry", **key)
    assert (again.status_code, again.content) == (202, first.content)
    assert "Idempotency-Replayed" not in first and again["Idempotency-Replayed"] == "true"
    assert jobs_of(group, "finance") == before + 1
    assert error_of(post(program, "quarantine/retry", {"rows": [group.rows["Ours"]]}, **key)) == (409, "key_used")
    assert error_of(post(program, f"imports/{group.imports['Ours']}/undo", **key)) == (409, "key_used")
    assert post(asks(key_of(group, "members")), "quarantine/retry", **key).json()["id"] != first.json()["id"]
    for bad in ("", "x" * 256, "schlüssel"):
        assert error_of(post(program, "quarantine/retry", **{"Idempotency-Key": bad})) == (400, "key_bad")


def test_the_same_files_with_the_same_key_are_one_upload(group: Group, asks: Client) -> None:
    program, before = asks(key_of(group, "finance")), uploads_of(group)
    files: dict[str, bytes | str] = {"a.csv": text_of(range(720, 722))}
    first, again = (bring(program, files, "upload-1", store="Ours") for _ in range(2))
    assert first.json() == again.json() and len(uploads_of(group)) == len(before) + 1
    other = bring(program, {"a.csv": text_of(range(720, 723))}, "upload-1", store="Ours")
    assert error_of(other) == (409, "key_used") and len(uploads_of(group)) == len(before) + 1
    post(program, f"jobs/{first.json()['id']}/cancel")


def test_what_failed_changed_nothing_and_may_be_tried_again(group: Group, asks: Client) -> None:
    program, before = asks(key_of(group, "finance")), jobs_of(group, "finance")
    key, path = {"Idempotency-Key": "later"}, "quarantine/retry"
    with patch("goldloop.jobs.queue.enqueue", side_effect=RuntimeError("a crash")):
        assert error_of(post(program, path, **key)) == (500, "internal_error")
    missing = {"Idempotency-Key": "missing"}
    assert error_of(post(program, f"jobs/{NOTHING}/again", **missing)) == (404, "job_unknown")
    assert jobs_of(group, "finance") == before
    assert post(program, path, **key).status_code == 202
    assert error_of(post(program, f"jobs/{NOTHING}/again", **missing)) == (404, "job_unknown")


def test_of_32_at_once_one_works(group: Group, asks: Client) -> None:
    secret, before = key_of(group, "traffic"), jobs_of(group, "traffic")
    answers: list[Any] = []

    def ask() -> None:
        from django.db import connection

        answers.append(post(asks(secret), "quarantine/retry", **{"Idempotency-Key": "at-once"}))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(one.status_code, one.content) for one in answers} == {(202, answers[0].content)} and len(answers) == 32
    assert sum("Idempotency-Replayed" not in one for one in answers) == 1
    assert jobs_of(group, "traffic") == before + 1


def test_kept_answers_go_after_a_week(group: Group, asks: Client) -> None:
    from datetime import timedelta

    from goldloop.apps.queue import models
    from goldloop.jobs import queue

    post(asks(key_of(group, "finance")), "quarantine/retry", **{"Idempotency-Key": "old"})
    models.KeptAnswer.objects.filter(key="old").update(kept_at=datetime.now(UTC) - timedelta(days=8))
    queue.tidy(home_of(group))
    assert not models.KeptAnswer.objects.filter(key="old").exists()


# --- errors ------------------------------------------------------------------------------------------------------------
def test_every_error_has_one_form_and_the_status_that_fits(client_of: Client) -> None:
    browser = client_of("operator")
    assert error_of(browser.get("/api/v1/nothing")) == (404, "address_unknown")
    assert error_of(browser.get("/api/")) == (404, "address_unknown")
    wrong = browser.post("/api/v1/figures")
    assert error_of(wrong) == (405, "method_not_allowed") and wrong["Allow"] == "GET, HEAD"
    assert error_of(browser.get("/api/v1/figures", {"form": "2026-03-01"})) == (422, "parameter_unknown")
    assert error_of(browser.get("/api/v1/figures", {"from": "03/01/2026"})) == (422, "parameter_bad")
    assert error_of(browser.get("/api/v1/figures", {"from": "2026-02-30"})) == (400, "day_bad")
    assert error_of(browser.get("/api/v1/figures", {"where": "cup"})) == (400, "where_bad")
    assert error_of(browser.post("/api/v1/quarantine/retry", "{", content_type="application/json")) == (400, "body_bad")
    assert error_of(post(browser, "quarantine/retry", {"rows": ["one"]})) == (422, "parameter_bad")
    assert error_of(post(browser, "quarantine/retry", {"row": [1]})) == (422, "parameter_bad")
    too_large = browser.post("/api/v1/quarantine/retry", "1" * 3_000_000, content_type="application/json")
    assert error_of(too_large) == (413, "body_too_large")


def test_who_asks_too_fast_is_told_to_wait(client_of: Client) -> None:
    from goldloop.web.api.operations import pace

    with patch.object(pace, "most", 0):
        answer = client_of("operator").get("/api/v1/stores")
    assert error_of(answer) == (429, "too_fast") and 1 <= int(answer["Retry-After"]) <= 60


# --- the document ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_document_describes_every_operation(client_of: Client, lang: str) -> None:
    said = client_of("operator").get("/api/v1/openapi.json", headers={"accept-language": lang}).json()
    found = {(path, method.upper()): one for path, methods in said["paths"].items() for method, one in methods.items()}
    wanted = {
        (f"/{r.path}".replace("<int:", "{").replace(">", "}"), r.methods[0]) for r in API if r.name != "api_document"
    }
    assert set(found) == wanted and all(route.right != PUBLIC for route in API)
    for (_, method), one in found.items():
        assert {"400", "401", "403", "404", "422", "429"} <= set(one["responses"])
        assert all(parameter["description"] for parameter in one["parameters"])
        assert (method == "POST") == ("Idempotency-Key" in [parameter["name"] for parameter in one["parameters"]])
    assert ("指标" in str(found["/api/v1/figures", "GET"])) == (lang == "zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_lists_every_operation_from_our_own_host(client_of: Client, lang: str) -> None:
    answer = client_of("operator").get("/settings/api", headers={"accept-language": lang})
    page = answer.content.decode()
    assert page.count("<code>GET /api/v1/") + page.count("<code>POST /api/v1/") == len(API) - 1
    assert "'unsafe" not in answer["Content-Security-Policy"] and "//cdn" not in page


def test_the_button_of_a_language_keeps_it_with_the_account(client_of: Client, group: Group) -> None:
    from goldloop.apps.shops import models

    browser, user = client_of("members"), models.User.objects.get(pk=group.people["members"])
    browser.post("/language", {"lang": "zh", "next": "/"})
    user.refresh_from_db()
    assert user.language == "zh"
    browser.post("/language", {"lang": "xx"})
    user.refresh_from_db()
    assert user.language == "zh" and set(ROLES)
