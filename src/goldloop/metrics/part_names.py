"""Which group of the engine gives which parts."""

from __future__ import annotations

from goldloop.metrics.whole_store import NEW_PARTS as NEW_SPLIT

ORDER_PARTS = frozenset({
    "gmv", "gmv_all", "gmv_squares", "orders", "units", "identified_gmv", "identified_orders", "orders_counted", "refunded_gmv",
    "refunded_orders", "user_paid", "list_value", "postage", "platform_discount", "merchant_discount", "subsidy", "subsidy_kept",
})  # fmt: skip
BUYER_PARTS = frozenset({"buyers", "buyer_days"})
NEW_PARTS = frozenset({*NEW_SPLIT, "second_buyers"})
PLACED_PARTS = frozenset({
    "ordered_amount", "ordered_orders", "presale_orders", "presale_value", "presale_paid", "deposit",
    "forfeited_deposit",
})  # fmt: skip
SOURCE_PARTS = frozenset({
    "source_visitors", "source_buyers", "source_gmv", "paid_source_visitors", "all_source_visitors"
})  # fmt: skip
PRODUCT_PARTS = frozenset({"product_visitors", "product_page_views"})
AD_PARTS = frozenset({"ad_cost", "impressions", "clicks", "ad_gmv", "ad_orders", "ad_new_buyers"})
COST_PARTS = frozenset({"labour_cost", "other_costs"})
GOODS_COST_PARTS = frozenset({"goods_cost"})
MONTH_PARTS = frozenset({
    "month_buyers", "month_new_buyers", "month_new_gmv", "month_repeat_gmv", "month_unidentified_gmv"
})  # fmt: skip
WINDOW_PARTS = frozenset({"window_buyers", "repurchasers"})
RETURN_PARTS = frozenset({"previous_buyers", "returned_buyers"})
SECOND_PARTS = frozenset({"second_base", "second_by_next_month"})
GOODS_PARTS = frozenset({"cogs"})
REFUNDED_PARTS = frozenset({"refunded_gmv", "refunded_orders"})
MATURE_PARTS = frozenset({"refunds_to_come", "to_come_low", "to_come_high"})
# Parts of orders that nobody reads where they are not asked for; and those that only stores with rows of the platform need.
ONLY_ASKED = frozenset({
    "gmv_squares", "user_paid", "list_value", "postage", "platform_discount", "merchant_discount", "subsidy", "subsidy_kept",
    *REFUNDED_PARTS,
})  # fmt: skip
REST_PARTS = frozenset({
    "gmv_rest", "gmv_all_rest", "orders_rest", "units_rest", "identified_gmv_rest", "identified_orders_rest",
    "excluded_rest",
})  # fmt: skip
