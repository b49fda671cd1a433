"""Tables of the members pages as files: the same questions as the pages ask, with all of their lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_text
from goldloop.jobs.persons import SHOWN
from goldloop.metrics.members.rules import SIDES
from goldloop.web import cohorts, downloads, frame, members_goods, members_tabs
from goldloop.web.members_asked import HERE, OF_ORDERS, ask, asked_for
from goldloop.web.members_funnel import known_stores, lifecycle, sides
from goldloop.web.request import Request
from goldloop.web.scope import Scope

FORMATS = ("xlsx", "csv")
MOST = 10_000  # lines of goods and customers, the most telling ones
KEPT = ("grain", "by", "kind", "left", "since", "segment")  # parts of an address that say which table it is
TABLES = {
    "cohorts": ("funnel", "cohorts", "lifecycle", "times"), "rfm": ("rfm",), "second": ("second", "backtest", "repurchase"),
    "pairs": ("together",), "preference": ("preference",), "joined": ("joined",), "points": ("tiers", "referrals"),
}  # fmt: skip
WORTH = {"people": "count", "cac": "money", "margin": "money", "margin_each": "money", "paid_back": "count"}
STAGES = {"stage": "text", "people": "count", "gmv": "money", "share": "rate", "share_before": "rate"}
BACKTEST = {"frequency": "count", "people": "count", "expected": "number", "naive": "number", "actual": "number"}
TIERS = {"program": "text", "tier": "text", "from": "text", "members": "count"}
REFERRALS = {
    "program": "text", "friend": "text", "referrer": "text", "code": "text", "state": "text", "claimed": "text", "bought": "text",
    "reason": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for a file: its columns with units, its rows, and what goes along about it."""

    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    about: Mapping[str, Any]


def offered(
    request: Request, scope: Scope, tab: str, without: Collection[str] = ()
) -> list[tuple[str, list[frame.Choice]]]:
    """The tables of what is shown, each with the addresses of its files; `without` those that this page does not show."""
    own = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
    return [
        (
            f"members.file_{table}",
            [frame.Choice(form.upper(), scope.address(f"{HERE}/file", tab=tab, table=table, format=form, **own)) for form in FORMATS],
        )
        for table in tables(request, tab)
        if table not in without
    ]  # fmt: skip


def tables(request: Request, tab: str) -> tuple[str, ...]:
    """Which tables a tab shows as its address says."""
    if tab == "pairs":
        return (asked_for(request, "kind", members_goods.KINDS),)
    more: tuple[str, ...] = ()
    if tab == "rfm" and request.GET.get("since"):
        more = ("moves",)
    elif tab == "cohorts" and request.GET.get("grain") == "month":
        more = ("worth",)
    return TABLES.get(tab, ()) + more


def file(request: Request) -> HttpResponse:
    """One of these tables as a file; raises `choice_bad`."""
    from goldloop.cli.list_files import write

    scope, tab, table = frame.scope_of(request), request.GET.get("tab", ""), request.GET.get("table", "")
    allowed = tables(request, tab)
    if table not in allowed:
        raise GoldloopError(
            "choice_bad", f"'{table}' cannot be chosen here.", given=table[:40], allowed=list(allowed), name="table"
        )
    every = [store.name for store in scope.stores]
    names = every if tab in OF_ORDERS or tab == "points" else known_stores(request, scope)[0]
    if not names or scope.last is None:
        raise GoldloopError(
            "members_no_buyers", "No store here has known buyers.", given=every, todo=f"{HERE}?basis=orders"
        )
    form, sheet = downloads.form_of(request, FORMATS), MADE[table](request, scope, names)
    name = downloads.named((f"members-{table}", str(scope.last)), form)
    return downloads.send_named(
        request, name, form, [store.id for store in scope.stores if store.name in names], len(sheet.rows),
        lambda path: write(path, form, sheet.columns, sheet.rows, sheet.about),
    )  # fmt: skip


def _told(found: Any, request: Request) -> Sheet:
    """A table about members as it stands."""
    about = {name: value for name, value in found.as_dict(request.lang).items() if name != "rows"}
    return Sheet(found.columns, found.rows(), about)


def _titled(sheet: Sheet, request: Request, names: list[str], goods: Sequence[str]) -> Sheet:
    """The same with the titles of products behind their ids."""
    titles = request.shop.product_titles(names)
    columns: dict[str, str] = {}
    for name, unit in sheet.columns.items():
        columns |= {name: unit, f"{name}_title": "text"} if name in goods else {name: unit}
    rows = [
        {**row, **{f"{one}_title": titles.get(row[one] or "") for one in goods if one in row}} for row in sheet.rows
    ]
    return Sheet(columns, rows, sheet.about)


def _funnel(request: Request, scope: Scope, names: list[str]) -> Sheet:
    now, before = sides(request, scope, names)
    rows = [
        {
            "stage": name, "people": one["people"], "share": one["share"],
            "gmv": to_text(one["gmv"], one["currency"] or "") if one.get("gmv") is not None else None,
            "share_before": before[name]["share"] if before else None,
        }
        for name, one in now.items()
    ]  # fmt: skip
    return Sheet(STAGES, rows, {"stores": names, "day": str(scope.last)})


