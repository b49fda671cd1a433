"""Rules that keep orders and lines out of gmv, as data: their rows stay loaded, gmv_all still ties to the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["product", "sku", "title_words", "amount", "note_words", "buyer", "order_source", "flag"]


@dataclass(frozen=True, slots=True)
class ExclusionRule:
    """One rule: what it looks at, the values that match, and the stores it holds for (empty: all).

    product, sku, title_words and amount (unit paid amount in major units as text, such as 0.01) mark lines;
    note_words, buyer, order_source and flag mark whole orders. Words match anywhere in the text.
    """

    code: str
    kind: Kind
    values: tuple[str, ...]
    stores: frozenset[int] = frozenset()
