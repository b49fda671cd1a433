"""Reading CSV, TSV and TXT: encodings, delimiters, odd rows, and nothing lost on the fast way."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.connectors.readers import RawSheet, sheets
from goldloop.connectors.readers import body as bodies
from goldloop.connectors.readers.delimited import DelimitedSheet, find_delimiter
from goldloop.core.errors import GoldloopError

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def sheet_of(text: str | bytes, encoding: str = "utf-8") -> RawSheet:
    data = text.encode(encoding) if isinstance(text, str) else text
    return DelimitedSheet(pa.py_buffer(data), file="made.csv")


def rows_of(sheet: RawSheet, header_row: int = 1) -> list[dict[str, object]]:
    return sheet.table(header_row).to_pylist()


# ------------------------------------------------------------------------------------------------------- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_every_known_encoding_gives_the_same_rows(encoding: str) -> None:
    sheet = sheet_of("订单编号,买家\r\n1,测试会员\r\n2,亚麻衬衫\r\n", encoding)
    assert rows_of(sheet) == [
        {"订单编号": "1", "买家": "测试会员", "_row": 2},
        {"订单编号": "2", "买家": "亚麻衬衫", "_row": 3},
    ]


def test_gb18030_beyond_gbk_is_read_across_block_borders() -> None:
    line = "订单,𠮷野家€\n"
    sheet = sheet_of("号,名\n" + line * 200_000, "gb18030")
    table = sheet.table(1)
    assert table.num_rows == 200_000
    assert set(table["名"].unique().to_pylist()) == {"𠮷野家€"}


@pytest.mark.parametrize(
    "data",
    [
        "編號,名\n1,襯衫\n".encode("big5") + b"\xff\xff",
        "a,b\n1,2\n".encode("utf-16-le"),  # no BOM
        b"\xef\xbb\xbfa,b\n\xff,2\n",  # says UTF-8, is not
        b"\xff\xfea\x00,\x00\x00\xd8x\x00",  # half a surrogate pair
        bytes(range(256)) * 4,
    ],
)
def test_an_unknown_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(GoldloopError) as error:
        sheet_of(data)
    assert error.value.code == "encoding_unknown"
    assert error.value.allowed == ["utf-8", "utf-8 with BOM", "utf-16 with BOM", "gb18030"]


# ------------------------------------------------------------------------------------------------------ delimiters


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a\tb\n1\t2,5\n3\t4,5\n", "\t"),  # a comma in every title
        ("a;b;c\n1,5;2,5;x\n", ";"),  # decimal comma
        ("a|b\n1|2\n", "|"),
        ("only\n1\n2\n", ","),
        ("# made, at night\n#\na,b,c\n1\t,2\t,3\t\n" + "4\t,5\t,6\t\n" * 30, ","),  # a tab behind every value
        ('"\tid","\tname"\n"\t1","\tx"\n', ","),  # a tab inside the quotes
        ("Ads\nOctober 1, 2026\nday\tcost\tclicks\n1\t1,234\t5\n2\t2,345\t6\n", "\t"),  # a comma above, and in amounts
        ("made 1, 2026\nday|cost|clicks\n1|1,234|5|\n2|2,345|6|\n", "|"),  # and rows longer than the header
        ("", ","),
    ],
)
def test_the_delimiter_is_told_from_the_records(text: str, delimiter: str) -> None:
    assert find_delimiter(pa.py_buffer(text.encode())) == delimiter


# ------------------------------------------------------------------------------------------------ rows and numbers


def test_row_numbers_are_those_a_spreadsheet_shows() -> None:
    sheet = sheet_of('Report\n\n"two\nlines",\na,b\n1,x\n\n,\n"2\n2",y\n3,z\n\n\n')
    assert rows_of(sheet, 4) == [
        {"a": "1", "b": "x", "_row": 5},
        {"a": "2\n2", "b": "y", "_row": 8},
        {"a": "3", "b": "z", "_row": 9},
    ]


def test_a_header_without_records_gives_no_rows() -> None:
    table = sheet_of("a,b\n").table(1)
    assert (table.num_rows, table.column_names) == (0, ["a", "b", "_row"])


def test_names_are_cleaned_doubled_and_missing_ones_told_apart() -> None:
    sheet = sheet_of('\ufeff"\t订单 "," 订单",,退款（元）,_row,\n1,2,3,4,5,6\n')
    assert sheet.columns(1) == {
        "订单": "\t订单 ",
        "订单 (2)": " 订单",
        "[C]": "",
        "退款(元)": "退款（元）",
        "_row (2)": "_row",
    }
    assert rows_of(sheet) == [{"订单": "1", "订单 (2)": "2", "[C]": "3", "退款(元)": "4", "_row (2)": "5", "_row": 2}]


def test_only_the_named_columns_are_handed_over_but_the_whole_row_says_whether_it_is_blank() -> None:
    assert sheet_of("a,b\n,1\n,\n2,\n").table(1, ["a"]).to_pylist() == [{"a": None, "_row": 2}, {"a": "2", "_row": 4}]


@pytest.mark.parametrize("header_row", [0, 2, 9])
def test_a_header_row_without_names_is_refused(header_row: int) -> None:
    with pytest.raises(GoldloopError) as error:
        sheet_of("a,b\n,\n1,2\n").table(header_row)
    assert error.value.code == "header_missing"


def test_cells_stay_as_they_are() -> None:
    sheet = sheet_of('id,phone,note\n="350000000001","\'138"," x \t"\n')
    assert rows_of(sheet) == [{"id": '="350000000001"', "phone": "'138", "note": " x \t", "_row": 2}]


# ------------------------------------------------------------------------------------------------------- odd rows


def test_rows_longer_than_the_header_lose_the_extra_cells() -> None:
    sheet = sheet_of("a,b\n1,2,extra\n3,4,extra\n")
    assert rows_of(sheet) == [{"a": "1", "b": "2", "_row": 2}, {"a": "3", "b": "4", "_row": 3}]


def test_a_few_ragged_rows_do_not_fail_the_file_and_keep_their_place() -> None:
    lines = [f"{i},{i},{i}" for i in range(2, 502)]
    lines[3], lines[300], lines[-1] = "short", "1,2,3,4", '"6\n6",y'
    table = sheet_of("a,b,c\n" + "\n".join(lines) + "\n").table(1)
    assert table["_row"].to_pylist() == list(range(2, 502))
    assert table.slice(3, 1).to_pylist() == [{"a": "short", "b": None, "c": None, "_row": 5}]
    assert table.slice(300, 1).to_pylist() == [{"a": "1", "b": "2", "c": "3", "_row": 302}]
    assert table.slice(499, 1).to_pylist() == [{"a": "6\n6", "b": "y", "c": None, "_row": 501}]
    assert table.slice(4, 1).to_pylist() == [{"a": "6", "b": "6", "c": "6", "_row": 6}]


def test_many_ragged_rows_are_read_one_by_one() -> None:
    lines = [f"{i}" if i % 2 else f"{i},{i},{i}" for i in range(2, 5002)]
    table = sheet_of("a,b,c\n" + "\n".join(lines)).table(1)
    assert table["a"].to_pylist() == [str(i) for i in range(2, 5002)]
    assert table["c"].null_count == 2500


@pytest.mark.parametrize("place", [0, 5, 2999])
@pytest.mark.parametrize("quoted", [True, False])
def test_a_quote_that_is_never_closed_costs_no_other_row(place: int, quoted: bool) -> None:
    good = '"{0}","x","y","z"' if quoted else "{0},x,y,z"
    lines = [good.format(i) for i in range(3000)]
    lines[place] = f'{place},"5 inch,y,z'
    table = sheet_of("a,b,c,d\n" + "\n".join(lines) + "\n").table(1)
    assert table["a"].to_pylist() == [str(i) for i in range(3000)]
    assert table["b"].to_pylist() == ["x"] * place + ['"5 inch'] + ["x"] * (2999 - place)
    assert table["_row"].to_pylist() == list(range(2, 3002))


def test_cells_of_several_lines_with_quotes_and_commas_stay_whole() -> None:
    note = 'He said "hello, you",\nand then: a, b, c\n"bye"'
    out = io.StringIO()
    csv.writer(out).writerows([["id", "note", *"cdefghijkl"], *[[i, note, *"cdefghijkl"] for i in range(50)]])
    table = sheet_of(out.getvalue()).table(1)
    assert table["note"].to_pylist() == [note] * 50


CELLS = st.text(st.sampled_from(list("ab,;\t\"'\n\r 0=衬é")), max_size=6)
END = ["z"] * 8


@given(
    rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=10),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_was_written_is_read_back_either_way(rows: list[list[str]], quoting: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting).writerows([*rows, END])
    body = pa.py_buffer(out.getvalue().encode())
    layout = bodies.Layout(",", 8, 8)
    expected = [[cell or None for cell in row] for row in [*rows, END]]
    slow, fast = bodies.read_one_by_one(body, layout), bodies.read_by_arrow(body, layout)
    assert [list(row.values()) for row in slow.to_pylist()] == expected
    assert fast is None or fast.equals(slow)


@given(text=st.text(st.sampled_from(list('ab,"\n\r ')), max_size=80))
def test_both_ways_read_the_same_from_any_text(text: str) -> None:
    body = pa.py_buffer((text + "\nz").encode())
    layout = bodies.Layout(",", 3, 4)
    fast = bodies.read_by_arrow(body, layout)
    assert fast is None or fast.equals(bodies.read_one_by_one(body, layout))


# -------------------------------------------------------------------------------------------------------- samples


@pytest.mark.parametrize(
    ("file", "header_row", "columns", "rows"),
    [
        ("taobao_ExportOrderList_legacy.csv", 1, 46, [2, 3, 4, 5, 6]),
        ("taobao_ExportOrderDetailList.csv", 1, 10, [2, 3, 4, 5, 6]),
        ("1791213782_douyin_orders.csv", 1, 34, [2, 3, 4]),
        ("jd_orders.csv", 1, 30, [2, 3, 4]),
        ("pdd_orders.csv", 1, 23, [2, 3, 4]),
        ("shopify_orders_export.csv", 1, 79, [2, 3, 4]),
        ("amazon_all_orders.tsv", 1, 32, [2, 3]),
        ("amazon_settlement_v2.tsv", 1, 24, [2, 3, 4]),
        ("google_ads_campaign.csv", 3, 10, [4, 5]),
        ("ga4_traffic.csv", 7, 7, [8, 9, 10]),
        ("alipay_ledger.csv", 3, 11, [4]),
        ("全域推广数据_商品_2026-10-01 00_00_00-2026-10-01 23_59_59.csv", 1, 22, [2, 3]),
    ],
)
def test_the_sample_files_are_read_whole(file: str, header_row: int, columns: int, rows: list[int]) -> None:
    (sheet,) = sheets(SAMPLES / file)
    table = sheet.table(header_row)
    assert (len(table.column_names), table["_row"].to_pylist()) == (columns + 1, rows)
    assert (sheet.member, sheet.sheet) == ("", "")
