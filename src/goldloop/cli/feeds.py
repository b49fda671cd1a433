"""`feeds list|expect`: the board of what comes in, how often, and what is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.imports import StoreName
from goldloop.cli.output import Screen

if TYPE_CHECKING:
    from goldloop.cli.words import Words
    from goldloop.jobs.feed_board import Feed


def feeds_list(run: Run, store: StoreName = "") -> Answer:
    """List each report of each store: last file, newest day, rhythm, lateness, rows against normal, what is open."""
    feeds = run.shop().feeds(store=store or None)

    def show(screen: Screen) -> None:
        if not feeds:
            return screen.line(run.words("imports_none"))
        heads = (
            "store",
            "profile",
            "feed_last",
            "feed_newest",
            "feed_rhythm",
            "state",
            "feed_rows",
            "quarantined",
            "feed_control",
        )
        below = {1: 0, 3: 2, 5: 4, 6: 4, 8: 4}  # profile below store, newest day below last file, the rest below rhythm
        rows = [_cells(run.words, feed) for feed in feeds]
        screen.table([run.words(head) for head in heads], rows, right=(7,), below=below)

    return Answer({"feeds": [feed.as_dict() for feed in feeds]}, show)


def feeds_expect(
    run: Run,
    store: Annotated[str, typer.Argument(metavar="STORE", help="Name of the store.")],
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Id of a format.")],
    every: Annotated[int, typer.Option(metavar="DAYS", help="Days between two files; 0 leaves it to what is seen.")],
) -> Answer:
    """Declare how often a report is expected, so that a missing one is seen."""
    run.shop().feed_expect(store, profile, days=every)
    words = run.words("feed_expected", store=store, profile=profile, days=every)
    return Answer({"store": store, "profile": profile, "days": every}, lambda screen: screen.line(words))


def _cells(words: Words, feed: Feed) -> tuple[object, ...]:
    rhythm = words(f"feed_rhythm_{feed.rhythm_from}", days=feed.rhythm)
    state = words(f"feed_{feed.state}", days=feed.late_days)
    return (
        feed.store,
        feed.profile,
        f"{feed.last_success:%Y-%m-%d %H:%M}" if feed.last_success else "",
        feed.newest_day or "",
        rhythm,
        state,
        words(f"feed_counts_{feed.counts}", now=feed.rows_per_day or 0, normal=feed.normal_rows_per_day or 0),
        feed.quarantine_open,
        ", ".join(map(str, feed.control_off)),
    )


COMMANDS = [("feeds list", feeds_list), ("feeds expect", feeds_expect)]
