"""Waves in the database: states, caps that hold across waves, budgets that parallel exports never pass, files once."""

from __future__ import annotations

from datetime import date

from tests.apps.waves import (
    NOW,
    SEND,
    WAVE,
    budgets_hold,
    checked,
    claim,
    code_of,
    store,
    sums_are_kept_as_they_are,
    viewer,
)

from goldloop.home import Home


def test_from_draft_to_measured(home: Home) -> None:
    from goldloop.apps.campaigns import api as campaigns

    shop, other = store(), viewer()
    id = campaigns.wave_new(viewer=viewer(shop), stores=[shop], wave=WAVE, salt="s", moment=NOW).id
    assert (
        code_of(campaigns.wave_show, viewer=other, id=id) == "wave_unknown" and campaigns.wave_list(viewer=other) == []
    )
    assert code_of(claim, shop, id, ["a"]) == "wave_not_checked"
    drawn = [("a", "", False), ("b", "", True)]
    assert code_of(campaigns.wave_check, viewer=viewer(shop), id=id, number=2, people=drawn, told={}) == "wave_moved"
    campaigns.wave_check(viewer=viewer(shop), id=id, number=1, people=drawn, told={})
    assert campaigns.wave_change(viewer=viewer(shop), id=id, wave=WAVE, moment=NOW).state == "draft"
    assert campaigns.drawn(id=id) == []
    campaigns.wave_check(viewer=viewer(shop), id=id, number=2, people=drawn, told={})
    first = claim(shop, id, ["a"])
    assert claim(shop, id, ["a"], sha="b" * 64) == first  # the same click twice
    assert [row[3] for row in campaigns.drawn(id=id)] == [SEND, None]
    for function, more in (
        (campaigns.wave_change, {"wave": WAVE, "moment": NOW}),
        (campaigns.wave_decline, {"reason": "no"}),
    ):
        assert code_of(function, viewer=viewer(shop), id=id, **more) == "wave_out"
    campaigns.result_keep(id=id, known=SEND, told={"known": "1"}, final=False, moment=NOW)
    campaigns.result_keep(id=id, known=date(2026, 6, 30), told={"known": "2"}, final=True, moment=NOW)
    seen = campaigns.wave_show(viewer=viewer(shop), id=id)
    assert seen.state == "measured" and [one["known"] for one in seen.results] == ["2", "1"]


def test_nobody_is_reached_twice_within_the_days_of_the_rules(home: Home) -> None:
    from goldloop.apps.campaigns import api as campaigns

    shop = store()
    one, two = checked(shop, ["a", "b"]), checked(shop, ["b", "c"])
    claim(shop, one, ["a", "b"])
    assert code_of(claim, shop, two, ["b", "c"]) == "wave_contacted"
    assert campaigns.wave_show(viewer=viewer(shop), id=two).state == "checked"
    campaigns.rules_set(given={"contact_days": "0"})
    assert code_of(claim, shop, two, ["b", "c"]) == "wave_contacted"  # the same day still is the same day
    assert claim(shop, checked(shop, ["c"]), ["c"]).lines == 1
    assert code_of(campaigns.rules_set, given={"global_holdout": "0.9"}) == "wave_rule_bad"
    assert code_of(campaigns.rules_set, given={"contact_days": "1.5"}) == "wave_rule_bad"


def test_sums_of_arms_are_kept_as_they_are(home: Home) -> None:
    sums_are_kept_as_they_are()


def test_a_budget_is_never_passed(home: Home) -> None:
    budgets_hold()


def test_a_person_who_is_forgotten_leaves_contacts_and_keeps_the_counts(home: Home) -> None:
    from goldloop.apps.campaigns import api as campaigns

    shop = store()
    id = checked(shop, ["a", "b"], held=("b",))
    campaigns.contacts_put(found=[campaigns.Reached("a", "phone", b"x", NOW, "form", None)])
    claim(shop, id, ["a"])
    assert campaigns.waves_with(people=["a"]) == [(id, "a" * 64)]
    campaigns.people_forget(names={"a": "nobody"})
    assert campaigns.contacts(channel="phone") == {}
    assert [(person, held) for person, _, held, _ in campaigns.drawn(id=id)] == [("b", True), ("nobody", False)]


def test_totals_add_up(home: Home) -> None:
    from goldloop.apps.campaigns import api as campaigns

    shop = store()
    id = checked(shop, ["a"])
    add = campaigns.totals_add
    for bad in ({}, {"used": -1}, {"claimed": 5, "used": 3, "expired": 3}, {"seen": 1}):
        assert code_of(add, viewer=viewer(shop), id=id, said=bad, moment=NOW) == "wave_totals_bad"
    assert add(viewer=viewer(shop), id=id, said={"claimed": 5, "used": 3}, moment=NOW).totals == {
        "claimed": 5,
        "used": 3,
    }


def test_actions_keep_their_prediction(home: Home) -> None:
    from goldloop.apps.actions import api as actions

    shop = store()
    said = {"viewer": viewer(shop), "kind": "wave", "ref": 7, "stores": [shop], "currency": "CNY", "owner": "members", "due": SEND, "moment": NOW}  # fmt: skip
    one = actions.action_propose(title="W1", predicted={"gmv": "100"}, **said)
    assert actions.action_propose(title="W1", predicted={"gmv": "90"}, **said).predicted == {"gmv": "90"}
    answer = {"viewer": viewer(shop), "id": one.id, "moment": NOW}
    assert code_of(actions.action_answer, said="declined", reason=" ", **answer) == "action_reason_needed"
    assert code_of(actions.action_answer, said="later", reason="", due=SEND, **answer) == "action_later_when"
    assert actions.action_answer(said="later", reason="", due=date(2026, 6, 9), **answer).due == date(2026, 6, 9)
    for other in ("", str(one.id), "#99", "1e99"):
        assert code_of(actions.action_answer, said="duplicate", reason=other, **answer) == "action_of_what"
    assert actions.action_answer(said="accepted", reason="", **answer).state == "accepted"
    actions.action_done(kind="wave", ref=7, receipt="a" * 64)
    assert code_of(actions.action_answer, said="accepted", reason="", **answer) == "action_over"
    actions.action_measured(kind="wave", ref=7, result={"gmv": "80"})
    assert actions.action_propose(title="W2", predicted={"gmv": "1"}, **said).predicted == {"gmv": "90"}
    (kept,) = actions.action_list(viewer=viewer(shop))
    assert (kept.state, kept.predicted, kept.result, kept.receipt) == (
        "measured",
        {"gmv": "90"},
        {"gmv": "80"},
        "a" * 64,
    )
    assert actions.action_list(viewer=viewer()) == []
