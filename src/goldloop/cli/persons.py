"""`goldloop members person|merges|merge|apart|split|take-back|note|consent`, `goldloop copy`: one member, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen

SHOWN = 20  # purchases on the screen; --json holds all that are told

Id = Annotated[str, typer.Argument(metavar="ID", help="Number of the member, or its first 6 characters or more.")]
Store = Annotated[str, typer.Option("--store", metavar="NAME", help="The store whose exports name the person.")]
Buyer = Annotated[
    str, typer.Option("--buyer", metavar="ID", help="Account, e-mail or phone of the person, as it stands in exports.")
]
Order = Annotated[str, typer.Option("--order", metavar="ORDER_ID", help="An order of the person.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept sealed.")]


def person(run: Run, id: Id = "", store: Store = "", buyer: Buyer = "") -> Answer:
    """One member over all stores: purchases, keys and what says that they are hers, decisions, consents, notes."""
    if not id and not (store and buyer):
        raise GoldloopError(
            "person_needed", "Name the person by one order or by one identity.", todo="Give ID, or --store and --buyer."
        )
    found = run.shop().member(id, store=store or None, buyer=buyer or None).as_dict()
    return Answer(found, lambda screen: _person(screen, found))


def merges(run: Run) -> Answer:
    """Members who may be one person, keys that several share and that link nobody, and what was decided."""
    found = run.shop().member_merges()
    return Answer(found, lambda screen: _merges(screen, found))


def merge(run: Run, one: Id, other: Id, reason: Reason = "") -> Answer:
    """Decide that two members are one person; it can be taken back."""
    return _decided(run, run.shop().member_merge(one, other, reason=reason))


def apart(run: Run, one: Id, other: Id, reason: Reason = "") -> Answer:
    """Decide that two members are two people: no file joins them or suggests it any more; it can be taken back."""
    return _decided(run, run.shop().member_apart(one, other, reason=reason))


def split(run: Run, key: Id, reason: Reason = "") -> Answer:
    """Decide that a key of a member is nobody else's: no file links it any more; it can be taken back."""
    return _decided(run, run.shop().member_split(key, reason=reason))


def take_back(run: Run, decision: Annotated[int, typer.Argument(help="Number of the decision.")]) -> Answer:
    """Let a decision about who is who hold no longer."""
    return _decided(run, run.shop().member_take_back(decision))


def note(
    run: Run, id: Id, text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; kept sealed.")]
) -> Answer:
    """Write a note on a member."""
    run.shop().member_note(id, text)
    return Answer({"noted": True}, lambda screen: screen.line(screen.words("member_noted")))


def consent(
    run: Run,
    address: Annotated[str, typer.Argument(metavar="PHONE|EMAIL", help="Her own phone or e-mail; kept sealed.")],
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="Where and how she agreed.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="She agrees no longer.")] = False,
) -> Answer:
    """Write down that somebody agreed to be written to, or does so no longer."""
    done = run.shop().member_consent(address, source=source, withdraw=withdraw)
    said = "consent_withdrawn" if withdraw else "consent_given"
    return Answer(done, lambda screen: screen.line(screen.words(said, who=done["key"])))


def copy(
    run: Run,
    out: Annotated[str, typer.Argument(metavar="FILE", help="The JSON file to write.")],
    store: Store = "",
    order: Order = "",
    buyer: Buyer = "",
) -> Answer:
    """Write everything that is kept of a person into one file, for her."""
    done = run.shop().copy(out, store=store, order=order or None, buyer=buyer or None)

    def show(screen: Screen) -> None:
        screen.line(screen.words("file_written", file=out))
        screen.table(
            [screen.words("forgotten_where"), screen.words("forgotten_rows")], list(done["rows"].items()), right=[1]
        )

    return Answer(done, show)


def _decided(run: Run, made: Any) -> Answer:
    data = {"id": made.id, "kind": made.kind, "taken_back": made.undone_at is not None}
    said = "merge_taken_back" if made.undone_at else f"merge_{made.kind}"
    return Answer(data, lambda screen: screen.line(screen.words(said, id=made.id)))


def _person(screen: Screen, found: dict[str, Any]) -> None:
    words = screen.words
    screen.line(words("member_is", id=found["id"]))
    heads = [words(f"member_{name}") for name in ("store", "orders", "amount", "first", "last")]
    rows = [[o["store"], o["orders"], f"{o['gmv']} {o['currency']}", o["first"], o["last"]] for o in found["stores"]]
    screen.table(heads, rows, right=[1, 2])
    heads = [words(f"member_{name}") for name in ("kind", "key", "of", "store", "others")]
    keys = [[words(f"key_{k['kind']}"), k["key"], k["of"], k["store"], k["others"]] for k in found["keys"]]
    screen.table(heads, keys, right=[4])
    heads = [words(f"member_{name}") for name in ("day", "store", "order", "amount")]
    orders = [[o["day"], o["store"], o["order"], f"{o['gmv']} {o['currency']}"] for o in found["orders"][:SHOWN]]
    screen.table(heads, orders, right=[3])
    for one in found["decisions"]:
        _decision(screen, one)
    for one in found["consents"]:
        state = "consent_line_ended" if one["withdrawn"] else "consent_line"
        screen.line(words(state, kind=words(f"key_{one['kind']}"), day=one["given"][:10], source=one["source"]))
    for one in found["notes"]:
        screen.line(f"{one['at'][:10]} {one['by']}: {one['text']}")


def _merges(screen: Screen, found: dict[str, Any]) -> None:
    words = screen.words
    pairs = [
        [
            *one["members"],
            ", ".join(words(f"key_{kind}") for kind in one["agree"]),
            " / ".join(str(of["orders"]) for of in one["bought"]),
            " / ".join(of["last"] or "-" for of in one["bought"]),
        ]
        for one in found["suggestions"]
    ]
    if pairs:
        screen.table([words(f"merges_{name}") for name in ("one", "other", "agree", "orders", "last")], pairs)
    for one in found["decisions"]:
        _decision(screen, one)
    heads = [words(f"member_{name}") for name in ("kind", "key", "why", "members", "stores")]
    rows = [
        [words(f"key_{one['kind']}"), one["key"], words(f"refused_{one['why']}"), ", ".join(one["members"]), ", ".join(one["stores"])]
        for one in found["conflicts"]
    ]  # fmt: skip
    if rows:
        screen.table(heads, rows)
    elif not (pairs or found["decisions"]):
        screen.line(words("merges_none"))


def _decision(screen: Screen, one: dict[str, Any]) -> None:
    said = (
        "decision_line_ended" if one["taken_back"] else "decision_line_joined" if one["joined_by"] else "decision_line"
    )
    kind = screen.words(f"decision_{one['kind']}")
    members, day = " + ".join(one["members"]), one["at"][:10]
    screen.line(
        screen.words(
            said,
            id=one["id"],
            kind=kind,
            members=members,
            by=one["by"],
            day=day,
            reason=one["reason"],
            joined=one["joined_by"],
        )
    )


COMMANDS = [
    ("members person", person),
    ("members merges", merges),
    ("members merge", merge),
    ("members apart", apart),
    ("members split", split),
    ("members take-back", take_back),
    ("members note", note),
    ("members consent", consent),
    ("copy", copy),
]
