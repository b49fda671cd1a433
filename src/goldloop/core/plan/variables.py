"""The variables of a month's plan and the equations between them: the one table that `goldloop plan solve --list` prints.

Money is in minor units, rates are fractions (0.05 = 5 %). Every equation is a sum of products, set to 0, in which no
variable stands twice in one product: with all variables but one known, the last one follows by one exact division.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["money", "count", "money_per", "rate", "number"]
EXTENSIVE = ("money", "count")  # targets are set in these; the others follow from them


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its unit, its words, and the range a plan may have it in.

    `least` and `most` are bounds in the variable's own unit (None: none); `open_end`: `least` itself is no plan.
    """

    name: str
    unit: Unit
    en: str
    zh: str
    least: int | None = 0
    most: int | None = None
    open_end: bool = True

    @property
    def extensive(self) -> bool:
        """Whether it is an amount or a count, rather than a value per something or a rate."""
        return self.unit in EXTENSIVE

    def title(self, lang: str) -> str:
        """What it is called."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation: `text` as people write it, `terms` the same as (coefficient, variables) that sum to 0."""

    name: str
    text: str
    terms: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def variables(self) -> frozenset[str]:
        """The variables it is about."""
        return frozenset(name for _, names in self.terms for name in names)


def _part(name: str, unit: Unit, en: str, zh: str) -> Variable:
    """A part of a whole: nothing of it is a plan, too."""
    return Variable(name, unit, en, zh, open_end=False)


VARIABLES = {
    one.name: one
    for one in (
        Variable("gmv", "money", "sales", "销售额"),
        Variable("previous_gmv", "money", "previous sales", "上期销售额"),
        Variable("growth", "rate", "growth", "增长率", least=-1),
        _part("new_gmv", "money", "sales to new buyers", "新客销售额"),
        _part("repeat_gmv", "money", "sales to repeat buyers", "老客销售额"),
        Variable("buyers", "count", "buyers", "买家数"),
        _part("new_buyers", "count", "new buyers", "新客数"),
        _part("repeat_buyers", "count", "repeat buyers", "老客数"),
        Variable("buyer_value", "money_per", "value per buyer", "客单价"),
        Variable("new_buyer_value", "money_per", "value per new buyer", "新客客单价"),
        Variable("repeat_buyer_value", "money_per", "value per repeat buyer", "老客客单价"),
        Variable("orders", "count", "orders", "订单数"),
        Variable("order_value", "money_per", "value per order", "笔单价"),
        Variable("orders_per_buyer", "number", "orders per buyer", "人均笔数", least=1, open_end=False),
        Variable("visitors", "count", "visitors", "访客数"),
        Variable("conversion", "rate", "conversion", "支付转化率", most=1),
        _part("ad_budget", "money", "ad budget", "广告预算"),
        Variable("blended_cac", "money_per", "CAC over all new buyers", "全店新客成本"),
        Variable("paid_cac", "money_per", "CAC over new buyers by ads", "广告拉新成本"),
        _part("ad_new_buyers", "count", "new buyers by ads", "广告新客数"),
        _part("free_new_buyers", "count", "new buyers without ads", "非广告新客数"),
        Variable("roas", "number", "ROI", "投产比"),
        _part("ad_gmv", "money", "sales by ads", "广告销售额"),
        _part("ad_new_gmv", "money", "sales by ads to new buyers", "广告新客销售额"),
        _part("ad_repeat_gmv", "money", "sales by ads to repeat buyers", "广告老客销售额"),
        _part("member_gmv", "money", "sales owed by member marketing", "会员运营应得销售额"),
        Variable("ad_rate", "rate", "ad cost rate", "费比", open_end=False),
        Variable("refund_rate", "rate", "refund rate", "退款率", most=1, open_end=False),
        Variable("net", "money", "net sales", "退后销售额"),
        Variable("margin", "rate", "gross margin", "毛利率", most=1),
        Variable("gross_profit", "money", "gross profit", "毛利"),
        Variable("breakeven_roas", "number", "break-even ROI", "保本投产"),
        Variable("labour", "money", "labour cost", "人力成本"),
        Variable("labour_efficiency", "number", "net sales per labour cost", "人效"),
        Variable("profit", "money", "profit after ads and labour", "扣广告与人力后毛利", least=None),
    )
}  # fmt: skip

