"""What stands out in an account: a planted cause over two cuts, and nothing where all moved alike."""

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
from goldloop.metrics.why_findings import findings

STORE = {1: Store(1, "A", "other")}
MAY, JUNE = date(2026, 5, 10), date(2026, 6, 10)
REGIONS, CHANNELS = [f"r{i}" for i in range(8)], [f"c{i}" for i in range(6)]


def account(tmp_path, fallen, *, by=("region", "channel"), figure="gmv"):
    rng = np.random.default_rng(5)
    rows = []
    for region in REGIONS:
        for channel in CHANNELS:
            for day in (MAY, JUNE):
                gmv = int(rng.normal(100_000, 500))
                gmv = gmv // 2 if day == JUNE and fallen(region, channel) else gmv
                rows.append(order(1, f"{region}{channel}{day}", day, gmv, region=region, channel=channel))
    engine = Engine(Facts(tmp_path, {"orders": rows}))
    request = Request(Period(JUNE, JUNE), (figure,), by=by, basis="orders")
    found, _ = why(engine, Viewer(stores=frozenset(STORE)), STORE, request, against="2026-05-10..2026-05-10", tree_name=None)
    return found, findings(found)


@pytest.mark.parametrize(
    "fallen, cuts",
    [
        (lambda region, channel: region == "r3", {"region": "r3"}),
        (lambda region, channel: channel == "c1", {"channel": "c1"}),
        (lambda region, channel: (region, channel) == ("r2", "c4"), {"region": "r2", "channel": "c4"}),
    ],
)
def test_a_planted_cause_is_found_with_the_numbers_of_the_table(tmp_path, fallen, cuts):
    found, told = account(tmp_path, fallen)
    assert [one.cuts for one in told] == [cuts]
    cells = zip(found.cells.keys, found.cells.before, found.cells.after, strict=True)
    mine = [(b["gmv"], a["gmv"]) for key, b, a in cells if cuts.items() <= dict(zip(found.cuts, key, strict=True)).items()]
    assert (told[0].before, told[0].after) == tuple(map(sum, zip(*mine, strict=True)))
    assert told[0].change == told[0].after - told[0].before < 0 and told[0].surprise > 0


def test_nothing_stands_out_where_all_moved_alike(tmp_path):
    assert account(tmp_path, lambda region, channel: True)[1] == []


def test_ratios_and_few_cells_have_no_findings(tmp_path):
    assert account(tmp_path, lambda region, channel: region == "r3", by=("channel",))[1] == []
    assert account(tmp_path, lambda region, channel: region == "r3", figure="order_value")[1] == []
