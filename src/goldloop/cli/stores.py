"""`store add`, `store list`, `store set`."""

from __future__ import annotations

from typing import Annotated

import typer

from goldloop.cli import parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen
from goldloop.core.store import PLATFORMS, Store

DayStarts = Annotated[str, typer.Option("--day-starts", metavar="HH:MM", help="When its business day begins.")]
OpenedOn = Annotated[str, typer.Option("--opened-on", metavar="DATE", help="Day on which it opened.")]
IdentityLimit = Annotated[
    float | None,
    typer.Option("--identity-limit", help="Share of paid orders that need a buyer before buyers are counted."),
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
    )
    return Answer(as_row(store), lambda screen: screen.line(run.words("store_added", name=store.name)))


def store_list(run: Run) -> Answer:
    """List the stores."""
    stores = run.shop().stores()

    def show(screen: Screen) -> None:
        if not stores:
            return screen.line(run.words("store_none"))
        heads = [run.words(key) for key in ("name", "platform", "currency", "timezone", "day_starts", "opened_on")]
        rows = [as_row(store) for store in stores]
        screen.table(
            heads,
            [[row[k] for k in ("name", "platform", "currency", "timezone", "day_starts", "opened_on")] for row in rows],
        )

    return Answer({"stores": [as_row(store) for store in stores]}, show)


def store_set(
    run: Run,
    name: Annotated[str, typer.Argument(help="Name of the store.")],
    day_starts: DayStarts = "",
    opened_on: OpenedOn = "",
    identity_limit: IdentityLimit = None,
) -> Answer:
    """Change when a store's day begins, when it opened, or its identity limit; what is loaded is worked out again."""
    store = run.shop().store_set(
        name,
        day_starts=parse.minutes(day_starts) if day_starts else None,
        opened_on=parse.day(opened_on) if opened_on else None,
        identity_limit=identity_limit,
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
    }


COMMANDS = [("store add", store_add), ("store list", store_list), ("store set", store_set)]
