"""An account of a change for people and programs: JSON, rows, and three sentences made of computed numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from goldloop.metrics.answer import shown, write
from goldloop.metrics.cut_words import cut_names, scope_name, segment_name
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.trees import driver
from goldloop.metrics.why import Line, Why
from goldloop.metrics.why_checks import Check, signed
from goldloop.metrics.why_findings import Drill, Found

MOST = 3  # drivers and segments that a sentence names


@dataclass(frozen=True)
class Account:
    """The answer to `why`: the account of the change, the four checks that come before it, and what stands out."""

    found: Why
    checks: Sequence[Check]
    drill: Drill | None = None

    @property
    def findings(self) -> Sequence[Found]:
        """The segments that moved unlike the rest, largest first."""
        return () if self.drill is None else self.drill.findings

    @property
    def key(self) -> str:
        """Under which name amounts stand in rows and JSON: `money`, or `amount` where the figure is not money."""
        return "money" if FIGURES[self.found.figure].unit == "money" else "amount"

    def written(self, value: Any) -> Any:
        """An amount of the figure as JSON carries it."""
        return write(value, FIGURES[self.found.figure].unit, self.found.currency)

    def shown(self, value: Any) -> str:
        """A value of the figure as a person reads it; "-" where it is not known."""
        return shown(value, FIGURES[self.found.figure].unit, self.found.currency)

    def amount(self, value: Any, *, sign: bool = False) -> str:
        """An amount of the figure as a person reads it; `sign`: as a change."""
        unit, currency = FIGURES[self.found.figure].unit, self.found.currency
        return signed(value, unit, currency) if sign else shown(value, unit, currency)

    def values(self, line: Line) -> tuple[str, str]:
        """What the driver of a line was and is, as a person reads it."""
        unit, currency = driver(line.driver).unit, self.found.currency
        before, after = (
            shown(v if v is None or unit != "money" else round(v), unit, currency) for v in (line.before, line.after)
        )
        return before, after

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The account as `--json` prints it; text, reasons and notes in the language.

        `effect` is always the kind of a line; amounts are `money`, or `amount` where the figure is not money. `totals`
        are the named segments' own changes, `told` what the text says beyond the rest.
        """
        found, key = self.found, self.key
        right, left = found.right.scope, found.left.scope
        against = {"stores": left["stores"], "from": left["from"], "to": left["to"]}
        return {
            "figure": found.figure,
            "tree": found.tree,
            "method": found.method,
            "before": self.written(found.before),
            "after": self.written(found.after),
            "change": self.written(found.change),
            "change_rate": change_rate(found),
            "drivers": [self._driver(line) for line in found.drivers],
            "segments": [{**self._cuts(line.cuts), **self._segment(line)} for line in found.segments],
            "totals": [{**self._cuts(cuts), key: self.written(total)} for cuts, total in found.totals.items()],
            "others": {"count": found.others_count, key: self.written(found.others)},
            "residual": self.written(self._residual()),
            "checks": [check.as_dict(lang) for check in self.checks],
            **self._drilled(lang),
            "missing": [{"by_cut": m.by_cut, **_reason(m.reason.as_dict(lang))} for m in found.missing],
            "text": self.text(lang),
            "told": self._told(),
            "scope": {**{k: v for k, v in right.items() if k not in ("compare", "compared")}, "by": list(found.cuts), "against": against},
            "data": found.right.data,
            "notes": list(dict.fromkeys(n.text(lang) for answer in (found.right, found.left) for n in answer.notes)),
        }  # fmt: skip

    def columns(self) -> dict[str, str]:
        """Columns of `rows()` and their units."""
        kinds = {"driver": "text", "effect": "text", self.key: "money" if self.key == "money" else "number"}
        rest = {"before": "number", "after": "number", "sample": "count", "enough": "text"}
        cuts = dict.fromkeys((*self.found.cuts, *(cut for one in self.findings for cut in one.cuts)), "text")
        return {**cuts, **kinds, **rest, **(dict.fromkeys(("share", "surprise"), "number") if self.findings else {})}

    def rows(self) -> list[dict[str, Any]]:
        """One row per line: drivers of the whole (effect "whole"), segments and "others", then findings and what they leave over.

        The rows of effect "whole" sum to the change, and so do segments with others, and those of effect "finding".
        """
        nothing = dict.fromkeys(self.columns())
        data = self.as_dict()
        rows = [{**nothing, **line, "effect": "whole"} for line in data["drivers"]]
        rows += [{**nothing, **line} for line in data["segments"]]
        if data["others"]["count"]:
            rows.append({**nothing, "driver": "others", "effect": "others", self.key: data["others"][self.key]})
        for one in data["findings"]:
            told = {name: value for name, value in one.items() if name in nothing}
            rows.append({**nothing, **one["cuts"], "driver": self.found.figure, "effect": "finding", **told})
        if self.drill is not None and self.findings:
            over = {"twice": self.drill.twice, "rest": self.drill.rest, "beyond": self.drill.beyond}
            left = {name: self.written(amount) for name, amount in over.items() if amount}
            rows += [{**nothing, "driver": name, "effect": "finding", self.key: value} for name, value in left.items()]
        return rows

    def text(self, lang: str = "en") -> str:
        """What happened, what drove it, and where (or what to mind first): three sentences to paste."""
        zh = lang == "zh"
        return ("" if zh else " ").join((self._what(zh=zh), self._by_driver(zh=zh), self._where(lang)))

    def __repr__(self) -> str:
        return self.text()

    # --- the parts of it ----------------------------------------------------------------------------------------------
    def _cuts(self, cuts: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self.found.cuts, cuts, strict=True))

    def _driver(self, line: Line) -> dict[str, Any]:
        unit, currency = driver(line.driver).unit, self.found.currency
        values = (v if v is None or unit != "money" else round(v) for v in (line.before, line.after))
        before, after = (write(v, unit, currency) for v in values)
        return {"driver": line.driver, self.key: self.written(line.amount), "before": before, "after": after}

    def _segment(self, line: Line) -> dict[str, Any]:
        return {**self._driver(line), "effect": line.effect, "sample": line.sample, "enough": line.enough}

    def _drilled(self, lang: str) -> dict[str, Any]:
        unit, currency = FIGURES[self.found.figure].unit, self.found.currency
        if self.drill is None:
            return {"findings": [], "drill": None}
        return {"findings": self.drill.found(unit, currency), "drill": self.drill.as_dict(unit, currency, lang)}

    def _residual(self) -> Any:
        """The change less all lines: of drivers, and where there are segments of those."""
        found, zero = self.found, self.found.change * 0
        left = [found.change - sum((line.amount for line in found.drivers), zero)]
        if found.segments:
            left.append(found.change - sum((line.amount for line in found.segments), zero) - found.others)
        rest = max(left, key=abs)
        lost = isinstance(rest, float) and abs(rest) <= 1e-9 * max(abs(found.before), abs(found.after))
        return zero if lost else rest

    def _ranked(self) -> tuple[list[Line], list[Line]]:
        """The drivers that a sentence names, largest first, and the others that moved."""
        ranked = sorted((line for line in self.found.drivers if line.amount), key=lambda line: -abs(line.amount))
        most = MOST if len(ranked) > MOST + 1 else MOST + 1  # "1 other" would not be shorter than its name
        return ranked[:most], ranked[most:]

    def _told(self) -> dict[str, Any]:
        """The numbers of the text that stand nowhere else: the sum of the drivers that it does not name."""
        rest = self._ranked()[1]
        return {
            "other_drivers": {
                "count": len(rest),
                self.key: self.written(sum((d.amount for d in rest), self.found.change * 0)),
            }
        }

    def _what(self, *, zh: bool) -> str:
        found, scope = self.found, self.found.right.scope
        name, dates, against = driver_name(found.figure, zh=zh), _dates(scope), self.against()
        rate = change_rate(found)
        told = rate is not None and FIGURES[found.figure].unit != "rate"
        share = f"（{percent(found)}）" if zh and told else f" ({percent(found)})" if told else ""
        money = f" {found.currency}" if FIGURES[found.figure].unit.startswith("money") and found.currency else ""
        after, size = self.amount(found.after) + money, self.amount(found.change, sign=True).lstrip("+-")
        if not found.change:
            return (
                f"{dates} {name}为 {after}，与对比（{against}）相同。"
                if zh
                else f"{name} of {dates} is {after}, the same as in {against}."
            )
        if zh:
            return (
                f"{dates} {name}{'上升' if found.change > 0 else '下降'} {size}{share}，为 {after}（对比 {against}）。"
            )
        return f"{name[:1].upper()}{name[1:]} {'rose' if found.change > 0 else 'fell'} by {size}{share} to {after} ({dates} against {against})."

    def against(self) -> str:
        """The dates, or the other store, that the change is measured from."""
        left, right = self.found.left.scope, self.found.right.scope
        return _dates(left) if left["stores"] == right["stores"] else ", ".join(left["stores"])

    def _by_driver(self, *, zh: bool) -> str:
        named, rest = self._ranked()
        if not named:
            return "各因素均无变化。" if zh else "No driver moved."
        parts = [(driver_name(line.driver, zh=zh), line.amount) for line in named]
        if rest:
            parts.append((f"其他 {len(rest)} 项" if zh else f"{len(rest)} others", sum(line.amount for line in rest)))
        return f"按因素：{self._list(parts, zh=zh)}。" if zh else f"By driver: {self._list(parts, zh=zh)}."

    def _where(self, lang: str) -> str:
        zh, found = lang == "zh", self.found
        if found.totals:
            named = list(found.totals.items())[:MOST]
            parts = self._list([(self._segment_name(key, zh=zh), amount) for key, amount in named], zh=zh)
            cuts = cut_names(found.cuts, zh=zh)
            few = ("、" if zh else ", ").join(self._few(zh=zh))
            note = (f"；其中数据不足：{few}" if zh else f"; not enough data in {few}") if few else ""
            return f"按{cuts}：{parts}{note}。" if zh else f"By {cuts}: {parts}{note}."
        doubts = [check.text(lang) for check in self.checks if not check.ok]
        if self.findings:
            parts = self._list([(scope_name(one.cuts, zh=zh), one.change) for one in self.findings[:MOST]], zh=zh)
            stop = ("；先留意：" if zh else "; mind first: ") + doubts[0] if doubts else "。" if zh else "."
            return f"异动：{parts}{stop}" if zh else f"Unlike the rest moved {parts}{stop}"
        if doubts:
            return f"先留意：{doubts[0]}" if zh else f"Mind first: {doubts[0]}"
        return (
            "数据、活动、口径与日历均无疑点。"
            if zh
            else "Data, events, definitions and calendar give no reason to doubt it."
        )

    def _segment_name(self, key: Sequence[Any], *, zh: bool) -> str:
        return segment_name(self.found.cuts, key, zh=zh)

    def _few(self, *, zh: bool) -> list[str]:
        """The segments that the text names although their largest effect rests on a small sample."""
        small = []
        for key in list(self.found.totals)[:MOST]:
            largest = max(
                (line for line in self.found.segments if line.cuts == key and not line.of_nobody),
                key=lambda line: abs(line.amount),
            )
            small += [] if largest.enough else [self._segment_name(key, zh=zh)]
        return small

    def _list(self, parts: Sequence[tuple[str, Any]], *, zh: bool) -> str:
        return ("，" if zh else ", ").join(f"{name} {self.amount(amount, sign=True)}" for name, amount in parts)


def change_rate(found: Why) -> float | None:
    """The change over what it was; None where that was 0."""
    return round(float(found.change) / abs(float(found.before)), 4) if found.before else None


def percent(found: Why) -> str:
    """The change over what it was in percent, one decimal, half up, with its sign."""
    share = Decimal(str(float(found.change) / abs(float(found.before)) * 100))
    return f"{share.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):+f}%"


def driver_name(name: str, *, zh: bool) -> str:
    """A driver in the reader's words."""
    return driver(name).zh if zh else driver(name).en


def _dates(scope: dict[str, Any]) -> str:
    return scope["from"] if scope["from"] == scope["to"] else f"{scope['from']}..{scope['to']}"


def _reason(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in ("figure", "code", "text")}
