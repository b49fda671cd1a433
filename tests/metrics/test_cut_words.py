"""Cuts and their values in words: every code of ours has both languages, everything else stays as it is."""

from __future__ import annotations

import pytest

from goldloop.metrics.cut_words import VALUES, cut_name, scope_name, segment_name, value_word
from goldloop.metrics.cuts import CUTS
from goldloop.metrics.reasons import text


def test_every_code_has_both_languages():
    assert VALUES.keys() <= CUTS.keys()
    for cut, values in VALUES.items():
        for code, (zh, en) in values.items():
            assert zh and en and value_word(cut, code, zh=True) == zh and value_word(cut, code, zh=False) == en
            assert code.isdigit() or code.split("_")[0] in CUTS[cut].doc


@pytest.mark.parametrize(("zh", "wanted"), [(True, "新客 / 浙江 / 未知"), (False, "new / 浙江 / unknown")])
def test_segments_are_named(zh, wanted):
    assert segment_name(("buyer_type", "region", "channel"), ("new", "浙江", None), zh=zh) == wanted


def test_scopes_name_cut_and_value():
    scope = {"day_type": "event", "attr:风格": "通勤"}
    assert scope_name(scope, zh=True) == "日类型=活动 x 风格=通勤"
    assert scope_name(scope, zh=False) == "day type=event x 风格=通勤"
    assert cut_name("hour", zh=True) == "小时" and value_word("hour", 7, zh=True) == "7 点"


def test_reasons_name_cuts_and_figures_in_chinese():
    assert "地区、小时" in text("not_by_this_cut", {"cut": "region, hour"}, "zh")
    assert "region" in text("not_by_this_cut", {"cut": "region"})
    assert "visitor_days" not in text("not_additive", {"instead": "visitor_days"}, "zh")
