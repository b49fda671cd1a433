"""A lake in object storage: published by parts and seen as a whole, read with the same answers, never written."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import code_of, facts, goldloop, many, stock, write
from tests.lake import storage

from goldloop import home as homes
from goldloop import settings
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.lake.objects import Address, Objects
from goldloop.shop import Shop

FIGURES = ("gmv", "orders", "buyers", "new_buyers", "units", "order_value", "refund_rate")
DAYS: dict[str, Any] = {"first": "2026-01-01", "last": "2026-03-31", "basis": "orders"}
NUMBER = iter(range(1000))
# Ends the process when the n-th file is about to be sent, or, for 0, when the name of the state is.
KILLED = """
import os, signal
from goldloop.lake import objects
def end():
    os.kill(os.getpid(), signal.SIGKILL)
put, write, seen = objects.Objects.put, objects.Objects.write, []
def killing(self, name, file):
    seen.append(name)
    if len(seen) == {number}:
        end()
    put(self, name, file)
def naming(self, name, content):
    if not {number} and name == "goldloop.json":
        end()
    write(self, name, content)
objects.Objects.put, objects.Objects.write = killing, naming
"""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with storage.server(tmp_path_factory.mktemp("storage")) as found:
        storage.bucket(found, "shop-lake")
        yield found


@pytest.fixture
def address(endpoint: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address at which nothing lies yet."""
    storage.use(monkeypatch, endpoint)
    monkeypatch.setattr("goldloop.jobs.publishing.FRESH", 0.0)
    return f"s3://shop-lake/group/{next(NUMBER)}"


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    stock(home)
    Shop(home).import_files([write(tmp_path / "a.csv", many(range(120)))])
    return Shop(home)


