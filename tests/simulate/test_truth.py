"""The truth file against the written files: everything counted again with csv and plain Python."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.simulate.conftest import Group
from tests.simulate.reading import business_day, cents, csv_rows, moment, sheet_rows, whole, zip_rows

Order = dict[str, Any]


def taobao_orders(group: Group, folder: str) -> list[Order]:
    found = []
    for path in group.files(folder, "ExportOrderList"):
        for row in csv_rows(path, "gbk"):
            paid, name = moment(row["订单付款时间 "]), row["买家会员名"]
            found.append(
                {
                    "id": row["订单编号"][2:-1],
                    "buyer": None if "*" in name else name,
                    "placed": business_day(moment(row["订单创建时间"]) or datetime.min),
                    "day": business_day(paid) if paid else None,
                    "gmv": cents(row["买家应付货款"]),
                    "paid": cents(row["买家实际支付金额"]),
                    "postage": cents(row["买家应付邮费"]),
                    "coupon": cents(row["天猫卡券抵扣"] or "0"),
                    "total": cents(row["总金额"]),
                    "units": int(row["宝贝总数量"]),
                    "refund": cents(row["退款金额"]),
                    "status": row["订单状态"],
                    "reason": row["订单关闭原因"],
                }
            )
    return found


def douyin_orders(group: Group) -> list[Order]:
    found: dict[str, Order] = {}
    for path in group.files("douyin", "_douyin_orders"):
        for row in csv_rows(path, "utf-8-sig"):
            paid = moment(row["支付完成时间"])
            goods = cents(row["订单应付金额"]) - cents(row["运费"]) + cents(row["平台实际承担优惠金额"])
            order = found.setdefault(
                row["主订单编号"],
                {"buyer": None, "day": business_day(paid, 120) if paid else None, "gmv": 0, "units": 0, "refund": 0},
            )
            assert goods == cents(row["商品单价"]) * int(row["商品数量"]) - cents(row["商家实际承担优惠金额"])
            order["placed"] = business_day(moment(row["订单提交时间"]) or datetime.min, 120)
            order["gmv"] += goods
            order["units"] += int(row["商品数量"])
            order["refund"] += goods if row["售后状态"] == "退款成功" else 0
    return list(found.values())


def shopify_orders(group: Group) -> list[Order]:
    found: dict[str, Order] = {}
    for path in group.files("shopify", "orders_export"):
        for row in csv_rows(path, "utf-8"):
            if row["Created at"]:
                paid = row["Paid at"][:19]
                found[row["Name"]] = {
                    "buyer": row["Email"] or None,
                    "placed": date.fromisoformat(row["Created at"][:10]),
                    "day": date.fromisoformat(paid[:10]) if paid else None,
                    "gmv": cents(row["Subtotal"]),
                    "units": 0,
                    "list": -cents(row["Discount Amount"]),
                    "refund": cents(row["Refunded Amount"]),
                    "status": row["Financial Status"],
                }
                total = cents(row["Subtotal"]) + cents(row["Shipping"]) + cents(row["Taxes"])
                assert total == cents(row["Total"]) and row["Currency"] == "USD"
            found[row["Name"]]["units"] += int(row["Lineitem quantity"])
            found[row["Name"]]["list"] += int(row["Lineitem quantity"]) * cents(row["Lineitem price"])
    assert all(order["list"] == order["gmv"] for order in found.values())
    return list(found.values())


READERS: dict[str, Callable[[Group], list[Order]]] = {
    "tmall": lambda group: taobao_orders(group, "tmall"),
    "taobao": lambda group: taobao_orders(group, "taobao"),
    "douyin": douyin_orders,
    "shopify": shopify_orders,
}


@dataclass(frozen=True)
class Book:
    """The orders of one store as its files state them, and its truth."""

    platform: str
    orders: list[Order]
    truth: dict[str, Any]

    @property
    def paid(self) -> list[Order]:
        return [o for o in self.orders if o["day"]]


@pytest.fixture(scope="module", params=list(READERS))
def book(request: pytest.FixtureRequest, group: Group) -> Book:
    return Book(request.param, READERS[request.param](group), group.store(request.param))


def by(rows: Iterable[Order], key: Callable[[Order], str], value: Callable[[Order], int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        found[key(row)] += value(row)
    return found


def same(found: Counter[str], labels: list[str], wanted: list[int]) -> None:
    assert set(found) <= set(labels)
    assert [found[label] for label in labels] == wanted


VALUES: dict[str, Callable[[Order], int]] = {
    "orders": lambda o: 1,
    "gmv": lambda o: o["gmv"],
    "units": lambda o: o["units"],
    "refunded_by_pay_day": lambda o: o["refund"],
}


@pytest.mark.parametrize("span", ["day", "month"])
@pytest.mark.parametrize("figure", list(VALUES))
def test_additive_figures(book: Book, span: str, figure: str) -> None:
    truth = book.truth[span + "s"]
    size = 10 if span == "day" else 7
    if book.platform == "tmall" and figure == "refunded_by_pay_day":
        return  # the list states what went back to the buyer; see the after-sale list below
    same(by(book.paid, lambda o: o["day"].isoformat()[:size], VALUES[figure]), truth[span], truth[figure])


def test_orders_placed_and_their_number(book: Book) -> None:
    truth = book.truth["days"]
    assert len(book.orders) == book.truth["orders_in_files"]
    same(by(book.orders, lambda o: o["placed"].isoformat(), lambda o: 1), truth["day"], truth["placed_orders"])
    same(by(book.orders, lambda o: o["placed"].isoformat(), lambda o: o["gmv"]), truth["day"], truth["ordered_amount"])


def identity_by_hand(orders: list[Order], labels: list[str], size: int) -> dict[str, list[int]]:
    """Buyers, new ones by the 365-day rule and their amounts, period by period, from a plain history per buyer."""
    history: dict[str, list[date]] = defaultdict(list)
    spent: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for order in orders:
        if order["buyer"]:
            history[order["buyer"]].append(order["day"])
            spent[order["day"].isoformat()[:size]][order["buyer"]] += order["gmv"]
    for days in history.values():
        days.sort()
    found: dict[str, list[int]] = defaultdict(list)
    for label in labels:
        first = date.fromisoformat(label if size == 10 else label + "-01")
        new, fresh, new_gmv = 0, 0, 0
        for buyer, amount in spent[label].items():
            before = history[buyer][: bisect_left(history[buyer], first)]
            fresh += not before
            if not before or before[-1] < first - timedelta(days=365):
                new, new_gmv = new + 1, new_gmv + amount
        found["buyers"].append(len(spent[label]))
        found["new_buyers"].append(new)
        found["new_gmv"].append(new_gmv)
        found["repeat_gmv"].append(sum(spent[label].values()) - new_gmv)
        found["first_in_data_buyers"].append(fresh)
    return found


@pytest.mark.parametrize("span", ["day", "month"])
def test_buyers_by_identity(book: Book, span: str) -> None:
    truth = book.truth[span + "s"]
    by_hand = identity_by_hand(book.paid, truth[span], 10 if span == "day" else 7)
    for figure, values in by_hand.items():
        assert truth["identity"][figure] == values, figure
    identified = by(
        [o for o in book.paid if o["buyer"]], lambda o: o["day"].isoformat()[: len(truth[span][0])], lambda o: o["gmv"]
    )
    same(identified, truth[span], truth["identity"]["identified_gmv"])
    both = zip(truth["identity"]["identified_gmv"], truth["identity"]["unidentified_gmv"], strict=True)
    assert [a + b for a, b in both] == truth["gmv"]


def test_identity_coverage_is_full_none_none_full(group: Group) -> None:
    shares = {}
    for platform in READERS:
        months = group.store(platform)["months"]
        shares[platform] = sum(months["identity"]["identified_orders"]) / sum(months["orders"])
    assert shares["taobao"] == shares["douyin"] == 0
    assert 0.98 < shares["tmall"] < 1 and 0.98 < shares["shopify"] < 1


def test_new_by_platform_and_by_identity_agree_once_a_year_is_loaded(group: Group) -> None:
    months = group.store("tmall")["months"]
    for known, platform in list(zip(months["identity"]["new_buyers"], months["new_buyers"], strict=True))[13:]:
        assert abs(known - platform) <= 0.05 * platform + 3  # a hundredth of the orders names no buyer
    assert months["identity"]["new_buyers"][0] > months["new_buyers"][0]  # older buyers are not in the files


# --------------------------------------------------------------------------------------------------- single sources


@pytest.mark.parametrize("folder", ["tmall", "taobao"])
def test_sub_orders_and_list_are_one_book(group: Group, folder: str) -> None:
    orders = {o["id"]: o for o in taobao_orders(group, folder)}
    lines = [row for path in group.files(folder, "SubOrderList") for row in sheet_rows(path, 1)]
    due, paid, units, refund = Counter(), Counter(), Counter(), Counter()  # type: ignore[var-annotated]
    for line in lines:
        due[line["主订单编号"]] += cents(line["买家应付货款"])
        paid[line["主订单编号"]] += cents(line["买家实付金额"])
        units[line["主订单编号"]] += int(float(str(line["购买数量"])))
        if line["退款状态"] == "退款成功":
            refund[line["主订单编号"]] += cents(line["退款金额"])
        else:
            assert line["退款金额"] == "无退款申请"
    assert len({line["子订单编号"] for line in lines}) == len(lines) == group.store(folder)["lines_in_files"]
    assert set(due) == set(orders)
    for number, order in orders.items():
        assert (due[number], units[number], refund[number]) == (order["gmv"], order["units"], order["refund"])
        assert paid[number] == (order["paid"] - order["postage"] if order["day"] else 0)
        assert order["total"] == order["gmv"] + order["postage"]
        if order["day"]:
            assert order["gmv"] == order["paid"] - order["postage"] + order["coupon"]


def test_statuses_follow_payment_refund_and_age(group: Group) -> None:
    orders = taobao_orders(group, "tmall")
    assert {o["status"] for o in orders} == {
        "等待买家付款",
        "买家已付款，等待卖家发货",
        "卖家已发货，等待买家确认",
        "交易成功",
        "交易关闭",
    }
    for order in orders:
        if not order["day"]:
            assert order["status"] in ("等待买家付款", "交易关闭") and order["paid"] == 0
            assert order["reason"] == ("买家未付款" if order["status"] == "交易关闭" else "订单未关闭")
        elif order["status"] == "交易关闭":
            assert order["reason"] == "退款" and order["refund"] > 0
    assert {o["placed"] for o in orders if o["status"] == "等待买家付款"} <= {date(2026, 10, 30), date(2026, 10, 31)}


def test_after_sale_list(group: Group) -> None:
    truth = group.store("tmall")
    paid_on = {o["id"]: o["day"] for o in taobao_orders(group, "tmall")}
    rows = sheet_rows(group.files("tmall", "退款单")[0], 1)
    by_refund, by_pay, kinds = Counter(), Counter(), set()  # type: ignore[var-annotated]
    for row in rows:
        asked, ended = moment(str(row["退款申请时间"])), moment(str(row["退款完结时间"]))
        assert asked is not None and asked > (moment(str(row["订单付款时间"])) or datetime.max)
        assert cents(row["退款总额"]) == cents(row["退给买家金额"]) + cents(row["退给平台金额"])
        assert (ended is None) == (row["退款状态"] == "买家已经申请退款，等待卖家同意")
        kinds.add((row["售后类型"], row["货物状态"]))
        if row["退款状态"] == "退款成功":
            assert ended is not None and ended >= asked
            by_refund[business_day(ended).isoformat()] += cents(row["退款总额"])
            if row["订单编号"] in paid_on:
                by_pay[paid_on[str(row["订单编号"])].isoformat()] += cents(row["退款总额"])
    assert len({row["退款编号"] for row in rows}) == len(rows)
    assert len(kinds) == 5
    same(by_refund, truth["days"]["day"], truth["days"]["refunds_by_refund_day"])
    same(by_pay, truth["days"]["day"], truth["days"]["refunded_by_pay_day"])
    assert any(row["订单编号"] not in paid_on for row in rows)  # orders paid before the first exported day


SHOP = {
    "访客数": ("visitors", whole), "支付金额": ("gmv", cents), "支付买家数": ("buyers", whole), "支付父订单数": ("orders", whole),
    "支付件数": ("units", whole), "支付新买家数": ("new_buyers", whole), "老买家支付金额": ("repeat_gmv", cents),
    "下单买家数": ("ordered_buyers", whole), "下单金额": ("ordered_amount", cents), "成功退款金额": ("refunds_by_refund_day", cents),
}  # fmt: skip


@pytest.mark.parametrize("folder", ["tmall", "taobao"])
def test_shop_rows_are_the_truth(group: Group, folder: str) -> None:
    truth = group.store(folder)
    (daily,), (monthly,) = group.files(folder, "店铺取数_20"), group.files(folder, "店铺取数_月")
    for path, span in ((daily, "day"), (monthly, "month")):
        rows, wanted = sheet_rows(path, 5), truth[span + "s"]
        assert [str(r["统计日期"])[: len(wanted[span][0])] for r in rows] == wanted[span]
        for column, (figure, convert) in SHOP.items():
            assert [convert(r[column]) for r in rows] == wanted[figure], (span, column)
        for row in rows:
            assert whole(row["支付新买家数"]) + whole(row["支付老买家数"]) == whole(row["支付买家数"])
            assert whole(row["新访客数"]) + whole(row["老访客数"]) == whole(row["访客数"]) >= whole(row["下单买家数"])
            assert row["支付转化率"] == f"{whole(row['支付买家数']) / whole(row['访客数']):.2%}"


def test_product_report_adds_up_to_the_sub_orders(group: Group) -> None:
    days: dict[tuple[str, str], int] = defaultdict(int)
    for path in group.files("tmall", "SubOrderList"):
        for line in sheet_rows(path, 1):
            if line["订单付款时间"]:
                days[str(line["订单付款时间"])[:10], str(line["商品ID"])] += cents(line["买家应付货款"])
    (path,) = group.files("tmall", "商品_全部")
    rows = sheet_rows(path, 5)
    assert len({str(r["统计日期"]) for r in rows}) == 60
    assert {(str(r["统计日期"]), str(r["商品ID"])): cents(r["支付金额"]) for r in rows if cents(r["支付金额"])} == {
        key: value for key, value in days.items() if value and key[0] >= "2026-09-02"
    }
    for row in rows:
        assert (
            whole(row["商品访客数"])
            >= whole(row["支付买家数"])
            == whole(row["支付新买家数"]) + whole(row["支付老买家数"])
        )


def test_sources_of_a_day_and_a_month(group: Group) -> None:
    truth = group.store("tmall")
    for word, span, label in (
        ("店铺来源_2026-10-31", "days", "2026-10-31"),
        ("店铺来源_2026-10-01_2026-10-31", "months", "2026-10"),
    ):
        (path,) = group.files("tmall", word)
        rows = sheet_rows(path, 6)
        place = truth[span][span[:-1]].index(label)
        children = [r for r in rows if r["二级来源"] != "汇总"]
        parents = [r for r in rows if r["二级来源"] == "汇总"]
        assert {r["一级来源"] for r in parents} == {"平台流量", "付费推广", "内容流量"}
        assert sum(cents(r["支付金额"]) for r in children) == truth[span]["gmv"][place]
        assert sum(cents(r["支付金额"]) for r in parents) == truth[span]["gmv"][place]
        if span == "days":
            for row in children:
                visits = sum(
                    truth["days"]["visits"][name][place]
                    for name in truth["days"]["visits"]
                    if name == f"{row['一级来源']}/{row['二级来源']}"
                    or name in [p["plan"] for p in truth["response"] if p["tool"] == row["二级来源"]]
                )
                assert whole(row["访客数"]) in (visits, round(visits * 0.97))


def test_spend_stands_once_per_window(group: Group) -> None:
    truth = group.store("tmall")
    cost: dict[str, Counter[str]] = {"1天转化": Counter(), "15天转化": Counter()}
    sales: dict[str, Counter[str]] = {"1天转化": Counter(), "15天转化": Counter()}
    spent: dict[str, dict[str, int]] = defaultdict(dict)
    for path in group.files("tmall", "商品报表_"):
        for row in zip_rows(path, "gbk"):
            cost[row["转化周期"]][row["计划ID"]] += cents(row["花费"])
            sales[row["转化周期"]][row["计划ID"]] += cents(row["总成交金额"])
            assert cents(row["直接成交金额"]) + cents(row["间接成交金额"]) == cents(row["总成交金额"])
            spent[row["计划名字"]][row["统计日期"]] = cents(row["花费"])
    for plan in truth["response"]:
        assert cost["1天转化"][plan["campaign_id"]] == cost["15天转化"][plan["campaign_id"]] == plan["cost"]
        assert sales["1天转化"][plan["campaign_id"]] == plan["attributed_gmv_by_window"]["1"]
        assert sales["15天转化"][plan["campaign_id"]] == plan["attributed_gmv_by_window"]["15"]
        assert [spent[plan["plan"]][d] for d in truth["days"]["day"]] == truth["days"]["spend"][plan["plan"]]


def test_costs_and_ads_templates(group: Group) -> None:
    for platform in READERS:
        truth, found = group.store(platform), defaultdict(int)
        (path,) = group.files(platform, "goldloop-costs")
        for row in csv_rows(path, "utf-8-sig"):
            assert row["currency"] == truth["currency"] and row["first_day"] <= row["last_day"]
            found[row["kind"], row["first_day"][:7]] += cents(row["amount"])
        for kind, values in truth["costs"].items():
            assert [found[kind, month] for month in truth["months"]["month"]] == values
    for platform in ("douyin", "shopify"):
        (path,) = group.files(platform, "goldloop-ads")
        total = sum(cents(row["cost"]) for row in csv_rows(path, "utf-8-sig"))
        assert total == sum(p["cost"] for p in group.store(platform)["response"])


def test_channels_of_douyin_are_in_the_order_file(group: Group) -> None:
    found: Counter[str] = Counter()
    orders: set[str] = set()
    for path in group.files("douyin", "_douyin_orders"):
        for row in csv_rows(path, "utf-8-sig"):
            if row["支付完成时间"] != "-":
                name = "/".join((row["流量体裁"], row["流量渠道"], row["流量来源"]))
                found[name] += cents(row["订单应付金额"]) - cents(row["运费"]) + cents(row["平台实际承担优惠金额"])
                orders.add(row["主订单编号"])
                assert (row["达人昵称"] != "-") == row["流量来源"].startswith("达人")
                assert (row["流量类型"] == "付费流量") == (row["流量来源"] == "千川")
    truth = group.store("douyin")
    paid = {p["plan"]: "直播/直播间/千川" for p in truth["response"]}
    assert found == {paid.get(c["channel"], c["channel"]): c["gmv"] for c in truth["channels"]}
    assert len(orders) == sum(c["orders"] for c in truth["channels"])


def test_products_of_every_store(group: Group) -> None:
    for folder in ("tmall", "taobao"):
        gmv: Counter[str] = Counter()
        for path in group.files(folder, "SubOrderList"):
            for line in sheet_rows(path, 1):
                gmv[str(line["商品ID"])] += cents(line["买家应付货款"]) if line["订单付款时间"] else 0
        assert {k: v for k, v in gmv.items() if v} == {
            p["product_id"]: p["gmv"] for p in group.store(folder)["products"] if p["gmv"]
        }
    handles = {
        row["Variant SKU"]: row["Handle"] for row in csv_rows(group.files("shopify", "products_export")[0], "utf-8")
    }
    units: Counter[str] = Counter()
    paid: set[str] = set()
    for path in group.files("shopify", "orders_export"):
        for row in csv_rows(path, "utf-8"):
            if row["Paid at"]:
                paid.add(row["Name"])
            if row["Name"] in paid:
                units[handles[row["Lineitem sku"]]] += int(row["Lineitem quantity"])
    assert units == {p["product_id"]: p["units"] for p in group.store("shopify")["products"]}


def test_shopify_times_are_real_wall_clock(group: Group) -> None:
    from zoneinfo import ZoneInfo

    zone, offsets = ZoneInfo("America/New_York"), set()
    for path in group.files("shopify", "orders_export"):
        for row in csv_rows(path, "utf-8"):
            for text in filter(None, (row["Created at"], row["Paid at"], row["Fulfilled at"], row["Cancelled at"])):
                at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")
                assert at.astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None)
                offsets.add(text[-5:])
    assert offsets == {"-0400", "-0500"}


def test_people_are_invented(group: Group) -> None:
    for folder in ("tmall", "taobao"):
        for path in group.files(folder, "ExportOrderList"):
            for row in csv_rows(path, "gbk"):
                assert re.fullmatch(r"'1380000(\d{4}|\*{4})", row["联系手机"])
                assert row["收货人姓名"] in ("演示收件人", "演**")
                if folder == "taobao":
                    assert "*" in row["买家会员名"]
    for path in group.files("shopify", "orders_export"):
        assert all(row["Email"] == "" or row["Email"].endswith("@example.com") for row in csv_rows(path, "utf-8"))
