"""Folders, watching, quarantine as a file and the feed board from the command line, in both languages."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.mini import PROFILE, row, stock, write

from goldloop.cli import main, watching
from goldloop.home import Home


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run a command on a home with one store; exit code and JSON answer."""
    monkeypatch.setenv("GOLDLOOP_LANG", "en")
    monkeypatch.chdir(tmp_path)
    stock(home)

    def call(*args: str, expect: int = 0) -> dict[str, Any]:
        code = main(["--home", str(home.root), *args, "--json"])
        out = capsys.readouterr()
        assert code == expect, out.out + out.err
        return json.loads(out.out)

    return call


@pytest.fixture
def read(home: Home, capsys: pytest.CaptureFixture[str]):
    """Run a command for people; what it prints."""

    def call(*args: str, lang: str = "en", expect: int = 0) -> str:
        assert main(["--home", str(home.root), "--lang", lang, *args]) == expect
        out = capsys.readouterr()
        return out.out + out.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.csv", [row(1), row(2, price="free")])
    write(tmp_path / "in" / "b.csv", [row(3)])
    (tmp_path / "in" / "notes.txt").write_text("Thank you, all\n", "utf-8")
    return tmp_path / "in"


def test_a_folder_is_told_file_by_file(run, folder: Path) -> None:
    answer = run("import", str(folder))
    assert [(r["file"], r["new"]) for r in answer["receipts"]] == [("a.csv", 1), ("b.csv", 1)]
    assert [(s["file"], s["code"]) for s in answer["skipped"]] == [("notes.txt", "format_unknown")]
    assert answer["totals"] == {
        "read": 3, "new": 2, "updated": 0, "unchanged": 0, "quarantined": 1, "dropped": 0, "files": 3, "skipped": 1, "failed": 0,
    }  # fmt: skip
    (folder / "c.csv").write_text("订单号,商品,金额\n1,2,3\n", "utf-8")
    assert run("import", str(folder), expect=2)["errors"][0]["file"] == "c.csv"


@pytest.mark.parametrize(("lang", "words"), [("en", "skipped: No profile"), ("zh", "跳过：没有格式")])
def test_people_see_a_table_of_many_files(run, read, folder: Path, lang: str, words: str) -> None:
    said = read("import", str(folder), lang=lang)
    assert words in said
    assert "a.csv" in said
    assert read("import", str(folder / "a.csv"), lang=lang).count("a.csv") == 1


