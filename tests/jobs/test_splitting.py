"""A sheet with several stores becomes one sheet per store, and no row is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldloop.connectors import readers
from goldloop.core.errors import GoldloopError
from goldloop.jobs.splitting import split_by_store


def sheet(tmp_path: Path, text: str) -> readers.RawSheet:
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return next(iter(readers.sheets(path)))


def test_every_row_goes_to_one_store_under_its_own_number(tmp_path: Path) -> None:
    whole = sheet(tmp_path, "店铺名称,订单编号\nA,1\n,2\nB,3\n\nA,4\n")
    found = {name: part.table(1)["_row"].to_pylist() for part, name in split_by_store(whole, 1, " 店铺名称 ")}
    assert found == {"A": [2, 3, 6], "B": [4]}
    assert sorted(sum(found.values(), [])) == whole.table(1)["_row"].to_pylist()


def test_blank_cells_at_the_top_belong_to_the_first_store(tmp_path: Path) -> None:
    whole = sheet(tmp_path, "店铺,订单编号\n,1\nB,2\nC,3\n")
    assert {n: p.table(1)["订单编号"].to_pylist() for p, n in split_by_store(whole, 1, "店铺")} == {
        "B": ["1", "2"],
        "C": ["3"],
    }


def test_a_missing_column_lists_the_columns(tmp_path: Path) -> None:
    with pytest.raises(GoldloopError) as caught:
        list(split_by_store(sheet(tmp_path, "a,b\n1,2\n"), 1, "店铺"))
    assert (caught.value.code, caught.value.allowed) == ("column_missing", ["a", "b"])


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldloopError) as caught:
        list(split_by_store(sheet(tmp_path, "店铺,b\n,2\n,3\n"), 1, "店铺"))
    assert caught.value.code == "store_column_empty"
