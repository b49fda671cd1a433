"""The account of three owners for people and programs: JSON, and sentences made of computed numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from goldloop.core.owners import OWNERS, Account, Books, Entry
from goldloop.metrics.answer import shown, write
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.owners import Owned, Task
from goldloop.metrics.why_checks import signed

OWNER_NAMES = {
    "traffic": ("traffic", "流量"), "members": ("members", "会员"), "operations": ("operations", "运营"),
    "unassigned": ("unassigned", "未分配"),
}  # fmt: skip


@dataclass(frozen=True)
class OwnersAnswer:
    """The answer to `plan owners`."""

    found: Owned

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `--json` prints it; money as text in major units."""
        found = self.found
        scope = {k: v for k, v in found.right.scope.items() if k not in ("compare", "compared")}
        units = [
            {
                "month": unit.month, "store": unit.store, **self._account(unit.account),
                "reason": None if unit.reason is None else unit.reason.as_dict(lang)["text"],
            }
            for unit in found.units
        ]  # fmt: skip
        return {
            "against": "plan" if found.against is None else str(found.against), **self._account(found.account),
            "due": found.share, "even": found.even, "tasks": [self._task(task, lang) for task in found.tasks],
            "units": units, "text": self.text(lang), "scope": scope, "data": found.right.data,
            "notes": list(dict.fromkeys(note.text(lang) for side in (found.right, found.left) if side for note in side.notes)),
        }  # fmt: skip

    def money(self, amount: int, *, sign: bool = False) -> str:
        """An amount as a person reads it."""
        return (signed if sign else shown)(amount, "money", self.found.currency)

    def value(self, entry: Entry, value: float | None) -> str:
        """A driver's value as a person reads it; parts of buyers, which plans of a part of a month have, are rounded."""
        unit = FIGURES[entry.driver].unit
        rounded: Any = value if value is None or unit == "money_per" else round(value)
        return shown(rounded, unit, self.found.currency)

    def text(self, lang: str = "en") -> str:
        """How large the gap is, whose it is, what is handed over: sentences to paste."""
        zh = lang == "zh"
        return ("" if zh else " ").join(
            [self._gap(zh), self._shares(zh), *(self._handed(task, zh) for task in self.found.tasks)]
        )

    def __repr__(self) -> str:
        return self.text()

    # --- the parts of it ----------------------------------------------------------------------------------------------
    def _account(self, account: Account) -> dict[str, Any]:
        currency = self.found.currency
        lines = []
        for owner in OWNERS:
            mine = [entry for entry in account.entries if entry.owner == owner]
            lines.append(
                {
                    "owner": owner,
                    "amount": write(account.of(owner), "money", currency),
                    "entries": [self._entry(e) for e in mine],
                }
            )
        sides = {side: write(getattr(account, side).gmv, "money", currency) for side in ("before", "after")}
        books = {f"{side}_books": self._books(getattr(account, side)) for side in ("before", "after")}
        return {**sides, "gap": write(account.gap, "money", currency), "owners": lines, **books}

    def _entry(self, entry: Entry) -> dict[str, Any]:
        unit, currency = FIGURES[entry.driver].unit, self.found.currency
        values = (
            value if value is None or unit == "money_per" else round(value, 4) for value in (entry.before, entry.after)
        )
        before, after = (
            v if v is None or unit == "count" else write(round(v) if unit == "money" else v, unit, currency)
            for v in values
        )
        return {
            "segment": entry.segment, "driver": entry.driver, "before": before, "after": after,
            "amount": write(entry.amount, "money", currency),
        }  # fmt: skip

    def _books(self, books: Books) -> dict[str, Any]:
        counts = {name: getattr(books, name) for name in ("new_buyers", "repeat_buyers")}
        amounts = {
            n: write(getattr(books, n), "money", self.found.currency)
            for n in ("new_gmv", "repeat_gmv", "unidentified_gmv")
        }
        return {**counts, **amounts}

    def _task(self, task: Task, lang: str) -> dict[str, Any]:
        head = {"month": task.month, "due": task.due}
        if task.found is None:
            return {**head, "reason": None if task.reason is None else task.reason.as_dict(lang)["text"]}
        one = task.found
        return {
            **head, "new_buyers": one.buyers, "second_rate": one.rate, "expected": one.expected, "low": one.low,
            "high": one.high, "so_far": one.so_far, "left": one.left, "months": one.months,
        }  # fmt: skip

    def _gap(self, zh: bool) -> str:
        found, gap = self.found, self.found.account.gap
        sides = [self.money(side.gmv) for side in (found.account.before, found.account.after)]
        amount, currency = self.money(gap, sign=True), found.currency or ""
        if found.against is None:
            part = (
                ""
                if found.share == 1.0
                else f"（{'按天平均' if found.even else '按给定权重'}，应完成 {found.share or 0:.1%}）"
            )
            if zh:
                return f"目标{part} {sides[0]}，实际 {sides[1]} {currency}，差 {amount}。"
            part = (
                ""
                if found.share == 1.0
                else f" (due by now: {found.share or 0:.1%}, {'evenly by days' if found.even else 'by the given shape'})"
            )
            return f"Target{part} {sides[0]}, actual {sides[1]} {currency}: gap {amount}."
        if zh:
            return f"{found.against} 为 {sides[0]}，本期 {sides[1]} {currency}，变化 {amount}。"
        return f"{found.against} was {sides[0]}, now {sides[1]} {currency}: change {amount}."

    def _shares(self, zh: bool) -> str:
        parts = []
        for owner in OWNERS:
            entries: Sequence[Entry] = [e for e in self.found.account.entries if e.owner == owner and e.amount]
            if not entries and owner == "unassigned":
                continue
            said = [
                f"{FIGURES[e.driver].zh if zh else FIGURES[e.driver].en} {self.value(e, e.before)} → {self.value(e, e.after)}"
                f"{'：' if zh else ': '}{self.money(e.amount, sign=True)}"
                for e in entries
            ]
            name = OWNER_NAMES[owner][zh]
            inside = "" if not said else f"（{'；'.join(said)}）" if zh else f" ({'; '.join(said)})"
            parts.append(f"{name} {self.money(self.found.account.of(owner), sign=True)}{inside}")
        return "；".join(parts) + "。" if zh else "; ".join(parts) + "."

    def _handed(self, task: Task, zh: bool) -> str:
        if task.found is None:
            reason = "" if task.reason is None else task.reason.as_dict("zh" if zh else "en")["text"]
            return (
                f"{task.month} 新客的二购任务未知：{reason}"
                if zh
                else f"Second purchases of the new buyers of {task.month} cannot be told: {reason}"
            )
        one = task.found
        if zh:
            return (
                f"{task.month} 新客 {one.buyers:,} 人交给会员：到 {task.due} 目标二购人数 {one.expected:,.0f}"
                f"（二购率 {one.rate:.1%}，80% 区间 {one.low:,}–{one.high:,}，依据 {one.months} 个月），已完成 {one.so_far:,}。"
            )
        return (
            f"{one.buyers:,} new buyers of {task.month} are handed to members: {one.expected:,.0f} should buy again by {task.due} "
            f"(second rate {one.rate:.1%}, 80 % interval {one.low:,} to {one.high:,}, from {one.months} months), {one.so_far:,} did so far."
        )
