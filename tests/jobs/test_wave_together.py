"""Several waves told together out of their kept results: equal to hand-written SQL, to a wave's own result, and silent below the least."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.apps.waves import code_of
from tests.jobs.test_waves import NOW, UNTIL, Shop, with_consent

from goldloop.home import Home

MONTH = ("2026-05-01..2026-05-04", "0.5"), ("2026-05-05..2026-05-06", "0.1"), ("2026-05-07..2026-05-08", "0.2"), ("2026-05-09..2026-05-10", "0.2")  # fmt: skip
AGAIN = {"audience": "first:2026-05-01..2026-05-04", "holdout": "0.5", "send": "2026-06-20"}

# gain and its spread of one stratum: everybody sent counts 1, everybody held out by the odds of her wave
STRATUM = """
WITH y AS (
    SELECT d.held, CASE WHEN d.held THEN (1 - d.share) / d.share ELSE 1 END AS w,
           (SELECT count(*) FROM orders o WHERE o.buyer_key = d.person AND o.day BETWEEN d.send AND d.until) AS orders,
           (SELECT coalesce(sum(o.gmv), 0) FROM orders o WHERE o.buyer_key = d.person AND o.day BETWEEN d.send AND d.until) AS gmv,
           (SELECT coalesce(sum(o.gmv - o.refunded), 0) FROM orders o WHERE o.buyer_key = d.person AND o.day BETWEEN d.send AND d.until) AS net
    FROM drawn d WHERE d.wave IN ({waves})
), m AS (
    SELECT held, count(*) AS people, sum(w * {figure}) / sum(w) AS mean, sum(w * w) / sum(w) ^ 2 AS alike FROM y GROUP BY held
), v AS (
    SELECT y.held, sum(w * w * ({figure} - mean) ^ 2) / sum(w) ^ 2 / (1 - any_value(alike)) AS spread FROM y JOIN m USING (held) GROUP BY y.held
)
SELECT sent.people * (sent.mean - out.mean), sent.people ^ 2 * (SELECT sum(spread) FROM v)
FROM m sent, m out WHERE NOT sent.held AND out.held
"""
Z = 1.2815515655446004  # of 80 %


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    made = Shop(home, folder)
    made.contacts(with_consent(400))
    return made


def out(shop: Shop, **said: str) -> int:
    id = shop.wave(reach="B", name=f"W{said}"[:90], **said)
    shop.check(id)
    shop.export(id)
    return id


def buys_in_june(shop: Shop, ids: list[int]) -> None:
    """Every third of those who were sent something, every seventh of the others, some twice, some with money back."""
    from goldloop.apps.campaigns import api as campaigns

    number = {key: int(name.removeprefix("buyer")) for name, key in shop.keys.items()}
    for id in ids:
        for place, (person, _, held, _) in enumerate(campaigns.drawn(id=id)):
            if place % (7 if held else 3) == 0:
                shop.orders.append(shop.order(number[person], date(2026, 6, 12), 9000 + 10 * place))
            if place % 9 == 0:
                shop.orders.append(shop.order(number[person], date(2026, 6, 23), 4000 + place))
                shop.orders[-1]["refunded"] = 1500
    shop.last = UNTIL


def together(shop: Shop, *ids: int) -> dict[str, Any]:
    from goldloop.jobs import wave_together

    return wave_together.of_waves(shop.viewer, ids)


def test_it_equals_sql_over_the_orders_of_everybody_drawn(shop: Shop) -> None:
    from goldloop.apps.campaigns import api as campaigns

    ids = [out(shop, audience=f"first:{days}", holdout=share) for days, share in MONTH]
    ids.append(out(shop, **AGAIN))  # the people of the first wave once more: each counts in both
    buys_in_june(shop, ids)
    for id in ids:
        shop.result(id)
    told = together(shop, *ids)
    assert told["waves"] == sorted(told["waves"], key=ids.index) and len(told["waves"]) == 5 and not told["lacks"]
    assert sorted(id for stratum in told["strata"] for id in stratum) == ids and len(told["strata"]) > 1
    lake = shop.ask().engine.snapshot.connection()
    lake.execute("CREATE TABLE drawn (wave INT, person TEXT, held BOOL, share DOUBLE, send DATE, until DATE)")
    for id in ids:
        wave = campaigns.wave_show(viewer=shop.viewer, id=id).wave
        rows = [
            (id, person, held, wave.share("holdout"), wave.send, wave.until)
            for person, _, held, _ in campaigns.drawn(id=id)
        ]
        lake.executemany("INSERT INTO drawn VALUES (?, ?, ?, ?, ?, ?)", rows)
    gains = {}
    for figure, places, scale in (("orders", 1, 1), ("gmv", 2, 100), ("net", 2, 100)):
        parts = [
            lake.execute(STRATUM.format(waves=", ".join(map(str, stratum)), figure=figure)).fetchone()
            for stratum in told["strata"]
        ]
        gain, wide = sum(part[0] for part in parts), Z * sum(part[1] for part in parts) ** 0.5
        gains[figure] = gain
        for end, value in (("value", gain), ("low", gain - wide), ("high", gain + wide)):
            found = float(told["measured"][figure][end])
            assert found == pytest.approx(value / scale, abs=0.51 * 10**-places), (figure, end)
    people = lake.execute("SELECT held, count(*) FROM drawn GROUP BY held").fetchall()
    assert {held: count for held, count in people} == {False: told["sent"]["people"], True: told["held"]["people"]}
    results = [campaigns.wave_show(viewer=shop.viewer, id=id).results[0] for id in ids]
    assert float(told["cost"]) == pytest.approx(sum(float(one["cost"]) for one in results))
    assert told["predicted"]["orders"] == pytest.approx(sum(one["predicted"]["orders"] for one in results))
    assert float(told["predicted"]["high"]) == pytest.approx(sum(float(one["predicted"]["high"]) for one in results))
    each = told["measured"]["cost_per_order"]["value"]
    if gains["orders"] > 0:  # each home draws its own lots: now and then they bring nothing
        assert float(each) == pytest.approx(float(told["cost"]) / gains["orders"], abs=0.006)
    else:
        assert each is None


def test_one_wave_is_told_as_by_itself(shop: Shop) -> None:
    id = out(shop, holdout="0.3")
    buys_in_june(shop, [id])
    own = shop.result(id).results[0]
    told = together(shop, id)
    assert own["measured"] is not None and told["strata"] == [[id]] and told["final"]
    for name in ("orders", "gmv", "net", "buyers", "cost_per_order"):
        assert told["measured"][name] == own["measured"][name], name
    assert told["measured"]["p"] == pytest.approx(own["measured"]["p"]) and told["cost"] == own["cost"]
    assert {name: told["sent"][name] for name in own["sent"]} == own["sent"]


def test_below_the_least_nothing_is_told_but_what_is_lacking(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    from goldloop.cli.output import Screen
    from goldloop.cli.waves_screen import show_together
    from goldloop.cli.words import Words

    ids = [out(shop, audience=f"first:2026-05-0{n}..2026-05-0{n}", holdout="0.1") for n in (1, 2)]
    buys_in_june(shop, ids)
    for id in ids:
        assert shop.result(id).results[0]["measured"] is None
    told = together(shop, *ids)
    (lack,) = told["lacks"]
    assert told["measured"] is None and told["strata"] == [] and told["waves"] == ids and told["left_out"] == []
    assert lack["waves"] == ids and lack["held"] == 30 - told["held"]["people"] > 0
    show_together(Screen(Words("en")), [told])
    shown = capsys.readouterr().out
    assert f"{lack['held']} more people held out are needed" in shown and "More orders" not in shown
    show_together(Screen(Words("zh")), [told, {**told, "left_out": [{"wave": 9, "why": "no_holdout"}]}])
    shown = capsys.readouterr().out
    assert f"留白还差{lack['held']}人" in shown and "未计入：触达9，没有留白" in shown
    show_together(Screen(Words("en")), [])
    assert "No wave has gone out yet" in capsys.readouterr().out


def test_waves_that_cannot_be_counted_are_named_with_why(shop: Shop) -> None:
    from goldloop.jobs import wave_together, waves

    days = [f"first:2026-05-0{n}..2026-05-0{n}" for n in range(1, 6)]
    good = out(shop, audience="first:2026-05-06..2026-05-10", holdout="0.5")
    whole = out(shop, audience=days[0], holdout="0")
    unmeasured = out(shop, audience=days[1])
    draft, declined = shop.wave(audience=days[2]), shop.wave(audience=days[3])
    later = shop.wave(audience=days[4], send="2026-07-02", until="2026-07-20")
    waves.wave_decline(shop.viewer, declined, reason="no", moment=NOW)
    buys_in_june(shop, [good, whole])
    shop.result(good)
    shop.result(whole)
    (told,) = wave_together.of_months(shop.viewer, month="2026-06")
    assert told["month"] == "2026-06" and told["waves"] == [good] and told["measured"] is not None
    assert {one["wave"]: one["why"] for one in told["left_out"]} == {
        whole: "no_holdout", unmeasured: "not_measured", draft: "not_out",
    }  # fmt: skip
    assert [one["month"] for one in wave_together.of_months(shop.viewer, stores=["S"])] == [
        "2026-06"
    ]  # July: nothing out
    assert wave_together.of_months(shop.viewer, month="2026-07") == [] and later
    assert code_of(wave_together.of_months, shop.viewer, month="2026-06-03") == "coupons_when_whole"
    assert code_of(wave_together.of_waves, shop.viewer, [good, 999]) == "wave_unknown"


def test_waves_of_other_stores_are_not_told_with_these(shop: Shop) -> None:
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.apps.shops import api as shops
    from goldloop.core.viewer import Viewer
    from goldloop.jobs import wave_together

    other = shops.store_add(name="T", platform="tmall", currency="CNY", timezone="Asia/Shanghai").id
    both = Viewer(stores=frozenset({shop.store.id, other}), name="Ann")
    first = shop.wave()
    wave = campaigns.wave_show(viewer=shop.viewer, id=first).wave
    second = campaigns.wave_new(viewer=both, stores=[other], wave=wave, salt="s", moment=NOW).id
    assert code_of(wave_together.of_waves, both, [first, second]) == "wave_several_stores"
    assert code_of(wave_together.of_waves, shop.viewer, [first, second]) == "wave_unknown"


def test_days_by_lot_are_told_together_and_apart_from_people(shop: Shop) -> None:
    halves = ("first:2026-05-01..2026-05-05", "first:2026-05-06..2026-05-10")
    ids = [shop.wave(audience=days, holdout="0.1") for days in halves]
    for id in ids:
        assert len(shop.check(id).told["held_units"]) == 2
        shop.export(id)
    people = out(shop, audience=halves[0], holdout="0.2", send="2026-06-20")
    buys_in_june(shop, [*ids, people])
    for id in (*ids, people):
        shop.result(id)
    told = together(shop, *ids, people)
    assert all(len({id == people for id in stratum}) == 1 for stratum in told["strata"])
    assert told["measured"]["formula"] == "stratified" and told["held"]["people"] > 60


def test_a_result_without_sums_gets_them_while_its_arms_are_the_same(shop: Shop) -> None:
    from goldloop.apps.campaigns import models

    id = out(shop, holdout="0.3")
    buys_in_june(shop, [id])
    shop.result(id)
    row = models.Result.objects.get(wave_id=id)
    before = dict(row.told)
    models.Result.objects.filter(pk=row.pk).update(told={k: v for k, v in before.items() if k != "sums"})
    assert together(shop, id)["left_out"] == [{"wave": id, "why": "measure_again"}]
    shop.result(id)
    row.refresh_from_db()
    assert row.told == before and together(shop, id)["measured"] is not None
    models.Result.objects.filter(pk=row.pk).update(told={"known": str(UNTIL), "sent": {}, "held": {}, "final": True})
    shop.result(id)
    row.refresh_from_db()
    assert "sums" not in row.told  # other arms: what was kept stays as it was


def test_sums_are_kept_as_they_are(shop: Shop) -> None:
    from goldloop.core.experiment import Arm
    from goldloop.core.pooled import of_people, read_sums

    sums = of_people(Arm(40, 7, 9, 10**12, 9, 11.0, 1.1e23, 0.1))
    assert read_sums(sums.as_dict()) == sums and asdict(sums) == sums.as_dict()
