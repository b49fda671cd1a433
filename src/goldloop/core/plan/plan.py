"""`plan_solve`: a month's plan from what is known of it, as a person types it, to everything that follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.core.plan import words
from goldloop.core.plan.findings import Check, checks
from goldloop.core.plan.solution import Solution, in_range, solve
from goldloop.core.plan.variables import CAC, EQUATIONS, VARIABLES
from goldloop.core.plan.written import Written

Number = int | float | str | Decimal | Fraction
LARGEST = 10**15  # of any value, in major units
LONGEST = 500  # characters of a number
SHOWN = 60  # of them in an error
STEPS = {"": Fraction(1), "%": Fraction(1, 100), "万": Fraction(10**4), "亿": Fraction(10**8)}
_NUMBER = re.compile(r"([+-]?\d[\d,]*\.?\d*|[+-]?\.\d+)\s*(%|万|亿|)")
_CURRENCY = re.compile(r"[A-Z]{3}")


class PlanError(GoldloopError):
    """Values that no plan can have, or that nobody plans."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan solved in one reading of its CAC; `cac` is that reading's variable, None where the CAC is told."""

    cac: str | None
    found: Solution


@dataclass(frozen=True, slots=True)
class Plan:
    """A month's plan with everything that follows: one reading, or two where a CAC does not say which it is."""

    currency: str
    cac: Fraction | None
    readings: tuple[Reading, ...]

    @property
    def closes(self) -> bool:
        """Whether it has a reading without a conflict."""
        return any(not reading.found.conflicts for reading in self.readings)

    def checks(self) -> list[tuple[str | None, Check]]:
        """Every equation whose variables are all known, with the reading it belongs to (None: to every one)."""
        seen: dict[Check, list[str | None]] = {}
        for reading in self.readings:
            for check in checks(reading.found):
                seen.setdefault(check, []).append(reading.cac)
        order = list(EQUATIONS)
        told = [(None if len(cacs) == len(self.readings) else cacs[0], check) for check, cacs in seen.items()]
        return sorted(told, key=lambda pair: order.index(pair[1].equation))

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The plan as `--json` prints it: money as text in major units, counts and rates as numbers, texts in the language.

        With two readings, `solved` and `missing` are what both agree on, `conflicts`, `roundings` and `findings` those of
        both (`reading` names the one it belongs to), and `readings` each by itself.
        """
        parts = [Written(r.found, r.cac, self.currency, lang) for r in self.readings]
        whole: dict[str, Any] = {"currency": self.currency, "given": parts[0].given()}
        if self.cac is None:
            return whole | parts[0].answer() | {"checks": self._checks(parts)}
        whole["given"] = {n: v for n, v in parts[0].given().items() if n not in CAC} | {
            "cac": parts[0].value(CAC[0], self.cac)
        }
        answers = [part.answer() for part in parts]
        agreed = {n: v for n, v in answers[0]["solved"].items() if answers[1]["solved"].get(n) == v}
        open_in_both = [m for m in answers[0]["missing"] if m in answers[1]["missing"]]
        question = {
            "code": "cac_open",
            "text": words.sentence("cac_open", {"cac": (CAC[0], self.cac)}, self.currency, lang),
        }
        return {
            **whole,
            "solved": agreed,
            "whole": {n: v for n, v in answers[0]["whole"].items() if n in agreed},
            "conflicts": _of_both(answers, "conflicts"),
            "roundings": _of_both(answers, "roundings"),
            "missing": open_in_both,
            "findings": [question, *_of_both(answers, "findings")],
            "checks": self._checks(parts),
            "readings": [
                {"cac": reading.cac, **answer} for reading, answer in zip(self.readings, answers, strict=True)
            ],
        }

    def _checks(self, parts: list[Written]) -> list[dict[str, Any]]:
        return [parts[0].check(check) | ({"reading": cac} if cac else {}) for cac, check in self.checks()]


def plan_solve(*, cac: Number | None = None, currency: str = "CNY", **given: Number) -> Plan:
    """Solve a month's plan from any of its variables (money in major units, rates as 0.05 or "5%").

    `cac` is a cost per new buyer that does not say which one: the plan is then solved in both readings. The variables and
    their equations: `goldloop plan solve --list`. Raises `plan_variable_unknown`, `plan_number_bad`,
    `plan_value_out_of_range`, `plan_currency_bad`, `plan_cac_twice` and `plan_empty`.

    >>> plan = plan_solve(gmv=2_400_000, buyer_value=90, new_buyers=16_000, cac=55, ad_budget=800_000)
    >>> [(r["variable"], r["to"]) for c in plan.as_dict()["conflicts"] for r in c["repairs"]]
    [('blended_cac', '50'), ('new_buyers', 14545), ('ad_budget', '880000'), ('free_new_buyers', 1455)]
    """
    if not _CURRENCY.fullmatch(currency):
        raise PlanError(
            "plan_currency_bad", f"'{currency}' is no currency.", given=currency, allowed="three letters, such as CNY"
        )
    told = {name: _read(name, value, currency) for name, value in given.items()}
    if not told and cac is None:
        raise PlanError("plan_empty", "Nothing of the plan is known.", todo="goldloop plan solve --list")
    if cac is None:
        return Plan(currency, None, (Reading(None, solve(told)),))
    if twice := [name for name in CAC if name in told]:
        raise PlanError(
            "plan_cac_twice",
            f"A CAC that does not say which it is cannot stand beside {twice[0]}.",
            given=twice,
            allowed="one of them",
            name=twice[0],
        )
    cost = _read(CAC[0], cac, currency, said="cac")
    return Plan(currency, cost, tuple(Reading(name, solve({**told, name: cost})) for name in CAC))


def _read(name: str, value: Number, currency: str, *, said: str = "") -> Fraction:
    """A value as it was typed: exact, money in minor units."""
    variable = VARIABLES.get(name)
    if variable is None:
        raise PlanError(
            "plan_variable_unknown",
            f"A plan has no variable '{name}'.",
            given=name,
            allowed=list(VARIABLES),
            todo="goldloop plan solve --list",
            name=name,
        )
    number = value if isinstance(value, Fraction) else read_number(value, said or name)
    exact = number * 10 ** exponent(currency) if variable.unit in ("money", "money_per") else number
    if not in_range(name, exact) or number > LARGEST:
        least, most = f"{'>' if variable.open_end else '>='} {variable.least}", variable.most
        most = LARGEST if most is None and number > LARGEST else most
        raise PlanError(
            "plan_value_out_of_range",
            f"{said or name} cannot be {str(value)[:SHOWN]}.",
            given=str(value)[:SHOWN],
            allowed=least if most is None else f"{least}, <= {most}",
            name=said or name,
        )
    return exact


def read_number(value: object, name: str) -> Fraction:
    """A number as people type it: 2400000, 2,400,000, 240万, 66%; raises `plan_number_bad`, which names what it is of.

    >>> read_number("240万", "gmv"), read_number("4.5%", "conversion")
    (Fraction(2400000, 1), Fraction(9, 200))
    """
    text = _written(value)
    match = _NUMBER.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if match is None:
        raise PlanError(
            "plan_number_bad",
            f"'{text[:SHOWN]}' is no number.",
            given=text[:SHOWN],
            allowed="a number such as 2400000, 240万, 66% or 0.66",
            name=name,
        )
    return Fraction(match[1].replace(",", "")) * STEPS[match[2]]


def read_value(value: object, name: str) -> Decimal:
    """A number as `read_number` takes it, 0 or more and no larger than anybody plans; raises `plan_value_out_of_range`, too.

    >>> read_value("1.5万", "fee")
    Decimal('15000')
    """
    number = read_number(value, name)
    if not 0 <= number <= LARGEST:
        raise PlanError(
            "plan_value_out_of_range",
            f"{name} cannot be {str(value)[:SHOWN]}.",
            given=str(value)[:SHOWN],
            allowed=f">= 0, <= {LARGEST}",
            name=name,
        )
    return Decimal(number.numerator) / Decimal(number.denominator)


def _written(value: object) -> str:
    """A number of a program as one types it; `1E+99999999` stays as it is, and is none."""
    if isinstance(value, float):
        value = Decimal(str(value))
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < LONGEST:
        return f"{value:f}"
    return str(value)


def _of_both(answers: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """What either reading says; what only one of them says names it."""
    said = [{one["text"]: one for one in answer[key]} for answer in answers]
    first = [one if text in said[1] else one | {"reading": CAC[0]} for text, one in said[0].items()]
    return first + [one | {"reading": CAC[1]} for text, one in said[1].items() if text not in said[0]]
