"""为什么: the account of a change: sentence, checks, waterfall, drivers by segment, and what stands out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.metrics.cut_words import cut_names, scope_name, segment_name
from goldloop.metrics.cuts import FILTERS_ONLY, TIME_CUTS
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.metrics.trace import traceable_parts
from goldloop.metrics.trace_sums import ALWAYS_ORDERS, IDENTIFIED, PEOPLE, SALES
from goldloop.metrics.why import Line
from goldloop.metrics.why_findings import Drill
from goldloop.metrics.why_text import Account
from goldloop.web import asked, downloads, frame, tree
from goldloop.web.request import Request
from goldloop.web.scope import NO_COMPARISON, Scope
from goldloop.web.words import word

MOST = 15  # segments that are named before the line of others
KINDS = ("change", "mix", "rate")
FORMATS = ("xlsx", "csv")
ORDER = (
    "visitors", "visitor_days", "conversion", "day_conversion", "buyers", "new_buyers", "new_buyer_value", "repeat_buyers",
    "repeat_buyer_value", "buyer_value", "day_buyer_value", "orders", "orders_per_buyer", "identified_order_value", "order_value",
    "units_per_order", "unit_price", "unidentified_gmv",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """A part of the change, in words, with its direction."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the waterfall: a driver with its values on both sides and its part."""

    name: str
    before: str
    after: str
    amount: Amount
    address: str
    chosen: bool


def page(request: Request) -> HttpResponse:
    """The account of the figure in the address, against the compared days."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", bar)
    lang = request.lang
    name = figure(request.GET.get("figure", "gmv")).name
    cut, driver = request.GET.get("by", ""), request.GET.get("driver", "")
    options = options_of(request, scope)
    here = {key: request.GET[key] for key in ("figure", "tree", "driver", "by") if request.GET.get(key)}
    context: dict[str, Any] = {**bar, "figure": shown(name, lang), "cut": cut, "back": scope.address("/")}
    context["rows"] = scope.address("/rows", figure=driver if traceable_parts(driver) else name)
    context["cuts"] = [
        frame.Choice(text, scope.address("/why", **{**here, "by": key}), key == cut)
        for key, text in cuts_offered(request, lang)
    ]
    try:
        account = asked.why(request, name, **options, **scope.asked())
    except GoldloopError as error:
        return frame.page(request, "web/why.html", {**context, "refused": Words(lang).error(error)})
    context |= {
        "change": amount(account, account.found.change, lang),
        "sentence": account.text(lang),
        "checks": [
            {"ok": check.ok, "name": word(f"why.check_{check.name}", lang), "text": check.text(lang)}
            for check in account.checks
        ],
        "bars": bars(account, scope, here, driver, lang),
        "waterfall": waterfall(account, lang),
        "segments": segments(account, scope, driver, lang) if cut else None,
        "findings_at": scope.address("/why/findings", **here),
        "missing": [one.reason.as_dict(lang)["text"] for one in account.found.missing],
        "files": [frame.Choice(one.upper(), scope.address("/why/file", **here, format=one)) for one in FORMATS],
        "chart_file": downloads.file_name(f"why-{name}", scope, ""),
        "notes": [note.text(lang) for note in account.found.right.notes],
    }
    return frame.page(request, "web/why.html", context)


def options_of(request: Request, scope: Scope) -> dict[str, Any]:
    """How the address wants the change to be split."""
    cut = request.GET.get("by", "")
    return {
        "against": "previous" if scope.compare == NO_COMPARISON else scope.compare,
        "tree": request.GET.get("tree") or None,
        "by": (cut,) if cut else (),
        "top": MOST,
        "drill": "none",  # what stands out is asked for by a request of its own
    }


def file(request: Request) -> HttpResponse:
    """The account as a file: drivers and segments, with its scope and sentence."""
    from goldloop.cli import list_files

    scope = frame.scope_of(request)
    name, form = figure(request.GET.get("figure", "gmv")).name, downloads.form_of(request, FORMATS)
    account = asked.why(request, name, **options_of(request, scope), **scope.asked())
    about = {k: v for k, v in account.as_dict(request.lang).items() if k not in ("drivers", "segments")}
    rows = account.rows()
    return downloads.send(
        request,
        f"why-{name}",
        scope,
        form,
        len(rows),
        lambda path: list_files.write(path, form, account.columns(), rows, about),
    )


def shown(name: str, lang: str) -> str:
    """A figure's name."""
    return FIGURES[name].zh if lang == "zh" else FIGURES[name].en


