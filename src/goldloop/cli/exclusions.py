"""`exclude list|add|remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from goldloop.cli.command import Answer, Run
from goldloop.cli.output import Screen

KINDS = "product|sku|title_words|amount|note_words|buyer|order_source|flag"
Code = Annotated[str, typer.Argument(help="Name of the rule.")]


def exclude_list(run: Run) -> Answer:
    """List the rules for what stays loaded but does not count in gmv."""
    rules = run.shop().exclusions()

    def show(screen: Screen) -> None:
        heads = [run.words(key) for key in ("rule", "kind", "values", "holds_for")]
        everywhere = run.words("all_stores")
        rows = [
            (r["code"], r["kind"], " | ".join(r["values"]), ", ".join([*r["platforms"], *r["stores"]]) or everywhere)
            for r in rules
        ]
        screen.table(heads, rows)

    return Answer({"rules": rules}, show)


def exclude_add(
    run: Run,
    code: Code,
    kind: Annotated[str, typer.Option(metavar=KINDS, help="What it looks at.")],
    value: Annotated[list[str], typer.Option(metavar="TEXT", help="What it looks for; may be repeated.")],
    store: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this store; may be repeated.")] = None,
    platform: Annotated[
        list[str] | None, typer.Option(metavar="PLATFORM", help="Every store of this platform; may be repeated.")
    ] = None,
) -> Answer:
    """Add a rule; what is loaded is worked out again by it."""
    run.shop().exclusion_add(code, kind=kind, values=value, stores=store or (), platforms=platform or ())
    return Answer({"added": code}, lambda screen: screen.line(run.words("rule_added", rule=code)))


def exclude_remove(run: Run, code: Code) -> Answer:
    """Remove a rule; what is loaded is worked out again without it."""
    run.shop().exclusion_remove(code)
    return Answer({"removed": code}, lambda screen: screen.line(run.words("rule_removed", rule=code)))


COMMANDS = [("exclude list", exclude_list), ("exclude add", exclude_add), ("exclude remove", exclude_remove)]
