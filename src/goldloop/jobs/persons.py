"""One member: whose keys are hers, what files say for it, what people decided, and what they wrote about her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goldloop.apps.members import api as members
from goldloop.apps.shops import api as shops
from goldloop.connectors import identity
from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_text
from goldloop.core.store import Store
from goldloop.core.viewer import PERSONAL, Viewer
from goldloop.home import Home
from goldloop.jobs.lock import check_writable
from goldloop.jobs.personal import MASK, masked_text
from goldloop.jobs.vault import Seal
from goldloop.jobs.writing import decided, settle, snapshot
from goldloop.metrics.members.person import called, purchases

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

SHOWN = 12  # characters of a key by which a person is called
SHORTEST = 6  # of those that somebody has to give
REASON = 4  # characters of a reason
LISTED = 200  # conflicts that are listed
REFUSED = {1: "shared", 2: "conflict", 3: "large", 4: "apart"}
SIDES = ("one", "other")  # of a pair that may be one person


@dataclass(frozen=True, slots=True)
class Member:
    """One person as a viewer may see her; keys are cut short, what people wrote is masked unless it is revealed.

    `stores`: store, currency, orders, gmv, first and last day. `keys`: kind, key, stores, `of` (buyer key it links, empty
    for the buyer keys themselves), `others` (buyers besides her with the same). `orders`: the newest purchases.
    """

    id: str
    stores: Sequence[Mapping[str, Any]]
    keys: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    decisions: Sequence[Mapping[str, Any]]
    consents: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)


def member(home: Home, viewer: Viewer, engine: Engine, asked: str) -> Member:
    """The person whose key begins with `asked`, in the stores that the viewer may see.

    Raises `member_unknown` or `member_several`.
    """
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    stores = {store.id: store for store in shops.stores_visible(viewer=viewer)}
    viewer.check_visible("gmv", stores)
    person = find(engine, viewer, asked)
    held, links = _keys(home, person)
    with looking(snapshot(home)) as work:
        own = whose.keys_in(work, held, stores)  # another store is the same as none
    orders = purchases(engine, stores, person)
    every = [*held, *(link["identity_key"] for link in links)]
    plain = not viewer.hides(PERSONAL)
    return Member(
        id=person[:SHOWN],
        stores=_by_store(orders, stores),
        keys=_shown_keys(own, [link for link in links if link["store"] in stores], stores),
        orders=[_order(one, stores) for one in orders],
        decisions=[decision_row(home, one, plain=plain) for one in members.decisions_about(keys=held)],
        consents=[_consent(home, one, plain=plain) for one in members.consents_of(keys=every)],
        notes=[_note(home, one, plain=plain) for one in members.notes_of(keys=every)],
    )


def find(engine: Engine, viewer: Viewer, asked: str) -> str:
    """The whole key of the person of these stores whose key begins so; raises `member_unknown` or `member_several`."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    stores = {store.id: store for store in shops.stores_visible(viewer=viewer)}
    begin = asked.strip().lower()
    found = called(engine, stores, begin) if len(begin) >= SHORTEST else []
    if not found and len(begin) >= SHORTEST:  # one of several keys of a person, by which she is not called
        with looking(engine.snapshot) as work:
            people = {whose.keys_of(work, key)[0] for key in whose.keys_called(work, begin)}
        found = [one for person in sorted(people) for one in called(engine, stores, person)]
    if not found:
        raise GoldloopError(
            "member_unknown",
            f"No member begins with '{asked[:40]}'.",
            given=asked[:40],
            todo=f"Give at least {SHORTEST} characters of the number that lists of members show.",
            least=SHORTEST,
        )
    if len(found) > 1:
        raise GoldloopError(
            "member_several", f"Several members begin with '{begin}'.", given=begin, allowed=[k[:SHOWN] for k in found]
        )
    return found[0]


def by_identity(home: Home, viewer: Viewer, engine: Engine, *, store: str, buyer: str) -> str:
    """The person with an account, e-mail or phone in a store; raises `store_unknown` or `member_unknown`."""
    from goldloop.jobs.forget import keys_of_identity
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    shop = shops.store_visible(viewer=viewer, name=store)
    with looking(snapshot(home)) as work:
        keys = whose.keys_beside(work, keys_of_identity(shop, buyer, home.key("identity")))
    for key in keys:
        try:
            return find(engine, viewer, key)
        except GoldloopError:  # another of her keys
            continue
    return find(engine, viewer, "")


def decide(
    home: Home, viewer: Viewer, engine: Engine, *, kind: members.Kind, asked: Sequence[str], reason: str
) -> members.Decision:
    """Merge two people, say that they are apart, or split a key off; it holds for every store, so the viewer must see all.

    Raises `group_right_needed`, `member_reason_needed`, `member_unknown`, `member_several`, `merge_needs_two`, `apart_needs_two`,
    `apart_joined`.
    """
    shops.check_whole_group(viewer=viewer)
    check_writable(home)
    said = " ".join(reason.split())[:500]
    if len(said) < REASON:
        raise GoldloopError(
            "member_reason_needed", "Say why.", todo="Give a reason that others can follow.", least=REASON
        )
    keys = [_own_key(home, engine, viewer, one) for one in asked]
    joins = _joins(home, keys, asked) if kind == "merge" else ()
    if kind == "apart":
        _check_apart(keys, asked)
    made = members.decide(
        kind=kind,
        keys=keys,
        reason=Seal(home.key("home")).seal(said.encode()),
        by=viewer.name,
        moment=datetime.now(UTC),
        joins=joins,
    )
    settle(home)
    return made


