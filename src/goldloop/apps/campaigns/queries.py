"""Reads: waves of stores that the viewer may see, the people drawn for them, and how people may be reached."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Count, Model

from goldloop.apps.campaigns import models
from goldloop.apps.campaigns.contracts import MESSAGES, RULES, File, Message, MonthBudget, Reached, Seen
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.core.wave import Wave


def wave_list(*, viewer: Viewer) -> list[Seen]:
    """The waves all of whose stores this viewer may see, the newest first."""
    rows = models.Wave.objects.order_by("-id").prefetch_related("stores")
    return [wave_of(row) for row in rows if _may_see(row, viewer)]


def wave_show(*, viewer: Viewer, id: int) -> Seen:
    """One wave; raises `wave_unknown`."""
    return wave_of(wave_row(viewer, id))


def wave_row(viewer: Viewer, id: int) -> models.Wave:
    """The row itself, for services of this context."""
    row = models.Wave.objects.filter(pk=id).first()
    if row is None or not _may_see(row, viewer):
        raise GoldloopError(
            "wave_unknown", f"There is no wave {id}.", given=id, todo="goldloop members wave list", id=id
        )
    return row


def wave_of(row: models.Wave) -> Seen:
    """The frozen value of a row."""
    version = models.WaveVersion.objects.get(wave=row, number=row.current)
    files = models.WaveFile.objects.filter(wave=row).order_by("id")
    totals = models.Totals.objects.filter(wave=row).order_by("-id").first()
    results = models.Result.objects.filter(wave=row).order_by("-known_on")
    return Seen(
        row.pk, frozenset(store.pk for store in row.stores.all()), row.state, row.current,
        Wave(version.said, row.currency), row.salt, row.told,
        tuple(File(f.kind, f.sha256, f.lines, f.cost, f.made_by, f.made_at, f.way) for f in files),
        None if totals is None else totals.said, tuple(one.told for one in results), row.reason, version.made_by,
        version.made_at,
    )  # fmt: skip


def drawn(*, id: int) -> list[tuple[str, str, bool, date | None]]:
    """(person, unit, held out, day her line went out) of everybody drawn for a wave, in the order of their keys."""
    rows = models.Drawn.objects.filter(wave=id).order_by("person")
    return list(rows.values_list("person", "unit", "held", "sent_on"))


def contacted(*, since: date, until: date, but: int | None = None) -> set[str]:
    """Everybody whose line went out on these days in any wave `but` this one."""
    rows = models.Drawn.objects.filter(sent_on__gte=since, sent_on__lte=until).exclude(wave=but)
    return set(rows.values_list("person", flat=True))


def contacts(*, channel: str) -> dict[str, Reached]:
    """How people may be reached by a channel, by person."""
    return {
        row.person: Reached(row.person, row.channel, bytes(row.sealed), row.consented_at, row.source, row.stopped_at)
        for row in models.Contact.objects.filter(channel=channel)
    }


def stopped() -> set[str]:
    """Everybody who wants no more messages, by whatever channel."""
    return set(models.Contact.objects.filter(stopped_at__isnull=False).values_list("person", flat=True))


def rules() -> dict[str, str]:
    """What holds for all waves."""
    row = models.Rules.objects.filter(pk=1).first()
    return {**RULES, **(row.said if row else {})}


def budgets() -> list[MonthBudget]:
    """The budgets, the newest month first."""
    rows = models.Budget.objects.order_by("-month", "currency")
    return [MonthBudget(row.month, row.currency, row.amount, row.taken) for row in rows]


def waves_with(*, people: Collection[str]) -> list[tuple[int, str]]:
    """(wave, hash) of the files of waves for which one of these people was drawn."""
    waves = models.Drawn.objects.filter(person__in=list(people)).values("wave")
    return list(models.WaveFile.objects.filter(wave__in=waves).values_list("wave", "sha256"))


def messages(*, id: int, state: str, limit: int, kind: str = "list") -> list[Message]:
    """Messages of a wave in a state, in the order in which they were put there."""
    rows = models.Message.objects.filter(wave=id, kind=kind, state=state).order_by("id")[:limit]
    return [Message(row.pk, row.person, row.key) for row in rows]


def messaged(*, id: int, kind: str = "list") -> set[str]:
    """Everybody whom a message of a wave has reached, or may have."""
    states = models.Message.State
    rows = models.Message.objects.filter(wave=id, kind=kind, state__in=(states.SENDING, states.SENT, states.UNCLEAR))
    return set(rows.values_list("person", flat=True))


def message_counts(*, id: int, kind: str = "list") -> dict[str, int]:
    """How many messages of a wave are in each state; nothing where no gateway was asked to send it."""
    rows = models.Message.objects.filter(wave=id, kind=kind).values_list("state").annotate(count=Count("id"))
    found = dict(rows)
    return {state: found.get(state, 0) for state in MESSAGES} if found else {}


def reason_counts(*, id: int) -> dict[str, int]:
    """How many people of a wave gave each reason, the most frequent first."""
    rows = models.Reason.objects.filter(wave=id).values_list("code").annotate(count=Count("id"))
    return dict(rows.order_by("-count", "code"))


def reasons_of(*, id: int) -> dict[str, str]:
    """Why each person of a wave who answered no longer buys, by her key."""
    return dict(models.Reason.objects.filter(wave=id).values_list("person", "code"))


def kept_of(*, people: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """What is kept of people: how they may be reached, the waves they were drawn for, what they answered; words are sealed."""
    tables: tuple[tuple[str, type[Model], tuple[str, ...]], ...] = (
        ("contacts", models.Contact, ("channel", "sealed", "consented_at", "source", "stopped_at")),
        ("waves", models.Drawn, ("wave", "held", "sent_on")),
        ("reasons", models.Reason, ("wave", "code", "note", "by", "at")),
    )
    return {
        name: list(model._default_manager.filter(person__in=list(people)).order_by("pk").values(*columns))
        for name, model, columns in tables
    }


def _may_see(row: models.Wave, viewer: Viewer) -> bool:
    return all(viewer.may_see(store.pk) for store in row.stores.all())