def _cohorts(request: Request, scope: Scope, names: list[str]) -> Sheet:
    from goldloop.metrics.cohorts import columns

    found = cohorts.grained(request, scope, names, "month" if request.GET.get("grain") == "month" else "week")
    about = {name: value for name, value in found.as_dict(request.lang).items() if name != "rows"}
    return Sheet(columns(found), found.rows(), about)


def _worth(request: Request, scope: Scope, names: list[str]) -> Sheet:
    found, rows = members_tabs.worth_of(request, scope, names)
    return Sheet({found.grain: "text", **WORTH}, rows, {"scope": found.scope})


def _rfm(request: Request, scope: Scope, names: list[str]) -> Sheet:
    return _told(ask(request, scope, names, "rfm"), request)


def _moves(request: Request, scope: Scope, names: list[str]) -> Sheet:
    return _told(ask(request, scope, names, "rfm", since=request.GET.get("since", "").strip()), request)


def _lifecycle(request: Request, scope: Scope, names: list[str]) -> Sheet:
    return _told(lifecycle(request, scope, names), request)


def _times(request: Request, scope: Scope, names: list[str]) -> Sheet:
    assert scope.last is not None
    return _told(ask(request, scope, names, "times", day=scope.last), request)


def _second(request: Request, scope: Scope, names: list[str]) -> Sheet:
    by = asked_for(request, "by", members_tabs.BY)
    sheet = _told(ask(request, scope, names, "second", by=by), request)
    return _titled(sheet, request, names, ("group",)) if by == "product" else sheet


def _backtest(request: Request, scope: Scope, names: list[str]) -> Sheet:
    said = ask(request, scope, names, "repurchase").as_dict(request.lang, 0)
    test = said.get("backtest") or {"bins": []}
    return Sheet(BACKTEST, test["bins"], {name: value for name, value in said.items() if name != "customers"})


def _repurchase(request: Request, scope: Scope, names: list[str]) -> Sheet:
    from goldloop.metrics.members.repurchase import CUSTOMERS

    found = ask(request, scope, names, "repurchase")
    rows = [{**row, "buyer": row["buyer"][:SHOWN]} for row in found.rows(MOST)]  # as pages call her
    return Sheet(CUSTOMERS, rows, {n: v for n, v in found.as_dict(request.lang, 0).items() if n != "customers"})


def _pairs(request: Request, scope: Scope, names: list[str], following: bool = False) -> Sheet:
    found = ask(request, scope, names, "pairs", following=following, limit=MOST)
    return _titled(_told(found, request), request, names, ("first", "second"))


def _next(request: Request, scope: Scope, names: list[str]) -> Sheet:
    return _pairs(request, scope, known_stores(request, scope)[0], following=True)


def _rules(request: Request, scope: Scope, names: list[str]) -> Sheet:
    return _titled(
        _told(members_goods.rules_of(request, scope, names, MOST), request), request, names, (*SIDES, "then")
    )


def _steps(request: Request, scope: Scope, names: list[str]) -> Sheet:
    names = known_stores(request, scope)[0]
    return _titled(_told(ask(request, scope, names, "times_goods", limit=MOST), request), request, names, ("item",))


def _preference(request: Request, scope: Scope, names: list[str]) -> Sheet:
    by, said = asked_for(request, "by", members_goods.BY), request.GET.get("segment", "").strip()
    sheet = _told(ask(request, scope, names, "preference", by=by, segment=said or None, limit=MOST), request)
    return _titled(sheet, request, names, ("item",)) if by == "product" else sheet


def _joined(request: Request, scope: Scope, names: list[str]) -> Sheet:
    return _told(ask(request, scope, names, "joined", by=asked_for(request, "by", members_tabs.joining.BY)), request)


def _tiers(request: Request, scope: Scope, names: list[str]) -> Sheet:
    told = [request.shop.tiers(one.name) for one in _programs(request, scope)]
    rows = [
        {
            "program": one["program"], "tier": tier["tier"], "members": tier["members"],
            "from": str(tier["from"]) if one["tier_by"] == "points" else to_text(tier["from"], one["currency"]),
        }
        for one in told
        for tier in one["tiers"]
    ]  # fmt: skip
    return Sheet(
        TIERS, rows, {one["program"]: {name: value for name, value in one.items() if name != "tiers"} for one in told}
    )


def _referrals(request: Request, scope: Scope, names: list[str]) -> Sheet:
    told = [request.shop.referrals(one.name, limit=MOST) for one in _programs(request, scope)]
    rows = [{"program": one["program"], **row} for one in told for row in one["referrals"]]
    return Sheet(REFERRALS, rows, {one["program"]: one["counts"] for one in told})


def _programs(request: Request, scope: Scope) -> list[Any]:
    chosen = {store.id for store in scope.stores}
    return [one for one in request.shop.points_programs() if one.stores & chosen]


MADE: dict[str, Callable[[Request, Scope, list[str]], Sheet]] = {
    "funnel": _funnel, "cohorts": _cohorts, "worth": _worth, "lifecycle": _lifecycle, "times": _times, "rfm": _rfm, "moves": _moves,
    "second": _second, "backtest": _backtest, "repurchase": _repurchase, "together": _pairs, "next": _next, "rules": _rules,
    "steps": _steps, "preference": _preference, "joined": _joined, "tiers": _tiers, "referrals": _referrals,
}  # fmt: skip
