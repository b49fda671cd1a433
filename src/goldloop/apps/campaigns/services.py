"""Writes: waves go from draft over checked and exported to measured; what went out is never changed.

Caps hold across waves: the one row of rules is held while a file is claimed, so that two exports never pass each other;
a budget is taken by one conditional update.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from goldloop.apps.campaigns import models, queries
from goldloop.apps.campaigns.contracts import (
    BY_FILE,
    REASONS,
    RULES,
    TOTALS,
    Answered,
    File,
    MonthBudget,
    Reached,
    Seen,
)
from goldloop.core.errors import GoldloopError
from goldloop.core.holdout import MOST
from goldloop.core.money import read_amount
from goldloop.core.viewer import Viewer
from goldloop.core.wave import Wave, read_hours

State = models.Wave.State
AT_ONCE = 5000  # rows of one statement


def wave_new(*, viewer: Viewer, stores: Sequence[int], wave: Wave, salt: str, moment: datetime) -> Seen:
    """Keep a new wave as a draft, its hold-out to be drawn by `salt`; raises `wave_stores_bad`."""
    if not stores or not all(viewer.may_see(store) for store in stores):
        raise GoldloopError("wave_stores_bad", "A wave is of stores that you may see.", given=list(stores))
    with transaction.atomic():
        row = models.Wave.objects.create(currency=wave.currency, salt=salt)
        row.stores.set(stores)
        _add(row, wave, viewer.name, moment)
    return queries.wave_of(row)


def wave_change(*, viewer: Viewer, id: int, wave: Wave, moment: datetime) -> Seen:
    """Give a wave that did not go out yet another version, which must be checked again; raises `wave_unknown`, `wave_out`."""
    with transaction.atomic():
        row = _held(viewer, id, (State.DRAFT, State.CHECKED))
        row.current, row.state, row.told = row.current + 1, State.DRAFT, None
        row.save()
        models.Drawn.objects.filter(wave=row).delete()
        _add(row, wave, viewer.name, moment)
    return queries.wave_of(row)


def wave_check(
    *, viewer: Viewer, id: int, number: int, people: Sequence[tuple[str, str, bool]], told: Mapping[str, Any]
) -> Seen:
    """Keep who was drawn for version `number`: (person, unit, held out); a check that came again replaces it.

    Raises `wave_unknown`, `wave_out`, and `wave_moved` where there is a newer version.
    """
    with transaction.atomic():
        row = _held(viewer, id, (State.DRAFT, State.CHECKED))
        if row.current != number:
            raise GoldloopError("wave_moved", "The wave was changed meanwhile; check it again.", given=number)
        models.Drawn.objects.filter(wave=row).delete()
        models.Drawn.objects.bulk_create(
            (models.Drawn(wave=row, person=person, unit=unit, held=held) for person, unit, held in people),
            batch_size=AT_ONCE,
        )
        row.state, row.told = State.CHECKED, dict(told)
        row.save()
    return queries.wave_of(row)


def wave_file(
    *,
    viewer: Viewer,
    id: int,
    kind: str,
    sha256: str,
    people: Collection[str],
    cost: int,
    budgeted: int,
    capped: bool,
    day: date,
    moment: datetime,
    way: str = BY_FILE,
) -> File:
    """Claim the file of a wave; the first claim counts, and every later one gets its receipt.

    `people` in it are contacted on `day`, and (`capped`) by no other wave within the days of the rules; `cost` must fit into
    `budgeted`, the wave's own budget, and is taken from the month's, if there is one.
    Raises `wave_not_checked`, `wave_contacted` where another wave was faster, and `wave_over_budget`.
    """
    with transaction.atomic():
        models.Rules.objects.get_or_create(pk=1)
        rules = {**RULES, **models.Rules.objects.select_for_update().get(pk=1).said}
        known = models.WaveFile.objects.filter(wave=queries.wave_row(viewer, id), kind=kind).first()
        if known is not None:
            return _file(known)
        row = _held(viewer, id, (State.CHECKED,) if kind == "list" else (State.EXPORTED,))
        if kind == "list":
            quiet = int(rules["contact_days"])
            others = queries.contacted(since=day - timedelta(days=quiet), until=day + timedelta(days=quiet), but=id)
            if capped and (twice := len(others.intersection(people))):
                raise GoldloopError(
                    "wave_contacted", f"Another wave has reached {twice} of these people since the check.", given=twice,
                    todo=f"goldloop members wave check {id}", people=twice,
                )  # fmt: skip
            _mark_sent(row, people, day)
        _take(row.currency, day, cost, budgeted)
        made = models.WaveFile.objects.create(
            wave=row, kind=kind, sha256=sha256, lines=len(people), cost=cost, made_by=viewer.name, made_at=moment,
            way=way,
        )  # fmt: skip
        if kind == "list":
            row.state = State.EXPORTED
            row.save()
    return _file(made)


def _mark_sent(row: models.Wave, people: Collection[str], day: date) -> None:
    sent = models.Drawn.objects.filter(wave=row, held=False)
    if sent.count() == len(people):
        sent.update(sent_on=day)
        return
    every = sorted(people)
    for at in range(0, len(every), 500):
        sent.filter(person__in=every[at : at + 500]).update(sent_on=day)


def _take(currency: str, day: date, cost: int, own: int) -> None:
    """Take a cost from the wave's own budget and from the month's: one conditional update, so that none is ever passed."""
    if cost > own:
        raise _over(cost, own)
    month = models.Budget.objects.filter(month=day.replace(day=1), currency=currency)
    if cost and not month.filter(amount__gte=F("taken") + cost).update(taken=F("taken") + cost):
        row = month.first()
        if row is not None:
            raise _over(cost, row.amount - row.taken)


def _over(cost: int, left: int) -> GoldloopError:
    return GoldloopError(
        "wave_over_budget", "The wave may cost more than is left of its budget; nothing went out.", given=cost,
        allowed=left, todo="Narrow the audience, or raise the budget.", left=left,
    )  # fmt: skip


def wave_decline(*, viewer: Viewer, id: int, reason: str) -> Seen:
    """Say that a wave will not be sent, and why; raises `wave_reason_needed`, `wave_unknown`, `wave_out`."""
    reason = " ".join(reason.split())[:500]
    with transaction.atomic():
        row = _held(viewer, id, (State.DRAFT, State.CHECKED))
        if not reason:
            raise GoldloopError("wave_reason_needed", "Say why the wave is not sent.")
        row.state, row.reason = State.DECLINED, reason
        row.save()
        models.Drawn.objects.filter(wave=row).delete()
    return queries.wave_of(row)


def totals_add(*, viewer: Viewer, id: int, said: Mapping[str, int], moment: datetime) -> Seen:
    """Keep what the platform's tool said of a wave; raises `wave_unknown`, `wave_totals_bad`."""
    row = queries.wave_row(viewer, id)
    bad = [name for name, value in said.items() if name not in TOTALS or value < 0]
    claimed = said.get("claimed")
    over = claimed is not None and said.get("used", 0) + said.get("expired", 0) > claimed
    if not said or bad or over:
        raise GoldloopError(
            "wave_totals_bad", "Totals are whole numbers from 0 on; used and expired ones were claimed.", given=dict(said),
            allowed=list(TOTALS),
        )  # fmt: skip
    models.Totals.objects.create(wave=row, said=dict(said), by=viewer.name, at=moment)
    return queries.wave_of(row)


