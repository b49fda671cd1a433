"""Recognition: exact names, any of the first rows, the profile that explains most, and what is nearest when none fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldloop.connectors.profile import Profile, load_profiles, profile_from
from goldloop.connectors.readers import RawSheet, sheets
from goldloop.connectors.readers.delimited import DelimitedSheet
from goldloop.connectors.recognise import confidence_of, format_unknown, recognise
from goldloop.connectors.templates import template_profiles
from goldloop.core.errors import GoldloopError
from goldloop.lake.schema import FILLED

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
ALL = [*load_profiles(None), *template_profiles(FILLED)]


def profile(id: str, required: list[Any], optional: tuple[str, ...] = (), **more: Any) -> Profile:
    columns = {"order_id": "订单号"}
    recognise_part = {"required": required, "ignored": list(optional), **more.pop("recognise", {})}
    data = {
        "id": id,
        "title": {"zh": id, "en": id},
        "recognise": recognise_part,
        "into": [{"table": "orders", "columns": columns}],
    }
    return profile_from(data | more, id)


def sheet_of(*rows: str, file: str = "any.csv") -> RawSheet:
    return DelimitedSheet(pa.py_buffer("\n".join(rows).encode()), file=file)


SMALL = profile("small", ["订单号", "金额"])
LARGE = profile("large", ["订单号", "金额"], ("状态", "备注"))


def test_the_profile_that_knows_most_columns_is_taken() -> None:
    found = recognise(sheet_of("订单号,金额,状态,别的", "1,2,3,4"), [LARGE, SMALL])
    assert found.profile is LARGE
    assert (found.header_row, found.found, found.missing, found.unused) == (
        1,
        ("订单号", "金额", "状态"),
        ("备注",),
        ("别的",),
    )
    assert found.confidence == pytest.approx((3 / 4 + 2 * 3 / 4) / 3)
    assert [(a.profile.id, a.missing) for a in found.alternatives] == [("small", ())]
    assert [r.code for r in found.reasons] == ["required_found", "columns_known", "fits_too"]


def test_ties_go_to_more_required_names_then_to_the_file_name_then_to_the_users_own() -> None:
    strict = profile("strict", ["订单号", "金额", "状态"], ("备注",))
    named = profile("named", ["订单号", "金额"], ("状态", "备注"), recognise={"file_words": ["报表"]})
    own = profile("own", ["订单号", "金额"], ("状态", "备注"))
    rows = ("订单号,金额,状态,备注", "1,2,3,4")
    assert recognise(sheet_of(*rows), [strict, LARGE]).profile is strict
    assert recognise(sheet_of(*rows, file="报表.csv"), [named, LARGE]).profile is named
    assert recognise(sheet_of(*rows), [LARGE, own]).profile is own


def test_the_header_may_stand_below_a_preamble() -> None:
    above = ["", "报表,2026", '"订单号 金额"', ""]
    found = recognise(sheet_of(*above, '"\t订单号",金额 ', "1,2"), [SMALL])
    assert (found.profile, found.header_row) == (SMALL, 5)
    assert "header_below" in [r.code for r in found.reasons]
    assert recognise(sheet_of(*["x"] * 12, "订单号,金额"), [SMALL]).profile is None


def test_names_match_whole_never_in_part_and_width_does_not_matter() -> None:
    assert recognise(sheet_of("订单号码,金额"), [SMALL]).profile is None
    wide = profile("wide", ["订单号", "金额(元)"])
    assert recognise(sheet_of("订单号,金额（元）"), [wide]).profile is wide
    assert recognise(sheet_of("订单号,净金额（元）结算率"), [wide]).profile is None


def test_any_accepted_name_will_do_and_a_forbidden_one_will_not() -> None:
    either = profile("either", [["订单号", "主订单编号"], "金额"], recognise={"forbidden": ["子订单编号"]})
    assert recognise(sheet_of("主订单编号,金额"), [either]).profile is either
    assert recognise(sheet_of("主订单编号,金额,子订单编号"), [either]).profile is None


def test_an_alias_counts_once() -> None:
    aliased = profile("aliased", ["订单号"], aliases={"订单号": ["订单编号", "单号"]})
    found = recognise(sheet_of("单号"), [aliased])
    assert (found.profile, found.confidence, found.missing) == (aliased, 1.0, ())


def test_nothing_fits_says_what_is_nearest_and_what_it_lacks() -> None:
    found = recognise(sheet_of("订单号,状态,别的", "1,2,3"), [LARGE, SMALL, profile("far", ["甲", "乙"])])
    assert (found.profile, found.confidence, found.header_row) == (None, 0.0, 0)
    assert [(a.profile.id, a.missing) for a in found.alternatives] == [("large", ("金额",)), ("small", ("金额",))]
    error = format_unknown(found, "any.csv")
    assert (error.code, error.given, error.todo) == ("format_unknown", "any.csv", "goldloop profile new any.csv")
    assert error.allowed == ["large (lacks 金额)", "small (lacks 金额)"]
    assert format_unknown(recognise(sheet_of("x,y"), [SMALL]), "any.csv").allowed is None


def test_one_profile_can_be_asked_for() -> None:
    sheet = sheet_of("订单号,金额,状态")
    assert recognise(sheet, [LARGE, SMALL], only="small").profile is SMALL
    assert recognise(sheet_of("x"), [LARGE, SMALL], only="small").profile is None
    with pytest.raises(GoldloopError) as error:
        recognise(sheet, [LARGE, SMALL], only="none")
    assert (error.value.code, error.value.allowed) == ("profile_unknown", ["large", "small"])


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_confidence_is_a_share_and_only_a_whole_match_is_certain(numbers: list[int]) -> None:
    known, lacking, explained, others = numbers
    found = confidence_of(known, known + lacking, explained, explained + others)
    assert 0 <= found <= 1
    assert (found == 1) == (known > 0 == lacking and explained > 0 == others)


@pytest.mark.parametrize(
    ("file", "expected", "header_row"),
    [
        ("taobao_ExportOrderList_legacy.csv", "taobao-order-list", 1),
        ("taobao_suborders_2026.xlsx", "taobao-suborders", 1),
        ("【生意参谋平台】商品_全部_2026-10-01_2026-10-01.xls", "sycm-product", 5),
        ("【生意参谋平台】商品_宏观监控_2026-10.xls", "sycm-macro", 5),
        ("【生意参谋平台】店铺来源_2026-10-01.xls", "sycm-sources", 6),
        ("商品报表_20261002_101010.zip", "wanxiangtai", 1),
        ("1791213782_douyin_orders.csv", "douyin-orders", 1),
        ("shopify_orders_export.csv", "shopify-orders", 1),
    ],
)
def test_the_sample_files_are_recognised_without_a_hint(file: str, expected: str, header_row: int) -> None:
    for sheet in sheets(SAMPLES / file):
        found = recognise(sheet, ALL)
        assert found.profile is not None
        assert (found.profile.id, found.header_row) == (expected, header_row)
        assert found.confidence > 0.8


def test_a_table_of_something_else_is_not_taken_for_one() -> None:
    assert [recognise(sheet, ALL).profile for sheet in sheets(SAMPLES / "MANIFEST.json")] == [None]


def test_the_nearest_profiles_say_why_they_do_not_fit() -> None:
    lacks = profile("lacks", ["订单号", "下单时间"])
    refuses = profile("refuses", ["订单号"], recognise={"forbidden": ["金额"]})
    found = recognise(sheet_of("订单号,金额", "1,2"), [SMALL, lacks, refuses])
    assert found.alternatives == ()
    assert [(a.profile.id, a.missing, a.unwanted) for a in found.near] == [
        ("refuses", (), ("金额",)),
        ("lacks", ("下单时间",), ()),
    ]


def test_no_sample_fits_two_profiles() -> None:
    for file in sorted(SAMPLES.iterdir()):
        if file.name != "MANIFEST.json":
            for sheet in sheets(file):
                found = recognise(sheet, ALL)
                assert found.profile is not None and found.alternatives == (), file.name


def test_capitals_dashes_and_a_currency_in_a_name_do_not_matter() -> None:
    profile = profile_from(
        {
            "id": "x",
            "title": {"zh": "x", "en": "x"},
            "recognise": {"required": ["Units - Total", "Spent"]},
            "aliases": {"Spent": ["Dépensé"]},
            "currency": {"header": r"\s*\(([A-Z]{3})\)$"},
            "into": [{"table": "costs", "columns": {"kind": "Units - Total", "amount": "Spent"}}],
        },
        "x.toml",
    )
    for header in ("Units – Total,Spent", "UNITS — TOTAL,spent (EUR)", "units - total,dépensé (EUR)"):
        assert recognise(sheet_of(header), [profile]).missing == ()
    assert recognise(sheet_of("Units,Spent"), [profile]).profile is None
    assert recognise(sheet_of("Units - Total,Spent (all)"), [profile]).profile is None


def test_no_row_of_a_sample_is_lost_between_header_and_table() -> None:
    for file in sorted(SAMPLES.iterdir()):
        if file.suffix in {".csv", ".tsv", ".xls", ".xlsx", ".zip"}:
            for sheet in sheets(file):
                found = recognise(sheet, ALL)
                if found.profile is not None:
                    below = [r for r in sheet.first_rows(1000)[found.header_row :] if any(c.strip() for c in r)]
                    assert sheet.table(found.header_row).num_rows == len(below)
