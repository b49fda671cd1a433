"""Writes: stores, the organisation tree, memberships and exclusion rules."""

from __future__ import annotations

import tomllib
import zoneinfo
from collections.abc import Sequence
from datetime import date
from importlib import resources
from typing import get_args

from django.db import transaction

from goldloop.apps.shops import models, queries
from goldloop.core.errors import GoldloopError
from goldloop.core.exclusion import Kind
from goldloop.core.money import read_amount
from goldloop.core.store import GMV_AMOUNTS, PLATFORMS, GmvAmount, Store

ALWAYS = date(1970, 1, 1)  # valid_from of what has held since before anybody asked
CHINESE = frozenset({"taobao", "tmall", "jd", "douyin", "pdd"})  # these sell in CNY and report in Shanghai time


def store_add(
    *,
    name: str,
    platform: str,
    currency: str | None = None,
    timezone: str | None = None,
    day_starts: int = 0,
    opened_on: date | None = None,
    identity_limit: float = 0.95,
    gmv_amount: GmvAmount = "merchant",
    unit: int | None = None,
    valid_from: date = ALWAYS,
) -> Store:
    """Add a store and place it in the tree (`unit`, else the first company) from `valid_from` on.

    Currency and time zone may be left out for the Chinese platforms only (CNY, Asia/Shanghai): anywhere else a guess
    would give wrong days and wrong money. Raises `store_exists`, `store_name_bad`, `platform_unknown`,
    `store_setting_needed`, `currency_bad`, `timezone_unknown`, `day_starts_bad`, `identity_limit_bad` or
    `gmv_amount_unknown`.
    """
    clean = _name(name)
    _platform(platform)
    settings = {
        "currency": _currency(_setting(currency, "currency", "CNY", platform)),
        "timezone": _timezone(_setting(timezone, "timezone", "Asia/Shanghai", platform)),
        "day_starts": day_starts,
        "identity_limit": identity_limit,
        "gmv_amount": gmv_amount,
    }
    settings_check(day_starts=day_starts, identity_limit=identity_limit, gmv_amount=gmv_amount)
    with transaction.atomic():
        if models.Store.objects.filter(name=clean).exists():
            raise GoldloopError(
                "store_exists",
                f"There already is a store '{clean}'.",
                given=clean,
                todo="goldloop store list",
                name=clean,
            )
        row = models.Store.objects.create(name=clean, platform=platform, opened_on=opened_on, **settings)
        place = unit if unit is not None else company_ensure()
        models.StoreMembership.objects.create(store=row, unit_id=place, valid_from=valid_from)
    return queries.store_of(row)


def stores_remove() -> None:
    """Remove all stores, of which nothing is loaded any more, with their places in the tree: the end of a demo."""
    models.Store.objects.all().delete()


def store_set(
    *,
    name: str,
    day_starts: int | None = None,
    opened_on: date | None = None,
    identity_limit: float | None = None,
    gmv_amount: GmvAmount | None = None,
) -> Store:
    """Change the named settings of a store; None leaves one as it is.

    Platform, currency and time zone never change: the loaded rows were read by them.
    """
    settings_check(day_starts=day_starts, identity_limit=identity_limit, gmv_amount=gmv_amount)
    with transaction.atomic():
        row = models.Store.objects.get(pk=queries.store_by_name(name=name).id)
        if day_starts is not None:
            row.day_starts = day_starts
        if opened_on is not None:
            row.opened_on = opened_on
        if identity_limit is not None:
            row.identity_limit = identity_limit
        if gmv_amount is not None:
            row.gmv_amount = gmv_amount
        row.save()
    return queries.store_of(row)


def store_correct(*, id: int, platform: str, currency: str | None = None, timezone: str | None = None) -> Store:
    """Say anew where a store sells, and its currency and time zone as when it is added: for one that nothing was loaded of."""
    _platform(platform)
    row = models.Store.objects.get(pk=id)
    row.platform = platform
    row.currency = _currency(_setting(currency, "currency", "CNY", platform))
    row.timezone = _timezone(_setting(timezone, "timezone", "Asia/Shanghai", platform))
    row.save()
    return queries.store_of(row)


def settings_check(
    *, day_starts: int | None = None, identity_limit: float | None = None, gmv_amount: str | None = None
) -> None:
    """Raise `day_starts_bad`, `identity_limit_bad` or `gmv_amount_unknown` for what no store can be set to."""
    if day_starts is not None and not 0 <= day_starts < 1440:
        raise GoldloopError(
            "day_starts_bad", "A day starts between 00:00 and 23:59.", given=day_starts, allowed="HH:MM"
        )
    if identity_limit is not None and not 0 <= identity_limit <= 1:
        raise GoldloopError(
            "identity_limit_bad",
            "The identity limit is a share between 0 and 1.",
            given=identity_limit,
            allowed="0 to 1",
        )
    if gmv_amount is not None and gmv_amount not in GMV_AMOUNTS:
        raise GoldloopError(
            "gmv_amount_unknown",
            f"'{gmv_amount}' is no amount of a sale.",
            given=gmv_amount,
            allowed=list(GMV_AMOUNTS),
            name=gmv_amount,
        )


def company_ensure(*, name: str = "goldloop") -> int:
    """Id of the first company of the tree; it is made with this name when there is none."""
    first = models.OrgUnit.objects.filter(parent=None).order_by("id").first()
    return (first or models.OrgUnit.objects.create(kind=models.OrgUnit.Kind.COMPANY, name=name)).pk


