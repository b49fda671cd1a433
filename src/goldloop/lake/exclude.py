"""Exclusion rules as SQL: which rule, by its place in the list, takes a line or a whole order out of gmv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from goldloop.core.exclusion import ExclusionRule
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.lake.work import text

_SAME = {"product": "product_id", "sku": "sku", "buyer": "buyer_key", "order_source": "order_source"}
_WORDS = {"title_words": "title", "note_words": "seller_note"}
_COLUMN = {**_SAME, **_WORDS, "flag": "flags"}
_THING = ("product", "sku")
_LINE = (*_THING, "title_words")
_ORDER = ("note_words", "buyer", "order_source", "flag")


def line_columns(rules: Sequence[ExclusionRule]) -> list[str]:
    """Columns of a line that the rules look at."""
    return sorted({_COLUMN[r.kind] for r in rules if r.kind in _LINE})


def order_columns(rules: Sequence[ExclusionRule]) -> list[str]:
    """Columns of an order that the rules look at."""
    return sorted({_COLUMN[r.kind] for r in rules if r.kind in _ORDER})


def line_rule(rules: Sequence[ExclusionRule]) -> str:
    """SQL: number of the first rule that takes out a line by product, sku or title; null when none does."""
    return _first([(i, _matches(r)) for i, r in enumerate(rules) if r.kind in _LINE])


def thing_rule(rules: Sequence[ExclusionRule]) -> str:
    """SQL: number of the first rule that takes out a line by product or sku; null when none does."""
    return _first([(i, _matches(r)) for i, r in enumerate(rules) if r.kind in _THING])


def title_rule(rules: Sequence[ExclusionRule]) -> str:
    """SQL: number of the first rule that takes out a line by words of its title; null when none does."""
    return _first([(i, _matches(r)) for i, r in enumerate(rules) if r.kind == "title_words"])


def order_rule(rules: Sequence[ExclusionRule]) -> str:
    """SQL: number of the first rule that takes out a whole order; null when none does."""
    return _first([(i, _matches(r)) for i, r in enumerate(rules) if r.kind in _ORDER])


def amount_rule(rules: Sequence[ExclusionRule], stores: Mapping[int, Store]) -> str:
    """SQL: number of the first rule whose amount is what one unit of the line was paid with; null when none is.

    Exact: paid x 10^6 = amount in minor units x 10^6 x quantity, with columns `paid` (minor) and `quantity`.
    """
    cases = []
    for i, rule in enumerate(rules):
        if rule.kind != "amount":
            continue
        wanted = []
        for store in (s for s in stores.values() if not rule.stores or s.id in rule.stores):
            for value in rule.values:
                scaled = Decimal(value).scaleb(exponent(store.currency) + 6)
                if scaled == scaled.to_integral_value():
                    wanted.append(
                        f"(store = {store.id} AND paid::HUGEINT * 1000000 = {int(scaled)}::HUGEINT * quantity)"
                    )
        cases.append((i, f"quantity > 0 AND ({' OR '.join(wanted) or 'false'})"))
    return _first(cases)


def code_of(rules: Sequence[ExclusionRule], number: str) -> str:
    """SQL: the code of the rule with that number."""
    cases = "".join(f" WHEN {i} THEN {text(r.code)}" for i, r in enumerate(rules))
    return f"CASE {number}{cases} END" if cases else "NULL::VARCHAR"


def _first(cases: Sequence[tuple[int, str]]) -> str:
    if not cases:
        return "NULL::INTEGER"
    return "CASE" + "".join(f" WHEN {condition} THEN {i}" for i, condition in cases) + " END"


def _matches(rule: ExclusionRule) -> str:
    if not rule.values:
        return "false"
    here = f"store IN ({', '.join(str(s) for s in sorted(rule.stores))}) AND " if rule.stores else ""
    if rule.kind in _SAME:
        return f"{here}{_SAME[rule.kind]} IN ({', '.join(text(v) for v in rule.values)})"
    if rule.kind == "flag":
        return here + "(" + " OR ".join(f"list_contains(split(flags, ' '), {text(v)})" for v in rule.values) + ")"
    column = _WORDS[rule.kind]
    return here + "(" + " OR ".join(f"contains(lower({column}), {text(v.lower())})" for v in rule.values) + ")"
