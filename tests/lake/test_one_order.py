"""One order told by several files is one order: real formats of a platform and of an ERP, in any order of loading."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goldloop.core.exclusion import ExclusionRule
from goldloop.core.statements import Statements
from tests.connectors.support import TMALL, Rows
from tests.connectors.support import said as read
from tests.lake.builders import NOON, Shop, said
from tests.lake.oracle import expected

SEQUENCES = (("list", "suborders", "details"), ("suborders", "details", "list"), ("details", "list", "suborders"))
JD = TMALL.__class__(1, "京东店", "jd")
LATER = NOON + timedelta(days=30)

LIST = """
订单编号|买家应付货款|总金额|买家实际支付金额|订单状态|订单创建时间|订单付款时间|宝贝总数量|宝贝标题
350000000000000001|300|300|300|卖家已发货，等待买家确认|2026-10-01 10:00:00|2026-10-01 10:00:30|3|衬衫，包
350000000000000002|89|89|89|交易成功|2026-10-01 11:00:00|2026-10-01 11:00:30|1|包
"""
SUBORDERS = """
子订单编号|主订单编号|商品ID|商品标题|购买数量|商品价格|商家编码|订单状态|买家应付货款|买家实付金额|订单创建时间|订单付款时间
3501|350000000000000001|68001|衬衫|1|200|LS|卖家已发货，等待买家确认|190|190|2026-10-01 10:00:00|2026-10-01 10:00:30
3502|350000000000000001|68002|包|2|60|CB|卖家已发货，等待买家确认|110|110|2026-10-01 10:00:00|2026-10-01 10:00:30
3503|350000000000000003|68002|包|1|60|CB|卖家已发货，等待买家确认|55|55|2026-10-02 09:00:00|2026-10-02 09:00:30
"""
DETAILS = """
订单编号|标题|价格|购买数量|外部系统编号|商品属性|订单状态|商家编码
350000000000000001|衬衫|200|1|LS|白色|卖家已发货，等待买家确认|LS
350000000000000001|包|60|2|CB|本色|卖家已发货，等待买家确认|CB
350000000000000002|包|89|1|CB|本色|交易成功|CB
350000000000000003|包|60|1|CB|本色|卖家已发货，等待买家确认|CB
"""
ERP = """
订单编号|店铺|子单原始单号|订单状态|交易时间|付款时间|发货时间|货品名称|实发数量|分摊后总价|商家编码|规格名称|成本价|物流公司|物流单号|仓库
JY1|A|350000000000000001|已发货|2026-10-01 10:00:00|2026-10-01 10:00:30|2026-10-02 09:00:00|衬衫|1|180|LS|白|60|圆通|YT1|主仓
JY1|A|350000000000000001-1|已发货|2026-10-01 10:00:00|2026-10-01 10:00:30|2026-10-02 09:00:00|包|2|100|CB|本|20|圆通|YT1|主仓
JY2|A|350000000000000004|已发货|2026-10-03 10:00:00|2026-10-03 10:00:30|2026-10-03 12:00:00|包|1|66|CB|本|20|圆通|YT2|主仓
"""
FILES: dict[str, list[Statements]] = {
    name: read(Rows(text), profile).statements
    for name, text, profile in (
        ("list", LIST, "taobao-order-list"), ("suborders", SUBORDERS, "taobao-suborders"),
        ("details", DETAILS, "taobao-order-details"), ("erp", ERP, "wangdiantong"),
    )
}  # fmt: skip


def orders(shop: Shop, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Values of each order, by the end of its number."""
    return {r["order_id"][-1]: tuple(r[c] for c in columns) for r in shop.rows("orders")}


def lines(shop: Shop, order_id: str) -> set[tuple[Any, ...]]:
    return {
        (r["told_by"], r["sku"], r["quantity"], r["gmv"], r["exclusion"])
        for r in shop.rows("order_lines") if r["order_id"].endswith(order_id)
    }  # fmt: skip


