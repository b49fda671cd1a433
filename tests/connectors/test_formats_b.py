"""JD, Pinduoduo and ERP formats: the sample files against counts made by hand, and the traps of each format."""

from decimal import Decimal

import pytest

from goldloop.connectors import readers
from goldloop.connectors.normalise import Normalised
from goldloop.connectors.profile import ProfileBad, profile_from
from goldloop.connectors.recognise import recognise
from goldloop.core.store import Store
from tests.connectors.support import PROFILES, SAMPLES, Rows, accounted, at, day, rows, said, sample

JD = Store(11, "京东店", "jd")
PDD = Store(12, "拼多多店", "pdd")
ERP = Store(13, "抖音店", "douyin")

RECOGNISED = {
    "jd_orders.csv": "jd-orders", "jd_sz_sku_daily.xlsx": "jd-sku-daily", "jd_settlement.xlsx": "jd-settlement",
    "pdd_orders.csv": "pdd-orders", "pdd_promotion_goods.xlsx": "pdd-promotion", "旺店通_订单明细.xlsx": "wangdiantong",
    "聚水潭_原始数据.xlsx": "jushuitan",
}  # fmt: skip


@pytest.mark.parametrize(("file", "profile"), RECOGNISED.items())
def test_samples_are_recognised_and_nothing_else_fits(file: str, profile: str) -> None:
    (sheet,) = readers.sheets(SAMPLES / file, limits=readers.Limits())
    found = recognise(sheet, PROFILES.values())
    assert found.profile is not None
    assert (found.profile.id, found.alternatives, found.unused) == (profile, (), ())


def test_no_other_sample_is_taken_for_one_of_these() -> None:
    for path in sorted(SAMPLES.iterdir()):
        if path.name not in RECOGNISED and path.suffix != ".json":
            for sheet in readers.sheets(path, limits=readers.Limits()):
                found = recognise(sheet, PROFILES.values())
                assert found.profile is None or found.profile.id not in RECOGNISED.values(), path.name


# --- JD orders


def test_jd_orders_sample_counts_repeated_amounts_once() -> None:
    (found,) = sample("jd_orders.csv", "jd-orders", JD)
    accounted(found)
    assert (found.read, found.issues, found.notes) == (3, [], [])
    orders, lines = rows(found, "orders"), rows(found, "order_lines")
    assert [(o["order_id"], o["goods_amount"], o["user_paid"], o["status"], o.get("flags"), o["region"]) for o in orders] == [
        ("310000000001", 28800, 28800, "paid", None, "浙江"), ("310000000002", 14900, 14900, "paid", "deleted", "浙江"),
    ]  # fmt: skip
    assert {(o["counted_at"], o["moment_basis"], o["buyer_kind"]) for o in orders} == {
        (at("2026-10-01 10:01"), "paid", "platform_id")
    }
    assert [(r["line_key"], r["list_value"], r["quantity"]) for r in lines] == [
        ("LS-S-W|199#1", 19900, 1), ("CB-NAT|89#1", 8900, 1), ("WS-01|149#1", 14900, 1),
    ]  # fmt: skip
    assert not {"goods_amount", "user_paid"} & set(lines[0])  # nobody says what a single line was sold for
    assert not any(word in str((orders, lines)) for word in ("jd_test", "测试", "138", "西湖区"))


JD_ORDERS = "订单号 | 商品ID | 商品名称 | 订购数量 | 下单时间 | 京东价 | 订单金额 | 结算金额 | 余额支付 | 应付金额 | 订单状态 | 下单帐号 | 运费金额 | 付款确认时间 | 货号 | 订单完成时间 | 订单来源"


