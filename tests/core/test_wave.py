"""The fields of a wave, as people write them."""

from __future__ import annotations

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.wave import read_wave

GIVEN = {"name": "June", "audience": "first:2026-05-01..2026-05-07", "send": "2026-06-06", "until": "2026-06-30"}


def test_a_wave_has_its_usual_fields() -> None:
    wave = read_wave({**GIVEN, "off": "20", "minimum": "1,70"}, "CNY")
    assert (wave.of("reach"), wave.share("holdout"), wave.amount("budget")) == ("C", 0.1, None)
    assert wave.coupon is not None and (wave.coupon.off, wave.coupon.minimum) == (2000, 17000)
    assert read_wave({**GIVEN, "off": "0"}, "CNY").coupon is None


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("colour", "red", "wave_field_unknown"), ("name", " ", "wave_field_bad"), ("reach", "D", "wave_field_bad"),
        ("audience", "everybody", "wave_audience"), ("audience", "rfm:nobody", "wave_audience"),
        ("until", "2026-06-05", "wave_field_bad"), ("holdout", "0.6", "wave_field_bad"), ("off", "-1", "wave_field_bad"),
        ("off", "1e99999999", "wave_field_bad"), ("send", "soon", "day_bad"), ("text", "x" * 301, "wave_field_bad"),
        ("touch", "call", "wave_field_bad"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(field: str, value: str, code: str) -> None:
    with pytest.raises(GoldloopError) as caught:
        read_wave({**GIVEN, field: value}, "CNY")
    assert caught.value.code == code
