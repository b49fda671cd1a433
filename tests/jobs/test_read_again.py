"""The same file under a profile that was changed, profiles that are kept, and notes about what was loaded before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.jobs.mini import PROFILE, facts, goldloop, row, stock, write

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.shop import Shop

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt

LINES_BY_PRICE = PROFILE.replace('columns = ["商品", "单价"]', 'columns = ["商品", "单价", "数量"]')


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home)
    return Shop(home)


def notes(receipt: Receipt) -> list[str]:
    return [note["code"] for note in receipt.notes]


def test_a_changed_profile_reads_the_file_again_in_place_of_the_first_reading(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1), row(1, product="plate"), row(2, price="free")])
    first = shop.import_files([file])[0]
    shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "3"})
    before = facts(shop.home)
    (shop.home.profiles / "mini.toml").write_text(LINES_BY_PRICE, "utf-8")
    second = shop.import_files([file])[0]
    assert (second.repeated, second.new, second.quarantined, second.closes) == (False, 3, 0, True)
    assert notes(second) == ["rows_corrected", "replaces_imports"]
    replaced, children = shop.import_show(first.id)
    assert (replaced.state, replaced.replaced_by, [c.state for c in children]) == ("undone", second.id, ["undone"])
    after = facts(shop.home)
    for table in ("facts/orders", "facts/order_lines"):
        assert len(after[table]) == len(before[table])  # nothing doubled, although every line has another key
    assert [r.id for r in shop.imports()] == [second.id]
    third = shop.import_files([file])[0]
    assert (third.id, third.repeated) == (second.id, True)
    shop.import_undo([second.id])
    assert facts(shop.home) == {}
    assert list(shop.home.sources.iterdir()) == []


@pytest.mark.kills
@pytest.mark.parametrize("place", ["before_receipt", "after_receipt"])
def test_a_kill_leaves_one_reading_of_the_file(shop: Shop, tmp_path: Path, place: str) -> None:
    file = write(tmp_path / "a.csv", [row(1), row(1, product="plate"), row(2)])
    first = shop.import_files([file])[0]
    before = facts(shop.home)
    (shop.home.profiles / "mini.toml").write_text(LINES_BY_PRICE, "utf-8")
    assert goldloop(shop.home, "import", str(file), GOLDLOOP_STOP_AT=f"import.{place}").returncode < 0
    (loaded,) = shop.imports()
    if place == "before_receipt":
        assert loaded.id == first.id
        assert facts(shop.home) == before
    (second,) = shop.import_files([file])
    assert second.id != first.id
    assert [receipt.id for receipt in shop.imports()] == [second.id]
    assert len(facts(shop.home)["facts/order_lines"]) == 3


def test_another_profile_takes_the_place_of_the_first(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1)])
    first = shop.import_files([file])[0]
    (tmp_path / "other.toml").write_text(LINES_BY_PRICE.replace('"mini"', '"other"'), "utf-8")
    second = shop.import_files([file], profile=str(tmp_path / "other.toml"))[0]
    assert shop.import_show(first.id)[0].replaced_by == second.id
    assert len(facts(shop.home)["facts/order_lines"]) == 1


def test_a_file_that_is_refused_again_keeps_the_first_reading(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1)])
    shop.import_files([file])
    before = facts(shop.home)
    (shop.home.profiles / "mini.toml").write_text(PROFILE + "\n[currency]\nfixed = 'USD'\n", "utf-8")
    with pytest.raises(GoldloopError, match="USD"):
        shop.import_files([file])
    assert facts(shop.home) == before
    refused = shop.imports(undone=True)[0]
    assert (refused.state, refused.error["code"], refused.error["params"]["expected"]) == (
        "refused",
        "currency_mismatch",
        "CNY",
    )


def test_a_profile_file_that_loaded_a_file_is_kept_for_the_next(shop: Shop, tmp_path: Path) -> None:
    (shop.home.profiles / "mini.toml").unlink()
    own = tmp_path / "own.toml"
    own.write_text(PROFILE.replace('"mini"', '"own"'), "utf-8")
    first = shop.import_files([write(tmp_path / "a.csv", [row(1, price="free")])], profile=str(own))[0]
    assert notes(first) == ["profile_kept"]
    later = shop.import_files([write(tmp_path / "b.csv", [row(2)])])[0]
    assert (later.profile, later.new, notes(later)) == ("own", 1, [])
    again = shop.import_files([tmp_path / "a.csv"])[0]
    assert (again.id, again.repeated) == (first.id, True)
    kept = shop.home.profiles / "own.toml"
    kept.write_text(kept.read_text("utf-8").replace("[line_key]", '[read]\nmissing = ["free"]\n\n[line_key]').replace(
        'unit_price = { from = "单价", required = true }', 'unit_price = { from = "单价", default = "0" }'
    ), "utf-8")  # fmt: skip
    assert len(shop.quarantine_retry().fixed) == 1


def test_a_profile_file_with_the_id_of_a_built_in_one_is_not_kept(shop: Shop, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(PROFILE.replace('"mini"', '"shopify-orders"'), "utf-8")
    receipt = shop.import_files([write(tmp_path / "a.csv", [row(1)])], profile=str(own))[0]
    assert notes(receipt) == []
    assert not (shop.home.profiles / "shopify-orders.toml").exists()


def test_a_file_without_a_moment_says_which_import_goes_before_it(shop: Shop, tmp_path: Path) -> None:
    early, late = "2026-03-05 10:00:00", "2026-03-09 10:00:00"
    wide = shop.import_files([write(tmp_path / "a.csv", [row(1, at=early), row(2, at=late)])])[0]
    narrow = shop.import_files([write(tmp_path / "b.csv", [row(1, at=early, buyer="other")])])[0]
    (note,) = narrow.notes
    assert (note["code"], note["params"]) == ("counts_as_older", {"id": wide.id, "day": "2026-03-09"})
    assert notes(shop.import_files([write(tmp_path / "c.csv", [row(3, at="2026-03-10 10:00:00")])])[0]) == []
