"""Columns that need no cleaning are told from their bytes, and cleaning gives the same either way."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.connectors import parse, tidy

_ENDS = st.sampled_from([*"'=\"- \t\u3000\u200b\ufeff\xa0a0Kn中，。Ａé\u212a\u0130", "", "00", "nan", '="', "——"])
_CELLS = st.lists(st.none() | st.tuples(_ENDS, st.text(max_size=4), _ENDS).map("".join), max_size=6)
_WORDS = pa.array(sorted((*parse.MISSING, "无", "kein", "\xfc")))


@settings(deadline=None)
@given(cells=_CELLS)
def test_cleaning_is_the_same_whether_or_not_a_column_is_tidy(cells: list[str | None]) -> None:
    values = pa.array(cells, pa.string())
    quick = parse._cleaned(values, _WORDS)
    slow = parse._cleaned(pa.concat_arrays([values, pa.array([" x"])]), _WORDS).slice(0, len(values))
    assert quick.to_pylist() == slow.to_pylist()


@pytest.mark.parametrize(
    ("cells", "is_tidy"),
    [
        (["350001", None, "交易成功", "a b"], True),
        ([" a"], False),
        (["a\t"], False),
        (["'1"], False),
        (['="1"'], False),
        (["中\u3000"], False),
        (["a\u200b"], False),
        (["ａ"], False),  # unclear is not tidy
        ([], True),
        ([None, ""], True),
    ],
)
def test_tidy_columns(cells: list[str | None], is_tidy: bool) -> None:
    assert tidy.is_tidy(pa.array(cells, pa.string())) is is_tidy
    assert tidy.is_tidy(pa.array(["x ", *cells], pa.string()).slice(1)) is is_tidy


def test_words_for_missing_are_never_overlooked() -> None:
    for cell in ("-", "NULL", "nan", "", "0000-00-00 00:00:00", "——", "无"):
        assert not tidy.holds_none(pa.array(["35", cell, None]), _WORDS)
    assert tidy.holds_none(pa.array(["35", None, "交易成功"]), _WORDS)