def test_a_folder_without_files_says_so(run, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert run("import", str(tmp_path / "none"), expect=2)["error"]["code"] == "folder_empty"


def test_watching_tells_one_line_per_event(
    run, home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter(range(3))

    def rest(seconds: float) -> None:
        assert seconds == 0.5
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(watching, "sleep", rest)
    (folder / "c.csv").write_text("订单号,商品,金额\n1,2,3\n", "utf-8")
    command = ["--home", str(home.root), "import", "--watch", str(folder), "--interval", "0.5"]
    assert main([*command, "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(e["event"], e.get("file")) for e in events] == [
        ("watching", None), ("loaded", "a.csv"), ("loaded", "b.csv"), ("refused", "c.csv"), ("skipped", "notes.txt"), ("stopped", None),
    ]  # fmt: skip
    assert events[1]["receipts"][0]["new"] == 1
    assert events[3]["error"]["code"] == "format_unknown"
    assert {k: v for k, v in events[-1].items() if k != "event"} == {
        "loaded": 2,
        "known": 0,
        "refused": 1,
        "skipped": 1,
    }
    looks = iter(range(3))
    assert main([*command, "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "已停止。文件：导入 0，已知 2" in said


def test_one_folder_is_watched(run, folder: Path) -> None:
    assert run("import", "--watch", str(folder / "a.csv"), expect=2)["error"]["code"] == "watch_no_folder"
    assert run("import", "--watch", str(folder), str(folder), expect=2)["error"]["code"] == "watch_one_folder"


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_quarantine_out_and_back(run, folder: Path, tmp_path: Path, form: str) -> None:
    run("import", str(folder / "a.csv"))
    made = run("quarantine", "export", "--import", "1", "--to", f"bad.{form}")
    assert made == {"path": f"bad.{form}", "rows": 1}
    assert run("quarantine", "export", "--to", f"bad.{form}", expect=2)["error"]["code"] == "target_exists"
    assert run("quarantine", "export", "--to", "bad.doc", expect=2)["error"]["code"] == "form_unknown"
    assert run("import", f"bad.{form}", expect=2)["error"]["code"] == "mended_not_enough"
    if form == "csv":
        text = (tmp_path / "bad.csv").read_text("utf-8-sig")
        assert text.splitlines()[0] == (
            "订单号,商品,数量,单价,付款时间,买家,店铺,goldloop:row,goldloop:what is wrong,goldloop:to do"
        )
        (tmp_path / "bad.csv").write_text(text.replace("free", "2.00", 1), "utf-8")
        (receipt,) = run("import", "bad.csv")["receipts"]
        assert (receipt["parent"], receipt["new"]) == (1, 1)
        assert run("quarantine", "list") == {"rows": [], "groups": []}


def test_rows_that_fail_alike_are_counted_and_treated_together(run, read, tmp_path: Path) -> None:
    rows = [row(1, price="free"), row(2, price="free"), row(3, price="gift"), row(4, at="noon")]
    run("import", str(write(tmp_path / "a.csv", rows)))
    groups = run("quarantine", "list")["groups"]
    assert [(g["column"], g["code"], g["rows"], g["first"]) for g in groups] == [
        ("单价", "bad_number", 3, 1),
        ("付款时间", "bad_date", 1, 4),
    ]
    assert run("quarantine", "show", "1")["alike"] == {"单价": {"value": 2, "reason": 3}}
    for lang in ("en", "zh"):
        assert "3" in read("quarantine", "show", "1", lang=lang)
        assert "quarantine export --import 1" in read("quarantine", "list", "--limit", "1", lang=lang)
    assert run("quarantine", "ignore", "4", "--reason", "no", "--alike", "reason")["ignored"] == 1
    assert run("quarantine", "fix", "1", "--set", "单价=1", "--alike", "value")["fixed"] == [1, 2]
    assert [r["id"] for r in run("quarantine", "list", "--limit", "1", "--state", "all", "--offset", "3")["rows"]] == [
        4
    ]


def test_a_fix_for_one_reason_takes_every_value(run, tmp_path: Path) -> None:
    run("import", str(write(tmp_path / "a.csv", [row(1, price="free"), row(3, price="gift")])))
    assert run("quarantine", "fix", "1", "--set", "单价=1", "--alike", "reason")["fixed"] == [1, 2]


@pytest.mark.parametrize(("lang", "words"), [("en", "The file is in USD"), ("zh", "文件的币种是 USD")])
def test_a_refused_import_says_why(run, read, home: Home, tmp_path: Path, lang: str, words: str) -> None:
    (home.profiles / "mini.toml").write_text(PROFILE + "\n[currency]\nfixed = 'USD'\n", "utf-8")
    run("import", str(write(tmp_path / "a.csv", [row(1)])), expect=2)
    assert run("imports", "show", "1")["error"]["code"] == "currency_mismatch"
    assert words in read("imports", "show", "1", lang=lang)


@pytest.mark.parametrize(("lang", "words"), [("en", "1 total off"), ("zh", "1 个合计不符")])
def test_totals_that_differ_stand_in_the_list_and_say_what_to_do(
    run, read, tmp_path: Path, lang: str, words: str
) -> None:
    file = write(tmp_path / "a.csv", [row(1), ("合计", "", 5, "", "", "", "")])
    receipt = read("import", str(file), lang=lang)
    assert {"en": "export the file again", "zh": "请重新导出"}[lang] in receipt
    assert words in read("imports", "list", lang=lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_feed_board(run, read, folder: Path, lang: str) -> None:
    assert run("feeds", "list") == {"feeds": []}
    run("feeds", "expect", "A", "mini", "--every", "7")
    run("feeds", "expect", "A", "other", "--every", "1")
    run("import", str(folder))
    ours, other = run("feeds", "list")["feeds"]
    assert (ours["profile"], ours["imports"], ours["rhythm"], ours["quarantine_open"]) == ("mini", 2, 7, 1)
    assert (other["profile"], other["state"]) == ("other", "never")
    said = read("feeds", "list", lang=lang)
    assert {"en": "never came", "zh": "从未收到"}[lang] in said
    assert run("feeds", "expect", "A", "mini", "--every", "999", expect=2)["error"]["code"] == "rhythm_bad"


def test_names_that_are_no_text_are_shown_and_stop_nothing(run, read, folder: Path) -> None:
    """As an archive from a Chinese Windows leaves them; some of them also try to colour the screen."""
    for name in ("订单.csv", "未知\x1b[31m.csv"):
        (folder / "a.csv").rename(os.fsdecode(os.fsencode(folder) + b"/" + name.encode("gbk")))
        (folder / "a.csv").write_text("单号,下单时间,金额\n1,2026-03-01,5\n", "utf-8")
    (folder / "a.csv").unlink()
    seen = run("import", str(folder), expect=2)
    assert {receipt["file"] for receipt in seen["receipts"]} == {"b.csv", "����.csv"}
    assert "\x1b" not in read("import", str(folder), expect=2)
    nowhere = os.fsdecode("没有.csv".encode("gbk"))
    assert run("import", nowhere, expect=2)["error"]["code"] == "file_missing"
    assert "�" in read("import", nowhere, expect=2)
