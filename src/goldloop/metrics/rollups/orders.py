"""Lines added up by order and cut, then by day: what the groups in SQL do in two steps, over arrays.

An order with two lines in one cell is one order there, so lines are added up by order and value of the cut first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from goldloop.metrics.rollups.cells import Bools, Ints, places_in_order, sums
from goldloop.metrics.rollups.summing import DaySums

AMOUNTS = ("gmv", "gmv_all", "units", "refunded", "subsidy")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that count: day, number of the store, number of the order, code of the buyer (-1: unknown), and their amounts.

    An amount that a line does not state is not in its sum; `stated` tells which do where not all do.
    """

    day: Ints
    store: Ints
    order: Ints
    code: Ints
    amounts: Mapping[str, Ints]
    stated: Mapping[str, Bools]


def by_order(lines: Lines, label: Ints, labels: int) -> tuple[Lines, Ints]:
    """The lines of each order and label as one, and the label of each."""
    width = max(labels - 1, 1).bit_length()
    key = lines.order.astype(np.uint64) << np.uint64(width) | label.astype(np.uint64)
    order = places_in_order(key, int(key.max(initial=0)).bit_length())
    key = key[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, dtype=np.int64)
    first = order[starts]
    amounts, stated = {}, {}
    for name in AMOUNTS:
        amounts[name] = np.add.reduceat(lines.amounts[name][order], starts) if len(starts) else lines.amounts[name]
        if name in lines.stated:
            stated[name] = (
                np.logical_or.reduceat(lines.stated[name][order], starts) if len(starts) else lines.stated[name]
            )
    one = Lines(lines.day[first], lines.store[first], lines.order[first], lines.code[first], amounts, stated)
    return one, label[first]


def day_sums(orders: Lines, label: Ints, labels: int, stores: int, first: int) -> DaySums:
    """What `order_parts` gives by day, store and label."""
    cell = ((orders.day.astype(np.int64) - first) * stores + orders.store) * labels + label
    size = int(cell.max(initial=-1)) + 1
    counts = np.bincount(cell, minlength=size)
    at = np.flatnonzero(counts)
    identified = orders.code >= 0
    gmv, refunded = orders.amounts["gmv"], orders.amounts["refunded"]
    told = orders.stated.get("refunded", np.ones(len(cell), dtype=np.bool_))

    def total(amounts: Ints) -> Ints:
        return sums(amounts, cell, size)[at]

    def number(chosen: Bools) -> Ints:
        return np.bincount(cell[chosen], minlength=size)[at]

    known = {name: number(stated) > 0 for name, stated in orders.stated.items() if name != "subsidy"}
    if "refunded" in known:
        known |= {"refunded_gmv": known["refunded"], "refunded_orders": known.pop("refunded")}
    parts = {
        "gmv": total(gmv),
        "gmv_all": total(orders.amounts["gmv_all"]),
        "gmv_squares": np.bincount(cell, weights=gmv.astype(np.float64) ** 2, minlength=size)[at],
        "orders": counts[at],
        "units": total(orders.amounts["units"]),
        "identified_gmv": sums(gmv[identified], cell[identified], size)[at],
        "identified_orders": number(identified),
        "refunded_gmv": total(refunded),
        "refunded_orders": number(told & (refunded > 0)),
        "refund_unknown": number(~told),
        "subsidy": total(orders.amounts["subsidy"]),
    }
    day = (at // (stores * labels) + first).astype(np.uint16)
    return DaySums(day, (at // labels % stores).astype(np.uint16), (at % labels).astype(np.uint16), parts, known)
