"""Limits on files come from the environment, and a bad value stops the program."""

from __future__ import annotations

from dataclasses import fields

import pytest

from goldloop import settings
from goldloop.connectors.readers import Limits
from goldloop.core.errors import GoldloopError


def test_limits_have_defaults_and_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in settings.LIMITS:
        monkeypatch.delenv(limit.name, raising=False)
    assert settings.read().limits == Limits()
    for number, limit in enumerate(settings.LIMITS, 1):
        monkeypatch.setenv(limit.name, str(number))
    found = settings.read().limits
    for number, limit in enumerate(settings.LIMITS, 1):
        assert getattr(found, limit.field) == number * limit.unit
    assert {limit.field for limit in settings.LIMITS} <= {field.name for field in fields(Limits)}


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "10000000000", "１", "1e3"])
def test_a_bad_limit_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GOLDLOOP_TEXT_MB", value)
    with pytest.raises(GoldloopError) as error:
        settings.read()
    assert (error.value.code, error.value.params["name"]) == ("setting_bad", "GOLDLOOP_TEXT_MB")
