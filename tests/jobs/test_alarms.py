"""Watching, day by day: a planted fall rings once with its reason and clears; late and half days never ring."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.jobs.mini import goldloop
from tests.jobs.watched import FALL, LAST, after, watched

from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.shop import Shop

DAY = timedelta(days=1)


def test_a_planted_fall_rings_once_with_its_reason_and_clears(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    before = shop.alarms_run(day=FALL - DAY, now=after(FALL - DAY))
    assert before.opened == [] and before.days == {"A": [FALL - DAY]}
    ran = shop.alarms_run(day=FALL, now=after(FALL))
    assert [(a.rule, a.side, a.opened_on) for a in ran.opened] == [("gmv", "down", FALL)]
    check_account(shop, ran.opened[0])
    again = shop.alarms_run(day=FALL, now=after(FALL))
    assert (again.opened, [a.id for a in again.kept], again.cleared) == ([], [ran.opened[0].id], [])
    shop.alarm_acknowledge(ran.opened[0].id, note="courier strike")
    done = shop.alarms_run(now=after(FALL + 2 * DAY))  # takes up both days since
    assert done.days == {"A": [FALL + DAY, FALL + 2 * DAY]} and done.opened == []
    assert [(a.id, a.state, a.cleared_on) for a in done.cleared] == [(ran.opened[0].id, "cleared", FALL + DAY)]
    assert shop.alarms() == [] and len(shop.alarms(state="cleared")) == 1
    _, days = shop.alarm_show(ran.opened[0].id)
    assert [day.day for day in days] == [FALL, FALL + DAY]


def check_account(shop: Shop, alarm) -> None:
    """The account explains the table's change against one of the days the alarm was judged by, to the cent."""
    against = alarm.account["against"]
    assert against in alarm.numbers["like"]
    table = shop.figures(["gmv"], first=FALL, last=FALL, compare=f"{against}..{against}").rows()[0]
    assert alarm.numbers["value"] == table["gmv"] == alarm.account["after"]
    assert alarm.account["change"] == table["gmv__change"]
    assert sum(Decimal(d["money"]) for d in alarm.account["drivers"]) == Decimal(table["gmv__change"])
    largest = max(alarm.account["drivers"], key=lambda d: abs(Decimal(d["money"])))
    assert largest["driver"] in ("buyers", "orders")
    assert table["gmv"] in alarm.said["en"] and against in alarm.said["zh"] and "低" in alarm.said["zh"]


