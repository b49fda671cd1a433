"""A person's wish to be deleted: found, made anonymous, and certified (docs/decisions/0011-forgetting-a-person.md).

The lake knows people only by keyed hashes. The key of this person becomes another one that nobody can make from an
identity, so orders stay and every total stays the same. Kept files that name the person are removed as a whole, with
them the rows of quarantine that only they could open. A hash of the old key stays behind: by it a later import of the
same orders gives the anonymous key again. Every step may be repeated, so a killed run is finished by the next.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.loyalty import api as loyalty
from goldloop.apps.members import api as members
from goldloop.apps.shops import api as shops
from goldloop.connectors import identity
from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import ahead, lock, remembered, wave_files
from goldloop.jobs.forgotten import PEOPLE, anonymous, mark
from goldloop.jobs.mentions import AROUND, Needles, mentions
from goldloop.jobs.scratch import scratch
from goldloop.jobs.stops import stop_point
from goldloop.jobs.vault import Seal, Vault
from goldloop.jobs.writing import snapshot, writing
from goldloop.lake.snapshot import Snapshot

if TYPE_CHECKING:
    from goldloop.lake.lake import Lake

KINDS = ("email", "phone", "platform", "store", "taobao", "jd")


def forget(home: Home, viewer: Viewer, *, store: str, order: str | None, buyer: str | None) -> dict[str, Any]:
    """Make the person of an order, or with an account, e-mail or phone, anonymous; the certificate of what was done.

    It reaches the files of every store, so the viewer must see all of them. The certificate names places and counts,
    never the person. Raises `person_needed`, `store_unknown`, `group_right_needed`, `person_unknown`.
    """
    if (order is None) == (buyer is None):
        raise GoldloopError(
            "person_needed", "Name the person by one order or by one identity.", todo="Give --order or --buyer."
        )
    shop = shops.store_visible(viewer=viewer, name=store)
    shops.check_whole_group(viewer=viewer)
    lock.check_writable(home)
    secret, vault = home.key("identity"), Vault(home.sources, home.key("home"))
    looked = vault.contents()
    before = person_of(snapshot(home), shop, order, buyer or "", secret)
    named = files_naming(home, looked, before.terms)  # takes long on many files, so nobody else has to wait for it
    with writing(home) as work:
        person = person_of(work.snapshot, shop, order, buyer or "", secret)
        kept = vault.contents()
        named = named & kept | files_naming(home, kept - looked, person.terms | before.terms)
        named |= files_naming(home, kept & looked - named, person.terms - before.terms)
        names, marks = person.names, {mark(key, secret) for key in person.names}
        loaded = work.lake.rename(work.snapshot, columns=PEOPLE, names=names)
        acted_on = members.forget(names=names)
        wave_files.forget_people(home, names)
        acted_on["points"] = loyalty.people_forget(names=names)
        versions = work.versions(loaded.versions)
        known = feeds.forgotten_marks()
        if not (person.orders or loaded.tables or named or marks & known or any(acted_on.values())):
            raise _unknown(store)
        stop_point("forget.before_hash")
        feeds.forgotten_add(marks=marks)
        stop_point("forget.after_hash")
        if versions != work.base.versions:
            feeds.version_add(
                base=work.base, versions=versions, settings=work.settings, moment=datetime.now(UTC), reason="forget"
            )
        stop_point("forget.after_version")
        done = _removed(home, named, person.terms | before.terms)
        stop_point("forget.after_sources")
        work.lake.sweep(Snapshot(str(home.lake), versions))
        kept_up = ahead.drop(home)  # they hold hashes of keys
        feeds.erase_traces(terms=[*_forms(buyer or ""), *names])
    if kept_up:
        ahead.make(home)
    rows = {name: count.updated for name, count in loaded.tables.items()}
    rows |= {f"members/{name}": count for name, count in acted_on.items() if count}
    return {
        "store": store,
        "moment": datetime.now(UTC).isoformat(timespec="seconds"),
        "keys": len(names),
        "rows": rows,
        **done,
    }


def _unknown(store: str) -> GoldloopError:
    return GoldloopError(
        "person_unknown",
        "Nothing that is kept here speaks of such a person.",
        given=store,
        todo="Check the store and the identity.",
    )


# ------------------------------------------------------------------------------------------------------------ finding


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in all that is kept: keys with the anonymous ones that can replace them, orders, and words that name her."""

    names: dict[str, str]
    orders: list[str]
    terms: set[str]


