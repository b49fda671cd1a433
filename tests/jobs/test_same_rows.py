"""The very rows of an earlier file in other bytes: loaded the short way, and just as if they had been read."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.apps.homes import fresh_home
from tests.jobs.mini import HEADER, PROFILE, Row, facts, many, row

from goldloop.connectors.readers import Limits
from goldloop.home import Home
from goldloop.shop import Shop

STAMPED = PROFILE + '\n[moment]\nfile_name = ["stamp"]\n'
PLAIN = STAMPED.replace("once = true", "")
TINY = Limits(whole_rows=40)
ORDERS = many(range(30))


def export(folder: Path, stamp: int, rows: Sequence[Row], *, encoding: str = "utf-8", end: str = "\n") -> Path:
    """A file of these rows, exported on that day of June 2026."""
    path = folder / f"orders_202606{stamp:02d}_120000.csv"
    quoted = (",".join(f'"{cell}"' if encoding != "utf-8" else str(cell) for cell in one) for one in rows)
    path.write_bytes((end.join([HEADER, *quoted]) + end).encode(encoding))
    return path


def opened(folder: Path, *, profile: str = STAMPED, limits: Limits | None = None) -> Home:
    """A home that knows the small format."""
    home = fresh_home(folder)
    home = replace(home, limits=limits) if limits else home
    (home.profiles / "mini.toml").write_text(profile, encoding="utf-8")
    Shop(home).store_add("A", platform="tmall")
    return home


@pytest.fixture
def readings(home: Home, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of which cells were read."""
    from goldloop.jobs import reading

    names: list[str] = []
    read = reading.read

    def noted(part: Any, **how: Any) -> Any:
        names.append(how["file_name"])
        return read(part, **how)

    monkeypatch.setattr(reading, "read", noted)
    return names


def shuffled(rows: Sequence[Row], seed: int = 1) -> list[Row]:
    return random.Random(seed).sample(list(rows), len(rows))


# ------------------------------------------------------------------------------------------------ when it is taken


@pytest.mark.parametrize(("limits", "ways"), [(Limits(), {"encoding": "gb18030"}), (TINY, {"end": "\r\n"})])
def test_not_a_cell_is_read_again(tmp_path: Path, readings: list[str], limits: Limits, ways: dict[str, str]) -> None:
    shop = Shop(opened(tmp_path / "home", limits=limits))
    [first] = shop.import_files([export(tmp_path, 1, ORDERS)])
    before = facts(shop.home)
    readings.clear()
    [again] = shop.import_files([export(tmp_path, 2, shuffled(ORDERS), **ways)])
    assert readings == []
    assert (again.read, again.new, again.updated, again.unchanged) == (60, 0, 0, 60)
    assert again.facts == {
        "order_lines": {"new": 0, "updated": 0, "unchanged": 60},
        "orders": {"new": 0, "updated": 0, "unchanged": 30},
    }
    assert (again.coverage, again.first_day, again.last_day) == (first.coverage, first.first_day, first.last_day)
    assert [note["params"] for note in again.notes] == [{"moment": "2026-06-02 12:00:00"}]
    assert facts(shop.home) == before
    shop.import_undo([again.id])
    assert facts(shop.home) == before


def test_a_third_file_rests_on_either(tmp_path: Path, readings: list[str]) -> None:
    shop = Shop(opened(tmp_path / "home"))
    first, second = (shop.import_files([export(tmp_path, n, shuffled(ORDERS, n))])[0] for n in (1, 2))
    shop.import_undo([first.id])
    readings.clear()
    shop.import_files([export(tmp_path, 3, shuffled(ORDERS, 3))])
    assert readings == ["orders_20260603_120000.csv"]  # only what was read is listed, and that was undone
    readings.clear()
    third = shop.import_files([export(tmp_path, 4, shuffled(ORDERS, 4))])[0]
    assert readings == []
    shop.import_undo([second.id])
    assert third.unchanged == 60


def test_trace_shows_the_rows_of_both_files(tmp_path: Path, readings: list[str]) -> None:
    shop = Shop(opened(tmp_path / "home"))
    rows = [row(n, product) for n in range(5) for product in ("cup", "plate")]
    files = [export(tmp_path, 1, rows), export(tmp_path, 2, rows[::-1])]
    for file in files:
        shop.import_files([file])
    assert len(readings) == 1
    [found] = [order for order in shop.trace("gmv")["rows"] if order["order_id"] == "1"]
    told = sorted((o["file"], o["row"]) for o in found["origins"])  # each row once, though it tells order and line
    assert told == [(files[0].name, 4), (files[0].name, 5), (files[1].name, 8), (files[1].name, 9)]
    [first, later] = [(o["file"], o["row"]) for o in found["origins"] if o["table"] == "orders"]
    assert first == (files[0].name, 4)
    assert later in [(files[1].name, 8), (files[1].name, 9)]


# -------------------------------------------------------------------------------------------- when it must not be


def _changed_row(_: Shop, rows: list[Row]) -> list[Row]:
    return [row("N0", "cup", 9, "0.00"), *rows[1:]]


def _one_twice(_: Shop, rows: list[Row]) -> list[Row]:
    return [rows[1], *rows[1:]]


def _store_set(shop: Shop, rows: list[Row]) -> list[Row]:
    shop.store_set("A", day_starts=240)
    return rows


def _format_changed(shop: Shop, rows: list[Row]) -> list[Row]:
    (shop.home.profiles / "mini.toml").write_text(STAMPED.replace("finished", "shipped"), encoding="utf-8")
    return rows


def _forgotten(shop: Shop, rows: list[Row]) -> list[Row]:
    shop.forget(store="A", order="N1")
    return rows


