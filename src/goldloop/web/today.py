"""今日: how the shop does, without a click: the golden-formula tree, what moved it, and what needs a look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from goldloop.cli.waves import title
from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.calendar import GRAINS, Period, buckets, whole
from goldloop.core.errors import GoldloopError
from goldloop.metrics.answer import Answer
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.source_words import source_name
from goldloop.metrics.why_text import Account
from goldloop.web import asked, downloads, frame, marks, target_lines, targets, tree
from goldloop.web.identity import identity
from goldloop.web.request import Request
from goldloop.web.scope import NO_COMPARISON, Scope
from goldloop.web.words import word

BESIDE = ("refunds", "cash_refund_rate", "refund_rate", "net", "ad_cost", "ad_rate", "roas", "new_share")
BY_STORE = ("gmv", "visitors", "conversion", "buyers", "buyer_value", "cash_refund_rate", "net", "ad_rate")
MOST_ALARMS = 6
MOST_ACTIONS = 3
SPARK_DAYS = 14
MOST_DAYS = 92  # of a longer period the trend shows months


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a table or card: value, change (or why there is none: `unmoved`) and its direction, in words."""

    figure: str
    name: str
    value: str
    change: str
    unmoved: str
    tone: str
    meaning: str
    missing: str


def page(request: Request) -> HttpResponse:
    """The page for the scope in the address."""
    bar = frame.scope_bar(request)
    scope: Scope = bar["scope"]
    if scope.period is None:
        return frame.page(request, "web/first_run.html", {**bar, "waits": bool(request.shop.imports(limit=1))})
    lang = request.lang
    name = request.GET.get("tree", "funnel")
    name = name if name in tree.TREES else "funnel"
    compare = None if scope.compare == NO_COMPARISON else scope.compare
    chart = trend(request, scope, lang)  # first: what is read of its days need not be read again
    account = moved(request, scope, name, compare)
    plan = tree.plan_for(name, account)
    seen = visible(request, scope)
    wanted = seen((*tree.figures_of(plan), *BESIDE))
    near = spark_days(scope)
    days = asked.figures(request, wanted, by="day", **{**scope.asked(), **near})
    answer = asked.figures(request, wanted, compare=compare, **scope.asked())
    marked = marks.of(request, scope, min(near["first"], chart["first"]), near["last"])
    plan = tree.settled(plan, answer)
    told = tree.Told(
        answer, days, marks.below(marked, **near), tree.contributions(plan, answer, account), scope, lang, name,
        plan.figure,
    )  # fmt: skip
    root_node = tree.build(plan, told)
    stores = stores_table(request, scope, seen(BY_STORE), compare, lang) if len(scope.stores) > 1 else None
    context = {
        **bar,
        "tree": root_node,
        "identity": identity(plan, answer, lang),
        "source": sources(scope, answer, stores, lang),
        "trees": [frame.Choice(f"today.tree_{one}", scope.address("/", tree=one), one == name) for one in tree.TREES],
        "sentence": account.text(lang) if account else "",
        "beside": [cell(answer, one, 0, lang) for one in seen(BESIDE)],
        "stores": stores,
        "notes": [note.text(lang) for note in answer.notes],
        "trend": chart | {"marks": marks.on_axis(marked, chart["labels"], chart["grain"], lang)},
        "marks": marks.listed(marked, lang),
        "mix": scope.address("/today/mix", mix=request.GET.get("mix")),
        "file": scope.address("/explore/file", figures=",".join(wanted), by="", format="xlsx"),
        "chart_file": downloads.file_name("gmv", scope, ""),
        "alarms": alarms(request, scope, lang),
        "to_do": to_do(request, scope),
        "daily": scope.address("/daily"),
        "goal": targets.of(request, scope),
        "message": message(scope, root_node, account, lang),
    }
    return frame.page(request, "web/today.html", context)


def visible(request: Request, scope: Scope) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Keeps, of a list of figures, those that the reader may see in the scope's stores, each once."""
    viewer, ids = request.viewer, [store.id for store in scope.stores]
    return lambda names: tuple(one for one in dict.fromkeys(names) if not viewer.hides(one, ids))


def alarms(request: Request, scope: Scope, lang: str) -> list[frame.Choice]:
    """Alarms that ring in the scope's stores, the newest first, each with the way to what moved its figure."""
    ids = {store.id for store in scope.stores}
    ringing = [one for one in request.shop.alarms() if one.store_id in ids]
    found = []
    for one in ringing[:MOST_ALARMS]:
        day = str(one.last_on)
        where = [f"{cut}:{value}" for cut, value in one.where] or None
        own = {"figure": one.figure, "store": str(one.store_id), "where": where, "from": day, "to": day}
        address = scope.address("/why", **own) if one.kind == "figure" else "/data"
        found.append(frame.Choice(one.said[lang], address))
    return found


def to_do(request: Request, scope: Scope) -> dict[str, Any]:
    """How many actions wait in the scope's stores, and those that are due first."""
    ids, today = {store.id for store in scope.stores}, datetime.now(UTC).date()
    waiting = [one for one in request.shop.actions() if one.stores & ids and one.state in ("open", "accepted")]
    return {
        "count": len(waiting),
        "first": [
            {
                "title": title(Words(request.lang), one.title),
                "address": reverse("wave_show", args=[one.ref]),
                "due": formatting.day(one.due, request.lang),
                "late": one.due < today,
            }
            for one in waiting[:MOST_ACTIONS]
        ],
        "all": scope.address("/actions"),
    }


