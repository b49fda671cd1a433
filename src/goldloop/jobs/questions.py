"""Asking for figures: resolves dates and stores, asks the one query path, and adds which files the numbers rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Period, parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent, read_amount
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.metrics import query
from goldloop.metrics.answer import Answer, write
from goldloop.metrics.cuts import CUTS
from goldloop.metrics.definitions import DEFAULT, FIGURES
from goldloop.metrics.query import QuestionError, Request
from goldloop.metrics.trace import trace as trace_rows

if TYPE_CHECKING:
    from goldloop.metrics.cohorts import Cohorts
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.event_review import EventReview
    from goldloop.metrics.forecast import FigureForecast
    from goldloop.metrics.mature_check import StoreCheck
    from goldloop.metrics.members.asked import Ask
    from goldloop.metrics.why_text import Account

Words = str | Sequence[str]


def request(
    *,
    names: Sequence[str],
    first: date | str | None,
    last: date | str | None,
    by: Words,
    stores: Words,
    compare: str | None,
    where: Mapping[str, Words] | None,
    basis: str,
    new: str,
    new_by: str,
    as_of_sale: bool,
    currency: str | None,
    known: date | str | None = None,
    same_age: bool = False,
    span: Callable[[], tuple[date, date] | None],
) -> Request:
    """A request from what a caller gave; days that were left out are the first and last loaded ones."""
    return Request(
        period=period(first, last, span),
        figures=tuple(names),
        by=_several(by),
        stores=_several(stores),
        compare=compare,
        where=tuple((cut, value) for cut, values in (where or {}).items() for value in _several(values)),
        basis=basis,
        new=new,
        new_by=new_by,
        as_of_sale=as_of_sale,
        currency=currency,
        known=_day(known),
        same_age=same_age,
    )


def period(first: date | str | None, last: date | str | None, span: Callable[[], tuple[date, date] | None]) -> Period:
    """The period from `first` to `last`; a day that was left out is the first or the last loaded one."""
    low, high = _day(first), _day(last)
    if low is None or high is None:
        loaded = span()
        if loaded is None:
            raise nothing_loaded()
        low, high = low or loaded[0], high or loaded[1]
    return Period(low, high)


def nothing_loaded() -> QuestionError:
    """What is said where no day is loaded."""
    return QuestionError(
        "nothing_loaded", "Nothing is loaded yet.", todo="goldloop import FILE --store NAME, or: goldloop demo"
    )


def _day(given: date | str | None) -> date | None:
    return parse_day(given) if isinstance(given, str) else given


def _several(given: Words) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def figures(home: Home, engine: Engine, viewer: Viewer, asked: Request) -> Answer:
    """The answer, with the imports that each store's numbers rest on in `data["imports"]`."""
    stores = {s.id: s for s in shops.store_list()}
    answer = query.figures(engine, viewer, stores, asked)
    answer.data["imports"] = feeds.import_counts(viewer=viewer, stores=answer.scope["stores"])
    return answer


def catalogue(engine: Engine, viewer: Viewer) -> dict[str, list[dict[str, Any]]]:
    """Figures and cuts as `figures --list` prints them."""
    attributes = query.visible_attributes(engine, viewer)
    return {
        "figures": [
            {
                "name": f.name, "zh": f.zh, "en": f.en, "unit": f.unit, "formula": f.formula, "additive": f.additive,
                "needs": list(f.needs), "doc": f.doc, "default": f.name in DEFAULT,
            }
            for f in FIGURES.values()
            if not viewer.hides(f.name)
        ],
        "cuts": [
            *({"name": c.name, "zh": c.zh, "en": c.en, "level": c.level, "doc": c.doc} for c in CUTS.values()),
            *(
                {"name": a, "zh": a, "en": a, "level": "line", "doc": f"Column '{a}' of the product file."}
                for a in sorted(attributes)
            ),
        ],
    }  # fmt: skip


