"""组织: company, business units and departments, and to which of them each store belongs from when on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect

from goldloop.apps.shops import api as shops
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.web import frame
from goldloop.web.request import Request


def page(request: Request) -> HttpResponse:
    """The tree with the stores that are in each unit today."""
    now = datetime.now(UTC)
    stores = shops.store_list()
    homes = {store.id: shops.store_unit_on(store=store.id, day=_today(store, now)) for store in stores}
    units = [
        {**unit, "stores": [store for store in stores if homes[store.id] == unit["id"]]} for unit in shops.unit_tree()
    ]
    context = {
        "tab": "organisation",
        "units": units,
        "parents": [unit for unit in units if unit["kind"] != "department"],
        "today": str(now.date()),
        "loose": [store for store in stores if homes[store.id] is None],
    }
    return frame.page(request, "account/organisation.html", context)


def unit_add(request: Request) -> HttpResponse:
    """A business unit below a company, or a department below a business unit."""
    parent = _number(request.POST.get("parent", ""))
    kinds = {"company": "business_unit", "business_unit": "department"}
    above = {unit["id"]: str(unit["kind"]) for unit in shops.unit_tree()}.get(parent, "")
    shops.unit_add(name=request.POST.get("name", ""), kind=kinds.get(above, "department"), parent=parent)
    request.audit.note(action="people", target=f"unit below {parent}")
    return redirect("organisation")


def store_move(request: Request, id: int) -> HttpResponse:
    """From a day on the store belongs to another unit; who has rights there has them from that day on."""
    unit, since = _number(request.POST.get("unit", "")), parse_day(request.POST.get("from", ""))
    if id not in {store.id for store in shops.store_list()}:
        raise GoldloopError("store_unknown", f"There is no store '{id}'.", given=id, name=str(id))
    if unit not in {one["id"] for one in shops.unit_tree()}:
        raise GoldloopError("unit_unknown", f"There is no unit {unit}.", given=unit, unit=unit, kind="unit")
    shops.store_move(store=id, unit=unit, valid_from=since)
    request.audit.note(action="people", target=f"store {id} to unit {unit}", stores=[id])
    return redirect("organisation")


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 18 else 0


def _today(store: Store, now: datetime) -> date:
    return now.astimezone(ZoneInfo(store.timezone)).date()
