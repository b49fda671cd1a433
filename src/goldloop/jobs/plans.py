"""Plans that are kept: their values checked, spread over days, sent out as a file and taken back with what was edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.apps.planning import api as planning
from goldloop.apps.planning.api import LockRow, Plan, Proposal
from goldloop.apps.shops import api as shops
from goldloop.core.calendar import Grain, Period, parse_day, parse_period
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent, read_amount, to_text
from goldloop.core.plan.plan import Plan as Solved
from goldloop.core.plan.plan import plan_solve, read_value
from goldloop.core.plan.variables import VARIABLES
from goldloop.core.store import Store
from goldloop.core.target.goal import StorePart, TargetError, goal_of
from goldloop.core.target.locks import Lock
from goldloop.core.target.sources import read_sources
from goldloop.core.target.targets import RULES, Targets, targets
from goldloop.core.viewer import Viewer

if TYPE_CHECKING:
    from goldloop.metrics.day_weights import DayWeights

SOURCES = {"all": 1.0}  # visitors as a whole, where nobody knows or says where they come from
# what weights are learned of -> the driver of a target they lead
DRIVERS = {"gmv": "gmv", "visitor_days": "visitors", "day_conversion": "conversion", "gmv_per_buyer_day": "buyer_value"}
EDITED = ("gmv", "net", "buyers", "new_buyers", "new_gmv", "orders", "visitors")  # columns that come back as locks
UNITS = {name: v.unit for name, v in VARIABLES.items()} | {"refunded_gmv": "money"}


@dataclass(frozen=True, slots=True)
class Edited:
    """A cell of a sent file that came back with another value (major units)."""

    lock: LockRow
    before: str


def plan_new(
    viewer: Viewer,
    name: str,
    period: Period,
    stores: Sequence[str],
    values: Mapping[str, Any],
    *,
    locks: Sequence[LockRow],
    shapes: Mapping[str, Any],
    sources: Mapping[str, Any],
    note: str,
    beside: int | None,
    four_eyes_from: Decimal | None,
    moment: datetime,
) -> Plan:
    """Make a plan of these stores (default: all that the viewer may see), after it could be spread once."""
    chosen = [store for store in shops.stores_visible(viewer=viewer) if not stores or store.name in stores]
    for asked in stores:
        shops.store_visible(viewer=viewer, name=asked)
    currencies = sorted({store.currency for store in chosen})
    if len(currencies) != 1:
        raise TargetError(
            "target_currencies",
            "Stores with different currencies cannot share a target.",
            given=currencies,
            allowed="one currency",
        )
    proposal = replace(_proposal(values, locks, note, currencies[0]), shapes=shapes, sources=read_sources(sources))
    _spread(solved(proposal.values, currencies[0]), proposal, period, chosen)
    return planning.plan_new(
        viewer=viewer,
        name=name,
        stores=[store.id for store in chosen],
        period=period,
        currency=currencies[0],
        proposal=proposal,
        moment=moment,
        beside=beside,
        four_eyes_from=four_eyes_from,
    )


def plan_change(
    viewer: Viewer,
    id: int,
    values: Mapping[str, Any],
    *,
    seen: int,
    locks: Sequence[LockRow],
    free: Sequence[str],
    sources: Mapping[str, Any] | None,
    note: str,
    owner: str,
    moment: datetime,
) -> Plan:
    """Propose another version from the one that was `seen`: values are replaced (empty: taken out), locks added or freed.

    `sources` replace those of the version (None: they stay).
    """
    plan = planning.plan_show(viewer=viewer, id=id, number=seen)
    merged = {n: v for n, v in {**plan.version.values, **values}.items() if v not in ("", None)}
    named = {planning.lock_name(lock): lock for lock in (*plan.version.locks, *locks)}
    for name in free:
        if named.pop(name, None) is None:
            raise GoldloopError(
                "plan_lock_unknown", f"Nothing is locked as '{name}'.", given=name, allowed=sorted(named), name=name
            )
    proposal = _proposal(merged, list(named.values()), note, plan.currency)
    shared = plan.version.sources if sources is None else read_sources(sources)
    proposal = replace(proposal, shapes=plan.version.shapes, sources=shared)
    _spread(solved(proposal.values, plan.currency), proposal, Period(plan.first, plan.last), _stores(viewer, plan))
    return planning.plan_change(viewer=viewer, id=id, seen=seen, proposal=proposal, owner=owner, moment=moment)


def spread(viewer: Viewer, plan: Plan) -> Targets:
    """A plan's version on every day of its stores."""
    version = plan.version
    proposal = Proposal(version.values, version.locks, version.shapes, sources=version.sources)
    return _spread(
        solved(version.values, plan.currency), proposal, Period(plan.first, plan.last), _stores(viewer, plan)
    )


