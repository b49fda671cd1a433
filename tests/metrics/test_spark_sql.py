"""Every expression also compiles for Spark SQL, so that nothing enters that only DuckDB understands."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlglot

from goldloop.metrics import groups
from goldloop.metrics.engines.engine import compiled
from goldloop.metrics.shape import Shape

GROUPS = groups.__all__
WHOLE = Shape(("store",))
CELLS = Shape(
    ("product", "style"),
    ("buyer_type", "category", "channel", "day_type", "price_band", "region", "weekday"),
    as_of_sale=True,
)
SEGMENT = Shape(
    segment=(
        "and",
        ("count", 0, "few", (("product", 1), ("region", 2)), True, "some"),
        ("not", ("or", ("when", 1, "last"), ("count", 2, "average", (), False, ""))),
        ("then", 3, (("category", 3),), (("product", 4),)),
        *(("trait", 4 + n, name, 5 + n) for n, name in enumerate(("state", "rfm", "level", "member"))),
    )
)
BELOW_STORES = {"order_parts", "buyer_parts", "new_parts", "order_rows", "mature_parts"}


@pytest.mark.parametrize("group", GROUPS)
def test_group_compiles_for_spark(group):
    shape = CELLS if group in BELOW_STORES else WHOLE
    if group in (
        "visit_parts",
        "month_parts",
        "window_parts",
        "return_parts",
        "second_parts",
        "cost_rows",
        "coverage_rows",
    ):
        shape = WHOLE
    if group in ("goods_parts", "order_parts", "new_parts"):
        shape = replace(shape, converted=True, new_by_order=True, known=True)
    if group == "segment_people":
        shape = SEGMENT
    sql = compiled(group, shape, "pyspark")
    assert sqlglot.parse_one(sql.replace('"', "`"), dialect="spark") is not None
    assert "QUALIFY" not in sql and "HUGEINT" not in sql
