"""From a figure to the fact rows it is made of; their sum is the figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.lake.schema import TABLES
from goldloop.metrics.definitions import FIGURES, figure
from goldloop.metrics.engines.duckdb import compiled
from goldloop.metrics.query import Question, QuestionError, Request, figures, resolve, small_tables

if TYPE_CHECKING:
    from goldloop.metrics.engines.duckdb import Engine

# Figure -> the column of the row groups that holds what a row contributes.
FROM_ORDERS = (
    "gmv", "gmv_all", "orders", "units", "refunded_gmv", "identified_gmv", "unidentified_gmv", "buyers", "user_paid",
    "list_value", "postage",
)  # fmt: skip
FROM_ROOT = ("visitors", "visitor_days", "page_views", "buyer_days")
ON_ROOT = ("gmv", "orders", "units", "buyers", "gmv_all")  # order figures whose root can be the platform's row
FROM_ADS = ("ad_cost", "impressions", "clicks")
TRACEABLE = (*FROM_ORDERS, *FROM_ROOT, "refunds", *FROM_ADS)


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
    are; `rows` is the page asked for: table, store (name), key columns, day and contribution.
    """

    figure: str
    value: Any
    total: Any
    count: int
    currency: str | None
    source: str
    rows: list[dict[str, Any]]
    scope: dict[str, Any]


def trace(
    engine: Engine, viewer: Viewer, stores: Mapping[int, Store], request: Request, *, limit: int = 20, offset: int = 0
) -> Trace:
    """The fact rows behind one figure, largest contribution first, ties by key.

    `request.figures` names one figure that is a sum or a count of rows; a ratio is traced by its parts. Raises
    `QuestionError` trace_ratio naming them.
    """
    name = request.figures[0]
    definition = figure(name)
    if name not in TRACEABLE:
        parts = [n for n in definition.rule.inputs if n in FIGURES] or [n for n in TRACEABLE]
        raise QuestionError(
            "trace_parts",
            f"'{name}' is not a sum of rows; trace what it is made of.",
            given=name,
            allowed=parts,
            todo=f"goldloop trace --figure {parts[0]} ...",
            name=name,
            formula=definition.formula,
        )
    request = replace(request, by=(), compare=None)
    answer = figures(engine, viewer, stores, request)
    question = resolve(engine, viewer, stores, request)
    source = answer.data["sources"][0]
    groups = _groups(name, source, answer.data["buyer_basis"][0])
    rows, count, total = _page(question.engine(engine), question, groups, limit, offset)
    names = {s.id: s.name for s in question.stores.values()}
    minor = question.minor if definition.unit == "money" else int
    return Trace(
        figure=name,
        value=answer.value(name),
        total=minor(total),
        count=count,
        currency=answer.currencies[0],
        source=source,
        rows=[{**r, "store_name": names[r["store"]], "contribution": minor(r["contribution"])} for r in rows],
        scope=answer.scope,
    )


def _groups(name: str, source: str, buyer_basis: str | None) -> list[tuple[str, str, str, str]]:
    """(group, fact table, condition, column to add up) of the rows that make the figure on this source."""
    if name in ("identified_gmv", "unidentified_gmv") and source in ("platform", "mixed") and buyer_basis != "identity":
        if name == "unidentified_gmv":
            return []  # on the platform's own basis every buyer is known to it
        name = "gmv"
    root = ("root_rows", "store_day", "true", name)
    if name == "refunds":
        return [root if source == "platform" else ("refund_rows", "refunds", "true", name)]
    if name in FROM_ADS:
        return [("ad_rows", "ads", "true", name)]
    if name in FROM_ROOT or (name == "buyers" and buyer_basis != "identity"):
        return [root]
    if source in ("platform", "mixed") and name in ON_ROOT and name != "buyers":
        return _on_root(name, source)
    out = [("excluded_rows", "orders", "true", name)] if name == "gmv_all" else []
    return [("order_rows", "orders", "true", name), *out]


def _on_root(name: str, source: str) -> list[tuple[str, str, str, str]]:
    """The platform's rows, what exclusions take out of them, and on a mixed source the orders of the other days."""
    found = [("root_rows", "store_day", "gmv IS NOT NULL", "gmv" if name == "gmv_all" else name)]
    if name == "gmv":
        found += [(group, "orders", "on_root_day", "excluded") for group in ("excluded_rows", "order_rows")]
    if source == "mixed":
        found.append(("order_rows", "orders", "NOT on_root_day", name))
        found += [("excluded_rows", "orders", "NOT on_root_day", name)] if name == "gmv_all" else []
    return found


def _page(
    engine: Engine, question: Question, groups: list[tuple[str, str, str, str]], limit: int, offset: int
) -> tuple[list[dict[str, Any]], int, int]:
    """One page over several groups of rows, with the count and the sum of all of them."""
    tables = small_tables(engine, question)
    found: list[dict[str, Any]] = []
    count = total = 0
    for group, table, condition, column in groups:
        sql = compiled(group, question.shape, engine.cache)
        inner = f'SELECT *, "{column}" AS contribution FROM ({sql}) WHERE {condition} AND coalesce("{column}", 0) <> 0'
        counted = engine.run(f"SELECT count(*), coalesce(sum(contribution), 0) FROM ({inner})", tables).rows[0]
        skip = max(offset - count, 0)
        room = limit - len(found)
        if room > 0:
            page = engine.run(
                f"SELECT * FROM ({inner}) ORDER BY abs(contribution) DESC, {_ties(group)} LIMIT {int(room)} OFFSET {int(skip)}",
                tables,
            )
            found += [_row(r, table) for r in page.dicts()]
        count += counted[0]
        total += int(counted[1])
    return found, count, total


def _ties(group: str) -> str:
    return {
        "order_rows": "store, order_id, line_key",
        "excluded_rows": "store, order_id, line_key",
        "refund_rows": "store, refund_id",
        "root_rows": "store, day, report",
        "ad_rows": "store, first_day, tool, campaign_id, subject_id",
    }[group]


def _row(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    line = row.get("line_key")
    table = "order_lines" if table == "orders" and line is not None else table
    keys = {k: row[k] for k in TABLES[table].key}
    return {"table": table, "store": row["store"], "key": keys, "day": row["day"], "contribution": row["contribution"]}
