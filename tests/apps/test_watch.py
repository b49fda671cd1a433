"""Rules, alarms and their states in the database; who may see and change them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldloop.core.alarm import CLEARS, OPENS
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home

MOMENT = datetime(2026, 10, 2, 1, tzinfo=UTC)
DAY = date(2026, 10, 1)


@pytest.fixture
def stores(home: Home) -> tuple[int, int]:
    from goldloop.apps.shops import api as shops

    return tuple(shops.store_add(name=name, platform="tmall").id for name in ("A", "B"))  # type: ignore[return-value]


@pytest.fixture
def owner(stores) -> Viewer:
    return Viewer(stores=frozenset(stores), name="owner")


@pytest.fixture
def clerk(stores) -> Viewer:
    return Viewer(stores=frozenset(stores[:1]), name="clerk")


def record(store: int, excess: float | None, day: date = DAY, *, rule: str = "gmv", subject: str = ""):
    from goldloop.apps.watch import api as watch

    viewer = Viewer(stores=frozenset({1, 2}))
    outcome = watch.Outcome(
        watch.rule_show(viewer=viewer, code=rule), store, day, "judged" if excess is not None else "late", excess, subject,
        {"value": "1", "counted": "orders", "sample": 9}, {"en": "It fell.", "zh": "下降。"},
        {"figures": ["gmv", "visitors"], "said": {"en": "It fell by visitors.", "zh": "访客下降。"}},
    )  # fmt: skip
    return watch.outcome_record(outcome=outcome, moment=MOMENT)


def refused(code: str, call) -> None:
    with pytest.raises(GoldloopError) as caught:
        call()
    assert caught.value.code == code


def test_an_alarm_opens_once_stays_and_clears(owner, stores) -> None:
    from goldloop.apps.watch import api as watch

    first = record(stores[0], -1.5)
    again = record(stores[0], -1.5)
    assert (first.turned, again.turned, again.alarm.id) == ("opened", "kept", first.alarm.id)
    assert record(stores[0], -0.8, DAY + timedelta(days=1)).turned == "kept"
    assert record(stores[0], None, DAY + timedelta(days=2)).turned == "kept"  # nothing known, nothing changed
    assert watch.alarm_show(viewer=owner, id=first.alarm.id).last_on == DAY + timedelta(days=1)
    done = record(stores[0], -0.3, DAY + timedelta(days=3))
    assert (done.turned, done.cleared.id, done.cleared.cleared_on) == (
        "cleared",
        first.alarm.id,
        DAY + timedelta(days=3),
    )
    assert watch.alarm_list(viewer=owner) == []
    assert record(stores[0], -2.0, DAY + timedelta(days=4)).alarm.id != first.alarm.id
    days = watch.alarm_days(viewer=owner, id=first.alarm.id)
    assert [(d.verdict, d.excess) for d in days] == [
        ("judged", -1.5),
        ("judged", -0.8),
        ("late", None),
        ("judged", -0.3),
    ]


def test_the_other_side_is_another_alarm(stores) -> None:
    down = record(stores[0], -1.5)
    up = record(stores[0], 1.5, DAY + timedelta(days=1))
    assert up.turned == "opened" and up.cleared.id == down.alarm.id and up.alarm.side == "up"


def test_a_day_before_the_last_judged_one_changes_nothing(stores) -> None:
    record(stores[0], -0.1)
    assert record(stores[0], -5.0, DAY - timedelta(days=1)).turned == "past"


def test_acknowledged_alarms_are_not_repeated_and_clear(owner, stores) -> None:
    from goldloop.apps.watch import api as watch

    alarm = record(stores[0], -1.5).alarm
    seen = watch.alarm_acknowledge(viewer=owner, id=alarm.id, by="an", note="asked the warehouse", moment=MOMENT)
    assert (seen.state, seen.acknowledged_by, seen.note) == ("acknowledged", "an", "asked the warehouse")
    again = watch.alarm_acknowledge(viewer=owner, id=alarm.id, by="bo", note="", moment=MOMENT + timedelta(hours=1))
    assert (again.acknowledged_by, again.note, again.acknowledged_at) == ("an", "asked the warehouse", MOMENT)
    assert record(stores[0], -1.5, DAY + timedelta(days=1)).turned == "kept"
    assert [a.state for a in watch.alarm_list(viewer=owner)] == ["acknowledged"]
    record(stores[0], 0.0, DAY + timedelta(days=2))
    refused("alarm_cleared", lambda: watch.alarm_acknowledge(viewer=owner, id=alarm.id, by="an", moment=MOMENT))
    assert [a.id for a in watch.alarm_list(viewer=owner, state="cleared")] == [alarm.id]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.one_of(st.none(), st.floats(-2, 2)), max_size=8), again=st.booleans())
def test_what_is_kept_follows_the_days(home: Home, days, again) -> None:
    """At most one alarm is open; every alarm opened beyond the limit; running each day twice makes no difference."""
    from goldloop.apps.shops import api as shops
    from goldloop.apps.watch import api as watch
    from goldloop.apps.watch import models

    models.Alarm.objects.all().delete()
    models.Judgement.objects.all().delete()
    names = [store.name for store in shops.store_list()]
    store = shops.store_by_name(name="A").id if "A" in names else shops.store_add(name="A", platform="tmall").id
    viewer, side, opened = Viewer(stores=frozenset({store})), None, 0
    for n, excess in enumerate(days):
        for _ in range(1 + again):
            record(store, excess, DAY + timedelta(days=n))
        if excess is not None:
            wanted = "down" if excess < 0 else "up"
            keeps = side is not None and abs(excess) >= CLEARS and wanted == side
            now = wanted if abs(excess) > OPENS or keeps else None
            opened += now is not None and now != side
            side = now
        active = watch.alarm_list(viewer=viewer)
        assert [a.side for a in active] == ([] if side is None else [side])
    assert len(watch.alarm_list(viewer=viewer, state=None)) == opened


def test_alarms_are_seen_only_for_visible_stores_and_figures(owner, clerk, stores) -> None:
    from goldloop.apps.watch import api as watch

    ours, theirs = (record(store, -1.5).alarm for store in stores)
    assert [a.id for a in watch.alarm_list(viewer=owner)] == [theirs.id, ours.id]
    assert [a.id for a in watch.alarm_list(viewer=clerk)] == [ours.id]
    assert watch.alarm_list(viewer=clerk, stores=[stores[1]]) == [] == watch.alarm_list(viewer=Viewer())
    for viewer in (clerk, Viewer(), Viewer(stores=owner.stores, hidden=frozenset({"gmv"}))):
        for call in (
            lambda v=viewer: watch.alarm_show(viewer=v, id=theirs.id),
            lambda v=viewer: watch.alarm_days(viewer=v, id=theirs.id),
            lambda v=viewer: watch.alarm_acknowledge(viewer=v, id=theirs.id, by="x", moment=MOMENT),
        ):
            refused("alarm_unknown", call)
    assert watch.alarm_show(viewer=owner, id=theirs.id).state == "open"
    refused("alarm_state_unknown", lambda: watch.alarm_list(viewer=owner, state="gone"))


def test_an_account_that_rests_on_a_hidden_figure_is_left_out(owner, stores) -> None:
    from goldloop.apps.watch import api as watch

    id = record(stores[0], -1.5).alarm.id
    whole = watch.alarm_show(viewer=owner, id=id)
    assert whole.said["en"] == "It fell by visitors." and whole.numbers["sample"] == 9
    masks = frozenset({"visitors", "orders"})
    here, elsewhere = (
        watch.alarm_show(viewer=Viewer(stores=owner.stores, hidden=masks, hidden_at=((store, masks),)), id=id) for store in stores
    )  # fmt: skip
    assert (here.account, here.said["en"], here.numbers["sample"]) == (None, "It fell.", None)
    assert elsewhere == whole


def test_lists_do_not_ask_once_per_alarm(owner, stores, django_queries) -> None:
    from goldloop.apps.watch import api as watch

    for n in range(4):
        record(stores[0], 1.5, rule="feeds", subject=f"profile{n}")
    with django_queries() as asked:
        assert len(watch.alarm_list(viewer=owner)) == 4
    assert len(asked) == 1


@pytest.fixture
def django_queries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


def test_a_new_home_has_the_shipped_rules_and_they_do_not_come_back(home: Home) -> None:
    from goldloop.apps.watch import api as watch

    owner = Viewer(stores=frozenset({1}))
    codes = [rule.code for rule in watch.rule_list(viewer=owner)]
    assert codes == ["ad_cost", "conversion", "feeds", "gmv", "order_value", "refunds", "shop_roas", "visitors"]
    watch.rule_remove(viewer=owner, code="gmv")
    watch.rules_defaults_add()
    assert "gmv" not in [rule.code for rule in watch.rule_list(viewer=owner)]


def test_rules_are_added_changed_and_removed(owner, stores) -> None:
    from goldloop.apps.watch import api as watch

    rule = watch.rule_add(
        viewer=owner, code="east", figure="orders", stores=[stores[0]], where=(("region", "浙江"),), direction="down",
        rate=0.3, amount=Decimal("5"), least=8, quiet=(22 * 60, 7 * 60),
    )  # fmt: skip
    assert (rule.where, rule.stores, rule.enabled) == ((("region", "浙江"),), frozenset({stores[0]}), True)
    assert rule.is_quiet(23 * 60) and rule.is_quiet(0) and not rule.is_quiet(7 * 60) and not rule.is_quiet(12 * 60)
    changed = watch.rule_set(viewer=owner, code="east", sensitivity="high", quiet=None, enabled=False, stores=[])
    assert (changed.width, changed.quiet, changed.enabled, changed.stores, changed.rate) == (
        2.5,
        None,
        False,
        frozenset(),
        0.3,
    )
    refused("alarm_rule_exists", lambda: watch.rule_add(viewer=owner, code="east", figure="orders"))
    refused("figure_unknown", lambda: watch.rule_add(viewer=owner, code="x", figure="gmw"))
    refused("figure_unripe", lambda: watch.rule_add(viewer=owner, code="x", figure="net"))
    refused("alarm_rule_unknown", lambda: watch.rule_set(viewer=owner, code="west", rate=0.1))
    for bad in (
        {"rate": -1},
        {"direction": "left"},
        {"sensitivity": "huge"},
        {"amount": Decimal(-1)},
        {"kind": "mood"},
    ):
        refused("alarm_rule_bad", lambda b=bad: watch.rule_add(viewer=owner, code="x", figure="orders", **b))
    refused("alarm_rule_bad", lambda: watch.rule_set(viewer=owner, code="east", figure="gmv"))
    refused("alarm_rule_bad", lambda: watch.rule_add(viewer=owner, code="a b", figure="orders"))
    watch.rule_remove(viewer=owner, code="east")
    refused("alarm_rule_unknown", lambda: watch.rule_show(viewer=owner, code="east"))


def test_rules_beyond_ones_stores_are_left_alone(owner, clerk, stores) -> None:
    from goldloop.apps.watch import api as watch

    watch.rule_add(viewer=owner, code="theirs", figure="orders", stores=[stores[1]])
    watch.rule_add(viewer=clerk, code="ours", figure="orders", stores=[stores[0]])
    assert "theirs" not in [rule.code for rule in watch.rule_list(viewer=clerk)]
    assert watch.rule_list(viewer=Viewer()) == []
    refused("alarm_rule_unknown", lambda: watch.rule_remove(viewer=clerk, code="theirs"))
    for call in (
        lambda: watch.rule_add(viewer=clerk, code="all", figure="orders"),
        lambda: watch.rule_add(viewer=clerk, code="x", figure="orders", stores=[stores[1]]),
        lambda: watch.rule_set(viewer=clerk, code="gmv", rate=0.9),
        lambda: watch.rule_set(viewer=clerk, code="ours", stores=[]),
        lambda: watch.rule_remove(viewer=clerk, code="gmv"),
    ):
        refused("group_right_needed", call)
    assert watch.rule_show(viewer=owner, code="gmv").rate == 0.25
