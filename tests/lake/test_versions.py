"""Versions: undo, rebuild, killed writers, full disks, and readers that see one snapshot only."""

from __future__ import annotations

import errno
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from goldloop.core.errors import WorkFailed
from goldloop.core.store import Store
from goldloop.lake.delta import Part, commit
from goldloop.lake.facts import TableCount
from goldloop.lake.snapshot import Snapshot
from goldloop.lake.work import Work
from tests.lake.builders import NOON, Shop, said

LATER = NOON + timedelta(days=1)
PAID = datetime(2026, 6, 1, 12)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "lake")


def order(order_id: str = "A", **columns: Any) -> dict[str, Any]:
    return {"order_id": order_id, "placed_at": PAID, "counted_at": PAID, **columns}


def test_undo_removes_and_restores(shop: Shop) -> None:
    shop.load(said("orders", [order("A", goods_amount=100)]))
    first = shop.state()
    shop.load(said("orders", [order("A", goods_amount=90), order("B", goods_amount=1)], moment=LATER))
    undone = shop.undo(2)
    assert undone.tables == {"orders": TableCount(removed=1, updated=1)}
    assert shop.state() == first
    assert undone.touched_days["day"].to_pylist() == [PAID.date()]
    assert shop.undo(1).tables == {"orders": TableCount(removed=1)}
    assert shop.rows("orders") == []


def test_undo_of_the_first_leaves_what_another_import_repeats(shop: Shop) -> None:
    rows = [order("A", goods_amount=100), order("B", goods_amount=2)]
    shop.load(said("orders", rows))
    shop.load(said("orders", rows[:1], moment=LATER))
    shop.load(said("orders", [{**rows[0], "_row": 5}, rows[0]], moment=LATER))
    assert shop.undo(1).tables == {"orders": TableCount(removed=1, unchanged=1)}
    assert [r["order_id"] for r in shop.rows("orders")] == ["A"]
    import pyarrow as pa

    found = shop.lake.statements_of(shop.snapshot, "orders", pa.table({"store": [1], "order_id": ["A"]}))
    assert found.select(["import_id", "_row", "goods_amount"]).to_pylist() == [
        {"import_id": 2, "_row": 2, "goods_amount": 100},
        {"import_id": 3, "_row": 3, "goods_amount": 100},
        {"import_id": 3, "_row": 5, "goods_amount": 100},
    ]
    assert shop.load(said("orders", rows[:1], moment=LATER)).tables == {"orders": TableCount(unchanged=1)}
    shop.undo(2, 4)
    assert [r["order_id"] for r in shop.rows("orders")] == ["A"]
    shop.undo(3)
    assert shop.rows("orders") == []


def test_undo_of_lines_and_refunds_touches_their_orders(shop: Shop) -> None:
    shop.load(
        said("orders", [order("A")]), said("order_lines", [{"order_id": "A", "line_key": "x", "goods_amount": 5}])
    )
    first = shop.state()
    shop.load(
        said("order_lines", [{"order_id": "A", "line_key": "y", "goods_amount": 7}]),
        said("refunds", [{"refund_id": "1", "order_id": "A", "status": "done", "amount": 3}]),
    )
    assert shop.one("orders")["gmv"] == 12 and shop.one("orders")["refunded"] == 3
    shop.undo(2)
    assert shop.state() == first


def test_rebuild_writes_the_same_rows(shop: Shop) -> None:
    for number in range(4):
        shop.load(said("orders", [order(f"A{number % 3}", goods_amount=number)], moment=NOON + timedelta(days=number)))
    before = shop.state()
    rebuilt = shop.rebuild()
    assert rebuilt.tables == {"orders": TableCount(new=3)}
    assert shop.state() == before
    assert shop.load(said("orders", [order("A0", goods_amount=3)], moment=LATER)).tables["orders"].unchanged == 1


def test_old_snapshots_stay_readable(shop: Shop) -> None:
    shop.load(said("orders", [order("A")]))
    old = shop.snapshot
    shop.load(said("orders", [order("B")]))
    shop.undo(1)
    files = Snapshot(old.root, old.versions).files("facts/orders")
    assert duckdb.sql(f"SELECT order_id FROM read_parquet({files})").fetchall() == [("A",)]
    assert Snapshot(old.root, {}).files("facts/orders") == []


def test_killed_writer_is_put_back(shop: Shop) -> None:
    for first in (True, False):  # killed in the very first import, and in a later one
        base = dict(shop.versions)
        before = shop.state()
        shop.load(
            said("orders", [order("lost", goods_amount=1)]), said("order_lines", [{"order_id": "A", "line_key": "k"}])
        )
        shop.versions = base  # committed, but the database never came to name it
        assert shop.state() == before
        shop.load(said("orders", [order(f"kept{first}", goods_amount=2)]))
        assert "lost" not in {r["order_id"] for r in shop.rows("orders")}
        assert shop.rows("order_lines") == []
    assert len(shop.rows("orders")) == 2
    shop.rebuild()
    assert {r["order_id"] for r in shop.rows("orders")} == {"keptTrue", "keptFalse"}


