"""The variables of a plan on its pages: in which order they are asked for, who does not see which, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.core.plan import words
from goldloop.core.plan.plan import Plan, plan_solve, read_number
from goldloop.core.plan.variables import CAC, EQUATIONS, VARIABLES
from goldloop.core.viewer import Viewer
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.levers_text import NAMES, named
from goldloop.web.words import word

SCENARIO = re.compile(r"^(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?: (\w+=.+)$", re.ASCII)
OPEN_CAC = "cac"  # a cost per new buyer that does not say which one
GROUPS = {
    "sales": ("gmv", "previous_gmv", "growth", "refund_rate", "net"),
    "buyers": ("visitors", "conversion", "buyers", "buyer_value", "orders", "order_value", "orders_per_buyer"),
    "kinds": ("new_buyers", "new_gmv", "new_buyer_value", "repeat_buyers", "repeat_gmv", "repeat_buyer_value"),
    "ads": (
        "ad_budget", OPEN_CAC, *CAC, "ad_rate", "roas", "ad_gmv", "ad_new_buyers", "free_new_buyers", "ad_new_gmv", "ad_repeat_gmv",
        "member_gmv",
    ),
    "profit": ("margin", "gross_profit", "breakeven_roas", "labour", "labour_efficiency", "profit"),
}  # fmt: skip
# Variables behind a mask: what each owner promises, and with which she could answer otherwise.
MASKED = {
    "margin": frozenset({"margin", "gross_profit", "breakeven_roas", "profit"}),
    "salary": frozenset({"labour", "labour_efficiency", "profit"}),
}
OF_OWNER = {
    "operations": ("buyer_value", "new_buyer_value", "repeat_buyer_value", "order_value", "orders_per_buyer", "refund_rate"),
    "traffic": ("new_buyers", "ad_budget", *CAC, "roas", "visitors"),
    "members": ("repeat_buyers", "repeat_gmv", "member_gmv"),
}  # fmt: skip
_MASKED_FINDINGS = {"roas_below_breakeven": "margin"}


def hidden(viewer: Viewer, stores: Iterable[int]) -> frozenset[str]:
    """The variables that this viewer does not see of a plan of these stores."""
    masks = viewer.hidden_in(stores)
    return frozenset[str]().union(*(names for mask, names in MASKED.items() if mask in masks))


def given(said: Mapping[str, Any], behind: frozenset[str] = frozenset()) -> dict[str, str]:
    """The values of a form or address that somebody filled in, but for hidden ones."""
    names = [name for group in GROUPS.values() for name in group if name not in behind]
    found = {name: str(said.get(name, "")).strip() for name in names}
    return {name: text for name, text in found.items() if text}


def wrong(values: Mapping[str, str], currency: str, lang: str) -> dict[str, str]:
    """What is wrong with single values, by variable, in the reader's words; nothing of those that can be read."""
    found = {}
    for name, text in values.items():
        try:
            plan_solve(currency=currency, **{name: text})  # type: ignore[arg-type]
        except GoldloopError as error:
            found[name] = refused(error, lang)
    return found


def refused(error: GoldloopError, lang: str, names: Mapping[str, str] | None = None) -> str:
    """An error in the reader's language, with what would have been accepted; `names` as in `said`."""
    allowed = Words(lang).allowed(error)
    listed = ", ".join(map(str, allowed)) if isinstance(allowed, list | tuple) else str(allowed or "")
    return said(error, lang, names) + (f" ({listed})" if listed else "")


def said(error: GoldloopError, lang: str, names: Mapping[str, str] | None = None) -> str:
    """An error in the reader's language, with variables and drivers (and what `names` says) as they are called on the page."""
    known = {**{text: _called(text, lang) for text in map(str, error.params.values())}, **(names or {})}
    names = {text: known[text] for text in map(str, error.params.values()) if known[text] != text}
    text = error.text
    for name, called in names.items():
        text = re.sub(rf"\b{re.escape(name)}\b", called, text)
    params = {key: names.get(str(value), value) for key, value in error.params.items()}
    given = names.get(str(error.given), error.given)
    return Words(lang).error(GoldloopError(error.code, text, given=given, allowed=error.allowed, **params))


def _called(name: str, lang: str) -> str:
    if name in VARIABLES:
        return VARIABLES[name].title(lang)
    return name if name not in FIGURES else FIGURES[name].zh if lang == "zh" else FIGURES[name].en


def title(name: str, lang: str) -> str:
    """What a variable is called; locks and other rows keep their own names."""
    if name == OPEN_CAC:
        return word("plan.cac_open", lang)
    head, _, rest = name.partition(" ")
    known = VARIABLES.get(head)
    return name if known is None else f"{known.title(lang)} {rest}".strip()


def made_from(note: str, lang: str) -> str:
    """The note of a scenario (which days, which moves) in words; another one as it was written."""
    found = SCENARIO.match(note)
    if found is None:
        return note
    first, last, moves = found.groups()
    days = formatting.days(date.fromisoformat(first), date.fromisoformat(last or first), lang)
    pairs = [one.partition("=") for one in moves.split(", ")]
    said = [
        word("plan.solved_for", lang, name=_lever(name, lang)) if value == "?" else f"{_lever(name, lang)} {value}"
        for name, _, value in pairs
    ]
    return word("plan.made_from", lang, days=days, moves=("；" if lang == "zh" else "; ").join(said))


def _lever(name: str, lang: str) -> str:
    known = name in NAMES or name in FIGURES
    return named(name, zh=lang == "zh") if known else title(name, lang)


