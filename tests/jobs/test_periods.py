"""The period is part of what an import is, but only where the days of its rows depend on it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.shop import Shop

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
DAYLESS = """
id = "dayless"
title = { zh = "无日期", en = "Without a day" }
platforms = ["tmall"]
[recognise]
required = ["访客数", "支付金额"]
[period]
file_name = true
[[into]]
table = "store_day"
[into.columns]
first_day = { from = "@period_first", required = true }
last_day = { from = "@period_last", required = true }
report = { value = "dayless" }
visitors = "访客数"
gmv = "支付金额"
"""
DAY = (date(2026, 10, 1), date(2026, 10, 1))


@pytest.fixture
def shop(home: Home) -> Shop:
    shop = Shop(home)
    shop.store_add("T", platform="tmall")
    shop.store_add("D", platform="douyin")
    return shop


def test_a_file_whose_days_stand_in_its_name_is_another_one_under_another_name(shop: Shop, tmp_path: Path) -> None:
    (shop.home.profiles / "dayless.toml").write_text(DAYLESS, "utf-8")
    file = tmp_path / "shop_2026-10-01.csv"
    file.write_text("访客数,支付金额\n100,9.90\n", "utf-8")
    (first,) = shop.import_files([file])
    assert (first.period, first.new) == ("2026-10-01..2026-10-01", 1)
    nameless = Path(shutil.copy(file, tmp_path / "shop.csv"))
    with pytest.raises(GoldloopError) as caught:
        shop.import_files([nameless])
    assert caught.value.code == "period_needed"
    (again,) = shop.import_files([nameless], period=DAY)
    assert (again.id, again.repeated) == (first.id, True)
    (other,) = shop.import_files([nameless], period=(date(2026, 10, 2), date(2026, 10, 2)))
    assert (other.id != first.id, other.new) == (True, 1)
    (tomorrow,) = shop.import_files([shutil.copy(file, tmp_path / "shop_2026-10-03.csv")])
    assert (tomorrow.period, tomorrow.new) == ("2026-10-03..2026-10-03", 1)


@pytest.mark.parametrize(
    "name", ["1791213782_douyin_orders.csv", "商品报表_20261002_101010.zip", "taobao_suborders_2026.xlsx"]
)
def test_a_file_whose_rows_have_days_is_the_same_under_any_name(shop: Shop, tmp_path: Path, name: str) -> None:
    first = shop.import_files([SAMPLES / name])
    renamed = Path(shutil.copy(SAMPLES / name, tmp_path / "renamed.bin"))
    again = shop.import_files([renamed])
    assert [(r.id, r.repeated, r.period) for r in again] == [(r.id, True, "") for r in first]


def test_a_sheet_that_nobody_knows_is_named_and_the_others_are_loaded(shop: Shop, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.write(SAMPLES / "1791213782_douyin_orders.csv", "orders.csv")
        archive.writestr("notes.csv", "what,is,this\n1,2,3\n")
    (receipt,) = shop.import_files([tmp_path / "both.zip"])
    assert (receipt.member, receipt.read) == ("orders.csv", 3)
    assert [n["params"] for n in receipt.notes if n["code"] == "sheet_skipped"] == [{"sheet": "notes.csv"}]


def test_a_file_of_another_platform_is_refused(shop: Shop) -> None:
    with pytest.raises(GoldloopError) as caught:
        shop.import_files([SAMPLES / "1791213782_douyin_orders.csv"], store="T")
    assert (caught.value.code, caught.value.allowed) == ("store_other_platform", ["D"])
    assert shop.imports(undone=True) == []