@pytest.mark.parametrize("sequence", SEQUENCES, ids="-".join)  # others by chance: test_properties
def test_each_order_once_whatever_comes_first(tmp_path: Path, sequence: tuple[str, ...]) -> None:
    whole = list(sequence)
    whole.insert(len(sequence[0]) % 4, "erp")
    shop = Shop(tmp_path / "lake", {1: TMALL})
    for name in whole:
        shop.load(*FILES[name])
    assert orders(shop, "gmv", "units", "status", "told_by", "line_count", "lines_aside") == {
        "1": (30000, 3, "shipped", None, 2, 4),
        "2": (8900, 1, "finished", None, 1, 0),
        "3": (5500, 1, "shipped", None, 1, 1),
        "4": (6600, 1, "shipped", "erp", 1, 0),
    }
    aside = "told_by_better_source"
    assert lines(shop, "1") == {
        (None, "LS", 1, 19000, None), (None, "CB", 2, 11000, None),
        ("platform_without_line_id", "LS", 1, 0, aside), ("platform_without_line_id", "CB", 2, 0, aside),
        ("erp", "LS", 1, 0, aside), ("erp", "CB", 2, 0, aside),
    }  # fmt: skip
    assert lines(shop, "2") == {("platform_without_line_id", "CB", 1, 8900, None)}
    assert {(r["shipment_id"], r["warehouse"]) for r in shop.rows("shipments")} == {("YT1", "主仓"), ("YT2", "主仓")}
    assert shop.one("orders", order_id="350000000000000001")["shipped_at"] == datetime(
        2026, 10, 2, 9
    )  # only the ERP says it
    assert {r["item_id"]: int(r["cost"]) for r in shop.rows("products")} == {"LS": 60, "CB": 20}
    assert shop.state() == expected([s for n in whole for s in FILES[n]], {1: TMALL})


def test_undo_of_the_better_source_brings_the_lesser_one_back(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "lake", {1: TMALL})
    for name in ("suborders", "erp", "details", "list"):
        shop.load(*FILES[name])
    shop.undo(1, 4)  # what is left: lines of the detail list, which have no amounts, and all that the ERP says
    assert orders(shop, "gmv", "told_by", "line_count", "lines_aside")["1"] == (28000, "erp", 2, 2)
    shop.undo(3)
    assert orders(shop, "gmv", "units", "told_by") == {"1": (28000, 3, "erp"), "4": (6600, 1, "erp")}
    assert lines(shop, "1") == {("erp", "LS", 1, 18000, None), ("erp", "CB", 2, 10000, None)}
    shop.load(*FILES["list"])
    assert orders(shop, "gmv", "told_by")["1"] == (30000, None)
    before = shop.state()
    shop.rebuild()
    assert shop.state() == before


def test_jd_orders_keep_the_platform_number(tmp_path: Path) -> None:
    """A divided order and a merged parcel: the ERP's parts meet the platform's order; the deleted parent does not count."""
    platform = read(Rows("""
订单号|商品ID|商品名称|订购数量|京东价|下单时间|付款确认时间|订单状态|订单金额|结算金额|应付金额|余额支付|运费金额
290001|100|杯|1|50|2026-10-01 10:00:00|2026-10-01 10:01:00|(删除)等待出库|80|80|80|0|0
290002|100|杯|1|50|2026-10-01 10:00:00|2026-10-01 10:01:00|完成|50|50|50|0|0
290003|200|盘|1|30|2026-10-01 10:00:00|2026-10-01 10:01:00|完成|30|30|30|0|0
"""), "jd-orders", JD).statements  # fmt: skip
    erp = read(Rows("""
订单编号|店铺|子单原始单号|订单状态|交易时间|付款时间|货品名称|实发数量|分摊后总价|商家编码|物流单号
JY1|A|290002-1|已发货|2026-10-01 10:00:00|2026-10-01 10:01:00|杯|1|48|C|P1
JY1|A|290003|已发货|2026-10-01 10:00:00|2026-10-01 10:01:00|盘|1|30|D|P1
"""), "wangdiantong", JD).statements  # fmt: skip
    rules = (ExclusionRule("deleted", "flag", ("deleted",)),)
    for files in ((platform, erp), (erp, platform)):
        shop = Shop(tmp_path / str(id(files)), {1: JD}, rules)
        for file in files:
            shop.load(*file)
        assert orders(shop, "gmv", "counts", "told_by") == {
            "1": (0, False, None),
            "2": (5000, True, None),
            "3": (3000, True, None),
        }
        assert {(r["shipment_id"], r["order_id"]) for r in shop.rows("shipments")} == {
            ("P1", "290002"),
            ("P1", "290003"),
        }


# --- by hand -----------------------------------------------------------------------------------------------------------
PAID = datetime(2026, 6, 1, 12)


def order(**columns: Any) -> dict[str, Any]:
    return {"order_id": "A", "placed_at": PAID, "counted_at": PAID, "status": "paid", **columns}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "lake")


