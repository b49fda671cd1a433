"""Tabs of the members page about people: cohorts, RFM, segments, second purchases and the repurchase model, joining."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.core.members.rfm import GROUPS, HIGH, NAMES, SCORES
from goldloop.core.members.segments import RFM_ZH, written
from goldloop.metrics.members import joined as joining
from goldloop.metrics.members.second import BY, DAYS
from goldloop.metrics.reasons import text
from goldloop.web import asked, cohorts
from goldloop.web.members_asked import HERE, ask, asked_for, block_of, choices, fields, minor
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.cohorts import Cohorts
    from goldloop.metrics.members.repurchase import Repurchase

EXAMPLES = (
    "purchases = 1 and first over 25 days ago and last within 60 days",
    "purchases >= 2 and not last within 90 days",
    "amount >= 500 within 365 days and not bought coupon=yes within 90 days",
    "state=sleeping,lost and rfm=to_win_back,to_rescue",
)
CURVES = 6  # lines of the chart of second purchases
LINES = 24  # of its table
WEEK = re.compile(r"^(\d{4})-W(\d\d)$", re.ASCII)
LANGUAGE = ("how", "goods", "orders", "when", "then", "who")


def heat(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """Cohorts by week (of the second purchase, week by week) or by month."""
    grain = "month" if request.GET.get("grain") == "month" else "week"
    found, lang = cohorts.grained(request, scope, names, grain), request.lang
    rows = [
        cohorts.row(_days_of(one.label, lang), one.people, one.cells[: cohorts.MOST], "back", found, lang)
        for one in found.cohorts
    ]
    return {
        "grains": choices(scope, "cohorts", "grain", ("week", "month"), grain, "by_"),
        "grain": grain,
        "rows": rows[::-1],
        "steps": range(max((len(one["cells"]) for one in rows), default=0)),
        "nothing": text(*found.why, lang, page=True) if found.why else "",
        "more": scope.address("/explore/cohorts"),
        "worth": worth(request, scope, names) if grain == "month" and not found.why else [],
    }


def worth(request: Request, scope: Scope, names: list[str]) -> list[dict[str, str]]:
    """What a new person of each month cost in ads, and after how many months her margin had paid it back."""
    try:
        found, rows = worth_of(request, scope, names)
    except GoldloopError as error:
        if error.code == "figure_hidden":
            return []
        raise
    lang, currency = request.lang, found.scope["currency"]

    def money(value: str | None) -> str:
        return (
            formatting.NOTHING if value is None else formatting.compact(minor(value, currency), "money", currency, lang)
        )

    def after(months: int | None) -> str:
        if months is None:
            return formatting.NOTHING
        return word("members.paid_after", lang, n=months) if months else word("members.paid_at_once", lang)

    return [
        {
            "month": row["month"],
            "people": formatting.exact(row["people"], "count", None, lang),
            **{name: money(row[name]) for name in ("cac", "margin", "margin_each")},
            "paid_back": after(row["paid_back"]),
        }
        for row in rows[::-1][: cohorts.MONTHS]
    ]


def worth_of(request: Request, scope: Scope, names: list[str]) -> tuple[Cohorts, list[dict[str, Any]]]:
    """The months and what their people cost and brought; raises `figure_hidden`."""
    question = {"stores": names, "last": scope.last, "basis": "orders" if scope.basis == "orders" else "auto"}
    return asked.remembered(request, ("cohort_worth", question), lambda shop: shop.cohort_worth(**question))


def rfm(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """The grid of scores of recency and frequency, and the named groups."""
    block, lang = block_of(ask(request, scope, names, "rfm")), request.lang
    if block.why is not None:
        return {"nothing": text(*block.why, lang, page=True)}
    currency, grid = block.about["currency"], block.about["grid"]
    most = max(max(line) for line in grid) or 1

    def cell(r: int, f: int) -> dict[str, Any]:
        people = grid[r][f]
        both = (int(r + 1 >= HIGH), int(f + 1 >= HIGH))
        return {
            "people": formatting.exact(people, "count", None, lang),
            "share": formatting.share(people, block.people),
            "heat": min(int(people / most * 5.999), 5) if people else 0,
            "groups": " / ".join(_group(GROUPS[(m, *both)], lang) for m in (1, 0)),
        }

    bands = {name: [int(one) for one in block.about["bands"][name]] for name in ("recency", "frequency")}
    recency, frequency = _recency(bands["recency"]), _frequency(bands["frequency"])
    here = [f for f in range(SCORES) if frequency[f] or any(line[f] for line in grid)]  # the others no one can have
    shop = ",".join(str(store.id) for store in scope.stores if store.name in names)
    return {
        "lines": [
            {"score": r + 1, "days": recency[r], "cells": [cell(r, f) for f in here]}
            for r in range(SCORES - 1, -1, -1)
            if recency[r] or any(grid[r])
        ],
        "scores": [(f + 1, frequency[f]) for f in here],
        "tied": len(here) < SCORES,
        "groups": [
            {
                "name": _group(row["group"], lang),
                "people": formatting.exact(row["people"], "count", None, lang),
                "share": formatting.exact(row["share"], "rate", None, lang),
                "gmv": formatting.compact(minor(row["gmv"], currency), "money", currency, lang),
                "gmv_share": formatting.exact(row["gmv_share"], "rate", None, lang),
                "recency": f"{row['recency']:,.0f}",
                "frequency": f"{row['frequency']:.2f}",
                "address": scope.address("/members", tab="segments", segment=f"rfm={row['group']}"),
                "wave": f"/members/waves?{urlencode({'store': shop, 'audience': 'rfm:' + row['group']})}#new",
            }
            for row in block.rows
        ],
        "amounts": " / ".join(map(str, block.about["bands"]["amount"])),
        "fields": fields(scope, "rfm"),
        **moves(request, scope, names),
    }  # fmt: skip


def _recency(most: list[int]) -> list[str]:
    """The days since the last purchase that each score means, the lowest first; '' for a score that nobody can have.

    >>> _recency([272, 177, 177, 43])
    ['>272', '178-272', '', '44-177', '≤43']
    """
    firsts = [*(last + 1 for last in most), 0]
    inner = [f"{first}-{last}" if first <= last else "" for first, last in zip(firsts[1:-1], most[:-1], strict=True)]
    return [f">{most[0]}", *inner, f"≤{most[-1]}"]


def _frequency(least: list[int]) -> list[str]:
    """The purchases that each score means, the lowest first; '' for a score that nobody can have.

    >>> _frequency([2, 2, 3, 6])
    ['1', '', '2', '3-5', '≥6']
    """
    starts, ends = [1, *least[:-1]], [first - 1 for first in least]
    inner = [
        "" if last < first else str(first) if first == last else f"{first}-{last}"
        for first, last in zip(starts, ends, strict=True)
    ]
    return [*inner, f"≥{least[-1]}"]


def moves(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """How many people moved from each group of an earlier day (`since` of the address) to each one of now."""
    since, lang = request.GET.get("since", "").strip(), request.lang
    if not since:
        return {"since": ""}
    try:
        block = block_of(ask(request, scope, names, "rfm", since=since))
    except GoldloopError as error:
        return {"since": since, "problem": Words(lang).error(error)}
    if block.why is not None:
        return {"since": since, "problem": text(*block.why, lang, page=True)}
    people = {(row["before"], row["after"]): row["people"] for row in block.rows}
    befores, afters = (
        [name for name in (*NAMES, "none") if any(pair[end] == name for pair in people)] for end in (0, 1)
    )
    most = max((many for (one, other), many in people.items() if one != other), default=1)

    def cell(one: str, other: str) -> dict[str, Any]:
        many = people.get((one, other), 0)
        heat = min(int(many / most * 5.999), 5) if one != other else 0
        return {
            "people": formatting.exact(many, "count", None, lang) if many else "",
            "heat": heat,
            "stayed": one == other,
        }

    return {
        "since": since,
        "afters": [_group(name, lang) for name in afters],
        "moves": [{"name": _group(one, lang), "cells": [cell(one, other) for other in afters]} for one in befores],
    }


def segments(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """The builder with its live count, and the segments that are kept."""
    from goldloop.core.members.segment_text import parse

    lang, zh = request.lang, "zh" if request.lang == "zh" else "en"
    kept = request.shop.segments()
    chosen = next((one for one in kept if one.name == request.GET.get("name", "")), None)
    said = request.GET.get("segment", "").strip()
    said = said or (written(chosen.segment, zh) if chosen else "")
    found: dict[str, Any] = {}
    shop = ",".join(str(store.id) for store in scope.stores if store.name in names)
    if said:
        try:
            said_again = written(parse(said), zh)
            told = ask(request, scope, names, "segment", segment=said)
            found = {
                "words": said_again,
                "sql": told.sql,
                "reason": text(told.why[0], told.why[1], lang, page=True) if told.why else "",
            }
            if told.why is None:
                found |= {
                    "people": formatting.exact(told.people, "count", None, lang),
                    "share": formatting.share(told.people, told.buyers),
                    "buyers": formatting.exact(told.buyers, "count", None, lang),
                    "orders": formatting.exact(told.orders, "count", None, lang),
                    "gmv": formatting.compact(minor(told.gmv, told.currency), "money", told.currency, lang),
                }
        except GoldloopError as error:
            allowed = error.allowed if isinstance(error.allowed, list) else [error.allowed or ""]
            found = {"problem": Words(lang).error(error), "allowed": [str(one) for one in allowed]}
    return {
        "segment": said,
        "language": LANGUAGE,
        "name": chosen.name if chosen else request.GET.get("name", ""),
        "seen": chosen.number if chosen else "",
        "found": found,
        "examples": [
            (written(parse(one), zh), scope.address(HERE, tab="segments", segment=written(parse(one), zh)))
            for one in EXAMPLES
        ],
        "kept": [
            {
                "name": one.name,
                "words": written(one.segment, zh),
                "version": one.number,
                "by": one.saved_by,
                "at": one.saved_at,
                "open": scope.address(HERE, tab="segments", name=one.name),
                "figures": scope.address("/explore", where=[f"segment:{one.name}"]),
                "wave": f"/members/waves?{urlencode({'store': shop, 'audience': f'segment:{one.name}'})}#new",
            }
            for one in kept
        ],
        "save_at": scope.address(f"{HERE}/segments"),
        "remove_at": scope.address(f"{HERE}/segments/remove"),
        "fields": fields(scope, "segments"),
    }


def second(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """Curves of the second purchase by month of the first, with intervals, and the repurchase model with its back-test."""
    lang, by = request.lang, asked_for(request, "by", BY)
    block = block_of(ask(request, scope, names, "second", by=by))
    if block.why is not None:
        return {"nothing": text(*block.why, lang, page=True)}
    rows = [row for row in block.rows if row["people"] >= 30][:LINES]
    goods = request.shop.product_titles(names) if by == "product" else {}
    titles = [_cut(goods.get(row["group"], row["group"]), lang, by) for row in rows]
    seen = [(row, title) for row, title in zip(rows, titles, strict=True) if row["share_60"] is not None][:CURVES]
    days = list(DAYS)
    return {
        "bys": choices(scope, "second", "by", BY, by, "second_by_"),
        "days": days,
        "curves": [
            {
                "name": title, "id": row["group"] if row["group"] in goods else "",
                "people": formatting.exact(row["people"], "count", None, lang), "cells": [_interval(row, day) for day in days],
            }
            for title, row in zip(titles, rows, strict=True)
        ],
        "chart": _curves([(row, title[5:] if by == "week" and row["group"] else title) for row, title in seen], days, lang) if seen else None,
        "chart_file": "goldloop-second-purchase",
        "model": _model(ask(request, scope, names, "repurchase"), lang),
    }  # fmt: skip


def joined(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """Members by week or month of joining, and the shares who have bought since."""
    lang, by = request.lang, asked_for(request, "by", joining.BY)
    every = [store.name for store in scope.stores]
    block = block_of(ask(request, scope, every, "joined", by=by))
    if block.why is not None:
        return {"nothing": text(*block.why, lang, page=True)}
    return {
        "grains": choices(scope, "joined", "by", joining.BY, by, "by_"),
        "days": joining.DAYS[1:],
        "about": {name: formatting.exact(block.about[name], "count", None, lang) for name in ("members", "buyers", "outside")},
        "rows": [
            {
                "group": _cut(row["group"], lang, by) if row["group"] is None or by == "week" else row["group"][:7],
                **{name: formatting.exact(row[name], "count", None, lang) for name in ("people", "before", "since")},
                "share_before": formatting.exact(row["share_before"], "rate", None, lang),
                "cells": [_interval(row, day) for day in joining.DAYS],
            }
            for row in block.rows[:LINES]
        ],
    }  # fmt: skip


def _group(name: str, lang: str) -> str:
    if name == "none":
        return word("members.rfm_none", lang)
    return RFM_ZH[name] if lang == "zh" else word(f"members.rfm_{name}", lang)


def _cut(value: str | None, lang: str, by: str = "") -> str:
    if value is None:
        return word("members.everybody", lang)
    if by == "week" and value:
        return _week(date.fromisoformat(value), lang)
    return value or word("members.unknown", lang)


def _days_of(label: str, lang: str) -> str:
    """A cohort's days: of a week its first and last one, as nobody counts weeks; a month is its own name."""
    found = WEEK.match(label)
    return _week(date.fromisocalendar(int(found[1]), int(found[2]), 1), lang) if found else label


