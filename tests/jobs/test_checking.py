"""What `goldloop check` says: open files, a changed log, and what must hold before others reach the web app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home

from goldloop.home import Home
from goldloop.shop import Shop

SAFE = {
    "GOLDLOOP_SECRET_KEY": "q8Zr2-VtXw7Kc5Jm9Lp4Ns6Hb3Gd1Fy0Ae-uRiOqTzWxYvBnMkS",
    "GOLDLOOP_HOSTS": "shop.example.com",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home folder whose web app may be reached by others."""
    for name in ("GOLDLOOP_HOME", "GOLDLOOP_DATABASE_URL", "GOLDLOOP_LAKE", "GOLDLOOP_HTTPS", *SAFE):
        monkeypatch.delenv(name, raising=False)
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return fresh_home(folder)


def codes(home: Home, *, deploy: bool = False) -> list[str]:
    return sorted(one.code for one in Shop(home).check(deploy=deploy))


def test_others_may_not_open_what_is_private(home: Home) -> None:
    assert codes(home) == []
    for path in (home.root, home.root / "keys" / "home.key", Path(home.database["NAME"])):
        mode = path.stat().st_mode
        path.chmod(mode | 0o040)
        found = Shop(home).check()
        assert [(one.code, one.params["path"]) for one in found] == [("open_file", str(path))]
        path.chmod(mode)


def test_a_safe_deployment_has_only_what_this_machine_brings(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert codes(home, deploy=True) == ["owner_password", "sqlite"]  # a fresh home on a file


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"GOLDLOOP_HOSTS": "", "GOLDLOOP_SECRET_KEY": ""}, "hosts"),
        ({"GOLDLOOP_HOSTS": "", "GOLDLOOP_SECRET_KEY": ""}, "secret"),
        ({"GOLDLOOP_HTTPS": "0"}, "https"),
    ],
)
def test_each_unsafe_setting_is_named(
    home: Home, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], code: str
) -> None:
    from goldloop.jobs import checking

    monkeypatch.setattr(checking, "_django", lambda home: iter(()))  # tried above; it starts a process
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    assert code in codes(home, deploy=True)


def test_a_weak_secret_is_found_by_the_frameworks_own_check(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDLOOP_SECRET_KEY", "a" * 60)
    found: list[Any] = [one.params["id"] for one in Shop(home).check(deploy=True) if one.code == "django"]
    assert found == ["security.W009"]


def test_the_owner_gets_links_until_she_has_a_password(home: Home) -> None:
    from datetime import UTC, datetime

    from goldloop.apps.shops import api

    shop = Shop(home)
    first, second = shop.first_link(), shop.first_link()
    assert first is not None and second is not None and first.path != second.path
    now = datetime.now(UTC)
    api.link_use(secret=second.path.removeprefix("welcome/"), name="Anna", password="long enough words", now=now)
    assert shop.first_link() is None
    assert shop.password_link().name == "Anna"
    count, broken = shop.audit_verify()
    assert (count, broken) == (3, [])
