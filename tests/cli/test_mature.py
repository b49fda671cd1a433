"""`goldloop mature` and expected net on the command line: what people see and what programs get."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.apps.homes import fresh_home

from goldloop.cli import main

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
WEEK = ("--from", "2026-06-24", "--to", "2026-06-30")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two stores: one with an after-sale list over four months, one whose orders state refunds without a day."""
    place = tmp_path_factory.mktemp("mature")
    home = fresh_home(place / "home").root
    orders = ["order_id,placed_at,paid_at,status,product_id,quantity,unit_price,goods_amount,refund_stated"]
    refunds = ["refund_id,order_id,status,refunded_at,amount"]
    for n in range(181 * 5):
        day = FIRST + timedelta(days=n // 5)
        orders.append(f"{n},{day} 10:00:00,{day} 10:00:00,finished,p{n % 3},1,100.00,100.00,")
        settled = day + timedelta(days=1 + n * 7919 % 12)
        if n * 104729 % 100 < 20 and settled <= LAST:
            refunds.append(f"R{n},{n},done,{settled} 15:00:00,100.00")
    (place / "orders.csv").write_text("\n".join(orders), "utf-8")
    (place / "refunds.csv").write_text("\n".join(refunds), "utf-8")
    (place / "bare.csv").write_text(
        "\n".join([orders[0], *(row + ("50.00" if n % 9 == 0 else "") for n, row in enumerate(orders[1:]))]), "utf-8"
    )
    for name, files in (("S", ("orders.csv", "refunds.csv")), ("T", ("bare.csv",))):
        said = ["store", "add", name, "--platform", "other", "--currency", "CNY", "--timezone", "Asia/Shanghai"]
        assert main(["--home", str(home), *said]) == 0
        assert main(["--home", str(home), "import", *(str(place / f) for f in files), "--store", name]) == 0
    return home


def test_the_answer_as_json(folder, capsys):
    capsys.readouterr()
    assert main(["--home", str(folder), "mature", "--days", "21", "--json"]) == 0
    one, other = json.loads(capsys.readouterr().out)["stores"]
    assert (one["store"], one["known_to"], one["currency"]) == ("S", "2026-06-29", "CNY")  # its newest refund
    assert 10 <= one["final_age"] <= 12
    assert list(one["share_come"].values()) == sorted(one["share_come"].values())
    assert one["score"]["cases"] == len(one["cases"])
    for case in one["cases"]:
        assert Decimal(case["low"]) <= Decimal(case["expected"]) <= Decimal(case["high"]) <= Decimal(case["so_far"])
    assert other["reason"]["code"] == "refund_days_unknown"


@pytest.mark.parametrize(("lang", "said"), [("en", "have come"), ("zh", "约到")])
def test_the_answer_on_the_screen(folder, capsys, lang, said):
    assert main(["--home", str(folder), "mature", "--age", "3", "--store", "S", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert said in shown and "2026-06-29" in shown


def test_too_early_to_check(folder, capsys):
    assert main(["--home", str(folder), "mature", "--store", "S", "--known", "2026-05-01", "--lang", "en"]) == 0
    assert "No day can be checked yet" in capsys.readouterr().out


def test_an_age_that_cannot_be(folder, capsys):
    assert main(["--home", str(folder), "mature", "--age", "99", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "age_bad"


def test_expected_net_with_its_interval(folder, capsys):
    assert main(["--home", str(folder), "figures", "net", "net_expected", *WEEK, "--store", "S", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,), (ends,) = found["rows"], found["data"]["maturity"]["net_expected"]
    assert Decimal(ends["low"]) < Decimal(row["net_expected"]) < Decimal(ends["high"]) <= Decimal(row["net"])
    (store,) = found["data"]["maturity"]["stores"]
    assert store["checked"]["cases"] > 0 and sum(store["levels"].values()) == pytest.approx(1, abs=1e-3)
    assert main(["--home", str(folder), "figures", "net_expected", *WEEK, "--store", "S"]) == 0
    shown = capsys.readouterr().out
    assert f"({Decimal(ends['low']):,} .. {Decimal(ends['high']):,})" in shown


def test_the_same_age_and_a_known_day(folder, capsys):
    def ask(*more: str) -> dict:
        assert main(["--home", str(folder), "figures", "refunded_gmv", *WEEK, "--store", "S", "--json", *more]) == 0
        return json.loads(capsys.readouterr().out)["rows"][0]

    plain, alike = (ask("--compare", "previous", *same) for same in ((), ("--same-age",)))
    assert Decimal(alike["refunded_gmv__compared"]) < Decimal(plain["refunded_gmv__compared"])
    assert alike["refunded_gmv"] == plain["refunded_gmv"]
    assert Decimal(ask("--known", "2026-06-26")["refunded_gmv"]) < Decimal(plain["refunded_gmv"])
    assert main(["--home", str(folder), "figures", "net", "--same-age", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "same_age_alone"
