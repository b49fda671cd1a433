"""What people decided about keys: which are one person's, and which are nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decided:
    """`merges`: pairs of keys that are one person's; `splits`: keys whose links to others do not count."""

    merges: Sequence[tuple[str, str]] = ()
    splits: Sequence[str] = ()
