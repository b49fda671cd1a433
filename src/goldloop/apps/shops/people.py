"""Writes about people: invitations, roles, preferences and the end of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from goldloop.apps.shops import models
from goldloop.apps.shops.rights import Access
from goldloop.apps.shops.roles import role
from goldloop.core.errors import GoldloopError

INVITED_FOR = timedelta(days=7)
CHOICES: Mapping[str, Sequence[str]] = {
    "language": ("", "zh", "en"),
    "theme": ("", "light", "dark"),
    "direction": ("", "red-up", "green-up", "blue-orange", "none"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a role holds: one store, a unit of the tree with all below it, or (neither) everything."""

    store: int | None = None
    unit: int | None = None


def person_invite(
    *, giver: Access, by: models.User, name: str, role_name: str, scope: Scope, secret: str, now: datetime
) -> models.User:
    """A new account with one role, and a link (whose secret the caller made) with which its person takes it over.

    Raises `account_exists`, `account_name_bad`, `role_unknown`, `role_not_yours`, `store_unknown` or `unit_unknown`.
    """
    clean = _name(name)
    with transaction.atomic():
        if models.User.objects.filter(username__iexact=clean).exists():
            raise GoldloopError("account_exists", f"There already is an account '{clean}'.", given=clean, name=clean)
        user = models.User(username=clean)
        user.set_unusable_password()
        user.save()
        grant_give(giver=giver, by=by, user=user.pk, role_name=role_name, scope=scope, now=now)
        link_make(user=user, by=by, secret=secret, now=now)
    return user


def link_make(*, user: models.User, by: models.User | None, secret: str, now: datetime) -> models.Invitation:
    """A one-time link for this account; an earlier one no longer works."""
    with transaction.atomic():
        models.Invitation.objects.filter(user=user, used_at=None).delete()
        return models.Invitation.objects.create(
            user=user, digest=models.digest(secret), made_by=by, made_at=now, expires_at=now + INVITED_FOR
        )


def link_for(*, name: str, secret: str, now: datetime) -> models.Invitation:
    """A one-time link for the account of that name; raises `account_name_unknown`."""
    user = models.User.objects.filter(username=name, is_active=True).first()
    if user is None:
        names = list(models.User.objects.filter(is_active=True).order_by("username").values_list("username", flat=True))
        raise GoldloopError(
            "account_name_unknown", f"There is no account '{name}'.", given=name, allowed=names, name=name
        )
    return link_make(user=user, by=None, secret=secret, now=now)


def link_renew(*, giver: Access, by: models.User, user: int, secret: str, now: datetime) -> models.User:
    """A new one-time link for somebody who lost hers; the password she had no longer works. Raises `account_unknown`,
    `role_not_yours`."""
    with transaction.atomic():
        row = person(id=user)
        _may_change(giver, row)
        row.set_unusable_password()
        row.save(update_fields=["password"])
        link_make(user=row, by=by, secret=secret, now=now)
    return row


def link_person(*, secret: str, now: datetime) -> models.User:
    """The account that a one-time link opens; raises `link_bad` for one that is used, expired or was never made."""
    row = models.Invitation.objects.filter(digest=models.digest(secret), used_at=None, expires_at__gt=now).first()
    if row is None or not row.user.is_active:
        raise GoldloopError(
            "link_bad", "This link was used, has expired, or was never made.", todo="Ask who sent it for a new one."
        )
    return row.user


def link_use(*, secret: str, name: str, password: str, now: datetime) -> models.User:
    """Take over the account of a one-time link with a name and a password of one's own.

    Raises `link_bad`, `account_name_bad`, `account_exists` or `password_bad` (with what is wrong with it as `allowed`).
    """
    with transaction.atomic():
        row = models.Invitation.objects.select_for_update().filter(digest=models.digest(secret)).first()
        user = link_person(secret=secret, now=now)
        clean = _name(name)
        if models.User.objects.filter(username__iexact=clean).exclude(pk=user.pk).exists():
            raise GoldloopError("account_exists", f"There already is an account '{clean}'.", given=clean, name=clean)
        user.username = clean
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise GoldloopError("password_bad", "This password cannot be used.", allowed=error.messages) from error
        user.set_password(password)
        user.save()
        assert row is not None
        row.used_at = now
        row.save(update_fields=["used_at"])
    return user


