"""`store add`, `store list`, `store set`."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from goldloop.cli import parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen
from goldloop.core.store import GMV_AMOUNTS, PLATFORMS, GmvAmount, Store

DayStarts = Annotated[str, typer.Option("--day-starts", metavar="HH:MM", help="When its business day begins.")]
OpenedOn = Annotated[str, typer.Option("--opened-on", metavar="DATE", help="Day on which it opened.")]
IdentityLimit = Annotated[
    float | None,
    typer.Option("--identity-limit", help="Share of paid orders that need a buyer before buyers are counted."),
]

Amount = Annotated[
    str,
    typer.Option(
        "--gmv-amount",
        metavar="|".join(GMV_AMOUNTS),
        help="Which amount is GMV: with the platform's discounts, or what buyers paid for goods.",
    ),
]


def store_add(
    run: Run,
    name: Annotated[str, typer.Argument(help="Name of the store.")],
    platform: Annotated[str, typer.Option(metavar="|".join(PLATFORMS), help="Where it sells.")],
    currency: Annotated[
        str, typer.Option(metavar="CODE", help="Currency of its amounts (Chinese platforms: CNY).")
    ] = "",
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Zone of its days (Chinese platforms: Asia/Shanghai).")
    ] = "",
    day_starts: DayStarts = "00:00",
    opened_on: OpenedOn = "",
    identity_limit: IdentityLimit = None,
    gmv_amount: Amount = "merchant",
) -> Answer:
    """Add a store."""
    store = run.shop(create=True).store_add(
        name,
        platform=platform,
        currency=currency or None,
        timezone=timezone or None,
        day_starts=parse.minutes(day_starts),
        opened_on=parse.day(opened_on) if opened_on else None,
        identity_limit=0.95 if identity_limit is None else identity_limit,
        gmv_amount=cast(GmvAmount, gmv_amount),
    )
    return Answer(as_row(store), lambda screen: screen.line(run.words("store_added", name=store.name)))


def store_list(run: Run) -> Answer:
    """List the stores."""
    stores = run.shop().stores()

    def show(screen: Screen) -> None:
        if not stores:
            return screen.line(run.words("store_none"))
        names = ("name", "platform", "currency", "timezone", "day_starts", "opened_on")
        rows = [(*(row[n] for n in names), run.words(f"gmv_{row['gmv_amount']}")) for row in map(as_row, stores)]
        screen.table([run.words(name) for name in (*names, "gmv_amount")], rows)

    return Answer({"stores": [as_row(store) for store in stores]}, show)


def store_set(
    run: Run,
    name: Annotated[str, typer.Argument(help="Name of the store.")],
    day_starts: DayStarts = "",
    opened_on: OpenedOn = "",
    identity_limit: IdentityLimit = None,
    gmv_amount: Amount = "",
) -> Answer:
    """Change when a store's day begins, when it opened, its identity limit or which amount is GMV; what is loaded is worked out again."""
    store = run.shop().store_set(
        name,
        day_starts=parse.minutes(day_starts) if day_starts else None,
        opened_on=parse.day(opened_on) if opened_on else None,
        identity_limit=identity_limit,
        gmv_amount=cast(GmvAmount, gmv_amount) if gmv_amount else None,
    )
    return Answer(as_row(store), lambda screen: screen.line(run.words("store_changed", name=store.name)))


def as_row(store: Store) -> dict[str, object]:
    """A store as JSON shows it; `day_starts` as HH:MM."""
    return {
        "id": store.id,
        "name": store.name,
        "platform": store.platform,
        "currency": store.currency,
        "timezone": store.timezone,
        "day_starts": f"{store.day_starts // 60:02d}:{store.day_starts % 60:02d}",
        "opened_on": store.opened_on.isoformat() if store.opened_on else None,
        "identity_limit": store.identity_limit,
        "gmv_amount": store.gmv_amount,
    }


COMMANDS = [("store add", store_add), ("store list", store_list), ("store set", store_set)]
