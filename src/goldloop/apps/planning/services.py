"""Writes: plans, their versions, and what the three owners answer. A version is never changed; a change is a new one.

Who writes is who asks: the viewer's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from goldloop.apps.planning import models, queries
from goldloop.apps.planning.contracts import OWNERS, Difference, LockRow, Plan, Version, differences
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer

State = models.Version.State


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes: `values` by variable as text in major units, rows held by hand, and what they are spread by."""

    values: Mapping[str, str]
    locks: Sequence[LockRow] = ()
    shapes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)


def plan_new(
    *,
    viewer: Viewer,
    name: str,
    stores: Sequence[int],
    period: Period,
    currency: str,
    proposal: Proposal,
    moment: datetime,
    beside: int | None = None,
    four_eyes_from: Decimal | None = None,
) -> Plan:
    """Make a plan with its first version; `beside` makes it a scenario of another plan.

    The values have been checked by whoever calls. Raises `plan_name_bad`, `plan_stores_bad` and `plan_unknown`.
    """
    if not name.strip() or len(name) > 100:
        raise GoldloopError("plan_name_bad", "A plan needs a name of at most 100 characters.", given=name)
    if not stores or not all(viewer.may_see(store) for store in stores):
        raise GoldloopError("plan_stores_bad", "A plan is of stores that you may see.", given=list(stores))
    with transaction.atomic():
        base = None if beside is None else queries.plan_row(viewer, beside)
        row = models.Plan.objects.create(
            name=name.strip(),
            beside=base,
            first_on=period.first,
            last_on=period.last,
            currency=currency,
            four_eyes_from=four_eyes_from,
            made_by=viewer.name,
            made_at=moment,
        )
        row.stores.set(stores)
        _add(row, 1, proposal, viewer.name, moment)
    return queries.plan_of(row)


def plan_change(*, viewer: Viewer, id: int, seen: int, proposal: Proposal, moment: datetime, owner: str = "") -> Plan:
    """Propose another version; with `owner`, as this owner's counter-offer, which she accepts herself.

    `seen` is the version the change was made from: raises `plan_moved` with the differences where it is not the newest any
    more, so nobody's version is passed over. Raises `plan_unknown` and `plan_owner_unknown`.
    """
    with transaction.atomic():
        row, before = _newest(viewer, id, seen, proposal)
        if owner:
            _answer(before, owner, State.COUNTERED, viewer.name, moment)
        if before.state in (State.PROPOSED, State.ACCEPTED):
            before.state = State.COUNTERED
            before.save()
        row.current += 1
        row.save()
        version = _add(row, row.current, proposal, viewer.name, moment)
        if owner:
            _answer(version, owner, State.ACCEPTED, viewer.name, moment)
    return queries.plan_of(row)


def plan_accept(*, viewer: Viewer, id: int, seen: int, owner: str, moment: datetime) -> Plan:
    """One owner accepts the newest version; it is accepted when all three have.

    Raises `plan_unknown`, `plan_owner_unknown`, `plan_moved` and, of a version that is signed already, `plan_signed`.
    """
    with transaction.atomic():
        row, version = _newest(viewer, id, seen)
        _check_open(version)
        _answer(version, owner, State.ACCEPTED, viewer.name, moment)
        if queries.version_of(version).owners_that(State.ACCEPTED) == set(OWNERS):
            version.state = State.ACCEPTED
            version.save()
    return queries.plan_of(row)


def plan_sign(*, viewer: Viewer, id: int, seen: int, owner: str, moment: datetime) -> Plan:
    """One owner signs the newest version, which all three have accepted; it is signed when all three have signed.

    Raises as `plan_accept`, `plan_not_accepted`, and `plan_four_eyes` where the last signature would leave a plan above its
    limit to one person alone.
    """
    with transaction.atomic():
        row, version = _newest(viewer, id, seen)
        _check_open(version)
        if version.state != State.ACCEPTED:
            open_owners = sorted(set(OWNERS) - queries.version_of(version).owners_that(State.ACCEPTED))
            raise GoldloopError(
                "plan_not_accepted", "Only a plan that all three owners accept can be signed.", given=version.state, todo=f"Still open: {', '.join(open_owners)}.", owners=open_owners
            )  # fmt: skip
        _answer(version, owner, State.SIGNED, viewer.name, moment)
        found = queries.version_of(version)
        if found.owners_that(State.SIGNED) == set(OWNERS):
            _check_four_eyes(row, found)
            version.state = State.SIGNED
            version.save()
    return queries.plan_of(row)


