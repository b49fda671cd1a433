"""What is typed of an event: read, kept as text that compares, and refused with the field it stands in."""

from __future__ import annotations

from datetime import date

import pytest

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.event import PHASES, parse_phase, problems, read_content

GIVEN = {
    "name": "  Summer   sale ",
    "phases": "encore 2026-06-20\nwarm_up 2026-06-12..2026-06-15; 2026-06-16T20:00..2026-06-18 first wave",
    "products": "cup=9.90/500; tea",
    "fee": "1.5万",
    "margin": "40%",
}


def test_an_event_is_kept_as_text_that_reads_the_same_again() -> None:
    content = read_content(GIVEN, "CNY")
    assert content.name == "Summer sale" and content.kind == "store" and content.said["fee"] == "15000"
    assert [one.kind for one in content.phases] == ["warm_up", "sale", "encore"]
    assert content.phases[1].name == "first wave" and content.phases[1].first.hour == 20
    assert content.waves == (
        Period(date(2026, 6, 16), date(2026, 6, 18)),
        Period(date(2026, 6, 20), date(2026, 6, 20)),
    )
    assert content.days == Period(date(2026, 6, 12), date(2026, 6, 20))
    assert (content.opens, content.ends) == (date(2026, 6, 16), date(2026, 6, 20))
    assert [(one.id, one.price, one.stock) for one in content.products] == [("cup", "9.90", "500"), ("tea", "", "")]
    assert read_content(content.said, "CNY") == content
    assert content.as_dict()["margin"] == 0.4 and content.as_dict()["target"] is None


@pytest.mark.parametrize("kind", PHASES)
def test_a_phase_written_out_reads_the_same_again(kind: str) -> None:
    for text in (f"{kind} 2026-06-16", f"{kind} 2026-06-16T20:00..2026-06-18T23:59 late night"):
        assert parse_phase(str(parse_phase(text))) == parse_phase(text)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("name", "", "event_text_bad"),
        ("name", "x" * 61, "event_text_bad"),
        ("kind", "party", "event_kind_unknown"),
        ("phases", "", "event_no_open_days"),
        ("phases", "warm_up 2026-06-12", "event_no_open_days"),
        ("phases", "2026-06-18..2026-06-16", "event_phases_bad"),
        ("phases", "sale 2026-06-16T25:00", "event_phases_bad"),
        ("phases", "sale 2026-02-30", "day_bad"),
        ("phases", "sale 2026-01-01..2027-12-31", "event_too_long"),
        ("products", "cup=cheap", "event_products_bad"),
        ("fee", "-1", "event_amount_bad"),
        ("fee", "much", "plan_number_bad"),
        ("fee", "0.001", "event_amount_bad"),
        ("target", "0", "event_amount_bad"),
        ("margin", "120%", "event_amount_bad"),
        ("target_new_buyers", "1.5", "event_amount_bad"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(field: str, text: str, code: str) -> None:
    given = {**GIVEN, field: text}
    with pytest.raises(GoldloopError) as refused:
        read_content(given, "CNY")
    assert refused.value.code == code
    assert list(problems(given, "CNY")) == [field]


def test_a_field_that_no_event_has_is_refused() -> None:
    with pytest.raises(GoldloopError) as refused:
        read_content({**GIVEN, "colour": "red"}, "CNY")
    assert refused.value.code == "event_field_unknown"
