"""Reads: rules, alarms and judgements, each only as far as the viewer's stores and figures reach (default: nothing)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, cast

from django.db.models import Max

from goldloop.apps.watch import models
from goldloop.apps.watch.contracts import STATES, Alarm, Day, Kind, Rule
from goldloop.core.alarm import Direction, Side
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

ACTIVE = "active"  # open or acknowledged: not cleared


def rule_list(*, viewer: Viewer) -> list[Rule]:
    """The rules that watch something this viewer may see, by code; of their stores only those she may see."""
    rows = models.Rule.objects.order_by("code").prefetch_related("stores")
    return [rule for row in rows if (rule := _seen(row, viewer)) is not None]


def rule_show(*, viewer: Viewer, code: str) -> Rule:
    """The rule of that code; raises `alarm_rule_unknown`."""
    return rule_of(rule_row(viewer, code))


def rule_row(viewer: Viewer, code: str) -> models.Rule:
    """The row itself, for services of this context."""
    row = models.Rule.objects.filter(code=code).first()
    if row is None or _seen(row, viewer) is None:
        raise GoldloopError(
            "alarm_rule_unknown",
            f"There is no rule '{code}'.",
            given=code,
            allowed=[rule.code for rule in rule_list(viewer=viewer)],
            todo="goldloop watch rules list",
            rule=code,
        )
    return row


def rule_of(row: models.Rule) -> Rule:
    """The frozen settings of a rule row, for whoever may see all of its stores."""
    quiet = None if row.quiet_from is None or row.quiet_to is None else (row.quiet_from, row.quiet_to)
    return Rule(
        id=row.pk,
        code=row.code,
        kind=cast(Kind, row.kind),
        figure=row.figure,
        stores=frozenset(store.pk for store in row.stores.all()),
        where=tuple((cut, value) for cut, value in row.where),
        direction=cast(Direction, row.direction),
        rate=row.rate,
        amount=row.amount,
        least=row.least,
        sensitivity=row.sensitivity,
        quiet=quiet,
        enabled=row.enabled,
    )


def _seen(row: models.Rule, viewer: Viewer) -> Rule | None:
    """The rule as the viewer may see it; None where she may see nothing of what it watches."""
    rule = rule_of(row)
    visible = frozenset(store for store in rule.stores if viewer.may_see(store))
    watched = visible if rule.stores else viewer.stores
    if all(viewer.hides(rule.figure, [store]) for store in watched):
        return None
    return replace(rule, stores=visible)


def alarm_list(
    *, viewer: Viewer, stores: Iterable[int] | None = None, state: str | None = ACTIVE, limit: int | None = None
) -> list[Alarm]:
    """Alarms of the viewer's stores, the newest first.

    `stores`: ids, None for all she may see; `state`: active (open or acknowledged), open, acknowledged, cleared, or None
    for all. Raises `alarm_state_unknown`.
    """
    if state not in (None, ACTIVE, *STATES):
        allowed = [ACTIVE, *STATES]
        raise GoldloopError("alarm_state_unknown", f"'{state}' is no state.", given=state, allowed=allowed, state=state)
    rows = models.Alarm.objects.select_related("rule", "store").order_by("-opened_on", "-id")
    rows = rows.filter(store_id__in=viewer.stores)
    if stores is not None:
        rows = rows.filter(store_id__in=list(stores))
    if state == ACTIVE:
        rows = rows.exclude(state=models.Alarm.State.CLEARED)
    elif state is not None:
        rows = rows.filter(state=state)
    seen = (alarm_of(row, viewer) for row in rows.iterator(chunk_size=500) if not _hidden(row, viewer))
    return list(islice(seen, limit))


def alarm_show(*, viewer: Viewer, id: int) -> Alarm:
    """One alarm; raises `alarm_unknown`, also for one of a store or figure that the viewer may not see."""
    return alarm_of(alarm_row(viewer, id), viewer)


def alarm_row(viewer: Viewer, id: int) -> models.Alarm:
    """The row itself, for services of this context."""
    rows = models.Alarm.objects.select_related("rule", "store").filter(store_id__in=viewer.stores)
    row = rows.filter(pk=id).first()
    if row is None or _hidden(row, viewer):
        raise GoldloopError("alarm_unknown", f"There is no alarm {id}.", given=id, todo="goldloop watch list", id=id)
    return row


def alarm_days(*, viewer: Viewer, id: int) -> list[Day]:
    """The days of an alarm, oldest first, from the day on which it opened to the one that cleared it."""
    row = alarm_row(viewer, id)
    rows = models.Judgement.objects.filter(
        rule_id=row.rule_id, store_id=row.store_id, subject=row.subject, day__gte=row.opened_on
    )
    if row.cleared_on is not None:
        rows = rows.filter(day__lte=row.cleared_on)
    return [
        Day(one.day, one.verdict, one.excess, _numbers(one.numbers, row.store_id, viewer))
        for one in rows.order_by("day")
    ]


def alarm_of(row: models.Alarm, viewer: Viewer | None = None) -> Alarm:
    """The frozen alarm of a row, as a viewer may see it (None: all of it).

    An account that rests on a figure which is hidden from her is left out, with the words that name its drivers.
    """
    same = (
        "subject", "opened_on", "last_on", "cleared_on", "opened_at", "cleared_at", "acknowledged_at",
        "acknowledged_by", "note",
    )  # fmt: skip
    account = row.account
    if account is not None and viewer is not None and any(viewer.hides(f, [row.store_id]) for f in account["figures"]):
        account = None
    return Alarm(
        id=row.pk,
        rule=row.rule.code,
        kind=cast(Kind, row.rule.kind),
        figure=row.rule.figure,
        store=row.store.name,
        store_id=row.store_id,
        where=tuple((cut, value) for cut, value in row.rule.where),
        side=cast(Side, row.side),
        state=str(row.state),
        numbers=row.numbers if viewer is None else _numbers(row.numbers, row.store_id, viewer),
        said=row.said if account is None else account["said"],
        account=account,
        **{name: getattr(row, name) for name in same},
    )


def _hidden(row: models.Alarm, viewer: Viewer) -> bool:
    return viewer.hides(row.rule.figure, [row.store_id])


def _numbers(numbers: dict[str, Any], store: int, viewer: Viewer) -> dict[str, Any]:
    """The numbers of a day without a sample that the viewer may not see."""
    counted = numbers.get("counted")
    return {**numbers, "sample": None} if counted and viewer.hides(counted, [store]) else numbers


def alarm_side(*, rule: int, store: int, subject: str = "") -> Side | None:
    """The side on which a rule's alarm of a store stands open; None where none does."""
    rows = models.Alarm.objects.filter(rule_id=rule, store_id=store, subject=subject)
    found = rows.exclude(state=models.Alarm.State.CLEARED).values_list("side", flat=True).first()
    return cast(Side, found) if found is not None else None


def judged_until() -> dict[tuple[int, int], date]:
    """The last judged day by (rule id, store id)."""
    rows = models.Judgement.objects.filter(verdict="judged").values_list("rule_id", "store_id")
    return {(rule, store): day for rule, store, day in rows.annotate(Max("day"))}
