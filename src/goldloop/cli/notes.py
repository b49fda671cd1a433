"""`note add|list|remove`: what happened on which days, for every chart to show."""

from __future__ import annotations

from typing import Annotated

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.imports import StoreName
from goldloop.cli.output import Screen

First = Annotated[str, typer.Option("--from", metavar="DAY", help="First business day.")]
Last = Annotated[str, typer.Option("--to", metavar="DAY", help="Last business day (default: the first).")]


def note_add(
    run: Run,
    text: Annotated[str, typer.Argument(help="What happened, such as a promotion or a price change.")],
    first: First,
    last: Last = "",
    store: Annotated[str, typer.Option("--store", metavar="NAME", help="Only this store (default: all).")] = "",
    kind: Annotated[
        str, typer.Option("--kind", metavar="note|arrival|leave", help="Goods that arrive, or someone who is away.")
    ] = "note",
) -> Answer:
    """Annotate a day or a run of days; charts show it."""
    note = run.shop().note_add(text, first=first, last=last or None, store=store or None, kind=kind)
    return Answer(note.as_dict(), lambda screen: screen.line(run.words("note_added", id=note.id, text=note.text)))


def note_list(run: Run, store: StoreName = "") -> Answer:
    """List annotations, the oldest first."""
    shop = run.shop()
    found, names = shop.notes(store=store or None), {one.id: one.name for one in shop.stores()}

    def show(screen: Screen) -> None:
        if not found:
            return screen.line(run.words("notes_none"))
        everywhere = run.words("all_stores")
        rows = [
            (n.id, str(n.first), str(n.last), everywhere if n.store is None else names[n.store], n.text, n.made_by)
            for n in found
        ]
        screen.table([run.words(f"note_{h}") for h in ("id", "from", "to", "store", "text", "by")], rows, right=[0])

    return Answer({"notes": [note.as_dict() for note in found]}, show)


def note_remove(run: Run, id: Annotated[int, typer.Argument(help="Number of the annotation.")]) -> Answer:
    """Take an annotation away."""
    note = run.shop().note_remove(id)
    return Answer(
        {"removed": note.as_dict()}, lambda screen: screen.line(run.words("note_removed", id=note.id, text=note.text))
    )


COMMANDS = [("note add", note_add), ("note list", note_list), ("note remove", note_remove)]