def plan_comment(
    *, viewer: Viewer, id: int, number: int | None = None, about: str = "", text: str, moment: datetime
) -> Plan:
    """Say something of a version (default: the newest); raises `plan_unknown`, `plan_version_unknown`, `plan_comment_bad`."""
    if not text.strip() or len(text) > 1000 or len(about) > 60:
        raise GoldloopError("plan_comment_bad", "A comment has 1 to 1000 characters.", given=len(text))
    with transaction.atomic():
        plan = queries.plan_show(viewer=viewer, id=id, number=number)
        version = models.Version.objects.get(plan_id=id, number=plan.version.number)
        models.Comment.objects.create(version=version, about=about, text=text.strip(), by=viewer.name, at=moment)
    return queries.plan_show(viewer=viewer, id=id, number=number)


def _newest(viewer: Viewer, id: int, seen: int, proposal: Proposal | None = None) -> tuple[models.Plan, models.Version]:
    """The plan, held until the end of the transaction, and its newest version, which must be the one that was seen."""
    queries.plan_row(viewer, id)
    row = models.Plan.objects.select_for_update().get(pk=id)
    version = models.Version.objects.get(plan=row, number=row.current)
    if seen != row.current:
        raise _moved(row, version, seen, proposal)
    return row, version


def _moved(row: models.Plan, version: models.Version, seen: int, proposal: Proposal | None) -> GoldloopError:
    """Somebody else was faster: what she changed since, and what the other one wanted there."""
    base = models.Version.objects.filter(plan=row, number=seen).first()
    theirs = queries.version_of(version)
    changed = differences(queries.version_of(base), theirs) if base else []
    return GoldloopError(
        "plan_moved",
        f"{version.made_by} has proposed version {version.number} meanwhile; nothing was saved.",
        given=[_said(one, proposal) for one in changed],
        allowed=row.current,
        todo=f"Look at version {version.number} and propose your change again.",
        by=version.made_by,
        number=version.number,
        conflict=[{"name": d.name, "seen": d.left, "now": d.right, "yours": _mine(d, proposal)} for d in changed],
    )


def _mine(one: Difference, proposal: Proposal | None) -> str | None:
    return None if proposal is None else proposal.values.get(one.name)


def _said(one: Difference, proposal: Proposal | None) -> str:
    mine = _mine(one, proposal)
    return f"{one.name}: {one.left} -> {one.right}" + ("" if mine is None else f" ({mine})")


def _add(row: models.Plan, number: int, proposal: Proposal, by: str, moment: datetime) -> models.Version:
    return models.Version.objects.create(
        plan=row,
        number=number,
        values=dict(proposal.values),
        locks=[dict(lock) for lock in proposal.locks],
        shapes=dict(proposal.shapes),
        sources=dict(proposal.sources),
        note=proposal.note[:500],
        made_by=by,
        made_at=moment,
    )


def _answer(version: models.Version, owner: str, said: str, by: str, moment: datetime) -> None:
    """Keep an owner's answer; the same one again changes nothing."""
    if owner not in OWNERS:
        raise GoldloopError(
            "plan_owner_unknown", f"'{owner}' is no owner of a plan.", given=owner, allowed=list(OWNERS)
        )
    models.Answer.objects.get_or_create(version=version, owner=owner, said=said, defaults={"by": by, "at": moment})


def _check_open(version: models.Version) -> None:
    if version.state == State.SIGNED:
        raise GoldloopError(
            "plan_signed", "This version is signed.", given=version.number, todo="Propose another version to change it."
        )


def _check_four_eyes(row: models.Plan, version: Version) -> None:
    people = {answer.by for answer in version.answers if answer.said == State.SIGNED}
    limit, sales = row.four_eyes_from, version.values.get("gmv")
    if limit is not None and len(people) == 1 and (sales is None or Decimal(sales) >= limit):
        raise GoldloopError(
            "plan_four_eyes",
            f"A plan of {limit.normalize():f} or more needs the signatures of two people.",
            given=sorted(people),
            todo="Let another owner sign for her part.",
            limit=f"{limit.normalize():f}",
        )
