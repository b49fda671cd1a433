"""`parent.py ADDRESS FOLDER`: imports the libraries of a command and its modules, then forks a child for each that is asked
for. What homes have in common is kept in FOLDER: their first tables, the SQL of their figures."""

# ruff: noqa: E402, F401
from __future__ import annotations

import gc
import marshal
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import cryptography.fernet
import deltalake
import django.contrib.auth.hashers
import django.core.management
import django.db.backends.sqlite3.base
import django.db.models
import duckdb
import ibis.backends.duckdb
import numpy
import pyarrow.compute
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet
import rich.progress
import rich.table
import sqlglot
import typer
from statements import kept
from tables import copied

from goldloop import home

home.connect(home.locate(os.devnull))  # a command begins with Django on another home, and moves it to its own

import goldloop.cli.app
import goldloop.cli.output
import goldloop.connectors.normalise
import goldloop.connectors.recognise
import goldloop.jobs.import_file
import goldloop.lake.lake
import goldloop.metrics.engines.duckdb
import goldloop.metrics.engines.engine
import goldloop.metrics.query
import goldloop.metrics.why
import goldloop.shop


def child(asked: socket.socket, shared: Path) -> int:
    """Take the place of the one who asks, run the command; its exit code."""
    size, files, _, _ = socket.recv_fds(asked, 4, 3)
    arguments, folder, environment = marshal.loads(b"".join(pieces(asked, int.from_bytes(size, "big"))))
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["goldloop", *arguments]
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(n, mode, encoding="utf-8", closefd=False) for n, mode in enumerate("rww")
    )
    from goldloop.cli import main

    home._migrate = copied(home._migrate, shared / "commands.sqlite3")
    try:
        return main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def pieces(source: socket.socket, left: int) -> Iterator[bytes]:
    """The next `left` bytes."""
    while left and (piece := source.recv(left)):
        left -= len(piece)
        yield piece


def serve(address: str, shared: Path) -> None:
    """Fork for each connection until ended."""
    engine = goldloop.metrics.engines.engine
    engine._compile = kept(engine._compile, shared / "sql")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children answer by the socket; nobody waits for them
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(address)
        here.listen(16)
        gc.freeze()
        print("ready", flush=True)
        while True:
            asked, _ = here.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                code = 1
                try:
                    code = child(asked, shared)
                finally:
                    asked.sendall(bytes([code & 255]))
                    os._exit(code)
            asked.close()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
