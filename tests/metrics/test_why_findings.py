"""What stands out in an account: planted causes with the numbers of the table, and words where there is nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request
from goldloop.metrics.why import why
from goldloop.metrics.why_findings import drill_down
from goldloop.metrics.why_text import Account

STORE = {1: Store(1, "A", "other")}
MAY, JUNE = date(2026, 5, 10), date(2026, 6, 10)
REGIONS, CHANNELS = [f"r{i}" for i in range(8)], [f"c{i}" for i in range(6)]


def account(tmp_path, fallen, *, figure="gmv", cuts=None, regions=REGIONS, roots=(), spread=500, orders=40):
    """A day in May and one in June, so many orders of each region and channel; where it has `fallen` each is worth half."""
    rng = np.random.default_rng(5)
    rows = []
    for region in regions:
        for channel in CHANNELS:
            for day in (MAY, JUNE):
                for n in range(orders):
                    gmv = int(rng.normal(100_000, spread)) if spread else 100_000
                    gmv = gmv // 2 if day == JUNE and fallen(region, channel) else gmv
                    more = {
                        "region": region,
                        "channel": channel,
                        "units": 1000,
                    }  # a price far from any bound of a price band
                    rows.append(order(1, f"{region}{channel}{day}{n}", day, gmv, **more))
    engine = Engine(Facts(tmp_path, {"orders": rows, "store_day": list(roots)}))
    request = Request(Period(JUNE, JUNE), (figure,))
    found, both = why(
        engine, Viewer(stores=frozenset(STORE)), STORE, request, against="2026-05-10..2026-05-10", tree_name=None
    )
    return Account(found, [], drill_down(both, found, cuts)), both


def table(both, name, segment):
    """A segment's figure in the table, before and after."""
    cells = both.cells((name,), tuple(sorted(segment)))
    at = cells.keys.index(tuple(value for _, value in sorted(segment.items())))
    return cells.before[at][name], cells.after[at][name]


@pytest.mark.parametrize(
    "fallen, cuts",
    [
        (lambda region, channel: region == "r3", {"region": "r3"}),
        (lambda region, channel: channel == "c1", {"channel": "c1"}),
        (lambda region, channel: (region, channel) == ("r2", "c4"), {"region": "r2", "channel": "c4"}),
    ],
)
def test_a_planted_cause_is_found_with_the_numbers_of_the_table(tmp_path, fallen, cuts):
    told, both = account(tmp_path, fallen, orders=40 if len(cuts) == 1 else 160)
    [one] = told.findings
    assert one.cuts == cuts and told.drill.cuts == ("channel", "region") and told.drill.leaves == 48
    assert (one.before, one.after) == table(both, "gmv", cuts)
    assert one.change == one.after - one.before < 0 and one.surprise > 0
    assert one.share == pytest.approx(one.change / told.found.change)
    assert one.change + told.drill.rest == told.found.change and told.drill.twice == told.drill.beyond == 0


@pytest.mark.parametrize("figure", ["order_value", "unit_price", "refund_rate"])
def test_a_ratio_is_drilled_by_mix_and_rate(tmp_path, figure):
    told, both = account(tmp_path, lambda region, channel: region == "r3", figure=figure)
    if figure == "refund_rate":  # nothing was refunded
        assert told.drill.empty.code == "drill_noise"
        return
    [one] = told.findings
    assert one.cuts == {"region": "r3"} and (one.before, one.after) == pytest.approx(
        [float(v) for v in table(both, figure, one.cuts)]
    )
    assert float(one.change) == pytest.approx(one.mix + one.rate, abs=1e-4) and abs(one.rate) > abs(one.mix)
    assert one.change + told.drill.twice + told.drill.rest + told.drill.beyond == told.found.change


def test_causes_that_cross_are_taken_off_once(tmp_path):
    told, _ = account(tmp_path, lambda region, channel: region == "r3" or channel == "c1")
    assert sorted(tuple(one.cuts.items()) for one in told.findings) == [(("channel", "c1"),), (("region", "r3"),)]
    changes = [one.change for one in told.findings]
    assert sum(changes) + told.drill.twice + told.drill.rest == told.found.change and told.drill.twice > 0


def test_what_the_platform_counts_beyond_orders_is_a_line_of_its_own(tmp_path):
    roots = [{"store": 1, "first_day": day, "last_day": day, "report": "r", "currency": "CNY", "gmv": gmv, "orders": 1920} for day, gmv in ((MAY, 192_000_000), (JUNE, 160_000_000))]  # fmt: skip
    told, _ = account(tmp_path, lambda region, channel: region == "r3", roots=roots)
    assert told.found.change == -32_000_000 and told.drill.beyond != 0
    assert sum(one.change for one in told.findings) + told.drill.rest + told.drill.beyond == -32_000_000


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"fallen": lambda region, channel: True}, "drill_noise"),
        ({"fallen": lambda region, channel: False, "spread": 0}, "drill_still"),
        ({"fallen": lambda region, channel: region == "r1", "regions": REGIONS[:2], "cuts": ("region",)}, "drill_few"),
        ({"fallen": lambda region, channel: region == "r1", "cuts": ("hour",)}, "drill_few"),
        ({"fallen": lambda region, channel: False, "figure": "orders", "cuts": ("sku",)}, "drill_whole_orders"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_empty_answer_says_why(tmp_path, more, code, lang):
    told, _ = account(tmp_path, **more)
    assert told.findings == () and told.drill.empty.code == code
    data = told.as_dict(lang)
    assert data["findings"] == [] and data["drill"]["empty"]["code"] == code and data["drill"]["empty"]["text"]


def test_one_order_is_no_evidence(tmp_path):
    """The same fall of a region, but of one order in each channel: they would as well come and go by chance."""
    told, _ = account(tmp_path, lambda region, channel: region == "r3", orders=1)
    assert told.findings == () and told.drill.empty.code == "drill_noise"


def test_findings_stand_in_json_and_in_the_third_sentence(tmp_path):
    told, _ = account(tmp_path, lambda region, channel: region == "r3")
    [one] = told.as_dict()["findings"]
    assert set(one) == {"cuts", "before", "after", "money", "share", "surprise"} and one["cuts"] == {"region": "r3"}
    assert f"Unlike the rest moved region=r3 {float(one['money']):+,.2f}." in told.text()
    assert "异动：地区=r3 -" in told.text("zh")
    drill = told.as_dict()["drill"]
    assert float(drill["rest"]["money"]) + float(one["money"]) == pytest.approx(float(told.as_dict()["change"]))
    assert (drill["cuts"], drill["leaves"], drill["rest"]["count"], drill["empty"]) == (
        ["channel", "region"],
        48,
        42,
        None,
    )
