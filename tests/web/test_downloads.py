"""SEC-05: whatever stands in titles of goods, no file that a page hands out holds a formula, and numbers stay numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_harmless import FORMULA, NUMBER, PAYLOADS, cells
from tests.jobs.mini import row, write
from tests.web.conftest import Group

from goldloop.web.routes import ROUTES

DAYS = "from=2026-04-01&to=2026-04-05&compare=previous"
ASKED = {
    "why_file": "figure=gmv&by=product",
    "daily_file": "",
    "explore_file": "figures=gmv,orders&by=product",
    "cohorts_file": "",
    "rows_file": "figure=gmv",
}


@pytest.fixture(scope="module")
def sold(group: Group, tmp_path_factory: pytest.TempPathFactory) -> Group:
    """The group after orders whose goods and numbers are called like formulas."""
    from goldloop import home as homes
    from goldloop.shop import Shop

    names = [payload.replace("\0", "") for payload in PAYLOADS]
    lines = [row(f"={n}", name, at=f"2026-04-0{1 + n % 5} 10:00:00", store="Ours") for n, name in enumerate(names)]
    file: Path = write(tmp_path_factory.mktemp("formulas") / "=orders.csv", lines)
    Shop(homes.find(group.root)).import_files([file], store="Ours")
    return group


@pytest.mark.parametrize("name", ASKED)
def test_no_file_of_a_page_holds_a_formula(name: str, sold: Group, client_of: Callable[..., Any]) -> None:
    import openpyxl

    route = next(one for one in ROUTES if one.name == name)
    browser, seen = client_of("owner"), 0
    for form in ("csv", "xlsx"):
        answer = browser.get(f"/{route.path}?store={sold.stores['Ours']}&{DAYS}&{ASKED[name]}&format={form}")
        content = b"".join(answer)
        if answer.status_code != 200:
            continue
        if content[:2] == b"PK":
            sheets = openpyxl.load_workbook(io.BytesIO(content))
            assert {cell.data_type for sheet in sheets for line in sheet.iter_rows() for cell in line} <= {
                "s",
                "n",
                "d",
                "b",
                "inlineStr",
            }
        elif "csv" in answer["Content-Type"]:
            bad = [
                cell
                for cell in cells(content.decode("utf-8-sig"))
                if FORMULA.match(cell) and not NUMBER.fullmatch(cell)
            ]
            assert bad == []
        seen += 1
    assert seen


def test_every_download_is_among_them() -> None:
    """Those of plans and events need one of each and are tested with them."""
    every = {route.name for route in ROUTES if route.right == "export" and "GET" in route.methods}
    assert every - {"plan_file", "event_file"} == set(ASKED)