def _week(monday: date, lang: str) -> str:
    return formatting.days(monday, monday + timedelta(days=6), lang)


def _interval(row: dict[str, Any], day: int) -> dict[str, str]:
    share, low, high = (row[f"{end}_{day}"] for end in ("share", "low", "high"))
    if share is None:
        return {"share": formatting.NOTHING, "ends": ""}
    return {"share": formatting.share(share, 1), "ends": f"{formatting.share(low, 1)} ~ {formatting.share(high, 1)}"}


def _curves(rows: list[tuple[dict[str, Any], str]], days: list[int], lang: str) -> dict[str, Any]:
    """The chart: a line for each group that was seen long enough, its interval in the text of each point."""
    return {
        "labels": [word("members.days", lang, n=day) for day in days],
        "unit": "%",
        "series": [
            {
                "label": title,
                "values": _percent(row, "share", days),
                "texts": ["{share} {ends}".format(**_interval(row, day)) for day in days],
                **({} if n else {"low": _percent(row, "low", days), "high": _percent(row, "high", days)}),
            }
            for n, (row, title) in enumerate(rows)
        ],
    }


def _percent(row: dict[str, Any], end: str, days: list[int]) -> list[float | None]:
    found = [row[f"{end}_{day}"] for day in days]
    return [None if one is None else round(100 * one, 2) for one in found]


