"""The data page: imports, one import and its undo, feeds, jobs, first steps and the demo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import Group
from tests.web.working import home_of, imported, job_of, text_of, work

Client = Callable[..., Any]


@pytest.fixture
def browser(client_of: Client) -> Any:
    return client_of("operator")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_the_readers_imports_and_feeds_only(group: Group, browser: Any, lang: str) -> None:
    browser.cookies["lang"] = lang
    page = browser.get("/data").content.decode()
    assert "Ours.csv" in page and "Theirs" not in page
    assert f"/data/imports/{group.imports['Ours']}" in page
    assert 'name="days"' in page and 'type="file"' in page


def test_lists_do_not_ask_the_database_more_often_when_they_grow(group: Group, browser: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get("/data")
        return len(queries)

    before = asked()
    for number in range(3):
        imported(browser, group, {f"n{number}.csv": text_of(range(1000 + number, 1002 + number))})
    assert asked() <= before + 1


def test_long_lists_come_a_page_at_a_time(group: Group, browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.web import data

    monkeypatch.setattr(data, "PAGE", 2)
    first = browser.get("/data").content.decode()
    assert "page=2" in first and first.count("/data/imports/") <= 4
    second = browser.get("/data?page=2").content.decode()
    assert "page=1" in second
    assert browser.get("/data?page=0;drop").status_code == 200


def test_a_list_narrowed_to_anothers_store_is_as_if_there_were_none(group: Group, browser: Any) -> None:
    answers = [browser.get(f"/data?store={id}") for id in (group.stores["Theirs"], 999_999)]
    assert [one.status_code for one in answers] == [404, 404]
    assert browser.get(f"/data?store={group.stores['Ours']}").status_code == 200


def test_one_import_and_taking_it_back(group: Group, browser: Any) -> None:
    receipt = imported(browser, group, {"back.csv": text_of(range(2000, 2005))})["outcomes"][0]["receipts"][0]
    page = browser.get(f"/data/imports/{receipt['id']}").content.decode()
    assert "back.csv" in page and f"/data/imports/{receipt['id']}/undo" in page
    asked = browser.post(f"/data/imports/{receipt['id']}/undo")
    work(group)
    assert job_of(asked.url).state == "done" and browser.get(asked.url).status_code == 200
    assert "/undo" not in browser.get(f"/data/imports/{receipt['id']}").content.decode()
    assert browser.post(f"/data/imports/{receipt['id']}/undo").status_code == 409


@pytest.mark.parametrize("path", ["/data/imports/{}", "/data/quarantine?import={}"])
def test_anothers_import_is_like_none(group: Group, browser: Any, path: str) -> None:
    theirs, missing = (browser.get(path.format(id)) for id in (group.imports["Theirs"], 999_999))
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert b"Theirs" not in theirs.content
    assert browser.post(f"/data/imports/{group.imports['Theirs']}/undo").status_code == 404


def test_a_rhythm_is_declared_for_ones_own_feeds(group: Group, browser: Any) -> None:
    own = {"store": str(group.stores["Ours"]), "profile": "mini", "days": "7"}
    assert browser.post("/data/rhythm", own).status_code == 302
    assert 'value="7"' in browser.get("/data").content.decode()
    assert browser.post("/data/rhythm", {**own, "days": ""}).status_code == 302
    assert 'value="7"' not in browser.get("/data").content.decode()
    for wrong in (
        {"store": str(group.stores["Theirs"])},
        {"store": "x"},
        {"profile": "nothing"},
        {"days": "-1"},
        {"days": "9999"},
    ):
        assert browser.post("/data/rhythm", {**own, **wrong}).status_code in (400, 404)


def test_jobs_are_ones_own(group: Group, client_of: Client) -> None:
    from goldloop.jobs import queue

    mine = queue.enqueue("retry", {"rows": []}, user=group.people["operator"])
    assert f"/data/jobs/{mine.id}" in client_of("operator").get("/data/jobs").content.decode()
    assert f"/data/jobs/{mine.id}" not in client_of("finance").get("/data/jobs").content.decode()
    assert client_of("finance").get(f"/data/jobs/{mine.id}").status_code == 404
    assert client_of("operator").post(f"/data/jobs/{mine.id}/cancel").status_code == 302
    page = client_of("operator").get(f"/data/jobs/{mine.id}").content.decode()
    assert "/again" not in page  # rows are tried again from their own page
    assert client_of("operator").post(f"/data/jobs/{mine.id}/cancel").status_code == 409


def test_a_page_that_waits_is_told_when_the_job_is_over(group: Group, browser: Any) -> None:
    from goldloop.jobs import queue

    job = queue.enqueue("retry", {"rows": []}, user=group.people["operator"])
    part = browser.get(f"/data/jobs/{job.id}", headers={"HX-Request": "true"})
    assert b'id="progress"' in part.content and b"<html" not in part.content
    work(group)
    assert browser.get(f"/data/jobs/{job.id}", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_rights_that_were_taken_away_before_the_job_ran_count(group: Group, browser: Any) -> None:
    from goldloop.apps.shops import models
    from goldloop.jobs import queue

    job = queue.enqueue("undo", {"import": group.imports["Ours"]}, user=group.people["members"])
    models.Grant.objects.filter(user_id=group.people["members"]).delete()
    work(group)
    assert job_of(f"/jobs/{job.id}").error["code"] == "import_unknown"


def test_the_demo_needs_an_empty_home_and_the_whole_group(group: Group, client_of: Client) -> None:
    assert client_of("operator").post("/data/demo").status_code == 403
    assert client_of("group owner").post("/data/demo").status_code == 400
    assert b"demo_home_used" in client_of("group owner").post("/data/demo").content
    ended = client_of("group owner").post("/data/demo/end").url
    work(group)
    assert job_of(ended).error["code"] == "demo_not_here"


def test_leaving_the_demo_empties_the_home_but_for_its_people(group: Group, client_of: Client) -> None:
    """Last of this file: nothing is left afterwards."""
    import json

    from goldloop.apps.shops import api as shops
    from goldloop.jobs.demo import MARK

    home, browser = home_of(group), client_of("group owner")
    mark = home.root / MARK
    mark.write_text(json.dumps({"size": "small", "seed": 1, "last_day": "2026-03-31", "stores": ["Ours"]}), "utf-8")
    assert "demo" in browser.get("/data").content.decode()
    refused = browser.post("/data/demo/end").url
    work(group)
    assert job_of(refused).error["code"] == "demo_home_used"  # a store of somebody's own stands beside it
    mark.write_text(json.dumps({"size": "small", "seed": 1, "last_day": "2026-03-31", "stores": [s.name for s in shops.store_list()]}), "utf-8")  # fmt: skip
    ended = browser.post("/data/demo/end").url
    work(group)
    assert job_of(ended).state == "done" and not mark.exists() and shops.store_list() == []
    for path in ("/", "/data"):
        page = browser.get(path).content.decode()
        assert 'name="store_name"' in page and "/data/demo" in page and page.count('class="primary"') == 1
