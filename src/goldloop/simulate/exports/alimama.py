"""万相台: the product report, a GBK CSV inside a zip, each day's spend repeated once per attribution window."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from goldloop.simulate.arrays import Ints
from goldloop.simulate.exports.cells import counts, csv_bytes, minimal, money, ratios, write_zip
from goldloop.simulate.ledger import attribution, by_day
from goldloop.simulate.world import World

HEADER = (
    "统计日期", "店铺名称", "转化周期", "场景ID", "场景名字", "原二级场景ID", "原二级场景名字", "计划ID", "计划名字", "主体ID",
    "主体类型", "主体名称", "展现量", "点击量", "花费", "点击率", "平均点击花费", "千次展现花费", "直接成交金额", "间接成交金额",
    "总成交金额", "总成交笔数", "直接成交笔数", "间接成交笔数", "点击转化率", "投入产出比", "总成交成本", "总购物车数", "加购率",
    "收藏宝贝数", "收藏店铺数", "总收藏加购数", "宝贝收藏加购数", "引导访问量", "成交新客数", "成交人数", "自然流量转化金额",
    "自然流量曝光量",
)  # fmt: skip
WINDOWS = ((1, "1天转化"), (15, "15天转化"))


def _columns(world: World, plan: int, window: int, label: str, shown: Ints, clicks: Ints) -> list[list[str]]:
    """All rows of one plan and window, one per exported day."""
    one, sales = world.model.plans[plan], attribution(world, plan, window)
    first, subject = world.days.first, world.catalogue.products[one.subject]
    spend, visits = world.spend[plan, first:], world.first_visits[plan + len(world.model.sources), first:]
    size, cart = len(spend), visits // 8
    other, other_orders = sales.gmv - sales.direct_gmv, sales.orders - sales.direct_orders

    def same(word: str) -> list[str]:
        return [word] * size

    return [
        by_day(world).labels, same(world.model.name), same(label), same(one.tool_id), same(one.tool), same(""), same(""),
        same(one.campaign_id), same(one.name), same(subject.product_id), same("商品"), same(subject.title), counts(shown),
        counts(clicks), money(spend, True), ratios(clicks, shown, ".2%", "0.00%"), ratios(spend, clicks * 100, ".2f", "0.00"),
        ratios(spend * 10, shown, ",.2f", "0.00"), money(sales.direct_gmv, True), money(other, True), money(sales.gmv, True),
        counts(sales.orders), counts(sales.direct_orders), counts(other_orders),
        ratios(sales.orders, clicks, ".2%", "0.00%"), ratios(sales.gmv, spend, ".2f", "0.00"),
        ratios(spend, sales.orders * 100, ".2f", "0.00"), counts(cart), ratios(cart, clicks, ".2%", "0.00%"),
        counts(visits // 20), counts(visits // 40), counts(cart + visits // 20), counts(cart + visits // 20), counts(visits),
        counts(sales.new_buyers), counts(sales.buyers),
        money(sales.gmv - sales.direct_gmv if one.whole_store else sales.gmv * 0, True),
        counts(visits * 3 if one.whole_store else visits * 0),
    ]  # fmt: skip


def write_reports(world: World, folder: Path, parts: int, rng: np.random.Generator) -> list[Path]:
    """商品报表 of all plans in `parts` zips; rows by day, then plan, then window."""
    tables = []
    for plan in range(len(world.model.plans)):
        visits = world.first_visits[plan + len(world.model.sources), world.days.first :]
        clicks = visits + rng.binomial(visits, 0.12)
        shown = clicks * rng.integers(14, 30, len(clicks))
        tables += [_columns(world, plan, days, label, shown, clicks) for days, label in WINDOWS]
    mixed = [[v for row in zip(*column, strict=True) for v in row] for column in zip(*tables, strict=True)]
    size, paths = len(by_day(world).labels), []
    made = datetime.combine(world.last_date, datetime.min.time()) + timedelta(days=1, hours=9, minutes=10)
    for number, piece in enumerate(np.array_split(np.arange(size), parts)):
        span = slice(int(piece[0]) * len(tables), (int(piece[-1]) + 1) * len(tables))
        stamp = made + timedelta(minutes=number)
        name = f"商品报表_{stamp:%Y%m%d_%H%M%S}"
        content = csv_bytes(HEADER, [minimal(column[span]) for column in mixed], encoding="gbk")
        path = folder / f"{name}.zip"
        zipped = (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
        write_zip(path, {f"{name}.csv": content}, zipped)
        paths.append(path)
    return paths
