"""What people decided about keys: which are one person's, which are nobody else's, and which are two people's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decided:
    """`merges`: pairs of keys that are one person's; `splits`: keys whose links to others do not count; `aparts`: pairs of
    keys that are two people's, without those whom somebody joined later."""

    merges: Sequence[tuple[str, str]] = ()
    splits: Sequence[str] = ()
    aparts: Sequence[tuple[str, str]] = ()