def owner_ensure() -> int:
    """Id of the owner of the shop group; made without a password, which only a web login would need."""
    owner = models.User.objects.filter(is_superuser=True).order_by("id").first()
    return (owner or models.User.objects.create_superuser("owner")).pk


def unit_add(*, name: str, kind: str, parent: int) -> int:
    """Add a business unit or department below `parent`; raises `unit_kind_bad`, `unit_unknown` or `unit_exists`."""
    above = {"business_unit": "company", "department": "business_unit"}
    if kind not in above:
        raise GoldloopError(
            "unit_kind_bad", f"'{kind}' is no kind of unit.", given=kind, allowed=list(above), kind=kind
        )
    with transaction.atomic():
        place = models.OrgUnit.objects.filter(pk=parent, kind=above[kind]).first()
        if place is None:
            raise GoldloopError(
                "unit_unknown", f"There is no {above[kind]} {parent}.", given=parent, unit=parent, kind=above[kind]
            )
        if models.OrgUnit.objects.filter(parent=place, name=name).exists():
            raise GoldloopError("unit_exists", f"There already is a unit '{name}'.", given=name, name=name)
        return models.OrgUnit.objects.create(parent=place, kind=kind, name=name).pk


def store_move(*, store: int, unit: int, valid_from: date) -> None:
    """From `valid_from` on the store belongs to `unit`; earlier days keep their place."""
    models.StoreMembership.objects.update_or_create(store_id=store, valid_from=valid_from, defaults={"unit_id": unit})


def exclusion_add(
    *, code: str, kind: str, values: Sequence[str], stores: Sequence[int] = (), platforms: Sequence[str] = ()
) -> None:
    """Add a rule; raises `exclusion_exists`, `exclusion_kind_bad`, `exclusion_values_needed` or `exclusion_amount_bad`."""
    if kind not in get_args(Kind):
        raise GoldloopError(
            "exclusion_kind_bad", f"'{kind}' is no kind of rule.", given=kind, allowed=list(get_args(Kind)), kind=kind
        )
    words = [value.strip() for value in values if value.strip()]
    if not words:
        raise GoldloopError(
            "exclusion_values_needed", "A rule needs at least one value to look for.", given=list(values)
        )
    if kind == "amount":
        words = [_amount(word) for word in words]
    for platform in platforms:
        _platform(platform)
    with transaction.atomic():
        if models.ExclusionRule.objects.filter(code=code).exists():
            raise GoldloopError(
                "exclusion_exists",
                f"There already is a rule '{code}'.",
                given=code,
                todo=f"goldloop exclude remove {code}",
                rule=code,
            )
        row = models.ExclusionRule.objects.create(code=code, kind=kind, values=words, platforms=list(platforms))
        row.stores.set(stores)


def exclusion_remove(*, code: str) -> None:
    """Remove a rule; raises `exclusion_unknown`."""
    removed, _ = models.ExclusionRule.objects.filter(code=code).delete()
    if not removed:
        codes = list(models.ExclusionRule.objects.order_by("code").values_list("code", flat=True))
        raise GoldloopError("exclusion_unknown", f"There is no rule '{code}'.", given=code, allowed=codes, rule=code)


def exclusion_defaults_add() -> None:
    """Add the rules of `exclusions.toml` that are missing (a new home starts with them)."""
    text = resources.files("goldloop.apps.shops").joinpath("exclusions.toml").read_text(encoding="utf-8")
    present = set(models.ExclusionRule.objects.values_list("code", flat=True))
    for code, rule in tomllib.loads(text).items():
        if code not in present:
            exclusion_add(code=code, kind=rule["kind"], values=rule["values"], platforms=rule["platforms"])


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > 200 or not clean.isprintable():
        raise GoldloopError("store_name_bad", "A store needs a name of 1 to 200 printable characters.", given=name)
    return clean


def _platform(platform: str) -> None:
    if platform not in PLATFORMS:
        raise GoldloopError(
            "platform_unknown",
            f"'{platform}' is no platform.",
            given=platform,
            allowed=list(PLATFORMS),
            todo="Use 'other' for a platform of your own.",
            platform=platform,
        )


def _setting(given: str | None, what: str, chinese: str, platform: str) -> str:
    if given:
        return given
    if platform in CHINESE:
        return chinese
    raise GoldloopError(
        "store_setting_needed",
        f"A store on {platform} needs its {what}.",
        todo=f"Add --{what}, for example --{what} {'USD' if what == 'currency' else 'America/New_York'}.",
        platform=platform,
        setting=what,
    )


def _currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise GoldloopError(
            "currency_bad", f"'{code}' is no currency code.", given=code, allowed="ISO 4217, such as CNY", currency=code
        )
    return code.upper()


def _timezone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise GoldloopError(
            "timezone_unknown",
            f"'{name}' is no time zone.",
            given=name,
            allowed="an IANA name, such as Asia/Shanghai or America/New_York",
            zone=name,
        ) from error
    return name


def _amount(text: str) -> str:
    amount = read_amount(text)
    if amount is None:
        raise GoldloopError(
            "exclusion_amount_bad", f"'{text}' is no amount.", given=text, allowed="such as 0.01", amount=text
        )
    return f"{amount:f}"
