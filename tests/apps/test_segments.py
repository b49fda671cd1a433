"""Kept segments and limits in the database: versions, whose they are, and nobody's change passed over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import Limits
from goldloop.core.members.segment_text import parse
from goldloop.core.viewer import Viewer
from goldloop.home import Home

MOMENT = datetime(2026, 5, 1, 1, tzinfo=UTC)


@pytest.fixture
def stores(home: Home) -> tuple[int, int]:
    from goldloop.apps.shops import api as shops

    return tuple(shops.store_add(name=name, platform="tmall").id for name in ("A", "B"))  # type: ignore[return-value]


def test_versions_are_kept_and_none_is_passed_over(stores) -> None:
    from goldloop.apps.segments import api as segments

    owner = Viewer(stores=frozenset(stores), name="owner")

    def save(text: str, **said):
        given = {"viewer": owner, "stores": stores, "moment": MOMENT, **said}
        return segments.segment_save(name=" Big  ones ", segment=parse(text), **given)

    before = segments.segments_mark()
    assert save("amount >= 100").number == 1 and save("消费金额 >= 100").number == 1, "the same words"
    assert save("amount >= 200", seen=1).number == 2 and segments.segments_mark() != before
    with pytest.raises(GoldloopError, match="changed meanwhile"):
        save("amount >= 300", seen=1)
    assert segments.segment_show(viewer=owner, name="Big ones").text == "amount >= 200"
    old = segments.segment_show(viewer=owner, name="Big ones@1")
    assert (old.text, old.number, old.current) == ("amount >= 100", 1, 2)
    for name in ("Big ones@9", "Big ones@x", "other"):
        with pytest.raises(GoldloopError) as refused:
            segments.segment_show(viewer=owner, name=name)
        assert refused.value.code == "segment_unknown"
    for bad in ("", "a@1", "x" * 81):
        with pytest.raises(GoldloopError) as refused:
            segments.segment_save(viewer=owner, name=bad, segment=parse("bought"), stores=stores, moment=MOMENT)
        assert refused.value.code == "segment_name"


def test_a_segment_of_stores_that_one_may_not_see_does_not_exist(stores) -> None:
    from goldloop.apps.segments import api as segments

    owner, one = Viewer(stores=frozenset(stores), name="owner"), Viewer(stores=frozenset(stores[:1]), name="one")
    segments.segment_save(viewer=owner, name="all", segment=parse("bought"), stores=stores, moment=MOMENT)
    assert segments.segment_list(viewer=one) == []
    with pytest.raises(GoldloopError) as refused:
        segments.segment_show(viewer=one, name="all")
    assert refused.value.allowed == []
    with pytest.raises(GoldloopError, match="no store"):
        segments.segment_save(viewer=one, name="x", segment=parse("bought"), stores=stores, moment=MOMENT)
    segments.segment_remove(viewer=owner, name="all", moment=MOMENT)
    assert segments.segment_list(viewer=owner) == []


def test_limits_of_a_store_are_set_and_forgotten(stores) -> None:
    from goldloop.apps.segments import api as segments

    one = Viewer(stores=frozenset(stores[:1]), name="one")
    segments.limits_set(viewer=one, store="A", limits=Limits(20, 60), moment=MOMENT)
    segments.limits_set(viewer=one, store="A", limits=Limits(30, 60), moment=MOMENT)
    assert segments.limits_list(stores=stores) == {stores[0]: Limits(30, 60)}
    segments.limits_set(viewer=one, store="A", limits=None, moment=MOMENT)
    assert segments.limits_list(stores=stores) == {}
    with pytest.raises(GoldloopError, match="no store"):
        segments.limits_set(viewer=one, store="B", limits=Limits(30, 60), moment=MOMENT)
