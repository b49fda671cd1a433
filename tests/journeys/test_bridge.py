"""Bridges over real exports: the shared samples of one shop, each pair of sources, down to file and row."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

import goldloop
from goldloop.core.errors import GoldloopError

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
FILES = (
    "taobao_suborders_2026.xlsx", "聚水潭_原始数据.xlsx", "支付宝_账务明细_20261005_090000.csv",
    "【生意参谋平台】店铺取数_2026-10-01_2026-10-03.xls", "【生意参谋平台】商品_全部_2026-10-01_2026-10-01.xls",
)  # fmt: skip
SOURCES = ("platform-overview", "orders", "erp", "settlements", "product-report")


@pytest.mark.journey
def test_every_pair_of_sources_closes(tmp_path: Path) -> None:
    shop = goldloop.open(tmp_path / "home", create=True)
    shop.store_add("A", platform="taobao")
    shop.import_files([SAMPLES / name for name in FILES])
    for left, right in permutations(SOURCES, 2):
        try:
            found = shop.bridge(left, right, first="2026-10-01", last="2026-10-05")
        except GoldloopError as error:
            raise AssertionError((left, right)) from error
        assert found["residual"] == "0.00", (left, right)
        assert all(row["origins"] for row in found["rows"] if row["table"] != "day"), (left, right)
    erp = shop.bridge("orders", "erp", first="2026-10-01", last="2026-10-05")
    lost = {(r["key"]["order_id"], r["amount"], r["origins"][0]["file"], r["origins"][0]["row"]) for r in erp["rows"]}
    assert [x["line"] for x in erp["lines"]] == ["missing_rows:erp"]
    assert lost == {
        ("3500000000000000100", "-199.00", "taobao_suborders_2026.xlsx", 2),
        ("3500000000000000200", "-178.00", "taobao_suborders_2026.xlsx", 3),
    }
    money = shop.bridge("orders", "settlements", first="2026-10-01", last="2026-10-05")
    assert {x["code"] for x in money["lines"]} == {"refunds", "missing_rows", "fee"} and money["unexplained"] == "0.00"
    shop_day = shop.bridge("platform-overview", "orders", first="2026-10-01", last="2026-10-05", by="day")
    missing = [d["day"] for d in shop_day["days"] if "missing_rows:orders" in d["lines"]]
    assert missing == ["2026-10-03"]  # a day of which no order is loaded
