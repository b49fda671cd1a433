"""JSON as rows: records, arrays of objects, numbers as written, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.connectors import readers
from goldloop.connectors.readers.json_text import JsonSheet
from goldloop.connectors.readers.sheet import RawSheet
from goldloop.core.errors import GoldloopError


def sheet(folder: Path, text: str | bytes, **limits: int) -> RawSheet:
    path = folder / "x.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (found,) = readers.sheets(path, limits=readers.Limits(**limits))
    return found


def rows(found: RawSheet) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if v is not None} for row in found.table(1).to_pylist()]


def test_arrays_of_objects_are_rows_with_the_records_own_fields(tmp_path: Path) -> None:
    found = sheet(
        tmp_path,
        '[{"id": 1, "total": "9.90", "to": {"city": "A"}, "lines": [{"sku": "a"}, {"sku": "b"}], "back": [{"id": 7}]}, {"id": 2, "lines": []}]',
    )
    assert found.first_rows(2) == [
        ["id", "total", "to.city", "lines.sku", "back.id", "lines"],
        ["1", "9.90", "A", "a", "", ""],
    ]
    own = {"id": "1", "total": "9.90", "to.city": "A"}
    assert rows(found) == [
        {**own, "lines.sku": "a", "_row": 2},
        {**own, "lines.sku": "b", "_row": 3},
        {**own, "back.id": "7", "_row": 4},
        {"id": "2", "_row": 5},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_json_is_known_in_every_encoding_with_a_mark(tmp_path: Path, encoding: str) -> None:
    text = '[{"id": 1, "a": "甲"}]'
    found = sheet(tmp_path, (b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding))
    assert rows(found) == [{"id": "1", "a": "甲", "_row": 2}]


def test_one_record_a_list_and_lines_say_the_same(tmp_path: Path) -> None:
    records = [{"id": 1, "a": {"b": "x"}}, {"id": 2, "a": {"b": "y"}}]
    texts = [json.dumps(records), "\n".join(map(json.dumps, records)), json.dumps(records, indent=2)]
    expected = [{"id": "1", "a.b": "x", "_row": 2}, {"id": "2", "a.b": "y", "_row": 3}]
    assert [rows(sheet(tmp_path, text)) for text in texts] == [expected] * 3
    assert rows(sheet(tmp_path, b"\xef\xbb\xbf \n" + json.dumps(records[0]).encode())) == expected[:1]


def test_numbers_keep_their_digits_and_pairs_and_deep_arrays_stay_one_cell(tmp_path: Path) -> None:
    (row,) = rows(
        sheet(
            tmp_path,
            '{"n": 12345678901234567890.10, "yes": true, "no": false, "none": null, "tags": ["a", "b"], '
            '"meta": [{"id": 1, "key": "k", "value": [1]}], "lines": [{"taxes": [{"id": 1}]}]}',
        )
    )
    assert row == {
        "n": "12345678901234567890.10", "yes": "true", "no": "false", "tags": '["a", "b"]',
        "meta": '[{"id": "1", "key": "k", "value": ["1"]}]', "lines.taxes": '[{"id": "1"}]', "_row": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ('{"a": 1', {}, "file_broken"),
        ('{"a": 1} {"b"', {}, "file_broken"),
        ('[{"a": 1}, 2]', {}, "file_kind_unknown"),
        ("[]", {}, "sheet_empty"),
        ('{"a": "' + "x" * 100 + '"}', {"json": 50}, "json_too_large"),
        ('{"a": {"b": {"c": 1}}}', {"depth": 2}, "json_too_large"),
        ('{"a": ' + "[" * 100_000, {}, "json_too_large"),
        ('[{"a": 1}, {"a": 2}]', {"rows": 1}, "json_too_large"),
        ('{"a": 1, "b": 2}', {"columns": 1}, "json_too_large"),
    ],
)
def test_what_is_refused(text: str, limits: dict[str, int], code: str, tmp_path: Path) -> None:
    with pytest.raises(GoldloopError) as error:
        sheet(tmp_path, text, **limits)
    assert error.value.code == code


def test_half_a_surrogate_pair_is_no_text(tmp_path: Path) -> None:
    (row,) = rows(sheet(tmp_path, '{"a": "x\\ud800"}'))
    assert row == {"a": "x?", "_row": 2}


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
records = st.dictionaries(st.text("abcxyz", min_size=1, max_size=3), plain | st.lists(plain, max_size=2), min_size=1)


@settings(deadline=None)
@given(st.lists(records, min_size=1, max_size=5))
def test_a_record_without_arrays_of_objects_is_one_row(given: Any) -> None:
    text = json.dumps([{**record, "id": "1"} for record in given])
    found = JsonSheet(pa.py_buffer(text.encode()), file="x.json", limits=readers.Limits())
    assert len(found.first_rows(100)) == len(given) + 1
    assert len(found.table(1)) == len(given)