def _model(model: Repurchase, lang: str) -> dict[str, Any]:
    """The repurchase model in words: what it expects, its parameters, its back-test beside the naive rule."""
    told, currency = model.as_dict(lang, 0), model.currency
    if "reason" in told:
        return {"nothing": told["reason"]["text"]}
    sums, test, kind = told["expected"], told["backtest"], "bgnbd" if "bgnbd" in told else "mbg"
    found: dict[str, Any] = {
        "people": f"{sums['people']:,}",
        "active": f"{sums['active']:,.0f}",
        "purchases": f"{sums['purchases']:,.0f}",
        "value": None
        if sums["value"] is None
        else formatting.compact(minor(sums["value"], currency), "money", currency, lang),
        "ahead": told["scope"]["ahead"],
        "parameters": " · ".join(f"{name} {told[kind][name]:.4f}" for name in ("r", "alpha", "a", "b")),
        "kind": {"bgnbd": "BG/NBD", "mbg": "MBG/NBD"}[kind],
        "notes": told["notes"],
    }
    if test is not None:
        found["test"] = {
            **{name: f"{test[name]:,.0f}" for name in ("people", "expected", "naive", "actual")},
            **{name: f"{test[name]:.3f}" for name in ("error", "naive_error")},
            "day": test["learned_to"],
            "ahead": test["ahead"],
            "bins": [
                {"frequency": one["frequency"], "people": f"{one['people']:,}", **{n: f"{one[n]:.3f}" for n in ("expected", "naive", "actual")}}
                for one in test["bins"]
            ],
        }  # fmt: skip
    return found
