"""`sql` and `views export`: the facts for analysts, in a language of their own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldloop.cli.command import Answer, Run

if TYPE_CHECKING:
    from goldloop.cli.output import Screen

SHOWN = 200  # rows on a screen
FORMS = ("table", "csv", "json", "xlsx", "parquet")


def sql(
    run: Run,
    query: Annotated[str, typer.Argument(help="One SELECT; none: what can be asked.")] = "",
    form: Annotated[str, typer.Option("--format", help="table, csv, json, xlsx or parquet.")] = "",
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Write the rows into a file.")] = "",
) -> Answer:
    """Ask the facts in SQL of your own: views of every table, to be read only."""
    from goldloop.cli import list_files, row_files

    if not query:
        return _views(run)
    form = list_files.chosen(form, out, FORMS, otherwise="csv", name="rows")
    found = run.shop().sql(query)
    if out and form == "parquet":
        import pyarrow.parquet as pq

        with list_files.writing(Path(out)):
            pq.write_table(found, out)
        return _written(run, out, found.num_rows)
    numbers = _numbers(found)
    columns = {name: "number" if place in numbers else "text" for place, name in enumerate(found.column_names)}
    rows = [{name: _plain(value) for name, value in row.items()} for row in found.to_pylist()]
    if form == "xlsx" and found.num_rows >= row_files.ROWS:
        raise row_files.too_large(found.num_rows, 0)
    if out:
        list_files.write(Path(out), form, columns, rows, {"sql": query})
        return _written(run, out, found.num_rows)
    if form == "csv":
        return Answer(None, lambda screen: screen.raw(list_files.csv_text(columns, rows).rstrip("\n")))
    data = {"columns": found.column_names, "rows": found.to_pylist(), "count": found.num_rows}

    def show(screen: Screen) -> None:
        screen.table(found.column_names, [list(row.values()) for row in rows[:SHOWN]], right=numbers)
        screen.line(run.words("sql_rows" if len(rows) <= SHOWN else "sql_rows_shown", count=len(rows), shown=SHOWN))

    return Answer(data, show)


def views_export(
    run: Run, file: Annotated[str, typer.Argument(metavar="FILE", help="A name that ends in .sql or .duckdb.")]
) -> Answer:
    """Write the views into a file for any DuckDB, notebook or BI tool; again after an import."""
    count = run.shop().views_export(file)
    return Answer(
        {"file": file, "views": count}, lambda screen: screen.line(run.words("views_written", count=count, file=file))
    )


def _views(run: Run) -> Answer:
    from goldloop.lake import views

    run.shop().sql("SELECT 1")  # whoever may not ask is told so
    found = [
        {"view": table.name, "about": table.doc, "columns": [{"name": c.name, "type": c.type, "about": views.described(c)} for c in table.columns]}
        for table in views.VIEWS
    ]  # fmt: skip

    def show(screen: Screen) -> None:
        screen.table(
            [run.words("sql_view"), run.words("sql_columns"), run.words("sql_about")],
            [[table.name, len(table.columns), table.doc] for table in views.VIEWS],
            right=[1],
        )
        screen.line(run.words("sql_next"))

    return Answer({"views": found}, show)


def _written(run: Run, out: str, count: int) -> Answer:
    return Answer(
        {"file": out, "count": count}, lambda screen: screen.line(run.words("sql_written", count=count, file=out))
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | Decimal) else str(value)


def _numbers(found: Any) -> list[int]:
    import pyarrow.types as kinds

    return [
        place
        for place, field in enumerate(found.schema)
        if kinds.is_integer(field.type) or kinds.is_floating(field.type) or kinds.is_decimal(field.type)
    ]


COMMANDS = [("sql", sql), ("views export", views_export)]
