"""`history`: the statuses of one order as files showed them."""

from __future__ import annotations

from typing import Annotated

import typer

from goldloop.cli.command import Answer, Run


def history(run: Run, order: Annotated[str, typer.Argument(help="Order number.")]) -> Answer:
    """Statuses of an order and its lines over time, each with the file and row that first showed it."""
    rows = run.shop().order_history(order)
    heads = [
        run.words(f"history_{name}")
        for name in ("store", "line", "moment", "status", "status_raw", "source", "file", "row")
    ]
    return Answer(
        {"order_id": order, "history": rows},
        lambda screen: screen.table(heads, [[str(v) if v is not None else "" for v in row.values()] for row in rows]),
    )


COMMANDS = [("history", history)]
