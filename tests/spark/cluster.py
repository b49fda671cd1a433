"""Spark's own processes on this machine: a master with workers, or a Spark Connect server; and reports asked of them."""

from __future__ import annotations

import importlib.util
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 180  # seconds until a process answers, on a busy machine
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
CONF = f"""
spark.ui.enabled false
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.driver.memory 512m
spark.driver.extraJavaOptions {JAVA}
spark.executor.memory 512m
spark.executor.cores 1
spark.executor.extraJavaOptions {JAVA}
spark.sql.shuffle.partitions 4
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""
MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Machines:
    """Processes of the installed pyspark, each ended by its own id."""

    def __init__(self, folder: Path) -> None:
        spec = importlib.util.find_spec("pyspark")
        assert spec is not None and spec.origin is not None
        self.home = Path(spec.origin).parent
        self.folder = folder
        (folder / "spark-defaults.conf").write_text(CONF)
        self.env = {
            **os.environ, "SPARK_HOME": str(self.home), "SPARK_CONF_DIR": str(folder), "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_JAVA_OPTS": JAVA, "SPARK_DAEMON_MEMORY": "600m", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        }  # fmt: skip
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """One more process, its words in a file of the folder."""
        said = (self.folder / f"said-{len(self.running)}.log").open("wb")
        found = subprocess.Popen(command, env=self.env, cwd=self.folder, stdout=said, stderr=said)
        self.running.append(found)
        return found

    def spark_class(self, *words: str) -> subprocess.Popen[bytes]:
        """A class of Spark's; `spark-class` becomes the Java process, so that its id is that one's."""
        return self.start(str(self.home / "bin" / "spark-class"), *words)

    def said(self) -> str:
        """The words of all processes."""
        return "\n".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("said-*.log")))

    def wait_for(self, words: str, times: int = 1) -> None:
        """Until these words were said so many times."""
        end = time.monotonic() + PATIENCE
        while self.said().count(words) < times:
            assert time.monotonic() < end and all(one.poll() is None for one in self.running), self.said()[-3000:]
            time.sleep(0.2)

    def report(self, url: str, how: str = "") -> tuple[subprocess.Popen[bytes], Path]:
        """A process of its own that asks the cluster (`how`: `brief`); where it puts its answers."""
        answers = self.folder / "report.pickle"
        return self.start(sys.executable, "-m", "tests.spark.report", url, str(answers), how), answers

    def end(self) -> None:
        """End what still runs, the newest first."""
        for one in reversed(self.running):
            if one.poll() is None:
                one.send_signal(signal.SIGTERM)
                try:
                    one.wait(30)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[tuple[Machines, str]]:
    """A master with workers on the loopback, and its address."""
    machines, port = Machines(folder), free_port()
    try:
        machines.spark_class(MASTER, "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        machines.wait_for("I have been elected leader")
        url = f"spark://127.0.0.1:{port}"
        for number in range(workers):
            work = ("--host", "127.0.0.1", "--cores", "1", "--memory", "600m", "--webui-port", "0")
            machines.spark_class(WORKER, *work, "--work-dir", str(folder / f"work-{number}"), url)
        machines.wait_for("Registering worker", workers)
        yield machines, url
    finally:
        machines.end()


@contextmanager
def connect(folder: Path) -> Iterator[tuple[Machines, str]]:
    """A Spark Connect server on the loopback, and its address."""
    machines, port = Machines(folder), free_port()
    try:
        words = (
            "--conf",
            f"spark.connect.grpc.binding.port={port}",
            "--conf",
            "spark.connect.grpc.binding.address=127.0.0.1",
        )
        machines.spark_class(
            "org.apache.spark.deploy.SparkSubmit", "--master", "local[2]", *words, "--class", CONNECT, "spark-internal"
        )
        machines.wait_for("Spark Connect server started")
        yield machines, f"sc://127.0.0.1:{port}"
    finally:
        machines.end()


def answers_of(process: subprocess.Popen[bytes], answers: Path, machines: Machines) -> Any:
    """What a report found, once it has ended."""
    code = process.wait(900)
    assert code == 0, machines.said()[-5000:]
    return pickle.loads(answers.read_bytes())