def shown(name: str, text: str | None, currency: str, lang: str) -> str:
    """A kept value as a person reads it; `text` is in major units."""
    head = name.partition(" ")[0]
    if text is None:
        return "--"
    if head not in VARIABLES:
        return text
    value = read_number(text, head)
    unit = VARIABLES[head].unit
    return words.shown(
        head, value * 10 ** exponent(currency) if unit in ("money", "money_per") else value, currency, lang
    )


def formula(equation: str, lang: str) -> str:
    """An equation by what its variables are called."""
    if lang == "zh":
        return words.formula(equation, lang)
    named = re.sub(r"[a-z_]+", lambda m: VARIABLES[m[0]].en if m[0] in VARIABLES else m[0], EQUATIONS[equation].text)
    return named.replace(" x ", " × ")


def typed(name: str, value: Any) -> str:
    """A value of an answer as one types it into a field: rates in percent."""
    if isinstance(value, float) and VARIABLES[name].unit == "rate":
        return f"{Decimal(repr(value)) * 100:f}%"
    return str(value)


def kept(name: str, text: str | None) -> str:
    """A kept value as one types it: rates in percent, no zeros at the end."""
    if not text:
        return ""
    rate = VARIABLES[name].unit == "rate"
    plain = f"{(Decimal(text) * (100 if rate else 1)).normalize():f}"
    return f"{plain}%" if rate else plain


def told(
    plan: Plan, lang: str, behind: frozenset[str], repaired: Callable[[str, str], str] | None = None
) -> dict[str, Any]:
    """What a solved plan says, for templates; `repaired` makes the address of the plan with one value replaced."""
    data = plan.as_dict(lang)
    open_cac = len(plan.readings) > 1
    return {
        "values": values(plan, lang, behind),
        "readings": [title(one.cac, lang) for one in plan.readings if one.cac],
        "take": [(title(one, lang), repaired(OPEN_CAC, one)) for one in CAC] if open_cac and repaired else [],
        "conflicts": [
            {"text": _plain(one, lang), "reading": _reading(one, lang), "repairs": _repairs(one, plan.currency, lang, repaired)}
            for one in data["conflicts"] if not behind & set(one["variables"])
        ],
        "roundings": [one for one in data["roundings"] if not behind & {one["variable"], *one["others"]}],
        "missing": _missing(plan, lang, behind),
        "findings": [
            {"text": one["text"], "reading": _reading(one, lang)} for one in data["findings"]
            if not behind & MASKED.get(_MASKED_FINDINGS.get(one["code"], ""), frozenset()) and one["code"] != "cac_open"
        ],
        "checks": [
            {"formula": formula(one["equation"], lang), "state": one["state"], "reading": _reading(one, lang),
             "value": shown(one["variable"], str(one["value"]), plan.currency, lang),
             "exact": shown(one["variable"], str(one["exact"]), plan.currency, lang)}
            for one in data["checks"] if not behind & EQUATIONS[one["equation"]].variables
        ],
        "closes": plan.closes,
    }  # fmt: skip


def values(plan: Plan, lang: str, behind: frozenset[str]) -> list[dict[str, Any]]:
    """Every value that is known, in the order of the table, in each reading, and where it comes from."""
    rows = []
    for name, variable in VARIABLES.items():
        known: list[Fraction | None] = [one.found.values.get(name) for one in plan.readings]
        if name in behind or not any(value is not None for value in known):
            continue
        by = next((one.found.by[name] for one in plan.readings if name in one.found.solved), ())
        cells = ["--" if value is None else words.shown(name, value, plan.currency, lang) for value in known]
        said = "; ".join(formula(one, lang) for one in by)
        rows.append({"name": name, "title": variable.title(lang), "given": not by, "by": said, "cells": cells})
    return rows


def _missing(plan: Plan, lang: str, behind: frozenset[str]) -> list[str]:
    """What is open in every reading; a group that is hidden in part is not spoken of."""
    groups = [{one for one in reading.found.missing if not behind & set(one.variables)} for reading in plan.readings]
    both = [one for one in plan.readings[0].found.missing if all(one in group for group in groups)]
    return [words.missing_text(one, lang) for one in both]


def _reading(one: Mapping[str, Any], lang: str) -> str:
    return title(one["reading"], lang) if one.get("reading") else ""


def _plain(one: Mapping[str, Any], lang: str) -> str:
    """A conflict's sentence with its formulas in words, without the ways out, which are offered apart."""
    text = str(one["text"])
    for name in one["equations"]:
        text = text.replace(words.formula(name, lang), formula(name, lang))
    return re.split(r"Repaired by|改法：", text)[0].strip()


def _repairs(
    one: Mapping[str, Any], currency: str, lang: str, repaired: Callable[[str, str], str] | None
) -> list[dict[str, str]]:
    """The ways out of a conflict, each with the address that takes it."""
    ways = []
    for way in one["repairs"]:
        name, after = way["variable"], typed(way["variable"], way["to"])
        other = name == "free_new_buyers" and one["code"] == CAC[0]  # the other reading of an open CAC
        if other:
            text = word("plan.repair_free", lang, count=shown("new_buyers", after, currency, lang))
        else:
            before = shown(name, str(way["from"]), currency, lang)
            text = word(
                "plan.repair", lang, title=title(name, lang), before=before, after=shown(name, after, currency, lang)
            )
        address = "" if repaired is None else repaired(OPEN_CAC, CAC[1]) if other else repaired(name, after)
        ways.append({"text": text, "address": address})
    return ways
