"""`lake tidy`, `lake rebuild`, `lake rollups` and `lake publish`."""

from __future__ import annotations

from typing import Annotated

import typer

from goldloop.cli import output
from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen


def tidy(run: Run) -> Answer:
    """Remove files that no state of the last hour uses, and kept sources without an import."""
    done = run.shop().lake_tidy()
    return Answer(
        done.as_dict(),
        lambda screen: screen.line(
            run.words("tidied", megabytes=f"{done.bytes / 1e6:,.1f}", sources=done.sources, folders=done.folders)
        ),
    )


def rebuild(run: Run) -> Answer:
    """Make all facts anew from what was imported, and compare them with those before."""
    done = run.shop().lake_rebuild()

    def show(screen: Screen) -> None:
        screen.table(
            [run.words("tables"), run.words("facts"), run.words("different")],
            [[table, count, done["different"].get(table, 0)] for table, count in done["facts"].items()],
            right=[1, 2],
        )
        screen.line(run.words("rebuilt_other" if done["different"] else "rebuilt_same"))

    return Answer(done, show, exit_code=1 if done["different"] else 0)


def rollups(
    run: Run, drop: Annotated[bool, typer.Option("--drop", help="Remove what was counted ahead.")] = False
) -> Answer:
    """Count figures ahead, so that any range of days is answered at once; every import keeps that up to date."""
    with output.progress(run.words, quiet=run.json) as progress:
        done = run.shop().lake_rollups(drop=drop, progress=progress)

    def show(screen: Screen) -> None:
        if not done["rollups"]:
            screen.line(run.words("rollups_dropped" if drop else "rollups_none"))
            return
        if "tables" in done:
            screen.line(
                run.words(
                    "sums_made", days=f"{done['days']:,}", stores=done["stores"], count=len(done["tables"]),
                    megabytes=f"{done['bytes'] / 1e6:,.1f}",
                )
            )  # fmt: skip
            return
        screen.line(
            run.words(
                "rollups_made", days=f"{done['days']:,}", stores=done["stores"], people=f"{done['people']['buyers']:,}",
                visitors=f"{done['people']['visits']:,}", megabytes=f"{done['bytes'] / 1e6:,.1f}",
            )
        )  # fmt: skip

    return Answer(done, show)


def publish(
    run: Run,
    address: Annotated[str, typer.Argument(metavar="s3://BUCKET/PREFIX", help="Where the lake is to be read.")],
    sweep: Annotated[bool, typer.Option("--sweep", help="Remove the files of earlier states there.")] = False,
) -> Answer:
    """Copy the newest state of the lake into object storage, where GOLDLOOP_LAKE of other machines reads it."""
    with output.progress(run.words, quiet=run.json) as progress:
        done = run.shop().lake_publish(address, sweep=sweep, progress=progress)
    megabytes = f"{done['bytes'] / 1e6:,.1f}"
    return Answer(done, lambda screen: screen.line(run.words("published", **{**done, "megabytes": megabytes})))


COMMANDS = [("lake tidy", tidy), ("lake rebuild", rebuild), ("lake rollups", rollups), ("lake publish", publish)]
