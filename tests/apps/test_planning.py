"""Plans: versions that are only ever added, three owners who answer, two editors of whom nobody is passed over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home

NOW = datetime(2026, 5, 20, 9, tzinfo=UTC)
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
VALUES = {"gmv": "2400000", "new_buyers": "16000", "ad_budget": "800000"}


@pytest.fixture
def store(home: Home) -> int:
    from goldloop.apps.shops import api as shops

    return shops.store_add(
        name="A", platform="tmall", currency=None, timezone=None, day_starts=0, opened_on=None, identity_limit=0.95
    ).id


def person(name: str, *stores: int) -> Viewer:
    return Viewer(stores=frozenset(stores), name=name)


def made(store: int, by: str = "Ann", **more: Any) -> Any:
    from goldloop.apps.planning import api as planning

    return planning.plan_new(
        viewer=person(by, store), name="June", stores=[store], period=JUNE, currency="CNY",
        proposal=planning.Proposal(VALUES), moment=NOW, **more,
    )  # fmt: skip


def accepted(store: int, **more: Any) -> int:
    from goldloop.apps.planning import api as planning

    plan = made(store, **more)
    for owner in planning.OWNERS:
        planning.plan_accept(viewer=person("Ann", store), id=plan.id, seen=1, owner=owner, moment=NOW)
    return int(plan.id)


def test_from_a_proposal_over_a_counter_offer_to_a_signed_plan(store: int) -> None:
    from goldloop.apps.planning import api as planning

    plan = made(store)
    assert (plan.version.number, plan.version.state) == (1, "proposed")
    counter = planning.Proposal({**VALUES, "new_buyers": "14545"}, note="CAC is 55")
    plan = planning.plan_change(
        viewer=person("Ben", store), id=plan.id, seen=1, proposal=counter, owner="traffic", moment=NOW
    )
    assert (plan.current, plan.version.owners_that("accepted")) == (2, {"traffic"})
    first = planning.plan_show(viewer=person("Ann", store), id=plan.id, number=1).version
    assert (first.state, first.values["new_buyers"], first.owners_that("countered")) == (
        "countered",
        "16000",
        {"traffic"},
    )
    for who, owner in (("Ann", "operations"), ("Cid", "members")):
        plan = planning.plan_accept(viewer=person(who, store), id=plan.id, seen=2, owner=owner, moment=NOW)
    assert plan.version.state == "accepted"
    for who, owner in (("Ann", "operations"), ("Ben", "traffic"), ("Cid", "members")):
        plan = planning.plan_sign(viewer=person(who, store), id=plan.id, seen=2, owner=owner, moment=NOW)
    assert plan.version.state == "signed"
    with pytest.raises(GoldloopError, match="signed") as refused:
        planning.plan_accept(viewer=person("Ann", store), id=plan.id, seen=2, owner="traffic", moment=NOW)
    assert refused.value.code == "plan_signed"
    plan = planning.plan_change(viewer=person("Ann", store), id=plan.id, seen=2, proposal=counter, moment=NOW)
    assert (plan.current, plan.version.state) == (3, "proposed")
    signed = planning.version_list(viewer=person("Ann", store), id=plan.id)[1]
    assert signed.state == "signed"  # what was signed stays what it was


def test_of_two_editors_the_second_one_sees_what_the_first_one_did(store: int) -> None:
    from goldloop.apps.planning import api as planning

    plan = made(store)
    first, second = (planning.Proposal({**VALUES, "gmv": amount}) for amount in ("2500000", "2600000"))
    planning.plan_change(viewer=person("Ben", store), id=plan.id, seen=1, proposal=first, moment=NOW)
    with pytest.raises(GoldloopError) as refused:
        planning.plan_change(viewer=person("Cid", store), id=plan.id, seen=1, proposal=second, moment=NOW)
    assert refused.value.code == "plan_moved"
    assert refused.value.params["by"] == "Ben"
    assert refused.value.params["conflict"] == [
        {"name": "gmv", "seen": "2400000", "now": "2500000", "yours": "2600000"}
    ]
    assert len(planning.version_list(viewer=person("Ann", store), id=plan.id)) == 2
    with pytest.raises(GoldloopError) as refused:
        planning.plan_accept(viewer=person("Cid", store), id=plan.id, seen=1, owner="traffic", moment=NOW)
    assert refused.value.code == "plan_moved"


def test_only_what_all_three_accept_is_signed(store: int) -> None:
    from goldloop.apps.planning import api as planning

    plan = made(store)
    planning.plan_accept(viewer=person("Ann", store), id=plan.id, seen=1, owner="traffic", moment=NOW)
    planning.plan_accept(
        viewer=person("Ann", store), id=plan.id, seen=1, owner="traffic", moment=NOW
    )  # again: nothing more
    with pytest.raises(GoldloopError) as refused:
        planning.plan_sign(viewer=person("Ann", store), id=plan.id, seen=1, owner="traffic", moment=NOW)
    assert (refused.value.code, refused.value.params["owners"]) == ("plan_not_accepted", ["members", "operations"])


@pytest.mark.parametrize(
    ("limit", "people", "state"), [("2400000", 1, None), ("2400000", 2, "signed"), ("2400001", 1, "signed")]
)
def test_above_a_limit_one_person_alone_cannot_sign(store: int, limit: str, people: int, state: str | None) -> None:
    from goldloop.apps.planning import api as planning

    id = accepted(store, four_eyes_from=Decimal(limit))
    for owner in ("operations", "traffic"):
        planning.plan_sign(viewer=person("Ann", store), id=id, seen=1, owner=owner, moment=NOW)
    last = person("Ann" if people == 1 else "Ben", store)
    if state:
        assert planning.plan_sign(viewer=last, id=id, seen=1, owner="members", moment=NOW).version.state == state
        return
    with pytest.raises(GoldloopError) as refused:
        planning.plan_sign(viewer=last, id=id, seen=1, owner="members", moment=NOW)
    assert refused.value.code == "plan_four_eyes"
    plan = planning.plan_show(viewer=last, id=id)
    assert plan.version.owners_that("signed") == {"operations", "traffic"}  # the refused one is not kept


def test_a_scenario_stands_beside_its_plan_and_is_compared(store: int) -> None:
    from goldloop.apps.planning import api as planning

    viewer = person("Ann", store)
    plan = made(store)
    lock = {"figure": "gmv", "value": "90000", "period": "2026-06-18", "store": ""}
    bold = planning.Proposal({"gmv": "2600000", "new_buyers": "16000", "roas": "2"}, [lock])
    other = planning.plan_new(
        viewer=viewer,
        name="bold",
        stores=[store],
        period=JUNE,
        currency="CNY",
        proposal=bold,
        moment=NOW,
        beside=plan.id,
    )
    assert other.beside == plan.id
    found = planning.differences(plan.version, other.version)
    assert [(d.name, d.left, d.right) for d in found] == [
        ("gmv", "2400000", "2600000"), ("ad_budget", "800000", None), ("roas", None, "2"), ("gmv 2026-06-18", None, "90000"),
    ]  # fmt: skip


def test_comments_stay_with_their_version(store: int) -> None:
    from goldloop.apps.planning import api as planning

    viewer, plan = person("Ann", store), made(store)
    planning.plan_comment(viewer=viewer, id=plan.id, about="gmv", text=" too high ", moment=NOW)
    planning.plan_change(viewer=viewer, id=plan.id, seen=1, proposal=planning.Proposal(VALUES), moment=NOW)
    [comment] = planning.plan_show(viewer=viewer, id=plan.id, number=1).version.comments
    assert (comment.about, comment.text, comment.by) == ("gmv", "too high", "Ann")
    assert planning.plan_show(viewer=viewer, id=plan.id).version.comments == ()


def test_a_stranger_sees_no_plan_and_changes_none(store: int) -> None:
    from goldloop.apps.planning import api as planning

    plan, stranger = made(store), person("Zoe", store + 1)
    assert planning.plan_list(viewer=stranger) == []
    for attempt in (
        lambda: planning.plan_show(viewer=stranger, id=plan.id),
        lambda: planning.plan_accept(viewer=stranger, id=plan.id, seen=1, owner="traffic", moment=NOW),
        lambda: planning.plan_change(viewer=stranger, id=plan.id, seen=1, proposal=planning.Proposal({}), moment=NOW),
        lambda: planning.plan_comment(viewer=stranger, id=plan.id, text="hm", moment=NOW),
    ):
        with pytest.raises(GoldloopError) as refused:
            attempt()
        assert refused.value.code == "plan_unknown"
    assert planning.plan_show(viewer=person("Ann", store), id=plan.id).version.answers == ()


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("plan_name_bad", {"name": " "}), ("plan_stores_bad", {"stores": []}), ("plan_stores_bad", {"stores": [999]}),
        ("plan_unknown", {"beside": 999}),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(store: int, code: str, what: dict[str, Any]) -> None:
    from goldloop.apps.planning import api as planning

    given = {
        "name": "June",
        "stores": [store],
        "period": JUNE,
        "currency": "CNY",
        "proposal": planning.Proposal(VALUES),
    }
    with pytest.raises(GoldloopError) as refused:
        planning.plan_new(viewer=person("Ann", store), moment=NOW, **{**given, **what})
    assert refused.value.code == code
    assert planning.plan_list(viewer=person("Ann", store)) == []


def test_unknown_owners_and_versions_are_refused(store: int) -> None:
    from goldloop.apps.planning import api as planning

    plan, viewer = made(store), person("Ann", store)
    with pytest.raises(GoldloopError) as refused:
        planning.plan_accept(viewer=viewer, id=plan.id, seen=1, owner="boss", moment=NOW)
    assert refused.value.code == "plan_owner_unknown"
    with pytest.raises(GoldloopError) as refused:
        planning.plan_show(viewer=viewer, id=plan.id, number=7)
    assert refused.value.code == "plan_version_unknown"
    with pytest.raises(GoldloopError) as refused:
        planning.plan_comment(viewer=viewer, id=plan.id, text="", moment=NOW)
    assert refused.value.code == "plan_comment_bad"


def test_shares_of_sources_stay_with_their_version_and_differ_by_name(store: int) -> None:
    from goldloop.apps.planning import api as planning

    plan = made(store)
    assert plan.version.sources == {}
    shared = planning.Proposal(VALUES, sources={"free": "60", "paid": "40"})
    changed = planning.plan_change(viewer=person("Ann", store), id=plan.id, seen=1, proposal=shared, moment=NOW)
    assert changed.version.as_dict()["sources"] == {"free": "60", "paid": "40"}
    found = planning.differences(plan.version, changed.version)
    assert [(one.name, one.left, one.right) for one in found] == [
        ("visitors:free", None, "60"),
        ("visitors:paid", None, "40"),
    ]
