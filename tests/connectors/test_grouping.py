"""By which columns a sheet may be cut: never where rows depend on one another."""

from __future__ import annotations

import pytest

from goldloop.connectors.grouping import Grouping, grouping
from goldloop.connectors.profile import load_profiles
from goldloop.lake.schema import TABLES

PROFILES = {profile.id: profile for profile in load_profiles()}


@pytest.mark.parametrize(
    ("profile", "by"),
    [
        ("taobao-suborders", ("主订单编号",)),
        ("taobao-order-list", ("订单编号",)),
        ("shopify-orders", ("Name",)),
        ("online-retail-ii", ("Invoice",)),
    ],
)
def test_orders_stay_together(profile: str, by: tuple[str, ...]) -> None:
    found = grouping(PROFILES[profile], TABLES, PROFILES[profile].names)
    assert found is not None
    assert found.by == by


@pytest.mark.parametrize(
    ("profile", "whole"),
    [("taobao-order-list", True), ("taobao-suborders", True), ("shopify-orders", False), ("tmall-aftersale", False)],
)
def test_whether_an_order_can_stand_in_two_pieces(profile: str, whole: bool) -> None:
    found = grouping(PROFILES[profile], TABLES, PROFILES[profile].names)
    assert found is not None
    assert found.whole_orders is whole


def test_a_tree_is_never_parted() -> None:
    assert grouping(PROFILES["sycm-sources"], TABLES, PROFILES["sycm-sources"].names) is None


def test_keys_of_other_columns_are_decided_among_all_pieces() -> None:
    profile = PROFILES["shopify-products"]
    found = grouping(profile, TABLES, profile.names)
    assert found is not None
    assert found.by == ("Handle",)
    assert {profile.into[n].table for n in found.apart} == {"products", "product_attributes"}


def test_a_column_that_is_not_there_keeps_nothing_together() -> None:
    profile = PROFILES["shopify-orders"]
    assert grouping(profile, TABLES, profile.names - {"Name"}) is None
    assert isinstance(grouping(profile, TABLES, {"Name"}), Grouping)
