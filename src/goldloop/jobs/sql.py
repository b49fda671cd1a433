"""SQL of the analyst's own on views of the facts: reading only, of nothing but the lake, for who may see all of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.lake.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

FILES = (".sql", ".duckdb")


def query(snapshot: Snapshot, viewer: Viewer, sql: str) -> pa.Table:
    """The rows of one SELECT on the views of `lake.views`.

    Raises `group_right_needed`, `sql_hidden` where the viewer may not see every store and every field, `sql_one_select`,
    `sql_failed` with what the engine says.
    """
    import duckdb

    check_sees_all(viewer)
    with _opened(snapshot) as connection:
        try:
            found = connection.extract_statements(sql)
            if len(found) != 1 or found[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
                raise GoldloopError(
                    "sql_one_select",
                    "One SELECT at a time; facts are changed by imports only.",
                    given=sql[:200],
                    allowed="SELECT ..., WITH ... SELECT ..., DESCRIBE orders",
                )
            return connection.execute(found[0]).to_arrow_table()
        except duckdb.Error as error:
            raise GoldloopError(
                "sql_failed", f"The engine says: {error}", given=sql[:200], todo="goldloop sql", said=str(error)
            ) from None


def check_sees_all(viewer: Viewer) -> None:
    """Raise `group_right_needed` or `sql_hidden` unless nothing of the lake is hidden from the viewer: SQL knows no rights."""
    shops.check_whole_group(viewer=viewer)
    if viewer.hidden:
        raise GoldloopError(
            "sql_hidden",
            "Some figures are hidden from this person, and SQL of one's own cannot hide them.",
            given=sorted(viewer.hidden),
            allowed="figures, why, trace",
        )


def write_views(snapshot: Snapshot, viewer: Viewer, path: Path) -> int:
    """Write the views into a file: `.sql`, the statements, or `.duckdb`, a database; gives back how many views.

    Raises as `check_sees_all`, `sql_file` for another ending, `out_exists` for a file that is there and none of these.
    """
    import duckdb

    from goldloop.lake import views

    check_sees_all(viewer)
    if path.suffix not in FILES:
        raise GoldloopError(
            "sql_file", f"'{path.name}' ends in none of {', '.join(FILES)}.", given=path.name, allowed=list(FILES), name=path.name
        )  # fmt: skip
    made = list(views.statements(snapshot))
    if path.suffix == ".sql":
        path.write_text(";\n".join(made) + ";\n", encoding="utf-8")
    else:
        try:
            with duckdb.connect(path) as connection:
                for statement in made:
                    connection.execute(statement)
        except duckdb.Error as error:
            raise GoldloopError(
                "sql_failed", f"The engine says: {error}", given=str(path), todo="goldloop sql", said=str(error)
            ) from None
    return len(views.VIEWS)


@contextmanager
def _opened(snapshot: Snapshot) -> Iterator[DuckDBPyConnection]:
    """A connection that has the views and reaches no file but theirs."""
    import duckdb

    from goldloop.lake import views

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        for statement in views.statements(snapshot):
            connection.execute(statement)
        folder = str(views.folder(snapshot)).replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{folder}/']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
