"""One Spark session for all of these tests, as small as their shop; skipped in words where Java or pyspark is not there."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldloop.metrics.engines import opened
from goldloop.metrics.engines.engine import Engine
from tests.metrics.facts import Facts
from tests.spark.parity import shop

# A few thousand rows: nothing is worth compiling, spreading or planning again.
SMALL = """
spark.ui.enabled false
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.shuffle.partitions 1
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""
LOCAL = "local[2]"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("spark")


def missing() -> str:
    """What Spark lacks on this machine; empty where it can be started."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed (pip install -r requirements/spark.txt)"
    java = Path(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else None
    if not (java.exists() if java else shutil.which("java")):
        return "Java is not installed"
    return ""


@pytest.fixture(scope="session")
def spark_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of settings for Spark, which the tests' session reads."""
    if reason := missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def duck(facts: Facts) -> Engine:
    return opened("duckdb", facts, in_memory=True)


@pytest.fixture(scope="session")
def spark(facts: Facts, spark_home: Path) -> Engine:
    return opened(LOCAL, facts, in_memory=True)
