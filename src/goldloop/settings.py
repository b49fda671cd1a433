"""The one settings file: environment only, and a bad value stops the program with a clear error.

Django reads the upper-case names at the bottom; everybody else calls `read`.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from goldloop.connectors.readers.sheet import DEFAULT_LIMITS, Limits
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.lake.objects import Address


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says: home folder, lake folder, Django's `DATABASES["default"]` and the engine.

    `remote`: the published lake that is read; `lake` is then the folder in which its files are kept once they were fetched.
    """

    home: Path
    lake: Path
    database: dict[str, Any]
    engine: str
    limits: Limits
    remote: Address | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on files that the environment can change: which one of `Limits`, in what unit, and what it is."""

    name: str
    field: str
    unit: int
    doc: str


MB = 1_000_000
_MOST = 1_000_000_000
LIMITS = (
    Limit("GOLDLOOP_TEXT_MB", "text", MB, "MB that a CSV, TSV or TXT file may have"),
    Limit("GOLDLOOP_TEXT_ROWS", "text_rows", 1, "rows that a CSV, TSV or TXT file may have"),
    Limit("GOLDLOOP_WHOLE_MB", "whole", MB, "MB above which a text file is read in pieces"),
    Limit("GOLDLOOP_WHOLE_ROWS", "whole_rows", 1, "rows above which a text file is read in pieces"),
    Limit("GOLDLOOP_PACKED_MB", "packed", MB, "MB that a workbook, ZIP or GZ file may have"),
    Limit("GOLDLOOP_UNPACKED_MB", "unpacked", MB, "MB that all that is packed in a workbook, ZIP or GZ file may have"),
    Limit("GOLDLOOP_UNPACKED_RATIO", "ratio", 1, "unpacked bytes for each packed byte of a workbook, ZIP or GZ file"),
    Limit("GOLDLOOP_ZIP_FILES", "entries", 1, "files in a ZIP"),
    Limit("GOLDLOOP_SHEET_ROWS", "rows", 1, "rows of a worksheet"),
    Limit("GOLDLOOP_SHEET_COLUMNS", "columns", 1, "columns of a worksheet"),
    Limit("GOLDLOOP_WORKBOOK_MEMORY_MB", "memory", MB, "MB of memory that reading a workbook may take"),
    Limit("GOLDLOOP_WORKBOOK_SECONDS", "seconds", 1, "seconds that reading a workbook may take"),
    Limit("GOLDLOOP_WORKBOOK_TEXT_MB", "output", MB, "MB of text that a workbook may hold"),
)


VARIABLES = (  # name, what holds without it, what it says: all but the limits
    ("GOLDLOOP_HOME", "the user's data folder", "the home folder, in which everything is kept"),
    (
        "GOLDLOOP_LAKE",
        "`lake` in it",
        "the folder of the fact tables, or `s3://BUCKET/PREFIX` of a published lake, for reading",
    ),
    (
        "AWS_ENDPOINT_URL",
        "that of AWS",
        "the server of object storage; credentials as for every AWS program (`AWS_ACCESS_KEY_ID` and "
        "`AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_PROFILE`, or the role of the machine)",
    ),
    ("AWS_REGION", "as for every AWS program", "the region of the bucket"),
    ("GOLDLOOP_DATABASE_URL", "SQLite in it", "`sqlite:///FILE` or `postgresql://user:word@host:port/name`"),
    (
        "GOLDLOOP_ENGINE",
        "`duckdb`",
        "what asks the fact tables: `duckdb`, or Spark as `spark://HOST:PORT`, `sc://HOST:PORT` or `local[CORES]`",
    ),
    (
        "GOLDLOOP_ROLLUPS_FROM",
        "3000000",
        "orders from which on figures are counted ahead after each import, where memory allows; 0 for never",
    ),
    ("GOLDLOOP_LANG", "that of the system", "`en` or `zh`, what commands answer in"),
    ("GOLDLOOP_HOSTS", "this machine alone", "names under which the web app is reached, with commas between"),
    ("GOLDLOOP_HTTPS", "1 with `GOLDLOOP_HOSTS`", "0 where no proxy speaks https (in a network of one's own)"),
    ("GOLDLOOP_SECRET_KEY", "one that is made, for this machine alone", "signs sessions; 40 characters or more"),
    ("GOLDLOOP_UPLOAD_MB", "500", "MB that one upload may have"),
    ("GOLDLOOP_QUERY_SECONDS", "15", "seconds that the queries of one page may take together"),
    ("GOLDLOOP_KEY", "", "the key with which `goldloop mcp` asks (`goldloop user key`)"),
    ("GOLDLOOP_SENDER", "`file`", "how waves leave: `file`, or to a gateway as `webhook`, `sms` or `mail`"),
    ("GOLDLOOP_SENDER_URL", "", "the gateway's address, https"),
    ("GOLDLOOP_SENDER_SECRET", "", "signs what is handed to it; 20 characters or more"),
    ("GOLDLOOP_SENDER_PRIVATE", "0", "1 where the gateway lies in the own network"),
    ("GOLDLOOP_DEBUG", "", "1 shows where an inner error came from"),
)


ROLLUPS_FROM = 3_000_000


def rollups_from() -> int:
    """Orders from which on rollups are kept (`GOLDLOOP_ROLLUPS_FROM`); 0: never by itself. Raises `setting_bad`."""
    given = os.environ.get("GOLDLOOP_ROLLUPS_FROM", "")
    if given and not (given.isascii() and given.isdigit()):
        raise GoldloopError(
            "setting_bad",
            "GOLDLOOP_ROLLUPS_FROM is a number of orders.",
            given=given,
            allowed="0, 1, 2 ...",
            name="GOLDLOOP_ROLLUPS_FROM",
        )
    return int(given) if given else ROLLUPS_FROM


def read(home: str | Path | None = None) -> Settings:
    """The settings for a home folder; `home` wins over `GOLDLOOP_HOME`, which wins over the user's data folder.

    Raises `setting_bad` for a value that cannot be used.
    """
    folder, text = _home(home), os.environ.get("GOLDLOOP_LAKE", "")
    remote = _remote(text) if "://" in text else None
    return Settings(
        home=folder,
        lake=_mirror(remote, folder) if remote else _lake(text, folder),
        database=database(os.environ.get("GOLDLOOP_DATABASE_URL", ""), folder),
        engine=_engine(os.environ.get("GOLDLOOP_ENGINE", "")),
        limits=Limits(**{limit.field: _limit(limit) for limit in LIMITS}),
        remote=remote,
    )


def address(url: str) -> Address:
    """A place in object storage with the server and region that the environment names; raises `storage_address`."""
    from goldloop.lake.objects import Address

    return Address.of(url, endpoint=os.environ.get("AWS_ENDPOINT_URL", ""), region=os.environ.get("AWS_REGION", ""))


@dataclass(frozen=True, slots=True)
class Web:
    """What the environment says of the web app: its secret, the hosts it answers to, and whether it is reached by https.

    `own_secret`: the secret is the one that the home folder keeps; `upload`: bytes that one upload may have;
    `query_seconds`: what the statements of one request may take together.
    """

    secret: str
    hosts: list[str]
    origins: list[str]
    https: bool
    own_secret: bool
    upload: int
    query_seconds: int


UPLOAD = Limit("GOLDLOOP_UPLOAD_MB", "upload", MB, "MB that one upload through the browser may have")
UPLOAD_MB = 500
QUERY = Limit("GOLDLOOP_QUERY_SECONDS", "query", 1, "seconds that the queries of one page may take together")
QUERY_SECONDS = 15
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def key() -> str:
    """The key with which a program asks for a person (`GOLDLOOP_KEY`); empty where none is given."""
    return os.environ.get("GOLDLOOP_KEY", "")


def web(home: Path | None = None) -> Web:
    """The web app's settings: `GOLDLOOP_HOSTS` names where it is reached (https, unless it is this machine alone).

    `GOLDLOOP_SECRET_KEY` signs sessions. On this machine alone a key that `goldloop serve` keeps in the home folder will
    do; with other hosts there is no default. Raises `setting_bad`.
    """
    hosts = [host.strip() for host in os.environ.get("GOLDLOOP_HOSTS", "").split(",") if host.strip()]
    if any("*" in host or "/" in host for host in hosts):
        raise _bad("GOLDLOOP_HOSTS", ",".join(hosts), "names such as shop.example.com,10.0.0.5")
    secret = os.environ.get("GOLDLOOP_SECRET_KEY", "")
    own = not secret and not hosts
    if own:
        secret = _own_secret(read(home).home)
    if len(secret) < 40:
        raise _bad("GOLDLOOP_SECRET_KEY", f"({len(secret)} characters)", "a random text of 40 characters or more")
    https = bool(hosts) and _switch("GOLDLOOP_HTTPS", True)
    scheme = "https" if https else "http"
    return Web(
        secret,
        [*LOOPBACK, *hosts],
        [f"{scheme}://{host}" for host in hosts],
        https,
        own,
        _limit(UPLOAD, UPLOAD_MB * MB),
        _limit(QUERY, QUERY_SECONDS),
    )


@dataclass(frozen=True, slots=True)
class Gateway:
    """To whom messages of waves are handed: `way` (webhook, sms, mail), address, secret that signs, private addresses or not."""

    way: str
    url: str
    secret: str
    private: bool


WAYS = ("webhook", "sms", "mail")
SECRET_LENGTH = 20


def gateway() -> Gateway | None:
    """The gateway of `GOLDLOOP_SENDER` (file: none, `webhook`, `sms`, `mail`) at `GOLDLOOP_SENDER_URL`; raises `setting_bad`.

    `GOLDLOOP_SENDER_PRIVATE=1` lets it lie in the own network, and without https on this machine alone.
    """
    way = os.environ.get("GOLDLOOP_SENDER", "").strip() or "file"
    if way == "file":
        return None
    if way not in WAYS:
        raise _bad("GOLDLOOP_SENDER", way, " | ".join(("file", *WAYS)))
    private = _switch("GOLDLOOP_SENDER_PRIVATE", False)
    url = os.environ.get("GOLDLOOP_SENDER_URL", "").strip()
    try:
        parts = urlsplit(url)
        here = private and parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        good = bool(parts.hostname) and not parts.username and not parts.password and (parts.port or 443) > 0
    except ValueError:
        good = here = False
    if not good or not (here or parts.scheme == "https") or not url.isascii() or not url.isprintable() or " " in url:
        raise _bad("GOLDLOOP_SENDER_URL", "(not shown)", "https://HOST/PATH without a name or word")
    secret = os.environ.get("GOLDLOOP_SENDER_SECRET", "")
    if len(secret) < SECRET_LENGTH:
        raise _bad("GOLDLOOP_SENDER_SECRET", f"({len(secret)} characters)", f"{SECRET_LENGTH} characters or more")
    return Gateway(way, url, secret, private)


def _own_secret(home: Path) -> str:
    try:
        return (home / "keys" / "web.key").read_text().strip()
    except OSError:
        return ""


def _switch(name: str, default: bool) -> bool:
    text = os.environ.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise _bad(name, text, "0 or 1")
    return default if not text else text == "1"


def database(url: str, home: Path) -> dict[str, Any]:
    """Django's description of the database at `url`: `sqlite:///FILE`, `postgresql://user:word@host:port/name` or ''.

    An empty `url` means SQLite in the home folder.
    """
    parts = _split(url)
    if parts.scheme in ("", "sqlite"):
        if url and not parts.path.strip("/"):
            raise _bad("GOLDLOOP_DATABASE_URL", _without_password(url), "sqlite:///FILE")
        path = Path(unquote(parts.path)) if url else home / "goldloop.sqlite3"
        return _sqlite(path)
    if parts.scheme not in ("postgresql", "postgres"):
        raise _bad(
            "GOLDLOOP_DATABASE_URL", _without_password(url), "sqlite:///FILE or postgresql://USER:WORD@HOST/NAME"
        )
    if not parts.path.strip("/"):
        raise _bad("GOLDLOOP_DATABASE_URL", _without_password(url), "postgresql://USER:WORD@HOST/NAME")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError as error:
        raise _bad("GOLDLOOP_DATABASE_URL", "(not a URL)", "postgresql://USER:WORD@HOST:5432/NAME") from error
    return parts


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def _sqlite(path: Path) -> dict[str, Any]:
    # IMMEDIATE: a transaction that will write takes the write lock at its start and waits for it, instead of failing
    # in the middle. FULL: a receipt that was printed survives a power cut.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 60,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def _home(given: str | Path | None) -> Path:
    text = os.fspath(given) if given else os.environ.get("GOLDLOOP_HOME", "")
    if "\0" in text:
        raise _bad("GOLDLOOP_HOME", text.replace("\0", "\\0"), "a folder")
    if text:
        return Path(text).expanduser().resolve()
    import platformdirs

    return Path(platformdirs.user_data_dir("goldloop", appauthor=False))


def _remote(text: str) -> Address:
    try:
        return address(text)
    except GoldloopError:
        raise _bad("GOLDLOOP_LAKE", text, "a folder or s3://BUCKET/PREFIX") from None


def _mirror(remote: Address, home: Path) -> Path:
    place = hashlib.sha256(f"{remote.endpoint} {remote}".encode()).hexdigest()[:16]
    return home / "mirror" / place


def _lake(text: str, home: Path) -> Path:
    return Path(text).expanduser().resolve() if text else home / "lake"


def _engine(text: str) -> str:
    if text not in ("", "duckdb") and not re.fullmatch(r"local\[(\d+|\*)\]|(spark|sc)://[^\s/]+(/;\S*)?", text):
        raise _bad("GOLDLOOP_ENGINE", text, "duckdb, spark://HOST:PORT, sc://HOST:PORT or local[CORES]")
    return text or "duckdb"


def _limit(limit: Limit, default: int | None = None) -> int:
    text = os.environ.get(limit.name, "").strip()
    if not text:
        return int(getattr(DEFAULT_LIMITS, limit.field)) if default is None else default
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MOST):
        raise _bad(limit.name, text, f"a whole number from 1 to {_MOST}: {limit.doc}")
    return int(text) * limit.unit


def _bad(name: str, given: str, allowed: str) -> GoldloopError:
    return GoldloopError(
        "setting_bad",
        f"The setting {name} cannot be used.",
        given=given,
        allowed=allowed,
        todo=f"Correct {name} in the environment.",
        name=name,
    )


# --- Django ------------------------------------------------------------------------------------------------------
_settings = read()

DATABASES = {"default": _settings.database}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "goldloop.apps.shops",
    "goldloop.apps.feeds",
    "goldloop.apps.watch",
    "goldloop.apps.calendar",
    "goldloop.apps.planning",
    "goldloop.apps.members",
    "goldloop.apps.segments",
    "goldloop.apps.queue",
    "goldloop.apps.actions",
    "goldloop.apps.campaigns",
    "goldloop.apps.loyalty",
]
AUTH_USER_MODEL = "shops.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING_CONFIG = None  # the command line prints what a person needs; nothing else configures logging
