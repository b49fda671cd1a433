"""From the first purchase on: how far the buyers of stores come, and what it was a month ago."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from goldloop.core import formatting
from goldloop.metrics.reasons import text
from goldloop.web.members_asked import ask, block_of, minor
from goldloop.web.request import Request
from goldloop.web.scope import Scope
from goldloop.web.tree import meaning
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.metrics.members.asked import MemberTable

AGO = 30  # days between the two sides of the funnel
WITHIN = (30, 60, 90)
WORSE = ("sleeping", "lost")  # stages of which fewer are better
NO_BUYERS = ("no_buyer_identity", "no_data")


def known_stores(request: Request, scope: Scope) -> tuple[list[str], list[tuple[str, str]]]:
    """The scope's stores whose buyers are known, and the others with what is missing."""
    found = lifecycle(request, scope, [store.name for store in scope.stores], by_store=True)
    names, missing = [], []
    for block in found.blocks:
        if block.why is not None and block.why[0] in NO_BUYERS:
            missing.append((block.store or "", text(*block.why, request.lang, page=True)))
        else:
            names.append(block.store or "")
    return names, missing


def lifecycle(request: Request, scope: Scope, names: list[str], **given: Any) -> MemberTable:
    """The life cycle of these stores."""
    found: MemberTable = ask(request, scope, names, "lifecycle", **given)
    return found


def funnel(request: Request, scope: Scope, names: list[str]) -> list[dict[str, Any]]:
    """The stages from the first purchase on: people, money, the share that came so far, and what it was a month ago."""
    lang, (now, before) = request.lang, sides(request, scope, names)
    rows = []
    for name, stage in now.items():
        old = before[name] if before else None
        share, then = stage["share"], old["share"] if old else None
        begins = name == "first"  # nothing stands before it that it could be a share of
        rows.append(
            {
                "name": word(f"members.stage_{name}", lang),
                "means": word(f"members.stage_{name}_text", lang),
                "people": formatting.compact(stage["people"], "count", None, lang),
                "gmv": formatting.compact(stage["gmv"], "money", stage["currency"], lang) if "gmv" in stage else "",
                "share": "" if begins else formatting.exact(share, "rate", None, lang),
                "wide": round(float(share or 0) * 100, 1),
                "interval": stage.get("interval", ""),
                "before": "" if begins else formatting.exact(then, "rate", None, lang),
                "change": "" if begins else formatting.NOTHING if None in (share, then) else formatting.change(share - then, "rate", None, lang),
                "tone": "" if begins or None in (share, then) or share == then else "up" if share > then else "down",
                "meaning": "" if begins or None in (share, then) else meaning(share - then, name not in WORSE),
            }
        )  # fmt: skip
    return rows


def sides(
    request: Request, scope: Scope, names: list[str]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]] | None]:
    """The stages of now and of a month ago; None where days that old are not loaded."""
    assert scope.last is not None
    then, loaded = scope.last - timedelta(days=AGO), request.shop.loaded_days()
    before = stages(request, scope, names, then) if loaded is not None and loaded[0] <= then else None
    return stages(request, scope, names, scope.last), before


def stages(request: Request, scope: Scope, names: list[str], day: date) -> dict[str, dict[str, Any]]:
    """Every stage on a day: people, gmv in minor units, share of the stage before (of sleeping and lost: of all)."""
    times, states, second = (
        block_of(ask(request, scope, names, what, day=day)) for what in ("times", "lifecycle", "second")
    )
    currency = times.about.get("currency", scope.currency)
    rows = list(times.rows)
    found: dict[str, dict[str, Any]] = {"first": stage(rows, currency, times.people)}
    found["first"]["share"] = None
    curve = second.rows[0] if second.rows else {}
    for days in WITHIN:
        share, low, high = (curve.get(f"{end}_{days}") for end in ("share", "low", "high"))
        ends = "" if low is None else f"{formatting.share(low, 1)} ~ {formatting.share(high, 1)}"
        found[f"second_{days}"] = {
            "people": curve.get(f"again_{days}"),
            "currency": currency,
            "share": share,
            "interval": ends,
        }
    again = sum(row["people"] for row in rows[1:])
    found["again"] = stage(rows[1:], currency, times.people)
    found["third"] = stage(rows[2:], currency, again)
    by_state = {row["state"]: [row] for row in states.rows}
    return found | {name: stage(by_state.get(name, []), currency, states.people) for name in ("sleeping", "lost")}


def stage(rows: list[dict[str, Any]], currency: str | None, of: int | None) -> dict[str, Any]:
    """Some rows together, as a share of so many people; nothing is known of no rows."""
    people = sum(row["people"] for row in rows) if rows else None
    gmv = sum(minor(row["gmv"], currency) for row in rows) if rows else None
    return {
        "people": people,
        "gmv": gmv,
        "currency": currency,
        "share": people / of if people is not None and of else None,
    }
