"""What the root is made of: the shares of its segments now and in the compared days, as a part of today's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.metrics.answer import Answer
from goldloop.metrics.cut_words import value_word
from goldloop.metrics.definitions import FIGURES
from goldloop.web import asked, downloads, frame, tree
from goldloop.web.request import Request
from goldloop.web.scope import NO_COMPARISON, Scope
from goldloop.web.words import word

# By what one may look: what is split, by which cut.
MIXES = {
    "stores": ("gmv", "store"),
    "customers": ("gmv", "buyer_type"),
    "sources": ("source_visitors", "source_group"),
    "goods": ("gmv", "category"),
}
MOST = 7  # segments by name; all others are one


def part(request: Request) -> HttpResponse:
    """The shares of the chosen mix; a part of the page, asked for by itself so that the page need not wait."""
    scope = frame.scope_of(request)
    lang = request.lang
    offered = [one for one in MIXES if one != "stores" or len(scope.stores) > 1]
    name = request.GET.get("mix", "")
    name = name if name in offered else offered[0]
    figure, cut = MIXES[name]
    compare = None if scope.compare == NO_COMPARISON else scope.compare
    context: dict[str, Any] = {
        "scope": scope,
        "choices": [
            frame.Choice(f"today.mix_{one}", scope.address("/today/mix", mix=one), one == name) for one in offered
        ],
        "head": FIGURES[figure].zh if lang == "zh" else FIGURES[figure].en,
        "chart_file": downloads.file_name(f"mix-{name}", scope, ""),
    }
    try:
        answer = asked.figures(request, (figure,), by=cut, compare=compare, **scope.asked())
    except GoldloopError as error:
        from goldloop.cli.words import Words

        return frame.page(request, "web/today_mix.html", {**context, "empty": Words(lang).error(error)})
    rows = segments(answer, figure, cut, lang)
    reason = next((one.as_dict(lang)["text"] for one in answer.reasons), "")
    explore = scope.address("/explore", figures=figure, by=cut)
    context |= {
        "rows": rows,
        "compared": compare is not None,
        "empty": reason or word("explore.empty", lang),
        "explore": explore,
    }
    if rows:
        context["chart"] = chart(rows, scope, compare is not None, lang)
    return frame.page(request, "web/today_mix.html", context)


def segments(answer: Answer, figure: str, cut: str, lang: str) -> list[dict[str, Any]]:
    """Segments, the largest first, with their shares of the sum of all on both sides; small ones together."""
    unit, currency = FIGURES[figure].unit, answer.currencies[0] if len(answer) else None
    now = answer.columns[figure]
    was = answer.columns.get(f"{figure}__compared", [None] * len(answer))
    pairs = sorted(zip(answer.columns[cut], now, was, strict=True), key=lambda one: -(one[1] or 0))
    pairs = [one for one in pairs if one[1] or one[2]]
    named, rest = pairs[:MOST], pairs[MOST:]
    if rest:
        amount, before = (sum(one[k] or 0 for one in rest) for k in (1, 2))
        named.append((word("why.others", lang, count=len(rest)), amount, before))
    total, before = (sum(one[k] or 0 for one in pairs) for k in (1, 2))
    found = []
    for value, amount, other in named:
        share, earlier = (a / b if b and a is not None else None for a, b in ((amount, total), (other, before)))
        moved = share - earlier if share is not None and earlier is not None else None
        found.append(
            {
                "name": segment(cut, value, lang),
                "value": formatting.compact(amount, unit, currency, lang),
                "share": formatting.exact(share, "rate", None, lang),
                "before": formatting.exact(earlier, "rate", None, lang),
                "moved": formatting.change(moved, "rate", None, lang),
                "tone": tree.tone(moved),
                "shares": [None if one is None else round(float(one) * 100, 4) for one in (share, earlier)],
            }
        )
    return found


def segment(cut: str, value: Any, lang: str) -> str:
    """A value of a cut as a person reads it."""
    return value_word(cut, value, zh=lang == "zh")


def chart(rows: list[dict[str, Any]], scope: Scope, compared: bool, lang: str) -> dict[str, Any]:
    """Two bars of 100 %, these days over the compared ones, one colour for each segment."""
    assert scope.period is not None
    labels = [formatting.days(scope.period.first, scope.period.last, lang)]
    if compared and scope.compared is not None:
        labels.append(formatting.days(scope.compared.first, scope.compared.last, lang))
    return {
        "labels": labels,
        "unit": "%",
        "series": [
            {
                "label": row["name"],
                "values": row["shares"][: len(labels)],
                "texts": [row["share"], row["before"]][: len(labels)],
            }
            for row in rows
        ],
    }
