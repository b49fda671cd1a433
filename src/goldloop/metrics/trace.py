"""From a figure to the fact rows it is made of; their sum is the figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.lake.schema import TABLES
from goldloop.metrics.answer import Reason
from goldloop.metrics.assemble import Assembly
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.metrics.query import QuestionError, Request, resolve, small_tables
from goldloop.metrics.reader import Reader
from goldloop.metrics.trace_sums import TABLE_OF, TRACEABLE, Behind, Sum

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine


def traceable_parts(name: str) -> tuple[str, ...]:
    """The figures with rows of which a figure is made, itself where it has rows; none for an unknown name.

    >>> traceable_parts("conversion")
    ('buyers', 'visitors')
    """
    if name in TRACEABLE or name not in FIGURES:
        return (name,) if name in TRACEABLE else ()
    inputs = (one for one in FIGURES[name].rule.inputs if one != name)  # some are made of a column of the same name
    return tuple(dict.fromkeys(part for one in inputs for part in traceable_parts(one)))


@dataclass(frozen=True)
class Trace:
    """The rows behind one figure of one scope.

    `value` is the figure (minor units for money), `total` the sum of all contributions, `count` how many rows there
    are; `rows` is the page asked for: table, store (name), key columns, day and contribution. A figure without a value
    has no rows, no total and a `reason`.
    """

    figure: str
    value: Any
    total: Any
    count: int
    currency: str | None
    source: str
    rows: list[dict[str, Any]]
    scope: dict[str, Any]
    reason: Reason | None = None


def trace(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, *, limit: int = 20, offset: int = 0
) -> Trace:
    """The fact rows behind one figure, largest contribution first, ties by key.

    `request.figures` names one figure that is a sum or a count of rows; a ratio is traced by its parts. Raises
    `QuestionError` trace_parts naming them.
    """
    name = request.figures[0]
    definition = figure(name)
    if name not in TRACEABLE:
        parts = traceable_parts(name) or TRACEABLE
        raise QuestionError(
            "trace_parts",
            f"'{name}' is not a sum of rows; trace what it is made of.",
            given=name,
            allowed=list(parts),
            todo=f"goldloop trace --figure {parts[0]} ...",
            name=name,
            formula=definition.formula,
        )
    question = resolve(engine, viewer, stores, replace(request, by=(), compare=None))
    engine = question.engine(engine)
    assembly = Assembly(engine, question, small_tables(engine, question))
    answer = assembly.answer()
    value = answer.value(name)
    behind = Behind(assembly.reader)
    known = value is not None
    rows, count, total = _page(
        assembly.reader, behind.sums(name) if known else [], behind.costs(name) if known else [], limit, offset
    )
    names = {s.id: s.name for s in question.stores.values()}
    minor = question.minor if definition.unit == "money" else int
    return Trace(
        figure=name,
        value=value,
        total=minor(total) if known else None,
        count=count,
        currency=answer.currencies[0],
        source=answer.data["sources"][0],
        rows=[{**r, "store_name": names[r["store"]], "contribution": minor(r["contribution"])} for r in rows],
        scope=answer.scope,
        reason=next(iter(answer.reasons), None),
    )


def _page(
    reader: Reader, sums: Sequence[Sum], costs: list[dict[str, Any]], limit: int, offset: int
) -> tuple[list[dict[str, Any]], int, int]:
    """One page over costs and several groups of rows, with the count and the sum of all of them."""
    costs = sorted(costs, key=lambda cost: (-abs(cost["contribution"]), *(cost[key] for key in TABLES["costs"].key)))
    found = [_row(cost, "costs") for cost in costs[offset : offset + limit]]
    count, total = len(costs), sum(cost["contribution"] for cost in costs)
    for one in sums:
        sql = reader.engine.compiled(one.group, reader.q.shape)
        keys = _keys(one.group)
        columns = ", ".join(f'"{column}"' for column in dict.fromkeys((*keys, "day")))
        inner = f"SELECT {columns}, CAST({one.value} AS {reader.engine.wide}) AS contribution FROM ({sql}) AS rows WHERE {one.condition}"
        inner = f"SELECT * FROM ({inner}) AS told WHERE coalesce(contribution, 0) <> 0"
        counted = reader.engine.run(f"SELECT count(*), coalesce(sum(contribution), 0) FROM ({inner})", reader.tables)
        skip, room = max(offset - count, 0), limit - len(found)
        if room > 0:
            ordered = f"ORDER BY abs(contribution) DESC, {', '.join(keys)} LIMIT {int(room)} OFFSET {int(skip)}"
            page = reader.engine.run(f"SELECT * FROM ({inner}) {ordered}", reader.tables)
            found += [_row(row, TABLE_OF[one.group]) for row in page.dicts()]
        count += counted.rows[0][0]
        total += int(counted.rows[0][1])
    return found, count, total


def _keys(group: str) -> tuple[str, ...]:
    """The columns that tell the rows of a group apart: rows of orders may be those of their lines."""
    table = TABLE_OF[group]
    return TABLES["order_lines" if table == "orders" else table].key


def _row(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    table = "order_lines" if table == "orders" and row.get("line_key") is not None else table
    keys = {k: row[k] for k in TABLES[table].key}
    return {"table": table, "store": row["store"], "key": keys, "day": row["day"], "contribution": row["contribution"]}
