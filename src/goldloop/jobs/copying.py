"""A person's wish to see what is kept: everything that speaks of her, in one file (SEC-15).

What the lake counts, what people wrote, and the rows of kept files that name her by an order or an identity.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goldloop.apps.campaigns import api as campaigns
from goldloop.apps.feeds import api as feeds
from goldloop.apps.loyalty import api as loyalty
from goldloop.apps.members import api as members
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import PERSONAL, Viewer
from goldloop.home import Home
from goldloop.jobs.forget import files_naming, person_of
from goldloop.jobs.mentions import Needles
from goldloop.jobs.persons import decision_row
from goldloop.jobs.scratch import scratch
from goldloop.jobs.vault import Seal, Vault
from goldloop.jobs.writing import snapshot


def copy(home: Home, viewer: Viewer, out: Path, *, store: str, order: str | None, buyer: str | None) -> dict[str, Any]:
    """Write all that is kept of the person of an order, or with an account, e-mail or phone; how much of each it is.

    The viewer must see every store and what people wrote. Raises `person_needed`, `store_unknown`, `group_right_needed`,
    `figure_hidden`, `person_unknown`.
    """
    if (order is None) == (buyer is None):
        raise GoldloopError(
            "person_needed", "Name the person by one order or by one identity.", todo="Give --order or --buyer."
        )
    shop = shops.store_visible(viewer=viewer, name=store)
    shops.check_whole_group(viewer=viewer)
    viewer.check_visible(PERSONAL)
    from goldloop.lake.rename import rows_about
    from goldloop.lake.work import looking

    state = snapshot(home)
    person = person_of(state, shop, order, buyer or "", home.key("identity"))
    keys = sorted(person.names)
    with looking(state) as work:
        facts = rows_about(work, keys, person.orders)
    open = Seal(home.key("home")).open
    found: dict[str, Any] = {f"facts/{name}": rows.to_pylist() for name, rows in facts.items()}
    found["consents"] = [
        {
            "address": open(one.address).decode(),
            "source": one.source,
            "given": one.given_at,
            "withdrawn": one.withdrawn_at,
        }
        for one in members.consents_of(keys=keys)
    ]
    found["notes"] = [
        {"text": open(one.text).decode(), "by": one.by, "at": one.at} for one in members.notes_of(keys=keys)
    ]
    found["points"] = [
        {"program": program, "kind": one.kind, "points": one.points, "day": one.day, "by": one.by, "at": one.at,
         "reason": open(one.reason).decode() if one.reason else ""}
        for program, one in loyalty.kept_of(people=keys)
    ]  # fmt: skip
    found |= _of_waves(keys, open)
    found["referrals"] = [
        {"code": one.code, "brought": one.referrer in keys, "state": one.state, "came": one.claimed_on}
        for one in loyalty.referrals_of(people=keys)
    ]
    found["decisions"] = [decision_row(home, one, plain=True) for one in members.decisions_about(keys=keys)]
    found["files"] = list(_files(home, person.terms))
    rows = {name: len(some) for name, some in found.items() if some}
    if not rows:
        raise GoldloopError(
            "person_unknown", "Nothing that is kept here speaks of such a person.", given=store,
            todo="Check the store and the identity.",
        )  # fmt: skip
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"moment": moment, **found}, file, ensure_ascii=False, indent=1, default=str)
    return {"file": str(out), "moment": moment, "rows": rows}


def _of_waves(keys: list[str], open: Callable[[bytes], bytes]) -> dict[str, list[dict[str, Any]]]:
    """How she may be reached, the waves she was drawn for, and what she answered."""
    kept = campaigns.kept_of(people=keys)
    for one in kept["contacts"]:
        one["address"] = open(bytes(one.pop("sealed"))).decode()
    for one in kept["reasons"]:
        note = bytes(one["note"])
        one["note"] = open(note).decode() if note else ""
    return kept


def _files(home: Home, terms: set[str]) -> Iterator[dict[str, Any]]:
    """The rows of kept files in which one of the terms is a cell, with the first row of their sheet."""
    from goldloop.connectors.readers import sheets

    vault, needles = Vault(home.sources, home.key("home")), Needles(terms)
    for content in sorted(files_naming(home, vault.contents(), terms)):
        (name,) = [one["file"] for one in feeds.imports_of_contents(content_hashes=[content])][:1] or [content]
        with scratch(home) as folder:
            vault.extract(content, folder / content)
            for sheet in sheets(folder / content, name=name, limits=home.limits):
                lines = sheet.first_rows(1 << 30)
                said = [line for line in lines[1:] if any(needles.in_cell(cell) for cell in line)]
                if said:
                    yield {"file": name, "sheet": sheet.sheet, "header": lines[0], "rows": said}