def moved(request: Request, scope: Scope, name: str, compare: str | None) -> Account | None:
    """What moved the root of the tree; None without a comparison, where a side is unknown or hidden."""
    if compare is None:
        return None
    root, by = ("contribution", "profit") if name == "net" else ("gmv", name)
    try:
        return asked.why(request, root, against=compare, tree=by, drill="none", **scope.asked())
    except GoldloopError:
        return None


def spark_days(scope: Scope) -> dict[str, Any]:
    """The days of the small lines: the last fourteen up to the scope's end, or the scope itself where it is longer."""
    assert scope.period is not None
    first, last = scope.period.first, scope.period.last
    if scope.period.days > MOST_DAYS:
        first = last - timedelta(days=MOST_DAYS - 1)
    return {"first": min(first, last - timedelta(days=SPARK_DAYS - 1)), "last": last}


def cell(answer: Answer, name: str, row: int, lang: str) -> Cell:
    """One figure of one row."""
    shown, currency = FIGURES[name], answer.currencies[row]
    value = answer.columns[name][row]
    moved = tree.movement(answer, name, row, lang)
    reason = next((r for r in answer.reasons if r.figure == name and r.row == row), None)
    return Cell(
        figure=name,
        name=shown.zh if lang == "zh" else shown.en,
        value=formatting.compact(value, shown.unit, currency, lang),
        change=moved.text,
        unmoved=moved.missing,
        tone=tree.tone(moved.by),
        meaning=tree.meaning(moved.by, shown.higher),
        missing=reason.as_dict(lang)["text"] if value is None and reason else "",
    )


def stores_table(
    request: Request, scope: Scope, names: tuple[str, ...], compare: str | None, lang: str
) -> dict[str, Any]:
    """One line per store, largest gmv first."""
    answer = asked.figures(request, names, by="store", compare=compare, **scope.asked())
    ids = {store.name: store.id for store in scope.visible}
    rows = [
        {
            "name": answer.columns["store"][i],
            "address": scope.address("/", store=str(ids[answer.columns["store"][i]])),
            "cells": [cell(answer, one, i, lang) for one in names],
            "gmv": answer.columns["gmv"][i],
            "source": answer.data["sources"][i],
        }
        for i in range(len(answer))
    ]
    rows.sort(key=lambda row: -(row["gmv"] or 0))
    return {"heads": [FIGURES[one].zh if lang == "zh" else FIGURES[one].en for one in names], "rows": rows}


def sources(scope: Scope, answer: Answer, stores: dict[str, Any] | None, lang: str) -> str:
    """Where the root comes from (口径来源), store by store where they differ."""
    found = answer.data["sources"][0]
    if found != "mixed" or stores is None:
        return source_name(found, {store.platform for store in scope.stores}, lang)
    by_name = {store.name: store.platform for store in scope.stores}
    groups: dict[str, list[str]] = {}
    for row in stores["rows"]:
        groups.setdefault(source_name(row["source"], {by_name[row["name"]]}, lang), []).append(row["name"])
    parts = [
        word("today.source_of", lang, source=text, stores=tree.listed(names, lang)) for text, names in groups.items()
    ]
    return word("today.source_join", lang).join(parts)


def trend(request: Request, scope: Scope, lang: str) -> dict[str, Any]:
    """The root day by day (month by month over long periods), as a chart with a table as its twin."""
    assert scope.period is not None
    grain = "day" if scope.period.days <= MOST_DAYS else "month"
    when = {"first": min(scope.period.first, scope.period.last - timedelta(days=29)), "last": scope.period.last}
    answer = asked.figures(request, ("gmv",), by=grain, compare="last-year", **{**scope.asked(), **when})
    columns = {"this_year": answer.columns["gmv"], "last_year": answer.columns["gmv__compared"]}
    aims = target_lines.along(request, scope, "gmv", answer.columns[grain], grain, **when)
    if aims is not None:
        columns["target"] = aims
    currency = answer.currencies[0] if len(answer) else None
    both, step = formatting.scaled([v for values in columns.values() for v in values], "money", currency, lang)
    texts = {key: [formatting.exact(v, "money", currency, lang) for v in values] for key, values in columns.items()}
    labels, half = answer.columns[grain], len(answer)
    return {
        **when,
        "grain": grain,
        "labels": labels,
        "partial": unfinished(labels, grain, when["first"], scope),
        "unit": word("today.axis", lang, unit=" ".join(part for part in (step, currency) if part)),
        "series": [
            {
                "label": word(f"today.{key}", lang),
                "values": both[n * half : (n + 1) * half],
                "texts": texts[key],
                "target": key == "target",
            }
            for n, key in enumerate(columns)
        ],
        "rows": list(zip(labels, zip(*texts.values(), strict=True), strict=True)),
    }


def unfinished(labels: Sequence[str], grain: str, first: date, scope: Scope) -> list[str]:
    """The labels of a time axis whose days are not all there: cut off by the scope, or not loaded yet."""
    if scope.last is None or grain not in GRAINS:
        return []
    end = min(scope.last, scope.newest or scope.last)
    found = []
    for bucket in buckets(Period(first, scope.last), grain):
        whole_unit = whole(grain, bucket.period.first)
        if bucket.label in labels and (whole_unit.first < first or whole_unit.last > end):
            found.append(bucket.label)
    return found


def message(scope: Scope, root: tree.Node, account: Account | None, lang: str) -> str:
    """What the page says, as text for a chat."""
    assert scope.period is not None
    names = ("、" if lang == "zh" else ", ").join(store.name for store in scope.stores)
    lines = [f"{names} {formatting.days(scope.period.first, scope.period.last, lang)}"]
    lines += [f"{node.name} {node.full} {node.change}".strip() for node in root.walk()]
    if account is not None:
        lines.append(account.text(lang))
    return "\n".join(lines)
