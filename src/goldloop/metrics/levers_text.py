"""Levers, what-if and pace for people and programs: JSON, and sentences made of computed numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.core.levers import DRIVERS, LeversError, Mix, Move, Slope, Tried, sensitivity, what_if
from goldloop.core.levers.state import RATES
from goldloop.core.money import to_minor
from goldloop.core.plan.plan import LARGEST, SHOWN, read_number
from goldloop.metrics.answer import shown, write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.levers import Known, Missing
from goldloop.metrics.owners_text import OWNER_NAMES
from goldloop.metrics.why_checks import signed

# Drivers and levers that are no figure of their own name: (English, Chinese, unit).
NAMES = {
    "ad_budget": ("ad budget", "广告预算", "money"), "discount": ("discount rate", "折扣率", "rate"),
    "coupons": ("coupon cost", "券成本", "money"),
}  # fmt: skip


def named(driver: str, *, zh: bool) -> str:
    """A driver or lever in words."""
    return NAMES[driver][zh] if driver in NAMES else FIGURES[driver].zh if zh else FIGURES[driver].en


def unit_of(driver: str) -> str:
    """The unit of a driver's values, as `write` and `shown` know it."""
    return NAMES[driver][2] if driver in NAMES else FIGURES[driver].unit


def as_value(driver: str, value: float | None, currency: str | None) -> Any:
    """A driver's value as JSON carries it: money as text in major units."""
    unit = unit_of(driver)
    if value is None or unit in ("rate", "count"):
        return value
    return write(round(value) if unit == "money" else value, unit, currency)


def as_shown(driver: str, value: float | None, currency: str | None) -> str:
    """A driver's value as a person reads it."""
    unit = unit_of(driver)
    return shown(value if value is None or unit in ("rate", "money_per") else round(value), unit, currency)


def moves_of(known: Known, given: Mapping[str, Any]) -> dict[str, float]:
    """Moves as a person gives them, in the drivers' own units.

    `+5%` and `-5%` are relative to now; `15%` is a share; numbers are counts, shares or major units. Raises
    `driver_unknown`, `driver_text` and `driver_bad`.
    """
    found = {}
    for name, value in given.items():
        driver = name.replace("-", "_")
        now = known.state.value(driver)
        said = value.strip() if isinstance(value, str) else value
        found[driver] = _move(driver, said, now, known.currency or "")
    return found


def _move(driver: str, said: Any, now: float | None, currency: str) -> float:
    text = str(said)
    percent, relative = text.endswith("%"), text.startswith(("+", "-"))
    try:
        number = read_number(said, driver)
    except GoldloopError:
        raise _no_value(text, driver) from None
    if percent and relative:
        found = Fraction(now or 0) * (1 + number)
    elif percent and driver not in RATES:
        raise _no_value(text, driver)
    else:
        found = number * (to_minor(1, currency) if unit_of(driver).startswith("money") else 1)
    if not 0 <= found <= LARGEST * to_minor(1, currency):
        raise LeversError(
            "driver_bad",
            f"'{driver}' cannot be {text[:SHOWN]}.",
            given=text[:SHOWN],
            allowed="0 .. 1" if driver in RATES else f"0 .. {LARGEST}",
            name=driver,
        )
    return float(found)


def _no_value(text: str, driver: str) -> LeversError:
    return LeversError(
        "driver_text",
        f"'{text[:SHOWN]}' is no value for '{driver}'.",
        given=text[:SHOWN],
        allowed="20000, 15%, +5%",
        value=text[:SHOWN],
        name=driver,
    )


