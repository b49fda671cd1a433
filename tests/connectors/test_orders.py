"""Order and refund formats: the sample files against counts made by hand, and the traps of each format."""

from goldloop.connectors.identity import usable
from tests.connectors.support import DOUYIN, SHOPIFY, TMALL, Rows, accounted, at, rows, said, sample

# --- Taobao and Tmall order list


def test_taobao_order_list_sample() -> None:
    (found,) = sample("taobao_ExportOrderList_legacy.csv", "taobao-order-list")
    accounted(found)
    orders = rows(found, "orders")
    assert (found.read, len(orders), found.issues, found.dropped) == (5, 5, [], {})
    assert [
        (o["order_id"], o["status"], o["goods_amount"], o["user_paid"], o["refund_stated"], o["refund_basis"])
        for o in orders
    ] == [
        ("35000000000000001", "finished", 19900, 19900, 0, "known"),
        ("35000000000000002", "closed_refunded", 28800, 28800, 28800, "known"),
        ("35000000000000003", "unpaid", 8900, 0, 0, "known"),
        ("35000000000000004", "shipped", 14900, 14900, 0, "known"),
        ("35000000000000005", "closed_unpaid", 14900, 0, 0, "known"),
    ]
    assert [o.get("counted_at") for o in orders] == [
        at("2026-10-01 10:00:30"),
        at("2026-10-01 11:02:00"),
        None,
        at("2026-10-02 09:31:00"),
        None,
    ]
    assert {(o["region"], o["buyer_kind"], len(o["buyer_key"])) for o in orders} == {("浙江", "platform_id", 32)}
    assert orders[1]["title"] == "亚麻衬衫，帆布包" and "close_reason" not in orders[0]
    assert found.coverage is not None and (found.coverage.with_key, found.coverage.orders) == (3, 3)
    text = str(orders)
    assert not any(word in text for word in ("测试会员", "测试收件人", "13800000000", "测试路"))  # nothing personal


TAOBAO = "订单编号 | 买家会员名 | 买家应付货款 | 买家应付邮费 | 总金额 | 买家实际支付金额 | 订单状态 | 收货地址 | 订单创建时间 | 订单付款时间 | 店铺名称 | 订单关闭原因 | 退款金额"


def taobao(*lines: str) -> list[dict[str, object]]:
    found = said(Rows("\n".join((TAOBAO, *lines))), "taobao-order-list")
    accounted(found)
    assert not found.issues
    return rows(found, "orders")


def test_closed_means_refunded_or_never_paid() -> None:
    orders = taobao(
        "1 | a1 | 100.00 | 0 | 100 | 100 | 交易关闭 | x | 2026/10/2 13:41 | 2026/10/2 13:42 | | 退款 | 100",
        "2 | a1 | 100.00 | 0 | 100 | 0 | 交易关闭 | x | 2026/10/2 13:41 | | | 买家未付款 | 0.00",
        "3 | a1 | 100.00 | 0 | 100 | 0 | 交易关闭 | x | 2026/10/2 13:41 | 2026/10/2 13:42 | | 买家未付款 |",
        "4 | a1 | 100.00 | 0 | 100 | 100 | 交易关闭 | x | 2026/10/2 13:41 | 2026/10/2 13:42 | | | 0",
    )
    assert [(o["status"], o["refund_stated"], o["refund_basis"]) for o in orders] == [
        ("closed_refunded", 10000, "known"), ("closed_unpaid", 0, "known"), ("closed_unpaid", 0, "known"), ("closed_refunded", 10000, "inferred"),
    ]  # fmt: skip


def test_a_payment_net_of_the_refund_is_made_whole() -> None:
    (order,) = taobao(
        "1 | a1 | 100.00 | 0 | 100 | 40 | 交易成功 | x | 2026-10-02 13:41:00 | 2026-10-02 13:42:00 | | | 60"
    )
    assert (order["user_paid"], order["user_paid_first"], order["refund_stated"]) == (10000, 10000, 6000)
    (order,) = taobao(
        "1 | a1 | 100.00 | 0 | 100 | 100 | 交易成功 | x | 2026-10-02 13:41:00 | 2026-10-02 13:42:00 | | | 60"
    )
    assert (order["user_paid"], order["refund_stated"]) == (10000, 6000)


def test_masked_members_are_nobody_and_addresses_only_a_province() -> None:
    orders = taobao(
        "1 | 1** | 1 | 0 | 1 | 1 | 交易成功 | 广西壮族自治区 桂林市 某路1号 | 2026-10-02 | 2026-10-02 | | |",
        "2 | ab | 1 | 0 | 1 | 1 | 交易成功 | 某路1号张三 | 2026-10-02 | 2026-10-02 | | |",
    )
    assert [("buyer_key" in o, o.get("region")) for o in orders] == [(False, "广西"), (True, None)]
    assert usable("1**", "taobao") is None