def _told_otherwise(shop: Shop, rows: list[Row]) -> list[Row]:
    shop.import_files([export(shop.home.root, 21, [row("N0", "cup", 7, "0.00")])])
    return rows


def _fixed_elsewhere(shop: Shop, rows: list[Row]) -> list[Row]:
    shop.import_files([export(shop.home.root, 3, [row("N99", "cup", "x")])])
    shop.quarantine_fix(shop.quarantine()[0].id, {"数量": "2"})
    return rows


def _nothing(_: Shop, rows: list[Row]) -> list[Row]:
    return rows


def test_whatever_a_reading_rests_on(tmp_path: Path, readings: list[str]) -> None:
    """After each change the same rows are read again, once."""
    shop = Shop(opened(tmp_path / "home"))
    shop.import_files([export(tmp_path, 1, ORDERS)])
    changes = (
        _changed_row,
        _one_twice,
        _store_set,
        _format_changed,
        _fixed_elsewhere,
        _nothing,
        _told_otherwise,
        _forgotten,
    )
    for stamp, change in enumerate(changes, 10):
        rows = change(shop, shuffled(ORDERS, stamp))
        readings.clear()
        shop.import_files([export(tmp_path, stamp, rows)])
        assert readings == ([] if change is _nothing else [f"orders_202606{stamp}_120000.csv"]), change


def test_where_a_row_was_left_out(tmp_path: Path, readings: list[str]) -> None:
    shop = Shop(opened(tmp_path / "home"))
    for stamp, extra in enumerate([row("N0", "cup", "x")] * 2 + [row("合计", "", "", "", "")] * 2, 1):
        receipt = shop.import_files([export(tmp_path, stamp, shuffled([*ORDERS, extra], stamp))])[0]
        assert receipt.quarantined + sum(receipt.dropped.values()) == 1
    assert len(readings) == 4


def test_an_older_file_never_goes_over_a_newer_state(tmp_path: Path) -> None:
    shop = Shop(opened(tmp_path / "home", profile=PLAIN))
    old, new = [row("N1", quantity=1)], [row("N1", quantity=5)]
    told = ((5, old, 1), (10, new, 5), (7, old, 5), (3, new, 5), (12, old, 1), (11, new, 1))
    for stamp, rows, quantity in told:
        shop.import_files([export(tmp_path, stamp, rows, end="\r\n" * (1 + stamp % 2))])
        assert [line["quantity"] for line in facts(shop.home)["facts/order_lines"]] == [quantity], stamp


# ----------------------------------------------------------------------------------- and that it makes no difference


def told(home: Home, files: dict[int, Sequence[Row]]) -> list[tuple[Any, ...]]:
    """Who said what when, and in which row; of an order that several rows tell, in one of them."""
    snapshot, found = Shop(home).snapshot(), []
    for name in sorted(n for n in snapshot.versions if n.startswith("seen/")):
        for file in snapshot.files(name):
            said = "said" if "/said-" in file else "again"
            id = int(file.partition("import_id=")[2].partition("/")[0])
            for one in pq.read_table(file, partitioning=None).to_pylist():
                number = one.pop("_row")
                place = number if name != "seen/orders" else files[id][number - 2][0]
                found.append((name, said, id, place, sorted(one.items(), key=repr)))
    return sorted(found, key=repr)


def history(folder: Path, seed: int) -> list[Any]:
    """One random history of files that say the same, undone imports and files that say more: what can be seen of it."""
    draw = random.Random(seed)
    home = opened(folder, profile=draw.choice((STAMPED, PLAIN, PROFILE)), limits=draw.choice((Limits(), TINY)))
    shop, seen, files = Shop(home), [], dict[int, Sequence[Row]]()
    base = [*many(draw.sample(range(40), draw.randint(3, 25)))]
    base += draw.choices(base, k=draw.choice((0, 3)))  # lines that stand twice
    for step in range(draw.randint(2, 4)):
        act = draw.choice(("same", "same", "same", "other", "undo")) if files else "same"
        if act == "undo":
            gone = draw.sample(sorted(files), draw.randint(1, len(files)))
            shop.import_undo(gone)
            for id in gone:
                del files[id]
        else:
            rows = base if act == "same" else [row(*one[:2], draw.randint(1, 9), *one[3:]) for one in base[: step * 3]]
            rows = rows if draw.random() < 0.3 else draw.sample(rows, len(rows))
            stamp = draw.randint(1, 28)
            ways = draw.choice(({}, {"encoding": "gb18030"}, {"end": "\r\n"}))
            [receipt] = shop.import_files([export(folder, stamp, rows, **ways)])
            if not receipt.repeated:
                files[receipt.id] = rows
            seen.append({k: v for k, v in receipt.as_dict().items() if k not in ("started_at", "elapsed")})
        seen.append((facts(home), told(home, files)))
    return seen


def makes_no_difference(seed: int) -> int:
    """A history twice, once without the short way; how often it was taken."""
    from goldloop.jobs import same_rows

    taken: list[int] = []
    repeated = same_rows.Known.repeated
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(same_rows.Known, "repeated", lambda *said: taken.append(1) or repeated(*said))
        short = history(Path(folder) / "short", seed)
        patch.setattr(same_rows, "known", lambda *_: [])
        count = len(taken)
        for one, other in zip(short, history(Path(folder) / "ordinary", seed), strict=True):
            assert one == other
    return count


def test_the_short_way_makes_no_difference(home: Home) -> None:
    assert sum(makes_no_difference(seed) for seed in (9, 10)) >= 3


@pytest.mark.soak
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_in_no_history(home: Home, seed: int) -> None:
    makes_no_difference(seed)
