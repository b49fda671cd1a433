"""What buyers wrote stays hidden in rows of quarantine, unless the viewer is one to whom it is revealed.

Cells of columns that a format loads as they stand are shown, for they must be mended; what the others hold nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from goldloop.apps.shops import api as shops
from goldloop.core.viewer import PERSONAL, Viewer
from goldloop.home import Home
from goldloop.jobs import profiles

if TYPE_CHECKING:
    from goldloop.connectors.rules import Rule
    from goldloop.jobs.quarantine import Row

MASK = "•••"
# Where amounts stand that are hidden as figures: (table, column) -> the masks that hide them.
AMOUNTS = {("costs", "amount"): ("cost", "salary"), ("costs", "hours"): ("salary",), ("products", "cost"): ("cost",)}
_PHONE = re.compile(r"(?<![0-9])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])")
_CARD = re.compile(r"(?<![0-9])([0-9]{6})[0-9]{8}([0-9]{3}[0-9Xx])(?![0-9Xx])")
_MAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")


def masked_text(text: str) -> str:
    """A text with the telephone numbers, identity cards and mail addresses in it masked.

    >>> masked_text("call 13912345678 or a@example.com")
    'call 139****5678 or •••'
    """
    return _MAIL.sub(MASK, _CARD.sub(r"\1********\2", _PHONE.sub(r"\1****\2", text)))


def masked(home: Home, viewer: Viewer, rows: Sequence[Row]) -> list[Row]:
    """The rows as this viewer may read them."""
    if not viewer.hidden:
        return list(rows)
    ids = {store.name: store.id for store in shops.stores_visible(viewer=viewer)}
    hidden = {store: viewer.hidden_in([ids.get(store, 0)]) for store in {row.store for row in rows}}
    shown = {
        (id, store): visible_columns(home, id, hidden[store])
        for id, store in {(row.profile, row.store) for row in rows}
    }
    return [_masked(row, shown[row.profile, row.store], PERSONAL in hidden[row.store]) for row in rows]


def visible_columns(home: Home, id: str, hidden: Collection[str]) -> Callable[[str], bool]:
    """Which columns of a format may be read by somebody from whom these names are hidden."""
    if PERSONAL not in hidden and not any(set(masks) & set(hidden) for masks in AMOUNTS.values()):
        return lambda column: True
    profile = next((one for one in profiles.known_profiles(home.profiles) if one.id == id), None)
    if profile is None:
        return lambda column: False
    fills = [((block.table, name), rule) for block in profile.into for name, rule in block.columns.items()]
    covered = {
        column for place, rule in fills if set(AMOUNTS.get(place, ())) & set(hidden) for column in rule.columns()
    }
    if PERSONAL not in hidden:
        return lambda column: profile.aliases.get(profile.spelled(column), profile.spelled(column)) not in covered
    covered |= {column for _, rule in fills for column in _personal(rule)}
    plain = {column for _, rule in fills for column in _plain(rule)} - covered
    return lambda column: profile.aliases.get(profile.spelled(column), profile.spelled(column)) in plain


def _plain(rule: Rule) -> Iterator[str]:
    yield from (*rule.sources, *rule.add, *rule.subtract, *rule.multiply, *rule.join)
    for case in rule.cases:
        yield from _plain(case.rule)


def _personal(rule: Rule) -> Iterator[str]:
    """Columns from which a buyer's key or the province of an address is made."""
    yield from (one.column for one in rule.identity)
    if rule.extract == "province":
        yield from rule.sources
    for case in rule.cases:
        yield from _personal(case.rule)


def _masked(row: Row, shown: Callable[[str], bool], personal: bool) -> Row:
    said_as = masked_text if personal else str

    def cell(column: str, text: str) -> str:
        return said_as(text) if shown(column) else MASK if text else ""

    def issue(one: Mapping[str, Any]) -> dict[str, Any]:
        if not shown(one["column"]):
            return {**one, "raw": MASK, "text": MASK, "suggestion": "", "params": {}}
        params = {name: said_as(v) if isinstance(v, str) else v for name, v in one["params"].items()}
        return {**one, **{name: said_as(one[name] or "") for name in ("raw", "text", "suggestion")}, "params": params}

    cells = {name: cell(name, text) for name, text in row.raw_row.items()}
    return replace(row, issues=[issue(one) for one in row.issues], raw_row=cells)
