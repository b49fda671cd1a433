"""Stores, the tree and the rules: what they accept, what they refuse, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import date

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.home import Home


@pytest.fixture
def api(home: Home):
    from goldloop.apps.shops import api

    return api


def refusal(function, **given) -> str:
    with pytest.raises(GoldloopError) as caught:
        function(**given)
    return caught.value.code


def test_a_chinese_store_needs_only_a_name_and_a_platform(api) -> None:
    store = api.store_add(name="  金环  旗舰店 ", platform="tmall")
    assert (store.name, store.currency, store.timezone) == ("金环 旗舰店", "CNY", "Asia/Shanghai")
    assert (store.day_starts, store.opened_on, store.identity_limit) == (0, None, 0.95)
    assert api.store_list() == [store]
    assert api.store_by_name(name="金环 旗舰店") == store


@pytest.mark.parametrize("missing", ["currency", "timezone"])
def test_elsewhere_currency_and_zone_are_never_guessed(api, missing: str) -> None:
    given = {"currency": "USD", "timezone": "America/New_York"} | {missing: None}
    assert refusal(api.store_add, name="A", platform="shopify", **given) == "store_setting_needed"
    assert api.store_list() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "store_name_bad"),
        ({"name": "a\0b"}, "store_name_bad"),
        ({"platform": "ebay2"}, "platform_unknown"),
        ({"currency": "yuan"}, "currency_bad"),
        ({"timezone": "Mars/Olympus"}, "timezone_unknown"),
        ({"timezone": "../etc/passwd"}, "timezone_unknown"),
        ({"day_starts": 1440}, "day_starts_bad"),
        ({"identity_limit": 1.5}, "identity_limit_bad"),
        ({"gmv_amount": "net"}, "gmv_amount_unknown"),
    ],
)
def test_bad_settings_are_refused_and_change_nothing(api, changed: dict[str, object], code: str) -> None:
    given = {"name": "A", "platform": "tmall", **changed}
    assert refusal(api.store_add, **given) == code
    assert api.store_list() == []


def test_a_second_store_of_the_same_name_is_refused(api) -> None:
    api.store_add(name="A", platform="tmall")
    assert refusal(api.store_add, name="A ", platform="jd") == "store_exists"
    assert len(api.store_list()) == 1


def test_an_unknown_store_lists_the_names_there_are(api) -> None:
    api.store_add(name="North", platform="tmall")
    with pytest.raises(GoldloopError) as caught:
        api.store_by_name(name="Nort")
    assert (caught.value.code, caught.value.allowed) == ("store_unknown", ["North"])
    assert "North" in caught.value.todo


def test_settings_change_and_the_rest_stays(api) -> None:
    before = api.store_add(name="A", platform="tmall", day_starts=30)
    after = api.store_set(name="A", opened_on=date(2024, 5, 1))
    assert (after.day_starts, after.opened_on, after.id) == (30, date(2024, 5, 1), before.id)


def test_membership_is_dated(api) -> None:
    store = api.store_add(name="A", platform="tmall")
    company = api.company_ensure()
    unit = api.unit_add(name="Home", kind="business_unit", parent=company)
    team = api.unit_add(name="Team", kind="department", parent=unit)
    api.store_move(store=store.id, unit=team, valid_from=date(2026, 3, 1))
    assert api.store_unit_on(store=store.id, day=date(2026, 2, 28)) == company
    assert api.store_unit_on(store=store.id, day=date(2026, 3, 1)) == team
    assert [(u["name"], u["depth"]) for u in api.unit_tree()] == [("goldloop", 0), ("Home", 1), ("Team", 2)]


def test_the_tree_keeps_its_levels(api) -> None:
    company = api.company_ensure()
    assert refusal(api.unit_add, name="T", kind="department", parent=company) == "unit_unknown"
    assert refusal(api.unit_add, name="T", kind="company", parent=company) == "unit_kind_bad"
    api.unit_add(name="T", kind="business_unit", parent=company)
    assert refusal(api.unit_add, name="T", kind="business_unit", parent=company) == "unit_exists"


def test_the_owner_sees_every_store(api) -> None:
    stores = [api.store_add(name=name, platform="tmall") for name in "AB"]
    viewer = api.owner_viewer()
    assert viewer.stores == {store.id for store in stores}
    assert not viewer.hidden


def test_default_rules_hold_for_chinese_platforms_only(api) -> None:
    assert api.exclusion_list() == []  # no store yet, and never "all stores"
    here = api.store_add(name="A", platform="taobao")
    api.store_add(name="B", platform="shopify", currency="USD", timezone="America/New_York")
    rules = {rule.code: rule for rule in api.exclusion_list()}
    assert rules["one_cent"].values == ("0.01",)
    assert {tuple(rule.stores) for rule in rules.values()} == {(here.id,)}


def test_a_rule_without_stores_holds_for_all(api) -> None:
    api.store_add(name="A", platform="taobao")
    api.exclusion_add(code="gifts", kind="product", values=["77"])
    assert next(rule for rule in api.exclusion_list() if rule.code == "gifts").stores == frozenset()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"code": "one_cent", "kind": "amount", "values": ["0.01"]}, "exclusion_exists"),
        ({"code": "x", "kind": "moon", "values": ["1"]}, "exclusion_kind_bad"),
        ({"code": "x", "kind": "sku", "values": [" "]}, "exclusion_values_needed"),
        ({"code": "x", "kind": "amount", "values": ["one"]}, "exclusion_amount_bad"),
        ({"code": "x", "kind": "sku", "values": ["1"], "platforms": ["moon"]}, "platform_unknown"),
    ],
)
def test_bad_rules_are_refused_and_change_nothing(api, given: dict[str, object], code: str) -> None:
    before = api.exclusion_rows()
    assert refusal(api.exclusion_add, **given) == code
    assert api.exclusion_rows() == before


def test_a_removed_rule_is_gone_and_an_unknown_one_is_named(api) -> None:
    api.exclusion_remove(code="one_cent")
    assert "one_cent" not in {rule["code"] for rule in api.exclusion_rows()}
    assert refusal(api.exclusion_remove, code="one_cent") == "exclusion_unknown"
