"""Douyin: the order CSV (UTF-8 with BOM, a tab before ids and texts, ciphers for people, '-' for nothing)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from goldloop.simulate import aftersales
from goldloop.simulate.arrays import DAY, Array, ranks
from goldloop.simulate.exports.cells import moments, money, pick, quoted, write_csv
from goldloop.simulate.exports.places import CHINA
from goldloop.simulate.world import World

HEADER = (
    "主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "商家编码", "商品单价", "订单应付金额", "运费",
    "收件人", "收件人手机号", "省", "市", "区", "详细地址", "买家留言", "订单提交时间", "商家备注", "订单完成时间", "支付完成时间",
    "订单状态", "售后状态", "取消原因", "发货时间", "平台实际承担优惠金额", "商家实际承担优惠金额", "达人实际承担优惠金额", "达人ID",
    "达人昵称", "流量体裁", "流量渠道", "流量来源", "流量类型",
)  # fmt: skip
CREATORS = 6  # invented creators, by customer number


def _statuses(world: World, mine: Array) -> tuple[list[str], list[str], list[str]]:
    """订单状态, 售后状态 and 取消原因 of each line at the end of the last day."""
    order = world.lines.order[mine]
    rows, shipping, state = world.purchases.take(order), world.fulfilment, world.refunds.state[mine]
    waiting = ~rows.paid & (rows.at >= world.end - DAY) & ~rows.presale
    stopped = (state == aftersales.DONE) & (world.refunds.kind[mine] == aftersales.BEFORE_SHIPPING)
    stages = [waiting, ~rows.paid | stopped, shipping.finished[order] < world.end, shipping.shipped[order] < world.end]
    status = np.select(stages, ["待支付", "已关闭", "已完成", "已发货"], "待发货").tolist()
    after = {0: "-", aftersales.DONE: "退款成功", aftersales.OPEN: "售后处理中", aftersales.CLOSED: "售后关闭"}
    reasons = np.select([waiting, ~rows.paid, stopped], ["", "超时未支付", "用户取消"], "").tolist()
    return status, [after[s] for s in state.tolist()], reasons


def export_name(world: World, number: int, label: str) -> str:
    """File name with the export moment as epoch in front: nine in the morning after the last day, a minute apart."""
    morning = datetime.combine(world.last_date, datetime.min.time(), ZoneInfo(world.model.timezone)) + timedelta(
        days=1, hours=9
    )
    return f"{int(morning.astimezone(UTC).timestamp()) + 60 * number}_douyin_orders_{label}.csv"


def write_orders(world: World, mine: Array, path: Path) -> None:
    """One row per sub-order; 订单应付金额 is the line's own: price x quantity + postage - all discounts."""
    lines, products, skus = world.lines.take(mine), world.catalogue.products, world.catalogue.skus
    order, position = lines.order, ranks(world.lines.order)[mine]
    rows, region = world.purchases.take(order), world.region[order].tolist()
    postage = np.where(position == 0, world.amounts.postage[order], 0)
    due = lines.goods - lines.platform_discount + postage
    status, after, reasons = _statuses(world, mine)
    words = [s.words for s in world.model.sources] + [p.words for p in world.model.plans]
    channel = [words[c] for c in rows.channel.tolist()]
    creator = [
        c % CREATORS + 1 if w[2].startswith("达人") else 0 for c, w in zip(rows.customer.tolist(), channel, strict=True)
    ]
    paid_sources = len(world.model.sources)

    def same(word: str) -> list[str]:
        return [word] * len(mine)

    def tabbed(values: list[str]) -> list[str]:
        return ["\t" + value for value in values]

    columns = [
        tabbed([str(n) for n in world.number[order].tolist()]),
        tabbed([str(n) for n in (world.number[order] + position).tolist()]),
        tabbed(pick([p.title for p in products], lines.product)),
        tabbed(pick(["/".join(w for w in (s.colour, s.size) if w) for s in skus], lines.sku)),
        [str(q) for q in lines.quantity.tolist()],
        tabbed(pick([p.product_id for p in products], lines.product)),
        tabbed(pick([s.code for s in skus], lines.sku)),
        money(lines.price), money(due), money(postage), same("##密文"), same("$$密文"),
        [CHINA[r][0] for r in region], [CHINA[r][1] for r in region], [CHINA[r][2] for r in region], same("##密文"), same("-"),
        moments(world.wall(rows.placed)), same("-"), moments(world.wall(world.fulfilment.finished[order]), "-"),
        moments(world.wall(np.where(rows.paid, rows.at, 2**62)), "-"), status, after, reasons,
        moments(world.wall(world.fulfilment.shipped[order]), "-"), money(lines.platform_discount),
        money(lines.list_value - lines.goods), same("0.00"),
        [f"\t7000000000{c}" if c else "-" for c in creator], [f"演示达人{c:02d}" if c else "-" for c in creator],
        [w[0] for w in channel], [w[1] for w in channel], [w[2] for w in channel],
        ["付费流量" if c >= paid_sources else "自然流量" for c in rows.channel.tolist()],
    ]  # fmt: skip
    cells = [column if HEADER[i] == "商品数量" else quoted(column) for i, column in enumerate(columns)]
    write_csv(path, quoted(HEADER), cells, encoding="utf-8-sig")
