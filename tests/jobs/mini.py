"""A small export format of our own, files in it, and what the lake says about them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.home import Home

if TYPE_CHECKING:
    from goldloop.shop import Shop

HEADER = "订单号,商品,数量,单价,付款时间,买家,店铺"
PROFILE = """
id = "mini"
title = { zh = "测试订单", en = "Test orders" }
platforms = ["tmall"]

[recognise]
required = ["订单号", "商品", "数量", "单价", "付款时间"]

[[drop]]
rule = "total"
when = [{ column = "订单号", in = ["合计"] }]
control = ["数量"]

[line_key]
order = "订单号"
columns = ["商品", "单价"]

[[into]]
table = "orders"
once = true
counted = [{ column = "付款时间", basis = "paid" }]
[into.columns]
order_id = { from = "订单号", required = true }
placed_at = { from = "付款时间", required = true }
paid_at = "付款时间"
status = { value = "finished" }
buyer_key = { identity = [{ column = "买家", kind = "store" }] }

[[into]]
table = "order_lines"
[into.columns]
order_id = { from = "订单号", required = true }
line_key = "@line_key"
placed_at = "付款时间"
kind = { value = "sale" }
product_id = { from = "商品", required = true }
quantity = { from = "数量", required = true }
unit_price = { from = "单价", required = true }
goods_amount = { multiply = ["数量", "单价"] }
"""

Row = Sequence[Any]


def row(
    order: Any,
    product: str = "cup",
    quantity: Any = 1,
    price: Any = "9.90",
    at: str = "2026-03-05 10:00:00",
    buyer: str = "",
    store: str = "A",
) -> Row:
    """One line of an order."""
    return (order, product, quantity, price, at, buyer or f"buyer-{order}", store)


def many(orders: Iterable[int]) -> list[Row]:
    """Two lines for each order, over several months."""
    return [
        row(
            f"N{n}",
            product,
            1 + n % 3,
            f"{n % 50}.{n % 10}0",
            f"2026-{1 + n % 3:02d}-{1 + n % 28:02d} 12:{n % 60:02d}:00",
            f"b{n % 40}",
        )
        for n in orders
        for product in ("cup", f"plate-{n % 7}")
    ]


def write(path: Path, rows: Iterable[Row]) -> Path:
    """A file in the small format."""
    lines = [HEADER, *(",".join(str(cell) for cell in one) for one in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def stock(home: Home, *stores: str) -> None:
    """Teach a home the small format, and add stores to it."""
    from goldloop import shop

    (home.profiles / "mini.toml").write_text(PROFILE, encoding="utf-8")
    for name in stores or ("A",):
        shop.Shop(home).store_add(name, platform="tmall")


def facts(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Every fact that holds now, by table, in a fixed order."""
    import pyarrow.parquet as pq

    from goldloop.shop import Shop

    snapshot = Shop(home).snapshot()
    found: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(snapshot.versions):
        if name.startswith("facts/"):
            rows = [row for file in snapshot.files(name) for row in pq.read_table(file, partitioning=None).to_pylist()]
            if rows:
                found[name] = sorted(rows, key=repr)
    return found


def lines(shop: Shop) -> list[tuple[str, int]]:
    """Order and gmv of every line that holds now."""
    return sorted((line["order_id"], line["gmv"]) for line in facts(shop.home).get("facts/order_lines", []))


def code_of(function: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """The code of the error that a call raises."""
    with pytest.raises(GoldloopError) as caught:
        function(*args, **kwargs)
    return caught.value.code


def goldloop(home: Home, *args: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own; `code` runs before it."""
    program = f"import sys\n{code}\nfrom goldloop.cli import main\nsys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "--home", str(home.root), *args]
    env = {**os.environ, "GOLDLOOP_LANG": "en", **environment}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)
