"""Rows below whole stores: by product, region, hour, new or repeat ...; only feeds that know every cut answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from goldloop.metrics.cuts import CUTS, REFUND_CUTS, REFUND_GOODS_CUTS, STORE_CUTS
from goldloop.metrics.part_names import (
    AD_PARTS,
    BUYER_PARTS,
    GOODS_PARTS,
    NEW_PARTS,
    ORDER_PARTS,
    PLACED_PARTS,
    PRODUCT_PARTS,
    SOURCE_PARTS,
)
from goldloop.metrics.reader import Key, Reader
from goldloop.metrics.rows import Rows
from goldloop.metrics.whole_store import REFUNDED

_COLUMNS = {"orders_counted": "orders"}  # parts that groups give under another name
FEED_OF = {"refund_parts": "refunds", "source_parts": "traffic", "product_traffic_parts": "traffic", "ad_parts": "ads"}


class Told:
    """What a group tells of each row: parts by their `places` in its `rows`, of the `names` that are wanted."""

    def __init__(
        self, group: str, names: Collection[str], told: tuple[Sequence[str], Mapping[Key, tuple[Any, ...]]]
    ) -> None:
        self.group = group
        columns, self.rows = told
        self._at = {name: place for place, name in enumerate(columns)}
        self.places = {name: place for name in names if (place := self._at.get(_COLUMNS.get(name, name))) is not None}

    def fill(self, rows: Rows, numbers: Sequence[Key]) -> None:
        """Put them into the rows, `numbers` being how groups key them."""
        given = list(map(self.rows.get, numbers))
        absent = [place for place, told in enumerate(given) if told is None]
        zeros = _Zeros(rows, FEED_OF.get(self.group, "orders"), absent) if absent else None
        if self.group == "goods_parts":
            self._fill_costs(rows, given, zeros)
            return
        for name, column_at in self.places.items():
            if zeros is None:
                column = [told[column_at] for told in given if told is not None]
            else:
                column = [None if told is None else told[column_at] for told in given]
            rows.put(name, column, ("not_stated", {}))
            if zeros is not None:
                zeros.put(rows, name)
        self._fill_refunds(rows, given)

    def _fill_refunds(self, rows: Rows, given: Sequence[tuple[Any, ...] | None]) -> None:
        """Nothing was refunded only where something tells of any of a row's orders what was."""
        wanted, at = REFUNDED & self.places.keys(), self._at
        if not wanted or self.group != "order_parts" or "refund_unknown" not in at:
            return
        orders, untold = at["orders"], at["refund_unknown"]
        for place, told in enumerate(given):
            if told is not None and told[orders] and told[untold] == told[orders]:
                for name in wanted:
                    rows.set(place, name, None, ("refund_unknown", {}))

    def _fill_costs(self, rows: Rows, given: Sequence[tuple[Any, ...] | None], zeros: _Zeros | None) -> None:
        """The cost of goods, known only where every line has a unit cost."""
        cogs, uncosted = self._at["cogs"], self._at["uncosted"]
        column = [None if told is None or told[uncosted] else told[cogs] for told in given]
        rows.put("cogs", column, ("not_stated", {}))
        for place, told in enumerate(given):
            if told is not None and told[uncosted]:
                rows.explain("cogs", (place,), ("no_cost", {"lines": told[uncosted]}))
        if zeros is not None:
            zeros.put(rows, "cogs")


class _Zeros:
    """What a feed without a row of some cut values says: 0 where it is loaded, but an absent traffic row is unknown."""

    def __init__(self, rows: Rows, feed: str, absent: Sequence[int]) -> None:
        has = rows.loaded(feed)
        zero = rows.reached(feed) if feed == "orders" else has if feed != "traffic" else [False] * len(rows)
        self.zero = [place for place in absent if zero[place]]
        self.unknown = [
            ([place for place in absent if has[place] == loaded and not zero[place]], (code, {"feed": feed}))
            for loaded, code in ((True, "no_data"), (False, "no_feed"))
        ]

    def put(self, rows: Rows, name: str) -> None:
        """Set a part of the rows that the feed has no row of."""
        column = rows.parts[name]
        for place in self.zero:
            column[place] = 0
        for places, why in self.unknown:
            rows.explain(name, places, why)


