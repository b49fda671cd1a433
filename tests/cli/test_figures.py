"""`goldloop figures` and `goldloop trace` as people and programs call them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from goldloop.cli.app import run
from goldloop.metrics.definitions import FIGURES

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("figures") / "home")
    assert (
        run(
            [
                "store",
                "add",
                "=S 店",
                "--platform",
                "shopify",
                "--currency",
                "USD",
                "--timezone",
                "America/New_York",
                "--home",
                folder,
            ]
        )
        == 0
    )
    assert run(["import", str(SAMPLES / "shopify_orders_export.csv"), "--home", folder]) == 0
    return folder


@pytest.fixture
def ask(home, capsys):
    def asking(*args, code=0):
        capsys.readouterr()
        assert run([*args, "--home", home]) == code
        return capsys.readouterr()

    return asking


def test_json_shape(ask):
    found = json.loads(
        ask(
            "figures",
            "gmv",
            "order_value",
            "refund_rate",
            "orders",
            "visitors",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-01",
            "--compare",
            "previous",
            "--json",
        ).out
    )
    assert set(found) == {"rows", "reasons", "scope", "data", "notes"}
    row = found["rows"][0]
    assert (row["gmv"], row["order_value"], row["orders"]) == ("288.00", "288.000000", 1)
    assert row["refund_rate"] == pytest.approx(89 / 288)
    assert {"gmv__compared", "gmv__change", "gmv__change_rate"} <= set(row)
    assert found["scope"]["compared"] == ["2026-09-30"]
    assert {"row": 0, "figure": "visitors", "code": "no_feed"}.items() <= next(
        r for r in found["reasons"] if r["figure"] == "visitors"
    ).items()
    assert found["data"]["imports"][0]["profile"] == "shopify-orders"
    assert found["scope"]["business_day"] == ["00:00 America/New_York"]


def test_csv_makes_text_harmless(ask):
    rows = list(csv.DictReader(io.StringIO(ask("figures", "gmv", "--by", "store", "--format", "csv").out)))
    assert rows == [{"store": "'=S 店", "gmv": "288.00"}]


def test_files(ask, tmp_path):
    for form in ("xlsx", "parquet", "csv", "json"):
        target = tmp_path / f"f.{form}"
        ask("figures", "gmv", "orders", "--by", "day", "--out", str(target))
        assert target.stat().st_size > 20
    import pyarrow.parquet as pq
    from python_calamine import CalamineWorkbook

    table = pq.read_table(tmp_path / "f.parquet")
    assert str(table.column("gmv")[0].as_py()) == "288.000000"
    book = CalamineWorkbook.from_path(str(tmp_path / "f.xlsx"))
    assert book.sheet_names == ["figures", "scope"]
    assert book.get_sheet_by_name("figures").to_python()[1][1] == 288.0
    assert json.loads((tmp_path / "f.json").read_text("utf-8"))["rows"][0]["gmv"] == "288.00"


def test_table_says_scope_and_reasons(ask):
    text = ask("figures", "gmv", "visitors", "--compare", "previous", "--from", "2026-10-01", "--to", "2026-10-01").out
    assert "2026-10-01 .. 2026-10-01" in text and "2026-09-30" in text and "288.00" in text and "visitors:" in text
    zh = ask("figures", "gmv", "--lang", "zh").out
    assert "支付金额" in zh


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_can_be_shown(ask, language, monkeypatch):
    monkeypatch.setenv("GOLDLOOP_LANG", language)
    for by in ([], ["--by", "day"]):
        said = ask("figures", *FIGURES, "--from", "2026-10-01", "--to", "2026-10-01", "--compare", "previous", *by).out
        assert all(name in said for name in FIGURES)


def test_amounts_in_another_currency_name_rate_and_source(home, ask, tmp_path):
    question = ("figures", "gmv", "order_value", "--from", "2026-10-01", "--to", "2026-10-01", "--currency", "CNY")
    refused = json.loads(ask(*question, "--json", code=2).out)["error"]
    assert refused["code"] == "rate_missing" and refused["given"] == "USD to CNY"
    file = tmp_path / "rates.csv"
    file.write_text("day,currency,into,rate,source\n2026-09-30,USD,CNY,7.123456,my bank\n", encoding="utf-8")
    ask("import", str(file))
    found = json.loads(ask(*question, "--json").out)
    assert found["rows"][0]["gmv"] == "2051.55532800" and found["scope"]["currency"] == "CNY"
    assert "2026-09-30" in found["notes"][0] and "my bank" in found["notes"][0]
    assert "2,051.56" in ask(*question).out
    receipts = json.loads(ask("imports", "list", "--json").out)["imports"]
    ask("imports", "undo", str(receipts[0]["id"]))


def test_sql_and_list(ask):
    assert "read_parquet" in ask("figures", "gmv", "--sql").out
    found = json.loads(ask("figures", "--list", "--json").out)
    assert {"gmv", "buyers"} <= {f["name"] for f in found["figures"]}
    assert {"month", "product"} <= {c["name"] for c in found["cuts"]}


def test_trace_goes_to_file_and_row(ask):
    found = json.loads(ask("trace", "--figure", "gmv", "--json").out)
    assert found["closes"] and found["count"] == 1
    assert found["rows"][0]["order_id"] == "#1001"
    origins = {(o["table"], o["file"], o["row"]) for o in found["rows"][0]["origins"]}
    assert ("orders", "shopify_orders_export.csv", 2) in origins
    assert ("order_lines", "shopify_orders_export.csv", 3) in origins
    assert "shopify_orders_export.csv:2" in ask("trace", "--figure", "gmv").out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["figures", "nonsense"], "figure_unknown"),
        (["figures", "gmv", "--by", "nonsense"], "cut_unknown"),
        (["figures", "gmv", "--from", "yesterday"], "day_bad"),
        (["figures", "gmv", "--from", "2026-10-02", "--to", "2026-10-01"], "period_reversed"),
        (["figures", "gmv", "--store", "nobody"], "store_unknown"),
        (["figures", "gmv", "--compare", "x"], "compare_unknown"),
        (["figures", "gmv", "--basis", "x"], "basis_unknown"),
        (["figures", "gmv", "--new", "x"], "new_unknown"),
        (["figures", "gmv", "--where", "region"], "where_bad"),
        (["figures", "gmv", "--format", "pdf"], "format_bad"),
        (["figures", "gmv", "--format", "xlsx"], "out_needed"),
        (["figures", "gmv", "--as-of", "x"], "as_of_bad"),
        (["trace", "--figure", "order_value"], "trace_parts"),
    ],
)
def test_errors_have_a_code_and_exit_2(ask, args, code):
    found = json.loads(ask(*args, "--json", code=2).out)["error"]
    assert found["code"] == code
    assert set(found) == {"code", "text", "given", "allowed", "todo"}
    assert ask(*args, "--lang", "zh", code=2).err.strip()


def test_explain_says_from_what_each_part_was_counted(ask):
    def ways(*more):
        told = json.loads(ask("figures", "gmv", "buyers", "--explain", "--json", *more).out)["ways"]
        return {(one["parts"], one["from"], one["why"]) for one in told}

    plain = ask("figures", "gmv", "buyers", "--by", "month", "--json").out
    assert ("buyer_parts", "facts", "no_rollups") in ways()
    assert json.loads(ask("lake", "rollups", "--json").out)["rollups"] is True
    assert {("buyer_parts", "people", ""), ("order_parts", "sums", "")} <= ways()
    assert ("buyer_parts", "facts", "cut_not_counted_ahead") in ways("--by", "region")
    assert ask("figures", "gmv", "buyers", "--by", "month", "--json").out == plain
    shown = ask("figures", "gmv", "buyers", "--explain", "--lang", "zh").out
    assert "人·天" in shown
    assert "按日合计" in shown
    assert json.loads(ask("lake", "rollups", "--drop", "--json").out) == {"rollups": False}
    assert ("buyer_parts", "facts", "no_rollups") in ways()