def person_of(state: Snapshot, store: Store, order: str | None, buyer: str, secret: bytes) -> Person:
    """Who made the order, or has the identity, as a state of the lake knows them: with all keys that are the person's."""
    from goldloop.lake.lake import Lake
    from goldloop.lake.persons import keys_beside
    from goldloop.lake.work import looking

    lake = Lake(state.root)
    found = keys_of_order(lake, state, store, order) if order else keys_of_identity(store, buyer, secret)
    with looking(state) as work:
        found = sorted({*found, *keys_beside(work, found)})
    hidden = {anonymous(one, secret) for one in feeds.forgotten_marks()}  # keys of orders that were forgotten before
    names = {key: anonymous(mark(key, secret), secret) for key in found if key not in hidden}
    orders = lake.orders_of(state, [*found, *names.values()])
    return Person(names, orders, {*orders, *_forms(buyer), order or ""} - {""})


def keys_of_identity(store: Store, value: str, secret: bytes) -> list[str]:
    """Every key that an import into this store may have made of the value."""
    import pyarrow as pa

    cell = pa.array([value])
    found = [identity.buyer_keys(cell, kind=kind, store=store, secret=secret)[0].as_py() for kind in KINDS]
    return sorted({key for key in found if key})


def keys_of_order(lake: Lake, state: Snapshot, store: Store, order: str) -> list[str]:
    """The keys that any import has given to the order."""
    import pyarrow as pa

    asked = pa.table({"store": pa.array([store.id], pa.int64()), "order_id": [order]})
    said = lake.statements_of(state, "orders", asked)
    if not said.num_rows:
        raise _unknown(store.name)
    return sorted({key for key in said["buyer_key"].to_pylist() if key})


def _forms(value: str) -> set[str]:
    """The value as given and as it is hashed."""
    return {form.strip() for form in (value, *(identity.usable(value, kind) or "" for kind in KINDS))} - {""}


def files_naming(home: Home, contents: set[str], terms: set[str]) -> set[str]:
    """Those of the kept files in which one of the terms stands; one that goes meanwhile names nobody."""
    vault, needles = Vault(home.sources, home.key("home")), Needles(terms)
    found = set()
    for content in sorted(contents) if terms else ():
        with scratch(home) as folder:
            path = folder / content
            try:
                vault.extract(content, path)
            except WorkFailed as error:
                if error.code != "source_missing":
                    raise
                continue
            if path.stat().st_size and mentions(path, needles, home.limits):
                found.add(content)
    return found


# ----------------------------------------------------------------------------------------------------------- removing


def _removed(home: Home, named: set[str], terms: set[str]) -> dict[str, Any]:
    """Drop the kept files that name the person, what was sealed with them, and remembered fixes that say such a word."""
    vault, seal = Vault(home.sources, home.key("home")), Seal(home.key("home"))
    words = {term.casefold() for term in terms}
    fixed = [
        (content, column) for content, column, sealed in feeds.fix_list() if _says(seal.open(sealed).decode(), words)
    ]
    quarantined = 0
    for content in named:
        own = vault.seal_of(content)
        rows = feeds.quarantine_of_content(content_hash=content)
        naming = {
            row.content_hash for row in rows if any(_says(c, words) for c in remembered.opened(row, own)[1].values())
        }
        fixed += [(hash, column) for hash, column, _ in feeds.fix_list() if hash in naming]
        quarantined += len(naming)
    feeds.source_forgotten(content_hashes=named, fixes=fixed)
    with lock.kept_files(home):
        for content in named:
            vault.drop(content)
    shutil.rmtree(home.root / "cache", ignore_errors=True)
    return {
        "quarantine": quarantined,
        "fixes": len(set(fixed)),
        "sources": feeds.imports_of_contents(content_hashes=named),
    }


def _says(cell: str, words: set[str]) -> bool:
    return cell.strip(AROUND).casefold() in words
