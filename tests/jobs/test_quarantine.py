"""Rows that could not be loaded: corrected once, remembered for ever, and undone with the file they came in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.jobs.mini import PROFILE, code_of, facts, lines, many, row, stock, write

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.shop import Shop


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home)
    return Shop(home)


def test_a_bad_row_says_where_it_stands_and_what_to_do(shop: Shop, tmp_path: Path) -> None:
    receipt = shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="free", quantity="two")])])[0]
    (bad,) = shop.quarantine()
    assert (bad.import_id, bad.file, bad.row, bad.store, bad.state) == (receipt.id, "a.csv", 3, "A", "open")
    assert sorted((i["column"], i["raw"], i["code"]) for i in bad.issues) == [
        ("单价", "free", "bad_number"),
        ("数量", "two", "bad_number"),
    ]
    assert all(i["suggestion"] for i in bad.issues)
    assert shop.quarantine_show(bad.id).raw_row["买家"] == "buyer-2"
    assert code_of(shop.quarantine_show, 99) == "quarantine_unknown"
    assert code_of(shop.quarantine, import_id=99) == "import_unknown"


def test_a_fixed_row_is_loaded_and_the_fix_is_remembered(shop: Shop, tmp_path: Path) -> None:
    first = shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="free")])])[0]
    tried = shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "3.00"})
    assert len(tried.fixed) == 1
    child = tried.receipts[0]
    assert (child.parent, child.read, child.new, child.quarantined, child.closes) == (first.id, 1, 1, 0, True)
    assert lines(shop) == [("1", 990), ("2", 300)]
    assert shop.quarantine() == []
    again = shop.import_files([tmp_path / "a.csv"])[0]
    assert (again.id, again.unchanged, again.quarantined, again.closes) == (first.id, 2, 0, True)
    later = shop.import_files([write(tmp_path / "b.csv", [row(4), row(2, price="free")])])[0]
    assert (later.new, later.unchanged, later.quarantined) == (1, 1, 0)
    assert lines(shop) == [("1", 990), ("2", 300), ("4", 990)]


def test_what_is_remembered_of_a_row_holds_in_its_store_only(shop: Shop, tmp_path: Path) -> None:
    shop.store_add("B", platform="tmall")
    bad = [row(2, price="free"), row(3, price="gift")]
    shop.import_files([write(tmp_path / "a.csv", bad)], store="A")
    fixed, ignored = shop.quarantine()
    shop.quarantine_fix(fixed.id, {"单价": "3.00"})
    shop.quarantine_ignore([ignored.id], "a gift")
    elsewhere = shop.import_files([write(tmp_path / "b.csv", bad)], store="B")[0]
    assert (elsewhere.new, elsewhere.quarantined) == (0, 2)
    assert [(one.store, one.row) for one in shop.quarantine()] == [("B", 2), ("B", 3)]
    later = shop.import_files([write(tmp_path / "c.csv", [row(1), *bad])], store="A")[0]
    assert (later.new, later.unchanged, later.quarantined) == (1, 1, 1)
    assert [one.store for one in shop.quarantine()] == ["B", "B"]
    shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "4.00"})
    assert sorted(line["gmv"] for line in facts(shop.home)["facts/order_lines"]) == [300, 400, 990]


def test_undoing_the_file_undoes_its_fixes(shop: Shop, tmp_path: Path) -> None:
    first = shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="free")])])[0]
    child = shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "3.00"}).receipts[0]
    assert shop.import_undo([first.id])["undone"] == [first.id, child.id]
    assert lines(shop) == []
    assert list(shop.home.sources.iterdir()) == []


def test_undoing_a_fix_opens_its_row_again(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="free")])])
    child = shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "3.00"}).receipts[0]
    shop.import_undo([child.id])
    assert lines(shop) == [("1", 990)]
    assert [r.row for r in shop.quarantine()] == [3]


def test_a_fix_that_does_not_help_says_so(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(2, price="free", quantity="two")])])
    id = shop.quarantine()[0].id
    assert code_of(shop.quarantine_fix, id, {"单价": "dear"}) == "fix_not_enough"
    with pytest.raises(GoldloopError) as caught:
        shop.quarantine_fix(id, {"单价": "3"})  # half of it: remembered
    assert caught.value.params["column"] == "数量"
    assert [i["column"] for i in shop.quarantine()[0].issues] == ["数量"]
    assert shop.quarantine_fix(id, {"数量": "2"}).fixed == [id]
    assert lines(shop) == [("2", 600)]


def test_a_row_that_somebody_else_fixes_first_stays_as_they_fixed_it(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.jobs import quarantine, remembered

    shop.import_files([write(tmp_path / "a.csv", [row(1, price="free")])])
    again = quarantine.again

    def late(*args, **kwargs):
        monkeypatch.setattr(quarantine, "again", again)
        shop.quarantine_fix(1, {"单价": "3"})
        return again(*args, **kwargs)

    monkeypatch.setattr(quarantine, "again", late)
    with pytest.raises(GoldloopError) as caught:
        shop.quarantine_fix(1, {"单价": "4"})
    assert caught.value.code == "quarantine_not_open"
    assert [line["gmv"] for line in facts(shop.home)["facts/order_lines"]] == [300]
    assert [fix["单价"] for fix in remembered.fixes(shop.home, 1).values()] == ["3"]


def test_refused_fixes_change_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="free")])])
    id = shop.quarantine()[0].id
    before = shop.quarantine(), shop.imports(), shop.snapshot().versions
    assert code_of(shop.quarantine_fix, id, {"价钱": "3"}) == "column_missing"
    assert code_of(shop.quarantine_fix, 99, {"单价": "3"}) == "quarantine_unknown"
    assert (shop.quarantine(), shop.imports(), shop.snapshot().versions) == before
    shop.quarantine_fix(id, {"单价": "3"})
    assert code_of(shop.quarantine_fix, id, {"单价": "4"}) == "quarantine_not_open"


def test_one_fix_for_all_rows_that_fail_alike(shop: Shop, tmp_path: Path) -> None:
    rows = [row(1, price="free"), row(2, price="free"), row(3, price="gift"), row(4, price="free", quantity="two")]
    shop.import_files([write(tmp_path / "a.csv", rows[:2]), write(tmp_path / "b.csv", rows[2:])])
    tried = shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "0.50"}, alike="value")
    assert len(tried.fixed) == 2
    assert [i["column"] for r in tried.still_open for i in r.issues] == ["数量"]
    assert lines(shop) == [("1", 50), ("2", 50)]
    assert sorted((r.row, tuple(i["column"] for i in r.issues)) for r in shop.quarantine()) == [
        (2, ("单价",)),
        (3, ("数量",)),
    ]


def test_rows_that_are_equal_keep_their_places(shop: Shop, tmp_path: Path) -> None:
    rows = [row(1), row(1, at="noon"), row(1)]
    shop.import_files([write(tmp_path / "a.csv", rows)])
    assert len(lines(shop)) == 2
    shop.quarantine_fix(shop.quarantine()[0].id, {"付款时间": "2026-03-05 10:00:00"})
    assert len(lines(shop)) == 3
    shop.import_files([write(tmp_path / "b.csv", [row(1), row(1), row(1)])])
    assert len(lines(shop)) == 3


def test_an_ignored_row_stays_ignored(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(2, price="free")])])
    id = shop.quarantine()[0].id
    assert code_of(shop.quarantine_ignore, [id], " ") == "reason_needed"
    assert shop.quarantine_ignore([id], "a test order") == 1
    shop.import_files([write(tmp_path / "b.csv", [row(1), row(2, price="free")])])
    assert shop.quarantine() == []
    assert [r.reason for r in shop.quarantine(states=["ignored"])] == ["a test order"] * 2
    assert code_of(shop.quarantine_fix, id, {"单价": "1"}) == "quarantine_not_open"


def test_a_corrected_profile_lets_rows_in_on_retry(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1, price="-"), row(2, price="free")])])
    open_rows = len(shop.quarantine())
    nothing = shop.quarantine_retry()
    assert (nothing.fixed, len(nothing.still_open)) == ([], open_rows)
    corrected = PROFILE.replace("[line_key]", '[read]\nmissing = ["free"]\n\n[line_key]').replace(
        'unit_price = { from = "单价", required = true }', 'unit_price = { from = "单价", default = "0" }'
    )
    (shop.home.profiles / "mini.toml").write_text(corrected, "utf-8")
    assert len(shop.quarantine_retry().fixed) == open_rows
    assert shop.quarantine() == []


def test_a_profile_file_outside_the_home_is_remembered(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(PROFILE.replace('"mini"', '"own"'), "utf-8")
    shop.import_files([write(tmp_path / "a.csv", [row(2, price="free")])], profile=str(tmp_path / "own.toml"))
    (tmp_path / "own.toml").unlink()
    (tmp_path / "lenient.toml").write_text(
        PROFILE.replace('"单价", required = true }', '"单价", default = "0" }'), "utf-8"
    )
    assert shop.quarantine_retry(profile=str(tmp_path / "lenient.toml")).fixed == []  # a word is still no number
    assert len(shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "1"}).fixed) == 1


def test_rows_split_by_store_are_fixed_in_their_store(shop: Shop, tmp_path: Path) -> None:
    shop.store_add("B", platform="tmall")
    file = write(tmp_path / "a.csv", [row(1, store="A"), row(2, store="B"), row(3, store="B", price="free")])
    shop.import_files([file], store_from="店铺")
    (bad,) = shop.quarantine(store="B")
    shop.quarantine_fix(bad.id, {"单价": "1"})
    assert {(o["store"], o["order_id"]) for o in facts(shop.home)["facts/orders"]} == {(1, "1"), (2, "2"), (2, "3")}


def test_quarantine_keeps_nothing_readable(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="13800138000x", buyer="王小明")])])
    shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "77665544"})
    everything = b"".join(
        p.read_bytes() for p in shop.home.root.rglob("*") if p.is_file() and p.parent != shop.home.lake
    )
    assert b"13800138000" not in everything
    assert "王小明".encode() not in everything


def test_a_large_quarantine_is_quick(shop: Shop, tmp_path: Path) -> None:
    rows = [(*one[:3], "free", *one[4:]) for one in many(range(1000))]
    assert shop.import_files([write(tmp_path / "a.csv", rows)])[0].quarantined == 2000
    assert len(shop.quarantine()) == 2000
