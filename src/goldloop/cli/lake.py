"""`lake tidy` and `lake rebuild`."""

from __future__ import annotations

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


COMMANDS = [("lake tidy", tidy), ("lake rebuild", rebuild)]
