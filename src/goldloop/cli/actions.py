"""`goldloop action`: what is proposed to be done, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.waves import title, wave_head

if TYPE_CHECKING:
    from goldloop.apps.actions.api import Action
    from goldloop.cli.output import Screen


def listed(run: Run) -> Answer:
    """What is proposed to be done, with predicted money, and what came of it."""
    return _actions(run, run.shop().actions())


def answer(
    run: Run,
    id: Annotated[int, typer.Argument(help="Number of the action.")],
    said: Annotated[str, typer.Argument(metavar="accepted|declined|later|duplicate", help="What you say to it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why not.")] = "",
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="The day to which it is put off.")] = "",
    of: Annotated[str, typer.Option("--of", metavar="NUMBER", help="The action of which it is a duplicate.")] = "",
) -> Answer:
    """Accept an action, decline it with a reason, put it off, or say that another one is the same."""
    return _actions(run, [run.shop().action_answer(id, said, reason=of or reason, due=due or None)])


def _actions(run: Run, found: list[Action]) -> Answer:
    from goldloop.jobs.waves import as_seen

    viewer = run.shop().viewer()
    data = {"actions": [as_seen(viewer, one) for one in found]}

    def shown(screen: Screen) -> None:
        words, heads = screen.words, ("id", "name", "state", "due", "predicted", "cost", "came")
        rows = [
            [one["id"], title(words, one["title"]), words(f"action_is_{one['state']}"), one["due"], one["predicted"]["gmv"] or "-",
             one["predicted"]["cost"], (one["result"] or {}).get("gmv", "-")]
            for one in data["actions"]
        ]  # fmt: skip
        screen.table([wave_head(screen, head) for head in heads], rows, right=(4, 5, 6))

    return Answer(data, shown)


COMMANDS = [("action list", listed), ("action answer", answer)]
