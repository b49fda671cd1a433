"""Plain templates, one per fact table: an empty file with its columns explained, and the profile that reads it back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goldloop.connectors.profile import Profile, profile_from
from goldloop.core.table import Column, Table

Data = dict[str, Any]

STATUS_WORDS = (
    "unpaid", "paid", "part_shipped", "shipped", "finished", "closed_unpaid", "closed_refunded", "locked", "unknown",
)  # fmt: skip
TOUCH_WORDS = {
    **{word: word for word in ("sent", "claimed", "used", "stopped")},
    "已发": "sent", "已发送": "sent", "已领": "claimed", "已领取": "claimed", "已用": "used", "已使用": "used", "已核销": "used", "退订": "stopped", "已退订": "stopped",
}  # fmt: skip
_COUNTS = ["paid", "part_shipped", "shipped", "finished", "closed_refunded"]
ALWAYS = "1970-01-01"  # the first day of what holds always
_DESCRIPTION = "# "  # begins every cell of the row that explains the columns
_OF_A_HASH = {"buyer_key": "buyer", "visitor_key": "visitor"}  # such a column is filled from a plain identity
_WRITTEN = {
    "int": "whole number",
    "money": "amount such as 199.00",
    "price": "amount such as 199.00",
    "rate": "0.05 or 5%",
    "float": "number",
    "time": "2026-10-01 13:41:00",
    "date": "2026-10-01",
    "bool": "yes or no",
}
_EXTRA = {
    "store": "Name of the store, for files of several stores; may be left out.",
    "buyer": "Account, e-mail or number of the buyer as you know it; only a keyed hash of it is kept.",
    "visitor": "Number of the visitor as your site knows it; only a keyed hash of it is kept.",
    "updated_at": "When this row was true, if rows are exported again later; may be left out. (2026-10-01 13:41:00)",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is special about the template of one table.

    `required`: its signature beyond the key columns; `forbidden`: columns of other templates; `defaults`: values for
    empty cells; `left_out`: columns nobody has to fill; `more`: columns that are not the table's own (name -> meaning);
    `signed`: numbers that may be below zero; `rules`: columns that are not simply copied; `block` and `top`: further
    keys of the block and of the whole profile.
    """

    required: tuple[str | tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)
    signed: tuple[str, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    block: Mapping[str, Any] = field(default_factory=dict)
    top: Mapping[str, Any] = field(default_factory=dict)


_CHINESE = {
    "store_day": "店铺日报", "orders": "订单", "order_lines": "订单商品", "payments": "付款", "shipments": "发货", "refunds": "退款售后",
    "settlements": "结算", "traffic": "流量", "visits": "访问", "ads": "推广花费", "ad_sales": "推广成交", "products": "商品",
    "product_attributes": "商品属性", "customers": "客户", "stock": "库存", "costs": "费用", "reviews": "评价", "market": "行业大盘",
    "events": "活动", "fx": "汇率", "touches": "触达记录",
}  # fmt: skip


def template_profiles(tables: Mapping[str, Table]) -> list[Profile]:
    """The profiles of all templates, in the order of the tables."""
    return [template_profile(table) for table in tables.values()]


def template_profile(table: Table) -> Profile:
    """The profile `goldloop-<table>` that reads a filled template (or any file with such columns).

    Columns are called as in the schema; only the key ones, and few more, must be there. Amounts are in major units.
    """
    shape = _SHAPES.get(table.name, _Shape())
    headers = template_columns(table)
    key = [_OF_A_HASH.get(name, name) for name in table.key if _is_needed(name, shape)]
    data: Data = {
        "id": f"goldloop-{table.name}",
        "title": {
            "zh": f"通用模板 {_CHINESE[table.name]}",
            "en": f"plain template, {table.name.replace('_', ' ')}",
        },
        "store_name": "store",
        "recognise": {
            "required": list(dict.fromkeys([*key, *shape.required])),
            "forbidden": list(shape.forbidden),
            "ignored": list(headers),
        },
        "moment": {"column": "updated_at"},
        "drop": [{"rule": "description_row", "when": [{"column": key[0], "starts": [_DESCRIPTION]}]}],
        "maps": {"status": {"words": {word: word for word in STATUS_WORDS}}},
        **shape.top,
        "into": _BLOCKS[table.name](table, shape) if table.name in _BLOCKS else [_block(table, shape)],
    }
    if "currency" in headers and "currency" not in table.key:
        data["currency"] = {"column": "currency"}
    return profile_from(data, data["id"])


def template_csv(columns: Mapping[str, str]) -> bytes:
    """An empty template as CSV (UTF-8 with BOM): the column names, and a row that explains them, dropped on import."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(columns), [_DESCRIPTION + text for text in columns.values()]])
    return out.getvalue().encode("utf-8-sig")


def template_columns(table: Table) -> dict[str, str]:
    """Header -> what to write there, in the order of the template."""
    shape = _SHAPES.get(table.name, _Shape())
    columns: dict[str, str] = {}
    for column in table.fillable:
        name = _OF_A_HASH.get(column.name, column.name)
        if column.name not in shape.left_out:
            columns[name] = _EXTRA.get(name) or _explained(column, table, shape)
    return {**columns, **shape.more, "updated_at": _EXTRA["updated_at"]}


def _explained(column: Column, table: Table, shape: _Shape) -> str:
    written = _WRITTEN.get(column.type)
    unit = "" if column.type in ("money", "price") or not column.unit else f", {column.unit}"
    text = column.doc + (f" ({written}{unit})" if written else "")
    if _is_order_status(column.name, table):
        text = f"One of: {', '.join(STATUS_WORDS)}."
    if column.name in table.key and _is_needed(column.name, shape):
        return text + " Required."
    return text


def _block(table: Table, shape: _Shape, **more: Any) -> Data:
    """One block: every column copied from the header of its name, but for the rules of the shape."""
    rules = dict(shape.rules)
    for column in table.fillable:
        name = column.name
        if name not in rules and name not in shape.left_out and name != "store" and _is_copied(name, table):
            rules[name] = _copied(column, table, shape)
    return {"table": table.name, "unique": True, "columns": rules, **shape.block, **more}


def _is_needed(key: str, shape: _Shape) -> bool:
    """Whether this key column must be filled in by hand."""
    return key != "store" and key not in shape.defaults and key not in shape.rules and key not in shape.left_out


def _is_copied(name: str, table: Table) -> bool:
    """The currency of money is the sheet's, not a column of the block, unless it is part of the key."""
    return name != "currency" or "currency" in table.key


def _is_order_status(name: str, table: Table) -> bool:
    return name == "status" and table.name in ("orders", "order_lines")


def _copied(column: Column, table: Table, shape: _Shape) -> Data:
    name = column.name
    if name in _OF_A_HASH:
        return {"identity": [{"column": _OF_A_HASH[name], "kind": kind} for kind in ("email", "platform")]}
    rule: Data = {"from": name}
    if name in shape.defaults:
        rule["default"] = shape.defaults[name]
    if name in shape.signed:
        rule["negative"] = True
    if _is_order_status(name, table):
        rule["map"] = "status"
    return rule


# ------------------------------------------------------------------------------------- what is special about tables

_LAST_DAY = {"from": ["last_day", "first_day"]}
_MISSING_STATUS = {"column": "status", "filled": False}
_ORDER_STATUS = {
    "from": "status",
    "map": "status",
    "cases": [
        {"when": [_MISSING_STATUS, {"column": "paid_at", "filled": True}], "value": "paid"},
        {"when": [_MISSING_STATUS], "value": "unpaid"},
    ],
}
_COUNTED = [
    {"column": "paid_at", "basis": "paid"},
    {"column": "placed_at", "basis": "placed", "when": [{"column": "status", "in": _COUNTS}]},
]
_OF_THE_ORDER = {
    "paid_at": "When the order was paid in full; empty while unpaid. (2026-10-01 13:41:00)",
    "buyer": _EXTRA["buyer"],
    "region": "Province, state or country of delivery.",
    "channel": "Where the order was placed.",
    "postage": "Postage of the whole order, the same on each of its lines. (amount such as 199.00)",
}
_LINE_KIND = {
    "from": "kind",
    "default": "sale",
    "cases": [
        {"when": [{"column": "kind", "filled": False}, {"column": "quantity", "at_most": 0}], "value": "write_off"},
        {"when": [{"column": "kind", "filled": False}, {"column": "unit_price", "at_most": 0}], "value": "zero_price"},
    ],
}


def _line_amount(name: str, subtract: list[str]) -> Data:
    """The amount where it is stated, else quantity x unit_price less the merchant's discount."""
    amount: Data = {"multiply": ["quantity", "unit_price"], "negative": True}
    if subtract:
        amount["subtract"] = subtract
    return amount | {"cases": [{"when": [{"column": name, "filled": True}], "from": name}]}


_SHAPES: dict[str, _Shape] = {
    "orders": _Shape(
        required=(("paid_at", "status"),),
        forbidden=(
            "line_id",
            "sku",
            "product_id",
            "unit_price",
            "refund_id",
            "payment_id",
            "shipment_id",
            "review_id",
            "seen_at",
        ),
        left_out=("counted_at", "moment_basis", "user_paid_first", "refund_basis", "buyer_kind"),
        rules={"status": _ORDER_STATUS, "status_raw": ["status_raw", "status"], "user_paid_first": "user_paid"},
        block={
            "counted": _COUNTED,
            "refund": {"amount": "refund_stated", "done_status": ["closed_refunded"], "whole": "goods_amount"},
        },
    ),
    "order_lines": _Shape(
        required=("quantity", ("line_id", "sku", "product_id", "title"), ("paid_at", "status")),
        forbidden=("refund_id", "payment_id", "shipment_id", "review_id", "seen_at"),
        left_out=("line_key", "refund_basis"),
        more=_OF_THE_ORDER,
        signed=("quantity",),
        rules={
            "kind": _LINE_KIND,
            "list_value": _line_amount("list_value", []),
            "goods_amount": _line_amount("goods_amount", ["merchant_discount"]),
        },
        block={"refund": {"amount": "refund_stated", "done_status": ["closed_refunded"], "whole": "goods_amount"}},
        top={"line_key": {"order": "order_id", "columns": [["sku", "product_id", "title"], "variant", "unit_price"]}},
    ),
    "refunds": _Shape(
        required=("amount",),
        defaults={"status": "done", "kind": "unknown", "amount_basis": "known"},
    ),
    "store_day": _Shape(
        required=(("visitors", "page_views", "gmv", "buyers", "orders"),),
        forbidden=("scope_kind", "scope_id", "tool", "campaign_id", "subject_kind", "subject_id", "kind", "measure"),
        defaults={"report": "goldloop"},
        rules={"last_day": _LAST_DAY},
    ),
    "traffic": _Shape(
        defaults={"unit": "visitors", "scope_id": "", "report": "goldloop"},
        rules={"last_day": _LAST_DAY},
    ),
    "ads": _Shape(
        required=("cost",),
        forbidden=("window",),
        defaults={"tool": "", "campaign_id": "", "subject_kind": "plan", "subject_id": ""},
        rules={"last_day": _LAST_DAY},
    ),
    "ad_sales": _Shape(
        required=("gmv", ("window", "campaign_id", "subject_id")),
        forbidden=("visitors", "scope_kind"),
        defaults={
            "tool": "",
            "campaign_id": "",
            "subject_kind": "plan",
            "subject_id": "",
            "window": "platform",
        },
        rules={"last_day": _LAST_DAY},
    ),
    "products": _Shape(
        forbidden=("attribute",),
        defaults={"item_kind": "product"},
        more={"valid_from": "First day on which further columns of yours hold; empty: always. (2026-10-01)"},
    ),
    "product_attributes": _Shape(required=("value",), defaults={"item_kind": "product", "valid_from": ALWAYS}),
    "customers": _Shape(
        required=(("joined_at", "level", "orders", "spent", "region"),),
        forbidden=("order_id",),
        left_out=("buyer_kind",),
    ),
    "touches": _Shape(
        defaults={"touch_key": ""},
        rules={"kind": {"from": "kind", "map": "touch"}},
        top={"maps": {"touch": {"words": TOUCH_WORDS, "otherwise": "keep"}}},
    ),
    "payments": _Shape(required=("amount",)),
    "settlements": _Shape(required=("amount",), signed=("amount",)),
    "stock": _Shape(required=("on_hand",), defaults={"warehouse": ""}),
    "costs": _Shape(required=("amount",), defaults={"cost_id": ""}, signed=("amount",), rules={"last_day": _LAST_DAY}),
    "market": _Shape(
        required=("value",), defaults={"subject_id": ""}, signed=("value",), rules={"last_day": _LAST_DAY}
    ),
    "events": _Shape(top={"read": {"future": True}}),
    "fx": _Shape(required=("rate",), top={"read": {"future": True}}),
}


def _order_line_blocks(table: Table, shape: _Shape) -> list[Data]:
    """Lines with their own number, lines without, and what every line says of its order."""
    numbered = _block(table, shape, when=[{"column": "line_id", "filled": True}])
    numbered["columns"]["line_key"] = "line_id"
    others = _block(table, shape, when=[{"column": "line_id", "filled": False}]) | {"unique": False}
    others["columns"]["line_key"] = "@line_key"
    order: Data = {
        "table": "orders",
        "once": True,
        "counted": _COUNTED,
        "columns": {
            "order_id": {"from": "order_id"},
            "placed_at": "placed_at",
            "paid_at": "paid_at",
            "status": _ORDER_STATUS,
            "buyer_key": {"identity": [{"column": "buyer", "kind": kind} for kind in ("email", "platform")]},
            "region": "region",
            "channel": "channel",
            "postage": "postage",
        },
    }
    return [numbered, others, order]


def _product_blocks(table: Table, shape: _Shape) -> list[Data]:
    """The product, and one attribute for every column that is none of the template's."""
    rules = {name: _copied(table.column(name), table, shape) for name in ("item_kind", "item_id")}
    attributes: Data = {
        "table": "product_attributes",
        "once": True,
        "attributes": {"skip": [*template_columns(table), "store"]},
        "columns": {**rules, "valid_from": {"from": "valid_from", "default": ALWAYS}},
    }
    return [_block(table, shape), attributes]


_BLOCKS = {"order_lines": _order_line_blocks, "products": _product_blocks}
