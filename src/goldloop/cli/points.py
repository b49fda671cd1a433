"""`goldloop members points` and `goldloop members tiers`: what members earned, spent and owe, and in which tier they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Stores
from goldloop.cli.persons import Id
from goldloop.cli.waves import given

if TYPE_CHECKING:
    from goldloop.cli.output import Screen

Program = Annotated[str, typer.Option("--program", metavar="NAME", help="The program; not needed where there is one.")]
Key = Annotated[str, typer.Option("--key", metavar="TEXT", help="Names the wish: the same one is booked once.")]


def rules(
    run: Run,
    program: Annotated[str, typer.Argument(metavar="PROGRAM", help="Name of the program.")] = "",
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE",
            help="start, per_unit, expires, tier_by, tiers (such as silver:1000,gold:5000), refer_points, friend_points, refer_days, refer_least, refer_most.",
        ),
    ] = None,
    store: Stores = None,
) -> Answer:
    """The rules of a program of points; made or changed where fields are given."""
    shop = run.shop()
    data = shop.points_rules(program, given(fields), stores=store or ()).as_dict()
    names = {one.id: one.name for one in shop.stores()}
    data["stores"] = [names[id] for id in data["stores"]]
    return Answer(data, lambda screen: _rules(screen, data))


def _rules(screen: Screen, data: dict[str, Any]) -> None:
    texts = {**data, "stores": ", ".join(data["stores"]), "booked_to": data["booked_to"] or "-"}
    texts |= {name: ", ".join(f"{one}: {value}" for one, value in data[name]) for name in ("rates", "tiers")}
    screen.table(["", ""], [[name, str(text)] for name, text in texts.items()])


def book(run: Run, program: Program = "") -> Answer:
    """Book what paid orders are worth by the days loaded so far; refunds take points back, old points expire."""
    data = run.shop().points_book(program)
    return Answer(data, lambda screen: screen.line(screen.words("points_booked", **data)))


def show(run: Run, id: Id, program: Program = "") -> Answer:
    """A member's points, what she owes, her tier and the newest lines."""
    return _balance(run.shop().points_show(id, name=program))


def burn(
    run: Run,
    id: Id,
    points: Annotated[int, typer.Argument(help="How many points.")],
    key: Key = "",
    program: Program = "",
) -> Answer:
    """Spend a member's points; never more than there are."""
    return _balance(run.shop().points_burn(id, points, key=key, name=program))


def correct(
    run: Run,
    id: Id,
    points: Annotated[int, typer.Argument(help="How many points.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept sealed.")],
    take: Annotated[bool, typer.Option("--take", help="Take them instead of giving them.")] = False,
    key: Key = "",
    program: Program = "",
) -> Answer:
    """Give a member points, or take some, for a reason."""
    return _balance(run.shop().points_correct(id, -points if take else points, reason=reason, key=key, name=program))


def tiers(run: Run, program: Program = "") -> Answer:
    """How many members are in each tier, by the last 365 days."""
    data = run.shop().tiers(program)

    def shown(screen: Screen) -> None:
        rows = [[one["tier"] or "-", one["from"], one["members"]] for one in data["tiers"]]
        screen.table([screen.words(f"tier_{name}") for name in ("name", "from", "members")], rows, right=(1, 2))
        screen.line(screen.words("points_totals", **data))

    return Answer(data, shown)


def _balance(data: dict[str, Any]) -> Answer:
    def shown(screen: Screen) -> None:
        screen.line(screen.words("points_balance", **{**data, "tier": data["tier"] or "-"}))
        if data["expiring"]:
            screen.line(screen.words("points_expiring", points=data["expiring"], days=data["expiring_within"]))
        rows = [
            [one["day"], screen.words(f"points_{one['kind']}"), one["points"], one["reason"]] for one in data["lines"]
        ]
        screen.table(["", "", "", ""], rows, right=(2,))

    return Answer(data, shown)


COMMANDS = [
    ("members points rules", rules), ("members points book", book), ("members points show", show),
    ("members points burn", burn), ("members points correct", correct), ("members tiers", tiers),
]  # fmt: skip