def cuts_offered(request: Request, lang: str) -> list[tuple[str, str]]:
    """Cuts that split orders, lines or buyers, with the columns of the product file: (name, words)."""
    listed = request.shop.catalogue()["cuts"]
    told = "zh" if lang == "zh" else "en"
    return [(one["name"], one[told]) for one in listed if one["name"] not in TIME_CUTS | FILTERS_ONLY]


def amount(account: Account, value: Any, lang: str) -> Amount:
    """A part of the account's change."""
    unit = FIGURES[account.found.figure].unit
    return Amount(formatting.change(value, unit, account.found.currency, lang), tree.tone(value))


def bars(account: Account, scope: Scope, here: Mapping[str, str], driver: str, lang: str) -> list[Bar]:
    """The drivers, in the order of the formula."""
    found = []
    for line in account.found.drivers:
        before, after = account.values(line)
        address = scope.address("/why", **{**here, "driver": line.driver})
        found.append(
            Bar(
                tree.driver_name(line.driver, lang),
                before,
                after,
                amount(account, line.amount, lang),
                address,
                line.driver == driver,
            )
        )
    return found


def waterfall(account: Account, lang: str) -> dict[str, Any]:
    """From what it was, driver by driver, to what it is: the chart's labels, bases, heights and texts."""
    found = account.found
    unit, currency = FIGURES[found.figure].unit, found.currency
    names = [
        word("why.before", lang),
        *(tree.driver_name(line.driver, lang) for line in found.drivers),
        word("why.after", lang),
    ]
    ends, level = [(0, found.before)], found.before
    for line in found.drivers:
        ends.append((level, level + line.amount))
        level = level + line.amount
    ends.append((0, found.after))
    flat, step = formatting.scaled([end for pair in ends for end in pair], unit, currency, lang)
    texts = [formatting.compact(found.before, unit, currency, lang)]
    texts += [formatting.change(line.amount, unit, currency, lang) for line in found.drivers]
    texts.append(formatting.compact(found.after, unit, currency, lang))
    return {
        "labels": names,
        "ends": [[flat[2 * i], flat[2 * i + 1]] for i in range(len(ends))],
        "texts": texts,
        "unit": f"{step} {currency or ''}".strip(),
    }


def segments(account: Account, scope: Scope, driver: str, lang: str) -> dict[str, Any]:
    """Segments by drivers, mix and rate apart: every row sums to the segment's change, all rows to the whole's.

    A driver that the cut knows may be chosen alone; where the cut does not know it, others stand for it and all are shown.
    """
    found = account.found
    columns = columns_of(found.segments)
    alone = driver if any(name == driver for name, _ in columns) else ""
    columns = [key for key in columns if not alone or key[0] == alone]
    lines = [line for line in found.segments if not alone or line.driver == alone]
    rows = [
        row(
            account,
            segment_name(found.cuts, key, zh=lang == "zh"),
            [n for n in lines if n.cuts == key and not n.of_nobody],
            columns,
            lang,
            where(found.cuts, key, scope, alone or found.figure),
        )
        for key in found.totals
    ]
    for effect in dict.fromkeys(line.effect for line in lines if line.of_nobody):
        own = [line for line in lines if line.of_nobody and line.effect == effect]
        rows.append(row(account, word(f"why.kind_{effect}", lang), own, columns, lang))
    rows = [one for one in rows if any(one["cells"])]
    total = sum(line.amount for line in lines) + (0 if alone else found.others)
    return {
        "heads": [head(name, effect, lang) for name, effect in columns],
        "by": cut_names(found.cuts, zh=lang == "zh"),
        "rows": sorted(rows, key=lambda one: (not one["address"], -abs(one["moved"]))) if alone else rows,
        "others": amount(account, found.others, lang) if found.others_count and not alone else None,
        "others_count": found.others_count,
        "total": amount(account, total, lang),
        "alone": tree.driver_name(alone, lang) if alone else "",
    }


