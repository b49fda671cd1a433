"""Event files of the metrics and the simulator's own table say the same, and the calendar knows the festivals."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from goldloop.core.store import PLATFORMS
from goldloop.simulate import events
from goldloop.simulate.seasons import Days, demand, first_day_of, lunar_feasts
from tests.simulate.reading import ROOT

FOLDER = ROOT / "src" / "goldloop" / "metrics" / "events"
FILES = sorted(FOLDER.glob("*.toml"))
PHASES = {"warm_up", "presale", "tail", "sale", "encore"}


def seconds(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1)).total_seconds())


def test_every_platform_has_a_file_for_every_year() -> None:
    assert {f.stem for f in FILES} == {
        f"{p}_{y}" for p in ("taobao_tmall", "jd", "douyin", "pdd", "shopify") for y in (2024, 2025, 2026)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_event_file_is_well_formed(path: Path) -> None:
    data = tomllib.loads(path.read_text("utf-8"))
    assert set(data) == {"platforms", "year", "phase"}
    assert set(data["platforms"]) <= set(PLATFORMS)
    for phase in data["phase"]:
        assert set(phase) == {"event", "name_zh", "name_en", "phase", "first", "last", "sure"}
        assert phase["phase"] in PHASES and isinstance(phase["sure"], bool)
        assert phase["first"] < phase["last"]
        assert phase["first"].tzinfo is None and phase["first"].year == phase["last"].year == data["year"]
    sales = sorted((p["first"], p["last"]) for p in data["phase"] if p["phase"] == "sale")
    assert all(a[1] < b[0] for a, b in zip(sales, sales[1:], strict=False)), "sale phases of a platform do not overlap"


def test_phases_of_one_event_share_their_names() -> None:
    names: dict[str, set[tuple[str, str]]] = {}
    for path in FILES:
        for phase in tomllib.loads(path.read_text("utf-8"))["phase"]:
            names.setdefault(phase["event"], set()).add((phase["name_zh"], phase["name_en"]))
    assert all(len(n) == 1 for n in names.values())


@pytest.mark.parametrize("platform", sorted(events.PHASES))
def test_the_simulator_and_the_files_agree(platform: str) -> None:
    wanted: Counter[tuple[object, ...]] = Counter()
    for path in FILES:
        data = tomllib.loads(path.read_text("utf-8"))
        if platform in data["platforms"]:
            for p in data["phase"]:
                if p["phase"] in ("sale", "presale"):
                    wanted[data["year"], p["event"], p["phase"], seconds(p["first"]), seconds(p["last"])] += 1
    found = Counter(
        (year, event, phase, events.seconds(first), events.seconds(last))
        for year, event, phase, first, last in events.PHASES[platform]
    )
    assert found == wanted


def test_waves_are_numbered_and_know_their_presale() -> None:
    waves = [w for w in events.waves("tmall") if w.event == "double11" and w.year == 2025]
    assert [w.number for w in waves] == [1, 2]
    assert waves[0].presale == (events.seconds("2025-10-15T20:00:00"), events.seconds("2025-10-20T17:59:59"))
    assert waves[1].presale is None
    assert [w.presale for w in events.waves("tmall") if w.event == "38"] == [None] * 3


def test_lunar_feasts() -> None:
    assert lunar_feasts(2025) == (date(2025, 1, 29), date(2025, 8, 29), date(2025, 10, 6))
    assert lunar_feasts(2026)[0] == date(2026, 2, 17)
    assert lunar_feasts(1999) == ()


def test_demand_falls_at_the_spring_festival_and_has_mean_one() -> None:
    days = Days(date(2024, 9, 1), 791, 0)
    index = demand(days, abroad=False)
    assert index.mean() == pytest.approx(1.0)
    festival = days.position(date(2025, 1, 29))
    assert index[festival] < 0.6 < 1.1 < index[festival - 15]
    abroad = demand(days, abroad=True)
    assert 0.8 < abroad[festival] < 1.2


def test_range_begins_with_a_calendar_month() -> None:
    assert first_day_of(date(2026, 10, 31), 26) == date(2024, 9, 1)
    assert first_day_of(date(2026, 2, 10), 26) == date(2024, 1, 1)
    assert first_day_of(date(2026, 1, 31), 2) == date(2025, 12, 1)


def test_days_know_weekday_and_month() -> None:
    days = Days(date(2024, 2, 28), 5, 0)
    assert days.weekdays.tolist() == [d.weekday() for d in days.dates()]
    assert days.months.tolist() == [d.year * 12 + d.month - 1 for d in days.dates()]
    assert np.array_equal(days.numbers, [(d - date(1970, 1, 1)).days for d in days.dates()])
