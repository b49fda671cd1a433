"""`goldloop daily`: one store's day in a few lines to paste."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.parse import day as parse_day


def daily(
    run: Run,
    store: Annotated[
        str, typer.Option("--store", metavar="NAME", help="The store (may be left out where there is one).")
    ] = "",
    date: Annotated[
        str, typer.Option("--date", metavar="DAY", help="Business day (default: the newest loaded one).")
    ] = "",
) -> Answer:
    """The daily report of a store, ready to be pasted into a chat."""
    found = run.shop().daily(store or None, day=parse_day(date) if date else None)
    return Answer(found.as_dict(run.words.language), lambda screen: screen.raw(found.text(run.words.language)))


COMMANDS: tuple[tuple[str, Any], ...] = (("daily", daily),)
