"""Questions about members, changes and rows have the same answers in Spark as in DuckDB."""

from __future__ import annotations

import pytest

from tests.spark.parity import differences
from tests.spark.questions import QUESTIONS

FEW = {
    "rfm", "life cycle", "second by product", "pairs", "segment bought product=sku1 then product=sku2,sku3 within 95 days",
    "segment state=lost or rfm=champions", "why by region", "trace in CNY", "titles", "loaded days", "a member",
    "days of stores",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.soak) for name in QUESTIONS]
)
def test_question(duck, spark, name) -> None:
    wanted = QUESTIONS[name](duck)
    assert differences(wanted, QUESTIONS[name](spark)) == []
