"""Questions besides figures that a shop is asked, each as a function of an engine; what comes out can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from goldloop.core.calendar import Period
from goldloop.core.members.segment_text import parse
from goldloop.metrics.engines.engine import Engine
from goldloop.metrics.query import Request
from tests.spark.parity import CNY, LOADED, OWNER, PERIOD, STORES, ask, rows

QUARTER = Period(LOADED[1] - timedelta(days=89), LOADED[1])
SEGMENTS = (
    "purchases >= 3", "amount > 300.5", "average <= 99", "units < 3", "last within 60 days",
    "first from 2024-03-01 to 2024-05-31", "orders >= 1 region=浙江,\"O'Hara\" within 120 days",
    "amount >= 100 sku=sku1,sku2 within 300 days", "bought product=sku3 region=浙江",
    "bought product=sku1 then product=sku2,sku3 within 95 days", "bought category=cat1 price_band=50-100",
    "state=lost or rfm=champions", "purchases >= 2 within 200 days and not last within 20 days or amount < 50",
)  # fmt: skip


def _members(name: str, **more: Any) -> Callable[[Engine], Any]:
    """A table about members by its name."""

    def asked(engine: Engine, **who: Any) -> Any:
        from importlib import import_module

        places = {"pairs": "pairs", "joined": "joined", "basket_rules": "rules", "calendar": "coupons"}
        module = import_module(f"goldloop.metrics.members.{places.get(name, name)}")
        found = getattr(module, name)(ask(engine, basis="orders", **who), **more)
        return found.as_dict()

    return asked


def _people(words: str) -> Callable[[Engine], Any]:
    """Who is in a segment, and how many they are."""

    def asked(engine: Engine) -> Any:
        from goldloop.metrics.members.segments import count, people

        segment, one = parse(words), ask(engine, basis="orders")
        return count(one, segment).as_dict(), rows(people(one, segment))

    return asked


def _why(engine: Engine, **more: Any) -> Any:
    from goldloop.metrics.why import why

    request = Request(PERIOD, **{"figures": ("gmv",), "stores": CNY, "basis": "orders", **more})
    found = why(engine, OWNER, STORES, request, against="previous")[0]
    names = ("before", "after", "change", "totals", "others", "others_count", "method", "currency")
    lines = [asdict(line) for line in (*found.drivers, *found.segments)]
    return {name: getattr(found, name) for name in names} | {"lines": lines}


def _trace(figure: str, **more: Any) -> Callable[[Engine], Any]:
    def asked(engine: Engine) -> Any:
        from goldloop.metrics.trace import trace

        return asdict(trace(engine, OWNER, STORES, Request(PERIOD, (figure,), basis="orders", **more), limit=50))

    return asked


def _cohorts(engine: Engine) -> Any:
    from goldloop.metrics.cohort_worth import worth
    from goldloop.metrics.cohorts import cohorts

    request = Request(Period(*LOADED), stores=CNY, basis="orders")
    found = cohorts(engine, OWNER, STORES, request, loaded=LOADED)
    return found.rows(), worth(engine, OWNER, STORES, request, found)


def _day_columns(engine: Engine) -> Any:
    from goldloop.metrics.day_columns import day_columns

    found = day_columns(engine, OWNER, STORES, (1, 2), QUARTER)
    return {id: {name: values.tolist() for name, values in one.values.items()} for id, one in found.items()}


def _titles(engine: Engine) -> Any:
    from goldloop.metrics.labels import product_titles

    return product_titles(engine, OWNER, STORES)


def _loaded(engine: Engine) -> Any:
    from goldloop.metrics.known_days import known_days
    from goldloop.metrics.loaded import loaded_span

    return loaded_span(engine, stores=(1, 2)), {store: asdict(one) for store, one in known_days(engine, STORES).items()}


def _person(engine: Engine) -> Any:
    from goldloop.metrics.members.person import called, purchases

    return purchases(engine, STORES, "b1"), called(engine, STORES, "b1")


def _sources(engine: Engine) -> Any:
    from goldloop.metrics.source_shares import source_shares

    return source_shares(engine, OWNER, STORES, [STORES[1]], before=LOADED[1])


def _bridge_ads(engine: Engine) -> Any:
    from goldloop.metrics.coupon_costs import coupon_costs

    return repr(coupon_costs(engine, [STORES[1]]))


def _check_of_refunds(engine: Engine) -> Any:
    from goldloop.metrics.mature_check import check

    return [one.as_dict() for one in check(engine, OWNER, STORES, names=CNY)]


QUESTIONS: dict[str, Callable[[Engine], Any]] = {
    "rfm": _members("rfm"),
    "rfm moves": _members("rfm", since=LOADED[1] - timedelta(days=90)),
    "life cycle": _members("lifecycle"),
    "times": _members("times"),
    "goods of purchases": _members("times_goods", by="sku"),
    "goods so far": _members("times_goods", by="sku", so_far=True),
    **{f"second by {by}": _members("second", by=by) for by in ("week", "product", "channel", "region")},
    "joined": _members("joined"),
    "repurchase": _members("repurchase"),
    "pairs": _members("pairs", by="sku", least=1),
    "pairs of the next day": _members("pairs", by="sku", least=1, following_day=True),
    "rules": _members("basket_rules", by="sku", least=1, sure="0.1", left=3),
    "preference": _members("preference"),
    "coupons": _members("calendar", margin="0.5"),
    **{f"segment {words}": _people(words) for words in SEGMENTS},
    "life cycle in CNY": lambda engine: _members("rfm")(engine, names=(), currency="CNY"),
    "cohorts": _cohorts,
    "why": _why,
    "why by region": lambda engine: _why(engine, by=("region",)),
    "why a share": lambda engine: _why(engine, figures=("order_value",)),
    "trace gmv": _trace("gmv", stores=CNY),
    "trace refunds": _trace("refunds", stores=CNY),
    "trace in CNY": _trace("gmv", currency="CNY"),
    "trace new buyers": _trace("new_buyers", stores=("甲店",)),
    "days of stores": _day_columns,
    "titles": _titles,
    "loaded days": _loaded,
    "a member": _person,
    "sources": _sources,
    "costs of coupons": _bridge_ads,
    "check of refunds": _check_of_refunds,
}
