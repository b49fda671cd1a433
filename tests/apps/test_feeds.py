"""Claims, finished imports and their version, undo, quarantine and remembered fixes."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.core.viewer import Viewer
from goldloop.home import Home

NOW = datetime(2026, 10, 2, 8, 0, tzinfo=UTC)
ALL = Viewer(frozenset({1, 2}))


@pytest.fixture
def api(home: Home):
    from goldloop.apps.feeds import api
    from goldloop.apps.shops import api as shops

    shops.store_add(name="A", platform="tmall")
    shops.store_add(name="B", platform="tmall")
    return api


def claim(api, **changed: Any):
    key = {"content_hash": "c1", "member": "", "sheet": "", "store": 1, "profile": "p", "period": ""} | changed
    return api.import_claim(**key, file_name="a.csv", file_size=3, moment=NOW)


def receipt(api, id: int, **changed: Any):
    made = api.Receipt(
        id=id, file="a.csv", member="", sheet="", store="A", profile="p", confidence=1.0, period="",
        read=10, new=4, updated=1, unchanged=2, quarantined=1, dropped={"total": 2},
        facts={"orders": {"new": 4, "updated": 1, "unchanged": 2}},
    )  # fmt: skip
    return replace(made, **changed)


def kept(api, row: int, content: str = "h") -> Any:
    return api.RowToKeep(row=row, issues=[{"column": "价格", "code": "bad_number"}], sealed=b"x", content_hash=content)


def finish(api, id: int, **changed: Any) -> Any:
    rows = changed.pop("rows", [kept(api, 7)])
    solved = changed.pop("solved", ())
    base = api.version_current()
    return api.import_finish(
        receipt=receipt(api, id, **changed),
        base=base,
        versions={**base.versions, "facts/orders": base.id + 1},
        settings={"all": "x"},
        rows=rows,
        moment=NOW,
        solved=solved,
    )


def test_a_claim_is_one_receipt_however_often_it_is_made(api) -> None:
    first = claim(api)
    assert first.done is None
    assert claim(api).id == first.id  # taken over: whoever held it is dead, or the file lock would still be held
    finish(api, first.id)
    again = claim(api)
    assert again.id == first.id
    assert again.done.repeated
    assert (again.done.new, again.done.updated, again.done.unchanged, again.done.quarantined) == (0, 0, 7, 1)
    assert again.done.closes
    assert again.done.facts == {"orders": {"new": 0, "updated": 0, "unchanged": 7}}


@pytest.mark.parametrize(
    "changed",
    [
        {"content_hash": "c2"},
        {"member": "m"},
        {"sheet": "s"},
        {"store": 2},
        {"profile": "q"},
        {"period": "2026-10-01..2026-10-01"},
    ],
)
def test_every_part_of_the_key_makes_another_claim(api, changed: dict[str, Any]) -> None:
    assert claim(api).id != claim(api, **changed).id


def test_the_database_itself_refuses_a_second_claim(api) -> None:
    from django.db import IntegrityError

    from goldloop.apps.feeds.models import Import

    claim(api)
    row = Import.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


def test_finishing_publishes_receipt_version_and_rows_together(api) -> None:
    made = finish(api, claim(api).id)
    assert api.import_list(viewer=ALL, states=["done"]) == [replace(made, started_at=NOW)]
    now = api.version_current()
    assert (now.id, now.versions, now.settings) == (1, {"facts/orders": 1}, {"all": "x"}) and now.made_at is not None
    assert [(r.row, r.state) for r in api.quarantine_list(viewer=ALL)] == [(7, "open")]


def test_counts_that_do_not_add_up_publish_nothing(api) -> None:
    id = claim(api).id
    with pytest.raises(WorkFailed, match="do not add up"):
        finish(api, id, read=11)
    assert api.version_current().id == 0
    assert api.import_list(viewer=ALL, states=["done"]) == []


def test_a_version_that_moved_publishes_nothing(api) -> None:
    first, second = claim(api).id, claim(api, sheet="s").id
    base = api.version_current()
    finish(api, first)
    with pytest.raises(WorkFailed) as caught:
        api.import_finish(receipt=receipt(api, second), base=base, versions={}, settings={}, rows=[], moment=NOW)
    assert caught.value.code == "version_moved"
    assert [r.id for r in api.import_list(viewer=ALL, states=["done"])] == [first]


def test_where_imports_came_from_takes_one_query(api) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ids = [claim(api, sheet=str(n)).id for n in range(30)]
    with CaptureQueriesContext(connection) as queries:
        assert [source.id for source in api.import_sources(ids=[*reversed(ids), ids[0]])] == ids
    assert len(queries) == 1
    with pytest.raises(GoldloopError, match="no import 99"):
        api.import_sources(ids=[1, 99])


def test_a_killed_transaction_leaves_the_claim_open(api, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.apps.feeds import services

    id = claim(api).id
    monkeypatch.setattr(services, "_quarantine_add", lambda **_: (_ for _ in ()).throw(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        finish(api, id)
    assert api.version_current().id == 0
    assert [r.state for r in api.import_list(viewer=ALL)] == ["reading"]


def test_an_undone_import_frees_its_claim_and_hides_its_rows(api) -> None:
    id = claim(api).id
    finish(api, id)
    api.import_undo(ids=[id], base=api.version_current(), versions={"facts/orders": 2}, settings={}, moment=NOW)
    assert api.quarantine_list(viewer=ALL) == []
    assert api.version_current().versions == {"facts/orders": 2}
    assert claim(api).id != id


def test_a_refused_claim_may_be_tried_again(api) -> None:
    id = claim(api).id
    api.import_refuse(id=id, error={"code": "period_needed"})
    assert [r.state for r in api.import_list(viewer=ALL)] == ["refused"]
    again = claim(api)
    assert (again.id, again.done) == (id, None)


def test_a_fixed_row_belongs_to_a_child_and_opens_again_with_its_undo(api) -> None:
    id = claim(api).id
    finish(api, id)
    row = api.quarantine_list(viewer=ALL)[0]
    child = api.child_claim(parent=id, moment=NOW)
    finish(
        api,
        child,
        read=1,
        new=1,
        updated=0,
        unchanged=0,
        quarantined=0,
        dropped={},
        rows=[],
        solved=[row.id],
        parent=id,
    )
    assert api.quarantine_list(viewer=ALL) == []
    assert [r.id for r in api.import_children(viewer=ALL, id=id)] == [child]
    repeated = claim(api).done
    assert (repeated.quarantined, repeated.unchanged) == (0, 8)
    api.import_undo(ids=[child], base=api.version_current(), versions={}, settings={}, moment=NOW)
    assert [r.id for r in api.quarantine_list(viewer=ALL)] == [row.id]


def test_a_child_of_a_killed_process_is_replaced(api) -> None:
    id = claim(api).id
    finish(api, id)
    first = api.child_claim(parent=id, moment=NOW)
    second = api.child_claim(parent=id, moment=NOW)
    assert first != second
    assert [r.id for r in api.import_children(viewer=ALL, id=id)] == [second]


def test_what_was_ignored_once_is_ignored_in_later_files(api) -> None:
    id = claim(api).id
    finish(api, id, rows=[kept(api, 7, "same")])
    assert api.quarantine_ignore(ids=[api.quarantine_list(viewer=ALL)[0].id], reason="test order") == 1
    other = claim(api, content_hash="c2").id
    finish(api, other, quarantined=2, unchanged=1, rows=[kept(api, 3, "same"), kept(api, 4, "other")])
    assert [(r.row, r.receipt.id) for r in api.quarantine_list(viewer=ALL)] == [(4, other)]
    assert [r.reason for r in api.quarantine_list(viewer=ALL, states=["ignored"])] == ["test order", "test order"]


def test_any_number_of_rows_is_ignored_or_fixed(api) -> None:
    """SQLite takes a limited number of values in one statement."""
    from django.db import connection

    connection.ensure_connection()
    connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
    finish(api, claim(api).id)
    row, others = api.quarantine_list(viewer=ALL)[0].id, range(1000, 3000)
    assert api.quarantine_ignore(ids=[row, *others], reason="test order") == 1
    finish(api, api.child_claim(parent=1, moment=NOW), rows=[], solved=[row, *others])
    assert [one.state for one in api.quarantine_list(viewer=ALL, states=())] == ["fixed"]


def test_a_newer_fix_replaces_the_older(api) -> None:
    api.fix_add(store=1, fixes={("h", "价格"): b"1", ("h", "数量"): b"2"})
    api.fix_add(store=1, fixes={("h", "价格"): b"3"})
    assert sorted(api.fix_list()) == [("h", "价格", b"3"), ("h", "数量", b"2")]


def test_a_fix_is_of_one_store(api) -> None:
    api.fix_add(store=1, fixes={("h", "价格"): b"1"})
    api.fix_add(store=2, fixes={("h", "价格"): b"2"})
    assert api.fix_list(store=1) == [("h", "价格", b"1")]
    assert api.fix_list(store=2) == [("h", "价格", b"2")]
    assert len(api.fix_list()) == 2


def test_fixes_of_an_older_program_go_on_for_the_stores_of_their_rows(api) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    finish(api, claim(api).id, rows=[kept(api, 7, "in A")])
    for content, store in (("in both", 1), ("in both", 2)):
        finish(api, claim(api, content_hash=f"c{store}{content}", store=store).id, rows=[kept(api, 3, content)])
    executor = MigrationExecutor(connection)
    executor.migrate([("feeds", "0003_people")])
    with connection.cursor() as cursor:
        for content in ("in A", "in both", "of a removed file"):
            cursor.execute(
                "INSERT INTO feeds_fix (content_hash, \"column\", sealed) VALUES (%s, 'x', %s)", [content, b"1"]
            )
    executor.loader.build_graph()
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] == "feeds"])
    assert api.fix_list(store=1) == [("in A", "x", b"1"), ("in both", "x", b"1")]
    assert api.fix_list(store=2) == [("in both", "x", b"1")]


def test_listing_takes_as_many_queries_for_many_rows_as_for_one(api) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    finish(api, claim(api).id, rows=[kept(api, row) for row in range(300)])
    with CaptureQueriesContext(connection) as queries:
        rows = api.quarantine_list(viewer=ALL)
    assert len(rows) == 300
    assert len(queries) == 3  # rows, their imports, their stores
    assert len({id(row.receipt) for row in rows}) == 1  # a receipt with many notes is not held once per row


def test_a_file_is_needed_while_an_import_rests_on_it(api) -> None:
    id = claim(api).id
    assert api.source_needed(content_hash="c1")
    api.import_refuse(id=id, error={})
    assert not api.source_needed(content_hash="c1")
