"""RFM groups of the buyers of a window, and how people moved between the groups of two days."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.members.histories import Ints
from goldloop.core.members.rfm import NAMES, NONE, SCORES, Bands, grouped, moved, quantile_bands
from goldloop.core.money import exponent, read_amount
from goldloop.core.store import Store
from goldloop.metrics.answer import write
from goldloop.metrics.members.asked import FIGURES, LEAST, Ask, Block, Columns, Members, MemberTable

WINDOW = 365
Parted = tuple[tuple[int, ...], tuple[int, ...], tuple[Decimal, ...]]  # bounds of recency, frequency and amount
QUANTITIES = ("recency", "frequency", "amount")
COLUMNS = {
    "store": "text", "group": "text", "people": "count", "share": "rate", "gmv": "money", "gmv_share": "rate",
    "recency": "number", "frequency": "number", "value": "money_per",
}  # fmt: skip
MOVES = {"store": "text", "before": "text", "after": "text", "people": "count"}


def rfm(ask: Ask, *, window: int = WINDOW, bands: str | None = None, since: date | None = None) -> MemberTable:
    """Buyers of the `window` days to the asked day by RFM group; with `since`, how they moved since that day instead.

    Scores go by quantiles of the same buyers, or by fixed `bands`: bounds of the scores 2 to 5 of recency (days), frequency
    (purchase days) and amount (major units), as `180,90,60,30/2,3,4,6/100,200,500,1000`. For a movement the quantiles of the
    earlier day hold on both, or everybody would move because others did. `grid` of a block counts its people by scores of
    recency (lines, from 1) and frequency (columns). Raises `rfm_window`, `rfm_since`, `rfm_bands`,
    `rfm_bands_text`.
    """
    parted = None if bands is None else _parted(bands)
    if window < 1:
        raise GoldloopError("rfm_window", "A window has at least one day.", given=window, allowed="1 or more days")
    now = _window(ask, ask.until, window)
    if since is None:
        members = Members(ask, now, FIGURES)
        rows = members.columns("rfm_rows", QUANTITIES)
        blocks = tuple(_block(members, members.of(rows, store), store, who, parted) for store, who in members.groups())
        return MemberTable(
            "rfm", blocks, COLUMNS, members.scope(window=window), members.notes(), members.reader.script()
        )
    if since >= ask.until:
        raise GoldloopError(
            "rfm_since", "People move from an earlier day to a later one.", given=str(since),
            allowed=f"before {ask.until}", day=str(ask.until),
        )  # fmt: skip
    members = Members(ask, now, FIGURES, beside=_window(ask, since, window))
    rows = members.columns("rfm_pairs", (*QUANTITIES, *(f"{name}_then" for name in QUANTITIES)))
    blocks = tuple(_moves(members, members.of(rows, store), store, who, parted) for store, who in members.groups())
    scope = members.scope(window=window, since=str(since))
    return MemberTable("rfm_moves", blocks, MOVES, scope, members.notes(), members.reader.script())


def bands_of(ask: Ask, *, window: int = WINDOW) -> Bands | None:
    """The quantile bands of the asked stores as one group; None where they have too few buyers."""
    members = Members(ask, _window(ask, ask.until, window), FIGURES)
    rows = members.columns("rfm_rows", QUANTITIES)
    values = [rows[name] for name in QUANTITIES]
    return None if _few(len(values[0]), None) else quantile_bands(*values)


def _window(ask: Ask, last: date, days: int) -> Period:
    """The days up to one, as far as they are loaded: no rate of a currency is needed for others."""
    first = max(last - timedelta(days=min(days, (last - date.min).days) - 1), min(ask.loaded[0], last))
    return Period(first, last)


def _parted(text: str) -> Parted:
    """Bounds as they were written; raises `rfm_bands`."""
    try:
        recency, frequency, amount = (tuple(map(_bound, part.split(","))) for part in text.split("/"))
        return tuple(map(_whole, recency)), tuple(map(_whole, frequency)), amount
    except ValueError:
        raise GoldloopError(
            "rfm_bands_text", f"'{text}' are no bounds of scores.", given=text, allowed="180,90,60,30/2,3,4,6/100,200,500,1000",
            written=text,
        ) from None  # fmt: skip


def _bound(text: str) -> Decimal:
    found = read_amount(text)
    if found is None:
        raise ValueError(text)
    return found


def _whole(bound: Decimal) -> int:
    if bound % 1:
        raise ValueError(str(bound))
    return int(bound)


def _bands(fixed: Parted, currency: str) -> Bands:
    """Bounds with amounts in minor units; a bound between two of them goes up."""
    recency, frequency, amount = fixed
    return Bands(recency, frequency, tuple(math.ceil(bound.scaleb(exponent(currency))) for bound in amount))


def _name(store: Store | None) -> str | None:
    return None if store is None else store.name


def _block(members: Members, rows: Columns, store: Store | None, who: list[Store], fixed: Parted | None) -> Block:
    people = len(rows["recency"])
    why = members.unknown(who) or _few(people, fixed)
    if why is not None:
        return Block(_name(store), None, (), {}, why)
    currency = members.currency(store)
    recency, frequency, amount = (rows[name] for name in QUANTITIES)
    bands = _bands(fixed, currency) if fixed else quantile_bands(recency, frequency, amount)
    scores = bands.scores(recency, frequency, amount)
    group = grouped(scores)
    grid = np.bincount((scores[0] - 1) * SCORES + scores[1] - 1, minlength=SCORES * SCORES).reshape(SCORES, SCORES)
    count = np.bincount(group, minlength=len(NAMES))
    gmv = np.zeros(len(NAMES), np.int64)
    np.add.at(gmv, group, amount)  # whole minor units: no float sums
    days, bought = (np.bincount(group, values, len(NAMES)) for values in (recency, frequency))
    found = [
        {
            "group": NAMES[k], "people": int(count[k]), "share": int(count[k]) / people, "gmv": write(int(gmv[k]), "money", currency),
            "gmv_share": int(gmv[k]) / int(gmv.sum()) if gmv.sum() else None, "recency": float(days[k] / count[k]),
            "frequency": float(bought[k] / count[k]), "value": write(Decimal(int(gmv[k])) / int(count[k]), "money_per", currency),
        }
        for k in range(len(NAMES)) if count[k]
    ]  # fmt: skip
    return Block(_name(store), people, tuple(found), {**_about(bands, fixed, currency), "grid": grid.tolist()})


def _moves(members: Members, rows: Columns, store: Store | None, who: list[Store], fixed: Parted | None) -> Block:
    then = [rows[f"{name}_then"] for name in QUANTITIES]
    were = then[0] >= 0
    why = members.unknown(who) or _few(int(were.sum()), fixed)
    if why is not None:
        return Block(_name(store), None, (), {}, why)
    currency = members.currency(store)
    bands = _bands(fixed, currency) if fixed else quantile_bands(*(values[were] for values in then))
    before = _groups(bands, then, were)
    now = [rows[name] for name in QUANTITIES]
    table = moved(before, _groups(bands, now, now[0] >= 0))
    names = (*NAMES, "none")
    found = [
        {"before": names[i], "after": names[k], "people": int(table[i, k])}
        for i, k in zip(*np.nonzero(table), strict=True)
    ]
    return Block(_name(store), len(before), tuple(found), _about(bands, fixed, currency))


def _groups(bands: Bands, values: list[Ints], known: Any) -> Ints:
    return np.where(known, grouped(bands.scores(*values)), NONE)


def _few(people: int, fixed: Parted | None) -> tuple[str, dict[str, Any]] | None:
    """Quantiles of a handful of people say nothing; fixed bands hold for any number but none."""
    least = 1 if fixed else LEAST
    return None if people >= least else ("members_few", {"people": people, "minimum": least})


def _about(bands: Bands, fixed: Parted | None, currency: str) -> dict[str, Any]:
    return {
        "bands": {
            "by": "fixed" if fixed else "quantiles",
            "recency": list(bands.recency),
            "frequency": list(bands.frequency),
            "amount": [write(bound, "money", currency) for bound in bands.amount],
        },
        "currency": currency,
    }
