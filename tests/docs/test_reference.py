"""The reference says what the code says, and the glossary names only what exists."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


GENERATOR = generator()


@pytest.mark.parametrize("name", GENERATOR.PAGES)
def test_reference_is_what_the_code_says(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert committed == GENERATOR.page(name), "run `make docs`"


def test_names_of_the_glossary_exist() -> None:
    rows = re.findall(r"^\|[^|]*\|[^|]*\|([^|]*)\|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    source = "\n".join(p.read_text("utf-8") for p in (ROOT / "src" / "goldloop").rglob("*.py"))
    assert sorted(n for n in names if not re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", source)) == []


def test_figures_have_the_same_chinese_name_in_the_glossary() -> None:
    from goldloop.metrics.definitions import FIGURES

    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    golden = (
        "gmv",
        "visitors",
        "conversion",
        "buyers",
        "buyer_value",
        "orders_per_buyer",
        "order_value",
        "units_per_order",
        "unit_price",
        "net",
        "contribution",
    )
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for name in golden:
        chinese = re.split(r"[(（]", FIGURES[name].zh)[0]
        assert any(chinese in row and f"`{name}`" in row for row in rows), name


def test_every_variable_of_the_environment_is_described() -> None:
    from goldloop import settings

    told = {name: without for name, without, _ in settings.VARIABLES} | {one.name: "" for one in settings.LIMITS}
    for_tests = {"GOLDLOOP_STOP_AT"}  # where a test wants the process to die
    read = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r'"(GOLDLOOP_[A-Z_]+|AWS_[A-Z_]+)"', path.read_text("utf-8"))
    }
    assert read - for_tests - set(told) == set() and set(told) - read == set()
    assert told["GOLDLOOP_UPLOAD_MB"] == str(settings.UPLOAD_MB)
    assert told["GOLDLOOP_QUERY_SECONDS"] == str(settings.QUERY_SECONDS)
