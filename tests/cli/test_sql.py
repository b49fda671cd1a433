"""SQL of one's own: what figures say, read only, nothing but the lake, for who may see everything."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import row, stock, write

from goldloop.cli import main
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.shop import Shop

GMV = "SELECT name, sum(gmv) AS gmv FROM orders JOIN stores ON id = store WHERE counts GROUP BY ALL ORDER BY name"


def two_stores(home: Home) -> None:
    """Two stores with an order file each."""
    stock(home, "Ours", "Theirs")
    with TemporaryDirectory() as folder:
        for name, price in (("Ours", "10.00"), ("Theirs", "0.99")):
            rows = [row(f"{name}-{n}", price=price, store=name) for n in range(3)]
            Shop(home).import_files([write(Path(folder) / f"{name}.csv", rows)], store=name)


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    return Shop(fresh_home(tmp_path / "two stores", two_stores))


def said(capsys: pytest.CaptureFixture[str], shop: Shop, *given: str, code: int = 0) -> str:
    assert main(["--home", str(shop.home.root), *given]) == code
    return capsys.readouterr().out


def test_views_say_what_figures_say(shop: Shop) -> None:
    answer = shop.figures(("gmv",), by="store")
    figures = dict(zip(answer.columns["store"], answer.columns["gmv"], strict=True))
    assert {row["name"]: int(row["gmv"]) for row in shop.sql(GMV).to_pylist()} == figures
    assert shop.sql("SELECT count(*) AS n FROM shipments")["n"][0].as_py() == 0  # a view without rows


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("DROP VIEW orders", "sql_one_select"),
        ("SELECT 1; SELECT 2", "sql_one_select"),
        ("COPY (SELECT 1) TO 'here.csv'", "sql_one_select"),
        ("SET enable_external_access = true", "sql_one_select"),
        ("SELECT * FROM read_csv('/etc/passwd')", "sql_failed"),
        ("SELECT * FROM 'goldloop.db'", "sql_failed"),
        ("SELECT * FROM nothing", "sql_failed"),
        ("", "sql_one_select"),
    ],
)
def test_nothing_is_changed_and_nothing_else_is_read(shop: Shop, query: str, code: str) -> None:
    with pytest.raises(GoldloopError) as refused:
        shop.sql(query)
    assert refused.value.code == code


def test_only_who_sees_everything_may_ask(shop: Shop, tmp_path: Path) -> None:
    ours = frozenset({shop.store("Ours").id})
    every = ours | {shop.store("Theirs").id}
    for viewer, code in (
        (Viewer(ours), "group_right_needed"),
        (Viewer(every, hidden=frozenset({"cost"})), "sql_hidden"),
    ):
        for ask in (lambda one: one.sql("SELECT 1"), lambda one: one.views_export(tmp_path / "views.sql")):
            with pytest.raises(GoldloopError) as refused:
                ask(shop.seen_by(viewer))
            assert refused.value.code == code
    assert not (tmp_path / "views.sql").exists()


def test_written_views_open_in_any_duckdb(shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = [tuple(row.values()) for row in shop.sql(GMV).to_pylist()]
    for name in ("views.duckdb", "views.sql"):
        said(capsys, shop, "views", "export", str(tmp_path / name))
    with duckdb.connect(tmp_path / "views.duckdb", read_only=True) as opened:
        assert opened.execute(GMV).fetchall() == expected
        about = "SELECT comment FROM duckdb_columns() WHERE table_name = 'orders' AND column_name = 'gmv'"
        assert "[minor units" in str(opened.execute(about).fetchone())
    with duckdb.connect() as fresh:
        fresh.execute((tmp_path / "views.sql").read_text("utf-8"))
        assert fresh.execute(GMV).fetchall() == expected
    wrong = said(capsys, shop, "views", "export", str(tmp_path / "views.txt"), "--json", code=2)
    assert json.loads(wrong)["error"]["code"] == "sql_file"


def test_rows_come_as_a_table_json_and_files(shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Theirs" in said(capsys, shop, "sql", GMV)
    found = json.loads(said(capsys, shop, "sql", GMV, "--json"))
    assert found["columns"] == ["name", "gmv"] and found["count"] == 2
    assert said(capsys, shop, "sql", GMV, "--format", "csv").splitlines() == ["name,gmv", "Ours,3000", "Theirs,297"]
    for ending in ("csv", "xlsx", "parquet", "json"):
        said(capsys, shop, "sql", GMV, "--out", str(tmp_path / f"rows.{ending}"))
    assert duckdb.read_parquet(str(tmp_path / "rows.parquet")).fetchall() == [("Ours", 3000), ("Theirs", 297)]
    views = json.loads(said(capsys, shop, "sql", "--json"))["views"]
    assert {"stores", "orders", "order_lines"} <= {one["view"] for one in views}


def test_answers_are_taken_by_libraries_as_they_are(shop: Shop) -> None:
    import polars
    import pyarrow

    answer = shop.figures(("gmv", "orders", "conversion"), by="store")
    frame = polars.DataFrame(answer)
    assert frame.rows() == [tuple(row.values()) for row in pyarrow.table(answer).to_pylist()]
    assert [str(value) for value in frame["gmv"]] == ["30.000000", "2.970000"] and frame["conversion"].null_count() == 2
    assert duckdb.sql("SELECT sum(orders) FROM answer").fetchall() == [(6,)]
    assert answer.to_pandas()["orders"].sum() == 6
