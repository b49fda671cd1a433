"""`plan levers`, `whatif` and `scenario`: the cheapest way to close a gap, a month with other drivers, and keeping it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Currency, New, Stores
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.levers_text import LeversAnswer, WhatIf

First = Annotated[str, typer.Option("--from", metavar="DATE", help="First day of the month that is moved.")]
Last = Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of it.")]
Gap = Annotated[str, typer.Option("--gap", metavar="AMOUNT", help="How much more the month has to sell.")]
Budget = Annotated[
    str, typer.Option("--budget", metavar="AMOUNT", help="What all levers of money may cost, in place of a gap.")
]
Beyond = Annotated[bool, typer.Option("--beyond", help="Let levers go further than they ever went.")]
Solve = Annotated[
    str, typer.Option("--solve", metavar="DRIVER", help="Which driver has to change for the month to sell --gmv.")
]
Sales = Annotated[str, typer.Option("--gmv", metavar="AMOUNT", help="Sales of the month to solve for.")]
Moves = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="A driver at another value: 20000, 15% or +5%; may be given several times."
    ),
]


def levers(
    run: Run,
    first: First,
    last: Last,
    gap: Gap = "",
    budget: Budget = "",
    beyond: Beyond = False,
    store: Stores = None,
    basis: Basis = "auto",
    new: New = "platform365",
    currency: Currency = "",
) -> Answer:
    """The cheapest plausible moves that close a gap (or the best ones for a budget), beside what was ever done."""
    found = run.shop().plan_levers(
        gap or None, budget=budget or None, first=first, last=last, beyond=beyond,
        stores=store or (), basis=basis, new=new, currency=currency or None,
    )  # fmt: skip
    return Answer(
        found.as_dict(run.words.language),
        lambda screen: _show(screen, found),
        exit_code=0 if found.found.feasible else 1,
    )


def _show(screen: Screen, found: LeversAnswer) -> None:
    from goldloop.metrics.levers_text import named

    words = screen.words
    zh = words.language == "zh"
    data = found.as_dict(words.language)
    screen.line(data["text"])
    names = ("from", "to", "low", "high", "cost", "gain", "marginal_cac")
    rows: list[list[Any]] = []
    for one in data["moves"]:
        cells = [_cell(one["lever"], one[n]) for n in names]
        rows.append([named(one["lever"], zh=zh), *cells])
    screen.table([words(f"levers_{h}") for h in ("lever", *names)], rows, right=range(1, 8))
    for one in data["missing"]:
        screen.line(f"- {_name(one['name'], zh)}: {one['text']}")


def _name(name: str, zh: bool) -> str:
    from goldloop.metrics.levers_text import named

    return named(name, zh=zh)


def whatif(
    run: Run,
    first: First,
    last: Last,
    moves: Moves = None,
    solve: Solve = "",
    gmv: Sales = "",
    store: Stores = None,
    basis: Basis = "auto",
    new: New = "platform365",
    currency: Currency = "",
) -> Answer:
    """A month with other drivers: what it becomes, whose part is whose, and whether it was ever done."""
    found = run.shop().what_if(
        _pairs(moves or []), first=first, last=last, solve=solve, gmv=gmv, stores=store or (), basis=basis, new=new,
        currency=currency or None,
    )  # fmt: skip
    return Answer(found.as_dict(run.words.language), lambda screen: _show_moved(screen, found))


def scenario(
    run: Run,
    id: Annotated[int, typer.Argument(help="Number of the plan.")],
    name: Annotated[str, typer.Argument(help="What the scenario is called.")],
    moves: Moves = None,
    solve: Solve = "",
    gmv: Sales = "",
) -> Answer:
    """Keep a month with other drivers as a scenario beside a plan; plan compare sets the two side by side."""
    from goldloop.cli.plans import plan_answer

    return plan_answer(run, run.shop().plan_scenario(id, _pairs(moves or []), name=name, solve=solve, gmv=gmv))


def _pairs(moves: list[str]) -> dict[str, str]:
    given = {}
    for text in moves:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise GoldloopError(
                "driver_pair", f"'{text}' does not say NAME=VALUE.", given=text, allowed="visitors=+5%", pair=text
            )
        given[name] = value
    return given


def _show_moved(screen: Screen, found: WhatIf) -> None:
    """The sentence, and every driver with its past and what 1 % of it is worth."""
    words = screen.words
    zh = words.language == "zh"
    data = found.as_dict(words.language)
    screen.line(data["text"])
    names = ("now", "to", "low", "high")
    rows: list[list[Any]] = []
    for one in data["drivers"]:
        cells = [_cell(one["driver"], one[n]) for n in names]
        rows.append([_name(one["driver"], zh), *cells, one["months"], _cell("ad_budget", one["one_percent_gmv"])])
    screen.table([words(f"levers_{h}") for h in ("driver", *names, "months", "one_percent")], rows, right=range(1, 7))
    for one in data["missing"]:
        screen.line(f"- {_name(one['name'], zh)}: {one['text']}")


def _cell(driver: str, value: Any) -> str:
    """A value of the answer with thousands separated; values per buyer with two decimals."""
    from goldloop.metrics.levers_text import unit_of

    if value is None:
        return ""
    if isinstance(value, str):
        return f"{Decimal(value):,.2f}" if unit_of(driver) == "money_per" else f"{Decimal(value):,}"
    return f"{value:.2%}" if unit_of(driver) == "rate" else f"{value:,.0f}"


COMMANDS = [("plan levers", levers), ("plan whatif", whatif), ("plan scenario", scenario)]
