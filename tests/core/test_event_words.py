"""Events of a coupon calendar are kept as data and told in the reader's language; so are those of the first form."""

from __future__ import annotations

import pytest

from goldloop.core.event import read_content
from goldloop.core.event_words import kept, proposed, title, why

WHY = {
    "en": "2000 coupons fall due in this week, most of them (900) on 2026-06-29.",
    "zh": "这一周有 2000 张券到期发放，其中最多的一天是 2026-06-29（900 张）。",
}
TITLES = {"en": "Store event, 2026-06 week 4", "zh": "店铺活动 2026-06 第4周"}


def content(**said: str):
    return read_content({"phases": "sale 2026-06-22..2026-06-30", **said}, "CNY")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_proposed_is_told_in_both_languages(lang) -> None:
    now = content(**proposed("2026-06", 4, 2000, 900, "2026-06-29"))
    before = content(name="2026-06 W4", hypothesis=WHY["en"])
    assert {title(one, lang) for one in (now, before)} == {TITLES[lang]}
    assert {why(one, lang) for one in (now, before)} == {WHY[lang]}
    assert now.said["hypothesis"].isascii() and "fall due" not in now.said["hypothesis"]


def test_what_people_wrote_stays_as_it_is() -> None:
    own = content(name="夏季 W4", hypothesis="coupons due soon")
    assert {title(own, lang) for lang in TITLES} == {"夏季 W4"} and {why(own, lang) for lang in TITLES} == {
        "coupons due soon"
    }
    assert why(content(name="x"), "en") == ""


def test_a_form_that_is_sent_unchanged_keeps_the_data() -> None:
    now = content(**proposed("2026-06", 4, 2000, 900, "2026-06-29"))
    said = {"name": TITLES["zh"], "hypothesis": WHY["zh"], "fee": "5"}
    told = kept(said, now, "zh")
    assert (told["name"], told["hypothesis"], told["fee"]) == ("2026-06 W4", now.said["hypothesis"], "5")
    assert kept({**said, "name": "夏促"}, now, "zh")["name"] == "夏促"
    assert kept({"name": "n", "hypothesis": ""}, content(name="n"), "en") == {"name": "n", "hypothesis": ""}