def why(
    engine: Engine,
    viewer: Viewer,
    asked: Request,
    *,
    against: str,
    tree: str | None,
    depth: int,
    top: int,
    drill: Words | None = None,
) -> Account:
    """The account of a change, with the checks that rule out false alarms and the segments that stand out.

    `drill`: cuts to look for these over, "none" for not at all, None for those that the loaded data knows.
    """
    from goldloop.metrics.leaves import checked_cuts
    from goldloop.metrics.why import why as account
    from goldloop.metrics.why_checks import checks
    from goldloop.metrics.why_findings import drill_down
    from goldloop.metrics.why_text import Account

    stores = {s.id: s for s in shops.store_list()}
    found, both = account(engine, viewer, stores, asked, against=against, tree_name=tree, depth=depth, top=top)
    if drill == "none":
        return Account(found, checks(both, found))
    cuts = None if drill is None else checked_cuts(both, _several(drill))
    return Account(found, checks(both, found), drill_down(both, found, cuts))


def cohorts(engine: Engine, viewer: Viewer, asked: Request, *, loaded: tuple[date, date] | None) -> Cohorts:
    """The cohort table of a scope."""
    from goldloop.metrics.cohorts import cohorts as table

    return table(engine, viewer, {s.id: s for s in shops.store_list()}, asked, loaded=loaded)


def cohort_worth(
    engine: Engine, viewer: Viewer, asked: Request, *, loaded: tuple[date, date] | None
) -> tuple[Cohorts, list[dict[str, Any]]]:
    """The cohorts of a scope, and what each cost and brought."""
    from goldloop.metrics.cohort_worth import worth

    found = cohorts(engine, viewer, asked, loaded=loaded)
    return found, worth(engine, viewer, {s.id: s for s in shops.store_list()}, asked, found)


def members(
    engine: Engine,
    viewer: Viewer,
    *,
    stores: Words,
    day: date | str | None,
    by_store: bool,
    basis: str,
    currency: str | None = None,
    span: Callable[[], tuple[date, date] | None],
) -> Ask:
    """Whom a question about members is about; raises `nothing_loaded`."""
    from goldloop.apps.segments import api as segments
    from goldloop.metrics.members.asked import Ask

    loaded = span()
    if loaded is None:
        raise nothing_loaded()
    every = {s.id: s for s in shops.store_list()}
    limits = segments.limits_list(stores=viewer.stores)
    return Ask(engine, viewer, every, loaded, _several(stores), _day(day), by_store, basis, currency, limits)


def mature(
    engine: Engine, viewer: Viewer, *, stores: Words, age: int, days: int, known: date | str | None
) -> list[StoreCheck]:
    """Age curves of stores, and their back-test."""
    from goldloop.metrics.mature_check import check

    found = {s.id: s for s in shops.store_list()}
    return check(engine, viewer, found, names=_several(stores), known=_day(known), age=age, days=days)


def figure_forecast(
    engine: Engine,
    viewer: Viewer,
    store: Store,
    *,
    figure: str,
    period: Period,
    loaded: tuple[date, date] | None,
    target: Decimal | int | str | None,
    known: date | str | None,
) -> FigureForecast:
    """What a figure of a store will come to; `target` in major units."""
    from goldloop.metrics.forecast import figure_forecast as forecast

    minor = None if target is None else _target(target, FIGURES[figure].unit if figure in FIGURES else "", store)
    every = {s.id: s for s in shops.store_list()}
    return forecast(
        engine, viewer, every, store, figure=figure, period=period, loaded=loaded, target=minor, known=_day(known)
    )


def event_review(
    engine: Engine,
    viewer: Viewer,
    store: Store,
    event: str,
    *,
    loaded: tuple[date, date] | None,
    year: int | None,
    days: tuple[date | str, date | str] | None,
    figure: str,
    products: Sequence[str],
    cost: Decimal | int | str | None,
    margin: float,
) -> EventReview:
    """What an event brought; `cost` in major units."""
    from goldloop.metrics.event_review import review

    open_days = None if days is None else period(*days, lambda: loaded)
    amount = None if cost is None else read_amount(cost)
    if cost is not None and (amount is None or amount < 0):
        raise GoldloopError(
            "event_cost_bad", "The cost of an event is an amount, 0 or more.", given=str(cost), allowed="0 or more"
        )
    minor = None if amount is None else int(amount.scaleb(exponent(store.currency)))
    every = {s.id: s for s in shops.store_list()}
    return review(
        engine, viewer, every, store, loaded=loaded, event=event, year=year, waves=() if open_days is None else (open_days,), figure=figure,
        products=products, cost=minor, margin=margin,
    )  # fmt: skip


