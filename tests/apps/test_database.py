"""The first migrations are the models, on SQLite and on PostgreSQL; settings stop on a bad value."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home
from tests.apps.members import decisions_hold
from tests.apps.points import balances_hold, first_burns_hold, referrals_hold
from tests.apps.waves import budgets_hold, sums_are_kept_as_they_are
from tests.postgresql import server

from goldloop import home as homes
from goldloop import settings
from goldloop.core.errors import GoldloopError
from goldloop.home import Home


def test_migrations_say_what_the_models_say(home: Home) -> None:
    from django.core.management import call_command

    call_command(
        "makemigrations",
        "actions",
        "calendar",
        "campaigns",
        "feeds",
        "loyalty",
        "members",
        "planning",
        "queue",
        "shops",
        "watch",
        check=True,
        dry_run=True,
        stdout=StringIO(),
    )


def test_sqlite_waits_and_survives(home: Home) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)


def test_two_homes_take_turns(home: Home, tmp_path: Path) -> None:
    from goldloop.apps.shops import api

    api.store_add(name="A", platform="tmall")
    other = fresh_home(tmp_path / "other")
    assert api.store_list() == []
    homes.connect(home)
    assert [store.name for store in api.store_list()] == ["A"]
    homes.connect(other)
    assert api.store_list() == []


@pytest.fixture(scope="module")
def postgresql_url():
    with server() as address:
        yield address


def test_postgresql_holds_the_same_tables(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDLOOP_DATABASE_URL", postgresql_url)
    monkeypatch.delenv("GOLDLOOP_HOME", raising=False)
    homes.create(tmp_path / "home")
    from django.db import IntegrityError, connection

    from goldloop.apps.feeds import api as feeds
    from goldloop.apps.feeds.models import Import
    from goldloop.apps.shops import api as shops

    assert connection.vendor == "postgresql"
    homes.find(tmp_path / "home")
    shops.store_add(name="A", platform="tmall")
    assert len(shops.exclusion_list()) > 0
    key = {"content_hash": "c", "member": "", "sheet": "", "store": 1, "profile": "p", "period": ""}
    moment = datetime(2026, 10, 2, tzinfo=UTC)
    claim = feeds.import_claim(**key, file_name="a.csv", file_size=1, moment=moment)
    assert feeds.import_claim(**key, file_name="b.csv", file_size=1, moment=moment).id == claim.id
    row = Import.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)
    feeds.fix_add(store=1, fixes={("h", "价格"): b"1"})
    feeds.fix_add(store=1, fixes={("h", "价格"): b"2"})
    assert feeds.fix_list() == [("h", "价格", b"2")]
    _the_audit_log_holds(shops)
    budgets_hold()
    sums_are_kept_as_they_are()
    decisions_hold()
    balances_hold()
    referrals_hold()
    first_burns_hold()
    connection.close()


def _the_audit_log_holds(shops: Any) -> None:
    """Four writers at once make one chain, and no statement changes it."""
    from django.db import DatabaseError, connection, transaction

    def write() -> None:
        for n in range(5):
            shops.audit_add(
                key=b"k", line=shops.Line(moment=datetime(2026, 10, 2, tzinfo=UTC), action="x", result=str(n))
            )
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    for sql in (
        "UPDATE shops_auditentry SET action = 'y'",
        "DELETE FROM shops_auditentry",
        "TRUNCATE shops_auditentry",
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert shops.audit_verify(key=b"k") == (20, [])


def test_the_environment_says_where_everything_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDLOOP_HOME", str(tmp_path / "env"))
    monkeypatch.setenv("GOLDLOOP_LAKE", str(tmp_path / "water"))
    monkeypatch.setenv("GOLDLOOP_DATABASE_URL", "postgresql://ann:s%40crit@db.example:5433/shop?sslmode=require")
    found = settings.read()
    assert (found.home, found.lake, found.engine) == (tmp_path / "env", tmp_path / "water", "duckdb")
    assert found.database["PASSWORD"] == "s@crit"
    assert (found.database["HOST"], found.database["PORT"], found.database["NAME"]) == ("db.example", "5433", "shop")
    assert found.database["OPTIONS"] == {"sslmode": "require"}
    assert settings.read(tmp_path / "said").home == tmp_path / "said"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOLDLOOP_ENGINE", "oracle"),
        ("GOLDLOOP_ENGINE", "local"),
        ("GOLDLOOP_ENGINE", "spark://"),
        ("GOLDLOOP_LAKE", "gs://bucket/lake"),
        ("GOLDLOOP_LAKE", "s3://bucket"),
        ("GOLDLOOP_LAKE", "s3://bucket/../lake"),
        ("GOLDLOOP_LAKE", "s3://BUCKET/lake"),
        ("GOLDLOOP_DATABASE_URL", "mysql://localhost/x"),
        ("GOLDLOOP_DATABASE_URL", "postgresql://localhost"),
        ("GOLDLOOP_DATABASE_URL", "postgresql://localhost:port/x"),
        ("GOLDLOOP_DATABASE_URL", "sqlite:///"),
    ],
)
def test_a_bad_setting_stops(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(GoldloopError) as caught:
        settings.read()
    assert caught.value.code == "setting_bad"
    assert caught.value.params["name"] == name


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDLOOP_DATABASE_URL", "postgresql://ann:topsecret@db.example")
    with pytest.raises(GoldloopError) as caught:
        settings.read()
    assert "topsecret" not in str(caught.value)


def test_a_missing_home_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GoldloopError) as caught:
        homes.find(tmp_path / "nowhere")
    assert (caught.value.code, caught.value.todo) == ("home_missing", "goldloop init")
    assert not (tmp_path / "nowhere").exists()


def test_an_older_database_is_named_and_init_brings_it_up_to_date(home: Home) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = '0000_older' WHERE app = 'feeds'")
    with pytest.raises(GoldloopError) as caught:
        homes.find(home.root)
    assert caught.value.code == "home_outdated"


def test_making_a_home_again_changes_nothing(home: Home) -> None:
    key = home.key("identity")
    homes.create(home.root)
    assert home.key("identity") == key
    assert oct((home.root / "keys" / "home.key").stat().st_mode)[-3:] == "600"
    assert oct((home.root / "goldloop.sqlite3").stat().st_mode)[-3:] == "600"
    assert oct(home.sources.stat().st_mode)[-3:] == "700"


def test_a_lost_key_is_not_replaced(home: Home) -> None:
    (home.root / "keys" / "identity.key").write_text("short")
    with pytest.raises(GoldloopError) as caught:
        home.key("identity")
    assert caught.value.code == "key_missing"