def result_keep(*, id: int, known: date, told: Mapping[str, Any], final: bool, moment: datetime) -> None:
    """Keep what a wave brought; of the same data it is kept once. A `final` result makes it measured.

    One that was kept before there were `sums` of arms gets them while both arms are what they were.
    """
    with transaction.atomic():
        row, new = models.Result.objects.get_or_create(
            wave_id=id, known_on=known, defaults={"told": dict(told), "made_at": moment}
        )
        alike = all(row.told.get(arm) == told.get(arm) for arm in ("sent", "held"))
        if not new and alike and "sums" in told and "sums" not in row.told:
            row.told = {**row.told, "sums": told["sums"]}
            row.save(update_fields=["told"])
        if final:
            models.Wave.objects.filter(pk=id, state=State.EXPORTED).update(state=State.MEASURED)


def messages_put(*, id: int, people: Collection[str], key: Callable[[], str], kind: str = "list") -> None:
    """Put a message under a new `key` for each of these people; those that are there stay as they are."""
    models.Message.objects.bulk_create(
        (models.Message(wave_id=id, kind=kind, person=person, key=key()) for person in sorted(people)),
        batch_size=AT_ONCE, ignore_conflicts=True,
    )  # fmt: skip


def messages_move(*, id: int, only: Collection[int], was: str, state: str, moment: datetime, reason: str = "") -> int:
    """Move messages of a wave from one state to another; how many were still in the first. To begin sending is an attempt."""
    rows = models.Message.objects.filter(wave=id, pk__in=list(only), state=was)
    more = {"attempts": F("attempts") + 1} if state == models.Message.State.SENDING else {}
    return rows.update(state=state, reason=reason, at=moment, **more)


def messages_lost(*, id: int, moment: datetime, kind: str = "list") -> int:
    """Nobody is sending a wave any more: what was just being sent is unclear; how many messages those were."""
    states = models.Message.State
    return models.Message.objects.filter(wave=id, kind=kind, state=states.SENDING).update(
        state=states.UNCLEAR, at=moment
    )


