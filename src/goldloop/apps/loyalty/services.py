"""Writes: points are booked as the difference between what sales are worth now and what was booked for them; nothing is
ever changed in the ledger, and spending is one conditional update, so that a balance is never passed.

Rows are held with `no_key`: new accounts and lines only have to see that their program stays, and must not wait for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from goldloop.apps.loyalty import models, queries
from goldloop.apps.loyalty.contracts import FIELDS, Program
from goldloop.apps.loyalty.queries import OF_SALES, Kind
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import read_amount, to_minor
from goldloop.core.viewer import Viewer

AT_ONCE = 2000  # rows of one statement
MOST = 10**12  # points of one booking
WHOLE = {"refer_points": (0, 10**6), "friend_points": (0, 10**6), "refer_days": (0, 90), "refer_most": (1, 1000)}
Worth = Mapping[tuple[str, date], tuple[int, int]]  # (person, day of sale) -> points, net of the sales in minor units


def program_set(
    *, viewer: Viewer, name: str, stores: Sequence[int], currency: str, given: Mapping[str, str]
) -> Program:
    """Make a program of these stores, or change one; another rate holds for days that were not booked yet.

    Raises `points_rule_bad`, `points_stores`.
    """
    with transaction.atomic():
        row = models.Program.objects.select_for_update(no_key=True).filter(name=name).first()
        old = {} if row is None else row.said
        own = frozenset(stores) if row is None else queries.program(viewer=viewer, name=name).stores
        taken = models.Program.objects.filter(stores__in=stores).exclude(name=name).exists()
        if not own or (row is not None and stores and own != frozenset(stores)) or taken:
            raise GoldloopError(
                "points_stores", "A program keeps its stores, and a store is in one program.", given=list(stores)
            )
        said = _read({**FIELDS, **old, **given}, name, currency if row is None else row.currency)
        if row is None:
            row = models.Program.objects.create(name=name, currency=currency, said=said)
            row.stores.set(stores)
        if row.booked_to is not None and said["start"] != old["start"]:
            raise _bad("start", said["start"], old["start"])
        since = said["start"] if row.booked_to is None else str(row.booked_to + timedelta(days=1))
        earlier = [one for one in row.rates if one[0] < since]
        row.said, row.rates = said, [*earlier, [since, said["per_unit"]]]
        row.save()
    return queries.program_of(row)


def _read(said: dict[str, Any], name: str, currency: str) -> dict[str, Any]:
    """Fields as they are kept, with the `limits` of tiers as numbers."""
    if not name.isprintable() or not name.strip() or len(name) > 100:
        raise _bad("name", name[:100], "1 to 100 characters")
    unknown = sorted(set(said) - set(FIELDS) - {"limits", "least"})
    if unknown:
        raise _bad(unknown[0], said[unknown[0]], " ".join(FIELDS))
    rate, expires = read_amount(said["per_unit"]), read_amount(said["expires"])
    if rate is None or not 0 < rate <= 1000:
        raise _bad("per_unit", said["per_unit"], "more than 0, at most 1000")
    if expires is None or expires != int(expires) or not 30 <= expires <= 3660:
        raise _bad("expires", said["expires"], "30 to 3660")
    if said["tier_by"] not in ("points", "gmv"):
        raise _bad("tier_by", said["tier_by"], "points | gmv")
    whole = {name: _whole(said, name, low, high) for name, (low, high) in WHOLE.items()}
    least = read_amount(said["refer_least"])
    if least is None or not 0 <= least <= MOST:
        raise _bad("refer_least", said["refer_least"], "0 or more")
    limits: list[list[Any]] = []
    for part in filter(None, said["tiers"].split(",")):
        title, _, text = part.partition(":")
        limit = read_amount(text)
        if not title.strip() or len(title) > 40 or limit is None or not 0 < limit <= MOST or (said["tier_by"] == "points" and limit != int(limit)):  # fmt: skip
            raise _bad("tiers", said["tiers"], "such as silver:1000,gold:5000")
        limits.append([title.strip(), int(limit) if said["tier_by"] == "points" else to_minor(limit, currency)])
    if len({one[0] for one in limits}) < len(limits):
        raise _bad("tiers", said["tiers"], "such as silver:1000,gold:5000")
    return {
        **said,
        "per_unit": f"{rate:f}",
        "start": str(parse_day(said["start"])),
        "expires": str(int(expires)),
        **whole,
        "refer_least": f"{least:f}",
        "least": to_minor(least, currency),
        "limits": limits,
    }


def _whole(said: Mapping[str, Any], name: str, low: int, high: int) -> str:
    value = read_amount(said[name])
    if value is None or value != int(value) or not low <= value <= high:
        raise _bad(name, said[name], f"{low} to {high}")
    return str(int(value))


def _bad(field: str, given: str, allowed: str) -> GoldloopError:
    return GoldloopError(
        "points_rule_bad",
        f"'{given}' is no {field} of a program.",
        given=given,
        allowed=allowed,
        field=field,
        said=allowed,
    )


def book(
    *, program: Program, worth: Worth, since: date, day: date, merged: Mapping[str, str], moment: datetime
) -> dict[str, int]:
    """Book what sales from `since` on are worth, as known on `day`: only what differs from what was booked for them.

    Then whatever is older than the program lets it be expires, the oldest first. Points earned, taken back, expired.
    """
    with transaction.atomic():
        models.Program.objects.select_for_update(no_key=True).get(pk=program.id)
        accounts = _held(program)
        for person in [one for one in accounts if merged.get(one, one) != one]:
            _join(accounts, program, merged[person], person)
        booked = models.Entry.objects.filter(account__program=program.id, kind__in=OF_SALES, day__gte=since)
        sums = {
            (person, on): (points, amount)
            for person, on, points, amount in booked.values_list("account__person", "day").annotate(
                points_sum=Sum("points"), amount_sum=Sum("amount")
            )
        }
        fresh = sorted({person for person, _ in worth} - set(accounts))
        if fresh:  # some of them may begin to spend just now
            made = [models.Account(program_id=program.id, person=person) for person in fresh]
            models.Account.objects.bulk_create(made, batch_size=AT_ONCE, ignore_conflicts=True)
            accounts = _held(program)
        entries = []
        for place in sorted(set(worth) | set(sums)):
            now, was = worth.get(place, (0, 0)), sums.get(place, (0, 0))
            points, amount = now[0] - was[0], now[1] - was[1]
            if points or amount:
                kind = Kind.EARN if points > 0 or (points == 0 and amount > 0) else Kind.REFUND
                entries.append(_entry(accounts[place[0]], kind, points, place[1], moment, amount=amount))
        models.Entry.objects.bulk_create(entries, batch_size=AT_ONCE)
        expired = _expire(program, list(accounts.values()), day, moment)
        models.Account.objects.bulk_update(list({one.account_id: one.account for one in [*entries, *expired]}.values()), ["total"], batch_size=500)  # fmt: skip
        models.Program.objects.filter(pk=program.id).update(booked_to=day)
    return {
        "earned": sum(one.points for one in entries if one.points > 0),
        "taken_back": -sum(one.points for one in entries if one.points < 0),
        "expired": -sum(one.points for one in expired),
        "accounts": len(accounts),
    }


def _held(program: Program) -> dict[str, models.Account]:
    """All accounts of a program by person, held until the end of the transaction."""
    rows = models.Account.objects.select_for_update(no_key=True).filter(program=program.id).order_by("id")
    return {row.person: row for row in rows}


def _entry(account: models.Account, kind: str, points: int, day: date, moment: datetime, **more: Any) -> models.Entry:
    """A line that is yet to be kept, and its account's total with it."""
    account.total += points
    return models.Entry(account=account, kind=kind, points=points, day=day, made_at=moment, **more)


