"""The golden-formula tree as a page shows it: nodes with value, change, contribution, and why one is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.core import formatting
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.trees import driver
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.answer import Answer, Reason
    from goldloop.metrics.why_text import Account
    from goldloop.web.scope import Scope

TREES = ("funnel", "customers", "net")
MINUS = formatting.MINUS
SPARK = (96, 28)  # width and height of a sparkline's drawing
LINE = 21  # how far down its line reaches; below are the ticks


@dataclass(frozen=True, slots=True)
class Plan:
    """The shape of a tree: a figure, how its parts make it (x or +), and in what way it joins its parent."""

    figure: str
    sign: str = ""
    parts: tuple[Plan, ...] = ()


def _customers(kind: str, sign: str) -> Plan:
    return Plan(f"{kind}_gmv", sign, (Plan(f"{kind}_buyers"), Plan(f"{kind}_buyer_value", "×")))


PLANS: Mapping[str, Plan] = {
    "funnel": Plan(
        "gmv",
        parts=(
            Plan("visitors"),
            Plan("conversion", "×"),
            Plan("buyer_value", "×", (Plan("identified_order_value"), Plan("orders_per_buyer", "×"))),
            Plan("unidentified_gmv", "+"),
        ),
    ),
    "customers": Plan("gmv", parts=(_customers("new", ""), _customers("repeat", "+"), Plan("unidentified_gmv", "+"))),
    "net": Plan(
        "contribution",
        parts=(
            Plan("net", "", (Plan("gmv"), Plan("refunded_gmv", MINUS))),
            Plan("subsidy_kept", "+"),
            Plan("goods_cost", MINUS),
            Plan("ad_cost", MINUS),
            Plan("labour_cost", MINUS),
            Plan("other_costs", MINUS),
        ),
    ),
}
# Where people cannot be counted over stores or days, people x days stand in: these do add up.
BY_DAY = Plan(
    "gmv",
    parts=(
        Plan("visitor_days"),
        Plan("day_conversion", "×"),
        Plan("day_buyer_value", "×"),
        Plan("unidentified_gmv", "+"),
    ),
)
# Where buyers are known, visitors not.
BY_BUYERS = Plan(
    "gmv",
    parts=(
        Plan("buyers", "", (Plan("visitors"), Plan("conversion", "×"))),
        Plan("buyer_value", "×", (Plan("identified_order_value"), Plan("orders_per_buyer", "×"))),
        Plan("unidentified_gmv", "+"),
    ),
)
# Where buyers are not known at all (no platform row, masked buyers) the funnel goes by orders.
BY_ORDERS = Plan(
    "gmv",
    parts=(
        Plan("orders", "", (Plan("visitors"), Plan("order_conversion", "×"))),
        Plan("order_value", "×", (Plan("units_per_order"), Plan("unit_price", "×"))),
    ),
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node, ready to be shown; texts are in the reader's language.

    `tone` up, down or '' is the direction of its change; `meaning` good, bad or '' what that is worth; `unmoved` says
    why there is no `change`. `missing` says why
    there is no value, and `feeds` which data would bring it. `spark` is the path of its last days.
    """

    figure: str
    name: str
    sign: str
    value: str
    full: str
    was: str
    change: str
    unmoved: str
    tone: str
    meaning: str
    contribution: str
    contribution_tone: str
    missing: str
    feeds: tuple[str, ...]
    partial: str
    spark: str
    ticks: str
    why: str
    formula: str
    parts: tuple[Node, ...] = field(default=())

    def walk(self) -> Iterator[Node]:
        """Itself and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def plan_for(name: str, account: Account | None) -> Plan:
    """The shape of the tree of that name: the one by which the account could split the change."""
    drivers = {line.driver for line in account.found.drivers} if account is not None else set()
    if name != "funnel" or not drivers or "conversion" in drivers:
        return PLANS[name]
    if drivers & {"buyers", "buyer_value", "orders_per_buyer"}:
        return BY_BUYERS
    return BY_DAY if "day_conversion" in drivers or "day_buyer_value" in drivers else BY_ORDERS


SELDOM = ("unidentified_gmv", "subsidy_kept")


def settled(plan: Plan, answer: Answer) -> Plan:
    """The plan without the lines of what seldom is there (unidentified sales, discounts beside gmv) where it is not."""
    parts = [part for part in plan.parts if part.figure not in SELDOM or first(answer, part.figure) != 0]
    return replace(plan, parts=tuple(parts))


def figures_of(plan: Plan) -> Iterator[str]:
    """The figures of a tree."""
    yield plan.figure
    for part in plan.parts:
        yield from figures_of(part)


@dataclass(frozen=True, slots=True)
class Told:
    """What nodes are made from: one row of the tree's figures, their last days with the ticks below them, what moved the root."""

    answer: Answer
    days: Answer | None
    ticks: str
    moved: Mapping[str, Any]
    scope: Scope
    lang: str
    tree: str
    root: str