def take_back(home: Home, viewer: Viewer, id: int) -> members.Decision:
    """Let a decision hold no longer; raises `group_right_needed`, `decision_unknown`."""
    shops.check_whole_group(viewer=viewer)
    check_writable(home)
    done = members.take_back(id=id, by=viewer.name, moment=datetime.now(UTC))
    settle(home)
    return done


def merges(home: Home, viewer: Viewer) -> dict[str, list[dict[str, Any]]]:
    """What waits for a look: `suggestions` (pairs whose parcels agree, with what each bought), `conflicts` (keys that several people share and
    that therefore link nobody), and `decisions`."""
    shops.check_whole_group(viewer=viewer)
    plain = not viewer.hides(PERSONAL)
    made = members.decision_list()
    return {
        "suggestions": _suggestions(home),
        "conflicts": _conflicts(home),
        "decisions": [decision_row(home, one, plain=plain) for one in made],
    }


def note(home: Home, viewer: Viewer, engine: Engine, *, asked: str, text: str) -> None:
    """Write a note on a member; raises `member_unknown`, `member_several`, `member_reason_needed` where it says nothing."""
    said = text.strip()[:2000]
    if not said:
        raise GoldloopError("member_reason_needed", "Say why.", todo="Give a reason that others can follow.", least=1)
    key, seal = find(engine, viewer, asked), Seal(home.key("home"))
    members.note_add(key=key, text=seal.seal(said.encode()), by=viewer.name, moment=datetime.now(UTC))


def consent(home: Home, viewer: Viewer, *, address: str, source: str, withdraw: bool = False) -> dict[str, Any]:
    """Write down that somebody agreed to be written to at her own phone or e-mail, or that she does so no longer.

    Raises `address_unusable` for what is neither, or a virtual number.
    """
    kind = "email" if "@" in address else "phone"
    usable, secret = identity.usable(address, kind), home.key("identity")
    if usable is None:
        raise GoldloopError(
            "address_unusable", "That is neither a phone number nor an e-mail address of a person.", given=MASK
        )
    key, moment = identity.key_of(usable, kind, secret), datetime.now(UTC)
    if withdraw:
        return {"kind": kind, "key": key[:SHOWN], "withdrawn": members.consent_withdraw(key=key, moment=moment)}
    sealed = Seal(home.key("home")).seal(usable.encode())
    members.consent_give(key=key, kind=kind, address=sealed, source=source[:200], by=viewer.name, moment=moment)
    return {"kind": kind, "key": key[:SHOWN], "given": moment.isoformat(timespec="seconds")}


# -------------------------------------------------------------------------------------------------------------- parts


def decision_row(home: Home, one: members.Decision, *, plain: bool) -> dict[str, Any]:
    """A decision for people: keys cut short, its reason masked unless `plain`."""
    reason = Seal(home.key("home")).open(one.reason).decode() if one.reason else ""
    return {
        "id": one.id, "kind": one.kind, "members": [key[:SHOWN] for key in (one.one, one.other) if key],
        "reason": reason if plain else masked_text(reason), "by": one.by, "at": one.at.isoformat(timespec="seconds"),
        "taken_back": one.undone_at.isoformat(timespec="seconds") if one.undone_at else None, "taken_back_by": one.undone_by,
        "joined_by": one.joined_by or None,
    }  # fmt: skip


def _keys(home: Home, key: str) -> tuple[list[str], list[dict[str, Any]]]:
    """All buyer keys of the person with this one, and what files state of them."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    with looking(snapshot(home)) as work:
        held = whose.keys_of(work, key)
        return held, whose.links_of(work, held)


def _own_key(home: Home, engine: Engine, viewer: Viewer, asked: str) -> str:
    """The buyer key that begins so, which need not be the one by which its person is called."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    begin = asked.strip().lower()
    with looking(snapshot(home)) as work:
        found = whose.keys_called(work, begin) if len(begin) >= SHORTEST else []
    return found[0] if len(found) == 1 else find(engine, viewer, asked)


def _joins(home: Home, keys: Sequence[str], asked: Sequence[str]) -> list[int]:
    """The decisions that said of the people of these two keys that they are apart; raises `merge_needs_two`."""
    one, other = (set(_keys(home, key)[0]) for key in keys)
    if one & other:
        raise GoldloopError("merge_needs_two", "These are one member already.", given=list(asked))
    standing = members.decision_list(standing=True)
    return [made.id for made in standing if made.kind == "apart" and _between({made.one, made.other}, one, other)]


def _between(pair: set[str], one: set[str], other: set[str]) -> bool:
    return bool(pair & one) and bool(pair & other)


