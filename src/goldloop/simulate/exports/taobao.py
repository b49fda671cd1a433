"""Taobao and Tmall: the order list of 46 columns (CSV, GBK), the sub-order form (XLSX) and the Tmall after-sale list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from goldloop.simulate import aftersales
from goldloop.simulate.arrays import DAY, Array, Ints, ranks
from goldloop.simulate.exports.cells import Cell, moments, money, pick, quoted, write_csv, write_xlsx
from goldloop.simulate.exports.places import addresses, masked_names, member_names, phones
from goldloop.simulate.world import World

ORDER_HEADER = (
    "订单编号", "买家会员名", "买家支付宝账号", "买家应付货款", "买家应付邮费", "买家支付积分", "总金额", "返点积分",
    "买家实际支付金额", "买家实际支付积分", "订单状态", "买家留言", "收货人姓名", "收货地址 ", "运送方式", "联系电话 ",
    "联系手机", "订单创建时间", "订单付款时间 ", "宝贝标题 ", "宝贝种类 ", "物流单号 ", "物流公司", "订单备注", "宝贝总数量",
    "店铺Id", "店铺名称", "订单关闭原因", "卖家服务费", "买家服务费", "发票抬头", "是否手机订单", "分阶段订单信息",
    "特权订金订单id", "是否上传合同照片", "是否上传小票", "是否代付", "定金排名", "修改后的sku", "修改后的收货地址", "异常信息",
    "天猫卡券抵扣", "集分宝抵扣", "是否是O2O交易", "退款金额", "预约门店",
)  # fmt: skip
LINE_HEADER = (
    "子订单编号", "主订单编号", "商品ID", "商品标题", "购买数量", "商品价格", "商品属性", "套餐信息", "商家编码", "订单状态",
    "退款状态", "支付单号", "买家应付货款", "买家实付金额", "退款金额", "订单创建时间", "订单付款时间", "物流单号", "物流公司",
    "店铺名称",
)  # fmt: skip
REFUND_HEADER = (
    "退款编号", "订单编号", "订单付款时间", "退款申请时间", "退款完结时间", "退款状态", "售后类型", "货物状态", "退款总额",
    "退给买家金额", "退给平台金额", "买家退款原因",
)  # fmt: skip
STATUSES = ("等待买家付款", "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭")
WAITING, PAID, SHIPPED, FINISHED, GONE = range(5)
CARRIER = "演示快递"
# Per kind of refund: 售后类型, 货物状态, 买家退款原因.
REFUND_WORDS = {
    aftersales.BEFORE_SHIPPING: ("仅退款", "未发货", "多拍/拍错/不想要"),
    aftersales.RETURN_REFUND: ("退货退款", "买家已退货", "7天无理由退换货"),
    aftersales.REFUND_ONLY: ("仅退款", "买家已收到货", "商品质量问题"),
    aftersales.PRICE_DIFFERENCE: ("补差价", "买家已收到货", "价格保护"),
    aftersales.EXCHANGE: ("换货", "买家已退货", "尺码不合适"),
}
REFUND_STATES = {
    aftersales.DONE: "退款成功",
    aftersales.OPEN: "买家已经申请退款，等待卖家同意",
    aftersales.CLOSED: "退款关闭",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The orders of one world as words: statuses and what both files share."""

    world: World
    status: Ints
    tracking: list[str]


def order_status(world: World) -> Ints:
    """Position in STATUSES of every order at the end of the last day; unpaid orders close after a day."""
    rows, shipping = world.purchases, world.fulfilment
    waiting = ~rows.paid & (rows.at >= world.end - DAY) & ~rows.presale
    shipped, finished = shipping.shipped < world.end, shipping.finished < world.end
    stages = [waiting, ~rows.paid | world.fully_refunded, finished, shipped]
    return np.select(stages, [WAITING, GONE, FINISHED, SHIPPED], PAID).astype(np.int64)


