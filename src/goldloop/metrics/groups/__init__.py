"""The questions asked of an engine: each gives, per bucket and cut values, the parts of one feed."""

from goldloop.metrics.groups.baskets import (
    basket_items,
    basket_rows,
    next_rows,
    nth_goods,
    preference_rows,
    times_goods,
)
from goldloop.metrics.groups.customers import cohort_parts, month_parts, return_parts, second_parts, window_parts
from goldloop.metrics.groups.mature import mature_cells, mature_parts, mature_refunds, refund_delays
from goldloop.metrics.groups.members import (
    first_rows,
    joined_rows,
    lifecycle_rows,
    repurchase_rows,
    rfm_pairs,
    rfm_rows,
    second_day_rows,
    second_rows,
    times_rows,
)
from goldloop.metrics.groups.rows import (
    ad_rows,
    excluded_rows,
    goods_rows,
    new_rows,
    order_rows,
    period_rows,
    refund_rows,
    root_rows,
    visit_rows,
)
from goldloop.metrics.groups.sales import (
    buyer_parts,
    excluded_parts,
    goods_parts,
    new_parts,
    order_parts,
    person_days,
    placed_parts,
    refund_parts,
    sold_lines,
)
from goldloop.metrics.groups.segments import segment_buyers, segment_people, segment_rows
from goldloop.metrics.groups.shop import (
    ad_parts,
    cost_rows,
    coverage_rows,
    product_traffic_parts,
    root_days,
    root_exact,
    source_parts,
    source_periods,
    visit_parts,
)
from goldloop.metrics.groups.waves import late_refunds, points_days, wave_bought, wave_people, wave_prices, wave_touches

__all__ = [
    "ad_parts", "ad_rows", "basket_items", "basket_rows", "buyer_parts", "cohort_parts", "cost_rows", "coverage_rows", "excluded_parts", "excluded_rows", "first_rows",
    "goods_parts", "goods_rows", "joined_rows", "late_refunds", "lifecycle_rows", "mature_cells", "mature_parts", "mature_refunds", "month_parts", "new_parts", "new_rows", "next_rows", "nth_goods",
    "order_parts", "order_rows", "period_rows", "person_days", "placed_parts", "preference_rows", "product_traffic_parts", "refund_delays", "refund_parts",
    "refund_rows", "repurchase_rows", "return_parts", "rfm_pairs", "rfm_rows", "root_days", "root_exact", "root_rows", "second_day_rows", "second_parts", "second_rows", "segment_buyers", "segment_people", "segment_rows", "sold_lines", "source_parts", "source_periods", "times_goods", "times_rows", "visit_parts",
    "visit_rows", "points_days", "wave_bought", "wave_people", "wave_prices", "wave_touches", "window_parts",
]  # fmt: skip
