"""`goldloop members segment`: conditions in words, how many people they hold for, kept under a name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from goldloop.cli import list_files
from goldloop.cli.command import Answer, Run
from goldloop.cli.figures import Basis, Out, Stores
from goldloop.cli.members import FORMS, Day
from goldloop.cli.output import Screen

COLUMNS = {"store": "text", "buyer": "text", "person": "text"}
Words = Annotated[
    str, typer.Argument(metavar="[SEGMENT]", help="Conditions in words, or the name of a kept segment (default: list them).")
]  # fmt: skip
Save = Annotated[str, typer.Option("--save", metavar="NAME", help="Keep the segment under this name.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take the kept segment of this name away.")]


def segment(
    run: Run,
    words: Words = "",
    save: Save = "",
    remove: Remove = False,
    store: Stores = None,
    day: Day = "",
    basis: Basis = "auto",
    out: Out = "",
) -> Answer:
    """People by conditions in words over their purchases: how many they are, kept under a name, written into a file."""
    shop = run.shop()
    if not words:
        return _list(run, shop.segments())
    if remove:
        shop.segment_remove(words)
        return Answer({"removed": words}, lambda screen: screen.line(screen.words("segment_removed", name=words)))
    text = shop.segment_words(words)
    found = shop.members_segment(text, stores=store or (), day=day or None, basis=basis).as_dict(run.words.language)
    if save:
        mine = shop.segment_save(save, text, stores=store or ())
        found |= {"name": mine.name, "version": mine.number}
    if out:
        table = shop.members_people(text, stores=store or (), day=day or None)
        names = {one.id: one.name for one in shop.stores()}
        rows = [
            {"store": names[row["store"]], "buyer": row["buyer_key"], "person": row["person"]}
            for row in table.to_pylist()
        ]
        list_files.write(Path(out), list_files.chosen("", out, FORMS, otherwise="xlsx", name="segment"), COLUMNS, rows, found)  # fmt: skip
        found = {"file": out, **found}
    return Answer(found, lambda screen: _show(screen, found))


def _list(run: Run, kept: list[Any]) -> Answer:
    from goldloop.core.members.segments import written

    rows = [
        {"name": one.name, "version": one.number, "segment": one.text, "words": written(one.segment, run.words.language)}
        for one in kept
    ]  # fmt: skip

    def show(screen: Screen) -> None:
        if not rows:
            return screen.line(screen.words("segment_none"))
        heads = [screen.words(f"segment_{head}") for head in ("name", "version", "words")]
        screen.table(heads, [[row["name"], row["version"], row["words"]] for row in rows], right=[1])

    return Answer({"segments": rows}, show)


def _show(screen: Screen, found: dict[str, Any]) -> None:
    words = screen.words
    if "file" in found:
        screen.line(words("file_written", file=found["file"]))
    screen.line(found["words"])
    if "reason" in found:
        return screen.line(f"- {found['reason']['text']}")
    numbers = {name: f"{found[name]:,}" for name in ("people", "buyers", "orders")}
    screen.line(words("segment_counted", **numbers, share=f"{found['share'] or 0:.1%}", gmv=f"{Decimal(found['gmv']):,}", currency=found["currency"]))  # fmt: skip
    if "version" in found:
        screen.line(words("segment_saved", name=found["name"], version=found["version"]))
    for note in found["notes"]:
        screen.line(f"* {note}")


COMMANDS = [("members segment", segment)]
