"""The format of the guide "add your own format" stands the checks that await a contributed one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.connectors.compared import check_variants, originals

from goldloop.connectors.profile import check_profile, load_profiles, read_profile
from goldloop.connectors.templates import template_profiles
from goldloop.lake.schema import FILLED, TABLES

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"


@pytest.mark.parametrize("name", ["add_your_own_format.md", "add_your_own_format.zh-CN.md"])
def test_the_format_of_the_guide_can_be_contributed(name: str, tmp_path: Path) -> None:
    text = (GUIDES / name).read_text("utf-8")
    files = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', text, re.MULTILINE | re.DOTALL))
    sample, profiles = tmp_path / "web-shop-orders.csv", tmp_path / "profiles"
    profiles.mkdir()
    sample.write_text(files[sample.name], "utf-8")
    (profiles / "web-shop-orders.toml").write_text(files["web-shop-orders.toml"], "utf-8")
    check_profile(read_profile(profiles / "web-shop-orders.toml"), TABLES)
    known = [*template_profiles(FILLED), *load_profiles(profiles)]
    assert [one.profile.id for one in originals(sample, known)] == ["web-shop-orders"]
    check_variants(sample, known, range(12), tmp_path)