def test_jd_statuses_prefixes_and_payments() -> None:
    paid = "2026-10-01 10:01:00"
    cases = {
        "等待付款": ("unpaid", None, ""), "未付款": ("unpaid", None, ""), "等待付款确认": ("unpaid", None, ""),
        "等待出库": ("paid", None, paid), "等待确认收货": ("shipped", None, paid), "完成": ("finished", None, paid),
        "锁定": ("locked", None, paid), "锁定订单": ("locked", None, paid), "暂停订单": ("locked", None, paid), "暂停": ("locked", None, paid),
        "(锁定)等待出库": ("paid", "locked", paid), "（删除）等待付款": ("unpaid", "deleted", ""),
        "(删除)(锁定)完成": ("finished", "deleted locked", paid), "已取消": ("closed_refunded", None, paid),
        "(删除)已取消": ("closed_unpaid", "deleted", ""), "新的状态": ("unknown", None, paid),
    }  # fmt: skip
    lines = [
        f"{i} | 100 | 衬衫 | 1 | 2026-10-01 10:00:00 | 50 | 50 | 45 | 5 | 40 | {word} | ab*** | 0 | {when} | | | "
        for i, (word, (_, _, when)) in enumerate(cases.items())
    ]
    found = said(Rows("\n".join((JD_ORDERS, *lines))), "jd-orders", JD)
    accounted(found)
    orders = rows(found, "orders")
    assert [(o["status"], o.get("flags")) for o in orders] == [(s, f) for s, f, _ in cases.values()]
    assert [n.params["words"] for n in found.notes] == [["新的状态"]]
    for order in orders:
        assert ("counted_at" in order) == (order["user_paid"] == 4500)  # 40 and 5 from the balance; nothing is paid yet
    assert {(o["status"], o["refund_stated"], o["refund_basis"]) for o in orders if o["refund_stated"]} == {
        ("closed_refunded", 4500, "inferred")
    }
    assert not any("buyer_key" in o for o in orders)  # masked accounts are nobody


def test_jd_equal_lines_and_gifts() -> None:
    end = "| 2026-10-01 10:00:00 | {} | 100 | 100 | 0 | 100 | 完成 | abc | 6 | 2026-10-01 10:01:00 | K | 2026-10-05 10:00:00 | 暂无来源"
    found = said(
        Rows("\n".join((JD_ORDERS, *(f"1 | 100 | 衬衫 | 1 {end.format(p)}" for p in ("50.00", "50", "0"))))),
        "jd-orders",
        JD,
    )
    accounted(found)
    assert {(r["line_key"], r["kind"]) for r in rows(found, "order_lines")} == {
        ("100|50#1", "sale"), ("100|50#2", "sale"), ("100|0#1", "gift"),
    }  # fmt: skip
    (order,) = rows(found, "orders")
    assert (order["goods_amount"], order["postage"], order["finished_at"]) == (10000, 600, at("2026-10-05 10:00"))
    assert "order_source" not in order and "buyer_key" in order


# --- JD products by day

REALTIME = "时间 | SKU | SKU名称 | 成交金额 | 成交商品件数 | 成交客户数 | 成交转化率 | 商品浏览量 | 商品访客数 | 加购商品件数 | 加购客户数 | 取消订单金额"


def test_jd_products_sample() -> None:
    (found,) = sample("jd_sz_sku_daily.xlsx", "jd-sku-daily", JD)
    accounted(found)
    (row,) = rows(found, "traffic")
    assert (row["scope_kind"], row["scope_id"], row["first_day"], row["last_day"]) == (
        "product", "100000000001", day("2026-10-01"), day("2026-10-01"),
    )  # fmt: skip
    assert (row["visitors"], row["page_views"], row["buyers"], row["units"], row["gmv"], row["ordered_amount"]) == (
        2, 2, 1, 1, 401217, 401217,
    )  # fmt: skip
    assert "refunds" not in row  # empty is not 0


def test_jd_real_time_download_lacks_thirteen_columns_and_ranges_are_ranges() -> None:
    text = f"{REALTIME}\n2026-10-01 至 2026-10-07 | 1001 | 衬衫 | 100.5 | 2 | 1 | 50.00% | 4 | 2 | 1 | 1 | 0\n汇总 | | | 100.5 | | | | | | | |"
    found = said(Rows(text), "jd-sku-daily", JD)
    accounted(found)
    (row,) = rows(found, "traffic")
    assert (row["first_day"], row["last_day"], row["gmv"]) == (day("2026-10-01"), day("2026-10-07"), 10050)
    assert not {"refunds", "ordered_amount"} & next(s.carried for s in found.statements)
    assert found.dropped == {"total_row": 1} and found.control[0].ok


