"""What the lake must hold, computed the slow and plain way in Python: one statement, one key, one order at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from goldloop.core.exclusion import ExclusionRule
from goldloop.core.money import exponent, split
from goldloop.core.statements import RANKS, Statements
from goldloop.core.store import Store
from goldloop.core.table import Table
from goldloop.lake.schema import OF_ONE_SOURCE, TABLES

Row = dict[str, Any]
FILLS = (
    "status", "goods_amount", "user_paid", "list_value", "platform_discount", "merchant_discount", "merchant_received",
    "quantity",
)  # fmt: skip


def expected(
    statements: Iterable[Statements], stores: Mapping[int, Store], rules: Sequence[ExclusionRule] = ()
) -> dict[str, list[Row]]:
    """All facts after these statements, by table, in the order of their keys."""
    facts = {name: derived(name, [s for s in statements if s.table == name]) for name in TABLES}
    lines, refunds = defaultdict(list), defaultdict(list)
    for line in facts["order_lines"]:
        line.update(day=None, counts=False, exclusion=_line_rule(line, rules), gmv_all=None, refunded=None)
        line["subsidy"] = None
        line["gmv"] = None if line["exclusion"] is None else 0
        lines[line["store"], line["order_id"]].append(line)
    for refund in facts["refunds"]:
        refund["day"] = _day(refund["refunded_at"] if refund["status"] == "done" else None, stores[refund["store"]])
        if refund["status"] == "done" and refund["amount"] is not None:
            refunds[refund["store"], refund["order_id"]].append(_of_buyer(refund, stores[refund["store"]]))
    for order in facts["orders"]:
        key = order["store"], order["order_id"]
        best = max((_rank(r, order) for r in lines[key]), default=0)
        told = sorted((r for r in lines[key] if _rank(r, order) == best), key=lambda r: r["line_key"])
        lesser = best == RANKS.index("erp") and order["told_by"] != "erp"  # lines of an ERP in an order of the platform
        if lesser and not any(_sale(r) for r in told):
            told = []
        _finish(order, told, refunds[key], stores[order["store"]], rules, lesser=lesser)
        order["lines_aside"] = len(lines[key]) - len(told)
        for line in lines[key]:
            if line not in told:
                line.update(
                    day=order["day"], counts=False, exclusion="told_by_better_source", gmv_all=0, gmv=0, refunded=0
                )
                line["subsidy"] = None
    for visit in facts["visits"]:
        visit["day"] = _day(visit["visited_at"], stores[visit["store"]])
    return {
        name: sorted(
            ({n: row[n] for n in TABLES[name].names} for row in rows),
            key=lambda r, t=TABLES[name]: tuple(str(r[k]) for k in t.key),  # type: ignore[misc]
        )
        for name, rows in facts.items()
    }


def derived(name: str, statements: Sequence[Statements]) -> list[Row]:
    """One row per key, each field by its rule."""
    table = TABLES[name]
    said: dict[tuple[Any, ...], list[tuple[int, datetime, Row, frozenset[str]]]] = defaultdict(list)
    for one in statements:
        carried = set(one.carried)
        rank = RANKS.index(one.rank if "told_by" in table.names else "platform")
        if name == "orders" and "user_paid" in carried and "user_paid_first" not in carried:
            carried.add("user_paid_first")
        for row in one.rows.to_pylist():
            if "user_paid_first" in carried and "user_paid_first" not in row:
                row["user_paid_first"] = row.get("user_paid")
            said[tuple(row[k] for k in table.key)].append((rank, row["_moment"], row, frozenset(carried)))
    return [{**dict(zip(table.key, key, strict=True)), **_one_row(table, told)} for key, told in said.items()]


def _one_row(table: Table, told: list[tuple[int, datetime, Row, frozenset[str]]]) -> Row:
    told.sort(key=lambda s: (s[0], s[1], [(s[2].get(c.name) is not None, s[2].get(c.name)) for c in table.stated]))
    best = max(rank for rank, *_ in told)
    # What makes an amount comes from one source: of those which say when an order counts, the best.
    telling = max(
        (rank for rank, _, _, carried in told if table.name != "orders" or "counted_at" in carried), default=best
    )
    row: Row = {}
    for column in table.stated:
        if column.name in table.key:
            continue
        heard = [s for s in told if s[0] >= telling] if column.name in OF_ONE_SOURCE else told
        values = [(rank, r.get(column.name)) for rank, _, r, carried in heard if column.name in carried]
        known = [(rank, v) for rank, v in values if v is not None]
        if column.name == "told_by":
            row["told_by"] = None if best == RANKS.index("platform") else RANKS[best]
        elif column.merge == "newest":
            row[column.name] = values[-1][1] if values else None
        elif column.merge == "first":
            row[column.name] = next((v for rank, v in known if rank == known[-1][0]), None) if known else None
        else:
            row[column.name] = known[-1][1] if known else None
    return row


def _rank(line: Row, order: Row) -> int:
    if order["told_by"] == "erp" and line["told_by"] == "platform_without_line_id":
        return -1
    return RANKS.index(line["told_by"] or "platform")


def _day(moment: datetime | None, store: Store) -> Any:
    return None if moment is None else (moment - timedelta(minutes=store.day_starts)).date()


def _all(values: Iterable[int | None]) -> int | None:
    held = list(values)
    return None if not held or None in held else sum(held)  # type: ignore[arg-type]


def _value(line: Row) -> int | None:
    if line["goods_amount"] is not None:
        return int(line["goods_amount"])
    return None if line["user_paid"] is None else line["user_paid"] + (line["platform_discount"] or 0)


def _sale(line: Row) -> bool:
    return (line["kind"] or "sale") == "sale"


def _status(lines: Sequence[Row]) -> str | None:
    held = [r["status"] for r in lines if r["status"] is not None]
    live = [s for s in held if s not in ("closed_unpaid", "closed_refunded")]
    if not live:
        return None if not held else "closed_refunded" if "closed_refunded" in held else "closed_unpaid"
    for word in ("locked", "unpaid"):
        if word in live:
            return word
    if set(live) == {"finished"}:
        return "finished"
    if set(live) <= {"finished", "shipped"}:
        return "shipped"
    if set(live) & {"finished", "shipped", "part_shipped"}:
        return "part_shipped"
    return "paid" if "paid" in live else "unknown"


def _finish(
    order: Row,
    lines: Sequence[Row],
    refunds: Sequence[Row],
    store: Store,
    rules: Sequence[ExclusionRule],
    *,
    lesser: bool,
) -> None:
    sales = [r for r in lines if _sale(r)]
    value = _all(_value(r) for r in sales)
    stated_paid = order["user_paid"]
    sums = {c: _all(r[c] for r in sales) for c in FILLS if c not in ("status", "goods_amount")}
    units = sums["quantity"]
    if sums["user_paid"] is not None:
        sums["user_paid"] += order["postage"] or 0
    sums["goods_amount"] = value if stated_paid is None else None
    sums["status"] = _status(lines)  # type: ignore[assignment]
    if lesser:
        sums |= dict.fromkeys(("status", "user_paid", "platform_discount", "merchant_discount", "merchant_received"))
    paid = ("paid", "part_shipped", "shipped", "finished", "closed_refunded")
    if order["status"] == "unpaid" and order["counted_at"] is not None and sums["status"] in paid:
        order["status"] = sums["status"]  # what was unpaid was paid since
    for column in FILLS:
        order[column] = sums[column] if order[column] is None else order[column]
    sold = (
        order["counted_at"] is not None
        and order["status"] not in ("unpaid", "closed_unpaid")
        and (not lines or bool(sales))
    )
    gmv = order["goods_amount"]
    if gmv is None and stated_paid is not None:
        gmv = stated_paid - (order["postage"] or 0) + (order["platform_discount"] or 0)
    gmv = gmv if gmv is not None else value
    amount = gmv if sold else 0
    _split_gmv(amount, lines, sales, value, sold)
    order["subsidy"] = subsidy = _subsidy(order, amount, sold, store)
    order["gmv_all"] = None if amount is None else amount - (subsidy or 0)
    _split_subsidy(subsidy, lines, sales, sums["platform_discount"])
    whole = _order_rule(order, rules)
    for line in lines:
        line["exclusion"] = _line_rule(line, rules, store)
    out = [r for r in sales if r["exclusion"] is not None]
    codes = [r.code for r in rules]
    exclusion = whole
    if exclusion is None and sales and len(out) == len(sales):
        exclusion = min((r["exclusion"] for r in out), key=codes.index)
    only_day = order["moment_basis"] == "inferred_day"
    clock = replace(store, day_starts=0) if only_day else store
    order["day"], order["placed_day"] = _day(order["counted_at"], clock), _day(order["placed_at"], clock)
    order["hour"] = None if order["counted_at"] is None or only_day else order["counted_at"].hour
    order["counts"], order["exclusion"], order["line_count"] = sold and exclusion is None, exclusion, len(lines)
    if exclusion is not None:
        order["gmv"] = 0
    else:
        order["gmv"] = None if order["gmv_all"] is None else order["gmv_all"] - sum(r["gmv_all"] for r in out)
    if subsidy is not None:
        order["subsidy"] = 0 if exclusion is not None else subsidy - sum(r["subsidy"] for r in out)
    if not order["counts"]:
        order["units"] = 0
    elif units is not None:
        order["units"] = units - sum(r["quantity"] for r in out)
    else:
        order["units"] = None if out else order["quantity"]
    for line in lines:
        line["exclusion"] = whole or line["exclusion"]
        line["day"] = order["day"]
        line["counts"] = _sale(line) and sold and line["exclusion"] is None
        line["gmv"] = line["gmv_all"] if line["exclusion"] is None else 0
    _split_refunds(order, lines, sales, refunds, silent=lesser, subsidy=subsidy)


def _of_buyer(refund: Row, store: Store) -> Row:
    """A refund without what the platform gets of it, where gmv is what buyers paid."""
    back = max(min(refund["amount_platform"] or 0, refund["amount"]), 0) if store.gmv_amount == "paid" else 0
    return {**refund, "amount": refund["amount"] - back, "back": back}


def _subsidy(order: Row, amount: int | None, sold: bool, store: Store) -> int | None:
    if store.gmv_amount != "paid" or amount is None:
        return None
    return max(min(order["platform_discount"] or 0, amount), 0) if sold else 0


def _split_subsidy(total: int | None, lines: Sequence[Row], sales: Sequence[Row], stated: int | None) -> None:
    for line in lines:
        line["subsidy"] = None if total is None else 0
    if not total or not sales:
        return
    parts = split(total, [max(r["gmv_all"], 0) for r in sales])
    if stated == total:
        parts = [r["platform_discount"] for r in sales]
    for line, part in zip(sales, parts, strict=True):
        line.update(subsidy=part, gmv_all=line["gmv_all"] - part)


def _split_gmv(total: int | None, lines: Sequence[Row], sales: Sequence[Row], value: int | None, sold: bool) -> None:
    for line in lines:
        line["gmv_all"] = None if total is None else 0
    if not sold or not total or not sales:
        return
    if value == total:
        parts = [_value(r) for r in sales]
    else:
        weights = [1] * len(sales)
        for candidate in ([_value(r) for r in sales], [r["list_value"] for r in sales]):
            if None not in candidate and min(candidate) >= 0 and sum(candidate) > 0:  # type: ignore[arg-type, type-var]
                weights = candidate  # type: ignore[assignment]
        parts = split(total, weights)  # type: ignore[assignment]
    for line, part in zip(sales, parts, strict=True):
        line["gmv_all"] = part


def _split_refunds(
    order: Row, lines: Sequence[Row], sales: Sequence[Row], refunds: Sequence[Row], *, silent: bool, subsidy: int | None
) -> None:
    heard = [] if silent else lines
    stated = [r["refund_stated"] for r in heard if r["refund_stated"] is not None]
    bases = {r["refund_basis"] for r in heard}
    if refunds:
        raw, basis = sum(r["amount"] for r in refunds), "aftersale"
    elif order["refund_stated"] is not None:
        raw = order["refund_stated"]
        basis = order["refund_basis"] if order["refund_basis"] in ("inferred", "unknown") else "stated"
    elif order["refund_basis"] == "unknown" or "unknown" in bases:
        raw, basis = None, "unknown"
    elif stated:
        raw, basis = sum(stated), "inferred" if "inferred" in bases else "stated"
    else:
        raw, basis = None, None
    order["subsidy_refunded"] = None
    if raw is not None and order["gmv_all"] is not None:
        whole = raw + sum(r["back"] for r in refunds)
        raw = min(raw, max(order["gmv_all"], 0))
        if subsidy is not None:
            order["subsidy_refunded"] = max(min(whole, order["gmv_all"] + subsidy) - raw, 0)
    order["refunded"], order["refunded_basis"] = raw, basis
    own = [0] * len(lines)
    for place, line in enumerate(lines):
        line["refunded"] = None if raw is None else 0
        if basis != "aftersale":
            own[place] = max(line["refund_stated"] or 0, 0)
        elif line["line_id"] is not None and line["line_id"] not in [r["line_id"] for r in lines[:place]]:
            own[place] = max(sum(r["amount"] for r in refunds if r["line_id"] == line["line_id"]), 0)
    if not raw or not lines:
        return
    if sum(own) > raw:
        for line, part in zip(lines, split(raw, own), strict=True):
            line["refunded"] = part
        return
    room = [max((r["gmv_all"] or 0) - o, 0) for r, o in zip(lines, own, strict=True) if _sale(r)]
    parts = iter(split(raw - sum(own), room) if sales else [])
    for line, part in zip(lines, own, strict=True):
        line["refunded"] = part + (next(parts) if _sale(line) else 0)


def _order_rule(order: Row, rules: Sequence[ExclusionRule]) -> str | None:
    for rule in rules:
        if rule.stores and order["store"] not in rule.stores:
            continue
        note, flags = (order["seller_note"] or "").lower(), (order["flags"] or "").split(" ")
        if (
            (rule.kind == "note_words" and any(v.lower() in note for v in rule.values))
            or (rule.kind == "buyer" and order["buyer_key"] in rule.values)
            or (rule.kind == "order_source" and order["order_source"] in rule.values)
            or (rule.kind == "flag" and set(flags) & set(rule.values))
        ):
            return rule.code
    return None


def _line_rule(line: Row, rules: Sequence[ExclusionRule], store: Store | None = None) -> str | None:
    for rule in rules:
        if rule.stores and line["store"] not in rule.stores:
            continue
        title, quantity = (line["title"] or "").lower(), line["quantity"]
        paid = next((v for v in (line["user_paid"], _value(line), line.get("gmv_all")) if v is not None), None)
        digits = exponent(store.currency) if store else 2
        if (
            (rule.kind == "product" and line["product_id"] in rule.values)
            or (rule.kind == "sku" and line["sku"] in rule.values)
            or (rule.kind == "title_words" and any(v.lower() in title for v in rule.values))
            or (
                rule.kind == "amount"
                and paid is not None
                and (quantity or 0) > 0
                and any(paid == Decimal(v).scaleb(digits) * quantity for v in rule.values)
            )
        ):
            return rule.code
    return None
