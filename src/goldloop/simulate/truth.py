"""The truth file: exact figures of every store, and the parameters that made them. Money in minor units."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldloop.simulate import aftersales
from goldloop.simulate.arrays import DAY, Ints, sums
from goldloop.simulate.ledger import attribution, by_day, by_month, identity_figures, platform_figures, scope
from goldloop.simulate.traffic import VISIT_NOISE
from goldloop.simulate.world import World

WORDS = {
    "money": "integers of minor units of the store's currency",
    "gmv": "goods after the merchant's own discounts, without postage and tax, by business day of payment in full",
    "buyers": "distinct buyers of exactly that day or month, as the platform knows them; identity: those whose orders "
    "carry a usable buyer in the files",
    "new_buyers": "no payment in the 365 days before the first day of the row",
    "refunds_by_refund_day": "refunds settled in the period, also of orders paid before the first exported day",
    "refunded_by_pay_day": "all refunds settled by the end, of the orders paid in the period",
    "ordered_amount": "goods of all orders placed in the period, paid or not, without postage",
    "extra": "orders that only the event brought; moved_before and moved_after would have come without it",
    "visits": "visits = Poisson(a x spend^b x exp(N(0, noise))) a day, spend in major units",
}


def _lists(figures: dict[str, Ints]) -> dict[str, list[int]]:
    return {name: values.tolist() for name, values in figures.items()}


def _days(world: World) -> dict[str, Any]:
    periods, first = by_day(world), world.days.first
    found: dict[str, Any] = {"day": periods.labels, "visitors": world.visitors[first:].tolist()}
    found |= _lists(platform_figures(world, periods))
    found["identity"] = _lists(identity_figures(world, periods))
    names = channel_names(world)
    found["visits"] = {n: row.tolist() for n, row in zip(names, world.visits[:, first:], strict=True)}
    found["spend"] = {p.name: row.tolist() for p, row in zip(world.model.plans, world.spend[:, first:], strict=True)}
    return found


def _months(world: World) -> dict[str, Any]:
    periods = by_month(world)
    found: dict[str, Any] = {"month": periods.labels, "visitors": list(world.visitors_of_month.values())}
    found |= _lists(platform_figures(world, periods))
    found["identity"] = _lists(identity_figures(world, periods))
    return found


def channel_names(world: World) -> list[str]:
    """Names of all channels, free sources first: the words joined by '/', plans by their own name."""
    return ["/".join(s.words) for s in world.model.sources] + [p.name for p in world.model.plans]


def _products(world: World) -> list[dict[str, Any]]:
    mine = scope(world).shown[world.lines.order]
    lines, size = world.lines.take(mine), len(world.catalogue.products)
    gmv, units = sums(lines.product, lines.goods, size), sums(lines.product, lines.quantity, size)
    return [
        {"product_id": p.product_id, "code": p.code, "title": p.title, "gmv": int(g), "units": int(u)}
        for p, g, u in zip(world.catalogue.products, gmv, units, strict=True)
    ]


def _channels(world: World) -> list[dict[str, Any]]:
    names, rows, shown = channel_names(world), world.purchases, scope(world).shown
    gmv = sums(rows.channel[shown], world.amounts.goods[shown], len(names))
    orders = sums(rows.channel[shown], None, len(names))
    return [{"channel": n, "gmv": int(g), "orders": int(o)} for n, g, o in zip(names, gmv, orders, strict=True)]


def _promotions(world: World) -> list[dict[str, Any]]:
    rows, goods, found = world.purchases, world.amounts.goods, []
    for number, promotion in enumerate(world.promotions):
        if promotion.first_hour // 24 < world.days.first:
            continue
        extra, moved = rows.extra == number, rows.into == number
        inside = (rows.wave == number) & rows.paid
        brought = np.unique(rows.customer[extra & rows.first])
        later = rows.paid & np.isin(rows.customer, brought) & ~(extra & rows.first)
        groups = {
            "inside": inside,
            "extra": extra,
            "extra_new_customers": extra & rows.first,
            "moved_before": moved & (rows.side < 0),
            "moved_after": moved & (rows.side > 0),
            "later_of_extra_customers": later,
        }
        wave = promotion.wave
        numbers = {name: {"orders": int(mask.sum()), "gmv": int(goods[mask].sum())} for name, mask in groups.items()}
        opening, closing = (np.datetime64(moment, "s").item().isoformat() for moment in (wave.first, wave.last))
        found.append(
            {"event": wave.event, "year": wave.year, "wave": wave.number, "first": opening, "last": closing}
            | {"complete": promotion.complete, "discount_basis_points": promotion.discount, **numbers}
        )
    return found


def _response(world: World, scale: float) -> list[dict[str, Any]]:
    found, factor = [], scale * world.model.volume
    for number, plan in enumerate(world.model.plans):
        sales = {str(w): int(attribution(world, number, w).gmv.sum()) for w in (1, 15)}
        found.append(
            {
                "plan": plan.name,
                "campaign_id": plan.campaign_id,
                "tool": plan.tool,
                "a": plan.a * factor ** (1 - plan.b),
            }
            | {"b": plan.b, "noise": VISIT_NOISE, "conversion": plan.conversion, "whole_store": plan.whole_store}
            | {"cost": int(world.spend[number, world.days.first :].sum()), "attributed_gmv_by_window": sales}
        )
    return found


def _retention(world: World) -> dict[str, Any]:
    """BG/NBD parameters, and the second purchases that really came: buyers old enough and those who bought again."""
    rows, truth = world.purchases, world.model.retention
    paid = np.flatnonzero(rows.paid)
    order = paid[np.lexsort((rows.at[paid], rows.customer[paid]))]
    who, day = rows.customer[order], rows.at[order] // DAY
    pairs = np.unique(who * world.days.count + day)  # purchases on one day count once
    who, day = pairs // world.days.count, pairs % world.days.count
    opens = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    again = np.r_[who[1:] == who[:-1], False][opens]
    gap = np.where(again, np.r_[day[1:], 0][opens] - day[opens], 10**6)
    started = day[opens]
    curve = []
    for span in (30, 60, 90, 180, 365):
        old = (started >= world.days.first) & (started + span < world.days.count)
        curve.append({"days": span, "buyers": int(old.sum()), "bought_again": int((old & (gap <= span)).sum())})
    parameters = {"r": truth.r, "alpha": truth.alpha, "a": truth.a, "b": truth.b}
    unit = "operational days: calendar days weighted with the demand index, mean 1"
    return {"model": "BG/NBD", "parameters": parameters, "unit": unit, "second_purchase": curve}


def _refund_truth(world: World) -> dict[str, Any]:
    done = world.refunds.done
    counts = {name: int((done & (world.refunds.kind == k)).sum()) for k, name in enumerate(aftersales.KINDS) if k}
    shapes = {
        "asked_shift_shape_scale_days": aftersales.ASKED,
        "settled_shift_shape_scale_days": aftersales.SETTLED,
    }
    named = {word: {aftersales.KINDS[k]: list(v) for k, v in table.items()} for word, table in shapes.items()}
    return {"settled_lines_by_kind": counts, **named}


def store_truth(world: World, *, scale: float) -> dict[str, Any]:
    """Everything that is known of one store."""
    spec, shown = world.spec, world.exported
    lines = shown[world.lines.order]
    return {
        "platform": spec.platform,
        "currency": spec.currency,
        "timezone": spec.timezone,
        "day_starts": spec.day_starts,
        "opened_on": spec.opened_on.isoformat(),
        "identity": world.model.identity,
        "feeds": list(world.model.feeds),
        "orders_in_files": int(shown.sum()),
        "lines_in_files": int(lines.sum()),
        "days": _days(world),
        "months": _months(world),
        "products": _products(world),
        "channels": _channels(world),
        "promotions": _promotions(world),
        "response": _response(world, scale),
        "retention": _retention(world),
        "refunds": _refund_truth(world),
    }
