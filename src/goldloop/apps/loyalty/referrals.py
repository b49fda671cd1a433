"""Friends whom members bring: codes, claims, rewards. The row of the program is held by every claim and every decision, so
that a cap is never passed, two friends never bring each other, and a reward is booked once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count

from goldloop.apps.loyalty import models
from goldloop.apps.loyalty.contracts import REFERRALS, Program, Referral, Verdict
from goldloop.apps.loyalty.queries import Kind
from goldloop.apps.loyalty.services import book_one
from goldloop.core.errors import GoldloopError

State = models.Referral.State
WITHIN = timedelta(days=30)  # in which a person brings so many friends at most


def code_give(*, program: Program, person: str, code: Callable[[], str], device: str, moment: datetime) -> str:
    """The code of a person, made by `code` where she has none; raises `referral_off` where nobody is rewarded."""
    if not program.referring.points and not program.referring.friend_points:
        raise GoldloopError(
            "referral_off", "This program rewards nobody for bringing friends.", given=program.name,
            todo="goldloop members points rules PROGRAM refer_points=100 friend_points=50",
        )  # fmt: skip
    row, _ = models.ReferralCode.objects.get_or_create(
        program_id=program.id, person=person, defaults={"code": code(), "device": device, "made_at": moment}
    )
    return row.code


def referrer(*, program: Program, code: str) -> str:
    """Whose code it is; raises `referral_code_unknown`."""
    return _code(program, code).person


def claim(
    *,
    program: Program,
    code: str,
    referrer: Collection[str],
    friend: Sequence[str],
    device: str,
    bought: bool,
    day: date,
    moment: datetime,
) -> Referral:
    """Write down that a friend came by a code, or say why not. `referrer` and `friend` are all keys of both, the one by which
    she is called in front; `device` a hash, or ''; `bought`: she is a buyer already.

    Raises `referral_code_unknown`, `referral_self`, `referral_not_new`, `referral_taken`, `referral_ring`, `referral_device`,
    `referral_too_many`.
    """
    with transaction.atomic():
        models.Program.objects.select_for_update(no_key=True).get(pk=program.id)
        row = _code(program, code)
        mine = {row.person, *referrer}
        rows = models.Referral.objects.filter(program=program.id)
        if mine & set(friend):
            raise GoldloopError("referral_self", "Nobody brings herself.")
        if rows.filter(friend__in=friend).exists():
            raise GoldloopError("referral_taken", "Somebody brought this friend already.")
        if bought:
            raise GoldloopError("referral_not_new", "A friend is somebody who has not bought yet.")
        if set(friend) & _above(program, mine):
            raise GoldloopError("referral_ring", "This friend brought whoever brings her now.")
        if device and _device_known(program, device):
            raise GoldloopError("referral_device", "Another member or friend came from this device.")
        recent = rows.filter(code__person__in=mine, claimed_at__gt=moment - WITHIN).exclude(state=State.REFUSED)
        if recent.count() >= program.referring.most:
            raise GoldloopError(
                "referral_too_many", "This member has brought as many friends as the rules allow for 30 days."
            )
        made = models.Referral.objects.create(
            program_id=program.id,
            code=row,
            friend=friend[0],
            also=list(friend[1:]),
            device=device,
            claimed_on=day,
            claimed_at=moment,
        )
    return _seen(made)


def referrals(*, program: Program, state: str = "", limit: int | None = None) -> list[Referral]:
    """Friends who were brought, the newest first; of one state where it is named."""
    rows = models.Referral.objects.filter(program=program.id).select_related("code").order_by("-id")
    return [_seen(row) for row in (rows.filter(state=state) if state else rows)[:limit]]


def referral_counts(*, program: Program) -> dict[str, int]:
    """How many friends are in each state."""
    found = dict(models.Referral.objects.filter(program=program.id).values_list("state").annotate(count=Count("id")))
    return {state: found.get(state, 0) for state in REFERRALS}


def refusal_counts(*, program: Program) -> dict[str, int]:
    """How many friends brought nothing, by why."""
    rows = models.Referral.objects.filter(program=program.id, state=State.REFUSED)
    return dict(rows.values_list("reason").annotate(count=Count("id")).order_by("reason"))


def referrals_of(*, people: Collection[str]) -> list[Referral]:
    """Friends whom one of these people brought, or who are one of them."""
    rows = models.Referral.objects.select_related("code").order_by("id")
    mine = rows.filter(code__person__in=list(people)) | rows.filter(friend__in=list(people))
    return [_seen(row) for row in mine]


def codes_of(*, program: Program, people: Collection[str]) -> list[str]:
    """The codes of these people."""
    rows = models.ReferralCode.objects.filter(program=program.id, person__in=list(people)).order_by("id")
    return list(rows.values_list("code", flat=True))


def settle(*, program: Program, verdicts: Sequence[Verdict], by: str, day: date, moment: datetime) -> dict[str, int]:
    """Reward both or neither of those who were brought and still wait; take back from both where a verdict on one who was
    rewarded has a reason. How many of each.
    """
    counts = {"rewarded": 0, "refused": 0, "taken_back": 0}
    with transaction.atomic():
        models.Program.objects.select_for_update(no_key=True).get(pk=program.id)
        open_ones = models.Referral.objects.filter(program=program.id, state__in=(State.WAITING, State.REWARDED))
        rows = {row.pk: row for row in open_ones.select_for_update(no_key=True)}
        for verdict in verdicts:
            row = rows.get(verdict.id)
            if row is None or (row.state == State.REWARDED and not verdict.reason):
                continue
            if row.state == State.REWARDED:
                row.state, row.reason, row.decided_at = State.TAKEN_BACK, verdict.reason, moment
                _take_back(program, row.pk, by, day, moment)
            else:
                _decide(program, row, verdict, moment)
                if not row.reason:
                    _reward(program, verdict, by, day, moment)
            row.save()
            counts[row.state] += 1
    return counts


def _decide(program: Program, row: models.Referral, verdict: Verdict, moment: datetime) -> None:
    """Whether a friend who waits is rewarded or refused."""
    others = models.Referral.objects.filter(program=program.id, friend=verdict.friend).exclude(pk=row.pk)
    taken = others.exists()
    row.reason = verdict.reason or ("taken" if taken else "")
    row.friend, row.also = row.friend if taken else verdict.friend, []
    row.bought_on, row.decided_at = verdict.bought_on, moment
    row.state = State.REFUSED if row.reason else State.REWARDED


def _take_back(program: Program, id: int, by: str, day: date, moment: datetime) -> None:
    """What was booked for a friend, whoever has it now; what is spent already is owed."""
    key = f"refer:{id}"
    booked = models.Entry.objects.filter(account__program=program.id, key=key).select_related("account")
    for one in booked:
        book_one(
            program, one.account.person, Kind.REFER, -one.points, key=f"{key}:back", reason=b"", by=by, day=day,
            moment=moment, owed=True,
        )  # fmt: skip


def _reward(program: Program, verdict: Verdict, by: str, day: date, moment: datetime) -> None:
    worth = program.referring
    for person, points in ((verdict.referrer, worth.points), (verdict.friend, worth.friend_points)):
        if points:
            book_one(
                program, person, Kind.REFER, points, key=f"refer:{verdict.id}", reason=b"", by=by, day=day,
                moment=moment,
            )  # fmt: skip


def _code(program: Program, code: str) -> models.ReferralCode:
    row = models.ReferralCode.objects.filter(program=program.id, code=code.strip().upper()).first()
    if row is None:
        raise GoldloopError("referral_code_unknown", "There is no such code.")
    return row


def _above(program: Program, people: Collection[str]) -> set[str]:
    """Everybody by whom these people came, and by whom those did."""
    found: set[str] = set()
    asked = set(people)
    while asked:
        rows = models.Referral.objects.filter(program=program.id, friend__in=asked).exclude(state=State.REFUSED)
        asked = set(rows.values_list("code__person", flat=True)) - found
        found |= asked
    return found


def _device_known(program: Program, device: str) -> bool:
    places = (models.ReferralCode, models.Referral)
    return any(place.objects.filter(program=program.id, device=device).exists() for place in places)


def _seen(row: models.Referral) -> Referral:
    return Referral(
        row.pk, row.code.code, row.code.person, row.friend, tuple(row.also), row.state, row.reason, row.claimed_on,
        row.bought_on,
    )  # fmt: skip
