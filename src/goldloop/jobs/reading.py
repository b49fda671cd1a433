"""Reading one part of a file: what it says, its receipt as far as the file alone decides it, and the period it claims."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from goldloop.apps.feeds.api import Receipt
from goldloop.apps.shops import api as shops
from goldloop.connectors.circumstances import circumstances
from goldloop.connectors.normalise import Normalised, Whole, normalise
from goldloop.connectors.profile import BUILT_IN, Profile
from goldloop.home import Home
from goldloop.jobs.forgotten import without_forgotten
from goldloop.jobs.profiles import user_profile
from goldloop.jobs.recognised import Part
from goldloop.lake.schema import TABLES

Period = tuple[date, date]


def read(
    part: Part,
    *,
    file_name: str,
    secret: bytes,
    moment: datetime,
    period: Period | None,
    currency: str | None,
    fixes: Mapping[str, Mapping[str, str]],
    whole: Whole | None = None,
) -> Normalised:
    """What the part says; `moment` is the moment of the import (with an offset), `whole` what it is a piece of."""
    others = [store.name for store in shops.store_list() if store.id != part.store.id]
    said = normalise(
        part.sheet,
        part.recognition,
        store=part.store,
        tables=TABLES,
        secret=secret,
        file_name=file_name,
        import_moment=moment,
        period=period,
        currency=currency,
        fixes=fixes,
        other_store_names=others,
        whole=whole,
    )
    return replace(said, statements=without_forgotten(said.statements, secret))


def receipt_of(file_name: str, part: Part, said: Normalised, *, period: str) -> Receipt:
    """The receipt before anything is loaded: new, updated and unchanged are not known yet."""
    share = said.coverage.with_key / said.coverage.orders if said.coverage and said.coverage.orders else None
    return Receipt(
        id=None,
        file=file_name,
        member=part.sheet.member,
        sheet=part.sheet.sheet,
        store=part.store.name,
        profile=part.profile.id,
        confidence=part.recognition.confidence,
        period=period,
        read=said.read,
        new=None,
        updated=None,
        unchanged=None,
        quarantined=said.quarantined,
        dropped=dict(said.dropped),
        control=[
            {"name": c.name, "stated": str(c.stated), "computed": str(c.computed), "ok": c.ok} for c in said.control
        ],
        facts={},
        first_day=said.first_day,
        last_day=said.last_day,
        coverage={"with_buyer": said.coverage.with_key, "paid_orders": said.coverage.orders, "share": share}
        if said.coverage
        else None,
        columns_unused=list(part.recognition.unused),
        notes=[{"code": n.code, "text": n.text, "params": dict(n.params)} for n in (*part.notes, *said.notes)],
    )


def dropped_rows(said: Normalised, rows: Collection[int]) -> dict[str, set[int]]:
    """Those of the row numbers that were dropped, by the rule that did it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, set[int]] = {}
    asked = pc.is_in(said.dropped_rows["_row"], value_set=pa.array(sorted(rows), pa.int64()))
    for row in said.dropped_rows.filter(asked).to_pylist():
        found.setdefault(row["rule"], set()).add(row["_row"])
    return found


def claimed_period(part: Part, *, file_name: str, moment: datetime, given: Period | None) -> str:
    """The period as part of the claim: empty unless the days of the rows depend on it.

    A file whose rows carry their own days is the same file under any name; one whose days come from its name is not.
    """
    profile = part.profile
    if not profile.needs_period:
        return ""
    if given is not None:
        return period_text(given)
    if _rows_have_days(part):
        return ""
    above = [" ".join(row) for row in part.sheet.first_rows(part.recognition.header_row - 1)]
    around = circumstances(
        profile, part.store, names=(part.sheet.member, file_name), above=above, import_moment=moment, period=None
    )
    return period_text(around.period) if around.period else ""


def period_text(period: Period) -> str:
    """A period as it is written: `2026-10-01..2026-10-31`."""
    return f"{period[0]}..{period[1]}"


def period_from(text: str) -> Period | None:
    """The period that `period_text` wrote; None for an empty text."""
    if not text:
        return None
    first, _, last = text.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last)


def profile_digest(profile: Profile) -> str:
    """What tells two forms of a profile apart: the hash of its file; empty for a template, which has none."""
    origin = Path(profile.origin)
    return hashlib.sha256(origin.read_bytes()).hexdigest() if origin.is_file() else ""


def profile_keep(home: Home, profile: Profile) -> None:
    """Keep a copy of a profile file that stands outside the home folder, for rows that are tried again later."""
    origin, target = Path(profile.origin), _used(home, profile.id)
    known = origin.parent in (home.profiles, target.parent, BUILT_IN) or not origin.is_file()
    if not known:
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(origin, target)


def profile_used(home: Home, id: str) -> str:
    """What to ask for to get the profile of an earlier import: its id, or the copy that was kept of it.

    A profile that became one of the user's own is asked for by its id, so that what the user corrects in it holds.
    """
    used = _used(home, id)
    return str(used) if used.exists() and not user_profile(home.profiles, id).exists() else id


def _used(home: Home, id: str) -> Path:
    return home.profiles / "used" / f"{hashlib.sha256(id.encode()).hexdigest()[:16]}.toml"


def _rows_have_days(part: Part) -> bool:
    profile = part.profile
    found = set(map(profile.spelled, part.sheet.columns(part.recognition.header_row)))
    found = {profile.aliases.get(name, name) for name in found}
    if any(clock == "day" and column in found for column, clock in profile.clock.items()):
        return False
    dated = [rule for block in profile.into for rule in block.columns.values() if "@period_first" in rule.sources]
    return all(any(column in found for column in rule.sources if column[0] != "@") for rule in dated)
