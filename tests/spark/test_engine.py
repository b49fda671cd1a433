"""The engine itself: where it is chosen, how long it may take, what it says where Spark is missing, what it writes down."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from goldloop import settings
from goldloop.metrics.engines import spark as engines
from goldloop.metrics.engines.patience import QueryTooLong, patient
from goldloop.metrics.engines.spark import small_table_sql
from goldloop.metrics.query import Request, figures
from tests.spark.parity import CNY, OWNER, PERIOD, STORES

ENDLESS = "SELECT count(*) FROM range(1000000000) AS a CROSS JOIN range(100000) AS b WHERE a.id % 7 = b.id % 3"


@pytest.mark.parametrize(
    "url", ["spark://a:7077", "spark://a:7077,b:7077", "local[2]", "local[*]", "sc://a:15002/;token=x"]
)
def test_the_engine_is_chosen_in_the_settings(url, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("GOLDLOOP_ENGINE", url)
    assert settings.read(tmp_path).engine == url


def test_without_pyspark_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pyspark'] = None\nfrom goldloop.metrics.engines.spark import session\n"
        "try: session('local[1]')\nexcept ValueError as error: print(error.code, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("spark_missing") and "goldloop[spark]" in done.stdout


def test_the_door_loads_no_engine() -> None:
    code = "import sys, goldloop.metrics.engines, goldloop.metrics.engines.spark\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pyspark", "duckdb", "ibis", "pyarrow", "numpy"} & set(done.stdout.split())


def test_text_of_a_question_stays_text() -> None:
    assert small_table_sql("where_0", [("O'Hara\\",)]).endswith("""FROM VALUES ('O\\'Hara\\\\') AS v("value")""")
    assert "explode(sequence(first_day, last_day))" in small_table_sql("buckets", [(0, *[date(2026, 1, 1)] * 3, 0)])


@pytest.mark.parametrize("said", ["O'Hara", 'a"b', "back\\slash", "新\t行\n", "%_[]*", "null\0char"])
def test_any_word_can_be_asked_for(spark, said) -> None:
    assert spark.run('SELECT "value" FROM "where_0"', {"where_0": [(said,)]}).rows == [(said,)]


def test_what_takes_too_long_is_interrupted(spark) -> None:
    with patient(2.0), pytest.raises(QueryTooLong):
        spark.run(ENDLESS, {})
    assert spark.run("SELECT 1 AS one", {}).rows == [(1,)]


def test_the_statements_of_an_answer_run_as_they_stand(spark) -> None:
    answer = figures(spark, OWNER, STORES, Request(PERIOD, ("gmv",), stores=CNY, basis="orders"))
    for statement in answer.sql.split(";\n\n"):
        assert spark._session.sql(statement.strip().rstrip(";")).columns
    assert answer.value("gmv") and "parquet.`" in answer.sql
    assert spark.plain() is spark and engines.session(spark.url) is spark._session
