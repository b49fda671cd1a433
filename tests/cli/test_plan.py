"""`goldloop plan solve` and `plan check`: without a store, without data, without a home folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldloop.cli import main
from goldloop.core.plan.variables import EQUATIONS, VARIABLES

JUNE = ("--gmv", "2400000", "--buyer-value", "90", "--new-buyers", "16000", "--cac", "55", "--ad-budget", "800000")


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder that does not exist and is not made."""
    monkeypatch.setenv("GOLDLOOP_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("GOLDLOOP_LANG", "en")


def answer(capsys: pytest.CaptureFixture[str], *line: str, code: int = 0) -> dict:
    assert main([*line, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_solve_answers_programs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = answer(capsys, "plan", "solve", *JUNE)
    assert {"solved", "conflicts", "missing", "roundings"} <= data.keys()
    assert data["given"]["cac"] == "55"
    assert [reading["cac"] for reading in data["readings"]] == ["blended_cac", "paid_cac"]
    [conflict] = data["conflicts"]
    assert (conflict["code"], conflict["size"]) == ("blended_cac", "80000")
    assert {"variable", "from", "to"} <= conflict["repairs"][0].keys()
    assert data["whole"]["buyers"] == 26_667
    assert not (tmp_path / "none").exists()


def test_solve_answers_people_in_their_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "solve", *JUNE, "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    for words in ("获客成本按全店新客成本", "26,667", "差8万", "14,545", "1,455位", "访客数"):
        assert words in said
    assert main(["plan", "solve", "--gmv", "2400000", "--buyers", "26600", "--buyer-value", "90"]) == 0
    assert "buyers: 26,600 is 26,667 rounded." in capsys.readouterr().out


def test_the_list_names_every_variable_and_equation(capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, "plan", "solve", "--list")
    assert [v["name"] for v in data["variables"]] == list(VARIABLES)
    assert [e["name"] for e in data["equations"]] == list(EQUATIONS)
    assert main(["plan", "solve", "--list", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "--repeat-buyer-value" in said
    assert "广告预算 = 新客数 × 全店新客成本" in said


def test_every_variable_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "solve", "--help"]) == 0
    said = capsys.readouterr().out
    assert [name for name in (*VARIABLES, "cac") if f"--{name.replace('_', '-')} " not in said] == []


def test_check_tells_whether_it_closes(capsys: pytest.CaptureFixture[str]) -> None:
    open_plan = ("plan", "check", "--gmv", "2400000", "--previous-gmv", "1400000", "--growth")
    data = answer(capsys, *open_plan, "66%", code=1)
    assert not data["closes"]
    assert [(c["equation"], c["state"]) for c in data["checks"]] == [("growth", "conflict")]
    assert answer(capsys, *open_plan, "71.4%")["closes"]
    assert main([*open_plan, "66%", "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert "冲突" in said
    assert "+71.4%" in said


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("--gmv", "-5"), "plan_value_out_of_range"),
        (("--buyer-value", "0"), "plan_value_out_of_range"),
        (("--gmv", "lots"), "plan_number_bad"),
        (("--gmv", "1", "--currency", "x"), "plan_currency_bad"),
        ((), "plan_empty"),
    ],
)
def test_bad_values_are_refused_with_their_code(
    capsys: pytest.CaptureFixture[str], line: tuple[str, ...], code: str
) -> None:
    assert answer(capsys, "plan", "solve", *line, code=2)["error"]["code"] == code