@dataclass(frozen=True)
class WhatIf:
    """The answer to `plan whatif`: the drivers as they are with their past, and the month with some of them moved."""

    known: Known
    moves: Mapping[str, float]
    found: Tried

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `--json` prints it; money as text in major units."""
        known, found, currency = self.known, self.found, self.known.currency
        money = {name: write(getattr(found, name), "money", currency) for name in ("gmv", "low", "high", "net", "left")}
        now = what_if(known.state, {})
        before = {name: write(getattr(now, name), "money", currency) for name in ("gmv", "net", "left")}
        owners = {owner: write(part, "money", currency) for owner, part in found.account.owners.items()}
        return {
            **money, "before": before, "change": write(found.account.gap, "money", currency), "owners": owners, "beyond": list(found.beyond),
            "drivers": self._drivers(), "missing": missing(known, lang), "text": self.text(lang),
            "scope": {k: v for k, v in known.answer.scope.items() if k not in ("compare", "compared")}, "data": known.answer.data,
        }  # fmt: skip

    def _drivers(self) -> list[dict[str, Any]]:
        state, currency = self.known.state, self.known.currency
        worth, found = sensitivity(state), []
        for driver in DRIVERS:
            now = state.value(driver)
            if now is None:
                continue
            reach = state.reach.get(driver)
            ends = (None, None, 0) if reach is None else (reach.low, reach.high, reach.months)
            gmv, net = worth.get(driver, (None, None))
            found.append({
                "driver": driver, "now": as_value(driver, now, currency), "to": as_value(driver, self.moves.get(driver, now), currency),
                "low": as_value(driver, ends[0], currency), "high": as_value(driver, ends[1], currency), "months": ends[2],
                "beyond": driver in self.found.beyond, "one_percent_gmv": write(gmv, "money", currency),
                "one_percent_net": write(net, "money", currency),
            })  # fmt: skip
        return found

    def text(self, lang: str = "en") -> str:
        """What the month becomes, whose it is, and what was never done so far."""
        zh, known, found = lang == "zh", self.known, self.found
        amount = shown(found.gmv, "money", known.currency)
        change = signed(found.account.gap, "money", known.currency)
        parts = [
            f"{OWNER_NAMES[owner][zh]} {signed(part, 'money', known.currency)}"
            for owner, part in found.account.owners.items()
            if part
        ]
        span = (
            ""
            if found.low is None
            else f"{shown(found.low, 'money', known.currency)}–{shown(found.high, 'money', known.currency)}"
        )
        if zh:
            said = [
                f"销售额 {amount}（{change}{'，80% 区间 ' + span if span else ''}）{'：' + '，'.join(parts) if parts else ''}。"
            ]
            said += [f"{named(d, zh=True)} {self._beyond(d)}：过去没做到过。" for d in found.beyond]
        else:
            said = [
                f"GMV {amount} ({change}{', 80 % interval ' + span if span else ''}){': ' + ', '.join(parts) if parts else ''}."
            ]
            said += [f"{named(d, zh=False)} {self._beyond(d)}: never done so far." for d in found.beyond]
        return ("" if zh else " ").join(said)

    def _beyond(self, driver: str) -> str:
        reach, currency = self.known.state.reach[driver], self.known.currency
        values = (as_shown(driver, v, currency) for v in (self.moves[driver], reach.low, reach.high))
        return "{} (p10-p90: {}-{})".format(*values)

    def __repr__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class LeversAnswer:
    """The answer to `plan levers`: the cheapest plausible moves that close a gap, or the best ones for a `budget`."""

    known: Known
    found: Mix
    budget: int | None = None

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `--json` prints it; money as text in major units."""
        known, found, currency = self.known, self.found, self.known.currency
        money = {
            name: write(getattr(found, name), "money", currency)
            for name in ("gap", "gain", "low", "high", "cost", "short")
        }
        return {
            **money, "budget": write(self.budget, "money", currency), "feasible": found.feasible, "moves": [self._move(move) for move in found.moves], "unused": list(found.unused),
            "missing": missing(known, lang), "warnings": [text for _, text in self.warnings(zh=lang == "zh")], "text": self.text(lang),
            "scope": {k: v for k, v in known.answer.scope.items() if k not in ("compare", "compared")}, "data": known.answer.data,
        }  # fmt: skip

    def _move(self, move: Move) -> dict[str, Any]:
        lever, currency = move.lever, self.known.currency
        low, high = (as_value(lever.name, end, currency) for end in lever.usual)
        return {
            "lever": lever.name, "from": as_value(lever.name, lever.now, currency), "to": as_value(lever.name, move.to, currency),
            "low": low, "high": high, "cases": lever.response.cases, "cost": write(move.cost, "money", currency),
            "gain": write(move.gain, "money", currency), "buyers": move.buyers, "marginal": move.marginal, "beyond": move.beyond,
            "marginal_cac": None if (cac := self._cac(move)) is None else write(cac[0], "money", currency),
            "marginal_cac_low": None if cac is None else write(cac[1], "money", currency),
            "marginal_cac_high": None if cac is None else write(cac[2], "money", currency),
        }  # fmt: skip

    def _cac(self, move: Move) -> tuple[int, int, int] | None:
        """What one more new buyer costs where the lever ends up, with its 80 % interval."""
        response, x = move.lever.response, move.to / move.lever.periods
        if isinstance(response, Slope) or x <= 0:
            return None
        cost, (low, high) = response.marginal_cost(x), response.marginal_cost_interval(x)
        return (round(cost), round(low), round(high)) if max(cost, low, high) < 1e15 else None

    def warnings(self, *, zh: bool) -> Sequence[tuple[str, str]]:
        """Moves whose next buyer costs more than she brings, by lever."""
        state, currency, found = self.known.state, self.known.currency, []
        for move in self.found.moves:
            cac, kind = self._cac(move), move.lever.target.removesuffix("_buyers")
            value = state.value(f"{kind}_buyer_value") if cac else None
            if cac is None or value is None:
                continue
            worth = value if state.margin is None else value * state.margin * (1 - (state.refund_rate or 0))
            if cac[0] > worth:
                amounts = [shown(v, "money", currency) for v in (cac[0], round(worth))]
                rest = ("毛利" if zh else "gross profit") if state.margin is not None else ("销售额" if zh else "sales")
                text = (
                    f"再多一个买家要花 {amounts[0]}，首购只带来{rest} {amounts[1]}：靠复购才回本。" if zh
                    else f"One more buyer costs {amounts[0]} and brings {rest} of {amounts[1]} at first: it pays only if she comes back."
                )  # fmt: skip
                found.append((move.lever.name, text))
        return found

    def text(self, lang: str = "en") -> str:
        """Which levers, by how much, at what cost; or how far they reach at most."""
        zh, found, currency = lang == "zh", self.found, self.known.currency
        gap, gain, cost, short = (shown(v, "money", currency) for v in (found.gap, found.gain, found.cost, found.short))
        span = f"{shown(found.low, 'money', currency)}–{shown(found.high, 'money', currency)}"
        moved = [move for move in found.moves if move.to != move.lever.now]
        if self.budget is not None:
            spent = shown(self.budget, "money", currency)
            change = signed(found.gain, "money", currency)
            head = (
                f"预算 {spent} 的最好用法：销售额 {change}（80% 区间 {span}）。" if zh
                else f"The best use of {spent}: sales {change} (80 % interval {span})."
            )  # fmt: skip
        elif not found.feasible:
            ever = not any(move.beyond for move in found.moves)
            where = (
                ("在做到过的范围内" if ever else "即使超出历史范围")
                if zh
                else "inside what was ever done"
                if ever
                else "even beyond what was ever done"
            )
            head = (
                f"差 {gap}，{where}最多补 {gain}，还差 {short}。"
                if zh
                else f"Gap {gap}: {where} the levers bring {gain} at most, {short} stays open."
            )
        else:
            head = (
                f"补 {gap} 最省的做法花 {cost}，预计带来 {gain}（80% 区间 {span}）。" if zh
                else f"The cheapest way to {gap} costs {cost} and brings {gain} (80 % interval {span})."
            )  # fmt: skip
        said = [head, *(self._said(move, zh) for move in moved), *(text for _, text in self.warnings(zh=zh))]
        unused = [named(name, zh=zh) for name in found.unused]
        if unused:
            said.append(
                f"{'、'.join(unused)}：历史数据看不出效果，未使用。"
                if zh
                else f"Not used, their past proves nothing: {', '.join(unused)}."
            )
        return ("" if zh else " ").join(said)

    def _said(self, move: Move, zh: bool) -> str:
        lever, currency = move.lever, self.known.currency
        old, new = (as_shown(lever.name, v, currency) for v in (lever.now, move.to))
        gain = signed(move.gain, "money", currency)
        low, high = (as_shown(lever.name, v, currency) for v in lever.usual)
        never = ("，过去没做到过" if zh else ", never done so far") if move.beyond else ""
        if zh:
            buyers = "" if move.buyers is None else f"，买家 {move.buyers:+,.0f}"
            return f"{named(lever.name, zh=True)} {old} → {new}（历史 {low}–{high}，{lever.response.cases} 周{never}）：{gain}{buyers}。"
        buyers = "" if move.buyers is None else f", {move.buyers:+,.0f} buyers"
        return f"{named(lever.name, zh=False)} {old} → {new} (past {low} to {high}, {lever.response.cases} weeks{never}): {gain}{buyers}."

    def __repr__(self) -> str:
        return self.text()


def missing(known: Known, lang: str) -> list[dict[str, Any]]:
    """Levers and drivers that are not there, with the reason; the reason of a lever's past has a code of its own."""
    return [{"name": one.name, **_why(one, lang)} for one in known.missing]


def _why(one: Missing, lang: str) -> dict[str, Any]:
    if isinstance(one.reason, LeversError):
        return {"code": one.reason.code, "text": LEVER_REASONS[one.reason.code][lang == "zh"]}
    return {"code": one.reason.code, "text": one.reason.as_dict(lang)["text"]}


LEVER_REASONS = {
    "lever_few": (
        "Fewer than 12 normal weeks are loaded, too few to tell what it brings.",
        "不受活动影响的数据不足 12 周，无法判断效果。",
    ),
    "lever_still": (
        "It was hardly ever moved, so its past does not tell what a move brings.",
        "过去几乎没有调整过，无法判断调整的效果。",
    ),
    "lever_bad": ("Its past holds numbers that cannot be.", "历史数据中有不合理的数值。"),
}
