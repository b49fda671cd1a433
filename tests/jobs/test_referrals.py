"""Friends whom members bring, as the lake tells of them: rewarded once after the refund window, refused for what both share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.apps.waves import code_of
from tests.jobs.test_persons import load, row, shop  # noqa: F401

from goldloop.shop import Shop

CAME = datetime(2026, 3, 1, 9, tzinfo=UTC)
PHONE, OTHER = "13912345678", "13887654321"


def judged(shop: Shop) -> dict[str, Any]:  # noqa: F811
    """Friends by what they brought, after all that is known was looked at."""
    told = shop.referral_settle()
    return {**told, "why": {one["code"][-1] + one["friend"]: one["reason"] for one in shop.referrals()["referrals"]}}


def test_a_friend_is_rewarded_once_she_can_no_longer_send_it_back(shop: Shop, tmp_path: Path) -> None:  # noqa: F811
    from goldloop.apps.loyalty import api as loyalty
    from goldloop.jobs import referrals
    from goldloop.jobs.writing import snapshot

    shop.points_rules("P", {"start": "2026-01-01", "refer_points": "100", "friend_points": "50"}, stores=["A"])
    load(shop, tmp_path, "A", [row("A1", "2026-01-05", buyer="ann", phone=PHONE), row("A2", "2026-02-01", buyer="cid")])
    ann = shop.member(store="A", buyer="ann").id
    code = shop.referral_code(ann)["code"]
    assert shop.referral_code(ann)["code"] == code and len(code) == 8

    def claim(buyer: str) -> Any:
        keys = referrals.friend_keys(shop.home, shop.store("A"), buyer)
        state = snapshot(shop.home)
        return referrals.claim(
            shop.home, state, loyalty.program(viewer=shop.viewer()), code=code, friend=keys, device="", day=CAME.date(), moment=CAME
        )  # fmt: skip

    assert code_of(claim, "cid") == "referral_not_new" and code_of(claim, PHONE) == "referral_self"
    assert code_of(claim, "b**") == "referral_friend"
    for buyer in ("bo", "dora", "eve", "fay@example.com", OTHER):
        claim(buyer)
    shop_says = [
        row("A3", "2026-03-05", buyer="bo"), row("A4", "2026-03-05", buyer="dora", phone=PHONE),
        row("A5", "2026-03-06", buyer="f-account", mail="fay@example.com"), row("A6", "2026-03-19", buyer="gil", phone=OTHER),
        row("A7", "2026-03-20", buyer="zoe"),
    ]  # fmt: skip
    load(shop, tmp_path, "A", shop_says[:2])
    assert judged(shop)["waiting"] == 5  # nobody's window is past
    load(shop, tmp_path, "A", shop_says[2:])
    told = judged(shop)
    assert (told["rewarded"], told["refused"], told["waiting"]) == (1, 1, 3)  # bo; dora has ann's phone
    assert sorted(told["why"].values()) == ["", "", "", "", "shared"]
    load(shop, tmp_path, "A", [row("A8", "2026-07-01", buyer="zoe")])
    told = judged(shop)
    assert (told["rewarded"], told["refused"], told["waiting"]) == (
        2,
        1,
        0,
    )  # fay and gil by what they gave; eve never came
    assert judged(shop)["rewarded"] == 0
    shop.points_book()
    told = shop.points_show(ann)
    assert [one["points"] for one in told["lines"] if one["kind"] == "refer"] == [100] * 3
    assert shop.points_show(shop.member(store="A", buyer="gil").id)["points"] == 50 + 10


def test_a_refund_of_the_window_that_comes_late_takes_the_reward_back_and_a_later_one_does_not(
    shop: Shop,  # noqa: F811
    tmp_path: Path,
) -> None:
    from goldloop.apps.loyalty import api as loyalty
    from goldloop.jobs import referrals
    from goldloop.jobs.writing import snapshot

    rules = {
        "start": "2026-01-01",
        "refer_points": "100",
        "friend_points": "50",
        "refer_days": "15",
        "refer_least": "5",
    }
    shop.points_rules("P", rules, stores=["A"])
    load(shop, tmp_path, "A", [row("A1", "2026-01-05", buyer="ann", price="1.00")])
    ann = shop.member(store="A", buyer="ann").id
    code = shop.referral_code(ann)["code"]
    for buyer in ("in", "after", "again", "no-day", "asked-late"):
        keys = referrals.friend_keys(shop.home, shop.store("A"), buyer)
        referrals.claim(
            shop.home, snapshot(shop.home), loyalty.program(viewer=shop.viewer()), code=code, friend=keys, device="",
            day=CAME.date(), moment=CAME,
        )  # fmt: skip
    load(shop, tmp_path, "A", [
        row("B1", "2026-03-05", buyer="in"), row("B2", "2026-03-05", buyer="after"), row("B3", "2026-03-05", buyer="again"), row("B8", "2026-03-05", buyer="no-day"),
        row("B4", "2026-03-08", buyer="again"), row("B5", "2026-03-25", buyer="asked-late"), row("B6", "2026-03-30", buyer="zoe"),
    ])  # fmt: skip
    assert shop.referral_settle() == {"rewarded": 4, "refused": 0, "taken_back": 0, "waiting": 1}
    friend = shop.member(store="A", buyer="in").id
    shop.points_book()
    shop.points_burn(friend, 45)

    refunds = ["refund_id,order_id,status,refunded_at,amount"]
    refunds += [f"r{order},{order},done,{day} 10:00:00,10.00" for order, day in (
        ("B1", "2026-03-20"), ("B2", "2026-03-21"), ("B3", "2026-03-06"), ("B5", "2026-04-10"),
    )]  # fmt: skip
    refunds.append("rB8,B8,done,,10.00")
    (tmp_path / "refunds.csv").write_text("\n".join(refunds) + "\n", encoding="utf-8")
    shop.import_files([tmp_path / "refunds.csv"], store="A")
    load(shop, tmp_path, "A", [row("B7", "2026-05-30", buyer="zoe")])
    told = shop.referral_settle()
    assert told == {
        "rewarded": 1,
        "refused": 0,
        "taken_back": 1,
        "waiting": 0,
    }  # asked late is asked as of its window's end
    assert shop.referral_settle() == {"rewarded": 0, "refused": 0, "taken_back": 0, "waiting": 0}
    listed = shop.referrals()
    assert listed["counts"] == {"waiting": 0, "rewarded": 4, "refused": 0, "taken_back": 1}
    assert [(one["state"], one["reason"]) for one in listed["referrals"]].count(("taken_back", "returned")) == 1
    shop.points_book()
    lines = [one["points"] for one in shop.points_show(ann)["lines"] if one["kind"] == "refer"]
    assert sorted(lines) == [-100, 100, 100, 100, 100, 100]
    hers = shop.points_show(friend)
    assert (hers["points"], hers["owed"]) == (0, 45) and sum(one["points"] for one in hers["lines"]) == -45