def head(driver: str, effect: str, lang: str) -> str:
    """The head of a column."""
    name = tree.driver_name(driver, lang)
    return word("why.head", lang, driver=name, effect=word(f"why.kind_{effect}", lang)) if effect else name


def columns_of(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """(driver, effect) of each column, drivers in the order of the formula; mix and rate apart where a driver has both."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        kinds[line.driver] |= set() if line.of_nobody else {line.effect}
    found = []
    for driver, own in kinds.items():
        several = [kind for kind in KINDS if kind in own]
        found += [(driver, kind if len(several) > 1 else "") for kind in several or [""]]
    return sorted(found, key=lambda key: ORDER.index(key[0]) if key[0] in ORDER else len(ORDER))


def row(
    account: Account, name: str, lines: Sequence[Line], columns: Sequence[tuple[str, str]], lang: str, address: str = ""
) -> dict[str, Any]:
    """One segment over the columns, with its sum; `few` where its own ratio rests on too small a sample."""
    firsts = {driver: effect for driver, effect in reversed(columns)}
    cells = []
    for driver, effect in columns:
        own = [
            line.amount
            for line in lines
            if line.driver == driver
            and (line.effect == effect or not effect or (line.of_nobody and firsts[driver] == effect))
        ]
        cells.append(amount(account, sum(own), lang) if own else None)
    moved = sum(line.amount for line in lines)
    return {
        "name": name, "cells": cells, "moved": moved, "sum": amount(account, moved, lang),
        "few": any(not line.enough for line in lines), "address": address,
    }  # fmt: skip


BY_ANY_CUT = frozenset((*SALES, *ALWAYS_ORDERS, *IDENTIFIED, *PEOPLE))  # their rows are sales, which know the cuts


def where(cuts: Sequence[str], key: Sequence[Any], scope: Scope, name: str) -> str:
    """The rows behind a segment of a figure (of gmv where its own know no cuts); '' where one of its values is unknown."""
    if any(value is None for value in key):
        return ""
    pairs = [*scope.where, *zip(cuts, map(str, key), strict=True)]
    figure = name if name in BY_ANY_CUT else "gmv"
    return scope.address("/rows", figure=figure, where=[f"{cut}:{value}" for cut, value in pairs])


def findings(request: Request) -> HttpResponse:
    """The few segments that moved unlike the rest, over the cuts that the loaded data knows; a part of the page."""
    scope = frame.scope_of(request)
    lang = request.lang
    against = "previous" if scope.compare == NO_COMPARISON else scope.compare
    tree_name = request.GET.get("tree") or None
    name = figure(request.GET.get("figure", "gmv")).name
    try:
        account = asked.why(request, name, against=against, tree=tree_name, **scope.asked())
    except GoldloopError as error:
        return frame.page(request, "web/why_findings.html", {"scope": scope, "empty": Words(lang).error(error)})
    drill = account.drill or Drill()
    context = {
        "scope": scope,
        "rows": [
            {
                "name": scope_name(one.cuts, zh=lang == "zh"),
                "amount": amount(account, one.change, lang),
                "share": formatting.share(one.share, 1) if one.share is not None else formatting.NOTHING,
                "address": where(tuple(one.cuts), tuple(one.cuts.values()), scope, name),
            }
            for one in drill.findings
        ],
        "empty": drill.empty.as_dict(lang)["text"] if drill.empty else "",
        "cuts": cut_names(drill.cuts, zh=lang == "zh"),
        "leaves": drill.leaves,
    }
    return frame.page(request, "web/why_findings.html", context)
