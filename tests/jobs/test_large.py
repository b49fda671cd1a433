"""Files too large for memory: what comes of them in pieces is what comes of them in one piece, and nothing is left behind."""

from __future__ import annotations

import gzip
import resource
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import facts, goldloop, many, row, stock, write

from goldloop import home as homes
from goldloop.connectors import pieces
from goldloop.connectors.readers import Limits
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import scratch
from goldloop.shop import Shop

TINY = Limits(whole_rows=75)
MESSY = [
    *many(range(40)),
    row("N3", "plate-3", 2, "9.90"),  # more lines of an order far below the others
    row("N3", "plate-3", 2, "9.90"),
    row("N3", "plate-3", 2, "9.90", at="2026-03-05 10:00:01"),
    row("", "cup"),  # no order
    row("N5", "cup", "two"),  # quarantine
    row("N41", "cup", 1, "x"),
    row("N7", "cup", "3.5"),
    row("合计", "", 999, "", "", "-"),
    *many(range(38, 60)),
    row("合计", "", 7, "", "", "-"),
]
SHOPIFY = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Payment ID,Payment Method,Refunded Amount"


def shopify(orders: int) -> str:
    """Orders whose first line only has the order's own cells, their further lines far away from it."""
    dice = np.random.default_rng(5)
    first, more = [], []
    for n in range(orders):
        at = f"2026-03-{1 + n % 28:02d} 10:00:{n % 60:02d} +0800"
        pay = f"p{n // 2}" if n % 5 else ""  # two orders of one payment
        first.append(
            f"#{n},b{n % 7}@example.com,paid,{at},CNY,30.00,0.00,0.00,30.00,{at},1,cup,10.00,C{n % 3},{pay},card,0.00"
        )
        more += [f"#{n},,,,,,,,,{at},2,cup,10.00,C{n % 3},,," for _ in range(n % 3)]
        more += [f"#{n},,,,,,,,,{at},{'?' if n == 9 else 1},mug,10.00,M,,,"] if n % 4 == 1 else []
    dice.shuffle(more)
    return "\n".join([SHOPIFY, *first, *more]) + "\n"