def _check_apart(keys: Sequence[str], asked: Sequence[str]) -> None:
    """Raises `apart_needs_two` for one key, `apart_joined` where decisions alone made the two one person."""
    if len(set(keys)) != 2:
        raise GoldloopError("apart_needs_two", "Two different keys are needed.", given=list(asked))
    merges = [one for one in members.decision_list(standing=True) if one.kind == "merge"]
    held = {keys[0]}
    by: list[int] = []
    while near := [one for one in merges if {one.one, one.other} & held and one.id not in by]:
        held.update(key for one in near for key in (one.one, one.other))
        by.extend(one.id for one in near)
    if keys[1] in held:
        raise GoldloopError(
            "apart_joined",
            "People decided that these two are one member.",
            given=list(asked),
            allowed=sorted(by),
            todo="Take that decision back: goldloop members take-back ID",
        )


def _suggestions(home: Home) -> list[dict[str, Any]]:
    """Pairs whose parcels agree, without those about whom it was decided that they are not one person."""
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    with looking(snapshot(home)) as work:
        pairs = whose.suggestions(work, decided(), most=LISTED)
        bought = whose.purchases(work, {pair[side] for pair in pairs for side in SIDES})
    names = {store.id: store.name for store in shops.store_list()}
    return [
        {
            "members": [pair[side][:SHOWN] for side in SIDES],
            "agree": pair["agree"],
            "bought": [_bought(bought.get(pair[side]), names) for side in SIDES],
        }
        for pair in pairs
    ]


def _bought(found: Mapping[str, Any] | None, names: Mapping[int, str]) -> dict[str, Any]:
    """The orders of one of a pair, their days, and the names of their stores."""
    if found is None:
        return {"orders": 0, "first": None, "last": None, "stores": []}
    days = {side: str(found[side]) for side in ("first", "last")}
    return {"orders": found["orders"], **days, "stores": [names.get(id, "") for id in found["stores"]]}


def _conflicts(home: Home) -> list[dict[str, Any]]:
    from goldloop.lake import persons as whose
    from goldloop.lake.work import looking

    with looking(snapshot(home)) as work:
        known = whose.known(work, decided())
    names = {store.id: store.name for store in shops.store_list()}
    found: dict[str, dict[str, Any]] = {}
    for row in known.rows(known.solved.refused > 0):
        one = found.setdefault(row["identity_key"], {
            "key": row["identity_key"][:SHOWN], "kind": row["kind"], "why": REFUSED[row["refused"]], "members": [], "stores": [],
        })  # fmt: skip
        one["members"] = sorted({*one["members"], row["buyer_key"][:SHOWN]})
        one["stores"] = sorted({*one["stores"], names.get(row["store"], "")})
    listed = sorted(found.values(), key=lambda one: (one["why"], -len(one["members"]), one["key"]))
    return listed[:LISTED]


def _by_store(orders: Sequence[Mapping[str, Any]], stores: Mapping[int, Store]) -> list[dict[str, Any]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    for one in orders:
        found.setdefault(one["store"], []).append(one)
    return [
        {
            "store": stores[id].name, "currency": stores[id].currency, "orders": len(own),
            "gmv": to_text(sum(one["gmv"] for one in own), stores[id].currency),
            "first": str(min(one["day"] for one in own)), "last": str(max(one["day"] for one in own)),
        }
        for id, own in found.items()
    ]  # fmt: skip


def _order(one: Mapping[str, Any], stores: Mapping[int, Store]) -> dict[str, Any]:
    currency = one["currency"] or stores[one["store"]].currency
    money = {name: None if one[name] is None else to_text(one[name], currency) for name in ("gmv", "refunded")}
    return {
        "store": stores[one["store"]].name, "order": one["order_id"], "day": str(one["day"]), "currency": currency,
        **money, "units": one["units"], "region": one["region"],
    }  # fmt: skip


def _shown_keys(
    held: Sequence[str], links: Sequence[Mapping[str, Any]], stores: Mapping[int, Store]
) -> list[dict[str, Any]]:
    own = [{"kind": "buyer", "key": key[:SHOWN], "of": "", "store": "", "others": 0} for key in held]
    return own + [
        {
            "kind": link["kind"], "key": link["identity_key"][:SHOWN], "of": link["buyer_key"][:SHOWN],
            "store": stores[link["store"]].name, "others": link["others"],
        }
        for link in links
    ]  # fmt: skip


def _consent(home: Home, one: members.Consent, *, plain: bool) -> dict[str, Any]:
    address = Seal(home.key("home")).open(one.address).decode() if plain else MASK
    return {
        "kind": one.kind, "address": address, "source": one.source, "given": one.given_at.isoformat(timespec="seconds"),
        "withdrawn": one.withdrawn_at.isoformat(timespec="seconds") if one.withdrawn_at else None,
    }  # fmt: skip


def _note(home: Home, one: members.Note, *, plain: bool) -> dict[str, Any]:
    said = Seal(home.key("home")).open(one.text).decode()
    return {"text": said if plain else masked_text(said), "by": one.by, "at": one.at.isoformat(timespec="seconds")}