def _join(accounts: dict[str, models.Account], program: Program, person: str, old: str) -> None:
    """Two accounts are one person's: the lines of one go to the other as they are."""
    row = accounts.pop(old)
    if person not in accounts:
        row.person = person
        row.save(update_fields=["person"])
        accounts[person] = row
        return
    kept = accounts[person]
    models.Entry.objects.filter(account=row, key__in=models.Entry.objects.filter(account=kept).exclude(key="").values("key")).update(key="")  # fmt: skip
    models.Entry.objects.filter(account=row).update(account=kept)
    kept.total += row.total
    kept.save(update_fields=["total"])
    row.delete()


def _expire(program: Program, accounts: Sequence[models.Account], day: date, moment: datetime) -> list[models.Entry]:
    """What is older than the program lets it be, less everything that was spent of the oldest points before."""
    unused = queries.unused_of(program=program, until=day - timedelta(days=program.expires))
    entries = []
    for account in accounts:
        points = min(unused.get(account.pk, 0), account.total)
        if points > 0:
            entries.append(_entry(account, Kind.EXPIRE, -points, day, moment))
    models.Entry.objects.bulk_create(entries, batch_size=AT_ONCE)
    return entries


def burn(*, program: Program, person: str, points: int, key: str, by: str, day: date, moment: datetime) -> bool:
    """Spend points; False where the same wish (`key`) was booked before. Raises `points_bad`, `points_short`."""
    if not 0 < points <= MOST:
        raise _bad_points(points)
    return book_one(program, person, Kind.BURN, -points, key=key, reason=b"", by=by, day=day, moment=moment)