def rows(found: Targets, currency: str, grain: Grain | None, *, by_store: bool) -> list[dict[str, Any]]:
    """Targets as JSON carries them: money as text in major units, counts and rates as numbers."""
    from goldloop.metrics.answer import write

    listed = []
    for row in found.rows(grain, by_store=by_store):
        head = {"label": row.label, "from": str(row.period.first), "to": str(row.period.last)}
        values = {n: write(x, unit_of(n), currency) for n, x in row.values.items() if n != "visitors:all"}  # type: ignore[arg-type]
        listed.append({**head, **({"store": row.store} if by_store else {}), **values})
    return listed


def sheet(days: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Rows of targets by day as a file holds them, each beginning with its day, and the unit of every column."""
    rows = [{"day": row["label"], **{n: v for n, v in row.items() if n not in ("label", "from", "to")}} for row in days]
    return {name: "text" if name in ("day", "store") else unit_of(name) for name in (rows[0] if rows else {})}, rows


def in_force(viewer: Viewer, stores: Collection[int], day: date) -> Plan | None:
    """The plan by which these stores are judged on a day, in its newest signed version, else as it is proposed.

    Of several the one of the shortest period, signed before proposed, of fewest other stores, the newest; scenarios never.
    """
    return next(iter(_in_force(viewer, stores, Period(day, day))), None)


def day_targets(viewer: Viewer, stores: Collection[int], figure: str, period: Period) -> dict[date, Any]:
    """What the plans in force say of a figure on the days of a period, in minor units; days without a plan are left out.

    Of a plan of more stores than these, their own part; a ratio of a part of its stores is not told.
    """
    found: dict[date, Any] = {}
    for plan in _in_force(viewer, stores, period):
        days = [day for day in _days(plan, period) if day not in found]
        if not days:
            continue
        part = plan.stores != set(stores)
        if part and unit_of(figure) not in ("money", "count"):
            continue
        names = {store.name for store in _stores(viewer, plan) if store.id in stores}
        told: dict[date, Any] = {}
        for row in spread(viewer, plan).rows("day", by_store=part):
            value = row.values.get(figure)
            if value is not None and (not part or row.store in names):
                told[row.period.first] = told.get(row.period.first, 0) + value
        found |= {day: told[day] for day in days if day in told}
    return found


def _in_force(viewer: Viewer, stores: Collection[int], period: Period) -> list[Plan]:
    """The plans of these stores that reach into a period, the one that counts first in front."""
    found = []
    for plan in planning.plan_list(viewer=viewer):
        if plan.beside is None and stores and plan.stores >= set(stores) and _days(plan, period):
            signed = [v.number for v in planning.version_list(viewer=viewer, id=plan.id) if v.state == "signed"]
            number = max(signed, default=plan.current)
            found.append((plan.last - plan.first, not signed, len(plan.stores), -plan.id, number))
    return [planning.plan_show(viewer=viewer, id=-id, number=number) for *_, id, number in sorted(found)]


def _days(plan: Plan, period: Period) -> list[date]:
    first, last = max(plan.first, period.first), min(plan.last, period.last)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def unit_of(name: str) -> str:
    """The unit of a target's figure."""
    return UNITS.get(name, "count")


def solved(values: Mapping[str, str], currency: str) -> Solved:
    """A kept plan solved."""
    return plan_solve(currency=currency, **values)  # type: ignore[arg-type]


def edited(viewer: Viewer, plan: Plan, path: Path) -> list[Edited]:
    """The cells of a sent file that came back changed, day by day; raises `plan_file_bad` and as reading a file does."""
    from goldloop.connectors.readers import sheets

    table = next(iter(sheets(path))).table(1).to_pylist()
    by_store = bool(table) and "store" in table[0]
    sent = {
        (r["label"], r.get("store", "")): r for r in rows(spread(viewer, plan), plan.currency, "day", by_store=by_store)
    }
    found = []
    for line in table:
        key = (str(line.get("day") or "")[:10], str(line.get("store") or ""))
        if key not in sent:
            raise _bad_file(f"{key[0]} {key[1]}".strip(), int(line["_row"]))
        for figure in (*EDITED, *(name for name in sent[key] if name.startswith("visitors:"))):
            text = line.get(figure)
            if figure in sent[key] and text not in (None, ""):
                before, after = str(sent[key][figure]), _number(text, int(line["_row"]))
                if after != Decimal(before):
                    found.append(
                        Edited({"figure": figure, "value": f"{after:f}", "period": key[0], "store": key[1]}, before)
                    )
    return found


def paced(viewer: Viewer, plan: Plan) -> tuple[dict[str, str], list[float]]:
    """What a plan can be held against day by day: its amounts in major units, and its days' part of the sales.

    New and repeat buyers are booked from the first of a month on; a plan that begins later is paced without them.
    """
    from goldloop.metrics.pace import PACED

    said = solved(plan.version.values, plan.currency).as_dict()
    known = {name: round(v) if isinstance(v, float) else v for name, v in {**said["solved"], **said["given"]}.items()}
    names = [name for name in PACED if plan.first.day == 1 or not name.startswith(("new_", "repeat_"))]
    amounts = {name: str(known[name]) for name in names if known.get(name)}
    days = spread(viewer, plan).rows("day", by_store=False)
    return amounts, [float(row.values["gmv"] or 0) for row in days]


def kept_shapes(learned: DayWeights) -> dict[str, dict[str, float]]:
    """Learned weights as a version keeps them: driver -> day -> weight; a driver without a past is left out."""
    shapes = {DRIVERS[name]: one for name, one in learned.shapes.items() if name in DRIVERS and one.basis != "even"}
    return {driver: {str(day): weight for day, weight in one.by_day().items()} for driver, one in shapes.items()}


def parse_lock(text: str) -> LockRow:
    """A lock as people type it, `gmv 2026-06-18=90000` or `gmv 2026-06 STORE=90000`; raises `plan_lock_bad`."""
    left, equals, value = text.partition("=")
    figure, _, rest = left.strip().partition(" ")
    period, _, store = rest.strip().partition(" ")
    if not equals or not figure or not value.strip() or not period:
        raise GoldloopError(
            "plan_lock_bad",
            f"'{text}' does not say what to lock.",
            given=text,
            allowed="FIGURE PERIOD [STORE]=VALUE",
            text_given=text,
        )
    parse_period(period)
    return {
        "figure": figure.replace("-", "_"),
        "value": f"{read_value(value, figure):f}",
        "period": period,
        "store": store.strip(),
    }


def _stores(viewer: Viewer, plan: Plan) -> list[Store]:
    return [store for store in shops.stores_visible(viewer=viewer) if store.id in plan.stores]


def _proposal(values: Mapping[str, Any], locks: Sequence[LockRow], note: str, currency: str) -> Proposal:
    """The values as they are kept: text in major units, after they were read once."""
    given = plan_solve(currency=currency, **values).as_dict()["given"]
    if "cac" in given:
        raise GoldloopError(
            "plan_cac_open",
            "A plan that is kept must say which CAC it means.",
            given=given["cac"],
            allowed=["blended_cac", "paid_cac"],
        )
    return Proposal({name: str(value) for name, value in given.items()}, locks, {}, note)


def _spread(plan: Solved, proposal: Proposal, period: Period, stores: Sequence[Store]) -> Targets:
    parts = [
        StorePart(s.name, shapes=_shapes(proposal.shapes.get(s.name, {})), currency=s.currency, opens=s.opened_on)
        for s in stores
    ]
    values = plan.readings[0].found.values
    locks = [_lock(row, plan.currency) for row in proposal.locks]
    shares = {group: float(share) for group, share in proposal.sources.items()} or SOURCES
    try:
        return targets(goal_of(values, shares), period, parts, locks)
    except TargetError as error:
        raise _in_major(error, plan.currency) from None


def _in_major(error: TargetError, currency: str) -> TargetError:
    """An error about held rows with its amount as people write it, in major units."""
    size = error.params.get("size")
    if size is None or unit_of(error.params["figure"]) != "money":
        return error
    said = to_text(size, currency)
    text = error.text.replace(f" {size} ", f" {said} ")
    return TargetError(error.code, text, given=said, todo=error.todo, **{**error.params, "size": said})


def _shapes(kept: Mapping[str, Mapping[str, float]]) -> dict[str, dict[Any, float]]:
    return {driver: {_kept_day(day): weight for day, weight in days.items()} for driver, days in kept.items()}


@lru_cache(maxsize=4000)  # the drivers of all stores have the same days
def _kept_day(text: str) -> date:
    return parse_day(text)


def _lock(row: LockRow, currency: str) -> Lock:
    figure = row["figure"]
    if figure not in RULES and unit_of(figure) not in ("money", "count"):
        raise TargetError(
            "target_lock_unknown",
            f"This target has no {figure} to lock.",
            given=figure,
            allowed=sorted(RULES),
            name=figure,
        )
    value = Fraction(_number(row["value"], 0))
    if unit_of(figure) in ("money", "money_per"):
        value *= 10 ** exponent(currency)
    return Lock(figure, value, parse_period(row["period"]) if row["period"] else None, row["store"] or None)


def _number(text: Any, row: int) -> Decimal:
    number = read_amount(text)
    if number is None:
        raise _bad_file(str(text), row)
    return number


def _bad_file(given: str, row: int) -> GoldloopError:
    return GoldloopError(
        "plan_file_bad",
        f"Row {row} is no row of this plan, or holds no number: {given}",
        given=given,
        todo="Begin again from: goldloop plan export ID --out plan.xlsx",
        row=row,
    )
