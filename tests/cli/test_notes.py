"""`goldloop note` and `goldloop cohorts` on the command line."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps.homes import fresh_home

from goldloop.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose 40 buyers of January come back one by one in February."""
    place = tmp_path_factory.mktemp("cohorts")
    home = fresh_home(place / "home").root
    orders = ["order_id,placed_at,paid_at,status,product_id,quantity,unit_price,goods_amount,buyer"]
    days = [(n, date(2026, 1, 1) + timedelta(days=n % 31), n) for n in range(40)]
    days += [(100 + n, date(2026, 2, 1) + timedelta(days=n), n) for n in range(10)]
    for n, day, buyer in days:
        orders.append(f"{n},{day} 10:00:00,{day} 10:00:00,finished,p,1,100.00,100.00,buyer{buyer}")
    (place / "orders.csv").write_text("\n".join(orders), "utf-8")
    said = ["store", "add", "S", "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai"]
    assert main(["--home", str(home), *said]) == 0
    assert main(["--home", str(home), "import", str(place / "orders.csv"), "--store", "S"]) == 0
    return home


def run(home: Path, capsys: Any, *said: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["--home", str(home), *said])
    return code, capsys.readouterr().out


def test_a_note_is_added_listed_and_removed(folder: Path, capsys: Any) -> None:
    code, out = run(
        folder,
        capsys,
        "note",
        "add",
        "Coupon 20",
        "--from",
        "2026-02-01",
        "--to",
        "2026-02-03",
        "--store",
        "S",
        "--json",
    )
    assert code == 0
    added = json.loads(out)
    assert (added["first"], added["last"], added["text"], added["made_by"]) == (
        "2026-02-01",
        "2026-02-03",
        "Coupon 20",
        "owner",
    )
    code, out = run(folder, capsys, "note", "list", "--lang", "zh")
    assert code == 0 and "Coupon 20" in out and "添加人" in out
    assert run(folder, capsys, "note", "remove", str(added["id"]))[0] == 0
    assert json.loads(run(folder, capsys, "note", "list", "--json")[1]) == {"notes": []}
    code, out = run(folder, capsys, "note", "remove", str(added["id"]), "--json")
    assert code == 2 and json.loads(out)["error"]["code"] == "note_unknown"


def test_cohorts_are_a_table_for_people_and_rows_for_programs(folder: Path, capsys: Any) -> None:
    code, out = run(folder, capsys, "cohorts", "--json")
    assert code == 0
    first, second = json.loads(out)["rows"]
    assert (first["month"], first["size"], first["after"], first["people"], first["open"]) == (
        "2026-01",
        40,
        0,
        40,
        False,
    )
    assert (second["people"], second["orders"], second["gmv"], second["back"], second["back_share"]) == (
        10,
        10,
        "1000.00",
        10,
        0.25,
    )
    assert second["open"] is True
    code, out = run(folder, capsys, "cohorts", "--show", "back")
    assert code == 0 and "25.00%*" in out and "2026-01" in out
    code, out = run(folder, capsys, "cohorts", "--show", "nonsense", "--json")
    assert code == 2 and json.loads(out)["error"]["code"] == "choice_bad"


def test_cohorts_leave_as_a_file(folder: Path, capsys: Any, tmp_path: Path) -> None:
    assert run(folder, capsys, "cohorts", "--out", str(tmp_path / "c.csv"))[0] == 0
    lines = (tmp_path / "c.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("month,size,after,people,orders,gmv") and len(lines) == 3
