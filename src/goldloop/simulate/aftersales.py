"""Shipping, receipt and refunds: kinds, amounts and delays, as they stand at the end of the last day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldloop.simulate.arrays import DAY, NEVER, Bools, Ints, sums
from goldloop.simulate.catalogue import Catalogue
from goldloop.simulate.group import StoreModel
from goldloop.simulate.orders import Lines, Purchases

NONE, BEFORE_SHIPPING, RETURN_REFUND, REFUND_ONLY, PRICE_DIFFERENCE, EXCHANGE = range(6)
KINDS = ("none", "before_shipping", "return_refund", "refund_only", "price_difference", "exchange")
DONE, OPEN, CLOSED = 1, 2, 3
BEFORE_SHARE, WITHDRAWN_SHARE, EVENT_FACTOR = 0.035, 0.06, 1.25
MIX = (0.60, 0.22, 0.10, 0.08)  # of the kinds after shipping, in the order above

# Delay after its beginning in days: shift + Gamma(shape, scale). Asked for: after shipping (payment for a price
# difference, which needs no parcel); settled: after it was asked for.
ASKED = {
    RETURN_REFUND: (2.0, 2.0, 2.2),
    REFUND_ONLY: (1.0, 2.0, 2.0),
    PRICE_DIFFERENCE: (0.05, 1.5, 3.0),
    EXCHANGE: (2.0, 2.0, 2.2),
}
SETTLED = {
    BEFORE_SHIPPING: (0.01, 1.0, 0.15),
    RETURN_REFUND: (1.5, 2.0, 1.5),
    REFUND_ONLY: (0.3, 1.5, 0.8),
    PRICE_DIFFERENCE: (0.05, 1.0, 0.5),
    EXCHANGE: (1.5, 2.0, 1.5),
}


@dataclass(slots=True)
class Fulfilment:
    """Per order, moments in seconds since the start (NEVER: did not happen by then or at all)."""

    shipped: Ints
    finished: Ints


@dataclass(slots=True)
class Refunds:
    """Per line: kind (0: none), state (0: not visible yet, DONE, OPEN, CLOSED), moments and amounts in minor units."""

    kind: Ints
    state: Ints
    asked: Ints
    settled: Ints
    amount: Ints
    platform: Ints

    @property
    def done(self) -> Bools:
        """Lines whose refund is settled."""
        done: Bools = self.state == DONE
        return done


def _delay(shape: tuple[float, float, float], count: int, rng: np.random.Generator) -> Ints:
    shift, k, scale = shape
    return ((shift + rng.gamma(k, scale, count)) * DAY).astype(np.int64)


def _kinds(model: StoreModel, catalogue: Catalogue, rows: Purchases, lines: Lines, rng: np.random.Generator) -> Ints:
    """Kind of refund of each line: whole orders before shipping, single lines after it."""
    before = rows.paid & (rng.random(len(rows.at)) < BEFORE_SHARE * model.refunds)
    share = np.array([p.return_share for p in catalogue.products])[lines.product] * model.refunds
    share = share * np.where(rows.wave[lines.order] >= 0, EVENT_FACTOR, 1.0)
    asked = rows.paid[lines.order] & (rng.random(len(lines.order)) < share)
    mix = (0.75, 0.25, 0.0, 0.0) if model.identity == "none" else MIX
    after = rng.choice([RETURN_REFUND, REFUND_ONLY, PRICE_DIFFERENCE, EXCHANGE], len(lines.order), p=mix)
    real = np.array([bool(p.season_key) for p in catalogue.products])[lines.product]
    kind = np.where(asked & real, after, NONE)
    return np.where(before[lines.order], BEFORE_SHIPPING, kind).astype(np.int64)


def _amounts(model: StoreModel, kind: Ints, lines: Lines, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Refund of each line and the platform's part of it: whole, part of it, a price difference, or nothing."""
    partial = (kind == REFUND_ONLY) & (rng.random(len(kind)) < 0.5) & (model.identity != "none")
    part = np.rint(lines.goods * rng.uniform(0.3, 0.9, len(kind))).astype(np.int64)
    difference = np.maximum(1, np.rint(lines.goods * rng.uniform(0.05, 0.15, len(kind))).astype(np.int64))
    amount = np.where(partial, part, lines.goods)
    amount = np.where(kind == PRICE_DIFFERENCE, difference, amount)
    amount = np.where((kind == EXCHANGE) | (kind == NONE), 0, amount)
    return amount, amount * lines.platform_discount // np.maximum(lines.goods, 1)


def after_sales(
    model: StoreModel, catalogue: Catalogue, rows: Purchases, lines: Lines, end: int, rng: np.random.Generator
) -> tuple[Fulfilment, Refunds]:
    """What happened to every order by the second `end` (the first one after the last business day)."""
    count = len(rows.at)
    kind = _kinds(model, catalogue, rows, lines, rng)
    shipped = rows.at + 6 * 3600 + (rng.gamma(2.0, 9.0, count) * 3600).astype(np.int64)
    finished = shipped + 4 * DAY + (rng.gamma(3.0, 2.0, count) * DAY).astype(np.int64)
    before = sums(lines.order, kind == BEFORE_SHIPPING, count) > 0
    asked = np.full(len(kind), NEVER)
    waiting = rng.uniform(0.1, 0.9, count)
    first = kind == BEFORE_SHIPPING
    span = ((shipped - rows.at) * waiting).astype(np.int64)
    asked[first] = (rows.at + span)[lines.order[first]]
    for number, shape in ASKED.items():
        mine = kind == number
        begin = rows.at if number == PRICE_DIFFERENCE else shipped
        asked[mine] = begin[lines.order[mine]] + _delay(shape, int(mine.sum()), rng)
    settled = np.full(len(kind), NEVER)
    for number, shape in SETTLED.items():
        mine = kind == number
        settled[mine] = asked[mine] + _delay(shape, int(mine.sum()), rng)
    withdrawn = (rng.random(len(kind)) < WITHDRAWN_SHARE) & (kind != BEFORE_SHIPPING)
    state = np.where(settled < end, np.where(withdrawn, CLOSED, DONE), OPEN)
    state = np.where((kind == NONE) | (asked >= end), 0, state)
    amount, platform = _amounts(model, kind, lines, rng)
    refunds = Refunds(kind, state.astype(np.int64), asked, settled, amount, platform)
    stopped = before | ~rows.paid
    gone = np.where(stopped | (shipped >= end), NEVER, shipped)
    ended = np.where(stopped | (finished >= end), NEVER, finished)
    return Fulfilment(gone, ended), refunds