# --- JD settlement

SETTLEMENT = "订单编号 | 父单号 | 售后服务单号 | 售后退款时间 | 商品编号 | 商品名称 | 商品数量 | 费用名称 | 应结金额 | 币种 | 收支方向 | 结算状态 | 到账时间"


def settled(*lines: str) -> Normalised:
    found = said(Rows("\n".join((SETTLEMENT, *lines)), above=["名称：说明"]), "jd-settlement", JD)
    accounted(found)
    return found


def test_jd_settlement_sample() -> None:
    (found,) = sample("jd_settlement.xlsx", "jd-settlement", JD)
    accounted(found)
    (row,) = rows(found, "settlements")
    assert (row["order_id"], row["component"], row["amount"], row["settled_at"], row["_row"]) == (
        "350000000001", "货款", 3680, at("2026-10-09 12:08:53"), 3,
    )  # fmt: skip
    assert rows(found, "refunds") == []


def test_jd_goods_money_that_goes_back_is_a_refund_and_no_negative_sale() -> None:
    times = "CNY | 支出 | 已结算 | 2026-10-09 12:00:00"
    found = settled(
        "1 | 9 | | | 100 | 衬衫 | 1 | 货款 | 36.80 | CNY | 收入 | 已结算 | 2026-10-09 12:00:00",
        f"1 | 9 | | | 100 | 衬衫 | 1 | 佣金 | 1.84 | {times}",
        f"1 | 9 | 77 | 2026-10-08 09:00:00 | 100 | 衬衫 | 1 | 货款 | 36.80 | {times}",
        f"2 | -- | 78 | -- | 100 | 衬衫 | 1 | 货款 | -20.00 | {times}",
        "3 | | | | 100 | 衬衫 | 1 | 货款 | 5.00 | CNY | 收入 | 待结算 | ",
        "3 | | | | 100 | 衬衫 | 1 | 货款 | 5.00 | CNY | 调账 | 待结算 | ",
        "4 | | | | 100 | 衬衫 | 1 | 货款 | 5.00 | USD | 收入 | 待结算 | ",
    )
    assert [(r["order_id"], r["component"], r["amount"], r.get("settled_at")) for r in rows(found, "settlements")] == [
        ("1", "货款", 3680, at("2026-10-09 12:00")), ("1", "佣金", -184, at("2026-10-09 12:00")), ("1", "货款", -3680, at("2026-10-09 12:00")),
        ("2", "货款", -2000, at("2026-10-09 12:00")), ("3", "货款", 500, None),
    ]  # fmt: skip
    assert [(r["order_id"], r["amount"], r["amount_basis"], r["status"], r["refunded_at"], r["product_id"]) for r in rows(found, "refunds")] == [
        ("1", 3680, "known", "done", at("2026-10-08 09:00"), "100"), ("2", 2000, "known", "done", at("2026-10-09 12:00"), "100"),
    ]  # fmt: skip
    assert {(i.row, i.code) for i in found.issues} == {(8, "row_unplaced"), (9, "currency_mismatch")}


def test_jd_settlement_rows_are_the_same_before_and_after_the_payment() -> None:
    before = settled("1 | | | | 100 | 衬衫 | 1 | 货款 | 36.80 | CNY | 收入 | 待结算 | ")
    after = settled("1 | | | | 100 | 衬衫 | 1 | 货款 | 36.80 | CNY | 收入 | 已结算 | 2026-10-09 12:00:00")
    assert len({(r["settlement_id"], r["row_key"]) for f in (before, after) for r in rows(f, "settlements")}) == 1


# --- Pinduoduo orders


