"""What the figure of each source counts, as data (`bridge_counts.toml`): the rules a bridge may name, and how sure they are."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("bridge_counts.toml")
SURE = ("certain", "likely", "assumed")
_PLAIN = ("rounded_to", "attributed", "goods")

Rules = Mapping[str, tuple[str, ...]]  # rule -> what a source can do by it, first what orders do
Counts = dict[str, str]  # rule -> what one source does


@dataclass(frozen=True, slots=True)
class Declared:
    """What one source says its figure counts.

    `rules`: rule -> (what it does, how sure); others are taken to be as in orders. `rounded_to`: minor
    units to which each row is rounded (0: exact). `attributed`: it counts what it attributes to clicks or visits.
    `goods`: words of bookings that are a buyer's money.
    """

    rules: Mapping[str, tuple[str, str]]
    rounded_to: int = 0
    attributed: bool = False
    goods: tuple[str, ...] = ()

    def counts(self, rules: Rules) -> Counts:
        """Every rule of a figure with what this source does by it."""
        return {name: self.rules[name][0] if name in self.rules else ways[0] for name, ways in rules.items()}

    def sure(self, rule: str) -> str | None:
        """How sure a rule is; None where nothing is declared."""
        return self.rules[rule][1] if rule in self.rules else None


def declared(source: str, figure: str, report: str = "") -> Declared:
    """The declaration of a source's figure, the lines of its report before its own."""
    section = _file().get(source, {}).get(figure, {})
    lines = {name: value for name, value in section.items() if not isinstance(value, dict)} | section.get(report, {})
    rules = {name: (way, sure) for name, (way, sure) in ((n, v) for n, v in lines.items() if n not in _PLAIN)}
    return Declared(rules, lines.get("rounded_to", 0), lines.get("attributed", False), tuple(lines.get("goods", ())))


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
