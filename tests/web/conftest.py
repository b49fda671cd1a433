"""A shop group behind the web app: two stores with data, and one person for each role in one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


def web_settings() -> None:
    """Read the web app's settings for all tests of this process; commands that a test starts begin without them."""
    from django.conf import settings

    ours = {
        "DJANGO_SETTINGS_MODULE": "goldloop.web.settings",
        "GOLDLOOP_SECRET_KEY": "tests only " * 6,
        "GOLDLOOP_QUERY_SECONDS": "300",
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    assert "goldloop.web" in settings.INSTALLED_APPS
    for name, value in before.items():
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value


web_settings()

PASSWORD = "correct horse battery"
ROLES = ("owner", "admin", "finance", "operator", "traffic", "members", "merchandiser", "orders", "analyst")
PHONE = "13912345678"
COSTS = """store,kind,cost_id,first_day,last_day,currency,amount,hours,note,updated_at
{store},labour,,2026-03-01,2026-03-31,CNY,{labour},,,
{store},freight,,2026-03-01,2026-03-31,CNY,{freight},,,
"""
PRODUCTS = """store,item_kind,item_id,product_id,title,status,currency,price,compare_price,cost,category,brand,valid_from,updated_at
{store},product,cup,,Cup,,CNY,9.90,,{cost},,,,
"""


@dataclass(frozen=True)
class Group:
    """The home, its stores by name, everybody's id by role, an import and a quarantined row per store."""

    root: Path
    stores: dict[str, int]
    people: dict[str, int]
    imports: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """The group on disk, made once."""
    from tests.jobs.mini import stock, write

    from goldloop import home as homes
    from goldloop import shop as shops

    root = tmp_path_factory.mktemp("web") / "home"
    before = {name: os.environ.pop(name, None) for name in ("GOLDLOOP_HOME", "GOLDLOOP_DATABASE_URL", "GOLDLOOP_LAKE")}
    os.environ["GOLDLOOP_HOME"] = str(root)
    try:
        home = homes.create(root)
        stock(home, "Ours", "Theirs")
        shop = shops.Shop(home)
        folder = tmp_path_factory.mktemp("files")
        for name, number in (("Ours", "7654321.09"), ("Theirs", "8765432.19")):
            files = [
                write(folder / f"{name}.csv", _orders(name)),
                folder / f"costs-{name}.csv",
                folder / f"products-{name}.csv",
            ]
            files[1].write_text(COSTS.format(store=name, labour=number, freight="4321.77"), encoding="utf-8")
            files[2].write_text(PRODUCTS.format(store=name, cost="3.77"), encoding="utf-8")
            shop.import_files(files, store=name)
        yield Group(
            root,
            {store.name: store.id for store in shop.stores()},
            _people(shop.store("Ours").id),
            {one.store: one.id or 0 for one in shop.imports() if one.profile == "mini"},
            {row.store: row.id for row in shop.quarantine()},
        )
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _orders(store: str) -> list[Any]:
    from tests.jobs.mini import row

    rows = [row(f"{store}-{n}", at=f"2026-03-0{1 + n % 5} 10:00:00", store=store) for n in range(8)]
    return [*rows, row(f"{store}-bad", price="free", buyer=PHONE, store=store)]


def _people(store: int) -> dict[str, int]:
    """One person per role, named like it; the group's own owner has the superuser's rights, all others roles in one store."""
    from datetime import UTC, datetime

    from django.contrib.auth.hashers import MD5PasswordHasher

    from goldloop.apps.shops import api, models

    owner = api.owner()
    owner.password = MD5PasswordHasher().encode(PASSWORD, "salt")
    owner.save()
    found = {}
    for role in ROLES:
        user = models.User.objects.create(username=f"the {role}", password=owner.password)
        models.Grant.objects.create(user=user, role=role, store_id=store, given_at=datetime(2026, 1, 1, tzinfo=UTC))
        found[role] = user.pk
    return found


@pytest.fixture(scope="module")
def group(made: Group, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """The group, as it was made, for the tests of one file; the web app runs on it."""
    import shutil

    from django.db import connection
    from django.test import override_settings

    from goldloop import home as homes
    from goldloop.web.shops import whole_shop

    root = tmp_path_factory.mktemp("group") / "home"
    connection.close()
    shutil.copytree(made.root, root)
    before = os.environ.get("GOLDLOOP_HOME")
    os.environ["GOLDLOOP_HOME"] = str(root)
    whole_shop.cache_clear()
    homes.find(root)
    with override_settings(
        STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        FILE_UPLOAD_TEMP_DIR=str(root / "tmp"),
    ):
        yield Group(root, made.stores, made.people, made.imports, made.rows)
    connection.close()
    whole_shop.cache_clear()
    os.environ.pop("GOLDLOOP_HOME", None) if before is None else os.environ.update({"GOLDLOOP_HOME": before})


@pytest.fixture
def client_of(group: Group) -> Callable[..., Any]:
    """A browser of somebody who is signed in, by role; without one, of nobody. `csrf=True` asks for the token."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    def client(role: str = "", *, csrf: bool = False) -> Any:
        browser = Client(enforce_csrf_checks=csrf, raise_request_exception=False, SERVER_NAME="localhost")
        if role:
            name = "owner" if role == "group owner" else f"the {role}"
            browser.force_login(
                get_user_model().objects.get(username=name),
                backend="allauth.account.auth_backends.AuthenticationBackend",
            )
        return browser

    return client