def build(plan: Plan, told: Told) -> Node:
    """The tree filled in."""
    name, answer, lang = plan.figure, told.answer, told.lang
    shown, currency = FIGURES[name], answer.currencies[0]
    value = first(answer, name)
    moved = movement(answer, name, 0, lang)
    reason = next((r for r in answer.reasons if r.figure == name), None)
    money = told.moved.get(name)
    days = told.days.columns.get(name) if told.days is not None else None
    return Node(
        figure=name,
        name=shown.zh if lang == "zh" else shown.en,
        sign=plan.sign,
        value=formatting.compact(value, shown.unit, currency, lang),
        full=formatting.exact(value, shown.unit, currency, lang),
        was=formatting.exact(first(answer, f"{name}__compared"), shown.unit, currency, lang),
        change=moved.text,
        unmoved=moved.missing,
        tone=tone(moved.by),
        meaning=meaning(moved.by, shown.higher),
        contribution=formatting.change(money, "money", currency, lang) if money is not None else "",
        contribution_tone=tone(money),
        missing="" if value is not None else missing(name, answer, reason, told),
        feeds=shown.needs if value is None and name in answer.columns and not_loaded(name, answer, reason) else (),
        partial=partial(shown.needs, answer, told.scope, lang) if value is not None else "",
        spark=spark(days) if days is not None else "",
        ticks=told.ticks if days is not None else "",
        why=why_address(told.scope, told.root, name, told.tree),
        formula=shown.formula,
        parts=tuple(build(part, told) for part in plan.parts),
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """What a figure moved `by` (None: not known), in words, or why there are none."""

    by: Any = None
    text: str = ""
    missing: str = ""


def movement(answer: Answer, name: str, row: int, lang: str) -> Movement:
    """How a figure of one row moved against the compared days, rates in points; nothing where none were asked for."""
    if f"{name}__change" not in answer.columns:
        return Movement()
    by, rate = (answer.columns[f"{name}__{end}"][row] for end in ("change", "change_rate"))
    if FIGURES[name].unit == "rate" and by is not None:
        return Movement(by, formatting.change(by, "rate", None, lang))
    if rate is not None:
        return Movement(by, formatting.change_rate(rate, lang))
    was = answer.columns[f"{name}__compared"][row]
    return Movement(missing=word("today.unmoved_before" if was is None else "today.unmoved_zero", lang))


def missing(name: str, answer: Answer, reason: Reason | None, told: Told) -> str:
    """Why a figure has no value: hidden from this reader, what the stores lack that would give it, or what the answer says."""
    if name not in answer.columns:
        return word("today.hidden", told.lang)
    lacking = stores_without(FIGURES[name].needs, answer)
    if lacking and len(lacking) < len(answer.scope["stores"]):
        feeds = feed_names(FIGURES[name].needs, told.lang)
        return word("today.stores_lack", told.lang, stores=listed(lacking, told.lang), feeds=feeds)
    return reason.as_dict(told.lang)["text"] if reason else formatting.NOTHING


def not_loaded(name: str, answer: Answer, reason: Reason | None) -> bool:
    """Whether a figure is missing for want of data that an import would bring."""
    return bool(stores_without(FIGURES[name].needs, answer)) or (
        reason is not None and reason.code in ("no_feed", "no_data")
    )


def stores_without(needs: Sequence[str], answer: Answer) -> list[str]:
    """Stores of the answer for which one of the feeds is not loaded; of `a|b` either will do."""
    loaded = {(one["store"], one["feed"]) for one in answer.data["feeds"]}
    return [
        store
        for store in answer.scope["stores"]
        if any(not any((store, feed) in loaded for feed in need.split("|")) for need in needs if need != "products")
    ]


DAILY = frozenset({"orders", "store_day", "ads"})  # feeds that say something of every day


def partial(needs: Sequence[str], answer: Answer, scope: Scope, lang: str) -> str:
    """From when on a figure lacks data of a store that otherwise has it; '' where all reaches the end of the days."""
    ends = {(one["store"], one["feed"]): one["last_day"] for one in answer.data["feeds"] if one["last_day"]}
    reached = []
    for store in answer.scope["stores"]:
        for need in needs:
            known = [ends[store, feed] for feed in need.split("|") if feed in DAILY and (store, feed) in ends]
            reached += [max(known)] if known else []
    if not reached or min(reached) >= str(scope.last):
        return ""
    return word("today.partial_until", lang, day=formatting.day(date.fromisoformat(min(reached)), lang))


def feed_names(needs: Sequence[str], lang: str) -> str:
    """Feeds in words."""
    from goldloop.metrics.reasons import FEEDS

    names = [feed for need in needs for feed in need.split("|")[:1]]
    return listed([FEEDS.get(feed, (feed, feed))[lang == "zh"] for feed in names], lang)


def listed(names: Sequence[str], lang: str) -> str:
    """Names one after the other."""
    return ("、" if lang == "zh" else ", ").join(names)


def why_address(scope: Scope, root: str, figure: str, tree_name: str) -> str:
    """Why the root moved, with this node's own part of it chosen."""
    chosen = None if figure == root else figure
    return scope.address("/why", figure=root, tree={"net": "profit"}.get(tree_name, tree_name), driver=chosen)


def first(answer: Answer, column: str) -> Any:
    """The only row's value of a column; None where the answer has no such column."""
    return answer.columns[column][0] if column in answer.columns else None


def contributions(plan: Plan, answer: Answer, account: Account | None) -> dict[str, Any]:
    """Figure of each node -> what it moved of the root, in its minor units.

    Where the account does not go as deep as the tree, the part of a node goes to its factors in proportion to the
    logarithms of their changes: that is the account's own method, which is consistent under merging.
    """
    if account is None:
        return {}
    found: dict[str, Any] = {}

    def visit(node: Plan) -> None:
        money = contribution(account, node.figure)
        if money is not None:
            found[node.figure] = money
        for part in node.parts:
            visit(part)
        if node.figure in found and not any(part.figure in found for part in node.parts):
            found.update(_shared(node, answer, found[node.figure]))

    visit(plan)
    return found


def _shared(node: Plan, answer: Answer, money: Any) -> dict[str, Any]:
    """A node's money over its factors; nothing where it is no product, or a side is not known or not above 0."""
    if len(node.parts) < 2 or any(part.sign != "×" for part in node.parts[1:]):
        return {}
    sides = [(first(answer, part.figure), first(answer, f"{part.figure}__compared")) for part in node.parts]
    if any(not now or not was or now < 0 or was < 0 for now, was in sides):
        return {}
    logs = [math.log(float(now) / float(was)) for now, was in sides]
    if not sum(logs):
        return {}
    amounts = [round(float(money) * one / sum(logs)) for one in logs[:-1]]
    return dict(zip((part.figure for part in node.parts), [*amounts, money - sum(amounts)], strict=True))


def contribution(account: Account, name: str) -> Any:
    """What the account says that a figure moved: its own driver's part, or that of the drivers it stands for."""
    parts = {line.driver: line.amount for line in account.found.drivers}
    if name == account.found.figure:
        return account.found.change
    if account.found.figure == "contribution":
        return _of_profit(parts, name)
    made = {
        "buyer_value": ("buyer_value", "orders_per_buyer", "identified_order_value"),
        "orders": ("orders", "visitors", "order_conversion"),
        "new_gmv": ("new_gmv", "new_buyers", "new_buyer_value"),
        "repeat_gmv": ("repeat_gmv", "repeat_buyers", "repeat_buyer_value"),
    }
    found = [parts[part] for part in made.get(name, (name,)) if part in parts]
    return sum(found) if found else None


COSTS = ("goods_cost", "ad_cost", "labour_cost", "other_costs")


def _of_profit(parts: Mapping[str, Any], name: str) -> Any:
    """Parts of the profit's change: gmv is all of its drivers, refunds what was kept of it, net both, the others themselves."""
    kept = parts.get("kept_rate", parts.get("refunded_gmv", 0))
    net = sum(amount for driver, amount in parts.items() if driver not in (*COSTS, "subsidy_kept"))
    return {"gmv": net - kept, "refunded_gmv": kept, "net": net}.get(name, parts.get(name))


def tone(moved: Any) -> str:
    """Which way something went."""
    return "" if not moved else "up" if moved > 0 else "down"


def meaning(moved: Any, higher: bool | None) -> str:
    """Whether that is good or bad for this figure; '' where it is neither."""
    if not moved or higher is None:
        return ""
    return "good" if (moved > 0) == higher else "bad"


def spark(values: Sequence[Any]) -> str:
    """The path of a small line through the values, from the oldest to the newest; gaps where nothing is known."""
    known = [float(v) for v in values if v is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    parts, pen = [], "M"
    for i, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        y = (LINE + 3) / 2 if high == low else LINE - (float(value) - low) / (high - low) * (LINE - 3)
        parts.append(f"{pen}{_across(i, len(values)):.1f} {y:.1f}")
        pen = "L"
    return "".join(parts)


def ticks(stretches: Sequence[tuple[int, int]], count: int) -> str:
    """The path of bars below a sparkline of so many days, one for each (first, last) of days by number."""
    ends = [(_across(first, count), _across(last, count)) for first, last in stretches]
    return "".join(f"M{a - 1:.1f} {SPARK[1] - 2}H{b + 1:.1f}" for a, b in ends)


def _across(i: int, count: int) -> float:
    return 2 + i * (SPARK[0] - 4) / max(count - 1, 1)


def driver_name(name: str, lang: str) -> str:
    """A driver in words."""
    found = driver(name)
    return found.zh if lang == "zh" else found.en
