"""What is unsafe about a home folder and about how it is served: one finding for each thing to put right."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goldloop import settings
from goldloop.apps.shops import api as shops
from goldloop.home import Home
from goldloop.jobs import auditing
from goldloop.jobs.serving import web_environment


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right: a code and the values of its sentence."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


def check(home: Home, *, deploy: bool) -> list[Finding]:
    """File modes and audit log; with `deploy` also settings, database, the owner's account and Django's own checks."""
    found = [*_open_files(home), *_log(home)]
    return [*found, *_settings(home), *_owner(), *_django(home)] if deploy else found


def _open_files(home: Home) -> Iterator[Finding]:
    """Folders and files that others on this machine can open."""
    private = [home.root, home.lake, home.root / "keys", *(home.root / "keys").glob("*.key"), home.sources, home.tmp]
    if home.database["ENGINE"].endswith("sqlite3"):
        private.append(Path(home.database["NAME"]))
    for path in private:
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("open_file", {"path": str(path), "mode": "700" if path.is_dir() else "600"})


def _log(home: Home) -> Iterator[Finding]:
    _, broken = auditing.verify(home)
    if broken:
        yield Finding("audit", {"n": str(len(broken))})


def _settings(home: Home) -> Iterator[Finding]:
    web = settings.web(home.root)
    if web.own_secret:
        yield Finding("secret")
    if set(web.hosts) <= set(settings.LOOPBACK):
        yield Finding("hosts")
    elif not web.https:
        yield Finding("https")
    if home.database["ENGINE"].endswith("sqlite3"):
        yield Finding("sqlite")
    elif home.database["OPTIONS"].get("sslmode") not in ("require", "verify-ca", "verify-full") and not _local(home):
        yield Finding("database_plain")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield Finding("root")


def _local(home: Home) -> bool:
    host = home.database["HOST"]
    return host in ("", "localhost", "127.0.0.1", "::1") or host.startswith("/")


def _owner() -> Iterator[Finding]:
    owner = shops.owner()
    if not owner.has_usable_password():
        yield Finding("owner_password", {"name": owner.username})


def _django(home: Home) -> Iterator[Finding]:
    """What Django's own deployment check warns of, in its words."""
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--no-color"],
        env=web_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.findall(r"^\S+ \((\w+\.\w+)\) (.*)$", done.stdout + done.stderr, re.MULTILINE)
    https = settings.web(home.root).https
    without = (
        () if https else ("security.W004", "security.W008", "security.W012", "security.W016")
    )  # have a finding above
    for code, text in said:
        if code not in without:
            yield Finding("django", {"id": code, "text": text})
    if done.returncode and not said:
        yield Finding("django", {"id": "start", "text": (done.stderr.strip().splitlines() or ["?"])[-1]})