EQUATIONS = {
    one.name: one
    for one in (
        Equation("sales", "gmv = new_gmv + repeat_gmv", ((1, ("gmv",)), (-1, ("new_gmv",)), (-1, ("repeat_gmv",)))),
        Equation("buyers", "buyers = new_buyers + repeat_buyers", ((1, ("buyers",)), (-1, ("new_buyers",)), (-1, ("repeat_buyers",)))),
        Equation("value", "gmv = buyers x buyer_value", ((1, ("gmv",)), (-1, ("buyers", "buyer_value")))),
        Equation("new_value", "new_gmv = new_buyers x new_buyer_value", ((1, ("new_gmv",)), (-1, ("new_buyers", "new_buyer_value")))),
        Equation("repeat_value", "repeat_gmv = repeat_buyers x repeat_buyer_value", ((1, ("repeat_gmv",)), (-1, ("repeat_buyers", "repeat_buyer_value")))),
        Equation("order_value", "gmv = orders x order_value", ((1, ("gmv",)), (-1, ("orders", "order_value")))),
        Equation("frequency", "orders = buyers x orders_per_buyer", ((1, ("orders",)), (-1, ("buyers", "orders_per_buyer")))),
        Equation("conversion", "buyers = visitors x conversion", ((1, ("buyers",)), (-1, ("visitors", "conversion")))),
        Equation("growth", "gmv = previous_gmv x (1 + growth)", ((1, ("gmv",)), (-1, ("previous_gmv",)), (-1, ("previous_gmv", "growth")))),
        Equation("blended_cac", "ad_budget = new_buyers x blended_cac", ((1, ("ad_budget",)), (-1, ("new_buyers", "blended_cac")))),
        Equation("paid_cac", "ad_budget = ad_new_buyers x paid_cac", ((1, ("ad_budget",)), (-1, ("ad_new_buyers", "paid_cac")))),
        Equation("new_sources", "new_buyers = ad_new_buyers + free_new_buyers", ((1, ("new_buyers",)), (-1, ("ad_new_buyers",)), (-1, ("free_new_buyers",)))),
        Equation("roas", "ad_gmv = ad_budget x roas", ((1, ("ad_gmv",)), (-1, ("ad_budget", "roas")))),
        Equation("ad_sales", "ad_gmv = ad_new_gmv + ad_repeat_gmv", ((1, ("ad_gmv",)), (-1, ("ad_new_gmv",)), (-1, ("ad_repeat_gmv",)))),
        # a new buyer is taken to be worth the same wherever she comes from, as long as nobody knows better
        Equation("ad_new_value", "ad_new_gmv = ad_new_buyers x new_buyer_value", ((1, ("ad_new_gmv",)), (-1, ("ad_new_buyers", "new_buyer_value")))),
        Equation("member_sales", "repeat_gmv = ad_repeat_gmv + member_gmv", ((1, ("repeat_gmv",)), (-1, ("ad_repeat_gmv",)), (-1, ("member_gmv",)))),
        Equation("ad_rate", "ad_budget = gmv x ad_rate", ((1, ("ad_budget",)), (-1, ("gmv", "ad_rate")))),
        Equation("net", "net = gmv x (1 - refund_rate)", ((1, ("net",)), (-1, ("gmv",)), (1, ("gmv", "refund_rate")))),
        Equation("gross_profit", "gross_profit = net x margin", ((1, ("gross_profit",)), (-1, ("net", "margin")))),
        Equation("breakeven", "1 = breakeven_roas x margin x (1 - refund_rate)", ((1, ()), (-1, ("breakeven_roas", "margin")), (1, ("breakeven_roas", "margin", "refund_rate")))),
        Equation("labour", "net = labour x labour_efficiency", ((1, ("net",)), (-1, ("labour", "labour_efficiency")))),
        Equation("profit", "profit = gross_profit - ad_budget - labour", ((1, ("profit",)), (-1, ("gross_profit",)), (1, ("ad_budget",)), (1, ("labour",)))),
    )
}  # fmt: skip

# What one would have to be told to know a whole plan; used as an ordinary plan to start from, money in minor units.
ORDINARY = {
    "previous_gmv": "150700000", "visitors": "611000", "conversion": "0.043", "new_buyers": "15700", "new_buyer_value": "8310",
    "repeat_buyer_value": "10370", "orders_per_buyer": "1.13", "ad_budget": "79300000", "paid_cac": "5290", "roas": "1.87",
    "refund_rate": "0.047", "margin": "0.41", "labour": "11900000",
}  # fmt: skip
CAC = ("blended_cac", "paid_cac")  # the two readings of a CAC that does not say which it is
