from datetime import datetime

import pytest

from goldloop.connectors.moments import export_moment, latest_allowed, period_between, period_in
from tests.connectors.support import at, day

LATEST = datetime(2027, 1, 1)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("【生意参谋平台】商品_全部_2026-10-01_2026-10-07.xls", "2026-10-01", "2026-10-07"),
        ("【生意参谋平台】店铺来源_2026-10-01.xls", "2026-10-01", "2026-10-01"),
        ("【生意参谋平台】商品_宏观监控_2026-10.xls", "2026-10-01", "2026-10-31"),
        ("商品报表_20261001.csv", "2026-10-01", "2026-10-01"),
        ("商品报表_20261001_20261007.csv", "2026-10-01", "2026-10-07"),
        ("全域推广数据_商品_2026-10-01 00_00_00-2026-10-01 23_59_59.csv", "2026-10-01", "2026-10-01"),
        ("统计日期：2026年10月1日", "2026-10-01", "2026-10-01"),
    ],
)
def test_periods_in_names(name: str, first: str, last: str) -> None:
    assert period_in(name) == (day(first), day(last))


@pytest.mark.parametrize(
    "name",
    [
        "商品报表_20261002_101010.zip",
        "orders.csv",
        "1791213782_douyin_orders.csv",
        "a_2026-10-07_2026-10-01.xls",
        "350000000000.csv",
    ],
)
def test_names_without_a_period(name: str) -> None:
    assert period_in(name) is None


def test_export_moments() -> None:
    def found(name: str, *ways: str) -> datetime | None:
        return export_moment(name, ways, zone="Asia/Shanghai", latest=LATEST)

    assert found("1791213782_douyin_orders.csv", "epoch") == at("2026-10-05 23:23:02")
    assert found("1791213782_douyin_orders.csv", "stamp") is None
    assert found("商品报表_20261002_101010.zip", "epoch", "stamp") == at("2026-10-02 10:10:10")
    assert found("ExportOrderList202610021010.csv", "stamp") == at("2026-10-02 10:10:00")
    assert found("x_20261001_20261002.csv", "stamp") is None  # two days are no stamp
    assert found("x_2026-10-01_2026-10-02.xls", "stamp") is None
    assert found("x_20269999_101010.xls", "stamp") is None
    assert (
        export_moment("1791213782_x.csv", ("epoch",), zone="UTC", latest=datetime(2026, 1, 1)) is None
    )  # later than the import


def test_one_day_of_grace_after_the_import() -> None:
    assert latest_allowed(datetime(2026, 10, 20, 12), "Asia/Shanghai") == at("2026-10-21 12:00")
    assert latest_allowed(datetime.fromisoformat("2026-10-20T12:00:00+00:00"), "Asia/Shanghai") == at(
        "2026-10-21 20:00"
    )


@pytest.mark.parametrize(
    "text",
    [
        "October 1, 2026 - October 7, 2026",
        "Oct 1, 2026 - Oct 7, 2026",
        "1 octobre 2026 - 7 octobre 2026",
        "1. Oktober 2026 - 7. Oktober 2026",
        "1 de octubre de 2026 - 7 de octubre de 2026",
        "2026年10月1日 - 2026年10月7日",
    ],
)
def test_periods_in_words(text: str) -> None:
    assert period_in(text) == (day("2026-10-01"), day("2026-10-07"))


def test_a_word_that_is_no_month_makes_no_date() -> None:
    assert period_in("Market 10 2026.csv") is None and period_in("October 32, 2026") is None


def test_two_lines_name_the_ends_of_a_period() -> None:
    lines = ["# Account: shop", "# Start date: 20261001", "# End date: 20261007"]
    assert period_between(lines, ["Start date"], ["End date"]) == (day("2026-10-01"), day("2026-10-07"))
    assert period_between(lines[:2], ["Start date"], ["End date"]) is None and period_between(lines, [], []) is None