def _target(given: Decimal | int | str, unit: str, store: Store) -> float:
    """A target in minor units of the store's currency, or a count; raises `target_bad`."""
    value = read_amount(given)
    if value is None or value <= 0:
        raise GoldloopError(
            "target_bad", "A target is an amount above 0.", given=str(given), allowed="a number above 0"
        )
    return float(value.scaleb(exponent(store.currency)) if unit == "money" else value)


def trace(home: Home, engine: Engine, viewer: Viewer, asked: Request, *, limit: int, offset: int) -> dict[str, Any]:
    """The rows behind a figure with their origins, ready for JSON; without a value its `reason` in both languages."""
    stores = {s.id: s for s in shops.store_list()}
    found = trace_rows(engine, viewer, stores, asked, limit=limit, offset=offset)
    unit = FIGURES[found.figure].unit
    found_at = origins(home, engine, found.rows)
    rows = [
        {
            "table": row["table"],
            "store": row["store_name"],
            **{k: (str(v) if isinstance(v, date) else v) for k, v in row["key"].items() if k != "store"},
            "day": str(row["day"]),
            "contribution": write(row["contribution"], unit, found.currency),
            "origins": found_at[i],
        }
        for i, row in enumerate(found.rows)
    ]
    return {
        "figure": found.figure,
        "value": write(found.value, unit, found.currency),
        "total": write(found.total, unit, found.currency),
        "currency": found.currency,
        "reason": {lang: found.reason.as_dict(lang)["text"] for lang in ("en", "zh")} if found.reason else None,
        "closes": found.value == found.total,
        "count": found.count,
        "offset": offset,
        "source": found.source,
        "rows": rows,
        "scope": found.scope,
    }


def origins(home: Home, engine: Engine, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """For each fact row (its `table` and `key`) the places that state it: file, member, sheet, row, profile, moment.

    A place that states an order and its line at once is named once.
    """
    from goldloop.lake.lake import Lake

    lake = Lake(str(home.lake))
    places: list[list[tuple[str, int, int, Any]]] = [[] for _ in rows]
    for table in sorted({r["table"] for r in rows}):
        mine = [i for i, r in enumerate(rows) if r["table"] == table]
        _collect(lake, engine, table, [rows[i]["key"] for i in mine], mine, places)
        if table == "orders":  # an order's amount may come from its lines
            _collect(lake, engine, "order_lines", [rows[i]["key"] for i in mine], mine, places, by_order=True)
    sources = {s.id: s for s in feeds.import_sources(ids={p[1] for found in places for p in found})}
    return [
        [
            {
                "table": table,
                "import": number,
                "file": sources[number].file_name,
                "member": sources[number].member,
                "sheet": sources[number].sheet,
                "row": row,
                "profile": sources[number].profile,
                "moment": str(moment),
            }
            for table, number, row, moment in _each_once(found)
        ]
        for found in places
    ]


def _each_once(places: list[tuple[str, int, int, Any]]) -> list[tuple[str, int, int, Any]]:
    """Places (table, import, row, moment), the oldest first, orders before their lines."""
    found: dict[tuple[int, int], tuple[str, int, int, Any]] = {}
    for place in sorted(places, key=lambda place: (place[0] != "orders", str(place[3]), place[1], place[2])):
        found.setdefault((place[1], place[2]), place)
    return list(found.values())


def _collect(
    lake: Any,
    engine: Engine,
    table: str,
    keys: list[dict[str, Any]],
    positions: list[int],
    places: list[list[tuple[str, int, int, Any]]],
    *,
    by_order: bool = False,
) -> None:
    import pyarrow as pa

    names = list(keys[0])
    wanted = pa.table({n: pa.array([k[n] for k in keys]) for n in names})
    stated = lake.statements_of(engine.snapshot, table, wanted)
    at = {tuple(k[n] for n in names): i for k, i in zip(keys, positions, strict=True)}
    columns = [stated.column(n).to_pylist() for n in names]
    rest = [stated.column(n).to_pylist() for n in ("import_id", "_row", "_moment")]
    for key, (number, row, moment) in zip(zip(*columns, strict=True), zip(*rest, strict=True), strict=True):
        if key in at:
            places[at[key]].append((table, number, row, moment))
