"""By which columns a long sheet may be cut into pieces, so that no row is parted from the rows it depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from goldloop.connectors.profile import Into, Profile
from goldloop.connectors.rules import Rule
from goldloop.core.table import Table

Columns = tuple[str, ...]  # the first filled of these
_BARE = Rule()
_NAMED_AS_IS = ("platform", "store")  # identities that are hashed as they are written


@dataclass(frozen=True, slots=True)
class Grouping:
    """How a sheet is cut: rows with equal cells in `by` stay together (() when every row stands for itself).

    `apart` are the numbers of the blocks whose one row per key is chosen among the rows of all pieces in the end.
    `whole_orders`: no order is spoken of in two pieces.
    """

    by: Columns
    apart: frozenset[int]
    whole_orders: bool


def grouping(profile: Profile, tables: Mapping[str, Table], found: Collection[str]) -> Grouping | None:
    """How the rows can be parted; None when they cannot. `found`: the profile's names of the columns of the sheet."""
    must = list(_dependences(profile, tables, found))
    wishes = [_keys(block, tables, found) for block in profile.into]
    ways = [way for ways in (*must, *wishes) for way in ways if all(way in other for other in must)]
    if must and not ways:
        return None
    by = max(dict.fromkeys(ways), key=lambda way: sum(way in wish for wish in wishes), default=())
    blocks = enumerate(profile.into)
    apart = frozenset(n for n, block in blocks if block.once and not block.unique and by not in wishes[n])
    of_orders = [block for block in profile.into if "order_id" in tables[block.table].names]
    whole_orders = all(
        "order_id" in tables[block.table].key and by in _ways(block, tables[block.table], "order_id", found)
        for block in of_orders
    )
    return Grouping(by, apart, bool(of_orders) and whole_orders)


def _dependences(profile: Profile, tables: Mapping[str, Table], found: Collection[str]) -> Iterator[Sequence[Columns]]:
    """For each rule by which rows depend on one another the columns that such rows have in common."""
    if profile.fill_down is not None and profile.fill_down.key in found:
        yield [(profile.fill_down.key,)]
    if profile.line_key is not None and profile.line_key.order in found:
        yield [(profile.line_key.order,)]
    for block in profile.into:
        if block.tree is not None:
            yield []
        elif block.unique or block.counted:  # orders that count are counted once for the coverage
            yield _keys(block, tables, found)


def _keys(block: Into, tables: Mapping[str, Table], found: Collection[str]) -> list[Columns]:
    """The columns of the file from which the key columns of the block are taken as they stand."""
    table = tables[block.table]
    return [way for name in table.key for way in _ways(block, table, name, found)]


def _ways(block: Into, table: Table, name: str, found: Collection[str]) -> list[Columns]:
    """The columns of the file from which one column of the block is taken as it stands."""
    rule = block.columns.get(name)
    if rule is None or table.column(name).type != "text":
        return []
    sources = tuple(c for c in rule.sources if c in found)
    people = [i.column for i in rule.identity if i.column in found]
    if rule.join:
        return [(c,) for c in rule.join if c in found]
    if len(people) == 1 and all(i.kind in _NAMED_AS_IS for i in rule.identity):
        return [(people[0],)]
    return [sources] if sources and _takes_as_is(rule) else []


def _takes_as_is(rule: Rule) -> bool:
    changes = (rule.cases, rule.extract, rule.words, rule.map, rule.default, rule.value)
    return changes == (_BARE.cases, _BARE.extract, _BARE.words, _BARE.map, _BARE.default, _BARE.value) and not any(
        c.startswith("@") for c in rule.sources
    )
