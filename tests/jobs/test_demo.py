"""The demo has a home of its own, comes to the same when it is started again, and never touches anything else."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from tests.jobs.mini import facts

from goldloop import simulate
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import demo as job
from goldloop.shop import Shop

LAST = date(2026, 2, 28)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first two parts of a large group, and little in them."""
    whole = simulate.large_statements
    monkeypatch.setattr(simulate, "large_statements", lambda **given: islice(whole(**given), 2))
    monkeypatch.setattr(job, "LARGE_LINES", 20_000)


def code_of(folder: Path, **changed: object) -> str:
    given = {"size": "large", "seed": 1, "last_day": LAST} | changed
    with pytest.raises(GoldloopError) as caught:
        job.demo(folder, **given)  # type: ignore[arg-type]
    return caught.value.code


def test_the_large_demo_goes_straight_into_the_lake(few, tmp_path: Path) -> None:
    made = job.demo(tmp_path / "demo", size="large", seed=1, last_day=LAST)
    shop = Shop(Home(tmp_path / "demo", tmp_path / "demo" / "lake", _database(tmp_path / "demo"), "duckdb"))
    assert (made.first_day, made.last_day) == (date(2026, 2, 1), LAST)
    assert [store.name for store in shop.stores()] == made.stores
    assert all(receipt.closes for receipt in made.receipts)
    held = facts(shop.home)
    assert len(made.receipts) == 2
    assert len(held["facts/order_lines"]) == sum(receipt.facts["order_lines"]["new"] for receipt in made.receipts)
    again = job.demo(tmp_path / "demo", size="large", seed=1)
    assert [r.id for r in again.receipts] == [r.id for r in made.receipts]
    assert all(r.repeated for r in again.receipts)
    assert facts(shop.home) == held
    assert code_of(tmp_path / "demo", seed=2) == "demo_home_used"
    other = job.demo(tmp_path / "demo", size="large", seed=2, last_day=LAST, reset=True)
    assert not any(r.repeated for r in other.receipts)


def test_a_home_with_stores_of_its_own_is_left_alone(home: Home) -> None:
    Shop(home).store_add("Mine", platform="tmall")
    assert code_of(home.root) == "demo_home_used"
    assert code_of(home.root, reset=True) == "demo_not_here"
    assert [store.name for store in Shop(home).stores()] == ["Mine"]


def test_an_unknown_size_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    assert code_of(tmp_path / "demo", size="huge") == "size_unknown"
    assert not (tmp_path / "demo").exists()


def _database(folder: Path) -> dict[str, object]:
    from goldloop import home as homes

    return homes.locate(folder).database
