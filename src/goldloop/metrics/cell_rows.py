"""Rows below whole stores: by product, region, hour, new or repeat ...; only feeds that know every cut answer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from goldloop.core.calendar import Period
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
from goldloop.metrics.query import COMPARED_FROM
from goldloop.metrics.reader import Key, Reader
from goldloop.metrics.whole_store import REFUNDED, Parts, Row, Why, fill_goods

_COLUMNS = {"orders_counted": "orders"}  # parts that groups give under another name
FEED_OF = {"refund_parts": "refunds", "source_parts": "traffic", "product_traffic_parts": "traffic", "ad_parts": "ads"}


class Told:
    """What a group tells of each row: its `names` of parts that are wanted."""

    def __init__(self, group: str, names: frozenset[str], reader: Reader) -> None:
        self.group = group
        self.names = names
        columns, self.rows = reader.rows(group)
        at = {name: place for place, name in enumerate(columns)} if self.rows else {}
        self.places = {name: place for name in names if (place := at.get(_COLUMNS.get(name, name))) is not None}
        self._orders, self._untold = (at.get(name) for name in ("orders", "refund_unknown"))

    def fill(self, row: Row, given: tuple[Any, ...]) -> None:
        """Put them into a row."""
        parts = row.parts
        for name, place in self.places.items():
            value = parts[name] = given[place]
            if value is None:
                row.why[name] = ("not_stated", {})
        if self._no_refund_told(given):
            for name in REFUNDED:
                row.put(name, None, "refund_unknown")

    def _no_refund_told(self, given: tuple[Any, ...]) -> bool:
        """Whether nothing tells of any of a row's orders what was refunded."""
        if self.group != "order_parts" or self._orders is None or self._untold is None:
            return False
        return bool(given[self._orders]) and given[self._untold] == given[self._orders]


class CellRows:
    """Makes the rows of a question with a cut or filter that is not known for whole stores."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.q = reader.q
        self.groups = self._groups()
        self._blank: Parts = dict.fromkeys(self.q.parts)
        self._people = not self.q.parts.isdisjoint(BUYER_PARTS | NEW_PARTS)

    @cached_property
    def _told(self) -> list[Told]:
        """What each group tells."""
        return [Told(group, names, self.reader) for group, names in self.groups]

    @cached_property
    def _unknown(self) -> Why:
        """Why parts that no group tells are not known."""
        told = {name for one in self._told for name in one.places}
        return dict.fromkeys(self.q.parts - told, ("not_by_this_cut", {"cut": ", ".join(self.q.shape.names)}))

    def rows(self) -> dict[Key, Row]:
        """Every row by (side, bucket index, cut values...); a value known on one side of a comparison is on both."""
        keys = self._keys()
        found: dict[Key, Row] = {}
        made: dict[Key, Row] = {}
        for side, i, number, period in self.reader.sides():
            for key in keys.get(i, ()):
                at = (period if self.reader.same_by_period else number, *key)
                if at not in made:
                    made[at] = self.row(number, period, key)
                found[side, i, *key] = made[at]
        return found

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

    def _keys(self) -> dict[int, list[Key]]:
        """The cut values of each bucket index; with filters only, one row per bucket, also an empty one."""
        if not self.q.shape.cuts:
            return {i: [()] for i in range(len(self.q.buckets))}
        index = {number: i for _, i, number, _ in self.reader.sides()}
        found: dict[int, dict[Key, None]] = {}
        for told in self._told:
            for at in told.rows:
                found.setdefault(index[at[0]], {})[at[1:]] = None
        return {i: list(keys) for i, keys in found.items()}

    def row(self, number: int, period: Period, key: Key) -> Row:
        """One row."""
        row = Row(period, self.reader.members(key), self._blank.copy(), self._unknown.copy())
        at = (number, *key)
        for told in self._told:
            given = told.rows.get(at)
            if told.group == "goods_parts":
                reached = any(self.reader.feeds[s.id].reaches("orders", period) for s in row.members)
                fill_goods(row, self.reader.parts(told.group).get(at), reached=reached)
            elif given is None:
                self._fill_absent(row, FEED_OF.get(told.group, "orders"), told.names)
            else:
                told.fill(row, given)
        kept, excluded = row.parts.get("gmv_all"), row.parts.get("excluded")
        if kept is not None and excluded:
            row.put("gmv_all", int(kept) + int(excluded))
        if self._people:
            self._limit(row, number)
        return row

    def absent(self, key: Key, side: int) -> Row:
        """A row that stands on the other side of a comparison only; `key` begins with the bucket index."""
        index = key[0]
        periods = self.q.compared if side else [b.period for b in self.q.buckets]
        if index < len(periods):
            return self.row(COMPARED_FROM + index if side else index, periods[index], key[1:])
        row = Row(self.q.buckets[index].period, self.reader.members(key[1:]))
        for name in self.q.parts:
            row.put(name, None, "no_data", feed="orders")
        return row

    def _fill_absent(self, row: Row, feed: str, names: frozenset[str]) -> None:
        """What a feed without a row of these cut values says: 0 where it is loaded, but an absent traffic row is unknown."""
        feeds = [self.reader.feeds[s.id] for s in row.members]
        has = any(f.has(feed) for f in feeds)
        loaded = any(f.reaches("orders", row.period) for f in feeds) if feed == "orders" else has
        for name in names:
            row.put(name, 0 if loaded and feed != "traffic" else None, "no_data" if has else "no_feed", feed=feed)

    def _limit(self, row: Row, number: int) -> None:
        """Buyers by identity only where enough orders of each store carry a buyer; new only with enough history."""
        if self.q.request.basis != "orders" and (anonymous := self.reader.too_anonymous(number, row.members)):
            for name in BUYER_PARTS | NEW_PARTS:
                row.put(name, None, anonymous[0], **anonymous[1])
            return
        row.buyer_basis = "identity"
        if self.reader.wants(NEW_PARTS):
            self.reader.check_history(row)
