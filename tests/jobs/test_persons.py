"""One member over stores: keys become one person where files say so, and every figure counts her once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.mini import PROFILE, code_of, facts

from goldloop.core.viewer import PERSONAL, Viewer
from goldloop.home import Home
from goldloop.shop import Shop

HEADER = "订单号,商品,数量,单价,付款时间,买家,邮箱,手机,店铺"
IDENTITY = """buyer_key = { identity = [
    { column = "买家", kind = "store" }, { column = "邮箱", kind = "email" }, { column = "手机", kind = "phone" },
] }"""
ANN, BOB = "ann@example.com", "bob@example.com"
PERIOD = {"first": "2026-03-01", "last": "2026-03-31"}


def row(
    order: str, at: str, *, buyer: str = "", mail: str = "", phone: str = "", price: str = "10.00"
) -> Sequence[Any]:
    return (order, "cup", 1, price, f"{at} 10:00:00", buyer, mail, phone)


def load(shop: Shop, folder: Path, store: str, rows: Iterable[Sequence[Any]]) -> int:
    path = folder / f"{store}-{len(shop.imports())}.csv"
    lines = [HEADER, *(",".join(map(str, (*one, store))) for one in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (receipt,) = shop.import_files([path], store=store)
    assert receipt.quarantined == 0
    return int(receipt.id or 0)


ANN_AT_A = row("A1", "2024-05-01", buyer="ann-account", mail=ANN)
ANN_AT_B = row("B1", "2026-03-05", mail=ANN, price="30.00")
OTHERS = [row("B2", "2026-03-06", mail=BOB, price="5.00"), row("B0", "2023-01-01", mail="old@example.com")]


@pytest.fixture
def shop(home: Home) -> Shop:
    (home.profiles / "mini.toml").write_text(
        PROFILE.replace('buyer_key = { identity = [{ column = "买家", kind = "store" }] }', IDENTITY), encoding="utf-8"
    )
    shop = Shop(home)
    for name in "AB":
        shop.store_add(name, platform="tmall")
    return shop


def both(shop: Shop, folder: Path) -> None:
    load(shop, folder, "A", [ANN_AT_A, row("A2", "2026-03-02", buyer="carl"), row("A0", "2023-01-01", buyer="old")])
    load(shop, folder, "B", [ANN_AT_B, *OTHERS])


def counts(shop: Shop, **how: Any) -> list[tuple[Any, ...]]:
    rows = shop.figures(["buyers", "new_buyers", "gmv"], **PERIOD, basis="orders", new="first-in-data", **how).rows()
    return [(one["buyers"], one["new_buyers"], one["gmv"]) for one in rows]


def test_a_person_of_two_stores_is_one_buyer_and_not_new_in_the_group(shop: Shop, tmp_path: Path) -> None:
    both(shop, tmp_path)
    by_store, group = counts(shop, by=["store"]), counts(shop)
    assert sorted((int(b), int(n)) for b, n, _ in by_store) == [(1, 1), (2, 2)]  # Ann is new at B, as B sees it
    assert [(int(b), int(n)) for b, n, _ in group] == [(3, 2)]
    ever = shop.figures(["buyers"], first="2023-01-01", last="2026-12-31", basis="orders").rows()[0]["buyers"]
    stores = shop.figures(["buyers"], first="2023-01-01", last="2026-12-31", basis="orders", by=["store"]).rows()
    assert (int(ever), [int(one["buyers"]) for one in stores]) == (5, [3, 3])
    before = {**PERIOD, "against": "2024-05-01..2024-05-31", "basis": "orders", "new": "first-in-data"}
    said = shop.why("gmv", tree="customers", by="store", **before).as_dict()
    assert said["residual"] == "0.00"
    assert sum(Decimal(one["money"]) for one in said["drivers"]) == Decimal(said["change"]) == Decimal("35.00")


def test_the_order_of_arrival_does_not_matter_and_undo_takes_the_link_away(
    shop: Shop, home: Home, tmp_path: Path
) -> None:
    load(shop, tmp_path, "B", [ANN_AT_B, *OTHERS])
    assert "ref/persons" not in shop.snapshot().versions  # one identity each: nothing to join
    first = load(shop, tmp_path, "A", [ANN_AT_A])
    (ann, other) = persons(shop)
    assert ann["person"] == other["person"] == min(ann["buyer_key"], other["buyer_key"])
    assert ANN not in str(facts(home)["facts/identities"])
    shop.import_undo([first])
    assert persons(shop) == []
    load(shop, tmp_path, "A", [ANN_AT_A, row("A2", "2026-03-02", buyer="carl")])
    assert persons(shop) == [ann, other]
    assert shop.lake_rebuild()["different"] == {}
    assert persons(shop) == [ann, other]


def test_the_map_is_made_anew_only_where_buyers_of_whom_identities_speak_come_or_go(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.lake.lake import Lake

    made, real = [], Lake.publish_persons
    monkeypatch.setattr(Lake, "publish_persons", lambda *args: made.append(1) or real(*args))
    load(shop, tmp_path, "A", [row("A1", "2024-05-01", buyer="ann-account", phone="13912345678")])
    assert len(made) == 1 and persons(shop) == []
    load(shop, tmp_path, "B", OTHERS)  # one identity each, of nobody who is known
    assert len(made) == 1
    last = load(shop, tmp_path, "B", [row("B9", "2026-03-07", phone="13912345678")])
    assert len(made) == 2 and len(persons(shop)) == 2
    shop.import_undo([last])
    assert len(made) == 3 and persons(shop) == []


def persons(shop: Shop) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return [one for file in shop.snapshot().files("ref/persons") for one in pq.read_table(file).to_pylist()]


def test_masks_and_virtual_numbers_link_nobody(shop: Shop, home: Home, tmp_path: Path) -> None:
    rows = [
        row(f"A{n}", "2026-03-02", buyer=f"b{n}", mail="a**@example.com", phone="13800138000-1234") for n in range(3)
    ]
    load(shop, tmp_path, "A", rows)
    assert "facts/identities" not in facts(home)


def test_people_merge_split_and_take_back_and_a_rebuild_keeps_it(shop: Shop, tmp_path: Path) -> None:
    both(shop, tmp_path)
    ann = shop.member(store="A", buyer="ann-account")
    bob, carl = shop.member(store="B", buyer=BOB), shop.member(store="A", buyer="carl")
    assert [one["store"] for one in ann.stores] == ["B", "A"]
    assert ann.id == shop.member(store="B", buyer=ANN).id == shop.member(ann.id[:8]).id
    assert {key["kind"] for key in ann.keys} == {"buyer", "email"}
    assert code_of(shop.member_merge, bob.id, carl.id, reason=" ") == "member_reason_needed"
    assert code_of(shop.member_merge, bob.id, bob.id, reason="the same") == "merge_needs_two"
    merged = shop.member_merge(bob.id, carl.id, reason="wrote from 13800138000")
    assert counts(shop)[0][:2] == (2, 1)
    assert shop.lake_rebuild()["different"] == {}
    split = shop.member_split(shop.member(store="B", buyer=ANN).keys[0]["key"], reason="sisters")
    assert counts(shop)[0][:2] == (2, 2)  # now Ann is new at B
    load(shop, tmp_path, "A", [row("A9", "2024-06-01", buyer="ann-account", mail=ANN)])  # what files say stays split
    assert counts(shop)[0][:2] == (2, 2)
    seen = Viewer(stores=shop.viewer().stores, hidden=frozenset({PERSONAL}), name="x")
    reasons = [one["reason"] for one in shop.seen_by(seen).member_merges()["decisions"]]
    assert reasons == ["sisters", "wrote from 138****8000"]
    for decision in (split, merged):
        shop.member_take_back(decision.id)
    assert counts(shop)[0][:2] == (3, 2)
    assert code_of(shop.member_take_back, merged.id) == "decision_unknown"
    assert len(persons(shop)) == 2
    narrow = shop.seen_by(Viewer(stores=frozenset({shop.store("A").id}), name="y"))
    assert [one["store"] for one in narrow.member(ann.id).stores] == ["A"]
    assert code_of(narrow.member_merges) == "group_right_needed"
    assert code_of(narrow.member, bob.id) == "member_unknown"


def test_two_accounts_of_a_store_wait_for_a_look_and_parcels_suggest(shop: Shop, home: Home, tmp_path: Path) -> None:
    load(shop, tmp_path, "A", [row(f"A{n}", "2026-03-02", buyer=f"account-{n}", mail=ANN) for n in range(2)])
    (conflict,) = shop.member_merges()["conflicts"]
    assert (conflict["why"], len(conflict["members"]), conflict["stores"]) == ("conflict", 2, ["A"])
    assert counts(shop)[0][0] == 2
    shop.member_merge(*conflict["members"], reason="asked her")
    assert counts(shop)[0][0] == 1
    parcels = "links = [{ columns = ['收货人'], kind = 'name' }, { columns = ['收货地址'], kind = 'address' }]\n[into.columns]\norder_id"
    text = (home.profiles / "mini.toml").read_text("utf-8").replace("[into.columns]\norder_id", parcels, 1)
    (home.profiles / "parcels.toml").write_text(
        text.replace('id = "mini"', 'id = "parcels"').replace('"付款时间"]', '"付款时间", "收货人"]')
    )
    path = tmp_path / "parcels.csv"
    names = [
        ("X1", "Dora Dew", "1 High Street"),
        ("X2", "DORA  DEW", "1, High-Street"),
        ("X3", "Eva Eve", "1 High Street"),
    ]
    lines = [
        f"{HEADER},收货人,收货地址",
        *(f'{o},cup,1,9.00,2026-03-09 10:00:00,{o},,,B,{n},"{a}"' for o, n, a in names),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    shop.import_files([path], store="B", profile="parcels")
    (pair,) = shop.member_merges()["suggestions"]
    assert pair["agree"] == ["address", "name"]
    assert pair["bought"] == [{"orders": 1, "first": "2026-03-09", "last": "2026-03-09", "stores": ["B"]}] * 2
    assert {shop.member(one).orders[0]["order"] for one in pair["members"]} == {"X1", "X2"}
    said = shop.member_apart(*pair["members"], reason="mother and daughter")
    assert shop.member_merges()["suggestions"] == []
    first = load(shop, tmp_path, "B", [row("X9", "2026-03-09", buyer="X1", mail="d@example.com")])
    load(shop, tmp_path, "B", [row("X8", "2026-03-09", mail="d@example.com")])  # may give the first another name
    assert shop.member_merges()["suggestions"] == []
    shop.member_take_back(said.id)
    (pair,) = shop.member_merges()["suggestions"]  # the one with that e-mail bought more
    assert sorted(of["orders"] for of in pair["bought"]) == [1, 3]
    shop.import_undo([first])
    assert len(shop.member_merges()["suggestions"]) == 1


def test_who_is_apart_stays_so_whatever_comes_and_a_later_merge_wins(shop: Shop, tmp_path: Path) -> None:
    phone = "13912345678"
    files = [
        ("A", [row("A1", "2026-03-02", buyer="ann", mail=ANN)]),
        ("B", [row("B1", "2026-03-03", mail=BOB)]),
        ("A", [row("A2", "2026-03-04", buyer="ann", phone=phone)]),
        ("B", [row("B2", "2026-03-05", mail=BOB, phone=phone)]),
        ("B", [row("B3", "2026-03-05", mail=ANN)]),
    ]

    def arrive(order: Iterable[int]) -> None:
        for number in order:
            load(shop, tmp_path, *files[number])

    arrive((0, 1))
    said = shop.member_apart(
        shop.member(store="A", buyer="ann").id, shop.member(store="B", buyer=BOB).id, reason="sisters"
    )
    found = set()
    for order in itertools.permutations((2, 3, 4)):
        arrive(order)
        assert shop.lake_rebuild()["different"] == {}
        rows = [(one["buyer_key"], one["person"]) for one in persons(shop)]
        found.add(tuple(rows))
        assert counts(shop)[0][0] == 2 and len(rows) == 2  # Ann by account and mail, and Bob
        assert {one["why"] for one in shop.member_merges()["conflicts"]} == {"apart"}
        shop.import_undo([one.id for one in shop.imports()[:3]])
    assert len(found) == 1
    arrive((2, 3, 4))
    ann, bob = shop.member(store="A", buyer="ann").id, shop.member(store="B", buyer=BOB).id
    assert code_of(shop.member_apart, ann, ann, reason="the same") == "apart_needs_two"
    joined = shop.member_merge(shop.member(store="B", buyer=ANN).id, bob, reason="asked them")
    assert counts(shop)[0][0] == 1 and shop.member_merges()["conflicts"] == []
    rests = shop.member_merges()["decisions"][-1]
    assert (rests["id"], rests["joined_by"], rests["taken_back"]) == (said.id, joined.id, None)
    assert (
        code_of(shop.member_apart, *shop.member_merges()["decisions"][0]["members"], reason="they are not")
        == "apart_joined"
    )
    shop.member_take_back(joined.id)
    assert counts(shop)[0][0] == 2 and shop.member_merges()["decisions"][-1]["joined_by"] is None
    shop.member_take_back(said.id)
    assert counts(shop)[0][0] == 1


def test_a_forgotten_member_is_forgotten_with_all_her_keys_and_does_not_come_back(
    shop: Shop, home: Home, tmp_path: Path
) -> None:
    both(shop, tmp_path)
    ann = shop.member(store="A", buyer="ann-account")
    keys = sorted(row["buyer_key"] for row in persons(shop))
    shop.member_note(ann.id, "calls from 13800138000")
    shop.member_consent(ANN, source="form at the fair")
    shop.member_merge(ann.id, shop.member(store="B", buyer=BOB).id, reason="asked")
    (tmp_path / "contacts.csv").write_text(
        "buyer,phone,consented_at,source\nann@example.com,13912345678,2026-01-01,form\n"
    )
    shop.wave_contacts(tmp_path / "contacts.csv", store="A")
    shop.points_rules("P", {"start": "2026-01-01", "refer_points": "9"}, stores=["A", "B"])
    code = shop.referral_code(ann.id)["code"]
    shop.referral_claim(code, store="A", buyer="a-friend")
    before = counts(shop), counts(shop, by=["store"])
    path = tmp_path / "copy.json"
    told = shop.copy(path, store="B", buyer=ANN)["rows"]
    assert (told["notes"], told["consents"], told["decisions"], told["files"]) == (1, 1, 1, 2)
    assert (told["contacts"], told["referrals"]) == (1, 1)
    copied = path.read_text("utf-8")
    assert all(
        word in copied
        for word in (ANN, "13800138000", "13912345678", code, "form at the fair", "A1", "B1", "ann-account")
    )
    assert "carl" not in copied
    done = shop.forget(store="A", buyer="ann-account")
    assert done["rows"]["members/notes"] == done["rows"]["members/consents"] == 1
    assert (counts(shop), counts(shop, by=["store"])) == before
    left = [
        file for file in home.root.rglob("*") if file.is_file() and any(k.encode() in file.read_bytes() for k in keys)
    ]
    assert left == []
    load(shop, tmp_path, "A", [ANN_AT_A])
    load(shop, tmp_path, "B", [ANN_AT_B])
    assert (counts(shop), counts(shop, by=["store"])) == before
    assert not {row["buyer_key"] for row in persons(shop)} & set(keys)
    assert code_of(shop.member, store="B", buyer=ANN) == "member_unknown"
    assert code_of(shop.copy, path, store="A", buyer="nobody-at-all") == "person_unknown"


def test_below_the_limit_of_identity_the_platforms_rows_still_count_and_what_is_missing_is_said(
    shop: Shop, home: Home, tmp_path: Path
) -> None:
    both(shop, tmp_path)
    load(shop, tmp_path, "A", [row(f"M{n}", "2026-03-10", buyer="1**") for n in range(9)])
    days = tmp_path / "days.csv"
    days.write_text("first_day,last_day,report,visitors,buyers,orders,gmv\n2026-03-10,2026-03-10,shop,90,8,9,90.00\n")
    shop.import_files([days], store="A", profile="goldloop-store_day")
    day = {"first": "2026-03-10", "last": "2026-03-10", "stores": "A"}
    told = shop.figures(["buyers", "gmv"], **day).rows()[0]
    assert (int(told["buyers"]), told["gmv"]) == (8, "90.00")
    answer = shop.figures(["buyers"], first="2026-03-01", last="2026-03-09", stores=("A", "B")).rows()
    assert int(answer[0]["buyers"]) == 3  # all of these days' buyers are known
    missing = shop.members_rfm(stores="A", day="2026-03-10").as_dict("en")
    assert "no_buyer_identity" in str(missing)
