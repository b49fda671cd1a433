"""Bridging two sources: finds the store and its days, asks for the bridge, and adds file and row of what is in its lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs.questions import origins
from goldloop.jobs.reconciling import imports_of, one_store
from goldloop.lake.schema import TABLES
from goldloop.metrics.answer import write
from goldloop.metrics.bridge import Bridge, Side, bridge, key_of
from goldloop.metrics.bridge_counts import declared
from goldloop.metrics.bridge_sources import SOURCES, reach, source
from goldloop.metrics.reconcile import Scope

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

PLACES = 5  # files and rows that are named for one row of a line


def between(
    home: Home, engine: Engine, viewer: Viewer, left: str, right: str, *, figure: str, store: str | None, period: Period,
    by: str | None, rows: str | None, limit: int | None,
) -> dict[str, Any]:  # fmt: skip
    """The bridge ready for JSON: both sides, lines (amounts as text of major units), days, rows and state of the data.

    Raises what `metrics.bridge.bridge` raises, `store_unknown`, `reconcile_store` and `bridge_by_unknown`.
    """
    if by not in (None, "day"):
        raise GoldloopError("bridge_by_unknown", f"A bridge has no lines by '{by}'.", given=by, allowed=["day"], by=by)
    chosen = one_store(viewer, store)
    scope = Scope(engine.snapshot, chosen, shops.exclusion_list(), period.first, period.last)
    found = bridge(engine, viewer, scope, figure, left, right, by_day=by == "day", rows=rows, limit=limit)

    def money(amount: int) -> str:
        return str(write(amount, "money", chosen.currency))

    return {
        "figure": figure,
        "scope": {
            "store": chosen.name,
            "from": str(period.first),
            "to": str(period.last),
            "currency": chosen.currency,
        },
        "left": _side(found.left, money(found.left.amount)),
        "right": _side(found.right, money(found.right.amount)),
        "difference": money(found.difference),
        "lines": [
            {"line": x.name, "code": x.code, "detail": x.detail, "count": x.count, "amount": money(x.amount), "sure": x.sure}
            for x in found.lines
        ],
        "unexplained": money(found.unexplained),
        "residual": money(found.residual),
        "days": [
            {
                "day": str(day), "left": money(a), "right": money(b), "difference": money(b - a),
                "lines": {name: money(amount) for name, amount in parts.items()},
            }
            for day, a, b, parts in found.days
        ],
        "ties": _ties(found),
        "rows": _rows(home, engine, chosen, found),
        "notes": [{"code": code, **params} for code, params in [*found.notes, *_waiting(viewer, chosen)]],
        "data": {"imports": imports_of(viewer, chosen)},
    }  # fmt: skip


def loaded_days(
    engine: Engine, viewer: Viewer, left: str, right: str, *, figure: str, store: str | None
) -> tuple[date, date] | None:
    """First and last day that both sources hold of the store, or where there is none, that either does."""
    chosen = one_store(viewer, store)
    spans = []
    for name in (left, right):
        held = reach(engine, chosen, source(name, figure), figure)
        spans += [(min(first for _, first, _ in held), max(last for *_, last in held))] if held else []
    if not spans:
        return None
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    return (first, last) if first <= last else (min(span[0] for span in spans), max(span[1] for span in spans))


def sources(engine: Engine, viewer: Viewer, *, store: str | None) -> list[dict[str, Any]]:
    """Every source and figure: which days of it are loaded for the store (None: nothing), and what it says that it counts."""
    chosen = one_store(viewer, store)
    found = []
    for one in SOURCES.values():
        for figure in one.figures:
            if any(viewer.hides(name, [chosen.id]) for name in (figure, one.shows)):
                continue
            nothing: list[tuple[str, date | None, date | None]] = [("", None, None)]
            for report, first, last in reach(engine, chosen, one, figure) or nothing:
                said = declared(one.name, figure, report)
                found.append({
                    "source": one.name, "level": one.level, "figure": figure, "report": report, "feed": one.feed,
                    "first": None if first is None else str(first), "last": None if last is None else str(last),
                    "counts": [{"rule": rule, "way": way, "sure": sure} for rule, (way, sure) in said.rules.items()],
                    "attributed": said.attributed,
                })  # fmt: skip
    return found


def _side(side: Side, amount: str) -> dict[str, Any]:
    rules = [{"rule": rule, "way": way, "sure": sure} for rule, (way, sure) in side.declared.rules.items()]
    return {"source": side.source, "report": side.report, "amount": amount, "counts": rules}


def _ties(found: Bridge) -> list[dict[str, Any]]:
    return [
        {
            "source": tie.source,
            "changes": [{"rule": rule, "now": now, "would": would} for rule, now, would in tie.changes],
            "days": tie.ties,
            "of": tie.of,
            "days_now": tie.now,
        }
        for tie in found.ties
    ]


def _rows(home: Home, engine: Engine, store: Store, found: Bridge) -> list[dict[str, Any]]:
    """The rows of lines with the key columns of their fact and the places that state it, the newest first."""
    facts = [_fact(store, row["table"], row["key"]) for row in found.rows]
    different = {repr(fact): fact for fact in facts if fact is not None}
    places = dict(zip(different, origins(home, engine, list(different.values())), strict=True))
    rows = []
    for row, fact in zip(found.rows, facts, strict=True):
        keys = {} if fact is None else {k: str(v) for k, v in fact["key"].items() if k != "store"}
        stated = [] if fact is None else places[repr(fact)][::-1][:PLACES]
        rows.append({
            "line": row["line"], "table": row["table"], "day": str(row["day"]), "key": keys,
            "amount": write(row["amount"], "money", store.currency), "origins": stated,
        })  # fmt: skip
    return rows


def _fact(store: Store, table: str, key: str) -> dict[str, Any] | None:
    """The fact behind a row as `origins` asks for it; None for a day of which there is no row."""
    if table not in TABLES:
        return None
    columns = [c for c in TABLES[table].key if c != "store"]
    named = ["first_day", "last_day", "report"] if "first_day" in columns else columns
    values = {
        c: date.fromisoformat(v) if c.endswith("_day") else v for c, v in zip(named, key_of(table, key), strict=True)
    }
    return {"table": table, "key": {"store": store.id, **{c: v for c, v in values.items() if c in columns}}}


def _waiting(viewer: Viewer, store: Store) -> Sequence[tuple[str, dict[str, Any]]]:
    """Rows of the store that wait in quarantine, of which no side knows; those in another currency apart."""
    rows = sum(count for (id, _), count in feeds.quarantine_counts(viewer=viewer).items() if id == store.id)
    if not rows:
        return []
    groups = feeds.quarantine_groups(viewer=viewer, store=store.id)
    foreign = sum(group.rows for group in groups if group.code == "currency_mismatch")
    found: list[tuple[str, dict[str, Any]]] = [("bridge_quarantined", {"rows": rows})]
    return [*found, ("bridge_currency", {"rows": foreign, "currency": store.currency})] if foreign else found