def reasons_put(*, viewer: Viewer, id: int, found: Sequence[Answered], moment: datetime) -> int:
    """Keep why people of a wave no longer buy; only of whom it went out to, a newer answer for an older one; how many.

    Raises `wave_unknown`, `wave_reason_unknown`.
    """
    row = queries.wave_row(viewer, id)
    unknown = next((one.code for one in found if one.code not in REASONS), None)
    if unknown is not None:
        raise GoldloopError("wave_reason_unknown", f"'{unknown}' is no reason.", given=unknown, allowed=list(REASONS))
    sent = set(models.Drawn.objects.filter(wave=row, sent_on__isnull=False).values_list("person", flat=True))
    rows = [
        models.Reason(wave=row, person=one.person, code=one.code, note=one.note, by=viewer.name, at=moment)
        for one in {one.person: one for one in found if one.person in sent}.values()
    ]
    models.Reason.objects.bulk_create(
        rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["wave", "person"],
        update_fields=["code", "note", "by", "at"],
    )  # fmt: skip
    return len(rows)


def contacts_put(*, found: Sequence[Reached]) -> None:
    """Keep how people may be reached; a person's newer line takes the place of her older one."""
    rows = [
        models.Contact(
            person=one.person, channel=one.channel, sealed=one.sealed, consented_at=one.consented_at, source=one.source,
            stopped_at=one.stopped_at,
        )
        for one in found
    ]  # fmt: skip
    models.Contact.objects.bulk_create(
        rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["person", "channel"],
        update_fields=["sealed", "consented_at", "source", "stopped_at"],
    )  # fmt: skip


def rules_set(*, given: Mapping[str, str]) -> dict[str, str]:
    """Set what holds for all waves; raises `wave_rule_bad`."""
    numbers = {"contact_days": 366, "refund_days": 366, "global_holdout": MOST, "message_price": 1000}
    for name, text in given.items():
        if name not in RULES or len(text) > 60 or not text.isprintable():
            raise _bad_rule(name, text, " ".join(RULES))
        if name in numbers:
            value = read_amount(text)
            whole = name.endswith("_days")
            if value is None or not 0 <= value <= numbers[name] or (whole and value != int(value)):
                raise _bad_rule(name, text, f"0 to {numbers[name]}")
        if name == "hours":
            read_hours(text)
    with transaction.atomic():
        models.Rules.objects.get_or_create(pk=1)
        row = models.Rules.objects.select_for_update().get(pk=1)
        row.said = {**row.said, **given}
        row.save()
    return queries.rules()


def _bad_rule(name: str, text: str, allowed: str) -> GoldloopError:
    return GoldloopError(
        "wave_rule_bad", f"'{text}' is no {name}.", given=text, allowed=allowed, name=name, said=allowed
    )


def budget_set(*, month: date, currency: str, amount: int) -> MonthBudget:
    """Set what a month's waves may cost at most (minor units); raises `wave_budget_taken` below what is taken already."""
    with transaction.atomic():
        row, _ = models.Budget.objects.get_or_create(month=month, currency=currency, defaults={"amount": amount})
        if not models.Budget.objects.filter(pk=row.pk, taken__lte=amount).update(amount=amount):
            raise GoldloopError(
                "wave_budget_taken", "Waves that went out have taken more than that already.", given=amount,
                allowed=row.taken,
            )  # fmt: skip
        row.refresh_from_db()
    return MonthBudget(row.month, row.currency, row.amount, row.taken)


def people_forget(*, names: Mapping[str, str]) -> None:
    """People who were forgotten (key -> the anonymous one): contacts go, the arms of waves keep their counts."""
    models.Contact.objects.filter(person__in=list(names)).delete()
    for old, new in names.items():
        models.Drawn.objects.filter(person=old).update(person=new)
        models.Message.objects.filter(person=old).update(person=new)
        models.Reason.objects.filter(person=old).update(person=new, note=b"")


def _add(row: models.Wave, wave: Wave, by: str, moment: datetime) -> None:
    models.WaveVersion.objects.create(wave=row, number=row.current, said=dict(wave.said), made_by=by, made_at=moment)


def _held(viewer: Viewer, id: int, states: Collection[str]) -> models.Wave:
    """The row of a wave, held until the end of the transaction; raises `wave_out` or `wave_not_checked` in other states."""
    queries.wave_row(viewer, id)
    row = models.Wave.objects.select_for_update().get(pk=id)
    if row.state in states:
        return row
    if row.state in (State.EXPORTED, State.MEASURED, State.DECLINED):
        raise GoldloopError("wave_out", "A wave that went out or was declined stays as it is.", given=row.state)
    raise GoldloopError(
        "wave_not_checked",
        "A wave goes out after its check.",
        given=row.state,
        todo=f"goldloop members wave check {id}",
    )


def _file(row: models.WaveFile) -> File:
    return File(row.kind, row.sha256, row.lines, row.cost, row.made_by, row.made_at, row.way)
