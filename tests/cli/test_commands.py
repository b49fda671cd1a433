"""The commands as a person or a program types them: answers, errors, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.mini import PROFILE, row, write

from goldloop.cli import main
from goldloop.home import Home


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDLOOP_LANG", "en")


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]):
    """Run a command on a fresh home with one store and the small format; exit code and JSON answer."""
    (home.profiles / "mini.toml").write_text(PROFILE, "utf-8")

    def call(*args: str, expect: int = 0) -> dict[str, Any]:
        code = main(["--home", str(home.root), *args, "--json"])
        out = capsys.readouterr()
        assert code == expect, out.out + out.err
        assert out.err == ""
        return json.loads(out.out)

    call("store", "add", "A", "--platform", "tmall")
    return call


def test_a_home_is_made_once_and_told_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "new"
    for _ in range(2):
        assert main(["init", "--home", str(home), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"home": str(home), "lake": str(home / "lake"), "stores": 0}


def test_home_may_stand_before_or_behind_the_command(run, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "list", "--json", "--home", str(home.root)]) == 0
    behind = capsys.readouterr().out
    assert main(["--json", "--home", str(home.root), "store", "list"]) == 0
    assert capsys.readouterr().out == behind


def test_what_was_refused_is_not_forgotten(run, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(__file__).parents[1] / "data" / "samples" / "amazon_BusinessReport_child.csv"
    run("store", "add", "US", "--platform", "amazon", "--currency", "USD", "--timezone", "America/New_York")
    assert run("import", str(file), "--store", "US", expect=2)["error"]["code"] == "period_needed"
    assert run("imports", "list") == {"imports": []}
    main(["--home", str(home.root), "imports", "list"])
    assert "imports list --all" in capsys.readouterr().out
    (kept,) = run("imports", "list", "--all")["imports"]
    main(["--home", str(home.root), "imports", "show", str(kept["id"])])
    shown = capsys.readouterr().out
    assert "period_needed" in shown and "% sure" not in shown


def test_stores(run) -> None:
    run(
        "store",
        "add",
        "US",
        "--platform",
        "shopify",
        "--currency",
        "usd",
        "--timezone",
        "America/New_York",
        "--day-starts",
        "05:30",
        "--opened-on",
        "2024-02-29",
    )
    assert run("store", "list")["stores"][1] == {
        "id": 2, "name": "US", "platform": "shopify", "currency": "USD", "timezone": "America/New_York",
        "day_starts": "05:30", "opened_on": "2024-02-29", "identity_limit": 0.95, "gmv_amount": "merchant",
    }  # fmt: skip
    assert run("store", "set", "US", "--identity-limit", "0.8")["identity_limit"] == 0.8
    assert run("store", "set", "US", "--gmv-amount", "paid")["gmv_amount"] == "paid"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["store", "add", "A", "--platform", "tmall"], "store_exists"),
        (["store", "set", "A", "--gmv-amount", "net"], "gmv_amount_unknown"),
        (["store", "add", "B", "--platform", "nowhere"], "platform_unknown"),
        (["store", "add", "B", "--platform", "amazon"], "store_setting_needed"),
        (["store", "add", "B", "--platform", "tmall", "--day-starts", "25:00"], "time_bad"),
        (["store", "add", "B", "--platform", "tmall", "--opened-on", "2024-02-30"], "date_bad"),
        (["store", "add", "B"], "usage"),
        (["store", "ad"], "usage"),
        (["store", "list", "--lang", "xx"], "language_unknown"),
        (["import", "nothing.csv"], "file_missing"),
        (["import", "x.csv", "--period", "2026-02-01..2026-01-01"], "period_reversed"),
        (["import", "x.csv", "--store", "A", "--store-from", "b"], "store_twice"),
        (["imports", "show", "7"], "import_unknown"),
        (["imports", "undo", "7"], "import_unknown"),
        (["quarantine", "show", "7"], "quarantine_unknown"),
        (["quarantine", "fix", "7", "--set", "novalue"], "assignment_bad"),
        (["exclude", "add", "x", "--kind", "moon", "--value", "1"], "exclusion_kind_bad"),
        (["exclude", "remove", "x"], "exclusion_unknown"),
    ],
)
def test_bad_input_is_exit_code_2_and_says_what_to_do(run, args: list[str], code: str) -> None:
    error = run(*args, expect=2)["error"]
    assert error["code"] == code
    assert set(error) == {"code", "text", "given", "allowed", "todo"}
    assert error["text"]


def test_an_import_and_its_receipt(run, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1), row(2, price="free")])
    (receipt,) = run("import", str(file), "--store", "A")["receipts"]
    assert {
        "file",
        "profile",
        "confidence",
        "read",
        "new",
        "updated",
        "unchanged",
        "quarantined",
        "dropped",
        "control",
        "facts",
    } <= set(receipt)
    assert (receipt["read"], receipt["new"], receipt["quarantined"], receipt["dropped"]) == (2, 1, 1, {})
    assert run("imports", "list")["imports"] == [receipt]
    assert run("imports", "show", str(receipt["id"]))["fixed_by"] == []
    assert run("imports", "undo", str(receipt["id"]))["undone"] == [receipt["id"]]
    assert run("imports", "list")["imports"] == []
    assert [r["state"] for r in run("imports", "list", "--all")["imports"]] == ["undone"]


def test_one_bad_file_does_not_keep_the_others_out(run, tmp_path: Path) -> None:
    good, other = write(tmp_path / "a.csv", [row(1)]), write(tmp_path / "b.csv", [row(2)])
    answer = run("import", str(good), str(tmp_path / "none.csv"), str(other), expect=2)
    assert [r["file"] for r in answer["receipts"]] == ["a.csv", "b.csv"]
    assert answer["error"]["code"] == "file_missing"
    assert [e["file"] for e in answer["errors"]] == ["none.csv"]


def test_quarantine_from_list_to_fix(run, tmp_path: Path) -> None:
    run("import", str(write(tmp_path / "a.csv", [row(1, price="free"), row(2, price="gift")])))
    first, second = run("quarantine", "list")["rows"]
    assert first["issues"][0] == {
        "column": "单价", "raw": "free", "code": "bad_number", "text": "'free' in 单价 is not a number.",
        "suggestion": "Write it as digits with at most one decimal sign, such as 1234.50.",
    }  # fmt: skip
    assert run("quarantine", "show", str(first["id"]))["raw_row"]["单价"] == "free"
    fixed = run("quarantine", "fix", str(first["id"]), "--set", "单价=2.50")
    assert (fixed["fixed"], fixed["receipts"][0]["new"]) == ([first["id"]], 1)
    assert run("quarantine", "retry")["still_open"][0]["id"] == second["id"]
    assert run("quarantine", "ignore", str(second["id"]), "--reason", "gift")["ignored"] == 1
    assert run("quarantine", "list")["rows"] == []
    assert [r["state"] for r in run("quarantine", "list", "--state", "all")["rows"]] == ["fixed", "ignored"]


def test_exclusion_rules(run) -> None:
    run("exclude", "add", "gifts", "--kind", "product", "--value", "77", "--store", "A")
    rule = next(r for r in run("exclude", "list")["rules"] if r["code"] == "gifts")
    assert rule == {"code": "gifts", "kind": "product", "values": ["77"], "platforms": [], "stores": ["A"]}
    run("exclude", "remove", "gifts")
    assert "gifts" not in [r["code"] for r in run("exclude", "list")["rules"]]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_people_read_tables_and_panels_in_their_language(
    run, home: Home, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.csv", [row(1), row(2, price="free")])
    commands = [
        ["store", "list"], ["import", str(file)], ["import", str(file)], ["import", str(file), "--dry-run"], ["imports", "list", "--all"],
        ["imports", "show", "1"], ["quarantine", "list"], ["quarantine", "show", "1"], ["quarantine", "retry"],
        ["exclude", "list"], ["imports", "undo", "1"], ["init"],
    ]  # fmt: skip
    for command in commands:
        assert main([*command, "--home", str(home.root), "--lang", lang]) == 0
        out = capsys.readouterr()
        assert out.out
        assert out.err == ""
        assert any("一" <= c <= "鿿" for c in out.out) or lang == "en", command
    assert main(["store", "add", "A", "--platform", "tmall", "--home", str(home.root), "--lang", lang]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert "store_exists" in out.err
    assert ("店铺“A”已存在" in out.err) == (lang == "zh")


def test_help_is_in_chinese_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh", "--help"]) == 0
    assert "店铺及其设置" in capsys.readouterr().out


def test_a_fault_of_ours_is_short_and_exit_code_1(run, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.shop import Shop

    monkeypatch.setattr(Shop, "stores", lambda self: 1 / 0)
    error = run("store", "list", expect=1)["error"]
    assert error["code"] == "internal_error"
    assert "ZeroDivisionError" in error["given"]


def test_a_command_without_a_home_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "list", "--home", str(tmp_path / "none"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "home_missing"
    assert not (tmp_path / "none").exists()


def test_a_file_where_the_home_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["init", "--home", str(tmp_path / "file"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "file_failed"


LOADED = """
import sys
from goldloop.cli import main
try:
    main(sys.argv[1:])
finally:
    print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded(*args: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", LOADED, *args], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize("args", [["--help"], ["import", "--help"], ["--lang", "zh", "figures", "--help"]])
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    assert not loaded(*args) & {
        "django",
        "duckdb",
        "pyarrow",
        "deltalake",
        "ibis",
        "cryptography",
        "numpy",
        "pydantic",
        "rich",
    }


def test_listing_stores_loads_no_engine(run, home: Home) -> None:
    assert not loaded("store", "list", "--home", str(home.root)) & {
        "duckdb",
        "pyarrow",
        "deltalake",
        "ibis",
        "numpy",
        "pydantic",
    }


def test_the_installed_command_is_this_one(run, home: Home) -> None:
    command = Path(sys.executable).parent / "goldloop"
    done = subprocess.run(
        [command, "store", "list", "--json"],
        env={**os.environ, "GOLDLOOP_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["stores"][0]["name"] == "A"
