"""生意参谋: the shop's day and month rows, products by day, traffic sources. BIFF .xls, a preamble, numbers as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from goldloop.simulate.arrays import DAY, Array, Bools, Ints, sums
from goldloop.simulate.exports.cells import Cell, counts, money, ratios, write_xls
from goldloop.simulate.ledger import Periods, by_day, by_month, new_orders, platform_figures
from goldloop.simulate.world import World

SHOP_HEADER = (
    "统计日期", "访客数", "浏览量", "跳失率", "新访客数", "老访客数", "下单买家数", "下单金额", "支付金额", "支付买家数",
    "支付父订单数", "支付子订单数", "支付件数", "支付转化率", "客单价", "支付新买家数", "支付老买家数", "老买家支付金额",
    "加购人数", "成功退款金额", "商品访客数",
)  # fmt: skip
PRODUCT_HEADER = (
    "统计日期", "商品ID", "商品名称", "主商品ID", "商品类型", "货号", "商品状态", "商品标签", "商品访客数", "商品浏览量",
    "平均停留时长", "商品详情页跳出率", "商品收藏人数", "商品加购件数", "商品加购人数", "下单买家数", "下单件数", "下单金额",
    "下单转化率", "支付买家数", "支付件数", "支付金额", "商品支付转化率", "支付新买家数", "支付老买家数", "老买家支付金额",
    "聚划算支付金额", "访客平均价值", "成功退款金额", "竞争力评分", "年累计支付金额", "月累计支付金额", "月累计支付件数",
    "搜索引导支付转化率", "搜索引导访客数", "搜索引导支付买家数", "结构化详情引导转化率", "结构化详情引导成交占比",
)  # fmt: skip
SOURCE_NAMES = (
    "访客数", "新访客", "平均停留时长", "3s查看人数", "商品点击人数", "加购人数", "商品收藏人数", "加购件数", "关注店铺人数",
    "支付买家数", "支付转化率", "支付金额", "客单价", "UV价值", "下单买家数", "下单金额", "下单转化率",
)  # fmt: skip
SOURCE_HEADER = (
    "流量载体", "一级来源", "二级来源", "三级来源", "四级来源",
    *(word for name in SOURCE_NAMES for word in (name, ("uv价值" if name == "UV价值" else name) + "环比")),
)  # fmt: skip
TOTAL = "汇总"


def preamble(report: str, period: str, blank_rows: int, note: str = "") -> list[list[Cell]]:
    """The rows above the header: the report's name, its period, a note or nothing, blank rows."""
    rows: list[list[Cell]] = [[f"【生意参谋平台】{report}"], [f"统计日期：{period}"]]
    return rows + ([[note]] if note else []) + [[""]] * blank_rows