def test_the_form_of_2018_knows_receipt_and_what_the_shop_gets() -> None:
    header = TAOBAO + " | 确认收货时间 | 打款商家金额 | 分阶段订单信息"
    found = said(
        Rows(
            f"{header}\n1 | a1 | 10 | 0 | 10 | 10 | 交易成功 | x | 2026-10-01 | 2026-10-01 | | | | 2026-10-09 08:00:00 | 9.50元 | 阶段1"
        ),
        "taobao-order-list",
    )
    (order,) = rows(found, "orders")
    assert (order["finished_at"], order["merchant_received"], order["presale"]) == (at("2026-10-09 08:00"), 950, True)


# --- Taobao and Tmall sub-orders


def test_taobao_suborders_sample() -> None:
    (found,) = sample("taobao_suborders_2026.xlsx", "taobao-suborders")
    accounted(found)
    assert (found.read, found.issues) == (2, [])
    assert [(o["order_id"], o["counted_at"]) for o in rows(found, "orders")] == [
        ("3500000000000000100", at("2026-10-01 10:00:30")), ("3500000000000000200", at("2026-10-02 10:00:30")),
    ]  # fmt: skip
    lines = rows(found, "order_lines")
    assert [
        (
            r["line_key"],
            r["status"],
            r["quantity"],
            r["list_value"],
            r["goods_amount"],
            r["user_paid"],
            r["refund_stated"],
            r["refund_basis"],
        )
        for r in lines
    ] == [
        ("3500000000000000101", "finished", 1, 19900, 19900, 18900, 0, "known"),
        ("3500000000000000201", "closed_refunded", 2, 17800, 17800, 17800, 17800, "known"),
    ]
    carried = next(s.carried for s in found.statements if s.table == "orders")
    assert not {"goods_amount", "user_paid", "status", "buyer_key"} & carried  # left to the list and to the lines


def test_refunds_of_lines_count_only_when_done() -> None:
    header = "子订单编号 | 主订单编号 | 商品ID | 购买数量 | 商品价格 | 订单状态 | 退款状态 | 买家实付金额 | 退款金额 | 订单创建时间 | 订单付款时间"
    times = "2026-10-01 10:00:00 | 2026-10-01 10:00:00"
    found = said(
        Rows(
            f"{header}\n11 | 1 | 7 | 1 | 30 | 交易成功 | 没有申请退款 | 30 | 无退款申请 | {times}\n12 | 1 | 7 | 1 | 30 | 卖家已发货，等待买家确认 | 退款中 | 30 | 20 | {times}\n"
            f"13 | 1 | 7 | 1 | 30 | 交易成功 | 退款成功 | 30 | 20 | {times}\n14 | 1 | 7 | 1 | 30 | 交易成功 | 退款成功 | 30 | - | {times}\n"
            f"15 | 1 | 8 | 1 | 0 | 交易成功 | | 0 | | {times}\n16 | 2 | 7 | 1 | 30 | 交易关闭 | | 30 | | 2026-10-01 10:00:00 |"
        ),
        "taobao-suborders",
    )
    accounted(found)
    lines = rows(found, "order_lines")
    assert [(r["refund_stated"], r["refund_basis"]) for r in lines] == [
        (0, "known"),
        (0, "known"),
        (2000, "known"),
        (3000, "inferred"),
        (0, "known"),
        (0, "known"),
    ]
    assert [r["kind"] for r in lines] == ["sale"] * 4 + ["gift", "sale"]
    assert lines[5]["status"] == "closed_unpaid"
    assert [(o["order_id"], o.get("counted_at")) for o in rows(found, "orders")] == [
        ("1", at("2026-10-01 10:00")),
        ("2", None),
    ]


# --- Tmall refunds

AFTERSALE = "退款编号 | 订单编号 | 订单付款时间 | 退款申请时间 | 退款完结时间 | 退款状态 | 售后类型 | 货物状态 | 退款总额 | 退给买家金额 | 退给平台金额 | 买家退款原因"


