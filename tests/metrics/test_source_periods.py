"""By source there is no row where nothing is loaded: the answer says of which days, of which stores, and what is loaded."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.metrics.facts import Facts
from tests.metrics.test_source_shares import month

from goldloop.core.calendar import Period, whole
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.answer import Answer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request, figures

STORES = {1: Store(1, "A", "tmall"), 2: Store(2, "B", "tmall"), 3: Store(3, "bare", "tmall")}
YEAR = Period(date(2025, 6, 1), date(2026, 5, 31))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A: every month of a year but for March, B: the first week of May by days; the third store has none."""
    rows, day = [], YEAR.first
    while day <= YEAR.last:
        of = whole("month", day)
        if day != date(2026, 3, 1):
            rows += [month(1, of.first, of.last, "paid", 100), month(1, of.first, of.last, "free", 300)]
        day = of.last + timedelta(days=1)
    rows += [month(2, one, one, "paid", 5) for one in (date(2026, 5, n) for n in range(1, 8))]
    folder: Path = tmp_path_factory.mktemp("periods")
    return Engine(Facts(folder, {"traffic": rows}), cache=folder / "sql")


def asked(engine: Engine, *by: str, stores: tuple[str, ...] = ("A",), period: Period = YEAR, **more: object) -> Answer:
    names = ("source_visitors", "paid_share")
    request = Request(period, names, by=by, stores=stores, **more)  # type: ignore[arg-type]
    return figures(engine, Viewer(stores=frozenset(STORES)), STORES, request)


def notes(answer: Answer, lang: str = "en") -> list[str]:
    return [note.text(lang) for note in answer.notes if note.code.startswith(("sources_", "cut_"))]


def test_a_year_whose_months_alone_are_loaded_says_so_and_which(engine: Engine) -> None:
    answer = asked(engine, "source_group")
    assert answer.columns["source_visitors"] == []
    assert notes(answer) == [
        "A: no traffic by source is loaded for exactly 2025-06-01..2026-05-31, only for parts of it: 2025-06..2026-02, "
        "2026-04..2026-05. Their visitors are not added up, for who came in two parts would count twice; split by month, too, to see "
        "each part."
    ]
    assert "2025-06..2026-02, 2026-04..2026-05" in notes(answer, "zh")[0] and "再按月拆分" in notes(answer, "zh")[0]


def test_months_are_told_and_the_one_that_is_not_loaded_is_named(engine: Engine) -> None:
    answer = asked(engine, "month", "source_group")
    told = list(zip(answer.columns["month"], answer.columns["source_visitors"], strict=True))
    assert len(told) == 22 and ("2026-03", 100) not in told and {v for _, v in told} == {100, 300}
    assert notes(answer) == ["A: no traffic by source is loaded for 2026-03; it is left out here, which is not 0."]
    assert notes(asked(engine, "source_group", period=whole("month", date(2026, 4, 9)))) == []


def test_each_store_is_told_for_itself_and_compared_days_too(engine: Engine) -> None:
    april, may = (Period(date(2026, n, 1), date(2026, n, 30 + n // 5)) for n in (4, 5))
    found = notes(asked(engine, "store", "source", stores=(), period=may))
    assert [text.partition(":")[0] for text in found] == ["B", "bare"]
    assert "2026-05-01..2026-05-07" in found[0] and "split by day, too" in found[0]
    assert found[1] == "bare: no traffic by source is loaded, which is not 0."
    assert "for 2026-03;" in notes(asked(engine, "source", period=april, compare="2026-03-01..2026-03-31"))[0]


def test_days_without_a_row_are_told_as_runs(engine: Engine) -> None:
    found = notes(asked(engine, "day", "source", stores=("B",), period=Period(date(2026, 4, 29), date(2026, 5, 9))))
    assert found == ["B: no traffic by source is loaded for 2026-04-29..2026-04-30, 2026-05-08..2026-05-09; it is left out here, which is not 0."]  # fmt: skip


def test_figures_that_no_source_carries_are_named(engine: Engine) -> None:
    request = Request(YEAR, ("gmv", "buyers"), by=("source_group",), stores=("A",))
    answer = figures(engine, Viewer(stores=frozenset(STORES)), STORES, request)
    assert answer.columns["gmv"] == [] and notes(answer) == [
        "None of these figures is known by source_group: gmv, buyers."
    ]
    assert notes(answer, "zh") == ["这些指标都无法按来源分组拆分：支付金额(未剔除退款)、支付买家数。"]