def test_two_writers_never_mix(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two loads from one base, both committing: each version holds its own rows only."""
    shop.load(said("orders", [order("A")]))
    base, results = shop.snapshot, {}
    barrier, plain = threading.Barrier(2), Work.commit

    def together(self: Work) -> dict[str, int]:
        barrier.wait(timeout=60)
        return plain(self)

    monkeypatch.setattr(Work, "commit", together)

    def write(name: str, number: int) -> None:
        results[name] = shop.lake.load(
            Snapshot(base.root, base.versions),
            import_id=number,
            stores=shop.stores,
            statements=[said("orders", [order(name)])],
            rules=(),
        ).versions

    threads = [threading.Thread(target=write, args=(n, i)) for i, n in enumerate(("B", "C"), start=2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("B", "C"):
        shop.versions = results[name]
        assert {r["order_id"] for r in shop.rows("orders")} == {"A", name}


def test_a_writer_that_never_gets_its_turn_gives_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltalake import DeltaTable
    from deltalake.exceptions import CommitFailedError

    def refuse(*_: object, **__: object) -> None:
        raise CommitFailedError("busy")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", refuse)
    with pytest.raises(WorkFailed) as caught:
        shop.load(said("orders", [order()]))
    assert caught.value.code == "lake_busy"
    assert shop.state() == shop.state()
    assert not list(Path(shop.lake.root).rglob("*.parquet"))


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "lake_not_writable"), (errno.EIO, "lake_failed")]
)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_disk_that_fails(shop: Shop, monkeypatch: pytest.MonkeyPatch, number: int, code: str, nth: int) -> None:
    shop.load(said("orders", [order("A", goods_amount=1)]), said("order_lines", [{"order_id": "A", "line_key": "x"}]))
    before, files = shop.state(), sorted(Path(shop.lake.root).rglob("*.parquet"))
    plain, count = pq.ParquetWriter.write_table, [0]

    def fail(self: pq.ParquetWriter, *args: Any, **kwargs: Any) -> None:
        count[0] += 1
        if count[0] == nth:
            raise OSError(number, "no")
        plain(self, *args, **kwargs)

    change = [
        said("orders", [order("A", goods_amount=2), order("B")], moment=LATER),
        said("order_lines", [{"order_id": "A", "line_key": "y"}], moment=LATER),
    ]
    monkeypatch.setattr(pq.ParquetWriter, "write_table", fail)
    with pytest.raises(WorkFailed) as caught:
        shop.load(*change)
    assert caught.value.code == code
    monkeypatch.undo()
    assert shop.state() == before
    assert sorted(Path(shop.lake.root).rglob("*.parquet")) == files
    shop.load(*change)  # it goes on when there is room again
    assert shop.one("orders", order_id="A")["goods_amount"] == 2


def test_opening_a_table_with_a_long_history_is_quick(tmp_path: Path) -> None:
    import pyarrow as pa

    schema = pa.schema([("store", pa.int64()), ("month", pa.string())])
    version = None
    for number in range(120):
        part = Part(f"month=2026-01/{number}.parquet", "2026-01", 1, 1)
        version = commit(tmp_path / "facts" / "orders", schema, "month", version, [part], [])
    assert version is not None
    spent = []
    for named in (version, version - 1, version - 50):
        for _ in range(3):
            start = time.perf_counter()
            assert len(Snapshot(str(tmp_path), {"facts/orders": named}).files("facts/orders")) == named
            spent.append(time.perf_counter() - start)
    assert min(spent) < 0.05


def test_sweep_keeps_what_is_named(shop: Shop) -> None:
    shop.load(said("orders", [order("A")]))
    old = shop.snapshot
    shop.load(said("orders", [order("A", goods_amount=5)], moment=LATER))
    base = shop.snapshot
    shop.load(said("orders", [order("lost")]))  # a killed writer
    shop.versions = dict(base.versions)
    before = shop.state()
    assert shop.lake.sweep(base, keep=[old]) > 0
    assert all(Path(f).exists() for s in (old, base) for f in s.files("facts/orders"))
    assert shop.lake.sweep(base) > 0
    assert shop.lake.sweep(base) == 0
    assert shop.state() == before
    shop.load(said("orders", [order("B")]))
    shop.rebuild()
    assert [r["order_id"] for r in shop.rows("orders")] == ["A", "B"]


def test_nothing_to_load(shop: Shop) -> None:
    shop.load(said("orders", [order("A")]))
    versions = shop.versions
    loaded = shop.load()
    assert (loaded.versions, loaded.tables, loaded.fates.num_rows) == (versions, {}, 0)


def test_stores_are_published_once(shop: Shop) -> None:
    shop.versions = shop.lake.publish_stores(shop.snapshot, shop.stores).versions
    (path,) = shop.snapshot.files("ref/stores")
    assert pq.read_table(path).to_pylist() == [
        {"id": 1, "name": "A", "platform": "other", "currency": "CNY", "timezone": "Asia/Shanghai", "day_starts": 0,
         "opened_on": None, "identity_limit": 0.95, "gmv_amount": "merchant"}
    ]  # fmt: skip
    assert shop.lake.publish_stores(shop.snapshot, shop.stores).versions == shop.versions
    more = {**shop.stores, 2: Store(id=2, name="乙", platform="jd")}
    shop.versions = shop.lake.publish_stores(shop.snapshot, more).versions
    (path,) = shop.snapshot.files("ref/stores")
    assert pq.read_table(path)["name"].to_pylist() == ["A", "乙"]