class CellRows:
    """Makes the rows of a question with a cut or filter that is not known for whole stores."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.q = reader.q
        self.groups = self._groups()
        self._people = not self.q.parts.isdisjoint(BUYER_PARTS | NEW_PARTS)

    def rows(self) -> Rows:
        """All of them; a value known on one side of a comparison is on both."""
        told = [Told(group, names, self.reader.rows(group)) for group, names in self.groups]
        rows = Rows(self.reader, self._keys(told))
        unknown = ("not_by_this_cut", {"cut": ", ".join(self.q.shape.names)})
        for name in self.q.parts.difference(*(one.places for one in told)):
            rows.put(name, [None] * len(rows), unknown)
        fill(rows, told)
        if self._people:
            limit(rows, self.reader)
        return rows

    def _groups(self) -> list[tuple[str, frozenset[str]]]:
        """Groups that know every cut and filter of the question and give a part that is wanted."""
        names, wants = set(self.q.shape.names), self.reader.wants
        levels = {CUTS[n].level if n in CUTS else "line" for n in names}
        found: list[tuple[str, frozenset[str]]] = []
        if "source" not in levels:
            found.append(("order_parts", ORDER_PARTS & self.q.parts))
            found += [("excluded_parts", frozenset({"excluded"}))] if wants({"gmv_all"}) else []
            found += [("buyer_parts", BUYER_PARTS)] if wants(BUYER_PARTS) else []
            found += [("new_parts", NEW_PARTS)] if wants(NEW_PARTS) else []
            if not levels & {"line", "buyer"} and wants(PLACED_PARTS):
                found.append(("placed_parts", PLACED_PARTS))
            if "buyer" not in levels and wants(GOODS_PARTS):
                found.append(("goods_parts", GOODS_PARTS))
        named = all(f.refunds_named for f in self.reader.feeds.values())
        goods = {n for n in names if n in REFUND_GOODS_CUTS or n not in CUTS}
        if wants({"refunds"}) and names - goods <= REFUND_CUTS and (named or not goods):
            found.append(("refund_parts", frozenset({"refunds"})))
        if "source" in levels and names <= STORE_CUTS | {"source", "source_group"}:
            found.append(("source_parts", SOURCE_PARTS))
        if names <= STORE_CUTS | {"product"}:
            found += [("product_traffic_parts", PRODUCT_PARTS)] if wants(PRODUCT_PARTS) else []
            found += [("ad_parts", AD_PARTS)] if wants(AD_PARTS) else []
        if self.q.request.basis == "platform":  # the platform's shop rows know none of these cuts
            found = [g for g in found if g[0] not in ("order_parts", "buyer_parts", "new_parts")]
        return found

    def _keys(self, told: Sequence[Told]) -> dict[int, list[Key]]:
        """The cut values of each bucket index; with filters only, one row per bucket, also an empty one."""
        if not self.q.shape.cuts:
            return {i: [()] for i in range(len(self.q.buckets))}
        index = {number: i for _, i, number, _ in self.reader.sides()}
        found: dict[int, dict[Key, None]] = {}
        for one in told:
            for at in one.rows:
                found.setdefault(index[at[0]], {})[at[1:]] = None
        return {i: list(keys) for i, keys in found.items()}


def fill(rows: Rows, told: Sequence[Told]) -> None:
    """Put what groups tell into the rows."""
    numbers = rows.by_number()
    for one in told:
        one.fill(rows, numbers)
    if "excluded" in rows.parts and "gmv_all" in rows.parts:
        both = zip(rows.parts["gmv_all"], rows.parts["excluded"], strict=True)
        rows.parts["gmv_all"] = [kept if kept is None or not out else int(kept) + int(out) for kept, out in both]


def limit(rows: Rows, reader: Reader) -> None:
    """Buyers by identity only where enough orders of each store carry a buyer; new only with enough history."""
    judged = reader.q.request.basis != "orders"
    anonymous = rows.by_scope(lambda scope: reader.too_anonymous(scope.number, scope.members) if judged else None)
    short = rows.by_scope(lambda scope: reader.too_short(scope.period, scope.members))
    rows.buyer_basis = [None if why else "identity" for why in anonymous]
    for name in (BUYER_PARTS | NEW_PARTS) & reader.q.parts:
        for place, (young, unnamed) in enumerate(zip(short, anonymous, strict=True)):
            why = unnamed or (young if name in NEW_PARTS else None)
            if why and rows.parts[name][place] is not None:
                rows.set(place, name, None, why)