def test_a_better_source_wins_whatever_its_moment(shop: Shop) -> None:
    shop.load(said("orders", [order(goods_amount=100, seller_note="a")]))
    shop.load(
        said(
            "orders",
            [order(status="finished", goods_amount=90, postage=5, region="浙江", seller_note="b")],
            moment=LATER,
            rank="erp",
        )
    )
    row = shop.one("orders")
    assert (row["status"], row["goods_amount"], row["seller_note"]) == ("paid", 100, "a")
    assert row["postage"] is None  # amounts of two sources never make one sale
    assert row["region"] == "浙江"  # nobody better said it
    assert row["told_by"] is None


def test_the_platform_says_whether_an_order_counts(shop: Shop) -> None:
    shop.load(said("orders", [order(goods_amount=90)], moment=LATER, rank="erp"))
    shop.load(said("orders", [order(counted_at=None, status="unknown", goods_amount=100)]))
    assert shop.one("orders")["counts"] is False
    shop.undo(2)
    assert shop.one("orders")["gmv"] == 90


def test_a_source_that_tells_no_sales_leaves_them_to_the_next(shop: Shop) -> None:
    """A list of the platform without moments and amounts: the ERP's header holds until a better one comes."""
    shop.load(said("orders", [{"order_id": "A", "seller_note": "gut"}]))
    shop.load(said("orders", [order(goods_amount=90)], rank="erp"))
    row = shop.one("orders")
    assert (row["gmv"], row["counts"], row["seller_note"], row["told_by"]) == (90, True, "gut", None)


def test_erp_lines_split_an_order_of_the_platform_but_do_not_judge_it(shop: Shop) -> None:
    shop.load(said("orders", [order(goods_amount=100, user_paid=100, refund_stated=None)]))
    told = [{"order_id": "A", "line_key": k, "kind": "sale", "status": "closed_refunded", "goods_amount": v, "platform_discount": 3,
             "quantity": 1, "refund_stated": v, "refund_basis": "inferred"} for k, v in (("x", 60), ("y", 20))]  # fmt: skip
    shop.load(said("order_lines", told, moment=LATER, rank="erp"))
    row = shop.one("orders")
    assert (row["gmv"], row["units"], row["status"], row["platform_discount"], row["refunded"]) == (
        100,
        2,
        "paid",
        None,
        None,
    )
    assert [r["gmv"] for r in shop.rows("order_lines")] == [75, 25]
    shop.load(said("order_lines", [{**r, "kind": "cancelled"} for r in told], moment=LATER + timedelta(1), rank="erp"))
    row = shop.one("orders")
    assert (row["gmv"], row["counts"], row["line_count"], row["lines_aside"]) == (100, True, 0, 2)
    assert {r["exclusion"] for r in shop.rows("order_lines")} == {"told_by_better_source"}


def test_refunds_and_rules_pass_over_lines_set_aside(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "lake", rules=(ExclusionRule("gift", "title_words", ("赠",)),))
    erp = [
        {
            "order_id": "A",
            "line_key": "e",
            "line_id": "1",
            "kind": "sale",
            "title": "赠品",
            "goods_amount": 100,
            "quantity": 9,
        }
    ]
    own = [
        {"order_id": "A", "line_key": k, "line_id": k, "kind": "sale", "goods_amount": 50, "quantity": 1}
        for k in ("1", "2")
    ]
    shop.load(said("order_lines", erp, rank="erp"), said("orders", [order()]))
    assert shop.one("orders")["exclusion"] == "gift"
    shop.load(said("order_lines", own))
    shop.load(
        said(
            "refunds",
            [{"refund_id": "R", "order_id": "A", "line_id": "1", "status": "done", "refunded_at": PAID, "amount": 30}],
        )
    )
    row = shop.one("orders")
    assert (row["gmv"], row["units"], row["exclusion"], row["refunded"]) == (100, 2, None, 30)
    assert [(r["line_key"], r["refunded"]) for r in shop.rows("order_lines")] == [("1", 30), ("2", 0), ("e", 0)]
    assert shop.one("order_lines", line_key="e")["day"] == date(2026, 6, 1)


def test_files_of_before_ranks_are_the_platform_s(shop: Shop) -> None:
    """Nothing marks a statement of the platform: seen files look as they did, and repeats are recognised."""
    shop.load(said("orders", [order(goods_amount=1)]))
    (file,) = [p.name for p in (Path(shop.lake.root) / "seen" / "orders").rglob("said-*.parquet")]
    assert file.count("-") == 2
    shop.load(said("orders", [order(goods_amount=2)], rank="erp"))
    again = shop.load(said("orders", [order(goods_amount=1)], moment=LATER))
    assert again.tables["orders"].unchanged == 1
