"""Every figure: name, words, unit, formula, additivity and the feeds it needs. The one definition everybody uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goldloop.core.errors import GoldloopError
from goldloop.core.formula import Rule, inverse, minus, part, per, plus, ratio

Unit = Literal["money", "money_per", "rate", "count", "number", "seconds"]
Additive = Literal["yes", "no", "ratio"]


class FigureUnknown(GoldloopError):
    """A figure that is not defined."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    `unit`: money (minor units), money_per (minor units per something, exact), rate (0.01 = 1 %), count, number,
    seconds. `additive`: yes - sums over days, stores and cuts that split rows; no - re-counted for every scope, never
    summed; ratio - the ratio of the sums. `needs`: the fact tables without which it is null. `higher` tells whether
    more is better (None: neither).
    """

    name: str
    zh: str
    en: str
    unit: Unit
    rule: Rule
    formula: str
    additive: Additive
    needs: tuple[str, ...]
    doc: str
    higher: bool | None = True


def _f(
    name: str, zh: str, en: str, unit: Unit, rule: Rule, formula: str, additive: Additive, needs: str, doc: str,
    higher: bool | None = True,
) -> Figure:  # fmt: skip
    return Figure(name, zh, en, unit, rule, formula, additive, tuple(needs.split()), doc, higher)


_ALL = (
    # the golden formula
    _f("visitors", "访客数", "visitors", "count", part("visitors"), "the platform's de-duplicated number for exactly this scope and period", "no", "store_day",
       "People who came to the shop. Taken from the row of exactly this scope and period; never summed over days, stores or sources."),
    _f("conversion", "支付转化率", "conversion", "rate", ratio("buyers", "visitors"), "buyers / visitors", "ratio", "store_day",
       "Share of visitors who paid."),
    _f("buyers", "支付买家数", "buyers", "count", part("buyers"), "platform's own number, else distinct buyer keys of paid orders", "no", "store_day|orders",
       "People who paid. By identity only where enough orders carry a usable buyer (identity_coverage); null otherwise."),
    _f("buyer_value", "客单价", "buyer value", "money_per", per("identified_gmv", "buyers"), "identified gmv / buyers", "ratio", "store_day|orders",
       "What one buyer spent in the period, over all of her orders."),
    _f("orders_per_buyer", "人均笔数", "orders per buyer", "number", ratio("identified_orders", "buyers"), "identified orders / buyers", "ratio", "store_day|orders",
       "Paid orders of one buyer in the period."),
    _f("identified_order_value", "笔单价(已识别)", "order value, identified", "money_per", per("identified_gmv", "identified_orders"), "identified gmv / identified orders", "ratio", "orders",
       "Order value over orders with a usable buyer."),
    _f("orders", "支付订单数", "orders", "count", part("orders"), "parent orders paid in full", "yes", "store_day|orders",
       "Parent orders (主订单), never sub-orders; on the store's business day of full payment."),
    _f("order_value", "笔单价", "order value (AOV)", "money_per", per("gmv", "orders"), "gmv / orders", "ratio", "store_day|orders",
       "What one order is worth; abroad called AOV."),
    _f("order_conversion", "下单支付转化(笔)", "orders per visitor", "rate", ratio("orders", "visitors"), "orders / visitors", "ratio", "store_day orders",
       "The tree's second driver where buyers cannot be counted."),
    _f("units", "支付件数", "units", "count", part("units"), "sum of quantities sold", "yes", "store_day|orders",
       "Units of paid orders, excluded lines left out."),
    _f("units_per_order", "连带率", "units per order", "number", ratio("units", "orders"), "units / orders", "ratio", "orders",
       "Units in one order."),
    _f("unit_price", "件单价", "unit price", "money_per", per("gmv", "units"), "gmv / units", "ratio", "orders",
       "What one unit brought."),
    _f("gmv", "支付金额(未剔除退款)", "GMV", "money", part("gmv"), "goods after the merchant's own discounts, without postage, refunds not deducted", "yes", "store_day|orders",
       "What buyers paid for goods plus discounts borne by the platform, or without those where the store's setting says so; orders count in full when paid in full."),
    _f("gmv_all", "支付金额(含剔除订单)", "GMV before exclusions", "money", part("gmv_all"), "gmv + excluded orders and lines", "yes", "orders",
       "Ties to the platform; gmv leaves out what exclusion rules name."),
    _f("identified_gmv", "已识别买家支付金额", "identified GMV", "money", part("identified_gmv"), "gmv of orders with a usable buyer", "yes", "orders",
       "The part of gmv whose buyer is known."),
    _f("unidentified_gmv", "未识别买家支付金额", "unidentified GMV", "money", minus("gmv", "identified_gmv"), "gmv - identified gmv", "yes", "orders",
       "The part of gmv whose buyer is not known; shown, never hidden.", None),
    _f("identified_orders", "已识别买家订单数", "identified orders", "count", part("identified_orders"), "paid orders with a usable buyer", "yes", "orders",
       "Orders that carry a usable buyer key."),
    _f("identity_coverage", "买家识别率", "identity coverage", "rate", ratio("identified_orders", "orders_counted"), "identified orders / paid orders", "ratio", "orders",
       "Share of paid orders with a usable buyer key."),
    _f("buyer_days", "买家·天", "buyer days", "count", part("buyer_days"), "sum of daily buyers", "yes", "store_day|orders",
       "Daily buyers added up: additive over days, not a number of people."),
    _f("visitor_days", "访客·天", "visitor days", "count", part("visitor_days"), "sum of daily visitors", "yes", "store_day",
       "Daily visitors added up: additive over days and stores, not a number of people."),
    _f("day_conversion", "日均转化率", "conversion by day", "rate", ratio("buyer_days", "visitor_days"), "buyer_days / visitor_days", "ratio", "store_day",
       "Conversion whose parts add up over days."),
    _f("day_buyer_value", "日客单价", "buyer value by day", "money_per", per("identified_gmv", "buyer_days"), "identified gmv / buyer_days", "ratio", "store_day|orders",
       "Buyer value whose parts add up over days."),
    # new and repeat
    _f("new_gmv", "新客支付金额", "new GMV", "money", part("new_gmv"), "gmv of buyers who are new in this row's period", "no", "store_day|orders",
       "All orders of the period of buyers without a payment before (see --new). Refers to the row's period: months are not the sum of their days."),
    _f("repeat_gmv", "老客支付金额", "repeat GMV", "money", part("repeat_gmv"), "identified gmv - new_gmv", "no", "store_day|orders",
       "Amount of buyers who are not new."),
    _f("new_buyers", "新客数", "new buyers", "count", part("new_buyers"), "buyers who are new in this row's period", "no", "store_day|orders",
       "Buyers without a payment before, by the definition of --new."),
    _f("repeat_buyers", "老客数", "repeat buyers", "count", part("repeat_buyers"), "buyers - new buyers", "no", "store_day|orders",
       "Buyers who had paid before."),
    _f("new_buyer_value", "新客客单价", "new buyer value", "money_per", per("new_gmv", "new_buyers"), "new_gmv / new_buyers", "ratio", "store_day|orders",
       "What one new buyer spent."),
    _f("repeat_buyer_value", "老客客单价", "repeat buyer value", "money_per", per("repeat_gmv", "repeat_buyers"), "repeat_gmv / repeat_buyers", "ratio", "store_day|orders",
       "What one repeat buyer spent."),
    _f("new_share", "新客占比", "new share", "rate", ratio("new_gmv", "gmv"), "new_gmv / gmv", "ratio", "store_day|orders",
       "Share of gmv that new buyers brought.", None),
    _f("same_month_second_buyers", "当期二购人数", "second purchase in the period", "count", part("second_buyers"), "new buyers with a second purchase day inside the period", "no", "orders",
       "New buyers of the period who bought again within it (当月二购)."),
    _f("month_buyers", "月买家数(首日记)", "month buyers", "count", part("month_buyers"), "buyers booked once, on their first paid day of the month", "yes", "orders",
       "Adds up over the days of a month; plans and pace use it."),
    _f("month_new_buyers", "月新客数(首日记)", "month new buyers", "count", part("month_new_buyers"), "month buyers without a payment before, on their first paid day of the month", "yes", "orders",
       "Traffic's task in a plan; adds up over the days of a month."),
    _f("month_repeat_buyers", "月老客数(首日记)", "month repeat buyers", "count", minus("month_buyers", "month_new_buyers"), "month_buyers - month_new_buyers", "yes", "orders",
       "Members' task in a plan; adds up over the days of a month."),
    _f("month_new_gmv", "月新客支付金额(首日记)", "month new GMV", "money", part("month_new_gmv"), "month's gmv of buyers new in the month, on their first paid day", "yes", "orders",
       "All orders of the month follow the buyer's first paid day."),
    _f("month_repeat_gmv", "月老客支付金额(首日记)", "month repeat GMV", "money", part("month_repeat_gmv"), "month's gmv of buyers not new in the month, on their first paid day", "yes", "orders",
       "All orders of the month follow the buyer's first paid day."),
    _f("month_unidentified_gmv", "月未识别买家支付金额", "month unidentified GMV", "money", part("month_unidentified_gmv"), "gmv of orders without a usable buyer", "yes", "orders",
       "Nobody's task in a plan: it is booked to unassigned, on the day of payment.", None),
    _f("month_gmv", "月支付金额(首日记)", "month GMV", "money", plus("month_new_gmv", "month_repeat_gmv", "month_unidentified_gmv"), "month_new_gmv + month_repeat_gmv + month_unidentified_gmv", "yes", "orders",
       "What plans and pace compare by day: sales on their buyer's first paid day of the month. Of a whole month it is gmv."),
    _f("month_new_buyer_value", "月新客客单价", "month new buyer value", "money_per", per("month_new_gmv", "month_new_buyers"), "month_new_gmv / month_new_buyers", "ratio", "orders",
       "What one new buyer of the month spent in it; operations' task in a plan."),
    _f("month_repeat_buyer_value", "月老客客单价", "month repeat buyer value", "money_per", per("month_repeat_gmv", "month_repeat_buyers"), "month_repeat_gmv / month_repeat_buyers", "ratio", "orders",
       "What one repeat buyer of the month spent in it; operations' task in a plan."),
    # refunds and net
    _f("refunds", "退款金额(按退款日)", "refunds", "money", part("refunds"), "refunds settled on these days, whatever their order's day", "yes", "refunds|store_day",
       "The refund figure of daily reports.", False),
    _f("cash_refund_rate", "退款率(按退款日)", "refund rate by refund day", "rate", ratio("refunds", "gmv"), "refunds / gmv", "ratio", "refunds|store_day",
       "Refunds of the day over the same day's gmv.", False),
    _f("cash_net", "现金净额", "cash net", "money", minus("gmv", "refunds"), "gmv - refunds", "yes", "refunds|store_day",
       "What is left after the refunds settled in the period."),
    _f("refunded_gmv", "退款金额(按付款日)", "refunded GMV", "money", part("refunded_gmv"), "refunds of these days' orders, whenever they came", "yes", "orders",
       "Immature for recent days: refunds still come in.", False),
    _f("refund_rate", "退款率(按付款日)", "refund rate", "rate", ratio("refunded_gmv", "gmv"), "refunded_gmv / gmv", "ratio", "orders",
       "Share of these days' gmv that went back.", False),
    _f("refunded_orders", "退款订单数", "refunded orders", "count", part("refunded_orders"), "orders of these days with a refund", "yes", "orders",
       "Paid orders with any refund.", False),
    _f("refund_order_rate", "退款订单率", "refund rate by orders", "rate", ratio("refunded_orders", "orders_counted"), "refunded orders / paid orders", "ratio", "orders",
       "Share of paid orders with a refund.", False),
    _f("net", "退后销售额(NET)", "net", "money", minus("gmv", "refunded_gmv"), "gmv - refunded_gmv = gmv x (1 - refund_rate)", "yes", "orders",
       "What stays of these days' sales."),
    _f("refunds_to_come", "待发生退款", "refunds still to come", "money", part("refunds_to_come"), "(gmv - refunded so far) x share that still goes back at this age, by line", "yes", "orders refunds",
       "What will still be refunded of these days' orders, by age curves learned from older days; 0 for days past the store's own 95 % age. An interval stands beside it.", False),
    _f("refunded_expected", "预计最终退款金额(按付款日)", "refunds expected in the end", "money", plus("refunded_gmv", "refunds_to_come"), "refunded_gmv + refunds_to_come", "yes", "orders refunds",
       "Refunds of these days' orders when all have come.", False),
    _f("refund_rate_expected", "预计最终退款率(按付款日)", "refund rate expected in the end", "rate", ratio("refunded_expected", "gmv"), "refunded_expected / gmv", "ratio", "orders refunds",
       "The refund rate of these days when they are mature: comparable whatever their age.", False),
    _f("net_expected", "预计退后销售额", "net expected in the end", "money", minus("net", "refunds_to_come"), "net - refunds_to_come", "yes", "orders refunds",
       "What will stay of these days' sales when all refunds have come; equals net once they are final."),
    _f("net_expected_low", "预计退后销售额(下限)", "net expected, low end", "money", minus("net", "to_come_high"), "low end of the 80 % interval of net_expected", "no", "orders refunds",
       "In one case of ten the final net is below; taken from what earlier expectations of like size missed."),
    _f("net_expected_high", "预计退后销售额(上限)", "net expected, high end", "money", minus("net", "to_come_low"), "high end of the 80 % interval of net_expected", "no", "orders refunds",
       "In one case of ten the final net is above."),
    # amounts beside gmv
    _f("user_paid", "买家实付金额", "paid by buyers", "money", part("user_paid"), "what buyers paid, postage included", "yes", "orders", "As the platform states it, first seen."),
    _f("list_value", "吊牌/原价金额", "list value", "money", part("list_value"), "goods at list price", "yes", "orders", "Before any discount."),
    _f("postage", "邮费", "postage", "money", part("postage"), "postage charged", "yes", "orders", "Not part of gmv."),
    _f("platform_discount", "平台承担优惠", "platform discount", "money", part("platform_discount"), "discounts borne by the platform", "yes", "orders", "Part of gmv where that is the merchant amount.", None),
    _f("subsidy", "平台承担优惠(未计入支付金额)", "platform discount beside GMV", "money", part("subsidy"), "discounts borne by the platform of a store whose gmv is what buyers paid, else 0", "yes", "orders", "The platform pays them to the shop, so profit counts them.", None),
    _f("subsidy_kept", "平台承担优惠(未计入, 退后)", "platform discount beside GMV, kept", "money", part("subsidy_kept"), "subsidy less what refunds take back of it", "yes", "orders", "What is between net by the merchant amount and net by what buyers paid.", None),
    _f("merchant_gmv", "商家口径支付金额", "merchant amount", "money", plus("gmv", "subsidy"), "gmv + subsidy", "yes", "orders", "gmv where that is the merchant amount; the same under both settings of a store."),
    _f("merchant_net", "商家口径退后销售额", "merchant net", "money", plus("net", "subsidy_kept"), "net + subsidy_kept", "yes", "orders", "net where gmv is the merchant amount; the same under both settings of a store."),
    _f("merchant_discount", "商家承担优惠", "merchant discount", "money", part("merchant_discount"), "discounts borne by the merchant", "yes", "orders", "Not part of gmv.", None),
    _f("ordered_amount", "下单金额", "ordered amount", "money", part("ordered_amount"), "amount of orders placed on these days, paid or not", "yes", "store_day|orders", "By the day of placing."),
    _f("ordered_orders", "下单笔数", "orders placed", "count", part("ordered_orders"), "orders placed on these days, paid or not", "yes", "orders", "By the day of placing."),
    _f("presale_orders", "预售订单数", "pre-sale orders", "count", part("presale_orders"), "staged orders placed on these days", "yes", "orders", "Deposit orders."),
    _f("presale_value", "预售金额", "pre-sale value", "money", part("presale_value"), "full value of staged orders placed on these days", "yes", "orders", "Stands beside gmv on deposit days."),
    _f("deposit", "定金", "deposits", "money", part("deposit"), "deposits of staged orders", "yes", "orders", "Paid ahead."),
    _f("forfeited_deposit", "未付尾款定金", "forfeited deposits", "money", part("forfeited_deposit"), "deposits of staged orders that were closed without being paid in full", "yes", "orders", "Other income, never in gmv; by the day of placing."),
    _f("tail_rate", "尾款支付率", "tail payment rate", "rate", ratio("presale_paid", "presale_orders"), "staged orders paid in full / staged orders", "ratio", "orders", "Of orders placed on these days."),
    # funnel and traffic
    _f("page_views", "浏览量", "page views", "count", part("page_views"), "sum of page views", "yes", "store_day", "Pages seen."),
    _f("pages_per_visitor", "人均浏览量", "pages per visitor", "number", ratio("page_views", "visitors"), "page_views / visitors", "ratio", "store_day", "Pages one visitor saw."),
    _f("bounce_rate", "跳失率", "bounce rate", "rate", part("bounce_rate"), "the platform's own rate for exactly this period", "no", "store_day", "Never averaged over days.", False),
    _f("stay_time", "平均停留时长", "stay time", "seconds", part("stay_seconds"), "the platform's own mean for exactly this period", "no", "store_day", "Never averaged over days."),
    _f("new_visitors", "新访客数", "new visitors", "count", part("new_visitors"), "platform's own", "no", "store_day", "Not summed over days."),
    _f("old_visitors", "老访客数", "returning visitors", "count", part("old_visitors"), "platform's own", "no", "store_day", "Not summed over days."),
    _f("favourites", "收藏人数", "favourites", "count", part("favourites"), "platform's own", "no", "store_day", "People who favourited."),
    _f("cart_adders", "加购人数", "cart adders", "count", part("cart_adders"), "platform's own", "no", "store_day", "People who added to cart."),
    _f("cart_units", "加购件数", "cart units", "count", part("cart_units"), "sum of units added to cart", "yes", "store_day", "Units."),
    _f("cart_rate", "加购率", "cart rate", "rate", ratio("cart_adders", "visitors"), "cart_adders / visitors", "ratio", "store_day", "Share of visitors who added to cart."),
    _f("ordered_buyers", "下单买家数", "ordering buyers", "count", part("ordered_buyers"), "platform's own", "no", "store_day", "People who placed an order."),
    _f("ordered_conversion", "下单转化率", "ordering conversion", "rate", ratio("ordered_buyers", "visitors"), "ordered_buyers / visitors", "ratio", "store_day", "Share of visitors who placed an order."),
    _f("pay_rate", "下单支付率", "pay rate", "rate", ratio("buyers", "ordered_buyers"), "buyers / ordered_buyers", "ratio", "store_day", "From placing to paying."),
    _f("visitor_value", "UV价值", "visitor value", "money_per", per("gmv", "visitors"), "gmv / visitors", "ratio", "store_day", "Money one visitor brought."),
    _f("searched_visitors", "搜索访客数", "search visitors", "count", part("searched_visitors"), "platform's own", "no", "store_day", "Visitors from search."),
    _f("enquirers", "咨询人数", "enquirers", "count", part("enquirers"), "platform's own", "no", "store_day", "People who asked customer service."),
    _f("source_visitors", "来源访客数", "visitors of the source", "count", part("source_visitors"), "the row of exactly this source and period", "no", "traffic", "By source: a visitor of two sources counts in both."),
    _f("source_buyers", "来源支付买家数", "buyers of the source", "count", part("source_buyers"), "platform's own attribution", "no", "traffic", "By source, the platform's attribution."),
    _f("source_gmv", "来源支付金额(平台归因)", "attributed sales of the source", "money", part("source_gmv"), "platform's own attribution", "no", "traffic", "By source; not part of any sum with gmv."),
    _f("source_conversion", "来源支付转化率", "conversion of the source", "rate", ratio("source_buyers", "source_visitors"), "source_buyers / source_visitors", "ratio", "traffic", "Within one source."),
    _f("paid_share", "付费访客占比", "paid share", "rate", ratio("paid_source_visitors", "all_source_visitors"), "paid visitors / sum of source visitors", "ratio", "traffic", "Over the sum of sources, in which a visitor of two sources counts twice.", None),
    _f("product_visitors", "商品访客数", "product visitors", "count", part("product_visitors"), "the row of exactly this product and period", "no", "traffic", "Visitors of a product's page; never the shop's visitors."),
    _f("product_page_views", "商品浏览量", "product page views", "count", part("product_page_views"), "sum of product page views", "yes", "traffic", "Views of a product's page."),
    # ads
    _f("ad_cost", "广告花费", "ad cost", "money", part("ad_cost"), "cash spent on ads", "yes", "ads", "Cash only, gifts apart; each spend once.", False),
    _f("impressions", "展现量", "impressions", "count", part("impressions"), "sum", "yes", "ads", "Times shown."),
    _f("clicks", "点击量", "clicks", "count", part("clicks"), "sum", "yes", "ads", "Times clicked."),
    _f("ctr", "点击率", "click rate", "rate", ratio("clicks", "impressions"), "clicks / impressions", "ratio", "ads", "Share of impressions clicked."),
    _f("cpc", "平均点击花费", "cost per click", "money_per", per("ad_cost", "clicks"), "ad_cost / clicks", "ratio", "ads", "Price of one click.", False),
    _f("ad_gmv", "广告成交金额", "attributed ad sales", "money", part("ad_gmv"), "sales attributed within the longest loaded window", "yes", "ads", "Window named in the notes; whole-store plans also claim natural orders."),
    _f("ad_new_buyers", "广告新客数", "attributed new buyers", "count", part("ad_new_buyers"), "new buyers attributed within the same window", "yes", "ads", "Same window as ad_gmv."),
    _f("ad_orders", "广告成交笔数", "attributed ad orders", "count", part("ad_orders"), "orders attributed within the same window", "yes", "ads", "Same window as ad_gmv."),
    _f("roas", "投产比(ROI)", "ROAS", "number", ratio("ad_gmv", "ad_cost"), "ad_gmv / ad_cost", "ratio", "ads", "Attributed sales for one unit of cost, with its window."),
    _f("ad_rate", "费比", "ad cost share", "rate", ratio("ad_cost", "gmv"), "ad_cost / gmv", "ratio", "ads", "Ad cost over all sales.", False),
    _f("shop_roas", "全店投产", "shop ROAS", "number", ratio("gmv", "ad_cost"), "gmv / ad_cost", "ratio", "ads", "All sales for one unit of ad cost."),
    _f("blended_cac", "全店新客成本", "blended CAC", "money_per", per("ad_cost", "new_buyers"), "ad_cost / all new buyers", "ratio", "ads", "Cost of one new buyer, however she came.", False),
    _f("paid_cac", "广告拉新成本", "paid CAC", "money_per", per("ad_cost", "ad_new_buyers"), "ad_cost / new buyers attributed to ads", "ratio", "ads", "Cost of one attributed new buyer.", False),
    _f("breakeven_roas", "保本投产", "break-even ROAS", "number", inverse("gross_margin", "kept_rate"), "1 / (gross_margin x (1 - refund_rate))", "ratio", "orders products", "The ROAS at which an ad pays for itself; undefined without a margin.", False),
    # goods
    _f("cogs", "销售成本", "cost of goods sold", "money", part("cogs"), "units x unit cost of the product file", "yes", "orders products", "Known only where every line sold has a unit cost.", False),
    _f("gross_profit", "毛利", "gross profit", "money", minus("merchant_gmv", "cogs"), "merchant_gmv - cogs", "yes", "orders products", "Before refunds, ads and every other cost."),
    _f("gross_margin", "毛利率", "gross margin", "rate", ratio("gross_profit", "gmv"), "gross_profit / gmv", "ratio", "orders products", "Share of gmv left after the cost of goods."),
    _f("kept_rate", "未退比例", "kept share", "rate", ratio("net", "gmv"), "net / gmv = 1 - refund_rate", "ratio", "orders", "Share of gmv that was not refunded."),
    # customers
    _f("repurchase_rate", "复购率(365天)", "repurchase rate", "rate", ratio("repurchasers", "window_buyers"), "buyers with 2 or more purchase days in the 365 days to the period's end / buyers of those days", "no", "orders", "Purchases on one day count once."),
    _f("return_rate", "回购率", "return rate", "rate", ratio("returned_buyers", "previous_buyers"), "previous period's buyers who buy in this one / previous period's buyers", "no", "orders", "Previous period of the same kind."),
    _f("second_buyers", "二购人数", "second purchases", "count", part("second_by_next_month"), "new buyers of a month who buy again by the end of the next month", "no", "orders", "Members' part of the hand-over: on another day than the first. Whole months only; immature until the next month has ended."),
    _f("second_rate", "二购率", "second purchase rate", "rate", ratio("second_buyers", "second_base"), "new buyers of a month who buy again by the end of the next month / new buyers of the month", "no", "orders", "Whole months only; immature until the next month has ended."),
    # costs
    _f("labour_cost", "人力成本", "labour cost", "money", part("labour_cost"), "costs of kind labour, spread over their days", "yes", "costs", "From the cost template.", False),
    _f("labour_efficiency", "人力投产(人效)", "labour efficiency", "number", ratio("net", "labour_cost"), "net / labour_cost", "ratio", "costs orders", "Net sales for one unit of labour cost."),
    _f("goods_cost", "货品成本", "cost of goods kept", "money", part("goods_cost"), "loaded costs of kind cogs; a store without any: unit cost x units of the lines that were not refunded in full", "yes", "orders products costs", "Goods that buyers kept; null where a line has no unit cost.", False),
    _f("other_costs", "其他成本", "other costs", "money", part("other_costs"), "all loaded costs but labour and goods", "yes", "costs", "Commissions, fees, freight, packaging ... as loaded.", False),
    _f("total_costs", "成本合计", "total costs", "money", plus("goods_cost", "ad_cost", "labour_cost", "other_costs"), "goods_cost + ad_cost + labour_cost + other_costs", "yes", "orders products costs ads", "What contribution deducts.", False),
    _f("contribution", "店铺经营利润", "contribution", "money", minus("merchant_net", "total_costs"), "merchant_net - total_costs", "yes", "orders products costs ads", "Net sales, with what the platform adds, after the goods kept and every loaded cost; notes name the kinds that are loaded."),
)  # fmt: skip

FIGURES: dict[str, Figure] = {f.name: f for f in _ALL}

DEFAULT = (
    "visitors", "conversion", "buyers", "buyer_value", "orders", "order_value", "gmv", "new_gmv", "repeat_gmv",
    "unidentified_gmv", "refunds", "refunded_gmv", "net",
)  # fmt: skip


def figure(name: str) -> Figure:
    """The definition of a figure; `figure_unknown` names the nearest ones."""
    try:
        return FIGURES[name]
    except KeyError:
        import difflib

        near = difflib.get_close_matches(name, FIGURES, n=3, cutoff=0.4)
        raise FigureUnknown(
            "figure_unknown",
            f"There is no figure '{name}'.",
            given=name,
            allowed=near or sorted(FIGURES)[:8],
            todo="goldloop figures --list",
            name=name,
        ) from None


def closure(names: tuple[str, ...]) -> list[Figure]:
    """The figures and everything they are made of, inputs first."""
    found: dict[str, Figure] = {}

    def visit(name: str) -> None:
        if name in found or name not in FIGURES:
            return
        for needed in FIGURES[name].rule.inputs:
            if needed != name:
                visit(needed)
        found[name] = FIGURES[name]

    for name in names:
        figure(name)
        visit(name)
    return list(found.values())


def parts_of(names: tuple[str, ...]) -> frozenset[str]:
    """The engine parts that the figures need in the end."""
    found = set()
    for definition in closure(names):
        for needed in definition.rule.inputs:
            if definition.rule.kind == "part" or needed not in FIGURES:
                found.add(needed)
    return frozenset(found)
