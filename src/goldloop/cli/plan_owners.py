"""`plan owners` and `plan event`: whose part of a gap is whose, and an event as an investment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Currency, New, Stores
from goldloop.core.errors import GoldloopError
from goldloop.core.plan.plan import read_number, read_value

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.owners_text import OwnersAnswer

First = Annotated[str, typer.Option("--from", metavar="DATE", help="First business day: the first of a month.")]
Last = Annotated[str, typer.Option("--to", metavar="DATE", help="Last business day.")]
Against = Annotated[
    str, typer.Option("--against", metavar="previous|last-year|FROM..TO", help="Other months, where no plan is given.")
]
Planned = Annotated[
    list[str] | None,
    typer.Option(
        "--plan",
        metavar="[STORE:]NAME=NUMBER",
        help="The month's plan: two of new-buyers, new-gmv, new-buyer-value and two of repeat-... each.",
    ),
]
Shape = Annotated[
    str, typer.Option("--shape", metavar="W1,W2,...", help="Weights of the month's days (default: even).")
]
Cost = Annotated[str, typer.Option("--cost", metavar="AMOUNT", help="What the event cost (default: ads of its days).")]
Margin = Annotated[
    str, typer.Option("--margin", metavar="SHARE", help="Share of sales left after goods (default: as loaded).")
]


def owners(
    run: Run,
    first: First,
    last: Last,
    against: Against = "previous",
    plan: Planned = None,
    shape: Shape = "",
    store: Stores = None,
    basis: Basis = "auto",
    new: New = "platform365",
    currency: Currency = "",
) -> Answer:
    """Whose part of a gap is whose: traffic, members, operations, unassigned; every unit booked once."""
    found = run.shop().plan_owners(
        first=first, last=last, against=against, plan=planned(plan or []) or None, shape=weights(shape), stores=store or (),
        basis=basis, new=new, currency=currency or None,
    )  # fmt: skip
    return Answer(found.as_dict(run.words.language), lambda screen: _show(screen, found))


def planned(texts: list[str]) -> dict[str, Any]:
    """`[STORE:]NAME=NUMBER` texts as variables, by store where stores are named; raises `plan_pair` or `plan_mixed`."""
    whole: dict[str, Any] = {}
    by_store: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        store, colon, variable = name.rpartition(":")
        if not (equals and variable and value.strip()):
            raise GoldloopError(
                "plan_pair", f"'{text}' does not say NAME=NUMBER.", given=text, allowed="new-buyers=16000", pair=text
            )
        (by_store.setdefault(store, {}) if colon else whole)[variable.replace("-", "_")] = value
    if whole and by_store:
        raise GoldloopError("plan_mixed", "A plan is for the whole scope or for each store, not both.", given=texts)
    return by_store or whole


def weights(text: str) -> list[float] | None:
    """Comma-separated weights; None where there are none; raises `shape_bad`."""
    try:
        return [float(read_value(w, "shape")) for w in text.split(",")] if text else None
    except GoldloopError as error:
        raise GoldloopError(
            "shape_bad", f"'{text}' is no list of weights.", given=text, allowed="1,1,2.5,...", shape=text
        ) from error


def _show(screen: Screen, found: OwnersAnswer) -> None:
    """The sentences, the four lines with their entries, and each store's four lines."""
    from goldloop.core.owners import OWNERS
    from goldloop.metrics.definitions import FIGURES
    from goldloop.metrics.owners_text import OWNER_NAMES

    words, account = screen.words, found.found.account
    zh = words.language == "zh"
    screen.line(found.text(words.language))
    rows: list[list[Any]] = []
    for owner in OWNERS:
        mine = [entry for entry in account.entries if entry.owner == owner]
        rows.append([OWNER_NAMES[owner][zh], "", "", "", found.money(account.of(owner), sign=True)])
        for e in mine:
            name = FIGURES[e.driver].zh if zh else FIGURES[e.driver].en
            rows.append(["", name, found.value(e, e.before), found.value(e, e.after), found.money(e.amount, sign=True)])
    rows.append(
        [
            words("owners_gap"),
            "",
            found.money(account.before.gmv),
            found.money(account.after.gmv),
            found.money(account.gap, sign=True),
        ]
    )
    before = "owners_planned" if found.found.against is None else "why_before"
    screen.table(
        [words(h) for h in ("owners_owner", "why_driver", before, "why_after", "why_effect")], rows, right=(2, 3, 4)
    )
    if len(found.found.units) > 1:
        heads = [
            words("owners_month"),
            words("trace_store"),
            *(OWNER_NAMES[o][zh] for o in OWNERS),
            words("owners_gap"),
        ]
        lines = [
            [
                u.month,
                u.store or "",
                *(found.money(u.account.of(o), sign=True) for o in OWNERS),
                found.money(u.account.gap, sign=True),
            ]
            for u in found.found.units
        ]
        screen.table(heads, lines, right=range(2, 7))
    for unit in found.found.units:
        if unit.reason is not None:
            screen.line(f"- {unit.store or ''} {unit.month}: {unit.reason.as_dict(words.language)['text']}")
    for note in found.as_dict(words.language)["notes"]:
        screen.line(f"* {note}")


def event(
    run: Run,
    first: First,
    last: Last,
    cost: Cost = "",
    margin: Margin = "",
    store: Stores = None,
    basis: Basis = "auto",
    new: New = "platform365",
) -> Answer:
    """An acquisition event as an investment: its result, the buyers it won, what they are expected to bring back."""
    kept = share(margin) if margin else None
    found = run.shop().plan_event(
        first=first, last=last, costs=cost or None, margin=kept, stores=store or (), basis=basis, new=new
    )
    return Answer(found.as_dict(run.words.language), lambda screen: screen.line(found.text(screen.words.language)))


def share(text: str) -> float:
    """A share, below 0 where goods cost more than they bring; raises `share_bad`."""
    try:
        return float(read_number(text, "margin"))
    except (GoldloopError, OverflowError):
        raise GoldloopError(
            "share_bad", f"'{text}' is no share.", given=text, allowed="0.45 or 45%", share=text
        ) from None


COMMANDS = [("plan owners", owners), ("plan event", event)]
