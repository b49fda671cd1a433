"""Tabs of the members page about goods: what is bought together or next, basket rules, what buyers prefer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.metrics.members.rules import SIDES
from goldloop.metrics.reasons import text
from goldloop.web.members_asked import ask, asked_for, block_of, choices, fields, minor
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.tree import listed
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import Block, MemberTable

KINDS = ("together", "next", "rules", "steps")
BY = ("category", "price_band", "brand", "product")
LEFTS = ("2", "1", *map(str, range(3, len(SIDES) + 1)))  # goods on the left of a rule, at most; two unless asked
LINES = 40
STEP_LINES = 8  # goods of each number of purchases


def pairs(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """Goods bought in one order, or on the next purchase day, or one more with some others."""
    lang, kind = request.lang, asked_for(request, "kind", KINDS)
    kinds = {
        "kinds": choices(scope, "pairs", "kind", KINDS, kind, "pairs_"),
        "kind": kind,
        "kind_text": f"members.{kind}_text",
    }
    every = [store.name for store in scope.stores]
    if kind == "steps":
        return kinds | steps(request, scope, names)
    if kind == "rules":
        kinds["lefts"] = choices(
            scope, "pairs", "left", sorted(LEFTS), asked_for(request, "left", LEFTS), "left_", kind=kind
        )
        block = block_of(rules_of(request, scope, every, LINES))
    else:
        following = kind == "next"
        block = block_of(ask(request, scope, names if following else every, "pairs", following=following, limit=LINES))
    titles = request.shop.product_titles(every)
    sides = (SIDES, ("then",)) if kind == "rules" else (("first",), ("second",))
    return kinds | {
        "why": text(*block.why, lang, page=True) if block.why else "",
        "pairs": [
            {
                "goods": [[_titled(row[one], titles) for one in side if row.get(one) is not None] for side in sides],
                "times": formatting.exact(row["times"], "count", None, lang),
                "people": formatting.exact(row.get("people"), "count", None, lang),
                "support": formatting.exact(row["support"], "rate", None, lang),
                "confidence": _sure(row, "confidence"),
                "lift": f"{row['lift']:.2f}",
                "days": row.get("days", ""),
            }
            for row in block.rows
        ],
    }  # fmt: skip


def rules_of(request: Request, scope: Scope, names: list[str], limit: int) -> MemberTable:
    """Basket rules with as many goods on the left as the address asks for."""
    left = int(asked_for(request, "left", LEFTS))
    found: MemberTable = ask(request, scope, names, "rules", limit=limit, sure="0.2", left=left)
    return found


def steps(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """The goods that most buyers took on their first, second, ... purchase."""
    lang, block = request.lang, block_of(ask(request, scope, names, "times_goods", limit=STEP_LINES))
    if block.why is not None:
        return {"why": text(*block.why, lang, page=True)}
    titles, currency = request.shop.product_titles(names), block.about["currency"]
    few = [one["times_bought"] for one in block.about["steps"] if not one["enough"]]
    return {
        "why": "",
        "few": word("members.steps_few", lang, times=listed(few, lang), minimum=block.about["minimum"]) if few else "",
        "steps": [
            {
                "step": word("members.step_n", lang, n=row["times_bought"]),
                "item": _titled(row["item"], titles),
                "people": formatting.exact(row["people"], "count", None, lang),
                "share": _sure(row, "share"),
                "gmv": formatting.compact(minor(row["gmv"], currency), "money", currency, lang),
                "gmv_share": formatting.exact(row["gmv_share"], "rate", None, lang),
            }
            for row in block.rows
        ],
    }


def preference(request: Request, scope: Scope, names: list[str]) -> dict[str, Any]:
    """Which categories, prices, brands or products all buyers or those of a segment take."""
    lang, by, said = request.lang, asked_for(request, "by", BY), request.GET.get("segment", "").strip()
    found: dict[str, Any] = {"problem": "", "segment": said}
    try:
        block = block_of(ask(request, scope, names, "preference", by=by, segment=said or None, limit=LINES))
    except GoldloopError as error:
        found["problem"] = Words(lang).error(error)
        block = block_of(ask(request, scope, names, "preference", by=by, segment=None, limit=LINES))
    titles = request.shop.product_titles([store.name for store in scope.stores]) if by == "product" else {}
    more = {"segment": said} if said else {}
    return found | {
        "bys": choices(scope, "preference", "by", BY, by, "prefer_", **more),
        "by": by,
        "why": text(*block.why, lang, page=True) if block.why else "",
        "kept": [one.name for one in request.shop.segments()],
        "fields": fields(scope, "preference", by=by),
        **preferred(block, titles, lang),
    }


def of_member(request: Request, id: str) -> list[dict[str, Any]]:
    """The categories and prices that one member takes, store by store; nothing of stores where she did not buy."""
    told = []
    for by in BY[:2]:
        for block in request.shop.member_preference(id, by=by).blocks:
            why = text(*block.why, request.lang, page=True) if block.why else ""
            if block.why is None or block.why[1].get("orders"):
                told.append(
                    {
                        "store": block.store,
                        "by": f"members.prefer_{by}",
                        "why": why,
                        **preferred(block, {}, request.lang),
                    }
                )
    return told


def preferred(block: Block, titles: dict[str, str], lang: str) -> dict[str, Any]:
    """What a block tells of preferences, as the page and a member's page show it."""
    if block.why is not None:
        return {"rows": []}
    currency = block.about["currency"]
    return {
        "people": formatting.exact(block.about["people"], "count", None, lang) if block.about["people"] > 1 else "",
        "orders": formatting.exact(block.about["orders"], "count", None, lang),
        "known": formatting.exact(block.about["known"], "rate", None, lang),
        "held": any(row["index"] is not None for row in block.rows),
        "rows": [
            {
                "item": _titled(row["item"], titles),
                **{name: formatting.exact(row[name], "count", None, lang) for name in ("people", "orders")},
                **{name: formatting.exact(row[name], "rate", None, lang) for name in ("orders_share", "gmv_share", "all_share")},
                "share": _sure(row, "share"),
                "gmv": formatting.compact(minor(row["gmv"], currency), "money", currency, lang),
                "wide": round(row["orders_share"] * 100, 1),
                "index": "" if row["index"] is None else f"{row['index']:.0f}",
                "tone": "" if row["index"] is None else "up" if row["index"] >= 120 else "down" if row["index"] <= 80 else "",
            }
            for row in block.rows
        ],
    }  # fmt: skip


def _titled(product: str, titles: dict[str, str]) -> dict[str, str]:
    """A product by its title, with its id beside it; by its id alone where no file gives a title."""
    title = titles.get(product, product)
    return {"title": title, "id": "" if title == product else product}


def _sure(row: dict[str, Any], name: str) -> dict[str, str]:
    """A share and its interval."""
    ends = f"{formatting.share(row['low'], 1)} ~ {formatting.share(row['high'], 1)}"
    return {"share": formatting.share(row[name], 1), "ends": ends}
