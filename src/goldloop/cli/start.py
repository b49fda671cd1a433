"""`init` and `demo`: a home folder, and a shop group to look at."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from goldloop.cli import output, parse
from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen


def init(run: Run) -> Answer:
    """Make the home folder, or bring it up to date."""
    shop = run.shop(create=True)
    data = {"home": str(shop.home.root), "lake": str(shop.home.lake), "stores": len(shop.stores())}

    def show(screen: Screen) -> None:
        screen.line(run.words("init_done", path=data["home"]))
        if not data["stores"]:
            screen.line(run.words("init_next"))

    return Answer(data, show)


def demo(
    run: Run,
    size: Annotated[
        Literal["small", "medium", "large"], typer.Option(help="About 50 thousand, 1 or 20 million lines.")
    ] = "small",
    seed: Annotated[int, typer.Option(help="Another seed gives another shop group.")] = 1,
    last_day: Annotated[
        str, typer.Option("--last-day", metavar="DATE", help="Last simulated day (default: end of last month).")
    ] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Empty the demo home and start again.")] = False,
) -> Answer:
    """Make a simulated shop group, export it as real files and import those."""
    from goldloop.jobs import demo as job

    day = parse.day(last_day) if last_day else None
    with output.progress(run.words, quiet=run.json) as progress:
        made = job.demo(run.folder, size=size, seed=seed, reset=reset, last_day=day, progress=progress)
    data = made.as_dict()

    def show(screen: Screen) -> None:
        screen.line(
            run.words(
                "demo_done", stores=len(made.stores), files=len(made.receipts), read=made.read, seconds=made.elapsed
            )
        )
        screen.line(run.words("demo_next", home=made.home, first=made.first_day, last=made.last_day))

    return Answer(data, show)


COMMANDS = [("init", init), ("demo", demo)]
