"""Decimal signs and orders of dates that a file's own cells tell, contradict or leave open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.connectors.conventions import settled
from goldloop.connectors.profile import Profile, profile_from
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.lake.schema import TABLES

EURO = Store(1, "A", "other", "EUR", "Europe/Berlin")
YEN = Store(2, "B", "other", "JPY", "Asia/Tokyo")
DINAR = Store(3, "C", "other", "KWD", "Asia/Kuwait")


def auto(**read: Any) -> Profile:
    return profile_from(
        {
            "id": "x",
            "title": {"zh": "x", "en": "x"},
            "recognise": {"required": ["Kind"]},
            "read": {"decimal": "auto", "date_order": "auto", **read},
            "aliases": {"Amount": ["Betrag"]},
            "into": [
                {
                    "table": "costs",
                    "columns": {
                        "kind": "Kind",
                        "cost_id": "No",
                        "first_day": "Day",
                        "last_day": "Day",
                        "amount": "Amount",
                    },
                }
            ],
        },
        "x.toml",
    )


def told(
    amounts: Sequence[str] = (), days: Sequence[str] = (), store: Store = EURO, **read: Any
) -> tuple[str, str, list[str]]:
    length = max(len(amounts), len(days))
    cells = {name: [*cells, *[""] * (length - len(cells))] for name, cells in (("Betrag", amounts), ("Day", days))}
    profile, notes = settled(pa.table(cells), auto(**read), store, tables=TABLES, file_name="x.csv")
    return profile.decimal, profile.date_order, [n.code for n in notes]


@pytest.mark.parametrize(
    ("amounts", "sign"),
    [
        (["12,50"], ","),
        (["BRL 12,50", "1.234"], ","),
        (["1.234,56 €"], ","),
        (["12.50"], "."),
        (["$1,234.5"], "."),
        (["1,234,567"], "."),
        (["1.234.567"], ","),
        (["1 234,56"], ","),
        (["IDR 12.000"], ","),  # an amount has no three decimals
        (["12,000"], "."),
        (["12", "-3", "", "abc"], "."),  # nothing to decide
        ([f"{n}.50" for n in range(30)] + ["12,5"], "."),  # one mistake among many: quarantine, not refusal
    ],
)
def test_the_decimal_sign_is_told_by_the_cells(amounts: list[str], sign: str) -> None:
    assert told(amounts)[0] == sign


def test_cells_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(GoldloopError) as error:
        told(["12,50", "12.50"])
    assert error.value.code == "decimal_unclear" and error.value.given == "12,50, 12.50"
    with pytest.raises(GoldloopError, match=r"1\.234"):
        told(["1.234", "1,234"])


def test_a_currency_with_three_decimals_leaves_three_digits_open() -> None:
    assert told(["12.000"], store=YEN)[0] == ","
    with pytest.raises(GoldloopError) as error:
        told(["12.000"], store=DINAR)
    assert error.value.code == "decimal_unclear"


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (["2026-10-01"], "ymd"),
        (["13/10/2026 08:00"], "dmy"),
        (["10/13/2026 8:00:00 AM", "10/01/2026 8:00:00 AM"], "mdy"),
        (["01.10.2026"], "dmy"),
        ([], "ymd"),
    ],
)
def test_the_order_of_dates_is_told_by_the_cells(days: list[str], order: str) -> None:
    assert told(days=days)[1:] == (order, [])


def test_dates_of_early_days_go_by_the_currency_and_say_so_or_are_refused() -> None:
    assert told(days=["10/01/2026"], date_order_of={"EUR": "dmy"})[1:] == ("dmy", ["date_order_by_currency"])
    for days, more in ((["10/01/2026"], {}), (["13/10/2026", "10/13/2026"], {"date_order_of": {"EUR": "dmy"}})):
        with pytest.raises(GoldloopError) as error:
            told(days=days, **more)
        assert error.value.code == "date_order_unclear"


@settings(deadline=None)
@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1), st.sampled_from([",", "."]))
def test_written_amounts_are_always_told_right(amounts: list[Any], sign: str) -> None:
    texts = [f"{a:,.2f}" for a in amounts]
    if sign == ",":
        texts = [t.translate(str.maketrans(",.", ".,")) for t in texts]
    assert told(texts)[0] == sign
