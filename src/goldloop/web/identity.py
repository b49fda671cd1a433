"""Whether the parts of a tree make its root: to the minor unit, by how much not, or what is missing to tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from goldloop.core import formatting
from goldloop.metrics.definitions import FIGURES
from goldloop.web.tree import MINUS, Plan, first, listed
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.answer import Answer


@dataclass(frozen=True, slots=True)
class Identity:
    """Whether the parts of a tree make its nodes: `kind` holds (the root does), gap or unknown, with its words."""

    kind: str
    text: str


def identity(plan: Plan, answer: Answer, lang: str) -> Identity:
    """Every node against its parts: to the minor unit, by how much not, or which figures are missing to tell."""
    gaps, held, unknown = [], [], list(dict.fromkeys(_unknown(plan, answer)))
    for node in _inner(plan):
        made = rebuilt(node, answer)
        if made is not None and (value := first(answer, node.figure)) is not None:
            gaps.append(made - Decimal(str(value)))
            held.append(node.figure)
    worst = max(gaps, key=abs, default=Decimal(0))
    if abs(worst) >= Decimal("0.5"):
        gap = formatting.compact(round(worst), "money", answer.currencies[0], lang, sign=True)
        return Identity("gap", word("today.identity_gap", lang, gap=gap))
    if unknown and held:
        kind = "holds" if plan.figure in held else "unknown"
        return Identity(kind, word("today.identity_part", lang, held=_named(held, lang), figures=_named(unknown, lang)))
    if unknown:
        return Identity("unknown", word("today.identity_unknown", lang, figures=_named(unknown, lang)))
    return Identity("holds", word("today.identity_holds", lang))


def _named(names: Sequence[str], lang: str) -> str:
    """Figures in words."""
    return listed([FIGURES[name].zh if lang == "zh" else FIGURES[name].en for name in names], lang)


def _inner(plan: Plan) -> Iterator[Plan]:
    if plan.parts:
        yield plan
    for part in plan.parts:
        yield from _inner(part)


def _unknown(plan: Plan, answer: Answer) -> Iterator[str]:
    if first(answer, plan.figure) is None:
        yield plan.figure
    for part in plan.parts:
        yield from _unknown(part, answer)


def rebuilt(plan: Plan, answer: Answer, end: str = "") -> Decimal | None:
    """What the parts of a node make of it, by their signs; None where one is not known. `end` chooses a side's columns."""
    total, term = Decimal(0), Decimal(0)
    for part in plan.parts:
        value = first(answer, part.figure + end)
        if value is None:
            return None
        number = Decimal(str(value))
        if part.sign == "×":
            term *= number
        else:
            total, term = total + term, -number if part.sign == MINUS else number
    return total + term
