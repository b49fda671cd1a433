"""Where the visitors of a plan come from: source groups and how the visitors are shared among them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from goldloop.core.money import read_amount
from goldloop.core.target.goal import TargetError

GROUPS = ("free", "paid", "event", "content", "private", "off_site", "unmapped")


def read_sources(given: Mapping[str, Any]) -> dict[str, str]:
    """Shares of source groups as people write them (`60`, `60%`, any common unit), as a plan keeps them; a 0 is left out.

    Raises `plan_source_unknown` and `plan_source_bad` (below 0, no number, or nothing above 0 at all).

    >>> read_sources({"paid": "40%", "free": 60, "event": "0"})
    {'free': '60', 'paid': '40'}
    """
    for name in given:
        if name not in GROUPS:
            raise TargetError(
                "plan_source_unknown",
                f"There is no source group '{name}'.",
                given=name,
                allowed=list(GROUPS),
                name=name,
            )
    found = {name: _share(name, str(given[name])) for name in GROUPS if name in given}
    kept = {name: f"{share.normalize():f}" for name, share in found.items() if share}
    if found and not kept:
        raise TargetError(
            "plan_source_bad", "The shares of the sources must not all be 0.", given=dict(given), allowed="> 0", name=""
        )
    return kept


def _share(name: str, text: str) -> Decimal:
    share = read_amount(text.strip().removesuffix("%").removesuffix("％"))
    if share is None or share < 0:
        raise TargetError(
            "plan_source_bad", f"The share of {name} cannot be '{text}'.", given=text, allowed=">= 0", name=name
        )
    return share