def grant_give(
    *, giver: Access, by: models.User | None, user: int, role_name: str, scope: Scope, now: datetime
) -> models.Grant:
    """Give a person a role; giving what she has changes nothing. Raises as `person_invite`."""
    _may_give(giver, role_name)
    if scope.store is not None and not models.Store.objects.filter(pk=scope.store).exists():
        raise GoldloopError("store_unknown", f"There is no store '{scope.store}'.", given=scope.store, name=scope.store)
    if scope.unit is not None and not models.OrgUnit.objects.filter(pk=scope.unit).exists():
        raise GoldloopError(
            "unit_unknown", f"There is no unit {scope.unit}.", given=scope.unit, unit=scope.unit, kind="unit"
        )
    where: dict[str, Any] = {"store_id": scope.store, "unit_id": scope.unit}
    row, _ = models.Grant.objects.get_or_create(
        user=person(id=user), role=role_name, **where, defaults={"given_by": by, "given_at": now}
    )
    return row


def grant_take(*, giver: Access, id: int) -> models.Grant:
    """Take a role away; it ends with the next request of its person. Raises `grant_unknown` or `role_not_yours`."""
    row = models.Grant.objects.select_related("user").filter(pk=id).first()
    if row is None:
        raise GoldloopError("grant_unknown", f"There is no grant {id}.", given=id, id=id)
    _may_give(giver, row.role)
    models.Grant.objects.filter(pk=id).delete()
    return row


def person_end(*, giver: Access, user: int) -> models.User:
    """Close an account: no log-in, no token, no link; its name stays in what it did. Raises `account_unknown`,
    `role_not_yours` or `owner_needed` (the owner's own account stays)."""
    with transaction.atomic():
        row = person(id=user)
        if row.is_superuser:
            raise GoldloopError("owner_needed", "The owner's account cannot be closed.", given=row.username)
        _may_change(giver, row)
        row.is_active = False
        row.set_unusable_password()
        row.save(update_fields=["is_active", "password"])
        models.Invitation.objects.filter(user=row, used_at=None).delete()
        models.Grant.objects.filter(user=row).delete()
    return row


def person(*, id: int) -> models.User:
    """The person with this id; raises `account_unknown`."""
    row = models.User.objects.filter(pk=id, is_active=True).first()
    if row is None:
        raise GoldloopError("account_unknown", f"There is no account {id}.", given=id, id=id)
    return row


def people() -> list[dict[str, Any]]:
    """Everybody with an account: id, name, whether she has taken it over, last log-in, and her grants."""
    grants: dict[int, list[models.Grant]] = {}
    for grant in models.Grant.objects.select_related("store", "unit").order_by("id"):
        grants.setdefault(grant.user_id, []).append(grant)
    open_links = dict(models.Invitation.objects.filter(used_at=None).values_list("user_id", "expires_at"))
    return [
        {
            "id": user.pk,
            "name": user.username,
            "owner": user.is_superuser,
            "joined": user.has_usable_password(),
            "last_login": user.last_login,
            "link_until": open_links.get(user.pk),
            "grants": grants.get(user.pk, []),
        }
        for user in models.User.objects.filter(is_active=True).order_by("username")
    ]


def preferences_set(*, user: models.User, **chosen: Any) -> None:
    """How a person wants her pages; raises `choice_bad` for what is not offered."""
    for name, value in chosen.items():
        if name in CHOICES and value not in CHOICES[name]:
            raise GoldloopError(
                "choice_bad", f"'{value}' is no choice for {name}.", given=value, allowed=list(CHOICES[name]), name=name
            )
        setattr(user, name, value)
    user.save(update_fields=list(chosen))


def owner() -> models.User:
    """The first owner of the shop group."""
    return models.User.objects.filter(is_superuser=True).order_by("id")[0]


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= 60 or not clean.isprintable():
        raise GoldloopError("account_name_bad", "An account needs a name of 1 to 60 printable characters.", given=name)
    return clean


def _may_give(giver: Access, role_name: str) -> None:
    role(role_name)
    if role_name not in giver.gives:
        raise GoldloopError(
            "role_not_yours",
            f"{giver.name} may not give or take the role '{role_name}'.",
            given=role_name,
            allowed=list(giver.gives),
            todo="Ask the owner to do it.",
            name=giver.name,
            role=role_name,
        )


def _may_change(giver: Access, user: models.User) -> None:
    held = [
        *models.Grant.objects.filter(user=user).values_list("role", flat=True),
        *(["owner"] if user.is_superuser else []),
    ]
    for name in held:
        _may_give(giver, name)
