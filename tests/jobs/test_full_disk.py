"""REL-05: the n-th write fails, the disk is full, database or folder may not be written: said in words, nothing by half."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import facts, goldloop, many, stock, write

from goldloop.core.errors import WorkFailed
from goldloop.home import Home
from goldloop.shop import Shop

KINDS = {
    "full": (errno.ENOSPC, "database or disk is full"),
    "read only": (errno.EROFS, "attempt to write a readonly database"),
    "broken": (errno.EIO, "disk I/O error"),
}
CODES = {"disk_full", "not_writable", "lake_not_writable", "lake_failed", "file_failed", "database_failed"}
LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""  # no file may grow beyond so many bytes, whoever writes it: engine, log, database
READ_ONLY = """
def read_only(database):
    database["OPTIONS"]["init_command"] += "PRAGMA query_only=ON;"
    return database
"""
LIMITS = 200 if os.environ.get("GOLDLOOP_SOAK") else 5


@contextmanager
def failing(number: int, kind: str) -> Iterator[Callable[[], int]]:
    """Every write of files, lake and database counts; the one with this number fails. Gives how many there were."""
    from django.db import OperationalError, connection

    from goldloop.jobs import vault
    from goldloop.lake import work

    code, words = KINDS[kind]
    seen = 0

    def tick(error: Exception) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise error

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            tick(OSError(code, os.strerror(code), "/somewhere"))
            return function(*args, **kwargs)

        return write

    def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN")):
            tick(OperationalError(words))
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for place, name in ((work.pq, "ParquetWriter"), (work, "commit"), (work, "force"), (vault, "force")):
            stack.enter_context(patch.object(place, name, counted(getattr(place, name))))
        stack.enter_context(patch.object(vault.Vault, "_seal", counted(vault.Vault._seal)))
        stack.enter_context(connection.execute_wrapper(statement))
        yield lambda: seen


@pytest.mark.parametrize("kind", KINDS)
def test_whichever_write_fails_nothing_is_loaded_by_half(home: Home, tmp_path: Path, kind: str) -> None:
    stock(home)
    shop = Shop(home)
    shop.import_files([write(tmp_path / "first.csv", many(range(9)))])
    second = write(tmp_path / "second.csv", [*many(range(6, 12)), ("X", "cup", "1", "free", "2026-03-05", "b", "A")])
    before, number = facts(home), list(KINDS).index(kind) - 2
    while True:
        number += 3  # the three kinds together let each write fail once
        with failing(number, kind) as count:
            try:
                shop.import_files([second])
                break
            except WorkFailed as error:
                assert error.code in CODES, error
                assert error.todo or error.code == "file_failed"
        assert count() >= number
        assert facts(home) == before, number
        assert [r.file for r in shop.imports()] == ["first.csv"]
    assert number > 20  # so many writes make an import
    assert facts(home) == undisturbed(tmp_path, second)


def undisturbed(tmp_path: Path, second: Path) -> dict[str, list[dict[str, Any]]]:
    """The facts of a home on which nothing failed."""
    other = fresh_home(tmp_path / "other")
    stock(other)
    Shop(other).import_files([tmp_path / "first.csv", second])
    return facts(other)


@pytest.mark.kills
def test_a_full_disk_corrupts_nothing_and_the_import_resumes(home: Home, tmp_path: Path) -> None:
    stock(home)
    shop = Shop(home)
    first = write(tmp_path / "first.csv", many(range(30)))
    second = write(tmp_path / "second.csv", many(range(20, 3000)))
    shop.import_files([first])
    before, database = facts(home), home.root / "goldloop.sqlite3"
    largest = max(*(p.stat().st_size for p in home.root.rglob("*") if p.is_file()), second.stat().st_size)
    for n in range(LIMITS):
        size = 1 + largest * n // LIMITS
        done = goldloop(home, "import", str(second), "--json", code=LIMIT.format(size=size))
        if done.returncode == 0:
            continue  # room enough for this one
        assert done.returncode == 1, done.stdout + done.stderr
        assert json.loads(done.stdout)["error"]["code"] in CODES, done.stdout
        with sqlite3.connect(database) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert facts(home) == before
    assert Shop(home).import_files([second])[0].state == "done"
    assert facts(home) == undisturbed(tmp_path, second)


def test_a_database_that_may_only_be_read_is_named(home: Home, tmp_path: Path) -> None:
    stock(home)
    file = write(tmp_path / "a.csv", many(range(3)))
    Shop(home).import_files([file])
    code = (
        "from goldloop import settings\nsettings._sqlite, made = (lambda path: read_only(made(path))), settings._sqlite"
    )
    code = READ_ONLY + code
    other = write(tmp_path / "b.csv", many(range(5)))
    done = goldloop(home, "import", str(other), "--json", code=code)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "not_writable"), done.stdout
    figures = goldloop(home, "figures", "orders", "--json", code=code)
    assert json.loads(figures.stdout)["rows"][0]["orders"] == 3, figures.stdout  # reading goes on
