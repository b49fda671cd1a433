"""Rollups are kept where they are wanted, follow every change, and hold nobody who was forgotten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.jobs.mini import many, stock, write

from goldloop.home import Home
from goldloop.shop import Shop

NAMES = ("gmv", "orders", "buyers", "new_buyers")


@pytest.fixture
def shop(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    stock(home)
    monkeypatch.setenv("GOLDLOOP_ROLLUPS_FROM", "15")
    return Shop(home)


def folder(shop: Shop) -> Path:
    return shop.home.root / "rollups"


def counted_from(shop: Shop) -> set[str]:
    """From what the figures of every loaded day are counted; they are those counted from the facts."""
    first, last = shop.loaded_days() or (None, None)
    answer = shop.figures(NAMES, first=first, last=last, by="month", basis="orders")
    plain = Shop(shop.home)
    plain._engine().rolled = None
    assert plain.figures(NAMES, first=first, last=last, by="month", basis="orders").columns == answer.columns
    return {way["from"] for way in answer.ways() if way["parts"] in ("order_parts", "buyer_parts", "new_parts")}


def test_they_are_kept_from_so_many_orders_on_and_follow_every_change(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", many(range(10)))])
    assert not folder(shop).exists()
    assert counted_from(shop) == {"facts"}
    second = shop.import_files([write(tmp_path / "b.csv", many(range(5, 30)))])[0]
    assert counted_from(shop) == {"sums", "people"}
    shop.import_undo([second.id or 0])
    assert counted_from(shop) == {"sums", "people"}  # also below the limit: they were made once
    assert len([path for path in folder(shop).iterdir() if path.is_dir()]) == 1


def test_they_are_left_where_they_do_not_fit_and_answers_are_right_all_the_same(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.jobs import memory

    machine, group = tmp_path / "meminfo", tmp_path / "memory.max"
    monkeypatch.setattr(memory, "MACHINE", machine)
    monkeypatch.setattr(memory, "GROUPS", (tmp_path / "nowhere", group))
    assert memory.available() is None  # nothing tells
    machine.write_text("MemTotal:  2000000 kB\nMemAvailable:  1000000 kB\n")
    group.write_text("max\n")
    assert memory.available() == 1_024_000_000
    group.write_text("200000000\n")
    assert memory.available() == 200_000_000
    shop.import_files([write(tmp_path / "a.csv", many(range(20)))])
    assert not folder(shop).exists() and counted_from(shop) == {"facts"}
    group.write_text("400000000\n")
    shop.import_files([write(tmp_path / "b.csv", many(range(15, 40)))])
    assert counted_from(shop) == {"sums", "people"}
    group.write_text("200000000\n")
    shop.import_files([write(tmp_path / "c.csv", many(range(35, 50)))])
    assert counted_from(Shop(shop.home)) == {"facts"}  # those that are there tell of an older state


def test_what_is_out_of_date_is_not_used(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.jobs import ahead

    shop.import_files([write(tmp_path / "a.csv", many(range(20)))])
    monkeypatch.setattr(ahead, "keep_up", lambda home, progress=None: None)  # as if the process had ended before
    shop.import_files([write(tmp_path / "b.csv", many(range(15, 40)))])
    assert counted_from(shop) == {"facts"}
    assert shop.lake_rollups()["rollups"]
    assert counted_from(Shop(shop.home)) == {"sums", "people"}
    assert shop.lake_rollups(drop=True) == {"rollups": False}
    assert counted_from(Shop(shop.home)) == {"facts"}


def test_nobody_who_was_forgotten_stays_in_them(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", many(range(20)))])
    before = set(_hashes(shop))
    shop.forget(store="A", order="N3")
    assert len(set(_hashes(shop)) - before) == 1
    assert counted_from(Shop(shop.home)) == {"sums", "people"}


def _hashes(shop: Shop) -> list[int]:
    [file] = folder(shop).glob("*/hashes/buyers.npy")
    return [int(one) for one in np.load(file)]


@pytest.mark.parametrize("given", ["-1", "many", "1e6", " 5"])
def test_a_limit_that_is_no_number_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    from goldloop.core.errors import GoldloopError
    from goldloop.jobs import ahead

    monkeypatch.setenv("GOLDLOOP_ROLLUPS_FROM", given)
    with pytest.raises(GoldloopError) as refused:
        ahead.keep_up(shop.home)
    assert refused.value.code == "setting_bad"