def test_pdd_orders_sample() -> None:
    (found,) = sample("pdd_orders.csv", "pdd-orders", PDD)
    accounted(found)
    assert (found.read, found.issues, found.notes) == (3, [], [])
    orders = rows(found, "orders")
    assert [(o["order_id"], o["status"], o["counted_at"], o["moment_basis"]) for o in orders] == [
        ("261001-000000000000001", "finished", at("2026-10-01 10:00"), "paid"),
        ("261003-000000000000003", "shipped", at("2026-10-03"), "inferred_day"),
        ("261002-000000000000002", "closed_refunded", at("2026-10-02 13:41"), "paid"),
    ]
    first = orders[0]
    assert (first["list_value"], first["user_paid"], first["merchant_received"], first["goods_amount"]) == (
        19900, 18400, 18900, 18900,
    )  # fmt: skip
    assert (first["platform_discount"], first["merchant_discount"]) == (500, 1000)
    assert [(o["refund_stated"], o["refund_basis"]) for o in orders] == [
        (0, "known"),
        (0, "known"),
        (8900, "inferred"),
    ]
    lines = rows(found, "order_lines")
    assert [(r["product_id"], r["sku"], r["quantity"], r["goods_amount"], r["placed_at"]) for r in lines] == [
        ("750000000001", "LS-S-W", 1, 18900, at("2026-10-01 10:00")), ("750000000003", "WS-01", 1, 14900, at("2026-10-03")),
        ("750000000002", "CB-NAT", 1, 8900, at("2026-10-02 13:41")),
    ]  # fmt: skip
    assert [(s["shipment_id"], s["order_id"], s["carrier"], s["shipped_at"]) for s in rows(found, "shipments")] == [
        ("YT1", "261001-000000000000001", "圆通快递", at("2026-10-01 18:00")),
        ("YT3", "261003-000000000000003", "圆通快递", at("2026-10-03 18:00")),
    ]


PDD_ORDERS = "订单成交时间 | 支付时间 | 商品 | 订单号 | 订单状态 | 商品总价(元) | 邮费(元) | 店铺优惠折扣(元) | 平台优惠折扣(元) | 多多支付立减金额(元) | 用户实付金额(元) | 商家实收金额(元) | 商品数量(件) | 商品id | 售后状态 | 快递单号 | 省 | 收货人"


def pdd(*ends: tuple[str, str, str, str]) -> Normalised:
    """Orders of (times, number, status, 售后状态), each of 30.00 with 6.00 postage and discounts of 5, 2 and 1."""
    lines = [
        f"{times} | 围巾 | {number} | {status} | 30 | 6 | 5 | 2 | 1 | 28 | 31 | 1 | 7 | {after} | | 浙*** | 测**"
        for times, number, status, after in ends
    ]
    found = said(Rows("\n".join((PDD_ORDERS, *lines))), "pdd-orders", PDD)
    accounted(found)
    return found


def test_pdd_amounts_with_postage_and_three_discounts() -> None:
    (order,) = rows(pdd(("2026-10-01 10:00:00 | 2026-10-01 09:59:00", "261001-1", "待发货", "")), "orders")
    assert (order["goods_amount"], order["postage"], order["user_paid"], order["merchant_received"]) == (
        2500, 600, 2800, 3100,
    )  # fmt: skip
    assert (order["platform_discount"], order["merchant_discount"], order["list_value"]) == (300, 500, 3000)
    assert order["counted_at"] == order["placed_at"] == order["paid_at"] == at("2026-10-01 09:59")
    assert "region" not in order and "测" not in str(order)  # a masked province is none