def test_late_half_and_future_days_never_ring(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldloop.jobs import alarms

    shop = watched(tmp_path)
    late = shop.alarms_run(day=LAST + 3 * DAY, now=after(LAST + 3 * DAY))
    assert {one.reason for one in late.not_judged if one.rule == "gmv"} == {"late"} and late.opened == []
    future = shop.alarms_run(day=LAST, now=after(LAST) - DAY)
    assert {one.reason for one in future.not_judged} == {"not_over"}
    arrivals = alarms.feeds.arrivals
    early = datetime(LAST.year, LAST.month, LAST.day, 9, tzinfo=UTC)
    monkeypatch.setattr(
        alarms.feeds, "arrivals", lambda *, viewer: [replace(one, finished_at=early) for one in arrivals(viewer=viewer)]
    )
    half = shop.alarms_run(day=LAST, now=after(LAST))
    assert {one.reason for one in half.not_judged} == {"partial"} and half.opened == []
    whole = shop.alarms_run(day=LAST - DAY, now=after(LAST))  # the file goes beyond this day
    assert "partial" not in {one.reason for one in whole.not_judged}


def test_quiet_hours_rest_and_lose_nothing(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    shop.alarm_rule_set("gmv", quiet=(11 * 60, 13 * 60))  # after() is noon in Shanghai
    assert shop.alarms_run(day=FALL - DAY, now=after(FALL - DAY)).resting == [("gmv", "A")]
    resting = shop.alarms_run(day=FALL, now=after(FALL))
    assert resting.resting == [("gmv", "A")] and "gmv" not in [a.rule for a in resting.opened]
    later = shop.alarms_run(day=FALL, now=after(FALL) + timedelta(hours=2))
    assert [a.rule for a in later.opened] == ["gmv"]


def test_a_rule_that_no_longer_watches_lets_go(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    alarm = shop.alarms_run(day=FALL, now=after(FALL)).opened[0]
    shop.alarm_rule_set("gmv", enabled=False)
    ran = shop.alarms_run(day=FALL, now=after(FALL))
    assert [a.id for a in ran.cleared] == [alarm.id] and shop.alarms() == []
    _, days = shop.alarm_show(alarm.id)
    assert [day.verdict for day in days] == ["unwatched"]


def test_a_filter_is_watched_alone(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    with pytest.raises(GoldloopError) as caught:
        shop.alarm_rule_add("x", figure="orders", where=(("colour", "red"),))
    assert caught.value.code == "cut_unknown"
    shop.alarm_rule_add("cups", figure="orders", where=(("product", "cup"),), direction="down", least=5)
    ran = shop.alarms_run(day=FALL, now=after(FALL))
    cups = next(a for a in ran.opened if a.rule == "cups")
    assert cups.where == (("product", "cup"),) and cups.numbers["value"] == 2 and "product=cup" in cups.said["en"]


def test_late_reports_ring_as_such(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    shop.feed_expect("A", "mini", days=1)
    ran = shop.alarms_run(day=LAST, now=after(LAST + 4 * DAY))
    alarm = next(a for a in ran.opened if a.kind == "feed")
    assert (alarm.subject, alarm.numbers["late_days"], alarm.account) == ("mini", 3, None)
    assert "3 days late" in alarm.said["en"] and "迟到 3 天" in alarm.said["zh"]
    on_time = shop.alarms_run(day=LAST, now=after(LAST))
    assert [a.id for a in on_time.cleared] == []  # an earlier moment than the one that is known
    shop.feed_expect("A", "mini", days=30)
    assert [a.id for a in shop.alarms_run(day=LAST, now=after(LAST + 5 * DAY)).cleared] == [alarm.id]


def test_only_who_sees_the_whole_group_may_run(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    shop.store_add("B", platform="tmall")
    with pytest.raises(GoldloopError) as caught:
        shop.seen_by(Viewer(stores=frozenset({shop.store("A").id}))).alarms_run(day=FALL, now=after(FALL))
    assert caught.value.code == "group_right_needed"
    assert shop.alarms(state=None) == []


KILL = """
import os, signal, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goldloop.settings")
django.setup()
from goldloop.apps.watch import api
record, seen = api.outcome_record, []
def killing(**given):
    seen.append(given)
    if len(seen) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    return record(**given)
api.outcome_record = killing
"""


@pytest.mark.kills
def test_a_run_that_is_killed_is_taken_up_by_the_next(tmp_path: Path, home: Home) -> None:
    shop = watched(tmp_path)
    for number in (2, 4):
        done = goldloop(shop.home, "watch", "run", "--day", str(FALL), code=KILL.format(number=number))
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    first = shop.alarms_run(day=FALL, now=after(FALL))
    alive = [a.rule for a in shop.alarms(state=None)]
    assert alive.count("gmv") == 1 and len(alive) == len(set(alive))
    assert shop.alarms_run(day=FALL, now=after(FALL)).opened == [] and len(first.opened) + len(first.kept) == len(alive)


@pytest.mark.parametrize(
    ("zone", "starts", "moment", "last"),
    [
        ("Asia/Shanghai", 0, "2026-10-02T01:00:00+00:00", "2026-10-01"),
        ("Asia/Shanghai", 0, "2026-10-01T16:00:00+00:00", "2026-10-01"),
        ("Asia/Shanghai", 0, "2026-10-01T15:59:59+00:00", "2026-09-30"),
        ("Asia/Shanghai", 120, "2026-10-01T17:00:00+00:00", "2026-09-30"),
        ("America/New_York", 0, "2026-11-02T04:30:00+00:00", "2026-10-31"),  # the clocks went back that night
        ("America/New_York", 0, "2026-11-02T05:30:00+00:00", "2026-11-01"),
    ],
)
def test_a_business_day_is_over_by_the_stores_own_clock(
    home: Home, zone: str, starts: int, moment: str, last: str
) -> None:
    from goldloop.jobs import alarms

    store = Store(1, "A", "other", timezone=zone, day_starts=starts)
    at = datetime.fromisoformat(moment)
    assert alarms.last_over(store, at) == date.fromisoformat(last)
    assert alarms.ends_at(store, date.fromisoformat(last)) <= at < alarms.ends_at(store, date.fromisoformat(last) + DAY)
