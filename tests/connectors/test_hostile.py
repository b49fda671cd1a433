"""Files that went wrong in ways that once got through: found by tests/fuzz, kept here small."""

from __future__ import annotations

from pathlib import Path

from goldloop.shop import Shop
from tests.apps.homes import fresh_home


def shop_in(folder: Path) -> Shop:
    shop = Shop(fresh_home(folder / "home"))
    shop.store_add("A", platform="other", currency="CNY", timezone="Asia/Shanghai")
    return shop


def test_a_row_without_any_level_of_source_waits_in_quarantine(tmp_path: Path) -> None:
    file = tmp_path / "sources.csv"
    head = "统计日期,流量载体,一级来源,二级来源,三级来源,访客数,支付金额,支付买家数,支付转化率"
    file.write_text(
        f"{head}\n2026-10-01,全部,淘内免费,搜索,,10,5.00,1,10%\n2026-10-01,全部,,,,3,1.00,1,10%\n", encoding="utf-8"
    )
    shop = shop_in(tmp_path)
    receipt = shop.import_files([file], profile="sycm-sources", store="A")[0]
    assert (receipt.read, receipt.new, receipt.quarantined) == (2, 1, 1)
    (issue,) = shop.quarantine()[0].issues
    assert (issue["column"], issue["code"]) == ("一级来源", "missing_value")


def test_a_header_that_begins_with_an_at_sign_is_a_column_like_others(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("item_id,title,@系列,@period_first\np1,shirt,summer,2020-01-01\n", encoding="utf-8")
    shop = shop_in(tmp_path)
    assert shop.import_files([file])[0].new == 1
