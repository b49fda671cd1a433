"""`goldloop why` as people and programs call it: every form of the answer sums to the change."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from tests.apps.homes import fresh_home

from goldloop.cli import main
from goldloop.cli.words import messages
from goldloop.metrics.why import OF_NOBODY

ORDERS = """order_id,placed_at,paid_at,status,product_id,quantity,unit_price,goods_amount,buyer,region
1,2026-09-14 10:12:00,2026-09-14 10:12:00,finished,kettle,1,199.00,199.00,an,=cmd
2,2026-09-16 21:40:00,2026-09-16 21:40:00,finished,mug,4,39.00,156.00,bo,Zhejiang
3,2026-09-18 14:30:00,2026-09-18 14:30:00,finished,kettle,1,199.00,199.00,cy,Jiangsu
4,2026-09-20 20:15:00,2026-09-20 20:15:00,finished,tea,2,25.00,50.00,bo,Jiangsu
5,2026-09-21 10:20:00,2026-09-21 10:20:00,finished,mug,3,39.00,117.00,an,=cmd
6,2026-09-24 22:10:00,2026-09-24 22:10:00,finished,tea,5,25.01,125.05,gu,Zhejiang
7,2026-09-27 12:00:00,2026-09-27 12:00:00,finished,tea,4,25.00,100.00,cy,Jiangsu
"""
VISITORS = "first_day,last_day,visitors\n2026-09-14,2026-09-20,150\n2026-09-21,2026-09-27,140\n"
WEEK = ("--from", "2026-09-21", "--to", "2026-09-27")
CHANGE = Decimal("-261.95")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("why")
    home = fresh_home(place / "home").root
    assert (
        main(
            [
                "--home",
                str(home),
                "store",
                "add",
                "S",
                "--platform",
                "other",
                "--currency",
                "CNY",
                "--timezone",
                "Asia/Shanghai",
            ]
        )
        == 0
    )
    for name, text in (("orders", ORDERS), ("visitors", VISITORS)):
        (place / f"{name}.csv").write_text(text, "utf-8")
        assert main(["--home", str(home), "import", str(place / f"{name}.csv"), "--store", "S"]) == 0
    return home


@pytest.fixture
def ask(folder, capsys, monkeypatch):
    monkeypatch.setenv("GOLDLOOP_LANG", "en")

    def asking(*args: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["--home", str(folder), "why", *args]) == code
        return capsys.readouterr().out

    return asking


@pytest.mark.parametrize("by", ["", "region", "product", "region,product"])
@pytest.mark.parametrize("top", ["1", "10"])
def test_json_sums_to_the_change(ask, by, top):
    found = json.loads(ask(*WEEK, "--by", by, "--top", top, "--json"))
    assert (found["figure"], found["tree"], found["method"], found["residual"]) == ("gmv", "funnel", "lmdi", "0.00")
    assert Decimal(found["change"]) == CHANGE == sum(Decimal(d["money"]) for d in found["drivers"])
    assert [d["driver"] for d in found["drivers"]][:2] == ["visitors", "conversion"] and found["drivers"][0][
        "before"
    ] == 150
    assert [c["check"] for c in found["checks"]] == ["feeds", "events", "definition", "season"]
    assert found["findings"] == [] and found["scope"]["against"] == {
        "stores": ["S"],
        "from": "2026-09-14",
        "to": "2026-09-20",
    }
    if by:
        assert sum(Decimal(s["money"]) for s in found["segments"]) + Decimal(found["others"]["money"]) == CHANGE
        assert {s["effect"] for s in found["segments"]} <= {"change", "mix", "rate", *OF_NOBODY}
        assert len(found["totals"]) <= int(top) and set(by.split(",")) <= set(found["segments"][0])
        assert (found["others"]["count"] > 0) == (top == "1")
    else:
        assert found["segments"] == []


def test_a_figure_that_is_no_money_has_amounts(ask):
    found = json.loads(ask("--figure", "conversion", *WEEK, "--json"))
    assert found["drivers"] == [
        {"driver": "conversion", "amount": pytest.approx(0.02142857 - 0.02, abs=1e-8), "before": 0.02, "after": 3 / 140}
    ]
    assert "+0.14 pt" in ask("--figure", "conversion", *WEEK)
    units = json.loads(ask("--figure", "units", *WEEK, "--by", "product", "--json"))
    assert sum(s["amount"] for s in units["segments"]) == units["change"] == 4 and units["method"] == "difference"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_screen_has_checks_first_and_the_sum_last(ask, lang):
    text = ask(*WEEK, "--by", "product", "--top", "2", "--lang", lang)
    lines = text.splitlines()
    assert lines[0].startswith("S ") and lines[1][0] in "+!" and any(line.split()[-1:] == ["-261.95"] for line in lines)
    assert ("others (1)" if lang == "en" else "其他（1）") in text
    assert text.index("kettle") < text.index("mug" if "mug" in text else "tea")
    assert ("not enough" if lang == "en" else "数据不足") in text and ("overlap" if lang == "en" else "重叠") in text
    short = ask(*WEEK, "--format", "text", "--lang", lang)
    assert short.count("\n") == 1 and short.strip() in json.loads(ask(*WEEK, "--json", "--lang", lang))["text"]


def test_files_hold_every_line_and_are_harmless(ask, tmp_path):
    rows = list(csv.DictReader(io.StringIO(ask(*WEEK, "--by", "region", "--format", "csv"))))
    assert "'=cmd" in {r["region"] for r in rows}
    parts = [r for r in rows if r["effect"] != "whole"]
    assert (
        sum(Decimal(r["money"]) for r in parts)
        == CHANGE
        == sum(Decimal(r["money"]) for r in rows if r["effect"] == "whole")
    )
    for form in ("csv", "json", "xlsx", "txt"):
        ask(*WEEK, "--by", "region", "--out", str(tmp_path / f"why.{form}"))
    assert json.loads((tmp_path / "why.json").read_text("utf-8"))["residual"] == "0.00"
    assert (tmp_path / "why.txt").read_text("utf-8").startswith("GMV fell by 261.95 (-43.4%) to 342.05 CNY")
    sheet = CalamineWorkbook.from_path(tmp_path / "why.xlsx").get_sheet_by_name("rows").to_python()
    assert sum(
        row[sheet[0].index("money")] for row in sheet[1:] if row[sheet[0].index("effect")] == "whole"
    ) == pytest.approx(-261.95)


@pytest.fixture(scope="module")
def fallen(tmp_path_factory) -> Path:
    """A shop whose sales to one region, which a spreadsheet would take for a formula, fall to a fifth."""
    place = tmp_path_factory.mktemp("fallen")
    home = fresh_home(place / "home").root
    rows = ["order_id,placed_at,paid_at,status,product_id,quantity,unit_price,goods_amount,region"]
    for n in range(1400):
        day, region = date(2026, 9, 14) + timedelta(days=n // 100), ("=cmd", "Zhejiang", "Jiangsu", "Anhui")[n % 4]
        if day < date(2026, 9, 21) or region != "=cmd" or n % 5 == 0:
            moment, price = f"{day} {8 + n // 4 % 12:02d}:00:00", f"{30 + n * 7 % 11}.50"
            rows.append(f"{n},{moment},{moment},finished,{('kettle', 'mug', 'tea')[n % 3]},1,{price},{price},{region}")
    (place / "orders.csv").write_text("\n".join(rows), "utf-8")
    own = ["--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai"]
    for command in (["store", "add", "F", *own], ["import", str(place / "orders.csv"), "--store", "F"]):
        assert main(["--home", str(home), *command]) == 0
    return home


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_findings_come_back_from_files(fallen, tmp_path, capsys, form):
    question = ["--home", str(fallen), "why", *WEEK, "--by", "product", "--drill", "region,hour,product"]
    capsys.readouterr()
    assert main([*question, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [f["cuts"] for f in found["findings"]] == [{"region": "=cmd"}]
    file = tmp_path / f"why.{form}"
    assert main([*question, "--out", str(file)]) == 0
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    else:
        heads, *cells = CalamineWorkbook.from_path(file).get_sheet_by_name("rows").to_python()
        rows = [dict(zip(heads, row, strict=True)) for row in cells]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums["finding" if row["effect"] == "finding" else "whole" if row["effect"] == "whole" else "cut"] += Decimal(
            str(row["money"])
        )
    change = Decimal(found["change"])
    assert change < 0 and dict(sums) == {"whole": change, "cut": change, "finding": change}
    (told,) = (row for row in rows if row["effect"] == "finding" and row["region"])
    (finding,) = found["findings"]
    assert told["region"] == {"csv": "'=cmd", "xlsx": "=cmd"}[form] and told["driver"] == "gmv"
    for name in ("money", "before", "after", "share", "surprise"):
        assert float(told[name]) == pytest.approx(float(finding[name]))


def test_a_day_against_the_same_weekday_and_another_tree(ask):
    found = json.loads(
        ask(
            "--from",
            "2026-09-27",
            "--to",
            "2026-09-27",
            "--against",
            "same-weekday",
            "--tree",
            "orders",
            "--depth",
            "1",
            "--json",
        )
    )
    assert [(d["driver"], d["money"]) for d in found["drivers"]] == [("orders", "0.00"), ("order_value", "50.00")]
    assert found["scope"]["against"]["from"] == "2026-09-20"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--by", "day"), "why_time"),
        (("--against", "x"), "why_against"),
        (("--against", "store:x"), "store_unknown"),
        (("--against", "2026-01-01..2026-01-07"), "why_unknown"),
        (("--tree", "x"), "tree_unknown"),
        (("--figure", "bounce_rate"), "tree_none"),
        (("--figure", "x"), "figure_unknown"),
        (("--format", "pdf"), "format_bad"),
        (("--format", "xlsx"), "out_needed"),
        (("--out", "x.csv", "--format", "table"), "format_bad"),
        (("--where", "region"), "where_bad"),
        (("--as-of", "x"), "as_of_bad"),
    ],
)
def test_errors_have_a_code_and_chinese_words(ask, args, code):
    found = json.loads(ask(*WEEK, *args, "--json", "--lang", "zh", code=2))["error"]
    assert found["code"] == code and set(found) == {"code", "text", "given", "allowed", "todo"}
    assert any("一" <= c <= "鿿" for c in found["text"])


def test_every_kind_of_line_has_a_word():
    for kind in ("change", "mix", "rate", *OF_NOBODY):
        assert f"why_kind_{kind}" in messages()["label"]
