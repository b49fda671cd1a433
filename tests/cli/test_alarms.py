"""`goldloop watch` as people and programs call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.watched import FALL, watched

from goldloop.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return watched(tmp_path_factory.mktemp("watch")).home.root


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]):
    def asked(*args: str, code: int = 0, lang: str = "en") -> Any:
        assert main(["--home", str(home), "--lang", lang, *args]) == code
        said = capsys.readouterr().out
        return json.loads(said) if "--json" in args else said

    return asked


def test_rules_are_data(call) -> None:
    assert [rule["rule"] for rule in call("watch", "rules", "list", "--json")["rules"]][:2] == ["ad_cost", "conversion"]
    call(
        "watch",
        "rules",
        "add",
        "cups",
        "--figure",
        "orders",
        "--where",
        "product=cup",
        "--rate",
        "0.4",
        "--quiet",
        "22:00-07:30",
    )
    call("watch", "rules", "set", "cups", "--store", "A", "--amount", "2.5", "--off", "--direction", "down")
    rule = next(r for r in call("watch", "rules", "list", "--json")["rules"] if r["rule"] == "cups")
    assert rule == {
        "rule": "cups", "kind": "figure", "figure": "orders", "where": ["product=cup"], "stores": ["A"], "direction": "down",
        "rate": 0.4, "amount": "2.5", "least": 0, "sensitivity": "normal", "quiet": "22:00-07:30", "on": False,
    }  # fmt: skip
    call("watch", "rules", "set", "cups", "--store", "all", "--quiet", "none", "--on")
    rule = next(r for r in call("watch", "rules", "list", "--json")["rules"] if r["rule"] == "cups")
    assert (rule["stores"], rule["quiet"], rule["on"]) == ([], None, True)
    assert "cups" in call("watch", "rules", "list") and "全部店铺" in call("watch", "rules", "list", lang="zh")
    call("watch", "rules", "remove", "cups")
    for args, code in (
        (("set", "cups", "--rate", "0.1"), "alarm_rule_unknown"),
        (("add", "x", "--figure", "net"), "figure_unripe"),
        (("set", "gmv", "--amount", "much"), "alarm_amount_bad"),
        (("set", "gmv", "--sensitivity", "huge"), "alarm_rule_bad"),
        (("set", "gmv", "--quiet", "noon"), "time_bad"),
    ):
        assert call("watch", "rules", *args, "--json", code=2)["error"]["code"] == code


def test_a_run_is_the_same_for_people_and_programs(call) -> None:
    ran = call("watch", "run", "--day", str(FALL), "--json")
    alarm = next(a for a in ran["opened"] if a["rule"] == "gmv")
    assert alarm["text"].startswith(f"GMV of {FALL}") and alarm["where"] == []
    assert [a["id"] for a in call("watch", "list", "--json")["alarms"]] == [alarm["id"]]
    again = call("watch", "run", "--day", str(FALL), "--json")
    assert again["opened"] == [] and [a["id"] for a in again["kept"]] == [alarm["id"]]
    shown = call("watch", "show", str(alarm["id"]), "--json")
    assert [day["day"] for day in shown["days"]] == [str(FALL)] and shown["account"]["residual"] == "0.00"
    assert alarm["text"] in call("watch", "show", str(alarm["id"]))
    assert "变化合计" in call("watch", "show", str(alarm["id"]), lang="zh")
    seen = call("watch", "ack", str(alarm["id"]), "--note", "strike", "--json")
    assert (seen["state"], seen["acknowledged_by"], seen["note"]) == ("acknowledged", "owner", "strike")
    assert (
        "已知晓" in call("watch", "list", lang="zh")
        and call("watch", "list", "--state", "open", "--json")["alarms"] == []
    )
    assert call("watch", "list", "--store", "nowhere", "--json", code=2)["error"]["code"] == "store_unknown"
    assert call("watch", "show", "99", "--json", code=2)["error"]["code"] == "alarm_unknown"
    said = call("watch", "run", "--day", str(FALL), lang="zh")
    assert "仍未恢复 1 个" in said and "样本不足" in said


def test_insights_name_their_kind(call, tmp_path: Path) -> None:
    span = ("--from", "2026-09-14", "--to", "2026-09-27")
    assert "unusual" not in {
        one["kind"] for one in call("watch", "insights", *span, "--json")["insights"]
    }  # 12 orders a day
    (tmp_path / "own.toml").write_text("[unusual]\nsample = 5\n")
    own = ("--limits", str(tmp_path / "own.toml"))
    found = call("watch", "insights", *span, *own, "--json")["insights"]
    assert next(one for one in found if one["kind"] == "unusual")["from"] == str(FALL)
    assert f"unusual  A, {FALL}" in call("watch", "insights", *span, *own)
    assert "异常" in call("watch", "insights", *span, *own, lang="zh")
    (tmp_path / "own.toml").write_text("[unusual]\nsimple = 5\n")
    assert call("watch", "insights", *span, *own, "--json", code=2)["error"]["code"] == "insight_limits_bad"
