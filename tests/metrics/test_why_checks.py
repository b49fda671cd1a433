"""Each of the four checks, both ways, on facts made by hand."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from tests.metrics.facts import Facts, order

from goldloop.core.calendar import Period
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.query import Request
from goldloop.metrics.why import why
from goldloop.metrics.why_checks import SENTENCES, checks
from goldloop.metrics.why_text import Account

FIRST = date(2026, 3, 2)  # a Monday
STORES = {1: Store(1, "A", "other"), 2: Store(2, "B", "other")}
NOW, BEFORE = Period(FIRST + timedelta(days=14), FIRST + timedelta(days=27)), Period(FIRST, FIRST + timedelta(days=13))


def sold(
    day: date, n: int, price: int, *, product: str = "p1", store: int = 1, buyer: str | None = None
) -> tuple[dict, dict]:
    number = f"{day}-{product}-{n}"
    head = order(store, number, day, price, buyer=buyer or f"b{n}", line_count=1, region="浙江" if n % 2 else "江苏")
    line = {"store": store, "order_id": number, "line_key": "1", "product_id": product, "title": product, "quantity": 1, "currency": "CNY",
            "kind": "sale", "day": day, "counts": True, "gmv_all": price, "gmv": price, "refunded": 0}  # fmt: skip
    return head, line


def shop(
    price_now: int = 1000,
    *,
    product_now: str = "p1",
    days: range = range(28),
    without: tuple[int, ...] = (),
    a_day: int = 6,
) -> dict:
    pairs = []
    for n in days:
        if n in without:
            continue
        day, late = FIRST + timedelta(days=n), n >= 14
        pairs += [
            sold(day, k, price_now if late else 1000, product=product_now if late else "p1") for k in range(a_day)
        ]
    return {"orders": [p[0] for p in pairs], "order_lines": [p[1] for p in pairs]}


@pytest.fixture
def ask(tmp_path):
    def asking(tables, *, against="previous", period=NOW, name="gmv", **more):
        engine = Engine(Facts(tmp_path, tables))
        request = Request(period, (name,), stores=("A",), new="first-in-data", **more)
        found, both = why(engine, Viewer(stores=frozenset(STORES)), STORES, request, against=against)
        return Account(found, checks(both, found))

    return asking


def codes(account: Account) -> dict[str, tuple[bool, list[str]]]:
    return {c.name: (c.ok, [code for code, _ in c.says]) for c in account.checks}


def test_a_calm_shop_raises_no_doubt(ask):
    found = ask(shop(price_now=1010))
    assert codes(found) == {
        "feeds": (True, ["feeds_ok"]),
        "events": (True, ["events_ok"]),
        "definition": (True, ["definition_ok", "range_ok"]),
        "season": (True, ["season_ok"]),
    }
    assert "no reason to doubt" in found.text() and "均无疑点" in found.text("zh")


def test_late_data(ask):
    found = ask(shop(days=range(25)))
    assert codes(found)["feeds"] == (False, ["feeds_late"])
    assert "A orders 2026-03-02..2026-03-26" in found.checks[0].text()
    assert "2026-03-26" in found.checks[0].text("zh") and "Mind first: Not all days" in found.text()
    assert codes(ask(shop(), against="2026-02-23..2026-03-08"))["feeds"] == (
        False,
        ["feeds_late"],
    )  # the other side begins late


def test_a_hole_in_the_data(ask):
    found = ask(shop(without=(17,)))
    assert codes(found)["feeds"] == (False, ["feeds_gap"])
    assert found.checks[0].values == {"days": ["2026-03-19"]}
    assert codes(ask(shop(without=(17,), a_day=2)))["feeds"][0]  # so few orders a day that none may happen
    closed = shop(without=(6, 13, 20, 27))  # never open on Sundays, but data goes on
    closed["orders"].append(order(1, "after", FIRST + timedelta(days=28), 100, buyer="b0"))
    assert codes(ask(closed))["feeds"][0]


def test_event_days_against_normal_days(ask):
    tables = shop()
    tables["events"] = [
        {
            "store": 1,
            "event": "birthday",
            "phase": "sale",
            "first_at": datetime(2026, 3, 20),
            "last_at": datetime(2026, 3, 21, 23, 59),
        }
    ]
    found = ask(tables)
    assert codes(found)["events"] == (False, ["events", "events_normal"])
    events = found.checks[1]
    assert events.text() == "Event days differ: 0 before, event 2 now. A normal day moved from 60.00 to 60.00."
    assert "对比期 0 天，本期 活动 2 天" in events.text("zh")
    assert events.values == {"before": {}, "after": {"event": 2}, "normal_day": ["60.00", "60.00"]}
    both = [
        *tables["events"],
        {**tables["events"][0], "event": "before", "first_at": datetime(2026, 3, 6), "last_at": datetime(2026, 3, 7)},
    ]
    assert codes(ask({**tables, "events": both}))["events"][0]


def test_another_price_list(ask):
    found = ask(shop(price_now=1200))
    definition = found.checks[2]
    assert not definition.ok and definition.values == {"price": "168.00", "new": "0.00", "lost": "0.00"}
    assert "by +168.00" in definition.text()


def test_another_range(ask):
    found = ask(shop(product_now="p2"), by=("product",))
    assert found.checks[2].values == {"price": "0.00", "new": "840.00", "lost": "-840.00"}
    assert not found.checks[2].ok


def test_another_source(ask):
    tables = shop()
    tables["store_day"] = [
        {
            "store": 1,
            "first_day": d,
            "last_day": d,
            "report": "r",
            "currency": "CNY",
            "gmv": 7000,
            "orders": 6,
            "buyers": 6,
            "visitors": 90,
        }
        for d in (NOW.first + timedelta(days=n) for n in range(14))
    ]
    found = ask(tables)
    assert codes(found)["definition"] == (False, ["source"])
    assert found.checks[2].values["sources"][1].startswith("platform/")
    by_region = ask(tables, by=("region",))
    assert {line.effect for line in by_region.found.segments if line.of_nobody} <= {"source", "not_by_cut"}
    assert by_region.as_dict()["residual"] == "0.00"


def test_other_weekdays(ask):
    week = Period(FIRST + timedelta(days=14), FIRST + timedelta(days=20))
    assert codes(ask(shop(), period=week))["season"] == (True, ["season_ok"])
    longer = ask(shop(), period=NOW, against="2026-03-02..2026-03-08")
    assert codes(longer)["season"] == (False, ["weekdays"])
    assert longer.checks[3].values["days_and_weekdays"] == "420.00"  # seven days more of 60.00


def test_the_year_before(ask):
    tables = shop(price_now=1200)
    for n in range(-400, -330):
        day = FIRST + timedelta(days=n)
        amount = 1300 if day >= date(2025, 3, 16) else 1000
        pair = sold(day, 1, amount)
        tables["orders"].append(pair[0])
        tables["order_lines"].append(pair[1])
    found = ask(tables)
    assert codes(found)["season"] == (False, ["season_ok", "season"])
    assert found.checks[3].values["year_before"] == 0.3 and "+30.0%" in found.checks[3].text("zh")
    other = ask({**tables, **shop(price_now=900), "orders": [*shop(price_now=900)["orders"], *tables["orders"][168:]]})
    assert codes(other)["season"] == (True, ["season_ok", "season_other"])
    assert "year_before" not in ask(tables, against="last-year").checks[3].values


def test_both_languages_say_the_same():
    for english, chinese in SENTENCES.values():
        assert sorted(re.findall(r"{(\w+)}", english)) == sorted(re.findall(r"{(\w+)}", chinese))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("by", [(), ("region",), ("product", "region")])
@pytest.mark.parametrize("name", ["gmv", "order_value", "refund_rate", "buyers"])
def test_every_number_of_the_text_stands_in_the_answer(ask, lang, by, name):
    found = ask(shop(price_now=1234, product_now="p2", without=(3, 18)), name=name, by=by)
    data = found.as_dict(lang)
    said = data.pop("text")
    held = numbers_of({k: v for k, v in data.items() if k not in ("notes", "data")})
    assert said.count("。" if lang == "zh" else ". ") >= 2
    for text in re.findall(r"(?<![\w])[+-]?[\d,]*\.?\d+%?", re.sub(r"\d{4}-\d{2}-\d{2}|[pb]\d+", "", said)):
        plain = text.replace(",", "").lstrip("+")
        value = abs(float(plain.rstrip("%"))) / (100 if plain.endswith("%") else 1)
        assert any(
            abs(value - h) <= 0.006 * (0.1 if "%" in text else 1) or abs(value - 100 * h) <= 0.006 for h in held
        ), (text, said)


def numbers_of(data) -> set[float]:
    """Every number of an answer, also those that are written as text."""
    if isinstance(data, dict):
        return set().union(*map(numbers_of, data.values())) if data else set()
    if isinstance(data, list):
        return set().union(*map(numbers_of, data)) if data else set()
    if isinstance(data, bool) or data is None:
        return set()
    if isinstance(data, str):
        return {abs(float(data))} if re.fullmatch(r"-?\d+(\.\d+)?", data) else set()
    return {abs(float(data))}
