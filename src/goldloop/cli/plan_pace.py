"""`plan pace`: where the targets of a month should be by now, and what the rest of it needs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Currency, New, Stores
from goldloop.cli.plan_owners import weights
from goldloop.core.errors import GoldloopError

if TYPE_CHECKING:
    from goldloop.cli.output import Screen
    from goldloop.metrics.pace_text import PaceAnswer

First = Annotated[str, typer.Option("--from", metavar="DATE", help="First day of the targets.")]
Last = Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of the targets.")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Last day that is done (default: last loaded).")]
Shape = Annotated[
    str, typer.Option("--shape", metavar="even|weekday|learned|W1,W2,...", help="How the target lies over its days.")
]
Kept = Annotated[
    int, typer.Option("--plan", metavar="ID", help="A kept plan, by its own days; no target needs to be said.")
]
Most = Annotated[
    float,
    typer.Option(
        "--most", metavar="FACTOR", help="How far the proposal may raise a day's plan, e.g. 1.3 (default: any)."
    ),
]
Gmv = Annotated[str, typer.Option("--gmv", metavar="AMOUNT", help="Target for sales.")]
NewBuyers = Annotated[str, typer.Option("--new-buyers", metavar="COUNT", help="Target for new buyers.")]
NewGmv = Annotated[str, typer.Option("--new-gmv", metavar="AMOUNT", help="Target for sales to new buyers.")]
RepeatBuyers = Annotated[str, typer.Option("--repeat-buyers", metavar="COUNT", help="Target for repeat buyers.")]
RepeatGmv = Annotated[str, typer.Option("--repeat-gmv", metavar="AMOUNT", help="Target for sales to repeat buyers.")]
Orders = Annotated[str, typer.Option("--orders", metavar="COUNT", help="Target for orders.")]
AdBudget = Annotated[str, typer.Option("--ad-budget", metavar="AMOUNT", help="Budget for ads.")]


def pace(
    run: Run,
    first: First = "",
    last: Last = "",
    plan: Kept = 0,
    gmv: Gmv = "",
    new_buyers: NewBuyers = "",
    new_gmv: NewGmv = "",
    repeat_buyers: RepeatBuyers = "",
    repeat_gmv: RepeatGmv = "",
    orders: Orders = "",
    ad_budget: AdBudget = "",
    until: Until = "",
    shape: Shape = "even",
    most: Most = 0.0,
    store: Stores = None,
    basis: Basis = "auto",
    new: New = "platform365",
    currency: Currency = "",
) -> Answer:
    """Where targets should be by now, what the remaining days need, and a proposal for what is missing."""
    given = {
        "gmv": gmv, "new_buyers": new_buyers, "new_gmv": new_gmv, "repeat_buyers": repeat_buyers, "repeat_gmv": repeat_gmv,
        "orders": orders, "ad_budget": ad_budget,
    }  # fmt: skip
    if plan:
        kept = run.shop().plan_pace_of(plan, until=until or None, most=most or None)
        return Answer(kept.as_dict(run.words.language), lambda screen: _show(screen, kept))
    if not first or not last:
        raise GoldloopError("pace_which", "A pace needs the first and the last day of its targets, or a kept plan.", todo="--from DATE --to DATE, or --plan ID")  # fmt: skip
    found = run.shop().plan_pace(
        {name: value for name, value in given.items() if value}, first=first, last=last, until=until or None,
        shape=chosen_shape(shape), most=most or None, stores=store or (), basis=basis, new=new, currency=currency or None,
    )  # fmt: skip
    return Answer(found.as_dict(run.words.language), lambda screen: _show(screen, found))


def chosen_shape(text: str) -> str | list[float]:
    """The name of a shape, or comma-separated weights of its days; raises `shape_bad`."""
    return weights(text) or text if "," in text else text


def _show(screen: Screen, found: PaceAnswer) -> None:
    """The sentences, and what each remaining day was planned for, needs, and is proposed."""
    from goldloop.metrics.levers_text import named

    words = screen.words
    zh = words.language == "zh"
    screen.line(found.text(words.language))
    data = found.as_dict(words.language)
    for gap in data["missing"]:
        screen.line(f"- {gap['text']}")
    for one in data["targets"]:
        name = one["target_of"]
        if not one["days"]:
            continue
        screen.line(named(name, zh=zh))
        rows: list[list[Any]] = [
            [d["day"], *(f"{Decimal(d[n]):,}" for n in ("planned", "needed", "proposed"))] for d in one["days"]
        ]
        screen.table([words(f"pace_{h}") for h in ("day", "planned", "needed", "proposed")], rows, right=(1, 2, 3))


COMMANDS = [("plan pace", pace)]