def reader(shop: Shop, address: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The same home on another machine, without its lake."""
    if not folder.exists():
        shutil.copytree(shop.home.root, folder, ignore=shutil.ignore_patterns("lake"))
    with monkeypatch.context() as patch:
        patch.setenv("GOLDLOOP_LAKE", address)
        return Shop(homes.locate(folder))


def answers(shop: Shop) -> dict[str, Any]:
    """What a shop says of itself, of every kind that reads other files."""
    cuts: tuple[tuple[str, ...], ...] = ((), ("month",), ("product",))
    return {
        "figures": [shop.figures(FIGURES, by=by, new="first-in-data", **DAYS).rows() for by in cuts],
        "why": shop.why("gmv", first="2026-03-01", last="2026-03-31", basis="orders").as_dict(),
        "trace": shop.trace("gmv", limit=5, **DAYS)["rows"],
        "history": shop.order_history("N7"),
        "sql": shop.sql("SELECT count(*) AS n, sum(gmv) AS gmv FROM order_lines").to_pylist(),
        "facts": facts(shop.home),
    }


def test_a_published_lake_says_the_same(
    shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = shop.lake_publish(address)
    assert done["sent"] > 5 and done["there"] == done["removed"] == 0
    there = reader(shop, address, tmp_path / "there", monkeypatch)
    assert not (there.home.root / "lake").exists()
    first = there.figures(FIGURES, **DAYS)
    assert first.value("gmv")
    fetched = {path.relative_to(there.home.lake).parts[1] for path in there.home.lake.rglob("*.parquet")}
    assert fetched == {"orders"} and not list(there.home.lake.glob("seen/**/*.parquet"))  # only what was asked for
    wanted = answers(shop)
    assert answers(there) == wanted
    assert len(wanted["facts"]) >= 2 and wanted["trace"] and wanted["history"]
    assert there.lake_tidy().bytes == 0


def test_what_is_there_is_not_sent_again(
    shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shop.lake_publish(address)
    again = shop.lake_publish(address)
    assert (again["sent"], again["there"]) == (0, first["sent"])
    there = reader(shop, address, tmp_path / "there", monkeypatch)
    before = there.snapshot()
    shop.import_files([write(tmp_path / "b.csv", many(range(100, 160)))])
    more = shop.lake_publish(address)
    assert 0 < more["sent"] < first["sent"] + more["sent"] and more["there"] > 0
    assert all(Path(file).exists() for name in before.versions for file in before.files(name))  # a reader at work
    assert there.figures(FIGURES, **DAYS).rows() == shop.figures(FIGURES, **DAYS).rows()
    assert there.lake_tidy().bytes == 0  # of a state that was replaced just now
    with monkeypatch.context() as patch:
        patch.setattr("goldloop.jobs.tidy.READERS", timedelta(0))
        assert there.lake_tidy().bytes > 0
    left = {str(path) for path in there.home.lake.rglob("*.parquet")}
    assert left <= {file for name in there.snapshot().versions for file in there.snapshot().files(name)}
    swept = shop.lake_publish(address, sweep=True)
    assert swept["removed"] > 0 and shop.lake_publish(address, sweep=True)["removed"] == 0
    assert answers(reader(shop, address, tmp_path / "fresh", monkeypatch)) == answers(shop)


@pytest.mark.parametrize("number", [1, 4, 0])
def test_killed_in_the_middle_the_state_before_holds(
    number: int, shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.lake_publish(address)
    wanted = answers(shop)
    shop.import_files([write(tmp_path / "b.csv", many(range(100, 300)))])
    done = goldloop(shop.home, "lake", "publish", address, code=KILLED.format(number=number))
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert answers(reader(shop, address, tmp_path / "there", monkeypatch)) == wanted
    told = goldloop(shop.home, "lake", "publish", address, "--json")
    assert told.returncode == 0, told.stderr
    assert (json.loads(told.stdout)["there"] > 0) and answers(shop) != wanted
    assert answers(reader(shop, address, tmp_path / "there", monkeypatch)) == answers(shop)


def test_half_a_file_is_sent_again(shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, objects = shop.snapshot(), Objects(settings.address(address))
    part = snapshot.parts("facts/order_lines")[0]
    objects.write(f"facts/order_lines/{part.path}", b"half")
    assert shop.lake_publish(address)["there"] == 0
    assert answers(reader(shop, address, tmp_path / "there", monkeypatch)) == answers(shop)


def test_only_reading(shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.lake_publish(address)
    there = reader(shop, address, tmp_path / "there", monkeypatch)
    wanted, stores = answers(there), [store.name for store in there.stores()]
    file = write(tmp_path / "b.csv", many(range(500, 510)))
    for change in (
        lambda: there.import_files([file]), lambda: there.store_add("B", platform="tmall"),
        lambda: there.store_set("A", day_starts="04:00"), there.lake_rebuild, lambda: there.import_undo([1]),
        lambda: there.forget(store="A", order="N7"), lambda: there.lake_publish(f"{address}/again"),
    ):  # fmt: skip
        assert code_of(change) == "lake_read_only"
    assert there.import_files([file], dry_run=True)[0].state == "tried"
    assert answers(there) == wanted and [store.name for store in there.stores()] == stores
    assert len(there.imports()) == len(shop.imports())


def test_what_is_not_there_is_said(shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = reader(shop, address, tmp_path / "there", monkeypatch)
    assert code_of(there.snapshot) == "lake_unpublished"
    assert code_of(shop.lake_publish, "s3://no-such-bucket/lake") == "bucket_unknown"
    assert (
        code_of(reader(shop, "s3://no-such-bucket/lake", tmp_path / "there", monkeypatch).snapshot) == "bucket_unknown"
    )
    assert code_of(shop.lake_publish, "s3://shop-lake") == code_of(shop.lake_publish, "/tmp") == "storage_address"
    told = goldloop(shop.home, "lake", "publish", "s3://no-such-bucket/lake", "--json")
    assert told.returncode == 1 and json.loads(told.stdout)["error"]["code"] == "bucket_unknown"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{storage.free_port()}")
    assert code_of(shop.lake_publish, address) == "storage_unreachable"


def test_wrong_keys_are_refused(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with storage.server(tmp_path, INITIAL_NO_AUTH_ACTION_COUNT="2") as strict:
        storage.bucket(strict, "shop-lake")
        storage.use(monkeypatch, strict)
        assert code_of(shop.lake_publish, "s3://shop-lake/group") == "storage_denied"
        assert (
            code_of(reader(shop, "s3://shop-lake/group", tmp_path / "there", monkeypatch).snapshot) == "storage_denied"
        )


def test_a_lake_of_another_home_is_neither_read_nor_replaced(
    shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.lake_publish(address)
    other = fresh_home(tmp_path / "other")
    (other.root / "keys" / "identity.key").write_text("5" * 64)
    stock(other)
    Shop(other).import_files([write(tmp_path / "c.csv", many(range(3)))])
    assert code_of(Shop(other).lake_publish, address) == "lake_of_another_home"
    assert code_of(reader(Shop(other), address, tmp_path / "stranger", monkeypatch).snapshot) == "lake_of_another_home"
    homes.connect(shop.home)
    assert shop.lake_publish(address)["sent"] == 0


def test_of_another_version_or_spoilt_it_is_not_read(
    shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.lake_publish(address)
    there = reader(shop, address, tmp_path / "there", monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr("goldloop.jobs.writing.columns_mark", lambda: "others")
        assert code_of(there.snapshot) == "lake_outdated"
    objects = Objects(settings.address(address))
    part = there.snapshot().parts("facts/orders")[0]
    objects.remove([f"facts/orders/{part.path}"])
    assert code_of(there.figures, FIGURES, **DAYS) == "state_gone"
    objects.write("goldloop.json", b"{}")
    assert code_of(there.snapshot) == "state_unreadable"


def test_nothing_to_publish(home: Home, address: str) -> None:
    assert code_of(Shop(home).lake_publish, address) == "lake_empty"


def test_several_fetch_at_once(shop: Shop, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.lake_publish(address)
    there = reader(shop, address, tmp_path / "there", monkeypatch)
    snapshots = [there.snapshot() for _ in range(4)]
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda one=one: found.append([f for n in sorted(one.versions) for f in one.files(n)]))
        for one in snapshots
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(one == found[0] for one in found)
    assert facts(there.home) == facts(shop.home) and not list(there.home.lake.rglob(".part-*"))


def test_an_address_says_what_it_may_be() -> None:
    assert str(Address.of("s3://shop.lake-1/a/b=c/")) == "s3://shop.lake-1/a/b=c"
    for wrong in ("s3://b/x", "s3://bucket", "s3://bucket/a//b", "s3://bucket/a b", "s3://bucket/.a", "http://x/y"):
        with pytest.raises(GoldloopError) as caught:
            Address.of(wrong)
        assert caught.value.code == "storage_address"
