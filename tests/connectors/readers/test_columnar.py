"""Parquet: types kept, dictionaries decoded, rows numbered as if a header stood in row 1."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goldloop.connectors.readers import sheets
from goldloop.core.errors import GoldloopError

REAL = Path(__file__).parents[4] / "shared" / "data" / "online_retail_ii"


def test_columns_keep_their_type_and_blank_rows_are_left_out(tmp_path: Path) -> None:
    table = pa.table(
        {
            "Invoice ": pa.array(["1", None, "2"]).dictionary_encode(),
            "when": pa.array([datetime(2026, 10, 1), None, None], pa.timestamp("us")),
            "price": pa.array([Decimal("1.50"), None, None], pa.decimal128(10, 2)),
            "big": pa.array(["x", None, None], pa.large_string()),
            "tags": pa.array([["a", "b"], None, None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (sheet,) = sheets(tmp_path / "a.parquet")
    read = sheet.table(1)
    assert [str(t) for t in read.schema.types] == [
        "string",
        "timestamp[us]",
        "decimal128(10, 2)",
        "string",
        "string",
        "int64",
    ]
    assert read.column_names == ["Invoice", "when", "price", "big", "tags", "_row"]
    assert read["_row"].to_pylist() == [2, 4]
    assert read["tags"].to_pylist() == ['["a", "b"]', None]
    assert sheet.first_rows(2) == [
        ["Invoice ", "when", "price", "big", "tags"],
        ["1", "2026-10-01 00:00:00", "1.50", "x", "['a', 'b']"],
    ]
    assert sheet.table(1, ["price"]).column_names == ["price", "_row"]


def test_a_parquet_file_without_rows_or_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    (sheet,) = sheets(tmp_path / "a.parquet")
    assert sheet.table(1).num_rows == 0
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    with pytest.raises(GoldloopError) as error:
        list(sheets(tmp_path / "none.parquet"))
    assert error.value.code == "sheet_empty"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_parquet_file_is_damaged(tmp_path: Path, share: float) -> None:
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(GoldloopError) as error:
        list(sheets(tmp_path / "cut.parquet"))
    assert error.value.code == "file_broken"


def test_a_parquet_file_damaged_inside_is_refused_when_it_is_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [f"text {i}" for i in range(1000)]}), tmp_path / "a.parquet", compression="snappy")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[4:200] = b"\xff" * 196
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(GoldloopError) as error:
        for sheet in sheets(tmp_path / "a.parquet"):
            sheet.table(1)
    assert error.value.code == "file_broken"


@pytest.mark.skipif(not REAL.is_dir(), reason="Online Retail II is not beside the project (../shared/data)")
def test_online_retail_is_read_with_its_types() -> None:
    (sheet,) = sheets(REAL / "2010_2011.parquet")
    table = sheet.table(1)
    assert (table.num_rows, table["_row"][0].as_py(), table["_row"][-1].as_py()) == (541_909, 2, 541_910)
    assert pa.types.is_floating(table.schema.field("Price").type)


def test_a_parquet_of_too_much_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(900_000, np.int32)), pa.array(["x" * 100_000]))
    cases = {
        "sheet_too_large": (
            pa.table({"a": np.zeros(1_100_000, np.int8)}),
            pa.table({f"c{n}": [1] for n in range(501)}),
        ),
        "file_too_large": (pa.table({"a": long, "b": np.arange(900_000)}),),  # 90 GB in a few hundred kilobytes
    }
    for code, tables in cases.items():
        for table in tables:
            pq.write_table(table, path)
            with pytest.raises(GoldloopError) as error:
                [sheet] = sheets(path)
                sheet.table(1)
            assert (error.value.code, path.stat().st_size < 10_000_000) == (code, True)
    pq.write_table(pa.table({"a": ["x", "x", None], "b": [1, None, 1]}), path)
    [sheet] = sheets(path)
    assert sheet.table(1).to_pydict() == {"a": ["x", "x", None], "b": [1, None, 1], "_row": [2, 3, 4]}
