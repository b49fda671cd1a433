"""Reads: programs of stores that the viewer may see, balances, and how many people are in each tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Q, Sum

from goldloop.apps.loyalty import models
from goldloop.apps.loyalty.contracts import (
    FIELDS,
    SOON_DAYS,
    TIER_DAYS,
    Balance,
    Line,
    Program,
    Referring,
    Totals,
)
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

Kind = models.Entry.Kind
OF_SALES = (Kind.EARN, Kind.REFUND)
GAINED = Q(kind__in=OF_SALES) | Q(kind__in=(Kind.CORRECT, Kind.REFER), points__gt=0)


def programs(*, viewer: Viewer) -> list[Program]:
    """The programs all of whose stores this viewer may see, by name."""
    found = [program_of(row) for row in models.Program.objects.order_by("name").prefetch_related("stores")]
    return [one for one in found if all(viewer.may_see(store) for store in one.stores)]


def program(*, viewer: Viewer, name: str = "") -> Program:
    """The program of that name, or the only one; raises `points_program`."""
    found = programs(viewer=viewer)
    named = [one for one in found if name in ("", one.name)]
    if len(named) != 1:
        raise GoldloopError(
            "points_program", f"There is no one program '{name}'.", given=name, allowed=[one.name for one in found],
            todo="goldloop members points rules NAME --store STORE start=2026-01-01", name=name,
        )  # fmt: skip
    return named[0]


def program_of(row: models.Program) -> Program:
    """The frozen value of a row."""
    said = {**FIELDS, **row.said}
    tiers = sorted(((name, int(limit)) for name, limit in said.get("limits", [])), key=lambda one: one[1])
    return Program(
        row.pk, row.name, frozenset(store.pk for store in row.stores.all()), row.currency, date.fromisoformat(said["start"]),
        tuple((date.fromisoformat(day), rate) for day, rate in row.rates), int(said["expires"]), said["tier_by"],
        tuple(tiers),
        Referring(
            int(said["refer_points"]), int(said["friend_points"]), int(said["refer_days"]), int(said.get("least", 0)),
            int(said["refer_most"]),
        ),
        row.booked_to,
    )  # fmt: skip


def balance(*, program: Program, person: str, day: date, limit: int = 20) -> Balance:
    """A person's points on a day, with her newest lines; zeros for who has no account."""
    row = models.Account.objects.filter(program=program.id, person=person).first()
    if row is None:
        return Balance(person, 0, 0, 0, program.tier(0), 0, ())
    rows = models.Entry.objects.filter(account=row).order_by("-id")[:limit]
    lines = tuple(Line(one.kind, one.points, one.day, one.made_by, one.made_at, bytes(one.reason)) for one in rows)
    value = tier_values(program=program, day=day, accounts=[row.pk]).get(row.pk, 0)
    unused = unused_of(program=program, until=_soon(program, day), accounts=[row.pk]).get(row.pk, 0)
    expiring = max(min(unused, row.total), 0)
    return Balance(person, max(row.total, 0), expiring, max(-row.total, 0), program.tier(value), value, lines)


def totals(*, program: Program, day: date) -> Totals:
    """All accounts of a program together, on a day."""
    rows = dict(models.Account.objects.filter(program=program.id).values_list("pk", "total"))
    unused = unused_of(program=program, until=_soon(program, day))
    return Totals(
        len(rows), sum(total for total in rows.values() if total > 0),
        sum(max(min(unused.get(id, 0), total), 0) for id, total in rows.items()),
        -sum(total for total in rows.values() if total < 0),
    )  # fmt: skip


def unused_of(*, program: Program, until: date, accounts: Collection[int] | None = None) -> dict[int, int]:
    """What of each account was gained up to a day and not spent since, the oldest first; below 0 where more was spent."""
    rows = models.Entry.objects.filter(account__program=program.id)
    rows = rows if accounts is None else rows.filter(account__in=list(accounts))
    found = Counter(dict(rows.filter(GAINED, day__lte=until).values_list("account").annotate(sum=Sum("points"))))
    found.update(dict(rows.exclude(GAINED).values_list("account").annotate(sum=Sum("points"))))
    return found


def _soon(program: Program, day: date) -> date:
    """The last day whose points expire within SOON_DAYS."""
    return day + timedelta(days=SOON_DAYS - program.expires)


def tier_values(*, program: Program, day: date, accounts: Collection[int] | None = None) -> dict[int, int]:
    """What counts for the tier of each account: points earned, or net of sales, in the 365 days up to `day`."""
    rows = models.Entry.objects.filter(
        account__program=program.id, kind__in=OF_SALES, day__gt=day - timedelta(days=TIER_DAYS), day__lte=day
    )
    if accounts is not None:
        rows = rows.filter(account__in=list(accounts))
    column = "points" if program.tier_by == "points" else "amount"
    return dict(rows.values_list("account").annotate(value=Sum(column)))


def tier_counts(*, program: Program, day: date) -> dict[str, int]:
    """How many accounts are in each tier; '' is below all of them."""
    values = tier_values(program=program, day=day)
    found = dict.fromkeys(["", *(name for name, _ in program.tiers)], 0)
    for value in values.values():
        found[program.tier(value)] += 1
    found[""] += models.Account.objects.filter(program=program.id).count() - len(values)
    return found


def kept_of(*, people: Collection[str]) -> list[tuple[str, Line]]:
    """(program, line) of everything that was booked for these people."""
    rows = (
        models.Entry.objects.filter(account__person__in=list(people)).select_related("account__program").order_by("id")
    )
    return [
        (row.account.program.name, Line(row.kind, row.points, row.day, row.made_by, row.made_at, bytes(row.reason)))
        for row in rows
    ]