def test_pdd_without_any_time_the_number_says_the_day() -> None:
    found = pdd(
        (" | ", "261003-1", "已收货", ""), (" | ", "261003-2", "待支付", ""), (" | ", "261003-3", "已取消", ""),
        (" | ", "261003-4", "未成交，退款成功", "退款成功"), (" | ", "261399-5", "已收货", ""), (" | ", "X5", "已收货", ""),
        (" | ", "261230-6", "已收货", ""),
    )  # fmt: skip
    orders = rows(found, "orders")
    assert [(o["placed_at"], o.get("counted_at"), o.get("moment_basis"), o["status"]) for o in orders] == [
        (at("2026-10-03"), at("2026-10-03"), "inferred_day", "finished"), (at("2026-10-03"), None, None, "unpaid"),
        (at("2026-10-03"), None, None, "closed_unpaid"), (at("2026-10-03"), None, None, "closed_refunded"),
    ]  # fmt: skip
    assert [o["user_paid"] for o in orders] == [2800, 0, 0, 2800]
    assert {(i.row, i.code) for i in found.issues} == {
        (6, "bad_date"), (6, "missing_value"), (7, "missing_value"), (8, "future_date"),
    }  # fmt: skip


def test_pdd_status_and_refund_in_one_string() -> None:
    words = ("未发货，退款成功", "已发货，退款成功", "已签收，退款成功", "已收货，退款成功", "已取消，退款成功")
    when = "2026/10/2 13:41 | "
    found = pdd(*((when, f"261002-{i}", w, "退款成功") for i, w in enumerate(words)))
    assert {(o["status"], o["refund_stated"], o["refund_basis"]) for o in rows(found, "orders")} == {
        ("closed_refunded", 2500, "inferred")
    }
    found = pdd(
        (when, "261002-1", "已收货", "退款成功"), (when, "261002-2", "已发货，待收货", "售后处理中"),
        (when, "261002-3", "已收货", "无售后或售后取消"), (when, "261002-4", "已签收，部分退款", ""),
    )  # fmt: skip
    assert [(o["status"], o.get("refund_stated"), o["refund_basis"]) for o in rows(found, "orders")] == [
        ("finished", None, "unknown"), ("shipped", 0, "known"), ("finished", 0, "known"), ("unknown", 0, "known"),
    ]  # fmt: skip
    assert [n.params["words"] for n in found.notes] == [["已签收，部分退款"]]


# --- Pinduoduo promotion

PROMOTION = "日期 | 商品ID | 商品名称 | 推广场景 | 推广名称 | 出价方式 | 成交花费(元) | 总花费(元) | 交易额(元) | 净交易额(元) | 曝光量 | 点击量 | 成交笔数"


def test_pdd_promotion_sample() -> None:
    (found,) = sample("pdd_promotion_goods.xlsx", "pdd-promotion", PDD)
    accounted(found)
    assert (found.read, found.dropped, [c.ok for c in found.control], found.notes) == (
        2, {"total_row": 1}, [True, True, True], [],
    )  # fmt: skip
    (ad,), (sale,) = rows(found, "ads"), rows(found, "ad_sales")
    assert (ad["cost"], ad["impressions"], ad["clicks"], ad["subject_id"], ad["tool"], ad["first_day"]) == (
        10212, 7677, 624, "750000000001", "稳定成本推广", day("2026-10-01"),
    )  # fmt: skip
    assert (sale["gmv"], sale["net_gmv"], sale["orders"], sale["window"]) == (70107, 64000, 19, "platform")


def test_pdd_spend_that_is_not_split_by_product_is_said() -> None:
    found = said(
        Rows(
            f"{PROMOTION}\n2026-10-01 | 7 | 围巾 | 全站推广 | A | 目标投产比：3.95 | 10.00 | 12.50 | 50 | 40 | 100 | 5 | 2\n"
            "2026-10-02 | 7 | 围巾 | 商品推广 | A | - | - | 0 | - | - | 0 | 0 | 0\n总计 | - | - | - | - | - | 30.00 | 40.00 | 50 | 40 | 100 | 5 | 2\n"
            "注：全店托管的花费不拆分到商品 | | | | | | | | | | | |"
        ),
        "pdd-promotion",
        PDD,
    )
    accounted(found)
    assert found.dropped == {"total_row": 1, "remark": 1}
    assert [(c.name, c.ok) for c in found.control] == [
        ("total_row: 总花费(元)", False), ("total_row: 交易额(元)", True), ("total_row: 净交易额(元)", True),
    ]  # fmt: skip
    (note,) = found.notes
    assert (note.code, note.params["left"]) == ("control_differs", "27.5") and "27.5 stand in no row" in note.text
    assert [(a["cost"], a["whole_store"]) for a in rows(found, "ads")] == [(1250, True), (0, False)]
    assert [s.get("gmv") for s in rows(found, "ad_sales")] == [5000, None]


