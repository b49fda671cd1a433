"""The owner's way in: links and keys that the command line makes, because whoever can run it owns the home folder."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from goldloop.apps.shops import api as shops
from goldloop.home import Home
from goldloop.jobs import auditing


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link: whose account it opens, its path below the address of the web app, and until when."""

    name: str
    path: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """A key for a program: its name, its secret (which is kept nowhere), what it carries, and until when."""

    name: str
    secret: str
    rights: Sequence[str]
    until: datetime


def first_link(home: Home) -> Link | None:
    """A link for the owner while she has no password yet; the one made before no longer works."""
    return None if shops.owner().has_usable_password() else _link(home, shops.owner().username)


def password_link(home: Home, name: str | None) -> Link:
    """A link with which a person (default: the owner) sets a new password; the old one works until then.

    Raises `account_name_unknown`.
    """
    return _link(home, shops.owner().username if name is None else name)


def key_make(home: Home, *, name: str, rights: Sequence[str], stores: Sequence[int], days: int) -> Key:
    """A key with which a program asks the API for the owner. Raises as `shops.token_make`."""
    secret, now, owner = shops.PREFIX + secrets.token_urlsafe(32), datetime.now(UTC), shops.owner()
    access = shops.access_of(user=owner, now=now)
    made = shops.token_make(
        user=owner, access=access, name=name, rights=rights, stores=stores, days=days, secret=secret, now=now
    )
    said = {"actor_name": "goldloop user key", "target": f"key {made.pk}", "stores": made.stores}
    auditing.write(home, shops.Line(moment=now, action="token", result="done", detail={"rights": made.rights}, **said))
    return Key(made.name, secret, made.rights, made.expires_at)


def _link(home: Home, name: str) -> Link:
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    made = shops.link_for(name=name, secret=secret, now=now)
    auditing.write(
        home, shops.Line(moment=now, action="people", result="done", actor_name="goldloop user password", target=name)
    )
    return Link(name, f"welcome/{secret}", made.expires_at)