def _rows(columns: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    return [list(row) for row in zip(*columns, strict=True)]


def _shop_rows(
    world: World, periods: Periods, labels: list[str], visitors: Ints, rng: np.random.Generator
) -> list[list[Cell]]:
    found = platform_figures(world, periods)
    paid = world.purchases.paid[world.lines.order]
    day = periods.of_day[world.day[world.lines.order]]
    sub_orders = sums(day[paid & (day >= 0)], None, len(labels))
    views = np.rint(visitors * rng.uniform(2.6, 3.4, len(visitors))).astype(np.int64)
    old = np.rint(visitors * rng.uniform(0.22, 0.3, len(visitors))).astype(np.int64)
    bounce = rng.integers(3800, 5600, len(visitors))
    repeat = found["buyers"] - found["new_buyers"]
    return _rows(
        [
            labels, counts(visitors), counts(views), ratios(bounce, np.full(len(labels), 10_000), ".2%"),
            counts(visitors - old), counts(old), counts(found["ordered_buyers"]), money(found["ordered_amount"], True),
            money(found["gmv"], True), counts(found["buyers"]), counts(found["orders"]), counts(sub_orders),
            counts(found["units"]), ratios(found["buyers"], visitors, ".2%"),
            ratios(found["gmv"], found["buyers"] * 100, ",.2f"), counts(found["new_buyers"]), counts(repeat),
            money(found["repeat_gmv"], True), counts(np.rint(visitors * 0.11).astype(np.int64)),
            money(found["refunds_by_refund_day"], True), counts(np.rint(visitors * 0.87).astype(np.int64)),
        ]
    )  # fmt: skip


def write_shop(world: World, folder: Path, parts: int, rng: np.random.Generator) -> list[Path]:
    """店铺取数: one row a day in `parts` files, and one row a calendar month in a file of its own."""
    days = by_day(world)
    rows = _shop_rows(world, days, days.labels, world.visitors[world.days.first :], rng)
    found = []
    for piece in np.array_split(np.arange(len(rows)), parts):
        mine = [rows[i] for i in piece.tolist()]
        found.append(_write_shop(folder, mine, str(mine[0][0]), str(mine[-1][0])))
    months = by_month(world)
    ends = [*(months.first[1:] - 1).tolist(), world.days.count - 1]
    dates = world.days.dates()
    labels = [
        f"{dates[a].isoformat()}~{dates[b].isoformat()}" for a, b in zip(months.first.tolist(), ends, strict=True)
    ]
    visitors = np.array(list(world.visitors_of_month.values()), np.int64)
    monthly = _shop_rows(world, months, labels, visitors, rng)
    found.append(_write_shop(folder, monthly, days.labels[0], days.labels[-1], "店铺取数_月"))
    return found


def _write_shop(folder: Path, rows: list[list[Cell]], first: str, last: str, report: str = "店铺取数") -> Path:
    path = folder / f"【生意参谋平台】{report}_{first}_{last}.xls"
    top = preamble(report, f"{first} ~ {last}", 1, "说明：数据仅供参考")
    write_xls(path, {report: [*top, list(SHOP_HEADER), *rows]})
    return path


class ProductDays:
    """Figures of every product and day from the lines of a world, kept as arrays of day x product."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shape = (world.days.count, len(world.catalogue.products))
        self.paid = world.purchases.paid[world.lines.order]
        self.new = new_orders(world)[world.lines.order]

    def total(self, values: Ints | None, mask: Bools, day: Ints) -> Ints:
        """Sum of a line column over the masked lines."""
        product = self.world.lines.product[mask]
        flat = sums(
            day[mask] * self.shape[1] + product, None if values is None else values[mask], self.shape[0] * self.shape[1]
        )
        return flat.reshape(self.shape)

    def people(self, mask: Bools, day: Ints) -> Ints:
        """Distinct buyers of each product and day."""
        lines, size = self.world.lines, self.shape[0] * self.shape[1]
        customer = self.world.purchases.customer[lines.order[mask]]
        place = day[mask] * self.shape[1] + lines.product[mask]
        return sums(np.unique(customer * size + place) % size, None, size).reshape(self.shape)


def product_columns(world: World, rng: np.random.Generator) -> dict[str, Array]:
    """The counted columns of the product report as arrays of day x product."""
    table, lines, rows = ProductDays(world), world.lines, world.purchases
    day = world.day[lines.order]
    placed = np.clip(rows.placed // DAY, 0, world.days.count - 1)[lines.order]
    everything = np.ones(len(lines.order), np.bool_)
    done = world.refunds.done
    settled = np.where(done, world.refunds.settled // DAY, 0)
    found = {
        "gmv": table.total(lines.goods, table.paid, day),
        "units": table.total(lines.quantity, table.paid, day),
        "buyers": table.people(table.paid, day),
        "new": table.people(table.paid & table.new, day),
        "repeat_gmv": table.total(lines.goods, table.paid & ~table.new, day),
        "ordered": table.people(everything, placed),
        "ordered_units": table.total(lines.quantity, everything, placed),
        "ordered_amount": table.total(lines.goods, everything, placed),
        "refunds": table.total(world.refunds.amount, done, settled),
    }
    share = world.catalogue.weights[world.days.months % 12]
    share = share / share.sum(axis=1, keepdims=True)
    expected = rng.poisson(world.visitors[:, None] * share * 1.2).astype(np.int64)
    found["visitors"] = np.maximum(expected, np.maximum(found["ordered"], found["buyers"]) * 3)
    return found


def _running(values: Ints, group: Ints) -> Ints:
    """Running sum down the days, beginning anew with every group (month or year)."""
    total = np.cumsum(values, axis=0)
    opens = np.r_[True, group[1:] != group[:-1]]
    first = np.maximum.accumulate(np.where(opens, np.arange(len(group)), 0))
    return total - total[first] + values[first]


def _product_rows(world: World, found: dict[str, Array], running: dict[str, Array], days: range) -> list[list[Cell]]:
    products, dates, rows = world.catalogue.products, world.days.dates(), []
    for day in days:
        seen = np.flatnonzero(found["visitors"][day] > 0)
        f = {name: values[day][seen] for name, values in {**found, **running}.items()}
        n, v = len(seen), f["visitors"]
        zero, dash = ["0"] * n, ["-"] * n
        rows += _rows(
            [
                [dates[day].isoformat()] * n, [products[p].product_id for p in seen], [products[p].title for p in seen],
                dash, ["普通商品"] * n, dash, ["当前在线"] * n, dash, counts(v), counts(v * 2 + v // 2),
                [f"{15 + p % 9}.{p % 10}2" for p in seen.tolist()], ["61.30%"] * n, counts(v // 30), counts(v // 8),
                counts(v // 10), counts(f["ordered"]), counts(f["ordered_units"]), money(f["ordered_amount"], True),
                ratios(f["ordered"], v, ".2%"), counts(f["buyers"]), counts(f["units"]), money(f["gmv"], True),
                ratios(f["buyers"], v, ".2%"), counts(f["new"]), counts(f["buyers"] - f["new"]),
                money(f["repeat_gmv"], True), zero, ratios(f["gmv"], v * 100, ".2f"), money(f["refunds"], True), dash,
                money(f["year"], True), money(f["month"], True), counts(f["month_units"]), ["8.01%"] * n, counts(v // 4),
                counts(f["buyers"] // 3), zero, zero,
            ]
        )  # fmt: skip
    return rows


def write_products(world: World, folder: Path, *, days: int, parts: int, rng: np.random.Generator) -> list[Path]:
    """商品_全部: a row for every product with visitors on each of the last `days` days, in `parts` files."""
    found = product_columns(world, rng)
    months = world.days.months
    running = {
        "year": _running(found["gmv"], months // 12),
        "month": _running(found["gmv"], months),
        "month_units": _running(found["units"], months),
    }
    dates, paths = world.days.dates(), []
    for piece in np.array_split(np.arange(max(world.days.first, world.days.count - days), world.days.count), parts):
        first, last = dates[int(piece[0])].isoformat(), dates[int(piece[-1])].isoformat()
        path = folder / f"【生意参谋平台】商品_全部_{first}_{last}.xls"
        rows = _product_rows(world, found, running, range(int(piece[0]), int(piece[-1]) + 1))
        top = preamble("商品_全部", f"{first} ~ {last}", 1, "说明：数据仅供参考")
        write_xls(path, {"商品_全部": [*top, list(PRODUCT_HEADER), *rows]})
        paths.append(path)
    return paths


class Sources:
    """The rows of the source report for one range of days: single sources and the subtotals (汇总) above them."""

    def __init__(self, world: World, first: int, last: int) -> None:
        self.world = world
        self.inside = (world.day >= first) & (world.day <= last)
        self.days = slice(first, last + 1)
        self.keep = 1.0 if first == last else 0.8  # visitors of several days overlap
        self.words = [s.words for s in world.model.sources] + [p.words for p in world.model.plans]

    def visitors(self, channels: list[int]) -> int:
        """De-duplicated visitors of some channels together."""
        each = [int(self.world.visits[c, self.days].sum() * self.keep) for c in channels]
        return max(max(each), round(sum(each) * 0.97) if len(each) > 1 else each[0])

    def row(self, carrier: str, levels: tuple[str, ...], channels: list[int]) -> list[Cell]:
        """One row: de-duplicated visitors, buyers and attributed sales of these channels; '-' for what is missing."""
        rows, goods = self.world.purchases, self.world.amounts.goods
        ordered = self.inside & np.isin(rows.channel, channels)
        mine = ordered & rows.paid
        buyers, gmv = len(np.unique(rows.customer[mine])), int(goods[mine].sum())
        people, value = len(np.unique(rows.customer[ordered])), int(goods[ordered].sum())
        visitors = max(self.visitors(channels), people)
        cells = {
            "访客数": f"{visitors:,}",
            "新访客": f"{int(self.world.first_visits[channels, self.days].sum() * self.keep):,}",
            "加购人数": f"{visitors // 9:,}",
            "加购件数": f"{visitors // 7:,}",
            "支付买家数": f"{buyers:,}",
            "支付转化率": f"{buyers / visitors:.2%}" if visitors else "-",
            "支付金额": f"{gmv / 100:,.2f}",
            "客单价": f"{gmv / 100 / buyers:,.2f}" if buyers else "-",
            "UV价值": f"{gmv / 100 / visitors:,.2f}" if visitors else "-",
            "下单买家数": f"{people:,}",
            "下单金额": f"{value / 100:,.2f}",
            "下单转化率": f"{people / visitors:.2%}" if visitors else "-",
        }
        found: list[Cell] = [carrier, *levels, *[TOTAL] * (4 - len(levels))]
        for name in SOURCE_NAMES:
            found += [cells.get(name, "-"), "-"]
        return found

    def all(self, carrier: str, subtotals: bool) -> list[list[Cell]]:
        """All rows of one sheet, top levels in order of appearance, each subtotal above its sources."""
        found = []
        for top in dict.fromkeys(w[0] for w in self.words):
            under = [i for i, w in enumerate(self.words) if w[0] == top]
            if subtotals:
                found.append(self.row(carrier, (top,), under))
            for words in dict.fromkeys(self.words[i] for i in under):
                found.append(self.row(carrier, words[:2], [i for i in under if self.words[i] == words]))
        return found


def write_sources(world: World, folder: Path, first: int, last: int) -> Path:
    """店铺来源 of one day or one range of days (positions): two sheets, the header on row 6."""
    dates = world.days.dates()
    begins, ends = dates[first], dates[last]
    one = begins == ends
    name = begins.isoformat() if one else f"{begins.isoformat()}_{ends.isoformat()}"
    period = begins.isoformat() if one else f"{begins.isoformat()} ~ {ends.isoformat()}"
    path = folder / f"【生意参谋平台】店铺来源_{name}.xls"
    report, top = Sources(world, first, last), preamble("流量来源构成", period, 3)
    write_xls(
        path,
        {
            "全店流量来源": [*top, list(SOURCE_HEADER), *report.all("全店流量", True)],
            "分载体流量来源": [*top, list(SOURCE_HEADER), *report.all("手机淘宝", False)],
        },
    )
    return path


def whole_months(world: World, number: int) -> list[tuple[int, int]]:
    """First and last position of the last `number` complete calendar months."""
    periods, found = by_month(world), []
    ends = [*(periods.first[1:] - 1).tolist(), world.days.count - 1]
    for first, last in zip(periods.first.tolist(), ends, strict=True):
        after = world.days.dates()[last] + timedelta(days=1)
        if after.day == 1:
            found.append((first, last))
    return found[-number:]
