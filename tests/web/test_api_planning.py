"""Planning without a kept plan over the API: owners, events, levers and pace answer as the command line's `--json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.mini import row, write
from tests.web.conftest import Group
from tests.web.test_api import error_of

FIRST, DAYS, AD_DAYS = date(2025, 9, 1), 181, 212  # orders to the last of February, ads to the last of March
MARCH = ("--from", "2026-03-01", "--to", "2026-03-31", "--new", "first-in-data", "--store", "Ours")
SPELLED = ("new-buyers=3", "new-gmv=60", "repeat-buyers=2", "repeat-buyer-value=10")
PLAN = tuple(text for one in SPELLED for text in ("--plan", one))


@pytest.fixture(scope="module")
def past(group: Group, tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Half a year of one store: the more a week's ads cost, the more buyers are new, and one a week comes back."""
    from goldloop.web.shops import whole_shop

    orders, ads = [], ["first_day,last_day,tool,cost,currency"]
    for n in range(AD_DAYS):
        day, week = FIRST + timedelta(days=n), n // 7
        spent = (50, 80, 110, 160, 240)[week * 3 % 5]
        ads.append(f"{day},{day},search,{spent},CNY")
        if n >= DAYS:
            continue
        new = [f"new-{n}-{k}" for k in range(round(spent**0.6 / 4))]
        orders += [row(f"{n}-{k}", at=f"{day} 09:00:00", buyer=buyer) for k, buyer in enumerate(new)]
        if n > 30 and n % 7 == 0:
            orders.append(row(f"{n}-again", price="12.00", at=f"{day} 10:00:00", buyer=f"new-{n - 28}-0"))
    folder: Path = tmp_path_factory.mktemp("past")
    (folder / "ads.csv").write_text("\n".join(ads) + "\n", "utf-8")
    files = [write(folder / "orders.csv", orders), folder / "ads.csv"]
    assert all(not one.error for one in whole_shop().import_files(files, store="Ours"))
    return group


def query_of(options: tuple[str, ...]) -> dict[str, list[str]]:
    """Options of the command line as the API is asked them."""
    asked: dict[str, list[str]] = {}
    for name, value in zip(options[::2], options[1::2], strict=True):
        asked.setdefault(name.removeprefix("--").replace("-", "_"), []).append(value)
    return asked


@pytest.fixture
def both(past: Group, client_of: Callable[..., Any], capsys: Any) -> Callable[..., tuple[dict[str, Any], Any]]:
    """What the command line says, and the answer of the API."""
    from goldloop.cli.app import run

    def asked(command: str, *options: str) -> tuple[dict[str, Any], Any]:
        run(["plan", command, "--json", *options])
        said = json.loads(capsys.readouterr().out)
        return said, client_of("group owner").get(f"/api/v1/plans/{command}", query_of(options))

    return asked


@pytest.mark.parametrize(
    ("command", "options", "name"),
    [
        ("owners", (), "gap"),
        ("owners", ("--against", "2025-11-01..2025-11-30"), "gap"),
        ("owners", (*PLAN, "--shape", ",".join(["1.5"] * 31)), "gap"),
        ("event", (), "balance"),
        ("event", ("--cost", "0.4万", "--margin", "45%"), "balance"),
        ("levers", ("--gap", "100"), "moves"),
        ("pace", ("--gmv", "3,100", "--orders", "62", "--shape", "weekday", "--most", "1.3"), "targets"),
        ("pace", ("--new-buyers", "62", "--shape", ",".join(["1", *("2",) * 30]), "--until", "2026-03-03"), "targets"),
    ],
)
def test_the_whole_answer_is_the_command_lines(
    both: Callable[..., Any], command: str, options: tuple[str, ...], name: str
) -> None:
    said, answer = both(command, *MARCH, *options)
    assert answer.status_code == 200 and said[name]
    assert answer.json() == said


@pytest.mark.parametrize(
    ("command", "options", "code"),
    [
        ("owners", ("--plan", "new-buyers"), "plan_pair"),
        ("owners", ("--plan", "Ours:new-buyers=3"), "plan_incomplete"),
        ("owners", ("--shape", "1,nan"), "shape_bad"),
        ("event", ("--margin", "9" * 40), "investment_bad"),
        ("event", ("--margin", "half"), "share_bad"),
        ("event", ("--cost", "1e99"), "plan_number_bad"),
        ("levers", (), "levers_asked"),
        ("levers", ("--gap", "1e999"), "plan_number_bad"),
        ("pace", (), "pace_unknown"),
        ("pace", ("--gmv", "3100", "--shape", "1,2"), "pace_shape_days"),
        ("pace", ("--new-buyers", "-1"), "plan_value_out_of_range"),
    ],
)
def test_what_cannot_be_answered_is_refused_alike(
    both: Callable[..., Any], command: str, options: tuple[str, ...], code: str
) -> None:
    said, answer = both(command, *MARCH, *options)
    assert error_of(answer) == (400, code)
    assert {**answer.json()["error"], "todo": None} == {**said["error"], "todo": None}, "a command is no step here"


def test_stores_and_costs_of_others_stay_theirs(past: Group, client_of: Callable[..., Any]) -> None:
    browser, asked = client_of("operator"), query_of(MARCH[:4])
    for path, more in (("owners", {}), ("event", {"cost": "1", "margin": "0.4"}), ("levers", {"gap": "9"}), ("pace", {"gmv": "9"})):  # fmt: skip
        answer = browser.get(f"/api/v1/plans/{path}", {**asked, **more, "store": "Theirs"})
        assert error_of(answer) == (404, "store_unknown"), path
    assert error_of(browser.get("/api/v1/plans/event", {**asked, "cost": "1"})) == (403, "figure_hidden")
    assert error_of(browser.get("/api/v1/plans/owners", {"from": "2026-03-01"}))[0] == 422
    assert error_of(browser.get("/api/v1/plans/pace", {**asked, "gmv": "9", "most": "x"})) == (400, "plan_number_bad")


def test_an_agent_has_them_as_tools(past: Group) -> None:
    from goldloop.web import mcp

    found = mcp.tools()
    assert {"plan_owners", "plan_event", "plan_levers", "target_pace"} <= set(found)
    assert set(found["plan_levers"].input_schema["required"]) == {"from", "to"}
