"""How a file writes numbers and dates, told from its own cells: which sign divides the decimals, which part is the month.

Only profiles that say `auto` are looked at. What the cells leave open is not guessed: amounts of money have at most as
many decimals as their currency, dates go by the currency of the store where the profile lists it, else the file is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors import parse
from goldloop.connectors.issues import Note
from goldloop.connectors.profile import AUTO, Profile
from goldloop.core.errors import GoldloopError
from goldloop.core.money import exponent
from goldloop.core.store import Store
from goldloop.core.table import Table

_AMOUNTS = ("money", "price", "int")  # three digits behind a sign are thousands there
_DAYS = ("time", "date")
_DECIMAL = {  # cells that have this decimal sign beyond doubt
    ",": r"^[^,]*\d,\d{1,2}\D*$|\.\d{3},\d|\d\.\d{3}\.\d{3}",
    ".": r"^[^.]*\d\.\d{1,2}\D*$|,\d{3}\.\d|\d,\d{3},\d{3}",
}
_THOUSAND = {",": r"^\D*\d{1,3}\.\d{3}\D*$", ".": r"^\D*\d{1,3},\d{3}\D*$"}  # the other sign, before three digits
_ORDERED = r"^(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.]\d{4}"
_CLEAR = 20  # times as many different cells as say otherwise
_DOTTED = r"^\d{1,2}\.\d{1,2}\.\d{4}"  # nobody writes the month first and dots between


def settled(
    raw: pa.Table, profile: Profile, store: Store, *, tables: Mapping[str, Table], file_name: str
) -> tuple[Profile, list[Note]]:
    """The profile with its decimal sign and its order of dates decided for this sheet, and what was decided without proof.

    Raises `decimal_unclear` and `date_order_unclear` when the cells contradict each other or say nothing.
    """
    notes: list[Note] = []
    if profile.decimal == AUTO:
        values = _values(raw, profile, tables, _AMOUNTS)
        profile = replace(profile, decimal=_decimal(values, store.currency, file_name))
    if profile.date_order == AUTO:
        values = _values(raw, profile, tables, _DAYS)
        order, proven = _date_order(values, profile.date_order_of.get(store.currency), file_name)
        if not proven:
            text = f"No day is beyond the 12th: dates are read as {order}, as files in {store.currency} are."
            notes.append(Note("date_order_by_currency", text, {"order": order, "currency": store.currency}))
        profile = replace(profile, date_order=order)
    return profile, notes


def _values(raw: pa.Table, profile: Profile, tables: Mapping[str, Table], kinds: tuple[str, ...]) -> pa.Array:
    """The different texts of all columns that the profile reads as one of these kinds."""
    own = {c: profile.aliases.get(profile.spelled(c), profile.spelled(c)) for c in raw.column_names}
    wanted = {
        column
        for block in profile.into
        for target, rule in block.columns.items()
        if tables[block.table].column(target).type in kinds
        for column in (*rule.sources, *rule.add, *rule.subtract, *rule.multiply)
    }
    texts = (parse.one(raw[c]) for c in raw.column_names if own[c] in wanted)
    parts = [parse.clean(pc.unique(t), profile.missing) for t in texts if parse.is_text(t)]
    return pc.unique(pa.concat_arrays(parts)) if parts else pa.array([], pa.string())


def _decimal(values: pa.Array, currency: str, file_name: str) -> str:
    for shapes in (_DECIMAL, _THOUSAND) if exponent(currency) < 3 else (_DECIMAL,):
        found = {sign: _like(values, shape) for sign, shape in shapes.items()}
        if sign := _leader(found):
            return sign
        if any(map(len, found.values())):
            raise _unclear("decimal_unclear", "writes its decimals", found.values(), file_name)
    undecided = _like(values, _THOUSAND[","] + "|" + _THOUSAND["."])
    if len(undecided):
        raise _unclear("decimal_unclear", "writes its decimals", [undecided], file_name)
    return "."  # no cell has a sign


def _date_order(values: pa.Array, by_currency: str | None, file_name: str) -> tuple[str, bool]:
    """The order, and whether a date of the file proves it."""
    parts = pc.extract_regex(values, _ORDERED)
    ordered, parts = values.filter(pc.is_valid(parts)), parts.filter(pc.is_valid(parts))
    late = {
        order: ordered.filter(pc.greater(pc.struct_field(parts, name).cast(pa.int64()), 12))
        for order, name in (("dmy", "one"), ("mdy", "two"))
    }
    if not len(ordered):
        return "ymd", True
    if order := _leader(late):
        return order, True
    if any(map(len, late.values())):
        raise _unclear("date_order_unclear", "orders day and month", late.values(), file_name)
    if len(_like(ordered, _DOTTED)):
        return "dmy", True
    if by_currency is None:
        raise _unclear("date_order_unclear", "orders day and month", [ordered], file_name)
    return by_currency, False


def _leader(found: Mapping[str, pa.Array]) -> str | None:
    """What nearly all cells say: a few that say otherwise are mistakes, and go to quarantine as such."""
    (_, fewer), (most, many) = sorted(found.items(), key=lambda item: len(item[1]))
    return most if len(many) > _CLEAR * len(fewer) else None


def _like(values: pa.Array, shape: str) -> pa.Array:
    return values.filter(pc.match_substring_regex(values, shape).fill_null(False))


def _unclear(code: str, what: str, examples: Iterable[pa.Array], file_name: str) -> GoldloopError:
    given = ", ".join(cells[0].as_py() for cells in examples if len(cells))
    return GoldloopError(
        code,
        f"It cannot be told how '{file_name}' {what}: {given}.",
        given=given,
        todo=f"Import a file of more days, or say it in a profile of your own: goldloop profile new {file_name}",
        file=file_name,
        examples=given,
    )
