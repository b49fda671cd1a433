"""Text read block by block gives the rows that it gives in one piece, wherever a block ends."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pytest

from goldloop.connectors.readers import Limits, stream
from goldloop.connectors.readers.delimited import DelimitedSheet
from goldloop.connectors.readers.stream import long_text
from goldloop.connectors.readers.streamed import StreamedSheet
from goldloop.core.errors import GoldloopError

CELLS = [
    "1",
    "",
    "中文商品",
    "x y",
    '"a,b"',
    '"x\ny"',
    '"say ""hi"""',
    '"中\r\n行"',
    '="123456789012345678"',
    '27" tv',
    '"27" tv',
    'a"b"',
]


def text_of(dice: np.random.Generator) -> str:
    end = dice.choice(["\n", "\r\n"])
    rows = ["a,b,c,d"]
    for _ in range(int(dice.integers(1, 120))):
        width = int(dice.choice([0, 2, 4, 4, 4, 4, 4, 4, 4, 5]))
        rows.append(",".join(CELLS[i] for i in dice.integers(0, len(CELLS), width)))
    return str(end.join(rows) + dice.choice([end, end * 3]))


def streamed(data: bytes, limits: Limits = Limits()) -> StreamedSheet:
    @contextmanager
    def opening() -> Iterator[io.BytesIO]:
        yield io.BytesIO(data)

    return StreamedSheet(long_text(opening, "long.csv", limits), file="long.csv", limits=limits)


@pytest.mark.parametrize("size", [97, 300, 5000])
def test_blocks_give_the_rows_of_the_whole(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(size)
    for _ in range(60):
        text = text_of(dice)
        data = text.encode(str(dice.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])))
        whole = DelimitedSheet(pa.py_buffer(data), file="long.csv")
        monkeypatch.setattr(stream, "BLOCK", 1 << 20)  # delimiter and width are told by the beginning
        sheet = streamed(data)
        monkeypatch.setattr(stream, "BLOCK", size)
        assert (sheet.delimiter, sheet.first_rows(5)) == (whole.delimiter, whole.first_rows(5))
        assert pa.concat_tables(sheet.tables(1)).to_pylist() == whole.table(1).to_pylist()


def test_what_is_no_text_or_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, code in ((b"a,b\n\0", "encoding_unknown"), (b"a,b\n" + b"\xff\xff\n" * 9, "encoding_unknown")):
        with pytest.raises(GoldloopError) as error:
            list(streamed(data).tables(1))
        assert error.value.code == code
    with pytest.raises(GoldloopError) as error:
        list(streamed(b"a,b\n" + b"1,2\n" * 10, Limits(text_rows=9)).tables(1))
    assert error.value.code == "file_too_long"
    from goldloop.connectors.readers import streamed as module

    monkeypatch.setattr(stream, "BLOCK", 100)
    monkeypatch.setattr(stream, "MOST_OF_A_LINE", 1000)
    monkeypatch.setattr(module, "MOST_OF_A_LINE", 1000)
    with pytest.raises(GoldloopError) as error:
        list(streamed(b"a,b\n" + b"x" * 5000).tables(1))
    assert error.value.code == "file_broken"
