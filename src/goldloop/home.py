"""The home folder: where everything of one shop group lives, and how Django is started on it."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop import settings
from goldloop.connectors.readers.sheet import DEFAULT_LIMITS, Limits
from goldloop.core.errors import GoldloopError, WorkFailed

if TYPE_CHECKING:
    from goldloop.lake.objects import Address

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Home:
    """The places of one shop group.

    `root` holds the database (unless it is elsewhere), `sources` (kept files, sealed), `profiles` (the user's own),
    `keys`, `locks` and `tmp`; `lake` holds the facts, or with `remote` (a published lake) what was fetched of them.
    """

    root: Path
    lake: Path
    database: dict[str, Any]
    engine: str
    limits: Limits = DEFAULT_LIMITS
    remote: Address | None = None

    @property
    def sources(self) -> Path:
        """Kept source files, each sealed with a key of its own."""
        return self.root / "sources"

    @property
    def profiles(self) -> Path:
        """Profiles that the user wrote."""
        return self.root / "profiles"

    @property
    def locks(self) -> Path:
        """Files that running processes lock; a dead process holds none."""
        return self.root / "locks"

    @property
    def tmp(self) -> Path:
        """Files that are needed for the length of one job."""
        return self.root / "tmp"

    def key(self, name: str) -> bytes:
        """The secret `name` (`home` wraps the keys of files, `identity` makes buyer keys): 32 bytes.

        Raises `key_missing` when its file is gone: a new one would make every sealed file unreadable.
        """
        path = self._key_file(name)
        try:
            key = bytes.fromhex(path.read_text().strip())
        except (FileNotFoundError, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise WorkFailed(
                "key_missing",
                "A key of this home folder is missing or damaged.",
                given=str(path),
                todo="Put the file back from a backup; without it, kept files cannot be opened.",
                path=str(path),
            )
        return key

    @property
    def is_there(self) -> bool:
        """Whether `create` has run on this folder."""
        return self._key_file("home").exists()

    def _key_file(self, name: str) -> Path:
        return self.root / "keys" / f"{name}.key"


def locate(folder: str | Path | None = None) -> Home:
    """The home at `folder`, else where the environment says; it need not exist yet. Raises `setting_bad`."""
    found = settings.read(folder)
    return Home(found.home, found.lake, found.database, found.engine, found.limits, found.remote)


def find(folder: str | Path | None = None) -> Home:
    """The home at `folder`, connected; raises `home_missing` when there is none, `home_outdated` when it is older."""
    home = locate(folder)
    if not home.is_there:
        raise GoldloopError(
            "home_missing",
            "There is no goldloop home folder yet.",
            given=str(home.root),
            todo="goldloop init",
            path=str(home.root),
        )
    connect(home)
    _check_schema(home)
    return home


def create(folder: str | Path | None = None) -> Home:
    """Make the home at `folder`, or bring it up to date: folders, keys, database, first rules. Safe to repeat."""
    import filelock

    home = locate(folder)
    places = (home.root, home.lake, home.sources, home.profiles, home.locks, home.tmp, home.root / "keys")
    for place in places:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with filelock.FileLock(home.locks / "init.lock"):
        connect(home)
        if not home.is_there or _lacks_migrations():
            _migrate(home)
        for name in ("web", "identity", "home"):  # `home` last: it marks the folder as complete
            _make_key(home._key_file(name))
    return home


def connect(home: Home) -> None:
    """Start Django on this home, or point it there when it runs on another one.

    One process works on one home at a time; several `Shop` objects take turns.
    """
    if not os.environ.get("DJANGO_SETTINGS_MODULE", "").startswith("goldloop."):  # another project's means nothing here
        os.environ["DJANGO_SETTINGS_MODULE"] = "goldloop.settings"
    _allow_notebooks()
    import django
    from django.apps import apps
    from django.db import connections

    if not apps.ready:
        django.setup()
    current = connections.settings["default"]
    if any(current.get(name) != value for name, value in home.database.items()):
        connections["default"].close()
        del connections["default"]
        current.clear()
        current.update(connections.configure_settings({"default": dict(home.database)})["default"])


def _allow_notebooks() -> None:
    # A notebook runs every cell inside an event loop, in which Django refuses to touch a database. Our calls come from
    # one thread and never await, so the refusal protects nothing there.
    if "asyncio" not in sys.modules:
        return
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def _migrate(home: Home) -> None:
    from django.core.management import call_command

    from goldloop.apps.shops import api as shops
    from goldloop.apps.watch import api as watch

    call_command("migrate", interactive=False, verbosity=0)
    if home.database["ENGINE"].endswith("sqlite3"):
        os.chmod(home.database["NAME"], 0o600)  # its side files take the same mode
    shops.owner_ensure()
    shops.company_ensure()
    shops.exclusion_defaults_add()
    watch.rules_defaults_add()


def _check_schema(home: Home) -> None:
    folders = {place.parent.name: place.parent for place in (Path(__file__).parent / "apps").glob("*/migrations")}
    wanted, applied = _migrations(folders), {(app, name) for app, name in _applied() if app in folders}
    if wanted != applied:
        raise GoldloopError(
            "home_outdated",
            "The database of this home folder is not the one this goldloop works with.",
            given=str(home.root),
            todo="goldloop init" if wanted - applied else "Install the goldloop that last used it.",
            path=str(home.root),
        )


def _lacks_migrations() -> bool:
    """Whether a migration of any installed app has not run; Django's own command takes longer to tell than most commands run."""
    from django.apps import apps

    return not _migrations({app.label: Path(app.path) for app in apps.get_app_configs()}) <= _applied()


def _migrations(folders: Mapping[str, Path]) -> set[tuple[str, str]]:
    """(app, name) of the migrations that lie in the folders of apps."""
    return {(app, path.stem) for app, folder in folders.items() for path in (folder / "migrations").glob("[0-9]*.py")}


def _applied() -> set[tuple[str, str]]:
    """(app, name) of the migrations that the database has seen; none in an empty one."""
    from django.db import DatabaseError, OperationalError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return set(cursor.fetchall())
    except DatabaseError as error:
        if isinstance(error, OperationalError) and "no such table" not in str(error):
            raise
        return set()


def _make_key(path: Path) -> None:
    """Write a new secret, whole or not at all; an existing one stays."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