def test_tmall_refunds() -> None:
    found = said(
        Rows(
            f"{AFTERSALE}\n901 | 35000000000000001 | 2026-10-01 | 2026-10-03 09:00:00 | 2026-10-04 10:00:00 | 退款成功 | 仅退款 | 未发货 | 100.00 | 90.00 | 10.00 | 不想要了\n"
            "902 | 35000000000000002 | 2026-10-01 | 2026-10-03 09:00:00 | 2026-10-05 10:00:00 | 退款成功 | 退货退款 | 买家已收到货 | 50.00 | 50.00 | 0.00 | 质量问题\n"
            "903 | 35000000000000003 | 2026-10-01 | 2026-10-03 09:00:00 | | 买家已经申请退款，等待卖家同意 | 仅退款 | 买家未收到货 | 20.00 | 20.00 | 0.00 | -\n"
            "904 | 35000000000000004 | 2026-10-01 | 2026-10-03 09:00:00 | 2026-10-06 10:00:00 | 退款关闭 | 换货 | | - | - | - | -\n"
            "905 | 35000000000000005 | 2026-10-01 | 2026-10-03 09:00:00 | 2026-10-06 10:00:00 | 退款成功 | 补差价 | | | 3.00 | 0.50 | 价差"
        ),
        "tmall-aftersale",
    )
    accounted(found)
    assert not found.issues
    assert [
        (r["refund_id"], r["status"], r["kind"], r.get("refunded_at"), r.get("amount"), r["amount_basis"])
        for r in rows(found, "refunds")
    ] == [
        ("901", "done", "before_shipping", at("2026-10-04 10:00"), 10000, "known"),
        ("902", "done", "return_refund", at("2026-10-05 10:00"), 5000, "known"),
        ("903", "open", "refund_only", None, 2000, "known"),
        ("904", "closed", "exchange", None, None, "unknown"),
        ("905", "done", "price_difference", at("2026-10-06 10:00"), 350, "known"),
    ]
    assert [r.get("amount_platform") for r in rows(found, "refunds")] == [1000, 0, 0, None, 50]


# --- Douyin


def test_douyin_sample() -> None:
    (found,) = sample("1791213782_douyin_orders.csv", "douyin-orders", DOUYIN)
    accounted(found)
    assert (found.read, found.issues) == (3, [])
    lines = rows(found, "order_lines")
    assert [
        (
            r["line_key"],
            r["product_id"],
            r["sku"],
            r["quantity"],
            r["user_paid"],
            r["goods_amount"],
            r["refund_stated"],
            r["refund_basis"],
        )
        for r in lines
    ] == [
        ("6900000000000000001", "36000000001", "LS-S-W", 1, 18900, 21000, 0, "known"),
        ("6900000000000000002", "36000000001", "LS-S-W", 1, 18900, 21000, 21000, "inferred"),
        ("6900000000000000003", "36000000001", "LS-S-W", 1, 8900, 11000, 0, "known"),
    ]
    assert {
        (r["carrier"], r["seller"], r["traffic_kind"], r["platform_discount"], r["merchant_discount"]) for r in lines
    } == {("直播", "测试达人", "自然流量", 2100, 2500)}
    orders = rows(found, "orders")
    assert [(o["order_id"], o["counted_at"], o["region"]) for o in orders] == [
        ("6900000000000000001", at("2026-10-01 10:00"), "浙江"), ("6900000000000000002", at("2026-10-01 11:00"), "浙江"),
        ("6900000000000000003", at("2026-10-02 11:00"), "浙江"),
    ]  # fmt: skip
    assert {o["_moment"] for o in orders} == {at("2026-10-05 23:23:02")}  # the epoch in front of the name
    assert (
        found.coverage is not None
        and found.coverage.with_key == 0
        and "buyer_key" not in next(s.carried for s in found.statements if s.table == "orders")
    )


def test_douyin_parents_joined_goods_and_closed_orders() -> None:
    header = "主订单编号 | 子订单编号 | 选购商品 | 商品数量 | 商品ID | 商家编码 | 商品单价 | 订单应付金额 | 运费 | 平台实际承担优惠金额 | 订单提交时间 | 支付完成时间 | 订单完成时间 | 订单状态 | 售后状态"
    found = said(
        Rows(
            f"{header}\n1 | 11 | 衬衫 | 2 | 7 | S | 50.00 | 95.00 | 5.00 | 10.00 | 2026-10-01 10:00:00 | 2026-10-01 10:01:00 | 2026-10-05 10:00:00 | 已完成 | -\n"
            "1 | 12 | 帆布包 | 1 | 8 | B | 20.00 | 20.00 | 0.00 | 0.00 | 2026-10-01 10:00:00 | 2026-10-01 10:01:00 | 2026-10-06 10:00:00 | 已完成 | -\n"
            "2 | 21 | 衬衫;帆布包 | 3 | 7;8 | S;B | 0.00 | 60.00 | 0.00 | 0.00 | 2026-10-01 11:00:00 | 2026-10-01 11:01:00 | - | 已发货 | -\n"
            "3 | 31 | 衬衫 | 1 | 7 | S | 50.00 | 50.00 | 0.00 | 0.00 | 2026-10-01 12:00:00 | - | - | 已关闭 | -\n"
            "4 | 41 | 衬衫 | 1 | 7 | S | 50.00 | 50.00 | 0.00 | 0.00 | 2026-10-01 12:00:00 | 2026-10-01 12:00:00 | - | 已关闭 | -"
        ),
        "douyin-orders",
        DOUYIN,
    )
    accounted(found)
    orders, lines = rows(found, "orders"), rows(found, "order_lines")
    assert [(o["order_id"], o["postage"], o.get("flags"), o.get("finished_at")) for o in orders] == [
        ("1", 500, None, at("2026-10-06 10:00")), ("2", 0, "several_goods", None), ("3", 0, None, None), ("4", 0, None, None),
    ]  # fmt: skip
    assert [(r["goods_amount"], r["list_value"], r["user_paid"]) for r in lines[:2]] == [
        (10000, 10000, 9500),
        (2000, 2000, 2000),
    ]
    assert "product_id" not in lines[2] and "sku" not in lines[2] and lines[2]["title"] == "衬衫;帆布包"
    assert [(r["status"], r["user_paid"], r["refund_stated"], r["refund_basis"]) for r in lines[3:]] == [
        ("closed_unpaid", 0, 0, "known"),
        ("closed_refunded", 5000, 5000, "inferred"),
    ]


