"""Friends whom members bring: claimed before their first order, rewarded after it can no longer come back, or refused for
what the lake knows of both; taken back where a refund of these days is loaded later (docs/decisions/0042-referrals-and-recall.md)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.apps.loyalty import api as loyalty
from goldloop.apps.loyalty.api import Program, Referral, Verdict
from goldloop.connectors import identity
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs.forget import KINDS
from goldloop.jobs.personal import MASK
from goldloop.lake.snapshot import Snapshot

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Ask

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another
LONG = 8
PATIENCE = timedelta(days=90)  # in which a friend buys, or brings nothing
Days = dict[str, list[tuple[date, int]]]  # what each person paid, by day
CALLED = 12  # characters of a key that are shown


def code_give(home: Home, program: Program, person: str, *, device: str, moment: datetime) -> str:
    """The code of a person, made where she has none."""
    made = "".join(secrets.choice(LETTERS) for _ in range(LONG))
    return loyalty.code_give(
        program=program, person=person, code=lambda: made, device=_hashed(home, device), moment=moment
    )


def claim(
    home: Home,
    snapshot: Snapshot,
    program: Program,
    *,
    code: str,
    friend: Sequence[str],
    device: str,
    day: date,
    moment: datetime,
) -> Referral:
    """Write down that a friend (her keys) came by a code on a day; raises as `loyalty.claim`."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    mine = loyalty.referrer(program=program, code=code)
    with looking(snapshot) as work:
        keys = whose.keys_beside(work, [mine])
        hers = list(dict.fromkeys([*friend, *whose.keys_beside(work, friend)]))
        bought = bool(whose.keys_in(work, hers, program.stores, ("facts/orders",)))
    return loyalty.claim(
        program=program, code=code, referrer=keys, friend=hers, device=_hashed(home, device),
        bought=bought, day=day, moment=moment,
    )  # fmt: skip


def settle(ask: Ask, program: Program, *, merged: Mapping[str, str], by: str, moment: datetime) -> dict[str, int]:
    """Reward whoever brought a friend whose first order can no longer come back, by the days loaded so far, and refuse others.

    Whoever was rewarded is looked at again: a refund settled inside the window may be loaded after it. The second time nothing. How many
    were rewarded, were refused, lost their reward again, and wait on.
    """
    waiting, rewarded = (loyalty.referrals(program=program, state=state) for state in ("waiting", "rewarded"))
    counts = {"rewarded": 0, "refused": 0, "taken_back": 0}
    if waiting or rewarded:
        merged = {**merged, **_owners(ask.engine.snapshot, waiting)}
        net, certain = _paid(ask, program, [*waiting, *rewarded], merged)
        verdicts = [*_judged(ask, program, waiting, merged, net), *_returned(program, rewarded, merged, certain)]
        counts = loyalty.settle(program=program, verdicts=verdicts, by=by, day=ask.until, moment=moment)
    return {**counts, "waiting": loyalty.referral_counts(program=program)["waiting"]}


