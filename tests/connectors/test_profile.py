from pathlib import Path
from typing import Any

import pytest

from goldloop.connectors.profile import ProfileBad, check_profile, load_profiles, profile_from, read_profile
from goldloop.lake.schema import TABLES
from tests.connectors.support import PROFILES

BASE: dict[str, Any] = {
    "id": "mine",
    "title": {"zh": "我的", "en": "Mine"},
    "recognise": {"required": ["单号", ["金额", "总额"]]},
    "into": [{"table": "orders", "columns": {"order_id": "单号", "goods_amount": "金额"}}],
}


def made(**more: Any) -> Any:
    return profile_from(BASE | more, "mine.toml")


def test_the_formats_of_this_release_are_there() -> None:
    assert set(PROFILES) >= {
        "taobao-order-list", "taobao-suborders", "tmall-aftersale", "sycm-shop-day", "sycm-product", "sycm-sources", "sycm-macro",
        "wanxiangtai", "douyin-orders", "shopify-orders", "shopify-products", "online-retail-ii",
    }  # fmt: skip


@pytest.mark.parametrize("profile", load_profiles(), ids=lambda p: p.id)
def test_every_built_in_profile_fits_the_schema_and_explains_itself(profile: Any) -> None:
    check_profile(profile, TABLES)
    assert "Where it comes from" in profile.about and "Traps" in profile.about
    assert profile.title["zh"] and profile.title["en"]
    assert Path(profile.origin).stem == profile.id
    assert profile.mapped()


def test_aliases_widen_the_signature_and_the_known_names() -> None:
    profile = made(aliases={"单号": ["订单号 ", "编号（新）"]})
    assert profile.required == (("单号", "订单号", "编号(新)"), ("金额", "总额"))
    assert profile.names == {"单号", "订单号", "编号(新)", "金额", "总额"}
    assert profile.aliases == {"订单号": "单号", "编号(新)": "单号"}


def test_which_column_goes_where() -> None:
    assert made().mapped() == {"单号": ["orders.order_id"], "金额": ["orders.goods_amount"]}


def test_a_profile_needs_a_period_when_its_days_may_stand_outside() -> None:
    needing = {p.id for p in PROFILES.values() if p.needs_period}
    assert needing >= {"sycm-product", "sycm-sources", "wanxiangtai", "qianchuan"}
    assert not needing & {"sycm-shop-day", "taobao-order-list"}


def test_shop_files_keep_every_column() -> None:
    assert [p.id for p in PROFILES.values() if p.takes_all] == ["shopify-products"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"title": {"zh": "a"}}, "title.en"),
        ({"colums": 1}, "colums"),
        ({"platforms": ["ebay"]}, "platforms"),
        ({"recognise": {}}, "recognise.required"),
        ({"recognise": {"required": []}}, "recognise.required"),
        ({"into": []}, "into"),
        ({"into": [{"table": "orders", "columns": {"order_id": {"form": "单号"}}}]}, "into[1].columns.order_id.form"),
        ({"into": [{"table": "orders", "columns": {"order_id": {"from": "单号", "add": ["x"]}}}]}, "into[1].columns.order_id"),
        ({"into": [{"table": "orders", "columns": {"order_id": {"from": "@moon"}}}]}, "into[1].columns.order_id"),
        ({"into": [{"table": "orders", "columns": {"order_id": {"from": "单号", "scale": 0.1}}}]}, "into[1].columns.order_id.scale"),
        ({"into": [{"table": "orders", "columns": {"order_id": {"from": "单号", "extract": "(a"}}}]}, "into[1].columns.order_id.extract"),
        ({"into": [{"table": "orders", "columns": {"status": {"from": "单号", "map": "none"}}}]}, "into[1]"),
        ({"into": [{"table": "orders", "when": [{"column": "x"}], "columns": {}}]}, "into[1].when[1]"),
        ({"into": [{"table": "orders", "columns": {"order_id": "@line_key"}}]}, "into[1].columns"),
        ({"drop": [{"rule": "total_row"}]}, "drop[1].when"),
        ({"aliases": {"a": ["c"], "b": ["c"]}}, "aliases.b"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_and_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(ProfileBad) as error:
        made(**change)
    assert error.value.code == "profile_bad"
    assert error.value.params == {"file": "mine.toml", "key": key}
    assert error.value.allowed is not None and "mine.toml" in str(error.value)


def test_columns_and_tables_must_exist() -> None:
    for into, key in (
        ([{"table": "sales", "columns": {"order_id": "单号"}}], "into[1].table"),
        ([{"table": "orders", "columns": {"order": "单号"}}], "into[1].columns.order"),
        ([{"table": "order_lines", "columns": {"order_id": "单号"}}], "into[1].columns"),
        (
            [{"table": "orders", "columns": {"order_id": "单号", "gmv": "金额"}}],
            "into[1].columns.gmv",
        ),  # derived, not stated
    ):
        with pytest.raises(ProfileBad) as error:
            check_profile(made(into=into), TABLES)
        assert error.value.params["key"] == key


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes("id = 订单".encode("gb18030"))
    with pytest.raises(ProfileBad) as error:
        read_profile(path)
    assert error.value.params == {"file": str(path), "key": "(file)"}


def test_a_profile_of_the_user_goes_before_the_built_in_one(tmp_path: Path) -> None:
    text = Path(PROFILES["taobao-order-list"].origin).read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace("Taobao/Tmall order list", "Ours"), encoding="utf-8")
    profiles = load_profiles(tmp_path)
    assert len(profiles) == len(PROFILES)
    assert next(p for p in profiles if p.id == "taobao-order-list").title["en"] == "Ours"
