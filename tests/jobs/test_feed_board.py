"""The feed board: rhythm, lateness and counts, told from what came."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.jobs.mini import row, stock, write

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.shop import Shop

FIRST = date(2026, 3, 1)


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home, "A", "B")
    return Shop(home)


def load(shop: Shop, folder: Path, days: int, rows: int = 2, gap: int = 1) -> None:
    """One file for each of so many days."""
    for n in range(days):
        day = FIRST + timedelta(days=n * gap)
        shop.import_files(
            [write(folder / f"{day}.csv", [row(f"{day}-{i}", at=f"{day} 10:00:00") for i in range(rows)])], store="A"
        )


def at(day: date, hour: int = 4) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_a_feed_that_came_three_times_has_a_rhythm(shop: Shop, tmp_path: Path) -> None:
    load(shop, tmp_path, 2)
    (feed,) = shop.feeds(now=at(date(2026, 3, 3)))
    assert (feed.rhythm, feed.rhythm_from, feed.state, feed.due_on, feed.late_days) == (
        None, "unknown", "unknown", None, None,
    )  # fmt: skip
    load(shop, tmp_path, 3)
    (feed,) = shop.feeds(now=at(date(2026, 3, 3)))
    assert (feed.store, feed.profile, feed.imports, feed.newest_day) == ("A", "mini", 3, date(2026, 3, 3))
    assert (feed.rhythm, feed.rhythm_from, feed.due_on) == (1, "learned", date(2026, 3, 5))
    assert feed.last_success is not None


@pytest.mark.parametrize(
    ("moment", "state", "late"),
    [
        (datetime(2026, 3, 5, 15, 59, tzinfo=UTC), "on_time", 0),  # 23:59 of the 5th in Shanghai
        (datetime(2026, 3, 5, 16, 0, tzinfo=UTC), "late", 1),
        (datetime(2026, 3, 15, 4, 0, tzinfo=UTC), "late", 10),
    ],
)
def test_lateness_is_told_by_the_day_of_the_store(shop: Shop, tmp_path: Path, moment, state, late) -> None:
    load(shop, tmp_path, 3)
    (feed,) = shop.feeds(now=moment)
    assert (feed.state, feed.late_days) == (state, late)


def test_a_declared_rhythm_goes_before_the_learned_one(shop: Shop, tmp_path: Path) -> None:
    load(shop, tmp_path, 3)
    shop.feed_expect("A", "mini", days=7)
    shop.feed_expect("B", "mini", days=1)
    ours, never = shop.feeds(now=at(date(2026, 3, 8)))
    assert (ours.rhythm, ours.rhythm_from, ours.due_on, ours.state) == (7, "declared", date(2026, 3, 11), "on_time")
    assert (never.store, never.imports, never.state, never.last_success, never.counts) == (
        "B", 0, "never", None, "not_enough",
    )  # fmt: skip
    assert [feed.store for feed in shop.feeds(store="A", now=at(FIRST))] == ["A"]
    shop.feed_expect("B", "mini", days=0)
    assert len(shop.feeds(now=at(FIRST))) == 1
    with pytest.raises(GoldloopError, match="366"):
        shop.feed_expect("A", "mini", days=400)


@pytest.mark.parametrize(("rows", "judged"), [(2, "normal"), (1, "normal"), (5, "high")])
def test_counts_are_held_against_the_files_before(shop: Shop, tmp_path: Path, rows: int, judged: str) -> None:
    load(shop, tmp_path, 3)
    assert shop.feeds(now=at(FIRST))[0].counts == "not_enough"
    day = FIRST + timedelta(days=3)
    last = [row(f"x{i}", at=f"{day} 10:00:00") for i in range(rows)]
    shop.import_files([write(tmp_path / "last.csv", last)], store="A")
    (feed,) = shop.feeds(now=at(FIRST))
    assert (feed.rows_per_day, feed.normal_rows_per_day, feed.counts) == (rows, 2.0, judged)


def test_what_is_open_is_counted(shop: Shop, tmp_path: Path) -> None:
    rows = [row(1, price="free"), row(2), ("合计", "", 5, "", "", "", "")]
    (receipt,) = shop.import_files([write(tmp_path / "a.csv", rows)], store="A")
    (feed,) = shop.feeds(now=at(FIRST))
    assert (feed.quarantine_open, feed.control_off) == (1, [receipt.id])
    shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "1"})
    assert shop.feeds(now=at(FIRST))[0].quarantine_open == 0


def test_the_newest_day_counts_rows_that_were_mended(shop: Shop, tmp_path: Path) -> None:
    rows = [row(1), row(2, at="2026-03-06 10:00:00", price="free")]
    shop.import_files([write(tmp_path / "a.csv", rows)], store="A")
    assert shop.feeds(now=at(FIRST))[0].newest_day == date(2026, 3, 5)
    child = shop.quarantine_fix(shop.quarantine()[0].id, {"单价": "1"}).receipts[0]
    assert (child.first_day, child.last_day) == (date(2026, 3, 6), date(2026, 3, 6))
    (feed,) = shop.feeds(now=at(FIRST))
    assert (feed.imports, feed.newest_day, feed.rows_per_day) == (1, date(2026, 3, 6), 1.0)
    shop.import_undo([child.id])
    assert shop.feeds(now=at(FIRST))[0].newest_day == date(2026, 3, 5)


def test_totals_that_do_not_agree_are_told_of_the_last_files(shop: Shop, tmp_path: Path) -> None:
    off = [("合计", "", 5, "", "", "", "")]
    first = shop.import_files([write(tmp_path / "off.csv", [row(1), *off])], store="A")[0].id
    assert shop.feeds(now=at(FIRST))[0].control_off == [first]
    load(shop, tmp_path, 12, rows=1)
    assert shop.feeds(now=at(FIRST))[0].control_off == []


def test_the_board_takes_as_many_queries_for_many_files_as_for_one(shop: Shop, tmp_path: Path) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counted = []
    for days in (1, 5):
        load(shop, tmp_path, days)
        with CaptureQueriesContext(connection) as queries:
            shop.feeds(now=at(FIRST))
        counted.append(len(queries))
    assert counted[0] == counted[1]