def sheet(world: World) -> Sheet:
    """Prepare the words of a world once for all of its files."""
    shipped = world.fulfilment.shipped < world.end
    numbers = (world.number // 100 % 10**10).tolist()
    tracking = [f"YS{n:010d}" if s else "" for n, s in zip(numbers, shipped.tolist(), strict=True)]
    return Sheet(world, order_status(world), tracking)


def _titles(world: World, mine: Array) -> tuple[list[str], list[str], list[str]]:
    """Titles joined by a full-width comma, number of kinds and of units, for the orders at positions `mine`."""
    lines = world.lines
    first = np.searchsorted(lines.order, mine)
    last = np.searchsorted(lines.order, mine, side="right")
    words = [p.title for p in world.catalogue.products]
    product, quantity = lines.product.tolist(), lines.quantity.tolist()
    spans = list(zip(first.tolist(), last.tolist(), strict=True))
    titles = ["，".join(words[p] for p in product[a:b]) for a, b in spans]
    return titles, [str(b - a) for a, b in spans], [str(sum(quantity[a:b])) for a, b in spans]


def write_orders(page: Sheet, mine: Array, path: Path) -> None:
    """The order list (ExportOrderList) of the orders at positions `mine`."""
    world = page.world
    rows, amounts = world.purchases.take(mine), world.amounts.take(mine)
    masked = world.model.identity == "masked"
    status, paid, presale = page.status[mine], rows.paid.tolist(), rows.presale.tolist()
    names = masked_names(rows.customer) if masked else member_names(rows.customer)
    names = [
        f"演**{i % 10}" if hide else name
        for i, (name, hide) in enumerate(zip(names, rows.masked.tolist(), strict=True))
    ]
    phone = ["'1380000****"] * len(mine) if masked else phones(rows.customer)
    titles, kinds, units = _titles(world, mine)
    tracking = [page.tracking[i] for i in mine.tolist()]
    reasons = [
        "订单未关闭" if s != GONE else "退款" if p else "买家未付款" for s, p in zip(status.tolist(), paid, strict=True)
    ]
    staged = [
        ("定金已付，尾款已付" if p else "定金已付，尾款未付") if s else "" for s, p in zip(presale, paid, strict=True)
    ]
    coupon = [
        t if v else ""
        for t, v in zip(money(amounts.platform_discount), amounts.platform_discount.tolist(), strict=True)
    ]

    # what went back to the buyer: the platform's part of a refund stands in the after-sale list only
    refunded = world.refunded[mine] - world.refunded_to_platform[mine]

    def same(word: str) -> list[str]:
        return [word] * len(mine)

    columns = [
        names, same(""), money(amounts.goods), money(amounts.postage), same("0"),
        money(amounts.goods + amounts.postage), same("0"), money(np.where(rows.paid, amounts.user_paid, 0)), same("0"),
        pick(STATUSES, status), same(""), same("演**" if masked else "演示收件人"), addresses(world.region[mine], masked),
        same("快递"), same(""), phone, moments(world.wall(rows.placed)),
        moments(world.wall(np.where(rows.paid, rows.at, 2**62))), titles, kinds, tracking,
        [CARRIER if t else "" for t in tracking], same(""), units, same("0"), same(world.model.name), reasons, same("0"),
        same("0元"), same(""), same("手机订单"), staged, same(""), same("否"), same("否"), same("否"), same(""), same(""),
        same(""), same(""), coupon, same(""), same(""), money(refunded), same(""),
    ]  # fmt: skip
    ids = [f'="{n}"' for n in world.number[mine].tolist()]
    write_csv(path, quoted(ORDER_HEADER), [ids, *map(quoted, columns)], encoding="gbk")


def variant(colour: str, size: str) -> str:
    """The variant words of the platform: 颜色分类:白色;尺码:S."""
    return ";".join(part for part in (colour and f"颜色分类:{colour}", size and f"尺码:{size}") if part)


def write_lines(page: Sheet, mine: Array, path: Path) -> None:
    """The sub-order form of the lines at positions `mine`: numbers in 购买数量 and 商品价格, texts elsewhere."""
    world = page.world
    numbers = world.number[world.lines.order[mine]] + 1 + ranks(world.lines.order)[mine]
    lines = world.lines.take(mine)
    order, refunds = lines.order, world.refunds
    rows = world.purchases.take(order)
    state, amount = refunds.state[mine], refunds.amount[mine]
    closed = (state == aftersales.DONE) & (amount >= lines.goods)
    status = np.where(closed, GONE, page.status[order])
    words = {0: "没有申请退款", **REFUND_STATES}
    refunded = [
        t if s == aftersales.DONE else "无退款申请"
        for t, s in zip(money(amount - refunds.platform[mine]), state.tolist(), strict=True)
    ]
    skus, products = world.catalogue.skus, world.catalogue.products
    paid = np.where(rows.paid, lines.goods - lines.platform_discount, 0)
    payment = [f"2020{n}" if p else "" for n, p in zip(world.number[order].tolist(), rows.paid.tolist(), strict=True)]
    tracking = [page.tracking[i] for i in order.tolist()]
    columns: list[Sequence[Cell]] = [
        [str(n) for n in numbers.tolist()],
        [str(n) for n in world.number[order].tolist()],
        pick([p.product_id for p in products], lines.product),
        pick([p.title for p in products], lines.product),
        lines.quantity.tolist(),
        (lines.price / 100).tolist(),
        pick([variant(s.colour, s.size) for s in skus], lines.sku),
        [""] * len(mine),
        pick([s.code for s in skus], lines.sku),
        pick(STATUSES, status),
        [words[s] for s in state.tolist()],
        payment,
        money(lines.goods),
        money(paid),
        refunded,
        moments(world.wall(rows.placed)),
        moments(world.wall(np.where(rows.paid, rows.at, 2**62))),
        tracking,
        [CARRIER if t else "" for t in tracking],
        [world.model.name] * len(mine),
    ]
    write_xlsx(path, "sheet1", LINE_HEADER, columns)


def write_refunds(world: World, path: Path) -> None:
    """The after-sale list: every request settled, closed or open in the exported days, one per line of an order."""
    refunds, began = world.refunds, world.days.first * DAY
    shown = (refunds.state == aftersales.OPEN) | ((refunds.state > 0) & (refunds.settled >= began))
    mine = np.flatnonzero(shown)
    mine = mine[np.lexsort((mine, refunds.asked[mine]))]
    order = world.lines.order[mine]
    kind, state = refunds.kind[mine].tolist(), refunds.state[mine].tolist()
    asked, settled = world.wall(refunds.asked[mine]), refunds.settled[mine]
    ended = world.wall(np.where(refunds.state[mine] == aftersales.OPEN, 2**62, settled))
    amount, platform = refunds.amount[mine], refunds.platform[mine]
    columns: list[Sequence[Cell]] = [
        [str(15_000_000_000_000_000 + int(i) * 7) for i in mine.tolist()],
        [str(n) for n in world.number[order].tolist()],
        moments(world.wall(world.purchases.at[order])),
        moments(asked),
        moments(ended),
        [REFUND_STATES[s] for s in state],
        [REFUND_WORDS[k][0] for k in kind],
        [REFUND_WORDS[k][1] for k in kind],
        money(amount),
        money(amount - platform),
        money(platform),
        [REFUND_WORDS[k][2] for k in kind],
    ]
    write_xlsx(path, "退款单", REFUND_HEADER, columns)