def told(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Every statement that is kept, by table."""
    snapshot = Shop(home).snapshot()
    found = {}
    for name in sorted(snapshot.versions):
        if name.startswith("seen/"):
            rows = [r for file in snapshot.files(name) for r in pq.read_table(file, partitioning=None).to_pylist()]
            found[name] = sorted(rows, key=repr)
    return found


def receipt_of(home: Home) -> dict[str, Any]:
    receipt = Shop(home).imports()[-1]
    return {k: v for k, v in receipt.as_dict().items() if k not in ("started_at", "elapsed", "finished_at")}


def waiting(home: Home) -> list[tuple[Any, ...]]:
    return [(r.row, r.state, r.issues, r.raw_row) for r in Shop(home).quarantine()]


def imported(folder: Path, limits: Limits, path: Path, **wish: Any) -> Home:
    home = replace(fresh_home(folder), limits=limits)
    stock(home)
    Shop(home).store_add("S", platform="shopify", currency="CNY", timezone="Asia/Shanghai")
    Shop(home).import_files([path], **wish)
    return home


def both(tmp_path: Path, path: Path, **wish: Any) -> tuple[Home, Home]:
    return imported(tmp_path / "whole", Limits(), path, **wish), imported(tmp_path / "cut", TINY, path, **wish)


def assert_same(tmp_path: Path, path: Path, **wish: Any) -> Home:
    found = []
    for name, limits in (("whole", Limits()), ("cut", TINY)):
        home = imported(tmp_path / name, limits, path, **wish)
        found.append((receipt_of(home), facts(home), told(home), waiting(home)))
        assert list(home.tmp.iterdir()) == []
    for one, other in zip(*found, strict=True):
        assert one == other
    return home


def test_pieces_give_what_the_whole_gives(tmp_path: Path) -> None:
    home = assert_same(tmp_path, write(tmp_path / "mess.csv", MESSY), store="A")
    receipt = Shop(home).imports()[-1]
    assert (receipt.read, receipt.quarantined, receipt.dropped) == (len(MESSY), 4, {"total": 2})
    assert [c["stated"] for c in receipt.control] == ["999", "7"]


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_rows_too(tmp_path: Path, seed: int) -> None:
    rows = [MESSY[i] for i in np.random.default_rng(seed).permutation(len(MESSY))]
    assert_same(tmp_path, write(tmp_path / "mess.csv", rows), store="A")


def test_neighbours_are_read_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "cut", None)
    rows = [row(f"N{n}", f"plate-{line}", 1 + line, "9.90") for n in range(60) for line in range(n % 4)]
    assert_same(tmp_path, write(tmp_path / "rows.csv", rows), store="A")
    later = [row(f"N{n}", f"plate-{line}", 2, "9.90") for n in range(70) for line in range(n % 4)]
    again, found = write(tmp_path / "later.csv", later), []
    for name in ("whole", "cut"):
        home = replace(homes.find(tmp_path / name), limits=TINY if name == "cut" else Limits())
        Shop(home).import_files([again], store="A")
        found.append((receipt_of(home), facts(home), told(home)))
    assert found[0] == found[1]


def test_shopify_fills_down_across_the_file(tmp_path: Path) -> None:
    path = tmp_path / "orders_export.csv"
    path.write_text(shopify(60), encoding="utf-8")
    assert_same(tmp_path, path, store="S")


@pytest.mark.parametrize("kind", ["gz", "zip", "gb18030", "utf-16"])
def test_packed_and_encoded(tmp_path: Path, kind: str) -> None:
    plain = write(tmp_path / "mess.csv", MESSY)
    path = tmp_path / f"mess.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(plain, "orders/mess.csv")
    else:
        path.write_text(plain.read_text(encoding="utf-8"), encoding=kind)
    assert_same(tmp_path, path, store="A")


def test_rows_of_several_stores(tmp_path: Path) -> None:
    rows = [row(f"N{n}", store="AB"[n % 2] if n % 3 else "") for n in range(80)]
    path = write(tmp_path / "stores.csv", rows)
    found = []
    for name, limits in (("whole", Limits()), ("cut", TINY)):
        home = replace(fresh_home(tmp_path / name), limits=limits)
        stock(home, "A", "B")
        Shop(home).import_files([path], store_from="店铺")
        found.append(([(r.store, r.read, r.new) for r in Shop(home).imports()], facts(home)))
    assert found[0] == found[1]


def test_a_row_of_a_large_file_is_mended_and_remembered(tmp_path: Path) -> None:
    path = write(tmp_path / "mess.csv", MESSY)
    found = []
    for home in both(tmp_path, path, store="A"):
        shop = Shop(home)
        bad = next(r.id for r in shop.quarantine() if r.raw_row.get("数量") == "two")
        shop.quarantine_fix(bad, {"数量": "2"})
        orderless = next(r.id for r in shop.quarantine() if "订单号" not in r.raw_row)
        shop.quarantine_fix(orderless, {"订单号": "N2"})
        again = write(tmp_path / home.root.name / "again.csv", [*MESSY, row("N99")])
        receipt = shop.import_files([again], store="A")[0]
        found.append((receipt.quarantined, receipt.new, receipt.unchanged, facts(home), waiting(home)))
    assert found[0] == found[1]
    assert found[0][0] == 2


def test_a_kill_between_pieces_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "mess.csv", MESSY)
    home = fresh_home(tmp_path / "home")
    stock(home)
    killing = "import os\nfrom goldloop.lake import work\ncommit, seen = work.commit, []\ndef kill(*a):\n    seen.append(a)\n    if len(seen) == {n}:\n        os.kill(os.getpid(), 9)\n    return commit(*a)\nwork.commit = kill\n"
    before = Shop(home).snapshot().versions
    for number in (2, 9):
        done = goldloop(home, "import", str(path), code=killing.format(n=number), GOLDLOOP_WHOLE_ROWS="75")
        assert done.returncode == -9, done.stderr
        assert Shop(home).snapshot().versions == before
        assert list(home.tmp.iterdir())  # what the killed one left
    done = goldloop(home, "import", str(path), GOLDLOOP_WHOLE_ROWS="75")
    assert done.returncode in (0, 3), done.stderr
    assert list(home.tmp.iterdir()) == []
    assert facts(home) == facts(imported(tmp_path / "other", Limits(), path, store="A"))


def test_a_format_whose_rows_cannot_be_parted_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "one.csv", [row("N1", f"p{n}") for n in range(200)])
    with pytest.raises(GoldloopError) as error:
        imported(tmp_path / "home", TINY, path, store="A")
    assert error.value.code == "file_not_in_pieces"


def test_a_format_without_a_way_to_part_it_is_read_at_once_up_to_twice_as_many_rows(tmp_path: Path) -> None:
    def visits(rows: int) -> Path:
        lines = (f"v{n},2026-03-05 10:{n // 60:02d}:{n % 60:02d},search,1" for n in range(rows))
        path = tmp_path / f"{rows}.csv"
        path.write_text("\n".join(["visitor,visited_at,source,page_views", *lines, ""]), encoding="utf-8")
        return path

    home = imported(tmp_path / "home", TINY, visits(149), store="A")
    assert len(facts(home)["facts/visits"]) == 149
    with pytest.raises(GoldloopError) as error:
        imported(tmp_path / "other", TINY, visits(151), store="A")
    assert error.value.code == "file_not_in_pieces"


def test_too_many_rows_or_bytes_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "mess.csv", MESSY)
    for limits, code in ((replace(TINY, text_rows=20), "file_too_long"), (replace(TINY, text=500), "file_too_large")):
        with pytest.raises(GoldloopError) as error:
            imported(tmp_path / code, limits, path, store="A")
        assert error.value.code == code


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "mess.csv", MESSY)
    home = imported(tmp_path / "home", TINY, path, store="A", dry_run=True)
    assert facts(home) == {}
    assert list(home.tmp.iterdir()) == []


def test_folders_in_use_are_left_alone(home: Home) -> None:
    (home.tmp / "left").mkdir()
    with scratch.scratch(home) as one, scratch.scratch(home) as other:
        assert one != other
        assert sorted(p.name for p in home.tmp.iterdir()) == sorted([one.name, other.name])
    assert list(home.tmp.iterdir()) == []


@pytest.mark.soak
def test_three_million_rows_take_bounded_memory_and_time(tmp_path: Path) -> None:
    from benchmarks import orders_file

    path = tmp_path / "orders.csv"
    orders_file.write(orders_file.rows_of(3_000_000), path)
    home = fresh_home(tmp_path / "home")
    stock(home)
    done = goldloop(home, "import", str(path))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert Shop(home).imports()[-1].read == 3_000_000
    assert used.ru_maxrss < 1_500_000  # KiB
    assert used.ru_utime + used.ru_stime < 60 + 30 * path.stat().st_size / 100_000_000
