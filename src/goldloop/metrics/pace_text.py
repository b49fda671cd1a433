"""Pace and an event's return for people and programs: JSON, and sentences made of computed numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.core.pace import Pace
from goldloop.metrics.answer import shown, write
from goldloop.metrics.levers_text import as_value, named
from goldloop.metrics.owners import Event
from goldloop.metrics.pace import MONEY, Paced
from goldloop.metrics.why_checks import signed

SHAPE_NAMES = {
    "even": ("even split, no history used", "平均分"), "weekday": ("by weekday, last eight weeks", "按星期，近八周"),
    "given": ("by the given shape", "按给定权重"), "plan": ("by the plan's own days", "按计划的每日目标"), "learned": ("as learned from the days before", "按历史学到的节奏"),
}  # fmt: skip


@dataclass(frozen=True)
class PaceAnswer:
    """The answer to `plan pace`; `left_out` says of targets of a plan why nothing is known of what came (`pace_no_data`)."""

    found: Paced
    left_out: tuple[GoldloopError, ...] = ()

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `--json` prints it; money as text in major units."""
        found = self.found
        return {
            "until": str(found.until), "shape": found.shape, "targets": [self._target(name, pace) for name, pace in found.paces.items()],
            "needed": {name: as_value(name, value, found.currency) for name, value in found.needed_value.items()},
            "text": self.text(lang), "scope": {k: v for k, v in found.answer.scope.items() if k not in ("compare", "compared")},
            "data": found.answer.data, "notes": [note.text(lang) for note in found.answer.notes],
            "missing": [{"name": one.params["name"], "text": self._why(one, zh=lang == "zh")} for one in self.left_out],
        }  # fmt: skip

    @staticmethod
    def _why(one: GoldloopError, *, zh: bool) -> str:
        name, month = named(one.params["name"], zh=zh), one.params["month"]
        return f"{name}：{month} 未知。{one.params['why']}" if zh else one.text.replace(f"'{one.params['name']}'", name)

    def write(self, name: str, amount: int | None) -> Any:
        """An amount of a target as JSON carries it."""
        return write(amount, self._unit(name), self.found.currency)

    def shown(self, name: str, amount: int | None, *, sign: bool = False) -> str:
        """An amount of a target as a person reads it."""
        return (signed if sign else shown)(amount, self._unit(name), self.found.currency)

    def _unit(self, name: str) -> str:
        return "money" if name in MONEY else "count"

    def _target(self, name: str, pace: Pace) -> dict[str, Any]:
        proposal, first = self.found.proposals[name], self.found.period.first
        amounts = {n: self.write(name, getattr(pace, n)) for n in ("target", "done", "due", "ahead", "left")}
        rest = zip(pace.needed, proposal.was, proposal.proposed, proposal.added, strict=True)
        days = [
            {
                "day": str(first + timedelta(days=pace.elapsed + i)), "planned": self.write(name, was), "needed": self.write(name, needed),
                "proposed": self.write(name, proposed), "added": self.write(name, added),
            }
            for i, (needed, was, proposed, added) in enumerate(rest)
        ]  # fmt: skip
        rates = {n: getattr(pace, n) for n in ("completion", "time", "calendar", "run_rate", "needed_rate")}
        return {"target_of": name, **amounts, **rates, "missing": self.write(name, proposal.missing), "days": days}

    def text(self, lang: str = "en") -> str:
        """Per target: where it stands against its time, and what a remaining day needs."""
        zh = lang == "zh"
        said = [self._said(name, pace, zh) for name, pace in self.found.paces.items()]
        return "\n".join([*said, self._shape(zh)])

    def _shape(self, zh: bool) -> str:
        name = SHAPE_NAMES[self.found.shape][zh]
        return (
            f"时间进度：{name}；数据到 {self.found.until}。" if zh else f"Time: {name}; done up to {self.found.until}."
        )

    def _said(self, name: str, pace: Pace, zh: bool) -> str:
        done, target, ahead = (
            self.shown(name, pace.done),
            self.shown(name, pace.target),
            self.shown(name, pace.ahead, sign=True),
        )
        days = len(pace.needed)
        mean = round(pace.left / days) if days else 0
        rate = "" if pace.needed_rate is None else f"{pace.needed_rate:.2f}"
        if zh:
            head = f"{named(name, zh=True)} {done} / {target}：完成率 {pace.completion:.1%}（时间进度 {pace.time:.1%}），差 {ahead}"
            rest = f"；剩 {days} 天日均需 {self.shown(name, mean)}（计划的 {rate} 倍）" if days else ""
            return f"{head}{rest}。"
        head = f"{named(name, zh=False)} {done} of {target}: {pace.completion:.1%} done, {pace.time:.1%} due, {ahead}"
        rest = f"; {days} days left need {self.shown(name, mean)} a day ({rate} times their plan)" if days else ""
        return f"{head}{rest}."

    def __repr__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class EventAnswer:
    """The answer to `plan event`: an acquisition event as an investment."""

    found: Event

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `--json` prints it; money as text in major units."""
        event, one = self.found, self.found.found
        names = ("result", "invested", "returns", "low", "high", "balance")
        return {
            **{name: write(getattr(one, name), "money", event.currency) for name in names},
            "sales": write(event.sales, "money", event.currency), "costs": write(event.costs, "money", event.currency),
            "margin": event.margin, "new_buyers": one.buyers, "owed": one.owed, "months": one.months, "pays": one.pays,
            "text": self.text(lang), "scope": {k: v for k, v in event.right.scope.items() if k not in ("compare", "compared")},
            "data": event.right.data,
        }  # fmt: skip

    def text(self, lang: str = "en") -> str:
        """What it left over, what it is expected to bring back, and who owes it."""
        event, one, zh = self.found, self.found.found, lang == "zh"
        amounts = {n: shown(getattr(one, n), "money", event.currency) for n in ("invested", "returns", "low", "high")}
        result, balance = (signed(v, "money", event.currency) for v in (one.result, one.balance))
        verdict = {
            True: ("it pays", "预计回本"),
            False: ("it does not pay", "预计不回本"),
            None: ("open whether it pays", "能否回本尚不确定"),
        }
        pays = verdict[one.pays][zh]
        if zh:
            head = f"活动毛利减费用 {result}，带来新客 {one.buyers:,} 人（记流量）" + (
                f"；亏损 {amounts['invested']} 记为拉新投资" if one.invested else ""
            )
            return (
                f"{head}。会员下月应完成二购 {one.owed:,.0f} 人，预计带回毛利 {amounts['returns']}"
                f"（{amounts['low']}–{amounts['high']}，依据 {one.months} 个月）；合计 {balance}：{pays}。"
            )
        head = f"The event left {result} after goods and costs and won {one.buyers:,} new buyers (credited to traffic)"
        head += f"; the loss of {amounts['invested']} is an investment" if one.invested else ""
        return (
            f"{head}. Members owe {one.owed:,.0f} second purchases by the end of next month, expected to bring back {amounts['returns']} of gross "
            f"profit ({amounts['low']} to {amounts['high']}, from {one.months} months); together {balance}: {pays}."
        )

    def __repr__(self) -> str:
        return self.text()