# --- Shopify


def test_shopify_sample() -> None:
    (found,) = sample("shopify_orders_export.csv", "shopify-orders", SHOPIFY)
    accounted(found)
    assert (found.read, found.issues) == (3, [])
    orders, lines = rows(found, "orders"), rows(found, "order_lines")
    assert [(o["order_id"], o["status"], o.get("counted_at"), o["goods_amount"], o["user_paid"], o["postage"], o["refund_stated"]) for o in orders] == [
        ("#1001", "shipped", at("2026-10-01 10:00:30"), 28800, 29800, 1000, 8900), ("#1002", "closed_unpaid", None, 28800, 0, 1000, 0),
    ]  # fmt: skip
    assert [(r["order_id"], r["line_key"], r["quantity"], r["goods_amount"], r["placed_at"]) for r in lines] == [
        ("#1001", "LS-S-W|199#1", 1, 19900, at("2026-10-01 10:00:01")),
        ("#1001", "CB-NAT|89#1", 1, 8900, at("2026-10-01 10:00:01")),
        ("#1002", "LS-S-W|199#1", 1, 19900, at("2026-10-01 10:00:01")),
    ]
    assert orders[0]["buyer_key"] == orders[1]["buyer_key"] and orders[0]["buyer_kind"] == "email"
    assert found.coverage is not None and (found.coverage.with_key, found.coverage.orders) == (1, 1)


def test_shopify_in_a_store_of_another_currency() -> None:
    (found,) = sample("shopify_orders_export.csv", "shopify-orders", TMALL)
    accounted(found)
    assert found.statements == [] and {i.code for i in found.issues} == {"currency_mismatch", "held_by_order"}


def test_shopify_discounts_and_payments_in_part() -> None:
    header = "Name | Created at | Paid at | Financial Status | Fulfillment Status | Subtotal | Total | Shipping | Discount Amount | Outstanding Balance | Lineitem quantity | Lineitem name | Lineitem price | Lineitem discount"
    found = said(
        Rows(
            f"{header}\n#1 | 2026-10-01 10:00:00 -0400 | 2026-10-01 10:00:00 -0400 | paid | partial | 85.00 | 90.00 | 5.00 | 15.00 | 0.00 | 2 | Shirt | 50.00 | 10.00\n"
            "#2 | 2026-10-01 10:00:00 -0400 | | partially_paid | unfulfilled | 50.00 | 50.00 | 0.00 | 0.00 | 30.00 | 1 | Shirt | 50.00 | 0.00\n"
            "#3 | 2026-10-01 10:00:00 -0400 | 2026-10-01 10:00:00 -0400 | refunded | fulfilled | 50.00 | 50.00 | 0.00 | 0.00 | 0.00 | 1 | Shirt | 50.00 | 0.00"
        ),
        "shopify-orders",
        SHOPIFY,
    )
    accounted(found)
    orders = rows(found, "orders")
    assert [(o["status"], o["user_paid"], o["merchant_discount"]) for o in orders] == [
        ("part_shipped", 9000, 1500),
        ("unpaid", 2000, 0),
        ("closed_refunded", 5000, 0),
    ]
    assert (
        rows(found, "order_lines")[0]["goods_amount"] == 9000 and rows(found, "order_lines")[0]["list_value"] == 10000
    )
    assert "refund_stated" in orders[2] and (orders[2]["refund_stated"], orders[2]["refund_basis"]) == (
        5000,
        "inferred",
    )
