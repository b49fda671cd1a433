"""The blocks of a guessed profile, one function per kind of file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from goldloop.connectors.guess_content import folded_header, number_of
from goldloop.connectors.guess_toml import Block, Guess, Sketch, listed, quoted, written
from goldloop.connectors.guess_words import STATUS_PARTS

Cells = Callable[[str], Sequence[str]]  # name of a column -> all its cells
Parts = tuple[list[Block], list[list[str]]]  # blocks, and the tables of the profile they need

_MOST_WORDS = 40  # different words of a status column; more is no status
_MOSTLY = 0.9
_LINE_KEY = ("sku", "product_id", "title")
_ORDER_MONEY = (
    "goods_amount",
    "user_paid",
    "platform_discount",
    "merchant_discount",
    "merchant_received",
    "refund_stated",
)
_SKU_WORDS = ("商家编码", "货号", "款号", "sku", "skuid", "商品编码")
_REFUND_STATUS = {
    "closed_refunded": "done", "finished": "done", "closed_unpaid": "closed", "paid": "open", "unpaid": "open", "shipped": "open",
}  # fmt: skip


def write(sketch: Sketch, cells: Cells) -> str:
    """The whole profile as TOML."""
    blocks, tables = _BUILDERS[sketch.kind](sketch, cells)
    return written(sketch, blocks, tables)


def _orders(sketch: Sketch, cells: Cells) -> Parts:
    has_lines = any(sketch.header(n) for n in ("quantity", "sku", "product_id", "line_id"))
    per_line = {n for n in _ORDER_MONEY if has_lines and _is_per_line(sketch, n, cells)}
    words, tables = _status_words(sketch, cells)
    order = Block("orders", "once = true", f"counted = {_counted(sketch, words)}", *_refund(sketch, "order", per_line))
    for name, guess in sketch.guesses.items():
        if guess.field.table == "orders" and name not in per_line and name != "refund_stated":
            order.add_guess(guess, _order_rule(sketch, name, guess, words))
    blocks = [order]
    if has_lines:
        blocks.append(_lines(sketch, per_line))
        if not sketch.header("line_id"):
            tables.append(_line_key(sketch))
    return blocks, tables


def _order_rule(sketch: Sketch, name: str, guess: Guess, words: Mapping[str, str]) -> str | None:
    header = quoted(guess.header)
    if name == "status":
        return _status_rule(header, sketch.header("paid_at"), words)
    if name == "buyer_key":
        kind = {"email": "email"}.get(guess.content.kind, "platform")
        return f"{{ identity = [{{ column = {header}, kind = {quoted(kind)} }}] }}"
    if name == "region" and "地址" in guess.header:
        return f'{{ from = {header}, extract = "province" }}'
    return None


def _lines(sketch: Sketch, per_line: set[str]) -> Block:
    block = Block("order_lines", *_refund(sketch, "line", per_line))
    block.add_guess(sketch.guesses["order_id"])
    line_id = sketch.header("line_id")
    block.add("line_key", quoted(line_id or "@line_key"), "" if line_id else "the content of the line, see [line_key]")
    if placed := sketch.header("placed_at"):
        block.add("placed_at", quoted(placed))
    block.add("kind", '{ value = "sale" }')
    for name, guess in sketch.guesses.items():
        if guess.field.table == "order_lines" or (name in per_line and name != "refund_stated"):
            block.add_guess(guess)
    quantity, price = sketch.header("quantity"), sketch.header("unit_price")
    if quantity and price:
        product = f"{{ multiply = {listed([quantity, price])} }}"
        block.add("list_value", product)
        if not any(sketch.header(name) for name in ("goods_amount", "user_paid")):
            block.add("goods_amount", product, "nothing else in the file says what was sold")
    return block


def _line_key(sketch: Sketch) -> list[str]:
    first = [h for name in _LINE_KEY if (h := sketch.header(name))]
    others = [h for name in ("variant", "unit_price") if (h := sketch.header(name))]
    names = [*([listed(first)] if first else []), *map(quoted, others)] or [quoted(sketch.guesses["order_id"].header)]
    order = quoted(sketch.guesses["order_id"].header)
    return ["# The file has no line number: a line is known by its order and these columns.", "[line_key]", f"order = {order}",
            f"columns = [{', '.join(names)}]", ""]  # fmt: skip


def _is_per_line(sketch: Sketch, name: str, cells: Cells) -> bool:
    """Whether an amount belongs to the line: it differs inside an order, or is quantity x price nearly everywhere."""
    header = sketch.header(name)
    if header is None:
        return False
    seen: dict[str, str] = {}
    amounts = cells(header)
    if any(seen.setdefault(order, a) != a for order, a in zip(cells(sketch.key), amounts, strict=True) if order and a):
        return True
    quantity, price = sketch.header("quantity"), sketch.header("unit_price")
    if not quantity or not price:
        return False
    triples = [[number_of(c) for c in row] for row in zip(cells(quantity), cells(price), amounts, strict=True)]
    known = [(q, p, a) for q, p, a in triples if q is not None and p is not None and a is not None]
    return bool(known) and sum(q * p == a for q, p, a in known) >= _MOSTLY * len(known)


def _counted(sketch: Sketch, words: Mapping[str, str]) -> str:
    if paid := sketch.header("paid_at"):
        return f'[{{ column = {quoted(paid)}, basis = "paid" }}]'
    if not (placed := sketch.header("placed_at")):
        return "[]  # CHECK THIS: name the time from which an order counts"
    unpaid = [word for word, status in words.items() if status in ("unpaid", "closed_unpaid")]
    status = sketch.header("status")
    when = f", when = [{{ column = {quoted(status)}, not_in = {listed(unpaid)} }}]" if status and unpaid else ""
    return f'[{{ column = {quoted(placed)}, basis = "placed"{when} }}]'


def _refund(sketch: Sketch, level: str, per_line: set[str]) -> list[str]:
    header = sketch.header("refund_stated")
    if header is None or (level == "line") != ("refund_stated" in per_line):
        return []
    here = [n for n in ("goods_amount", "user_paid") if sketch.header(n) and (n in per_line) == (level == "line")]
    whole = f', done_status = ["closed_refunded"], whole = {quoted(here[0])}' if here and level == "order" else ""
    note = sketch.guesses["refund_stated"].note
    return [f"refund = {{ amount = {quoted(header)}{whole} }}  # {note}"]


def _status_words(sketch: Sketch, cells: Cells) -> tuple[dict[str, str], list[list[str]]]:
    """Status word -> canonical status, and the word list as TOML; words that mean nothing to us are commented out."""
    header = sketch.header("status")
    if header is None:
        return {}, []
    words = [w for w in dict.fromkeys(cell.strip() for cell in cells(header)) if w]
    lines = ["[maps.status.words]"]
    known: dict[str, str] = {}
    for word in words[:_MOST_WORDS]:
        status = _status_of(word, sketch.kind)
        if status is not None:
            known[word] = status
        lines.append(f"{quoted(word)} = {quoted(status)}" if status else f'# {quoted(word)} = "unknown"')
    return known, [[*lines, ""]]


def _status_of(word: str, kind: str) -> str | None:
    status = next((s for part, s in STATUS_PARTS if part in word.casefold()), None)
    if kind != "refunds":
        return status
    return {
        "closed_refunded": "done",
        "finished": "done",
        "closed_unpaid": "closed",
        "paid": "open",
        "unpaid": "open",
    }.get(status or "")


def _status_rule(header: str, paid: str | None, words: Mapping[str, str]) -> str:
    """A closed order that was paid was refunded."""
    closed = [word for word, status in words.items() if status == "closed_unpaid"]
    if not paid or not closed:
        return f'{{ from = {header}, map = "status" }}'
    when = f"[{{ column = {header}, in = {listed(closed)} }}, {{ column = {quoted(paid)}, filled = true }}]"
    return f'{{ from = {header}, map = "status", cases = [{{ when = {when}, value = "closed_refunded" }}] }}'


def _store_day(sketch: Sketch, cells: Cells) -> Parts:
    block = Block("store_day", "unique = true")
    _add_days(block, sketch)
    block.add("report", f"{{ value = {quoted(sketch.id)} }}")
    _add_others(block, sketch, "store_day", but=("first_day",))
    return [block], []


def _traffic(sketch: Sketch, cells: Cells) -> Parts:
    block = Block("traffic", "unique = true")
    block.add("unit", '{ value = "visitors" }')
    block.add("scope_kind", '{ value = "product" }')
    _add_days(block, sketch)
    block.add("report", f"{{ value = {quoted(sketch.id)} }}")
    _add_others(block, sketch, "traffic", but=("first_day",))
    return [block], []


def _ads(sketch: Sketch, cells: Cells) -> Parts:
    cost, sales = Block("ads", "unique = true"), Block("ad_sales", "unique = true")
    subject = quoted("product" if sketch.header("subject_id") else "plan")
    for block in (cost, sales):
        _add_days(block, sketch)
        block.add("tool", f"{{ value = {quoted(sketch.id)} }}")
        campaign = [h for n in ("campaign_id", "campaign") if (h := sketch.header(n))]
        block.add("campaign_id", _or_empty(campaign or ["campaign_id"]))
        block.add("subject_kind", f"{{ value = {subject} }}")
        block.add("subject_id", _or_empty([sketch.header("subject_id") or "subject_id"]))
    sales.add("window", '{ value = "platform" }')
    _add_others(cost, sketch, "ads", but=("first_day", "campaign_id", "subject_id"))
    _add_others(sales, sketch, "ad_sales")
    has_sales = sketch.header("gmv") or sketch.header("orders")
    period = [] if sketch.header("first_day") else [["[period]", "file_name = true", ""]]
    return [cost, sales] if has_sales else [cost], period


def _or_empty(columns: Sequence[str]) -> str:
    """The first filled of these columns (there may be none in the file), else the empty text, which a key may be."""
    return f'{{ from = {listed(columns)}, default = "" }}'


def _refunds(sketch: Sketch, cells: Cells) -> Parts:
    _, tables = _status_words(sketch, cells)
    block = Block("refunds", "unique = true")
    status = sketch.active("status")
    if status is None:
        block.add("status", '{ value = "done" }')
    else:
        block.add_guess(status, f'{{ from = {quoted(status.header)}, map = "status" }}')
    _add_others(block, sketch, "refunds", but=("status",))
    return [block], tables


def _stock(sketch: Sketch, cells: Cells) -> Parts:
    block = Block("stock", "unique = true")
    warehouse = sketch.header("warehouse")
    block.add("warehouse", _or_empty([warehouse or "warehouse"]))
    if sketch.active("day") is None:
        block.add("day", quoted("@period_first"), "the file has no day: from its name, or --period FROM..TO")
    _add_others(block, sketch, "stock", but=("warehouse",))
    period = [] if sketch.header("day") else [["[period]", "file_name = true", ""]]
    return [block], period


def _products(sketch: Sketch, cells: Cells) -> Parts:
    key = sketch.guesses["item_id"]
    kind = f"{{ value = {quoted(_item_kind(key.header))} }}"
    block = Block("products", "unique = true")
    block.add("item_kind", kind, "product, or sku where it is the merchant's code")
    _add_others(block, sketch, "products")
    attributes = Block("product_attributes", "once = true", f"attributes = {{ skip = {listed([key.header])} }}")
    attributes.add("item_kind", kind)
    attributes.add_guess(key)
    attributes.add("valid_from", '{ value = "1970-01-01" }')
    return [block, attributes], []


def _item_kind(header: str) -> str:
    return "sku" if folded_header(header) in _SKU_WORDS else "product"


def _add_days(block: Block, sketch: Sketch) -> None:
    guess = sketch.active("first_day")
    for name, part in (("first_day", "first"), ("last_day", "last")):
        if guess is not None:
            block.add_guess(guess, f'{{ from = {quoted(guess.header)}, part = "{part}" }}', name)
        else:
            block.add(name, quoted(f"@period_{part}"), "the file has no day: from its name, or --period FROM..TO")


def _add_others(block: Block, sketch: Sketch, table: str, but: Sequence[str] = ()) -> None:
    for name, guess in sketch.guesses.items():
        if guess.field.table == table and name not in but:
            block.add_guess(guess)


_BUILDERS: dict[str, Callable[[Sketch, Cells], Parts]] = {
    "orders": _orders,
    "refunds": _refunds,
    "store_day": _store_day,
    "traffic": _traffic,
    "ads": _ads,
    "stock": _stock,
    "products": _products,
}
