"""A solved plan as JSON: values as programs read them, and every statement with its sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil
from typing import Any

from goldloop.core.money import exponent
from goldloop.core.plan import words
from goldloop.core.plan.derive import DIGITS
from goldloop.core.plan.findings import Check, findings
from goldloop.core.plan.solution import Conflict, Solution
from goldloop.core.plan.variables import CAC, VARIABLES


class Written:
    """One reading of a plan as `--json` carries it; `cac` is the variable it reads an open CAC as, None where it is told."""

    def __init__(self, found: Solution, cac: str | None, currency: str, lang: str) -> None:
        self.found, self.cac, self.currency, self.lang = found, cac, currency, lang

    def given(self) -> dict[str, Any]:
        """The values that were given."""
        return self._values(self.found.given)

    def answer(self) -> dict[str, Any]:
        """What follows, clashes, is rounded or is missing, and what there is to say of it."""
        found, lang = self.found, self.lang
        wholes = {n: x for n, x in found.solved.items() if VARIABLES[n].unit == "count" and x.denominator != 1}
        open_by_value = [{"code": "degenerate", "variables": list(found.degenerate), "text": self._degenerate()}]
        return {
            "solved": self._values(found.solved),
            "whole": {n: words.whole(n, x) for n, x in wholes.items()},
            "conflicts": [self._conflict(one) for one in found.conflicts],
            "roundings": [
                {"variable": r.variable, "from": self.value(r.variable, r.given), "to": self.value(r.variable, r.exact),
                 "others": list(r.others), "text": words.rounding_text(r, self.currency, lang)}
                for r in found.roundings
            ],
            "missing": [{"variables": list(m.variables), "need": m.need, "text": words.missing_text(m, lang)} for m in found.missing],
            "findings": [
                {"code": f.code, "text": words.sentence(f.code, f.values, self.currency, lang)} for f in findings(found)
            ] + (open_by_value if found.degenerate else []),
        }  # fmt: skip

    def value(self, name: str, value: Fraction) -> Any:
        """Money as text in major units, 12 digits after the point at most; counts whole where they are, else numbers."""
        unit = VARIABLES[name].unit
        if unit in ("money", "money_per"):
            major = value / 10 ** exponent(self.currency)
            with localcontext(prec=DIGITS):
                text = f"{(Decimal(major.numerator) / Decimal(major.denominator)).quantize(Decimal('1e-12')):f}"
            return text.rstrip("0").rstrip(".")
        return int(value) if unit == "count" and value.denominator == 1 else float(value)

    def check(self, check: Check) -> dict[str, Any]:
        """One equation held against the values."""
        text = words.formula(check.equation, self.lang)
        value, exact = (self.value(check.left, x) for x in (check.value, check.exact))
        return {
            "equation": check.equation,
            "formula": text,
            "variable": check.left,
            "value": value,
            "exact": exact,
            "state": check.state,
        }

    def _values(self, values: Mapping[str, Fraction]) -> dict[str, Any]:
        return {name: self.value(name, values[name]) for name in VARIABLES if name in values}

    def _degenerate(self) -> str:
        return words.TEXTS["degenerate"][self.lang].format(titles=words.titles(self.found.degenerate, self.lang))

    def _conflict(self, one: Conflict) -> dict[str, Any]:
        repairs = [
            {"variable": r.variable, "from": self.value(r.variable, r.before), "to": self.value(r.variable, r.after),
             "exact": self.value(r.variable, r.exact), "share": float(r.share), "leaves": r.leaves}
            for r in one.repairs
        ]  # fmt: skip
        extra = list(self._without_ads(one))
        return {
            "code": one.code,
            "variables": list(one.variables),
            "equations": list(one.equations),
            "variable": one.of,
            "given": self.value(one.of, one.given),
            "exact": self.value(one.of, one.exact),
            "size": self.value(one.of, one.size),
            "repairs": repairs + [way for way, _ in extra],
            "text": words.conflict_text(one, [text for _, text in extra], self.currency, self.lang),
        }

    def _without_ads(self, one: Conflict) -> Iterable[tuple[dict[str, Any], str]]:
        """The way out that the other reading of an open CAC offers: some new buyers come without ads."""
        given, too_little = self.found.given, one.exact > one.given
        if self.cac != CAC[0] or one.code != CAC[0] or not too_little:
            return
        new = given["new_buyers"]
        free = new - given["ad_budget"] / given[CAC[0]]
        said = {
            "free": ("new_buyers", Fraction(ceil(free))),
            "new_buyers": ("new_buyers", new),
            "share": ("ad_rate", free / new),
        }
        way = {
            "variable": "free_new_buyers",
            "from": 0,
            "to": ceil(free),
            "exact": float(free),
            "share": float(free / new),
        }
        yield way, words.sentence("repair_free", said, self.currency, self.lang)