def test_pdd_two_spends_of_one_plan_and_day_are_never_one() -> None:
    line = "2026-10-01 | 7 | 围巾 | 全站推广 | A | 目标投产比：{} | 10.00 | 10.00 | 50 | 40 | 100 | 5 | 2"
    found = said(Rows("\n".join((PROMOTION, line.format(3), line.format(4)))), "pdd-promotion", PDD)
    accounted(found)
    assert {(i.row, i.code) for i in found.issues} == {(2, "key_twice"), (3, "key_twice")}


# --- ERP


def test_wangdiantong_sample() -> None:
    (found,) = sample("旺店通_订单明细.xlsx", "wangdiantong", ERP)
    accounted(found)
    assert [(i.row, i.column, i.code) for i in found.issues] == [(8, "子单原始单号", "several_values")]
    assert "6900000000000000006,6900000000000000007" in found.issues[0].text
    assert [(o["order_id"][-3:], o["moment_basis"], o.get("paid_at"), o["region"]) for o in rows(found, "orders")] == [
        ("001", "paid", at("2026-10-01 10:00:05"), "浙江"), ("002", "placed", None, "浙江"),
        ("004", "paid", at("2026-10-01 11:00:05"), "浙江"), ("005", "paid", at("2026-10-02 12:00:05"), "浙江"),
        ("900", "paid", at("2026-10-02 14:00:05"), "浙江"),
    ]  # fmt: skip
    lines = rows(found, "order_lines")
    assert [(r["order_id"], r["kind"], r["status"], r["goods_amount"], r.get("refund_stated"), r["refund_basis"]) for r in lines] == [
        ("6900000000000000001", "sale", "finished", 19900, 0, "known"),
        ("6900000000000000002", "sale", "finished", 8900, 0, "known"),  # 6900000000000000002-1 in the file
        ("JY1", "gift", "finished", 0, 0, "known"),
        ("6900000000000000004", "cancelled", "closed_unpaid", 14900, 0, "known"),
        ("6900000000000000004", "sale", "shipped", 14900, None, "unknown"),
        ("6900000000000000005", "sale", "finished", 17800, 17800, "inferred"),
        ("3500000000000000900", "sale", "shipped", 19900, 0, "known"),
    ]  # fmt: skip
    assert len({r["line_key"] for r in lines}) == 7
    assert [(s["shipment_id"], s["order_id"][-3:], s["carrier"], s["warehouse"]) for s in rows(found, "shipments")][:2] == [
        ("YT9001", "001", "圆通速递", "主仓"), ("YT9001", "002", "圆通速递", "主仓"),  # one parcel, two orders
    ]  # fmt: skip
    assert {p["item_id"]: p["cost"] for p in rows(found, "products")} == {
        "LS-S-W": Decimal("60"), "CB-NAT": Decimal("20"), "GIFT-1": Decimal("1.5"), "WS-01": Decimal("46.005"),
    }  # fmt: skip
    assert not any(word in str(found.statements) for word in ("测*", "西湖"))
    assert {s.rank for s in found.statements} == {"erp"}


WDT = "订单编号 | 店铺 | 子单原始单号 | 订单状态 | 订单退款状态 | 交易时间 | 付款时间 | 发货时间 | 收件人 | 买家实付 | 应收金额 | 货品名称 | 实发数量 | 分摊后总价"


