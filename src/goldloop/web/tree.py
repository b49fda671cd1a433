"""The golden-formula tree as a page shows it: nodes with value, change, contribution, and why one is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
SPARK = (96, 26)  # width and height of a sparkline's drawing


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
        ),
    ),
    "customers": Plan("gmv", parts=(_customers("new", ""), _customers("repeat", "+"), Plan("unidentified_gmv", "+"))),
    "net": Plan(
        "contribution",
        parts=(
            Plan("net", "", (Plan("gmv"), Plan("refunded_gmv", MINUS := formatting.MINUS))),
            Plan("goods_cost", MINUS),
            Plan("ad_cost", MINUS),
            Plan("labour_cost", MINUS),
            Plan("other_costs", MINUS),
        ),
    ),
}
# Where buyers are not known (no platform row, masked buyers), the funnel goes by orders; where visitors are not known
# either for all of the scope, their node says so.
BY_ORDERS = Plan(
    "gmv",
    parts=(
        Plan("visitors"),
        Plan("order_conversion", "×"),
        Plan("order_value", "×", (Plan("units_per_order"), Plan("unit_price", "×"))),
    ),
)
ORDERS_ALONE = Plan(
    "gmv", parts=(Plan("orders"), Plan("order_value", "×", (Plan("units_per_order"), Plan("unit_price", "×"))))
)
# Where people cannot be counted over stores or days, people x days stand in: these do add up.
BY_DAY = {"visitors": "visitor_days", "conversion": "day_conversion", "buyer_value": "day_buyer_value"}


@dataclass(frozen=True, slots=True)
class Node:
    """One node, ready to be shown; texts are in the reader's language.

    `tone` up, down or '' is the direction of its change; `meaning` good, bad or '' what that is worth. `missing` says why
    there is no value, and `feeds` which data would bring it. `spark` is the path of its last days.
    """

    figure: str
    name: str
    sign: str
    value: str
    full: str
    was: str
    change: str
    tone: str
    meaning: str
    contribution: str
    contribution_tone: str
    missing: str
    feeds: tuple[str, ...]
    spark: str
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
    if name != "funnel" or not drivers or drivers & {"conversion", "buyer_value", "buyers", "orders_per_buyer"}:
        return PLANS[name]
    return BY_ORDERS if "order_conversion" in drivers else ORDERS_ALONE


def figures_of(plan: Plan) -> Iterator[str]:
    """The figures of a tree, and those that may stand in for them."""
    yield plan.figure
    if plan.figure in BY_DAY:
        yield BY_DAY[plan.figure]
    for part in plan.parts:
        yield from figures_of(part)


def build(
    plan: Plan, answer: Answer, days: Answer | None, account: Account | None, scope: Scope, lang: str, tree_name: str,
    root: str = "",
) -> Node:  # fmt: skip
    """The tree filled in: `answer` holds its figures (one row), `days` their last days, `account` who moved the root."""
    name = plan.figure
    instead = BY_DAY.get(name, "")
    if instead and first(answer, name) is None and first(answer, instead) is not None:
        name = instead
    shown = FIGURES[name]
    currency = answer.currencies[0]
    value = first(answer, name)
    reason = next((r for r in answer.reasons if r.figure == name), None)
    rate = first(answer, f"{name}__change_rate")
    moved = first(answer, f"{name}__change")
    money = contribution(account, plan.figure)
    return Node(
        figure=name,
        name=shown.zh if lang == "zh" else shown.en,
        sign=plan.sign,
        value=formatting.compact(value, shown.unit, currency, lang),
        full=formatting.exact(value, shown.unit, currency, lang),
        was=formatting.exact(first(answer, f"{name}__compared"), shown.unit, currency, lang),
        change=formatting.change(moved, "rate", None, lang)
        if shown.unit == "rate"
        else formatting.change_rate(rate, lang),
        tone=tone(moved),
        meaning=meaning(moved, shown.higher),
        contribution=formatting.change(money, "money", currency, lang) if money is not None else "",
        contribution_tone=tone(money),
        missing="" if value is not None else missing(name, answer, reason, lang),
        feeds=shown.needs if value is None else (),
        spark=spark(days.columns[name]) if days is not None and name in days.columns else "",
        why=why_address(scope, root or plan.figure, plan.figure, tree_name),
        formula=shown.formula,
        parts=tuple(
            build(part, answer, days, account, scope, lang, tree_name, root or plan.figure) for part in plan.parts
        ),
    )


def missing(name: str, answer: Answer, reason: Reason | None, lang: str) -> str:
    """Why a figure has no value: hidden from this reader, or what the answer says."""
    if name not in answer.columns:
        return word("today.hidden", lang)
    return reason.as_dict(lang)["text"] if reason else formatting.NOTHING


def why_address(scope: Scope, root: str, figure: str, tree_name: str) -> str:
    """Why the root moved, with this node's own part of it chosen."""
    chosen = None if figure == root else figure
    return scope.address("/why", figure=root, tree={"net": "profit"}.get(tree_name, tree_name), driver=chosen)


def first(answer: Answer, column: str) -> Any:
    """The only row's value of a column; None where the answer has no such column."""
    return answer.columns[column][0] if column in answer.columns else None


def contribution(account: Account | None, name: str) -> Any:
    """What a node moved of the root, in its minor units: its own driver's part, or that of the drivers it stands for."""
    if account is None:
        return None
    parts = {line.driver: line.amount for line in account.found.drivers}
    if name == account.found.figure:
        return account.found.change
    if account.found.figure == "contribution":
        return _of_profit(parts, name)
    made = {
        "buyer_value": ("buyer_value", "orders_per_buyer", "identified_order_value"),
        "new_gmv": ("new_gmv", "new_buyers", "new_buyer_value"),
        "repeat_gmv": ("repeat_gmv", "repeat_buyers", "repeat_buyer_value"),
    }
    found = [parts[part] for part in made.get(name, (name,)) if part in parts]
    return sum(found) if found else None


COSTS = ("goods_cost", "ad_cost", "labour_cost", "other_costs")


def _of_profit(parts: Mapping[str, Any], name: str) -> Any:
    """Parts of the profit's change: gmv is all of its drivers, refunds what was kept of it, net both, costs themselves."""
    kept = parts.get("kept_rate", parts.get("refunded_gmv", 0))
    net = sum(amount for driver, amount in parts.items() if driver not in COSTS)
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
    width, height = SPARK
    step = (width - 4) / max(len(values) - 1, 1)
    parts, pen = [], "M"
    for i, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        y = height / 2 if high == low else height - 3 - (float(value) - low) / (high - low) * (height - 6)
        parts.append(f"{pen}{2 + i * step:.1f} {y:.1f}")
        pen = "L"
    return "".join(parts)


def driver_name(name: str, lang: str) -> str:
    """A driver in words."""
    found = driver(name)
    return found.zh if lang == "zh" else found.en
