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
    "members_file": "tab=pairs&table=together",
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
    route = next(one for one in ROUTES if one.name == name)
    asked = f"store={sold.stores['Ours']}&{DAYS}&{ASKED[name]}"
    assert harmless(client_of("owner"), f"/{route.path}?{asked}&format=") >= 1


@pytest.fixture
def planned(client_of: Callable[..., Any]) -> dict[str, str]:
    """Files of a plan and of events that are called like formulas, by route."""
    browser = client_of("owner")
    plan = browser.post("/plan/keep", {"period": "2026-06", "gmv": "240000", "buyer_value": "90", "name": "=1+1"})
    assert plan.status_code == 302
    browser.post(f"{plan.url}/comments", {"text": "@SUM(A1)", "seen": "1"})
    phase = {"phase_kind": "sale", "phase_from": "2031-06-17", "phase_to": "2031-06-19", "phase_name": "+1"}
    phase |= {"phase_opens": "", "phase_closes": ""}
    for payload in [one for one in PAYLOADS if one.strip().isprintable()][:12]:
        said = {"name": payload, "kind": "store", "owner": "operations", "target": "9", "hypothesis": payload, **phase}
        assert browser.post("/calendar/new", said).status_code == 302, payload
    return {"plan_file": f"{plan.url}/file", "event_file": "/calendar/file"}


@pytest.mark.parametrize("name", ["plan_file", "event_file"])
def test_no_file_of_plans_and_events_holds_a_formula(
    name: str, planned: dict[str, str], client_of: Callable[..., Any]
) -> None:
    assert harmless(client_of("owner"), f"{planned[name]}?format=") == 2


def test_every_download_is_among_them() -> None:
    every = {route.name for route in ROUTES if route.right == "export" and "GET" in route.methods}
    assert every == {*ASKED, "plan_file", "event_file"}


def harmless(browser: Any, address: str) -> int:
    """In how many formats there is such a file; fails where one of them holds a formula."""
    import openpyxl

    seen = 0
    for form in ("csv", "xlsx"):
        answer = browser.get(f"{address}{form}")
        content = b"".join(answer)
        if answer.status_code != 200:
            continue
        if content[:2] == b"PK":
            sheets = openpyxl.load_workbook(io.BytesIO(content))
            kinds = {cell.data_type for sheet in sheets for line in sheet.iter_rows() for cell in line}
            assert kinds <= {"s", "n", "d", "b", "inlineStr"}
        elif "csv" in answer["Content-Type"]:
            found = cells(content.decode("utf-8-sig"))
            assert [one for one in found if FORMULA.match(one) and not NUMBER.fullmatch(one)] == []
        seen += 1
    return seen
