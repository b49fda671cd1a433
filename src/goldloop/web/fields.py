"""Columns of fact tables by the names people use for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache


@cache
def _chinese() -> dict[str, str]:
    """Name of a column -> the first Chinese header that means it."""
    from goldloop.connectors.guess_words import KINDS

    found: dict[str, str] = {}
    for fields in KINDS.values():
        for field in fields:
            word = next((one for one in field.words if not one.isascii()), "")
            if word:
                found.setdefault(field.name, word)
                found.setdefault(f"{field.table}.{field.name}", word)
    return found


def place_name(place: str, lang: str) -> str:
    """The name of `table.column`, in Chinese where exports have one for it.

    >>> place_name("orders.user_paid", "zh"), place_name("orders.user_paid", "en")
    ('实付金额', 'user paid')
    """
    name = place.rpartition(".")[2]
    if lang != "zh":
        return name.replace("_", " ")
    return _chinese().get(place) or _chinese().get(name) or name


def place_names(places: Sequence[str], lang: str) -> list[str]:
    """The names of several places of one column, each once; in Chinese those without one only where no other has one."""
    names = list(dict.fromkeys(place_name(place, lang) for place in places))
    return [name for name in names if lang != "zh" or not name.isascii()] or names
