"""Writes: rules, the outcome of a day with the alarm it opens or clears, and what people say of alarms."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import Any, get_args

from django.db import transaction

from goldloop.apps.shops import api as shops
from goldloop.apps.watch import models, queries
from goldloop.apps.watch.contracts import DIRECTIONS, WIDTHS, Alarm, Change, Kind, Outcome, Rule
from goldloop.core.alarm import turn
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.metrics.expected import check_daily

State = models.Alarm.State


# --- rules ------------------------------------------------------------------------------------------------------------
def rules_defaults_add() -> None:
    """Give a home without any rule those of `rules.toml`."""
    if models.Rule.objects.exists():
        return
    text = resources.files("goldloop.apps.watch").joinpath("rules.toml").read_text(encoding="utf-8")
    with transaction.atomic():
        for code, rule in tomllib.loads(text).items():
            models.Rule.objects.create(code=code, **_checked({**rule, "amount": Decimal(str(rule["amount"]))}))


def rule_add(*, viewer: Viewer, code: str, stores: Sequence[int] = (), **settings: Any) -> Rule:
    """Add a rule; `settings` are fields of `Rule` by name, those left out take their defaults.

    Raises `alarm_rule_exists`, `alarm_rule_bad`, `figure_unknown`, `figure_unripe`, `figure_hidden`.
    """
    if not (1 <= len(code) <= 60 and code.replace("_", "").replace("-", "").isalnum()):
        raise _bad("code", code, "1 to 60 letters, digits, - and _")
    _check_reach(viewer, stores)
    with transaction.atomic():
        if models.Rule.objects.filter(code=code).exists():
            todo = f"goldloop watch rules set {code} ..."
            raise GoldloopError(
                "alarm_rule_exists", f"There already is a rule '{code}'.", given=code, todo=todo, rule=code
            )
        row = models.Rule.objects.create(code=code, **_checked({"direction": "both", **settings}, viewer))
        row.stores.set(stores)
    return queries.rule_of(row)


def rule_set(*, viewer: Viewer, code: str, stores: Sequence[int] | None = None, **settings: Any) -> Rule:
    """Change the named settings of a rule; those left out stay, and what it watches (kind, figure, where) always does.

    Raises as `rule_add`, and `alarm_rule_unknown`.
    """
    for name in ("kind", "figure", "where"):
        if name in settings:
            raise _bad(name, settings[name], "what it is; remove the rule and add another one")
    with transaction.atomic():
        row = queries.rule_row(viewer, code)
        _check_reach(viewer, [store.pk for store in row.stores.all()])
        before = {"kind": row.kind, "figure": row.figure}
        for name, value in _checked({**before, **settings}, viewer).items():
            setattr(row, name, value)
        row.save()
        if stores is not None:
            _check_reach(viewer, stores)
            row.stores.set(stores)
    return queries.rule_show(viewer=viewer, code=code)


def rule_remove(*, viewer: Viewer, code: str) -> None:
    """Remove a rule with its alarms and their history; raises `alarm_rule_unknown`."""
    row = queries.rule_row(viewer, code)
    _check_reach(viewer, [store.pk for store in row.stores.all()])
    row.delete()


def _checked(settings: Mapping[str, Any], viewer: Viewer | None = None) -> dict[str, Any]:
    """The settings as the row holds them."""
    found = dict(settings)
    kind = found.setdefault("kind", "figure")
    choices = {"kind": get_args(Kind), "direction": DIRECTIONS, "sensitivity": tuple(WIDTHS)}
    for name, allowed in choices.items():
        if name in found and found[name] not in allowed:
            raise _bad(name, found[name], list(allowed))
    for name, most in (("rate", 10), ("amount", 10**15), ("least", 10**12)):
        if name in found and not 0 <= found[name] <= most:
            raise _bad(name, found[name], f"0 to {most}")
    if kind == "figure":
        check_daily(found.get("figure", ""))
        if viewer is not None:
            viewer.check_visible(found["figure"])
    elif found.get("figure") or found.get("where"):
        raise _bad("figure", found.get("figure") or found.get("where"), "none for a rule about feeds")
    if "quiet" in found:
        found["quiet_from"], found["quiet_to"] = found.pop("quiet") or (None, None)
    if "where" in found:
        found["where"] = [list(pair) for pair in found["where"]]
    return found


def _check_reach(viewer: Viewer, stores: Collection[int]) -> None:
    """A rule is changed by who may see every store that it watches; raises `group_right_needed`."""
    if not stores or not all(viewer.may_see(store) for store in stores):
        shops.check_whole_group(viewer=viewer)


def _bad(name: str, given: Any, allowed: Any) -> GoldloopError:
    return GoldloopError(
        "alarm_rule_bad",
        f"'{given}' is no {name} of a rule.",
        given=given,
        allowed=allowed,
        name=name,
        value=str(given),
    )


# --- days and alarms --------------------------------------------------------------------------------------------------
def outcome_record(*, outcome: Outcome, moment: datetime) -> Change:
    """Keep what a day came to, and open, keep or clear the alarm by it: all in one transaction.

    Recording the same day again changes nothing more (a day whose data was put right turns the alarm accordingly). A day
    before the last judged one is left alone: `past`. What was not judged leaves an open alarm as it is.
    """
    key: dict[str, Any] = {"rule_id": outcome.rule.id, "store_id": outcome.store, "subject": outcome.subject}
    with transaction.atomic():
        models.Rule.objects.select_for_update().get(pk=outcome.rule.id)  # another run on the same rule waits
        if models.Judgement.objects.filter(**key, day__gt=outcome.day, verdict="judged").exists():
            return Change("past")
        alarms = models.Alarm.objects.select_related("rule", "store").filter(**key).exclude(state=State.CLEARED)
        change = _turned(outcome, alarms.first(), moment)
        models.Judgement.objects.update_or_create(
            **key,
            day=outcome.day,
            defaults={
                "moment": moment,
                "verdict": outcome.verdict,
                "excess": outcome.excess,
                "numbers": outcome.numbers,
                "alarm_id": change.alarm.id if change.alarm else None,
            },
        )
    return change


def _turned(outcome: Outcome, old: models.Alarm | None, moment: datetime) -> Change:
    if outcome.excess is None:
        return Change("kept", queries.alarm_of(old)) if old else Change("quiet")
    side = turn(old.side if old else None, outcome.excess)  # type: ignore[arg-type]
    if old is not None and old.side == side:
        old.last_on = outcome.day
        old.save()
        return Change("kept", queries.alarm_of(old))
    cleared = None
    if old is not None:
        old.state, old.cleared_on, old.cleared_at = State.CLEARED, outcome.day, moment
        old.save()
        cleared = queries.alarm_of(old)
    if side is None:
        return Change("cleared" if cleared else "quiet", None, cleared)
    row = models.Alarm.objects.create(
        rule_id=outcome.rule.id,
        store_id=outcome.store,
        subject=outcome.subject,
        side=side,
        opened_on=outcome.day,
        last_on=outcome.day,
        opened_at=moment,
        numbers=outcome.numbers,
        said=outcome.said,
        account=outcome.account,
    )
    return Change("opened", queries.alarm_of(row), cleared)


def alarm_acknowledge(*, viewer: Viewer, id: int, by: str, note: str = "", moment: datetime) -> Alarm:
    """Say that somebody has seen an open alarm and takes care; it clears by itself. Again it only changes the note.

    Raises `alarm_unknown` or `alarm_cleared`.
    """
    with transaction.atomic():
        row = queries.alarm_row(viewer, id)
        if row.state == State.CLEARED:
            raise GoldloopError(
                "alarm_cleared",
                f"Alarm {id} has cleared on {row.cleared_on}.",
                given=id,
                id=id,
                day=str(row.cleared_on),
            )
        if row.state == State.OPEN:
            row.state, row.acknowledged_at, row.acknowledged_by = State.ACKNOWLEDGED, moment, by
        row.note = note[:500] or row.note
        row.save()
    return queries.alarm_of(row)
