"""Reading a long sheet stretch by stretch: rows of one key stay together, and a key that comes back is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldloop.connectors.profile import load_profiles
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.stretches import Scattered, stretches

ORDER = "订单编号"


class Long(RawSheet):
    """Orders in blocks of a few rows, as a long file is read."""

    def __init__(self, orders: Sequence[str | None], block: int) -> None:
        super().__init__(file="long.csv")
        self._orders, self._block = orders, block

    def first_rows(self, n: int) -> list[list[str]]:
        return [[ORDER]][:n]

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        return pa.concat_tables(self.tables(header_row))

    def tables(self, header_row: int) -> Iterator[pa.Table]:
        rows = pa.table({ORDER: pa.array(self._orders, pa.string()), "_row": range(2, len(self._orders) + 2)})
        for start in range(0, len(self._orders), self._block):
            yield rows.slice(start, self._block)


PROFILE = {profile.id: profile for profile in load_profiles()}["taobao-order-list"]


def cut(orders: Sequence[str | None], *, rows: int, block: int, most: int = 1000) -> list[list[str | None]]:
    found = stretches(Long(orders, block), 1, PROFILE, by=(ORDER,), rows=rows, most=most)
    return [stretch.table(1)[ORDER].to_pylist() for stretch in found]


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.integers(1, 12), st.integers(1, 9))
def test_neighbours_stay_together_and_nothing_is_lost(sizes: list[int], rows: int, block: int) -> None:
    orders = [f"35000{n}" for n, size in enumerate(sizes) for _ in range(size)]
    found = cut(orders, rows=rows, block=block)
    assert [order for part in found for order in part] == orders
    assert sum(len(set(part)) for part in found) == len(sizes)
    assert all(len(part) >= rows for part in found[:-1])


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["A1", "A2", "A3", None]), min_size=1, max_size=30), st.integers(1, 6), st.integers(1, 9)
)
def test_a_key_in_two_stretches_is_noticed(orders: list[str | None], rows: int, block: int) -> None:
    try:
        found = cut(orders, rows=rows, block=block)
    except Scattered:
        return
    assert [order for part in found for order in part] == orders
    assert sum(len(set(part)) for part in found) == len(set(orders))


def test_scattered_rows() -> None:
    with pytest.raises(Scattered):
        cut(["A1", "A2", "A3", "A1"], rows=2, block=10)
    with pytest.raises(Scattered):
        cut(["A1"] * 9, rows=2, block=3, most=5)


def test_a_guard_hides_no_order() -> None:
    with pytest.raises(Scattered):
        cut(["350001", "350002", '="350001"'], rows=1, block=10)


def test_rows_that_stand_for_themselves_are_cut_anywhere() -> None:
    found = stretches(Long(["A", "A", "B"], 2), 1, PROFILE, by=(), rows=1, most=10)
    assert [stretch.table(1)["_row"].to_pylist() for stretch in found] == [[2], [3, 4]]


def test_a_sheet_without_rows_is_one_stretch() -> None:
    empty = Long([], 1)
    empty.tables = lambda header_row: iter([pa.table({ORDER: pa.array([], pa.string())})])  # type: ignore[method-assign]
    found = list(stretches(empty, 1, PROFILE, by=(ORDER,), rows=1, most=10))
    assert [stretch.table(1).num_rows for stretch in found] == [0]
