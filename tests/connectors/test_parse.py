from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.connectors import parse
from goldloop.core.money import to_minor


def cleaned(*cells: str | None, missing: frozenset[str] = frozenset()) -> list[str | None]:
    return parse.clean(pa.array(cells, pa.string()), missing).to_pylist()


def test_guards_and_blanks_are_taken_off() -> None:
    assert cleaned('="35000000000000001"', "'13800000000", "\t6900", "1\t", "\ufeffa", " a　", "'-5") == [
        "35000000000000001", "13800000000", "6900", "1", "a", "a", "-5",
    ]  # fmt: skip
    assert cleaned("'s Gravenhage") == ["'s Gravenhage"]  # an apostrophe before a word is part of it


def test_the_words_for_missing_become_one_null() -> None:
    assert cleaned("-", "--", " ", "", "nan", "NULL", "None", "\\N", "N/A", None, '=""') == [None] * 11
    assert cleaned("无", "0", "a-b", "none of it") == ["无", "0", "a-b", "none of it"]
    assert cleaned("无", missing=frozenset({"无"})) == [None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", "1234.5"), ("-1,234", "-1234"), ("￥1,234.50", "1234.5"), ("￥-5", "-5"), ("-￥-5", None), ("-￥5", "-5"), ("¥ 5", "5"), ("12元", "12"),
        ("5 CNY", "5"), ("CNY 5.5", "5.5"), ("(5)", "-5"), ("1.2万", "12000"), ("１２.５", "12.5"), ("−3", "-3"), ("+3", "3"), ("1E3", "1000"),
        ("5.", "5"), (".5", "0.5"), ("0.12345678905", "0.1234567891"), ("1,2", None), ("1,23,456", None), ("12,345,6", None), ("无退款申请", None),
        ("< 10%", None), ("5%", None), ("1.23E+18", None), ("1000000000000", None), ("999999999999", "999999999999"), ("$5", None), ("5 USD", None),
        ("2026-10-01", None), ("1 2", None), (".", None), ("12.3.4", None), ("abc", None), ("x" * 300_000, None), ("1" * 300, None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: str | None) -> None:
    values, bad = parse.numbers(pa.array([text]), currency="CNY")
    assert values[0].as_py() == (None if value is None else Decimal(value))
    assert bad[0].as_py() is (value is None)


def test_missing_is_no_mistake() -> None:
    values, bad = parse.numbers(pa.array([None], pa.string()))
    assert values.to_pylist() == [None] and bad.to_pylist() == [False]


def test_signs_of_other_currencies() -> None:
    def fits(text: str, currency: str) -> bool:
        return parse.numbers(pa.array([text]), currency=currency)[0][0].as_py() is not None

    assert fits("$5", "USD") and fits("$5", "CAD") and fits("US$5", "USD") and not fits("$5", "EUR")
    assert fits("€5", "EUR") and not fits("€5", "USD") and fits("¥5", "JPY") and not fits("¥5", "USD")
    assert fits("5 件", "USD") and not fits("5 元", "USD")


def test_percent_and_decimal_comma() -> None:
    assert parse.numbers(pa.array(["9.99%", "0.5", "66.70%"]), percent=True)[0].to_pylist() == [
        Decimal("0.0999"), Decimal("0.5"), Decimal("0.667"),
    ]  # fmt: skip
    values, bad = parse.numbers(pa.array(["1.234,50", "12,5", "1.5", "1.234"]), decimal=",")
    assert values.to_pylist() == [Decimal("1234.5"), Decimal("12.5"), None, Decimal(1234)]
    assert bad.to_pylist() == [False, False, True, False]


def test_typed_columns_need_no_detour() -> None:
    assert parse.numbers(pa.array([6.95, 0.1 + 0.2, 1e-5, float("nan"), None]))[0].to_pylist() == [
        Decimal("6.95"), Decimal("0.3"), Decimal("0.00001"), None, None,
    ]  # fmt: skip
    values, bad = parse.numbers(pa.array([5, -7, None, 10**15]))
    assert values.to_pylist() == [5, -7, None, None] and bad.to_pylist() == [False, False, False, True]
    assert parse.as_text(pa.array([13085.0, 6.95, None])).to_pylist() == ["13085", "6.95", None]


@given(
    st.lists(st.decimals(-(10**9), 10**9, allow_nan=False, places=4) | st.none(), max_size=30),
    st.sampled_from(["CNY", "JPY", "KWD"]),
)
def test_money_is_rounded_as_the_core_rounds_it(amounts: list[Decimal | None], currency: str) -> None:
    values, bad = parse.numbers(pa.array([None if a is None else f"{a:,}" for a in amounts], pa.string()))
    assert not any(bad.to_pylist())
    minor = parse.to_minor(values, currency).to_pylist()
    assert minor == [None if a is None else to_minor(a, currency) for a in amounts]


def test_whole_numbers() -> None:
    values, bad = parse.to_whole(parse.numbers(pa.array(["1.0", "2", "1.5", None]))[0])
    assert values.to_pylist() == [1, 2, None, None] and bad.to_pylist() == [False, False, True, False]


def test_sums_count_missing_parts_as_nothing() -> None:
    one = parse.numbers(pa.array(["1", None, "3", None]))[0]
    two = parse.numbers(pa.array(["10", "20", None, None]))[0]
    assert parse.total([one, two], []).to_pylist() == [11, 20, 3, None]
    assert parse.total([two], [one]).to_pylist() == [9, 20, -3, None]


def test_products_are_exact() -> None:
    left, right = (parse.factor(parse.numbers(pa.array([t]))[0]) for t in ("3", "0.005"))
    assert parse.product(left, right).to_pylist() == [Decimal("0.015")]


def test_joining_leaves_out_what_is_missing_and_keeps_every_row() -> None:
    parts = [pa.array(["a", None, None]), pa.array(["b", "b", None])]
    assert parse.joined(parts, "|").to_pylist() == ["a|b", "b", None]


def test_repeating_values_give_what_single_ones_give() -> None:
    texts = ["1,5", "2.50", None, "￥3"] * 500
    assert parse.repeats(pa.array(texts))
    values, bad = parse.numbers(pa.array(texts))
    assert values.to_pylist()[:4] == [None, Decimal("2.5"), None, Decimal(3)] and bad.to_pylist()[:4] == [
        True,
        False,
        False,
        False,
    ]
    assert len(values) == len(texts)
