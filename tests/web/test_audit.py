"""The audit log: nothing unsafe goes by unwritten, no line can be changed unseen, and writers never fork the chain (SEC-17)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from tests.web.conftest import PASSWORD, Group
from tests.web.test_access import NOTHING, address, guards_only  # noqa: F401  (a fixture)

from goldloop.web.routes import PUBLIC, ROUTES

NOW = datetime(2026, 3, 5, tzinfo=UTC)
KEY = b"k" * 32


def lines() -> list[Any]:
    from goldloop.apps.shops import api

    return list(api.audit_lines())


@pytest.fixture
def with_all_lines(guards_only: None) -> Any:  # noqa: F811
    """Views stubbed, lines kept in memory: what is tried is that there is one for each request."""
    kept: list[Any] = []
    with patch("goldloop.jobs.auditing.write", lambda home, line: kept.append(line)):
        yield kept


@pytest.mark.parametrize("role", ["", "orders", "group owner"])
def test_every_unsafe_request_leaves_a_line(client_of: Any, with_all_lines: list[Any], role: str) -> None:
    browser, name = client_of(role), {"": "", "orders": "the orders", "group owner": "owner"}[role]
    for route in ROUTES:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with_all_lines.clear()
            browser.generic(method, address(route))
            assert [(line.route, line.actor_name) for line in with_all_lines] == [(route.name, name)], (route, method)
            (line,) = with_all_lines
            if not role and route.right != PUBLIC:
                assert line.result == "refused"
            assert line.request_id and line.address == "127.0.0.1"


def test_every_download_leaves_a_line_and_other_looks_do_not(client_of: Any, with_all_lines: list[Any]) -> None:
    browser = client_of("owner")
    for route in ROUTES:
        if "GET" in route.methods:
            with_all_lines.clear()
            browser.get(address(route))
            wanted = (
                ["export"]
                if route.right == "export"
                else ["refused"]
                if route.right in ("people", "merge", "audit", "back_office")
                else []
            )
            assert [line.action for line in with_all_lines] == wanted, route


def test_requests_without_a_token_leave_a_line(client_of: Any) -> None:
    client_of("operator", csrf=True).post("/settings/preferences")
    assert (lines()[0].route, lines()[0].result) == ("preferences", "refused")


def test_log_in_log_out_and_failures_are_written_without_passwords(client_of: Any) -> None:
    browser = client_of()
    browser.post("/log-in", {"login": "the finance", "password": "Sesame-canary"})
    browser.post("/log-in", {"login": "Sesame-canary", "password": "x"})  # typed into the wrong field
    browser.post("/log-in", {"login": "the finance", "password": PASSWORD})
    browser.post("/log-out")
    out, into, wrong_field, wrong = lines()[:4]
    assert (wrong.action, wrong.result, wrong.target, wrong.actor) == ("log_in", "refused", "the finance", None)
    assert (wrong_field.result, wrong_field.target) == ("refused", "")
    assert (into.action, into.result, into.actor_name) == ("log_in", "done", "the finance")
    assert (out.action, out.result, out.actor_name) == ("log_out", "done", "the finance")
    assert all("canary" not in str(vars(line)) for line in lines())


def test_one_time_links_and_keys_are_not_written_down(client_of: Any, group: Group) -> None:
    import re

    owner = client_of("group owner")
    page = owner.post("/settings/people/invite", {"name": "somebody", "role": "analyst", "where": "everything"})
    secret = re.search(r"/welcome/([\w-]{20,})", page.content.decode())[1]
    client_of().get(f"/welcome/{secret}")
    made = owner.post("/settings/keys", {"name": "n", "rights": ["figures"], "days": "5"}).content.decode()
    key = re.search(r"gl_[\w-]{20,}", made)[0]
    assert all(secret not in str(vars(line)) and key not in str(vars(line)) for line in lines())
    assert {(line.action, line.target) for line in lines()[:2]} >= {("people", "somebody")}


def test_a_line_that_cannot_be_written_fails_the_request(client_of: Any) -> None:
    with patch("goldloop.jobs.auditing.write", side_effect=OSError("disk")):
        assert client_of("operator").post("/settings/preferences", {}).status_code == 500


def test_the_page_shows_the_lines_and_checks_them(client_of: Any, group: Group) -> None:
    owner = client_of("group owner")
    owner.post("/settings/preferences", {"language": "en"})
    page = owner.get("/settings/audit").content.decode()
    assert "preferences" in page and "127.0.0.1" in page
    assert "as they were written" in owner.get("/settings/audit/check").content.decode()
    assert client_of("admin").get("/settings/audit").status_code == 403  # hers is one store only


# --- the chain ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def log(group: Group) -> Any:
    """The door of the log, with a chain of its own that is put back afterwards."""
    from django.db import transaction

    from goldloop.apps.shops import api, models

    with transaction.atomic():
        _without_guard(lambda: models.AuditEntry.objects.all().delete())
        models.AuditHead.objects.update(number=0, seal="")
        for n in range(6):
            api.audit_add(
                key=KEY, line=api.Line(moment=NOW, action="change", result="done", actor=n, target=f"thing {n}")
            )
        yield api
        transaction.set_rollback(True)


def _without_guard(work: Any) -> None:
    """What somebody does who owns the database file: the triggers go first."""
    from django.db import connection

    with connection.cursor() as cursor:
        names = [f"shops_audit_no_{act}" for act in ("update", "delete")]
        said = [row[0] for row in cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()]
        for name in names:
            cursor.execute(f"DROP TRIGGER {name}")
        work()
        for sql in said:
            cursor.execute(sql)


FIELDS = {
    "moment": NOW.replace(hour=1), "actor": 99, "actor_name": "x", "action": "x", "route": "x", "target": "x",
    "stores": [9], "request_id": "x", "address": "x", "result": "x", "detail": {"a": 1}, "seal": "0" * 64,
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("number", [1, 4, 6])
def test_a_change_of_any_field_of_any_line_is_seen(log: Any, field: str, number: int) -> None:
    from goldloop.apps.shops import models

    _without_guard(lambda: models.AuditEntry.objects.filter(number=number).update(**{field: FIELDS[field]}))
    _, broken = log.audit_verify(key=KEY)
    assert number in {one.number for one in broken}


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_line_that_is_gone_is_seen(log: Any, number: int) -> None:
    from goldloop.apps.shops import models

    _without_guard(lambda: models.AuditEntry.objects.filter(number=number).delete())
    count, broken = log.audit_verify(key=KEY)
    assert (count, [(one.number, one.what) for one in broken]) == (6, [(number, "missing")])


def test_a_chain_made_anew_without_the_key_is_seen(log: Any) -> None:
    from goldloop.apps.shops import models

    _without_guard(lambda: models.AuditEntry.objects.all().delete())
    models.AuditHead.objects.update(number=0, seal="")
    log.audit_add(key=b"x" * 32, line=log.Line(moment=NOW, action="change", result="done"))
    _, broken = log.audit_verify(key=KEY)
    assert [one.what for one in broken] == ["changed"]


def test_an_untouched_chain_is_whole(log: Any) -> None:
    assert log.audit_verify(key=KEY) == (6, [])


def test_neither_the_program_nor_plain_sql_can_change_a_line(log: Any) -> None:
    from django.db import DatabaseError, connection, transaction

    from goldloop.apps.shops import models

    line = models.AuditEntry.objects.first()
    for refused in (line.save, line.delete):
        with pytest.raises(TypeError):
            refused()
    for sql in ("UPDATE shops_auditentry SET action = 'x'", "DELETE FROM shops_auditentry"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        models.AuditEntry.objects.filter(number=1).update(action="x")
    assert log.audit_verify(key=KEY) == (6, [])


def test_eight_writers_at_once_make_one_chain(group: Group) -> None:
    from django.db import connection

    from goldloop.apps.shops import api
    from goldloop.jobs import auditing
    from goldloop.web.shops import whole_shop

    home, each = whole_shop().home, 5
    before, _ = auditing.verify(home)

    def write(n: int) -> None:
        for i in range(each):
            auditing.write(home, api.Line(moment=NOW, action="change", result="done", actor=n, target=str(i)))
        connection.close()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert auditing.verify(home) == (before + 8 * each, [])