def correct(
    *, program: Program, person: str, points: int, key: str, reason: bytes, by: str, day: date, moment: datetime
) -> bool:
    """Give points or take some, for a sealed reason; otherwise as `burn`."""
    if not 0 < abs(points) <= MOST:
        raise _bad_points(points)
    return book_one(program, person, Kind.CORRECT, points, key=key, reason=reason, by=by, day=day, moment=moment)


def book_one(
    program: Program,
    person: str,
    kind: str,
    points: int,
    *,
    key: str,
    reason: bytes,
    by: str,
    day: date,
    moment: datetime,
    owed: bool = False,
) -> bool:
    """Book one line; False where the same wish (`key`) was booked before; `owed`: more may go than there is.

    Raises `points_short`, `points_key_used`.
    """
    with transaction.atomic():
        models.Account.objects.get_or_create(program_id=program.id, person=person)
        row = models.Account.objects.select_for_update(no_key=True).get(program=program.id, person=person)
        known = models.Entry.objects.filter(account=row, key=key).first() if key else None
        if known is not None:
            if (known.kind, known.points) != (kind, points):
                raise GoldloopError("points_key_used", "This key was used for another booking.", given=key)
            return False
        mine = models.Account.objects.filter(pk=row.pk)
        enough = mine if points > 0 or owed else mine.filter(total__gte=-points)
        if not enough.update(total=F("total") + points):
            raise GoldloopError(
                "points_short", "There are not so many points.", given=-points, allowed=max(row.total, 0),
                left=max(row.total, 0),
            )  # fmt: skip
        models.Entry.objects.create(
            account=row, kind=kind, points=points, day=day, key=key, reason=reason, made_by=by, made_at=moment
        )
    return True


def join(*, program: Program, person: str, keys: Collection[str]) -> None:
    """Make the accounts of a person's keys one, called by `person`."""
    with transaction.atomic():
        models.Program.objects.select_for_update(no_key=True).get(pk=program.id)
        rows = models.Account.objects.select_for_update(no_key=True).filter(
            program=program.id, person__in=[person, *keys]
        )
        accounts = {row.person: row for row in rows.order_by("id")}
        for old in [one for one in accounts if one != person]:
            _join(accounts, program, person, old)


def people_forget(*, names: Mapping[str, str]) -> int:
    """People who were forgotten (key -> the anonymous one): reasons go, sums stay under the new key; how many accounts."""
    count = 0
    for old, new in names.items():
        models.Entry.objects.filter(account__person=old).update(reason=b"")
        count += models.Account.objects.filter(person=old).update(person=new)
        count += models.ReferralCode.objects.filter(person=old).update(person=new, device="")
        count += models.Referral.objects.filter(friend=old).update(friend=new, also=[], device="")
    for row in models.Referral.objects.filter(state=models.Referral.State.WAITING).exclude(also=[]):
        if not names.keys().isdisjoint(row.also):
            count += models.Referral.objects.filter(pk=row.pk).update(friend=f"{row.pk}:forgotten", also=[], device="")
    return count


def _bad_points(points: int) -> GoldloopError:
    return GoldloopError("points_bad", "Points are a whole number other than 0.", given=points, allowed=f"1 to {MOST}")
