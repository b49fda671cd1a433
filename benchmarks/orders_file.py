"""Order files of any length for the benchmarks of the import: Taobao orders of 24 months, the same in every run.

    python benchmarks/orders_file.py ROWS FILE first|same|changed|workbook [--encoding gb18030]

About 110 bytes a row, with Chinese text. `same` writes the same rows in other bytes (shuffled, every cell quoted, CRLF);
`changed` writes CHANGED rows of the last 60 days that have moved on since; `workbook` writes an XLSX file.
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

FIRST, LAST = np.datetime64("2023-06-01T00:00:00"), np.datetime64("2025-06-01T00:00:00")
CHANGED = 10_000  # rows
RECENT = np.timedelta64(60, "D")
BLOCK = 100_000  # rows that are written at a time
_NAMES = "赵 钱 孙 李 周 吴 郑 王 冯 陈 褚 卫 蒋 沈 韩 杨".split()
_FINISHED, _SHIPPED, _PAID = "交易成功", "卖家已发货，等待买家确认", "买家已付款，等待卖家发货"
_UNPAID, _CLOSED = "等待买家付款", "交易关闭"
_STATUS, _AMOUNT, _PLACED = "订单状态", "买家实际支付金额", "订单创建时间"


def rows_of(rows: int, seed: int = 7) -> pa.Table:
    """The rows as text, oldest first, one month like another; two of five are of a buyer who comes back."""
    draw = np.random.default_rng(seed)
    span = int((LAST - FIRST) / np.timedelta64(1, "s"))
    placed = FIRST + np.sort(draw.integers(0, span, rows)).astype("timedelta64[s]")
    paid_at = placed + draw.integers(5, 900, rows).astype("timedelta64[s]")
    cents = draw.integers(900, 60_000, rows)
    status = _statuses(draw.random(rows), placed)
    never_paid = (status == _UNPAID) | ((status == _CLOSED) & (draw.random(rows) < 0.5))
    buyers = np.minimum((draw.pareto(1.2, rows) * rows / 8).astype(np.int64), rows)
    names = pa.array([f"{_NAMES[i % len(_NAMES)]}小店{i}" for i in range(int(buyers.max()) + 1)])
    return pa.table(
        {
            "订单编号": _text(3_500_000_000_000_000_000 + np.cumsum(draw.integers(1, 2_000_000, rows))),
            "买家会员名": names.take(pa.array(buyers)),
            "买家应付货款": _money(cents),
            "总金额": _money(cents),
            _AMOUNT: _money(cents * draw.integers(80, 101, rows) // 100),
            _STATUS: pa.array(status.tolist()),
            _PLACED: _times(placed),
            "订单付款时间": pc.if_else(pa.array(never_paid), None, _times(paid_at)),
        }
    )


def _statuses(luck: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """The status of each order by its age: old ones are finished or closed."""
    age = (LAST - placed) / np.timedelta64(1, "D")
    recent = np.where(luck < 0.1, _UNPAID, np.where(luck < 0.4, _PAID, _SHIPPED))
    return np.where(age < 10, recent, np.where(luck < 0.06, _CLOSED, _FINISHED))


def _text(numbers: np.ndarray) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _money(cents: np.ndarray) -> pa.Array:
    whole, rest = _text(cents // 100), pc.utf8_lpad(_text(cents % 100), 2, "0")
    return pc.binary_join_element_wise(whole, rest, ".")


def _times(moments: np.ndarray) -> pa.Array:
    return pa.array(moments.astype("datetime64[s]")).cast(pa.string())


def same(table: pa.Table, seed: int = 11) -> pa.Table:
    """The same rows in another order."""
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


def changed(table: pa.Table, seed: int = 13) -> pa.Table:
    """CHANGED rows of the last 60 days: what was on its way has arrived, the others were paid a cent more."""
    since = str((LAST - RECENT).astype("datetime64[s]")).replace("T", " ")
    recent = np.flatnonzero(pc.greater_equal(table[_PLACED], since).to_numpy())
    chosen = np.sort(np.random.default_rng(seed).choice(recent, min(CHANGED, len(recent)), replace=False))
    rows = table.take(pa.array(chosen)).combine_chunks()
    shipped, money = pc.equal(rows[_STATUS], _SHIPPED), pa.decimal128(12, 2)
    more = pc.add(rows[_AMOUNT].cast(money), pa.scalar(Decimal("0.01"), money)).cast(pa.string())
    now = {_STATUS: pc.if_else(shipped, _FINISHED, rows[_STATUS]), _AMOUNT: pc.if_else(shipped, rows[_AMOUNT], more)}
    return pa.table({name: now.get(name, rows[name]) for name in rows.column_names})


def write(table: pa.Table, path: Path, *, encoding: str = "utf-8", quoted: bool = False, end: bytes = b"\n") -> None:
    """Write the rows as CSV."""
    with open(path, "wb") as stream:
        for start in range(0, table.num_rows, BLOCK):
            sink = pa.BufferOutputStream()
            style = "all_valid" if quoted else "none"
            pcsv.write_csv(
                table.slice(start, BLOCK), sink, pcsv.WriteOptions(include_header=start == 0, quoting_style=style)
            )
            data = sink.getvalue().to_pybytes()
            data = data if end == b"\n" else data.replace(b"\n", end)
            stream.write(data if encoding == "utf-8" else data.decode().encode(encoding))


def write_workbook(table: pa.Table, path: Path) -> None:
    """Write the rows as the only sheet of an XLSX file."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, table.column_names)
        columns = [column.to_pylist() for column in table.columns]
        for number, cells in enumerate(zip(*columns, strict=True), start=1):
            for place, cell in enumerate(cells):
                if cell is not None:
                    sheet.write_string(number, place, cell)


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("kind", choices=("first", "same", "changed", "workbook"))
    parser.add_argument("--encoding", default="utf-8")
    chosen = parser.parse_args()
    table = rows_of(chosen.rows)
    if chosen.kind == "workbook":
        write_workbook(table, chosen.file)
    elif chosen.kind == "same":
        write(same(table), chosen.file, encoding=chosen.encoding, quoted=True, end=b"\r\n")
    else:
        write(changed(table) if chosen.kind == "changed" else table, chosen.file, encoding=chosen.encoding)


if __name__ == "__main__":
    main()