def test_wangdiantong_template_of_fourteen_columns() -> None:
    when = "2026-10-01 10:00:00 | 2026-10-01 10:00:05 | 2026-10-02 09:00:00 | 测* | 19.8 | 35.7"
    found = said(
        Rows(
            f"{WDT}\nJY1 | 抖音店 | 261001-000000000000001 | 已完成 | | {when} | 豆腐 | 1 | 19.8\nJY1 | 抖音店 | 261001-000000000000001 | 已完成 | | {when} | 豆腐 | 1 | 19.8\n"
            f"JY1 | 抖音店 | A-12 | 已完成 | | {when} | 豆腐 | 1 | 15.9\nJY1 | 抖音店 | A | 已完成 | | {when} | 豆腐 | 1 | 5\nJY2 | 抖音店 | | 已完成 | | {when} | 豆腐 | 1 | 9\n"
            f"JY3 | 抖音店 | B | 已取消 | 全部退款 | {when} | 豆腐 | 0 | 9\n合计 | | | | | | | | | | | | 5 | 58.7"
        ),
        "wangdiantong",
        ERP,
    )
    accounted(found)
    assert {(i.row, i.column, i.code) for i in found.issues} == {(6, "子单原始单号", "missing_value")}
    lines = rows(found, "order_lines")
    assert [(r["order_id"], r["goods_amount"]) for r in lines] == [
        ("261001-000000000000001", 1980), ("261001-000000000000001", 1980), ("A", 1590), ("A", 500), ("B", 900),
    ]  # fmt: skip
    assert len({r["line_key"] for r in lines}) == 5  # two parts of one order in one parcel stay two lines
    assert (lines[4]["status"], lines[4]["kind"], lines[4]["refund_stated"]) == ("closed_refunded", "sale", 900)
    assert [c.ok for c in found.control] == [
        False
    ]  # the row in quarantine counts in both: 69.50, of which 58.70 are stated
    assert rows(found, "shipments") == [] and rows(found, "products") == []


def test_jushuitan_sample() -> None:
    (found,) = sample("聚水潭_原始数据.xlsx", "jushuitan", PDD)
    accounted(found)
    assert found.dropped == {"replaced": 1}
    assert [(i.row, i.column, i.code) for i in found.issues] == [(6, "线上订单号", "several_values")]
    assert [(o["order_id"], o.get("counted_at")) for o in rows(found, "orders")] == [
        ("261001-000000000000001", at("2026-10-01 10:00:20")), ("261002-000000000000004", None),
        ("261002-000000000000005", at("2026-10-02 12:00:20")),
    ]  # fmt: skip
    assert [(r["order_id"], r["sku"], r["kind"], r["quantity"], r["goods_amount"]) for r in rows(found, "order_lines")] == [
        ("261001-000000000000001", "LS-S-W", "sale", 1, 18900), ("261001-000000000000001", "CB-NAT", "sale", 1, 8900),
        ("700001", "GIFT-1", "gift", 1, 0), ("261002-000000000000004", "WS-01", "cancelled", 1, 14900),
        ("261002-000000000000005", "WS-01", "sale", 3, 44700),
    ]  # fmt: skip
    assert [(s["shipment_id"], s["order_id"], s["shipped_at"]) for s in rows(found, "shipments")] == [
        ("YT1", "261001-000000000000001", at("2026-10-01 18:00"))
    ]
    scarf = next(p for p in rows(found, "products") if p["item_id"] == "WS-01")
    assert (scarf["cost"], scarf["brand"], scarf["category"]) == (
        Decimal("46"),
        "自有",
        "围巾",
    )  # the highest of 45 and 46
    assert not any(word in str(found.statements) for word in ("测**", "138", "西湖"))


# --- what a profile may say for these


def test_patterns_of_counted_moments_are_checked() -> None:
    block = {"table": "orders", "columns": {"order_id": "N"}, "counted": [{"column": "N", "basis": "inferred_day"}]}
    profile = {
        "id": "x", "title": {"zh": "x", "en": "x"}, "platforms": [], "recognise": {"required": ["N"]}, "into": [block],
    }  # fmt: skip
    for pattern in ("(", r"^\d{6}", r"^(\d)(\d)"):
        block["counted"] = [{"column": "N", "basis": "inferred_day", "extract": pattern}]
        with pytest.raises(ProfileBad):
            profile_from(profile, "x.toml")
