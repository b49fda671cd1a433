"""Plain goldloop templates for what no platform exports: products, attributes, costs, ads and a store's own events.

Columns are the canonical names of the fact tables, money in major units, UTF-8 with BOM.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from goldloop.simulate.arrays import DAY, Array, Ints, sums
from goldloop.simulate.catalogue import BRAND
from goldloop.simulate.events import ANNIVERSARY
from goldloop.simulate.exports.cells import minimal, write_csv
from goldloop.simulate.ledger import Periods, by_day, by_month, platform_figures
from goldloop.simulate.world import World

HOURS_OF_LABOUR = 5200  # minor units an hour
PACKAGING = 150  # minor units a parcel
EVENT_FEE = 200_000  # minor units a wave of the flagship store


def _major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Path:
    columns = [minimal(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in header]
    write_csv(path, header, columns, encoding="utf-8-sig")
    return path


def write_products(world: World, folder: Path) -> Path:
    """Template `products`: every product and every SKU."""
    header = ("store", "item_kind", "item_id", "product_id", "title", "status", "currency", "price", "compare_price", "cost",
              "category", "brand")  # fmt: skip
    store, currency, catalogue = world.model.name, world.model.currency, world.catalogue
    rows = []
    for kind, item, product in [
        *(("product", p.product_id, p) for p in catalogue.products),
        *(("sku", s.code, catalogue.products[s.product]) for s in catalogue.skus),
    ]:
        price, cost = _major(product.prices[1]), _major(product.cost)
        rows.append((store, kind, item, product.product_id, product.title, "active", currency, price, "", cost, product.category,
                     BRAND[0]))  # fmt: skip
    return _write(folder / f"goldloop-products_{world.model.slug}.csv", header, rows)


def write_attributes(world: World, folder: Path) -> Path:
    """Template `product_attributes`: style, series and season; the first two products change their style at a new year."""
    header = ("store", "item_kind", "item_id", "attribute", "valid_from", "value")
    rows = []
    for position, product in enumerate(world.catalogue.products):
        if not product.season_key:
            continue
        words = (("风格", product.style), ("系列", product.series), ("季节", product.season))
        rows += [(world.model.name, "product", product.product_id, name, "1970-01-01", value) for name, value in words]
        if position < 2:
            turn = date(world.last_date.year, 1, 1).isoformat()
            rows.append((world.model.name, "product", product.product_id, "风格", turn, "新中式"))
    return _write(folder / f"goldloop-product_attributes_{world.model.slug}.csv", header, rows)


def _spans(world: World, periods: Periods) -> list[tuple[str, str]]:
    dates = world.days.dates()
    ends = [*(periods.first[1:] - 1).tolist(), world.days.count - 1]
    return [(dates[a].isoformat(), dates[b].isoformat()) for a, b in zip(periods.first.tolist(), ends, strict=True)]


def monthly_costs(world: World) -> dict[str, Ints]:
    """Costs by calendar month in minor units: labour, freight and packaging of shipped parcels, fees, cost of goods kept."""
    periods, model, lines = by_month(world), world.model, world.lines
    size, found = len(periods.labels), platform_figures(world, by_month(world))
    sent = world.fulfilment.shipped < world.end
    parcels = _by_period(np.ones(int(sent.sum()), np.int64), world.fulfilment.shipped[sent] // DAY, periods)
    paid = world.purchases.paid[lines.order]
    kept = paid & ~(world.refunds.done & (world.refunds.amount >= lines.goods))
    unit = np.array([p.cost for p in world.catalogue.products], np.int64)[lines.product]
    goods = _by_period((unit * lines.quantity)[kept], world.day[lines.order][kept], periods)
    words = [s.words for s in model.sources] + [p.words for p in model.plans]
    creator = np.array([len(w) > 2 and w[2].startswith("达人") for w in words])[world.purchases.channel]
    sold = world.purchases.paid & creator
    by_creators = _by_period(world.amounts.goods[sold], world.day[sold], periods)
    share = np.array([int(b[8:]) for _, b in _spans(world, periods)]) >= 28  # a cut month costs its part
    days = np.bincount(periods.of_day[world.days.first :], minlength=size)
    labour = np.where(share, model.labour, model.labour * days // 30)
    costs = {
        "labour": labour,
        "cogs": goods,
        "freight": parcels * model.freight,
        "packaging": parcels * PACKAGING,
        "platform_fee": found["gmv"] * model.fee // 10_000,
        "commission": by_creators * model.commission // 10_000,
    }
    return {kind: values.astype(np.int64) for kind, values in costs.items() if values.any()}


def _by_period(values: Ints, day: Array, periods: Periods) -> Ints:
    period = periods.of_day[day]
    return sums(period[period >= 0], values[period >= 0], len(periods.labels))


def write_costs(world: World, folder: Path) -> Path:
    """Template `costs`: one row per kind and month, and the fee of every event of the flagship store."""
    header = ("store", "kind", "cost_id", "first_day", "last_day", "currency", "amount", "hours", "note")
    store, currency = world.model.name, world.model.currency
    spans, rows = _spans(world, by_month(world)), []
    for kind, values in monthly_costs(world).items():
        for (first, last), amount in zip(spans, values.tolist(), strict=True):
            hours = f"{amount / HOURS_OF_LABOUR:.1f}" if kind == "labour" else ""
            rows.append((store, kind, first[:7], first, last, currency, _major(amount), hours, ""))
    for promotion in world.promotions if world.model.own_event else []:
        wave = promotion.wave
        opening, closing = (np.datetime64(s, "s").item().date().isoformat() for s in (wave.first, wave.last))
        if opening >= world.first_date.isoformat() and promotion.complete and wave.event != ANNIVERSARY:
            name = f"{wave.event}-{wave.year}-{wave.number}"
            rows.append((store, "event_fee", name, opening, closing, currency, _major(EVENT_FEE), "", "活动技术服务费"))
    return _write(folder / f"goldloop-costs_{world.model.slug}.csv", header, rows)


def write_ads(world: World, folder: Path) -> Path:
    """Template `ads`: cost, clicks and visits of every plan by day, for stores without an advertising export."""
    header = ("store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id", "campaign", "subject",
              "currency", "cost", "impressions", "clicks", "visits", "whole_store")  # fmt: skip
    days, rows = by_day(world).labels, []
    for number, plan in enumerate(world.model.plans):
        visits = world.first_visits[number + len(world.model.sources), world.days.first :].tolist()
        for day, spent, came in zip(days, world.spend[number, world.days.first :].tolist(), visits, strict=True):
            rows.append((world.model.name, day, day, plan.tool, plan.campaign_id, "plan", plan.campaign_id, plan.name, plan.name,
                         world.model.currency, _major(spent), str(came * 22), str(came), str(came),
                         str(plan.whole_store).lower()))  # fmt: skip
    return _write(folder / f"goldloop-ads_{world.model.slug}.csv", header, rows)


def write_events(world: World, folder: Path) -> Path:
    """Template `events`: the store's own events, which no platform file knows."""
    header = ("store", "event", "phase", "first_at", "last_at")
    rows = []
    for promotion in world.promotions:
        wave = promotion.wave
        if wave.event == ANNIVERSARY and promotion.first_hour // 24 >= world.days.first:
            opening, closing = (str(np.datetime64(s, "s").item()) for s in (wave.first, wave.last))
            rows.append((world.model.name, wave.event, "sale", opening, closing))
    return _write(folder / f"goldloop-events_{world.model.slug}.csv", header, rows)
