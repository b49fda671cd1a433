"""A server of object storage on the loopback, of an environment of its own, as its packages fit none of ours."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / ".venv-storage" / "bin" / "moto_server"
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_EC2_METADATA_DISABLED": "true"}
OTHERS = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")
PATIENCE = 60.0  # seconds until it answers, on a busy machine


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(folder: Path, **environment: str) -> Iterator[str]:
    """The address of a server without any bucket; skips in words where it is not installed."""
    if not SERVER.exists():
        pytest.skip("no server of object storage is installed (make setup-dev)")
    port, said = free_port(), (folder / "server.log").open("wb")
    running = subprocess.Popen(
        [str(SERVER), "-H", "127.0.0.1", "-p", str(port)], stdout=said, stderr=said, env={**KEYS, **environment}
    )
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(port):
            assert time.monotonic() < end and running.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def use(patch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Let this process and those that it starts find the server, and no other one."""
    for name in OTHERS:
        patch.delenv(name, raising=False)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        patch.setenv(name, value)


def bucket(endpoint: str, name: str) -> None:
    """Make a bucket."""
    from pyarrow.fs import S3FileSystem

    S3FileSystem(
        access_key=KEYS["AWS_ACCESS_KEY_ID"],
        secret_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        endpoint_override=endpoint,
        region="us-east-1",
        allow_bucket_creation=True,
    ).create_dir(name)


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
