"""People who were forgotten: what stays of their keys, and that no later import brings them back."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from goldloop.apps.feeds import api as feeds
from goldloop.connectors.identity import KEY_LENGTH
from goldloop.core.statements import Statements

if TYPE_CHECKING:
    import pyarrow as pa

PEOPLE = ("buyer_key", "identity_key", "visitor_key")  # columns of the lake that tell people apart


def mark(key: str, secret: bytes) -> str:
    """What stays of a forgotten key: by it the same key is known again, but the key cannot be made from it."""
    return hmac.digest(secret, f"forgotten:{key}".encode(), "sha256").hex()


def anonymous(mark: str, secret: bytes) -> str:
    """The key that takes the place of the forgotten one with this mark."""
    return hmac.digest(secret, f"nobody:{mark}".encode(), "sha256").hex()[:KEY_LENGTH]


def without_forgotten(statements: Sequence[Statements], secret: bytes) -> list[Statements]:
    """Statements in which forgotten people have their anonymous keys; the same ones when nobody was forgotten."""
    marks = feeds.forgotten_marks()
    if not marks:
        return list(statements)
    return [replace(one, rows=_renamed(one.rows, marks, secret)) for one in statements]


def _renamed(rows: pa.Table, marks: set[str], secret: bytes) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in (n for n in PEOPLE if n in rows.column_names):
        keys = [key for key in pc.unique(rows[name]).to_pylist() if key and mark(key, secret) in marks]
        if keys:
            values = pa.array([anonymous(mark(key, secret), secret) for key in keys])
            at = pc.index_in(rows[name], value_set=pa.array(keys))
            changed = pc.coalesce(pc.take(values, at), rows[name])
            rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name), changed)
    return rows