def _owners(snapshot: Snapshot, waiting: Sequence[Referral]) -> dict[str, str]:
    """Whose an e-mail, a phone or an account turned out to be, by which a friend was named before she bought."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    with looking(snapshot) as work:
        return whose.owners(work, {key for one in waiting for key in (one.friend, *one.also)})


def friend_keys(home: Home, store: Store, buyer: str) -> list[str]:
    """The keys by which somebody will be known who has not bought yet: by the account, e-mail or phone that she gives."""
    import pyarrow as pa

    cell, secret = pa.array([buyer.strip()[:200]]), home.key("identity")
    found = [identity.buyer_keys(cell, kind=kind, store=store, secret=secret)[0].as_py() for kind in KINDS]
    keys = list(dict.fromkeys(key for key in found if key))
    if not keys:
        raise GoldloopError(
            "referral_friend", "That is no account, e-mail or phone by which somebody will be known.", given=MASK
        )
    return keys


def _paid(ask: Ask, program: Program, asked: Sequence[Referral], merged: Mapping[str, str]) -> tuple[Days, Days]:
    """What these friends paid by day, less what came back inside the window: with refunds of no known day, and without."""
    from goldloop.metrics.members.points import paid_within

    friends = {merged.get(key, key) for one in asked for key in (one.friend, *one.also)}
    told: tuple[Days, Days] = ({}, {})
    found = paid_within(ask, Period(ask.loaded[0], ask.until), merged, within=program.referring.days)
    for days, amounts in zip(told, found, strict=True):
        for (person, day), amount in amounts.items():
            if person in friends:
                days.setdefault(person, []).append((day, amount))
    return told


def _first(program: Program, bought: Sequence[tuple[date, int]]) -> date | None:
    """The day of the first order that is worth enough."""
    return next((day for day, net in sorted(bought) if net >= max(program.referring.least, 1)), None)


def _returned(program: Program, rewarded: Sequence[Referral], merged: Mapping[str, str], days: Days) -> list[Verdict]:
    """Those who would not be rewarded by what is known now: their order certainly came back inside the window."""
    found = []
    for one in rewarded:
        friend = merged.get(one.friend, one.friend)
        bought = days.get(friend, [])
        first = _first(program, bought)
        if bought and (
            first is None or first > one.claimed_on + PATIENCE
        ):  # who is forgotten has no days: nothing is known
            found.append(Verdict(one.id, merged.get(one.referrer, one.referrer), friend, "returned", one.bought_on))
    return found


def _judged(
    ask: Ask, program: Program, waiting: Sequence[Referral], merged: Mapping[str, str], days: Days
) -> list[Verdict]:
    """What becomes of those of whom it is certain."""
    of = {one.id: [merged.get(key, key) for key in (one.friend, *one.also)] for one in waiting}
    found: list[Verdict] = []
    ripe: list[Verdict] = []
    for one in waiting:
        hers = next((person for person in of[one.id] if person in days), of[one.id][0])
        his = merged.get(one.referrer, one.referrer)
        bought = sorted(days.get(hers, []))
        first = _first(program, bought)
        reason = ""
        if hers == his:
            reason = "self"
        elif bought and bought[0][0] < one.claimed_on:
            reason = "not_new"
        elif first is None or first > one.claimed_on + PATIENCE:
            if ask.until <= one.claimed_on + PATIENCE + timedelta(days=program.referring.days):
                continue
            reason = "late"
        elif ask.until < first + timedelta(days=program.referring.days):
            continue
        (found if reason else ripe).append(Verdict(one.id, his, hers, reason, first))
    return [*found, *_unrelated(ask, program, ripe, merged)]


def _unrelated(ask: Ask, program: Program, ripe: Sequence[Verdict], merged: Mapping[str, str]) -> list[Verdict]:
    """Those who may be rewarded, refused where the lake knows of something that both sides, or two friends, have in common."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    came: dict[str, list[tuple[int, str]]] = {}
    brought_by = {}
    for one in loyalty.referrals(program=program):
        who, friend = merged.get(one.referrer, one.referrer), merged.get(one.friend, one.friend)
        came.setdefault(who, []).append((one.id, friend))
        if one.state != "refused":
            brought_by[friend] = who
    of: dict[str, list[str]] = {}
    for key, person in merged.items():
        of.setdefault(person, []).append(key)
    pairs = []
    for verdict in ripe:
        others = {friend for id, friend in came[verdict.referrer] if id < verdict.id} - {verdict.friend}
        pairs += [(verdict.id, True, key) for key in of.get(verdict.friend, [verdict.friend])]
        pairs += [(verdict.id, False, key) for who in (verdict.referrer, *others) for key in of.get(who, [who])]
    with looking(ask.engine.snapshot) as work:
        shared = whose.alike(work, pairs)
    rings = {one.id for one in ripe if _leads_back(brought_by, one)}
    reasons = {one.id: "ring" if one.id in rings else "shared" if one.id in shared else "" for one in ripe}
    return [replace(one, reason=reasons[one.id]) for one in ripe]


def _leads_back(brought_by: Mapping[str, str], one: Verdict) -> bool:
    """Whether a friend brought, over whomever, the one who brings her: people may have been merged since."""
    seen, who = {one.friend}, one.referrer
    while who not in seen:
        seen.add(who)
        who = brought_by.get(who, "")
    return who == one.friend


def row(one: Referral) -> dict[str, Any]:
    """As JSON carries it, keys cut short."""
    return {
        "id": one.id, "code": one.code, "referrer": one.referrer[:CALLED], "friend": one.friend[:CALLED],
        "state": one.state, "reason": one.reason, "claimed": str(one.claimed_on),
        "bought": None if one.bought_on is None else str(one.bought_on),
    }  # fmt: skip


def overview(program: Program, *, limit: int) -> dict[str, Any]:
    """How many friends are in each state, why others brought nothing, and the newest of them."""
    return {
        "program": program.name, "counts": loyalty.referral_counts(program=program),
        "refused": loyalty.refusal_counts(program=program),
        "referrals": [row(one) for one in loyalty.referrals(program=program, limit=limit)],
    }  # fmt: skip


def _hashed(home: Home, device: str) -> str:
    """A device as it is kept: nobody can make it from the text."""
    said = device.strip()[:200]
    return hmac.new(home.key("identity"), b"device:" + said.encode(), "sha256").hexdigest()[:32] if said else ""
