"""Online Retail II: two years of real invoices against the numbers in the data's own README."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from goldloop.connectors import readers
from goldloop.connectors.normalise import Normalised, normalise
from goldloop.connectors.recognise import recognise
from goldloop.lake.schema import TABLES
from tests.connectors.support import IMPORT, PROFILES, RETAIL, SECRET

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "online_retail_ii"
FILES = ("2009_2010.parquet", "2010_2011.parquet")

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"Online Retail II is not at {DATA}: the counts on real data are not checked"
)


@pytest.fixture(scope="module")
def found() -> list[Normalised]:
    sheets = [s for name in FILES for s in readers.sheets(DATA / name)]
    return [
        normalise(
            s,
            recognise(s, list(PROFILES.values())),
            store=RETAIL,
            tables=TABLES,
            secret=SECRET,
            file_name=s.file,
            import_moment=IMPORT,
        )
        for s in sheets
    ]


def both(found: list[Normalised], table: str) -> pa.Table:
    """The statements of both files, each key once (the first file's)."""
    parts = pa.concat_tables([s.rows for n in found for s in n.statements if s.table == table]).combine_chunks()
    first = parts.append_column("_place", pa.array(range(parts.num_rows)))
    places = first.group_by(list(TABLES[table].key), use_threads=False).aggregate([("_place", "min")])["_place_min"]
    return parts.take(places)


def test_every_row_is_loaded(found: list[Normalised]) -> None:
    assert [n.read for n in found] == [525_461, 541_909]
    for one in found:
        assert not one.issues and not one.dropped and not one.notes
        numbers = pc.unique(
            pa.concat_arrays([s.rows["_row"].combine_chunks() for s in one.statements if s.table != "orders"])
        )
        assert len(numbers) == one.read


def test_the_overlap_counts_once_and_real_duplicates_stay(found: list[Normalised]) -> None:
    lines, refunds = both(found, "order_lines"), both(found, "refunds")
    assert lines.num_rows + refunds.num_rows == 1_044_847
    assert refunds.num_rows == 19_165
    assert len(pc.unique(pc.list_element(pc.split_pattern(refunds["refund_id"], "|"), 0))) == 8_292
    assert pc.sum(refunds["amount"]).as_py() == 146_530_366


def test_what_is_a_sale(found: list[Normalised]) -> None:
    lines = both(found, "order_lines")
    kinds = dict(zip(*(c.to_pylist() for c in pc.value_counts(lines["kind"]).flatten()), strict=True))
    assert kinds == {"sale": 1_019_652, "write_off": 3_393, "zero_price": 6_024 - 3_393, "adjustment": 6}
    sales = lines.filter(pc.equal(lines["kind"], "sale"))
    assert pc.sum(sales["goods_amount"]).as_py() == 2_052_266_184
    assert pc.sum(sales["quantity"]).as_py() == 11_239_344
    assert len(pc.unique(sales["order_id"])) == 40_076
    tiny = sales.filter(pc.less(sales["unit_price"], pa.scalar(0.005).cast(pa.decimal128(18, 6))))
    assert tiny.num_rows == 18 and pc.sum(tiny["goods_amount"]).as_py() == 0  # sales all the same


def test_both_files_say_the_same_about_the_days_they_share(found: list[Normalised]) -> None:
    for table in ("orders", "order_lines", "refunds"):
        key = list(TABLES[table].key)
        first, second = (next(s.rows for s in n.statements if s.table == table) for n in found)
        stated = [c for c in first.column_names if c not in ("_row", "_moment")]
        first = first.select(stated).append_column("_in", pa.array([1] * first.num_rows))
        second = second.select(stated).append_column("_in", pa.array([2] * second.num_rows))
        shared = second.join(first.select([*key, "_in"]).rename_columns([*key, "_other"]), key, join_type="inner")
        again = first.join(second.select([*key, "_in"]).rename_columns([*key, "_other"]), key, join_type="inner")
        order = [(k, "ascending") for k in key]
        assert shared.num_rows == again.num_rows > 0
        assert shared.select(stated).sort_by(order).equals(again.select(stated).sort_by(order)), table


def test_buyers(found: list[Normalised]) -> None:
    orders, lines = both(found, "orders"), both(found, "order_lines")
    sold = pc.unique(lines.filter(pc.equal(lines["kind"], "sale"))["order_id"])
    paid = orders.filter(pc.is_in(orders["order_id"], sold))
    per_buyer = pc.value_counts(paid["buyer_key"].drop_null())
    assert len(per_buyer) == 5_878
    assert pc.sum(pc.greater_equal(pc.struct_field(per_buyer, "counts"), 2)).as_py() == 4_255
    assert len(pc.unique(orders["region"])) == 43


def test_identity_coverage(found: list[Normalised]) -> None:
    for name, one in zip(FILES, found, strict=True):
        counted = duckdb.sql(
            f"""
            select count(distinct Invoice) filter (CustomerID is not null), count(distinct Invoice) from '{DATA / name}'
            where Quantity > 0 and Price > 0 and left(Invoice, 1) not in ('C', 'A')
            """
        ).fetchall()[0]
        assert one.coverage is not None and (one.coverage.with_key, one.coverage.orders) == counted
