"""`forget`: a person's wish to be deleted."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen


def forget(
    run: Run,
    store: Annotated[str, typer.Option("--store", metavar="NAME", help="The store whose exports name the person.")],
    order: Annotated[str, typer.Option("--order", metavar="ORDER_ID", help="An order of the person.")] = "",
    buyer: Annotated[
        str,
        typer.Option("--buyer", metavar="ID", help="Account, e-mail or phone of the person, as it stands in exports."),
    ] = "",
) -> Answer:
    """Make a person anonymous in everything that is kept, and certify it."""
    done = run.shop().forget(store=store, order=order or None, buyer=buyer or None)
    return Answer(done, lambda screen: _show(screen, done))


def _show(screen: Screen, done: dict[str, Any]) -> None:
    words = screen.words
    screen.line(words("forgotten", moment=done["moment"], keys=done["keys"]))
    rows = [[place, count] for place, count in done["rows"].items()]
    rows += [[words("forgotten_quarantine"), done["quarantine"]], [words("forgotten_fixes"), done["fixes"]]]
    screen.table([words("forgotten_where"), words("forgotten_rows")], rows, right=[1])
    for source in done["sources"]:
        screen.line(words("forgotten_source", file=source["file"], imports=", ".join(map(str, source["imports"]))))


COMMANDS = [("forget", forget)]
