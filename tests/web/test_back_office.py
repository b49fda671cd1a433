"""The back office: admins only, nothing secret or personal, nothing changed but what its page says, every change written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from tests.web.conftest import PHONE, Group
from tests.web.test_access import MAY, outcome

Client = Callable[..., Any]


def addresses(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Every address below /back-office/ with its parts filled in."""
    from django.urls import get_resolver

    for one in get_resolver("goldloop.web.urls").url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from addresses(one.url_patterns, path)
        elif path.startswith("/back-office/"):
            plain = re.sub(r"<path:\w+>", "1", re.sub(r"\(\?P<\w+>.*\)\$?$", "shops/", path.replace("^", "")))
            yield re.sub(r"<int:\w+>", "1", plain)


@pytest.mark.parametrize("role", ["", "admin"])
def test_nobody_without_the_right_gets_anywhere(client_of: Client, role: str) -> None:
    """Of one store's admins, too: the right reaches the whole group."""
    from django.http import HttpResponse

    browser = client_of(role)
    no_lines = patch("goldloop.jobs.auditing.write", lambda home, line: 0)
    with no_lines, patch("goldloop.web.errors.not_yours", lambda request: HttpResponse(status=403)):
        found = {path: {outcome(browser.generic(method, path)) for method in ("GET", "POST")} for path in addresses()}
    assert len(found) > 60
    assert {path: seen for path, seen in found.items() if seen != {"refused" if role else "log_in"}} == {}


def test_the_owner_of_the_group_sees_every_table_and_every_record(client_of: Client, group: Group) -> None:
    from goldloop.web.back_office import TABLES

    browser = client_of("group owner")
    browser.post("/data/imports/1/undo")  # a job
    first = browser.get("/back-office/")
    assert first.status_code == 200 and first["Content-Security-Policy"].startswith("default-src 'self'")
    seen = 0
    for table in TABLES:
        label, model = table.model.lower().split(".")
        page = browser.get(f"/back-office/{label}/{model}/")
        assert page.status_code == 200, table
        text = page.content.decode()
        for link in dict.fromkeys(re.findall(rf"/back-office/{label}/{model}/[^/\"?]+/change/", text)):
            record = browser.get(link)
            assert record.status_code == 200, link
            text += record.content.decode()
            seen += 1
        assert PHONE not in text and "pbkdf2" not in text and "md5$" not in text, table
        assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//(?!localhost)""", text), table
    assert seen > 20
    assert MAY["group owner"] >= {"back_office"}


def test_nothing_is_added_changed_or_deleted(client_of: Client, group: Group) -> None:
    from goldloop.apps.shops import models

    browser, before = client_of("group owner"), list(models.Store.objects.values())
    for path in ("shops/store/add/", "shops/store/1/change/", "shops/store/1/delete/", "feeds/import/1/delete/"):
        assert browser.post(f"/back-office/{path}", {"name": "Mine now", "post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": "1", "post": "yes"}
    browser.post("/back-office/shops/store/", action)
    assert list(models.Store.objects.values()) == before


def test_who_is_locked_out_is_let_in_again_and_the_log_says_by_whom(client_of: Client, group: Group) -> None:
    from axes.models import AccessAttempt

    from goldloop.apps.shops import api

    made = AccessAttempt.objects.create(username="the analyst", ip_address="10.1.2.3", failures_since_start=5)
    browser = client_of("group owner")
    assert browser.post(f"/back-office/axes/accessattempt/{made.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not AccessAttempt.objects.exists()
    line = api.audit_lines()[0]
    assert (line.actor_name, line.action, line.target) == ("owner", "change", f"axes.AccessAttempt {made.pk}")
    assert line.route == "axes_accessattempt_delete"


def test_anybodys_job_is_ended_and_tried_again(client_of: Client, group: Group) -> None:
    from goldloop.apps.queue import models
    from goldloop.apps.shops import api
    from goldloop.jobs import queue

    job = queue.enqueue("retry", {"rows": []}, user=group.people["operator"])
    browser = client_of("group owner")
    for action, state in (("cancel", "cancelled"), ("again", "queued"), ("again", "queued")):
        browser.post("/back-office/queue/job/", {"action": action, "_selected_action": str(job.id)})
        assert models.Job.objects.get(pk=job.id).state == state
        assert api.audit_lines()[0].target == f"jobs {job.id}"


@pytest.mark.parametrize(("path", "to"), [("login/", "/back-office/"), ("password_change/", "/settings/password")])
def test_log_in_and_password_are_those_of_the_pages(client_of: Client, path: str, to: str) -> None:
    assert client_of("group owner").get(f"/back-office/{path}")["Location"] == to


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_and_subjects_have_names_in_the_readers_language(client_of: Client, group: Group, lang: str) -> None:
    from goldloop.web.back_office import TABLES
    from goldloop.web.words import word

    browser = client_of("group owner")
    browser.cookies["lang"] = lang
    for table in TABLES:
        for path in f"{table.listed} {table.further}".split():
            word(f"back_office.column_{path.partition('__')[0].removesuffix('_id')}", lang)
    page = browser.get("/back-office/feeds/import/").content.decode()
    for name in ("column_started_at", "column_quarantined", "of_feeds"):
        said = word(f"back_office.{name}", lang)
        assert said[:1].upper() + said[1:] in page
    for raw in ("Store name", ">Feeds<", *(["Started at", "By state"] if lang == "zh" else [])):
        assert raw not in page


def test_no_word_of_the_library_is_left_in_english(client_of: Client, group: Group) -> None:
    from goldloop.web.back_office import TABLES

    browser, left = client_of("group owner"), set()
    browser.cookies["lang"] = "zh"
    for table in TABLES:
        page = browser.get(f"/back-office/{table.model.lower().replace('.', '/')}/").content.decode()
        shown = re.sub(r"(?s)<(script|style|svg|template|code|table)\b.*?</\1>|<[^>]+>", "\n", page)
        left |= {line.strip() for line in shown.splitlines() if re.match(r"\s*[A-Z][a-z]{2,}\b", line)}
        left |= set(re.findall(r'(?:placeholder|title|aria-label)="([A-Z][a-z]+[^"<>{}]*)"', page))
    assert left == set()
