"""Why a figure is null, in words: one code per cause, in both languages."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {
    "no_data": {
        "en": "No data of {feed} is loaded for these days.",
        "zh": "这些日期没有导入{feed}数据。",
    },
    "no_feed": {
        "en": "No file with {feed} is loaded for this store.",
        "zh": "该店铺还没有导入含{feed}的文件。",
    },
    "not_by_this_cut": {
        "en": "Not known by {cut}: the feed that gives it does not carry this cut.",
        "zh": "无法按{cut}拆分：提供该指标的数据没有这个维度。",
    },
    "not_additive": {
        "en": "Not additive: no row of exactly this scope and period is loaded; see {instead}.",
        "zh": "不可相加：没有恰好这个范围和时段的数据行；可看{instead}。",
    },
    "no_buyer_identity": {
        "en": "Only {coverage} of paid orders carry a usable buyer (limit {limit}); --basis orders counts those.",
        "zh": "只有{coverage}的支付订单带有可识别买家（要求{limit}）；--basis orders 可按已识别的统计。",
    },
    "history_too_short": {
        "en": "History too short: new needs 365 days before {first}, loaded are days from {loaded}.",
        "zh": "历史太短：判断新客需要{first}之前365天的数据，目前从{loaded}起有数据。",
    },
    "platform_period_missing": {
        "en": "The platform's row of exactly this period is not loaded and orders do not tie to it ({difference}); "
        "--basis orders counts from orders.",
        "zh": "没有平台恰好这个时段的数据行，且订单与平台金额不一致（差{difference}）；可用 --basis orders。",
    },
    "platform_no_split": {
        "en": "The platform's rows do not state this for {new}; --basis orders counts from orders.",
        "zh": "平台数据没有按{new}口径给出；可用 --basis orders 从订单统计。",
    },
    "no_platform_row": {
        "en": "No platform row for every day of this scope; --basis auto or orders answers from orders.",
        "zh": "平台店铺日数据不全；请用 --basis auto 或 orders。",
    },
    "no_cost": {
        "en": "{lines} lines sold have no unit cost in a product file.",
        "zh": "有{lines}行商品在商品文件中没有成本价。",
    },
    "not_stated": {
        "en": "The loaded files do not state it.",
        "zh": "已导入的文件没有给出这一项。",
    },
    "refund_unknown": {
        "en": "The files say nothing about refunds of these orders.",
        "zh": "文件中没有这些订单的退款信息。",
    },
    "undefined": {
        "en": "Undefined: {under} is 0.",
        "zh": "无法计算：{under}为0。",
    },
    "whole_months": {
        "en": "Defined for whole months only (by month).",
        "zh": "只对整月有定义（请按月）。",
    },
    "period_needed": {
        "en": "Needs a time cut or a period with one before it.",
        "zh": "需要时间维度。",
    },
    "hidden": {"en": "Not shown to you.", "zh": "您无权查看。"},
}

FEEDS = {
    "orders": ("orders", "订单"), "refunds": ("refunds", "退款"), "store_day": ("shop-day rows", "店铺日数据"),
    "traffic": ("traffic", "流量"), "ads": ("ads", "广告"), "costs": ("costs", "成本"), "visits": ("visits", "访问"),
}  # fmt: skip


NOTES: dict[str, dict[str, str]] = {
    "loaded_up_to": {"en": "{store}: orders are loaded up to {day} only.", "zh": "{store}：订单只导入到{day}。"},
    "loaded_from": {"en": "{store}: orders are loaded from {day} only.", "zh": "{store}：订单从{day}起才有数据。"},
    "store_left_out": {
        "en": "{store}: neither orders nor shop-day rows are loaded for these days; sums leave it out.",
        "zh": "{store}：这些日期没有订单也没有店铺日数据，合计中不含该店。",
    },
    "converted": {
        "en": "{currency} is in {into} at the loaded rate of each row's day or the last one before it: "
        "rates of {first} to {last}, source {source}.",
        "zh": "{currency} 已按各行当日（或之前最近一日）的汇率折算为 {into}：汇率日期 {first} 至 {last}，来源 {source}。",
    },
    "mixed_root": {
        "en": "Some days have no platform row; they are answered from orders.",
        "zh": "部分日期没有平台店铺日数据，这些日期按订单统计。",
    },
    "ad_window": {"en": "Attributed ad sales within {window}.", "zh": "广告成交按转化周期 {window}。"},
    "whole_store_ads": {
        "en": "Whole-store plans are among the ads; they also claim natural orders.",
        "zh": "广告中含全站推广计划，其成交包含自然订单。",
    },
    "cost_kinds": {"en": "Costs loaded: {kinds}.", "zh": "已导入的成本：{kinds}。"},
    "refunds_unknown": {
        "en": "The files say nothing about refunds of {orders} orders; refunded_gmv counts the others.",
        "zh": "有{orders}笔订单的退款情况文件中没有，退款金额只含其余订单。",
    },
    "refunds_inferred": {
        "en": "Refund amounts of {orders} orders are inferred from their status.",
        "zh": "有{orders}笔订单的退款金额是按状态推断的。",
    },
}


def note_text(code: str, params: dict[str, object], lang: str = "en") -> str:
    """The sentence of a note of an answer."""
    return NOTES[code]["zh" if lang == "zh" else "en"].format(**params)


def text(code: str, params: dict[str, object], lang: str = "en") -> str:
    """The sentence for a reason; unknown params stay visible as their name."""
    values = dict(params)
    if "feed" in values:
        values["feed"] = FEEDS.get(str(values["feed"]), (values["feed"],) * 2)[1 if lang == "zh" else 0]
    return REASONS[code]["zh" if lang == "zh" else "en"].format(**values)
