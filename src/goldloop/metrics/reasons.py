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
        "en": "Only {coverage} of paid orders carry a usable buyer (limit {limit}); {by_orders} counts those.",
        "zh": "只有{coverage}的支付订单带有可识别买家（要求{limit}）；选{by_orders}可按已识别的统计。",
    },
    "history_too_short": {
        "en": "History too short: new needs 365 days before {first}, loaded are days from {loaded}.",
        "zh": "历史太短：判断新客需要{first}之前365天的数据，目前从{loaded}起有数据。",
    },
    "platform_period_missing": {
        "en": "The platform's row of exactly this period is not loaded and orders do not tie to it ({difference}); "
        "{by_orders} counts from orders.",
        "zh": "没有平台恰好这个时段的数据行，且订单与平台金额不一致（差{difference}）；可选{by_orders}。",
    },
    "platform_no_split": {
        "en": "The platform's rows do not state this for {new}; {by_orders} counts from orders.",
        "zh": "平台数据没有按{new}口径给出；可选{by_orders}从订单统计。",
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
    "refund_days_unknown": {
        "en": "The files of {store} do not say on which days its refunds came, so no age curve can be learned from them.",
        "zh": "{store}的文件没有退款日期，无法按账龄推算。",
    },
    "members_few": {
        "en": "Not enough yet: {people} buyers here, {minimum} are needed.",
        "zh": "样本不足：这里只有{people}位买家，至少需要{minimum}位。",
    },
    "joined_none": {
        "en": "No file says when anybody joined: the customers template carries it (joined_at), once per buyer.",
        "zh": "没有文件写明谁在何时入会；可用“customers”模板导入（joined_at 列），每位买家一行。",
    },
    "members_few_gaps": {
        "en": "Not enough yet: {gaps} repeat purchases are known, {minimum} are needed to tell who sleeps{by_limits}.",
        "zh": "样本不足：只有{gaps}次复购，至少需要{minimum}次才能判断沉睡{by_limits}。",
    },
    "members_model_few": {
        "en": "Not enough yet: {people} buyers, {repeaters} of whom came back; {least} and {least_repeaters} are needed.",
        "zh": "样本不足：{people}位买家，其中{repeaters}位复购；至少需要{least}位买家、{least_repeaters}位复购。",
    },
    "pairs_few": {
        "en": "Not enough yet: {cases} orders with known goods, {minimum} are needed.",
        "zh": "样本不足：商品已知的订单只有{cases}笔，至少需要{minimum}笔。",
    },
    "pairs_few_steps": {
        "en": "Not enough yet: buyers came back {cases} times with known goods, {minimum} are needed.",
        "zh": "样本不足：商品已知的回购只有{cases}次，至少需要{minimum}次。",
    },
    "pairs_rare": {
        "en": "Not enough yet: no pair was seen {minimum} times among {cases}{by_least}.",
        "zh": "样本不足：在{cases}次中没有任何一对商品出现满{minimum}次{by_least}。",
    },
    "rules_rare": {
        "en": "Not enough yet: no goods led to another in {least} orders and a share of {sure}, among {cases} orders{by_bounds}.",
        "zh": "样本不足：在{cases}笔订单中，没有商品带出另一件满{least}次且置信度达到{sure}{by_bounds}。",
    },
    "preference_unknown": {
        "en": "No product file states '{by}' of what was bought here.",
        "zh": "商品文件没有写明这里所售商品的“{by}”。",
    },
    "preference_few": {
        "en": "Not enough yet: {orders} orders with known goods, {minimum} are needed to speak of a preference.",
        "zh": "样本不足：商品已知的订单只有{orders}笔，至少{minimum}笔才谈得上偏好。",
    },
    "refunds_not_enough": {
        "en": "Not enough yet: {store} has {refunds} usual refunds of orders paid at least {days} days ago, {minimum} are needed.",
        "zh": "数据不足：{store}付款满{days}天的订单只有约{refunds}笔退款，至少需要{minimum}笔。",
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
    "drill_no_cut": {
        "en": "No cut below the store has two to 100 values here; --drill CUT takes others.",
        "zh": "这里没有 2 到 100 个取值的店铺以下维度；可用 --drill 指定维度。",
    },
    "drill_whole_stores": {
        "en": "No cut splits all that it is made of: some of that is known for whole stores only.",
        "zh": "构成它的部分数据只到店铺一级，无法按维度拆分。",
    },
    "drill_not_additive": {
        "en": "{figure} does not add up over segments, so none can be singled out.",
        "zh": "{figure}不能按分组相加，无法下钻。",
    },
    "drill_whole_orders": {
        "en": "{figure} belongs to whole orders and does not add up over {cut}.",
        "zh": "{figure}属于整笔订单，不能按{cut}相加。",
    },
    "drill_few": {
        "en": "Not enough data: {leaves} segments with something on both sides are too few to tell a cause from noise.",
        "zh": "数据不足：两边都有数据的分组只有{leaves}个，无法区分原因与波动。",
    },
    "drill_many": {
        "en": "{leaves} segments are more than {most}; drill over fewer cuts (--drill).",
        "zh": "分组有{leaves}个，超过上限{most}；请用 --drill 减少维度。",
    },
    "drill_still": {"en": "No segment moved.", "zh": "各分组均无变化。"},
    "drill_noise": {
        "en": "No segment moved unlike the rest: what they did is within their usual noise.",
        "zh": "没有分组的变化与众不同：都在正常波动之内。",
    },
    "handover_few": {
        "en": "Only {months} earlier months tell how many new buyers buy again; 3 are needed.",
        "zh": "只有{months}个更早的月份可参考二购率，至少需要 3 个月。",
    },
    "hidden": {"en": "Not shown to you.", "zh": "您无权查看。"},
}

FEEDS = {
    "orders": ("orders", "订单"), "refunds": ("refunds", "退款"), "store_day": ("shop-day rows", "店铺日数据"),
    "traffic": ("traffic", "流量"), "ads": ("ads", "广告"), "costs": ("costs", "成本"), "visits": ("visits", "访问"),
}  # fmt: skip


WAYS = {  # how something else is asked for: by option, and on a page, which says it beside its own fields
    "en": {
        "by_orders": ("--basis orders", "the source “orders”"),
        "by_limits": ("; --sleeping and --lost set the limits by hand", ""),
        "by_least": ("; --least sets another smallest sample", ""),
        "by_bounds": ("; --least and --sure set other bounds", ""),
    },
    "zh": {
        "by_orders": (" --basis orders ", "口径来源“订单”"),
        "by_limits": ("；可用 --sleeping 和 --lost 自定天数", ""),
        "by_least": ("；可用 --least 另定最小样本", ""),
        "by_bounds": ("；可用 --least、--sure 另定", ""),
    },
}
NOTES: dict[str, dict[str, str]] = {
    "loaded_up_to": {"en": "{store}: orders are loaded up to {day} only.", "zh": "{store}：订单只导入到{day}。"},
    "loaded_from": {"en": "{store}: orders are loaded from {day} only.", "zh": "{store}：订单从{day}起才有数据。"},
    "store_left_out": {
        "en": "{store}: neither orders nor shop-day rows are loaded for these days; sums leave it out.",
        "zh": "{store}：这些日期没有订单也没有店铺日数据，合计中不含该店。",
    },
    "sources_none": {
        "en": "{stores}: no traffic by source is loaded, which is not 0.",
        "zh": "{stores}：没有导入分来源的流量数据，不等于 0。",
    },
    "sources_missing": {
        "en": "{stores}: no traffic by source is loaded for {days}; it is left out here, which is not 0.",
        "zh": "{stores}：{days}没有导入分来源的流量数据，这里不含，不等于 0。",
    },
    "sources_in_parts": {
        "en": "{stores}: no traffic by source is loaded for exactly {days}, only for parts of it: {parts}. Their visitors are not "
        "added up, for who came in two parts would count twice; split by {cut}, too, to see each part.",
        "zh": "{stores}：没有恰好{days}的分来源流量，只有其中几段：{parts}。各段访客会重复，不能相加；"
        "请再按{cut_zh}拆分查看各段。",
    },
    "cut_unknown_to_all": {
        "en": "None of these figures is known by {cut}: {figures}.",
        "zh": "这些指标都无法按{cut_zh}拆分：{figures_zh}。",
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
    "gmv_paid": {
        "en": "GMV of {stores} is what buyers paid for goods, without the platform's discounts (setting of the store).",
        "zh": "{stores}的支付金额按买家实付统计，不含平台承担优惠（店铺设置）。",
    },
    "gmv_mixed": {
        "en": "These sums add two amounts: merchant amount of {merchant}, and of {paid} what buyers paid (settings of the stores).",
        "zh": "合计中有两种口径：{merchant}按商家口径，{paid}按买家实付（店铺设置）。",
    },
    "discount_unstated": {
        "en": "{orders} orders do not say what the platform bore of them; they count with the merchant amount.",
        "zh": "有{orders}笔订单未注明平台承担优惠，这些订单按商家口径统计。",
    },
    "root_amount": {
        "en": "The platform's own rows of {stores} may count another amount of a sale than the store does; orders answer for its money.",
        "zh": "{stores}的平台店铺日数据可能与店铺设置的销售额口径不同，金额按订单统计。",
    },
    "root_own": {
        "en": "GMV of {stores} is the platform's own number, which may hold its discounts.",
        "zh": "{stores}的支付金额取自平台数据，可能含平台承担优惠。",
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
    "refunds_immature": {
        "en": "{store}: refunds of days after {day} are still coming in (95 % have come {age} days after payment); "
        "net_expected adds those to come, --same-age compares alike.",
        "zh": "{store}：{day}之后付款的订单退款尚未到齐（付款后{age}天约到 95%）；net_expected 已计入待发生部分，--same-age 按相同账龄对比。",
    },
    "same_age": {
        "en": "Refunds of the compared days count up to the age that these days have now.",
        "zh": "对比期的退款只计到与本期相同的账龄。",
    },
    "known_to": {
        "en": "Refunds settled after {day} are left out.",
        "zh": "不含{day}之后结算的退款。",
    },
    "forecast_even": {
        "en": "{store}: only {days} days are known (56 are needed), so every day is taken to be like the mean one; no chance is told.",
        "zh": "{store}：只有{days}天有数据（需要56天），每天按平均值均分，不给出达成概率。",
    },
    "forecast_untested": {
        "en": "{store}: the history is too short to hold earlier forecasts against what came; the interval is a usual one.",
        "zh": "{store}：历史太短，无法回测；区间按一般误差估计。",
    },
    "forecast_assumed": {
        "en": "Not announced yet, taken to be on last year's days: {events}.",
        "zh": "尚未公布，暂按上一年日期：{events}。",
    },
    "forecast_no_traffic": {
        "en": "{store}: no visitors by day are loaded, so what each driver needs cannot be told.",
        "zh": "{store}：没有按日访客数据，无法给出各驱动因素所需的量。",
    },
    "event_cost_unknown": {
        "en": "No cost of the event is given: the verdict is about sales only (--cost).",
        "zh": "没有给出活动费用：结论只看销售额（--cost）。",
    },
    "event_running": {
        "en": "The event and the {days} days after it are not all known yet; the dip may grow.",
        "zh": "活动及其后{days}天还没有全部有数据，回落可能还会增加。",
    },
    "event_one_sided": {
        "en": "Normal days after the event are not known yet: season and growth since the days before are still in the effect.",
        "zh": "活动后的日销还不够：增量中仍含活动前以来的季节与增长变化。",
    },
    "event_halo": {
        "en": "Enrolled products were not named: the whole store is one; name them with --product.",
        "zh": "没有给出报名商品：按全店计算；可用 --product 指定。",
    },
    "refunds_expected": {
        "en": "{store}: refunds are known up to {day}; days older than {age} days are final. Curve of {level}.",
        "zh": "{store}：退款数据到{day}；付款超过{age}天视为已到齐。曲线按{level}。",
    },
    "expected_checked": {
        "en": "{store}: of {cases} earlier days expected when {age} days old, net_expected missed the final net by {error} a day "
        "and {week} over seven days (net as it stood: {naive}).",
        "zh": "{store}：回测 {cases} 天（各在付款后第 {age} 天预计），与最终退后销售额相差单日 {error}、七日合计 {week}（未调整：{naive}）。",
    },
    "cohorts_from": {
        "en": "Orders are loaded from {day} on: who bought before that counts as new at her first purchase since.",
        "zh": "订单从{day}起才有数据：此前买过的人，以此后第一次购买所在月份计入。",
    },
    "members_edge": {
        "en": "The data does not tell every parameter of the model: one ran to the end of its range.",
        "zh": "数据不足以确定模型的全部参数：有一个参数到了取值边界。",
    },
    "members_untested": {
        "en": "No back-test: too few buyers were known that many days ago.",
        "zh": "无法回测：那么多天之前已知的买家太少。",
    },
    "members_related": {
        "en": "Who buys often does not pay like others (correlation {correlation}), which the value model takes for granted.",
        "zh": "购买频次与客单金额相关（{correlation}），而价值模型假设二者无关，金额仅供参考。",
    },
    "coupons_open": {
        "en": "The month before is loaded up to {day} only: its weeks, and the event with them, may still change.",
        "zh": "上月数据只到{day}：各周人数和活动建议还可能变化。",
    },
    "coupons_no_face": {
        "en": "No face value where the margin is not known from unit costs (or the right to see it is missing), or does not carry "
        "the smallest step; --margin sets one by hand.",
        "zh": "没有面额：商品成本未知（或无权查看毛利），或毛利不够一个最小面额；可用 --margin 手工填写毛利率。",
    },
    "refunds_inferred": {
        "en": "Refund amounts of {orders} orders are inferred from their status.",
        "zh": "有{orders}笔订单的退款金额是按状态推断的。",
    },
}


def note_text(code: str, params: dict[str, object], lang: str = "en") -> str:
    """The sentence of a note of an answer; a pair of words is English and Chinese."""
    zh = lang == "zh"
    values = {name: v[zh] if isinstance(v, tuple) else v for name, v in params.items()}
    return NOTES[code]["zh" if zh else "en"].format(**values)


def text(code: str, params: dict[str, object], lang: str = "en", *, page: bool = False) -> str:
    """The sentence for a reason, on a page in the words of its choices; unknown params stay visible as their name."""
    ways = WAYS["zh" if lang == "zh" else "en"]
    values = {**{name: way[page] for name, way in ways.items()}, **params}
    if "feed" in values:
        values["feed"] = FEEDS.get(str(values["feed"]), (values["feed"],) * 2)[1 if lang == "zh" else 0]
    if lang == "zh":
        values |= {
            name: _in_chinese(str(values[name])) for name in ("cut", "figure", "instead", "under") if name in values
        }
    return REASONS[code]["zh" if lang == "zh" else "en"].format(**values)


def _in_chinese(names: str) -> str:
    """Figures and cuts, as a list with commas, by their Chinese names."""
    from goldloop.metrics.cut_words import cut_name
    from goldloop.metrics.definitions import FIGURES

    return "、".join(FIGURES[one].zh if one in FIGURES else cut_name(one, zh=True) for one in names.split(", "))
