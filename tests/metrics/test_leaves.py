"""Leaves of a change: whatever is summed of them is what `figures` says, and what cannot be summed is said."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pytest
from tests.metrics.facts import Facts, dice, order

from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics import leaves as module
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.leaves import NoLeaves, checked_cuts, leaves
from goldloop.metrics.query import Request, figures
from goldloop.metrics.why_sides import Asking, asking

STORES = {1: Store(1, "A", "taobao", opened_on=date(2024, 1, 20)), 2: Store(2, "B", "jd", opened_on=date(2024, 1, 20))}
EVERYBODY = Viewer(stores=frozenset(STORES))
SPRING = Period(date(2025, 3, 1), date(2025, 4, 30))
LINE_FIGURES = ("gmv", "gmv_all", "units", "refunded_gmv", "net", "unidentified_gmv")
ORDER_FIGURES = ("orders", "user_paid", "ordered_amount", "refunded_orders")


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Engine:
    return Engine(Facts(tmp_path_factory.mktemp("leaves"), dice(7)))


def sides(engine, against="last-year", **more) -> Asking:
    more = {"basis": "orders", **more}
    return asking(engine, EVERYBODY, STORES, Request(SPRING, **more), against)


def by_value(found, cut, name):
    """Value of a cut -> (before, after), summed over all leaves."""
    column = found.codes[:, found.cuts.index(cut)]
    pairs = (
        tuple(int(side[column == code].sum()) for side in found.sides[name])
        for code in range(len(found.values[found.cuts.index(cut)]))
    )
    return {value: pair for value, pair in zip(found.values[found.cuts.index(cut)], pairs, strict=True) if any(pair)}


def by_figures(both, cut, names):
    """The same from the table, for every figure."""
    cells = both.cells(names, (cut,))
    rows = list(zip((key[0] for key in cells.keys), cells.before, cells.after, strict=True))
    found = {name: {value: (old[name] or 0, new[name] or 0) for value, old, new in rows} for name in names}
    return {name: {value: pair for value, pair in pairs.items() if any(pair)} for name, pairs in found.items()}


@pytest.mark.parametrize(
    ("names", "cuts", "against"),
    [
        (LINE_FIGURES, ("store", "sku", "category", "price_band", "buyer_type"), "last-year"),
        (LINE_FIGURES, ("region", "carrier", "style"), "store:B"),
        (ORDER_FIGURES, ("region", "channel", "day_type"), "last-year"),
        (("refunds", "cash_net"), ("region", "channel"), "last-year"),
    ],
)
def test_leaves_sum_to_the_table_by_every_cut(engine, names, cuts, against):
    both = sides(engine, against, stores=("A",)) if against.startswith("store") else sides(engine, against)
    found = leaves(both, names, cuts)
    assert found.cuts == cuts and len(np.unique(found.codes, axis=0)) == len(found) > 0
    newness = {"buyer_type", "buyer_stage"} if "store" in cuts else set()  # judged within each store then
    for cut in set(cuts) - newness:
        assert {name: by_value(found, cut, name) for name in names} == by_figures(both, cut, names)


def test_filters_and_exclusions_hold_for_leaves_too(engine):
    both = sides(engine, where=(("region", "浙江"), ("carrier", "live")))
    found = leaves(both, ("gmv", "gmv_all"), ("sku", "channel"))
    table = by_figures(both, "sku", ("gmv", "gmv_all"))
    assert {name: by_value(found, "sku", name) for name in table} == table
    assert table["gmv"] != table["gmv_all"]


def test_unasked_cuts_are_those_that_the_data_knows_and_the_figure_adds_up_over(engine, monkeypatch):
    monkeypatch.setattr(module, "THICK", 0)
    found = leaves(sides(engine), ("gmv",))
    assert found.cuts == (
        "store",
        "channel",
        "carrier",
        "region",
        "buyer_type",
        "hour",
    )  # one store alone has categories
    assert leaves(sides(engine), ("orders",)).cuts == ("store", "channel", "region", "buyer_type", "hour")
    assert leaves(sides(engine, stores=("A",)), ("gmv",)).cuts[0] == "channel"
    assert "store" not in leaves(sides(engine, "store:B", stores=("A",)), ("gmv",)).cuts
    young = {1: Store(1, "A", "taobao"), 2: Store(2, "B", "jd")}  # nobody knows who bought before the first loaded day
    early = asking(
        engine, EVERYBODY, young, Request(Period(date(2024, 5, 1), date(2024, 5, 31)), basis="orders"), "previous"
    )
    assert "buyer_type" not in leaves(early, ("gmv",)).cuts


@pytest.mark.parametrize(
    ("names", "cuts", "code"),
    [
        (("buyers",), None, "drill_not_additive"),
        (("order_value",), None, "drill_not_additive"),
        (("buyer_days",), ("region",), "not_by_this_cut"),
        (("orders",), ("sku", "region"), "drill_whole_orders"),
        (("labour_cost",), None, "drill_whole_stores"),
        (("refunds",), ("hour",), "not_by_this_cut"),
        (("gmv",), ("store",), "drill_no_cut"),
        (("gmv",), ("source",), "not_by_this_cut"),
    ],
)
def test_what_cannot_be_drilled_says_why(engine, names, cuts, code):
    with pytest.raises(NoLeaves) as told:
        leaves(sides(engine), names, cuts)
    assert told.value.reason.code == code
    assert {told.value.reason.as_dict(lang)["text"] for lang in ("en", "zh")} != {""}


def test_leaves_of_single_sales_are_put_together(engine):
    assert leaves(sides(engine), ("gmv",)).cuts == ("store", "channel", "carrier", "region")


def test_too_many_leaves_are_refused_or_made_fewer(engine, monkeypatch):
    monkeypatch.setattr(module, "THICK", 0)
    whole = leaves(sides(engine), ("gmv",))
    monkeypatch.setattr(module, "MOST_LEAVES", len(whole) - 1)
    fewer = leaves(sides(engine), ("gmv",))
    assert set(fewer.cuts) < set(whole.cuts) and len(fewer) < len(whole)
    assert [int(side.sum()) for side in fewer.sides["gmv"]] == [int(side.sum()) for side in whole.sides["gmv"]]
    with pytest.raises(NoLeaves) as told:
        leaves(sides(engine), ("gmv",), whole.cuts)
    assert told.value.reason.code == "drill_many" and "--drill" in told.value.reason.as_dict()["text"]


@pytest.mark.parametrize(
    ("cuts", "code"), [(("day",), "why_time"), (("sku", "sku"), "drill_cuts"), (("nosuch",), "cut_unknown"), (tuple("abcdefg"), "cut_unknown")]
)  # fmt: skip
def test_cuts_that_nobody_can_drill_over_are_refused(engine, cuts, code):
    with pytest.raises(GoldloopError) as told:
        checked_cuts(sides(engine), cuts)
    assert told.value.code == code


def test_a_viewer_sees_no_leaf_of_a_store_that_is_not_hers(engine):
    only = asking(engine, Viewer(stores=frozenset({2})), STORES, Request(SPRING, basis="orders"), "last-year")
    found = leaves(only, ("gmv",), ("store", "region"))
    assert found.values[0] == ["B"]
    with pytest.raises(GoldloopError) as told:
        leaves(
            asking(engine, Viewer(stores=frozenset({2})), STORES, Request(SPRING, stores=("A",)), "last-year"), ("gmv",)
        )
    assert told.value.code == "store_unknown"


def test_a_hundred_thousand_leaves_over_six_cuts_sum_to_the_table(tmp_path):
    day = date(2025, 4, 1)
    facts = Facts(tmp_path, {"orders": [order(1, "x", day, 100)]})
    cuts = {"channel": 10, "region": 10, "order_source": 50, "hour": 20}
    taken, columns = 1, []
    for name, size in cuts.items():
        columns.append(
            f"{'' if name == 'hour' else name[0] + ' || '}(i // {taken} % {size}) AS {name}".replace(
                f"{name[0]} ||", f"'{name[0]}' ||"
            )
        )
        taken *= size
    rows = f"SELECT * REPLACE (i::VARCHAR AS order_id, 1000 + i % 977 AS gmv, {', '.join(columns)}) FROM '{tmp_path}/orders.parquet', range({taken}) t(i)"
    duckdb.connect().execute(f"COPY ({rows}) TO '{tmp_path}/many.parquet'")
    (tmp_path / "many.parquet").replace(tmp_path / "orders.parquet")
    both = asking(Engine(facts), EVERYBODY, {1: STORES[1]}, Request(Period(day, day), basis="orders"), "previous")
    found = leaves(both, ("gmv",), (*cuts, "weekday", "platform"))
    assert len(found) == 100_000 and found.sides["gmv"][0].sum() == 0
    answer = figures(both.engine, EVERYBODY, {1: STORES[1]}, both.right)
    assert int(found.sides["gmv"][1].sum()) == answer.value("gmv") > 10**8
