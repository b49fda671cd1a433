"""Every sheet of every sample in many shapes: recognised as the same format, the same rows accounted for, the same said.

A sample put into `tests/data/samples` takes part by itself; `variants` tells in what its variants differ.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldloop.connectors.profile import load_profiles
from goldloop.connectors.templates import template_profiles
from goldloop.lake.schema import FILLED
from tests.connectors.compared import check_variants, originals
from tests.connectors.support import SAMPLES

KNOWN = [*template_profiles(FILLED), *load_profiles()]
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.name != "MANIFEST.json")
ORDINARY, SOAK = 12, 50  # variants of each sheet
ELSEWHERE = {"online-retail-ii"}  # tested with the real files


@pytest.mark.parametrize("name", FILES)
def test_variants_say_the_same(name: str, tmp_path: Path) -> None:
    check_variants(SAMPLES / name, KNOWN, range(ORDINARY), tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", FILES)
def test_many_variants_say_the_same(name: str, tmp_path: Path) -> None:
    check_variants(SAMPLES / name, KNOWN, range(ORDINARY, SOAK), tmp_path)


def test_every_format_has_a_sample() -> None:
    shown = {original.profile.id for name in FILES for original in originals(SAMPLES / name, KNOWN)}
    assert {profile.id for profile in load_profiles()} - shown == ELSEWHERE


def test_every_sample_is_described() -> None:
    described = json.loads((SAMPLES / "MANIFEST.json").read_text("utf-8"))
    assert sorted(one["file"] for one in described) == FILES
    assert all(one["headers"] for one in described)
