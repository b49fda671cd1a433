"""Waves from an audience to a measured result: files, hold-outs, caps, merges, forgetting, and what may be seen."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.apps.waves import code_of
from tests.metrics.facts import Facts, order

from goldloop.connectors.identity import buyer_keys
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.metrics.engines.duckdb import Engine
from goldloop.metrics.members.asked import Ask

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SEND, UNTIL = date(2026, 6, 6), date(2026, 6, 30)
SAID = {
    "name": "W1", "audience": "first:2026-05-01..2026-05-10", "send": str(SEND), "until": str(UNTIL), "off": "20",
    "minimum": "100", "margin": "0.5", "holdout": "0.2",
}  # fmt: skip


class Shop:
    """A store whose 400 new buyers of May are known, with one order each; those who buy again in June, and refunds."""

    def __init__(self, home: Home, folder: Path) -> None:
        from goldloop.apps.shops import api as shops

        self.home, self.folder = home, folder
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.store: Store = shops.store_add(name="S", platform="tmall", currency="CNY", timezone="Asia/Shanghai")
        names = pa.array([f"buyer{n}" for n in range(400)])
        keys = buyer_keys(names, kind="platform", store=self.store, secret=home.key("identity"))
        self.keys = dict(zip(names.to_pylist(), keys.to_pylist(), strict=True))
        self.viewer = Viewer(stores=frozenset({self.store.id}), name="Ann")
        days = [date(2026, 5, 1) + timedelta(days=n % 10) for n in range(400)]
        self.orders = [self.order(n, day, 12000) for n, day in enumerate(days)]
        self.orders += [self.order(n, date(2026, 5, 20), 9000) for n in range(10)]  # bought already
        self.orders += [self.order(400 + n, date(2026, 3, 1) + timedelta(days=n), 5000, str(n)) for n in range(60)]
        self.orders += [self.order(500 + n, date(2026, 4, 10) + timedelta(days=n), 5000, str(n)) for n in range(20)]
        for row in self.orders[10:15]:
            row["refunded"] = 100
        self.last = date(2026, 5, 31)

    def order(self, n: int, day: date, gmv: int, buyer: str = "") -> dict[str, Any]:
        key = self.keys.get(f"buyer{n}", f"older{buyer}")
        return order(self.store.id, f"{n}-{day}", day, gmv, buyer=key, region=("北京", "上海", "广东", "浙江")[n % 4])

    def ask(self, *, persons: dict[str, str] | None = None, viewer: Viewer | None = None) -> Ask:
        folder = self.folder / f"facts{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        facts = Facts(folder, {"orders": self.orders, **self.tables})
        if persons:
            table = pa.table({"buyer_key": list(persons), "person": list(persons.values())})
            pq.write_table(table, facts.folder / "persons.parquet")
        loaded = (date(2026, 3, 1), self.last)
        return Ask(Engine(facts), viewer or self.viewer, {self.store.id: self.store}, loaded, ("S",), basis="orders")

    def contacts(self, lines: list[str]) -> dict[str, Any]:
        from goldloop.jobs.wave_contacts import contacts_import

        path = self.folder / "contacts.csv"
        path.write_text("\n".join(["buyer,phone,consented_at,source,stopped_at", *lines]), encoding="utf-8")
        return contacts_import(self.home, self.viewer, path, store="S")

    def wave(self, **said: str) -> int:
        from goldloop.jobs import waves

        return waves.wave_new(self.viewer, {**SAID, **said}, stores=["S"], moment=NOW).id

    def check(self, id: int, merged: dict[str, str] | None = None) -> Any:
        from goldloop.jobs import waves

        return waves.wave_check(self.ask(), self.viewer, id, merged=merged or {}, moment=NOW)

    def export(self, id: int, merged: dict[str, str] | None = None) -> Any:
        from goldloop.jobs.wave_files import wave_export

        return wave_export(self.home, self.viewer, id, merged=merged or {}, moment=NOW)

    def result(self, id: int, merged: dict[str, str] | None = None) -> Any:
        from goldloop.jobs.wave_results import wave_result

        return wave_result(self.ask(), self.viewer, id, merged=merged or {}, moment=NOW)


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    return Shop(home, folder)


def phone(n: int) -> str:
    return f"139{n:08d}"


def with_consent(count: int) -> list[str]:
    return [f"buyer{n},{phone(n)},2026-04-01,member form," for n in range(count)]


def lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").splitlines()[1:]


def test_only_own_numbers_with_consent_are_kept(shop: Shop) -> None:
    told = shop.contacts(
        [
            *with_consent(3), "buyer3,13900000003,,member form,", "buyer4,13900000004,2026-04-01,订单导出,", "buyer5,123,2026-04-01,form,",
            "=cmd(),,,,", ",,2026-04-01,form,", "b**,,,,",
        ]
    )  # fmt: skip
    assert (told["phone"], told["platform"]) == (3, 6)
    assert told["refused"] == {"no_consent": 1, "from_orders": 1, "no_mobile": 1, "formula": 1, "no_key": 2}
    from goldloop.apps.campaigns.models import Contact

    assert all(b"139" not in bytes(row.sealed) for row in Contact.objects.all())


def test_a_message_goes_to_who_consented_and_nobody_held_out(shop: Shop) -> None:
    from goldloop.apps.actions import api as actions
    from goldloop.apps.campaigns import api as campaigns

    shop.contacts(with_consent(300) + ["buyer300,13900000300,2026-04-01,form,2026-05-02"])
    id = shop.wave(reach="A", touch="sms", text="满100减20")
    told = shop.check(id).told
    assert told["audience"] == 400
    assert told["excluded"] == {"bought": 10, "refunded": 4, "contacted": 0, "stopped": 1, "global_holdout": 0}
    assert told["sent"] + told["held"] == 385 and 40 < told["held"] < 115 and 0.1 < told["smallest_effect"] < 0.4
    assert code_of(shop.export, id) == "wave_signature_needed"
    campaigns.rules_set(given={"signature": "金环"})
    sent = shop.export(id)
    held = {person for person, _, out, _ in campaigns.drawn(id=id) if out}
    numbers = {line.split(",")[0] for line in lines(sent.content)}
    allowed = {phone(n) for n in (10, *range(15, 300)) if shop.keys[f"buyer{n}"] not in held}
    assert numbers == allowed and told["reachable"] == len(allowed)
    assert "【金环】满100减20 拒收请回复R,20.00,100.00,2026-06-30,09:00-20:00" in lines(sent.content)[0]
    assert sent.receipt.sha256 == hashlib.sha256(sent.content).hexdigest() and sent.receipt.lines == len(numbers)
    shop.contacts(["buyer20,13900000020,2026-04-01,form,2026-06-01"])  # whoever stops later changes nothing of the file
    again = shop.export(id)
    assert (again.content, again.receipt) == (sent.content, sent.receipt)
    (action,) = actions.action_list(viewer=shop.viewer)
    assert (action.state, action.receipt, action.predicted["cost"]) == ("done", sent.receipt.sha256, told["cost"])
    other = shop.wave(reach="A", touch="sms", text="x", send="2026-06-10")
    assert shop.check(other).told["excluded"]["contacted"] == len(numbers)


def test_consents_that_were_given_singly_count_too(shop: Shop) -> None:
    from goldloop.apps.members import api as members
    from goldloop.jobs.vault import Seal
    from goldloop.jobs.wave_contacts import reachable, stopped

    given = {
        "kind": "phone",
        "address": Seal(shop.home.key("home")).seal(b"13900000099"),
        "source": "desk",
        "by": "Ann",
    }
    members.consent_give(key="k99", moment=NOW, **given)
    assert reachable("phone")["k99"].consented_at == NOW and stopped() == set()
    members.consent_withdraw(key="k99", moment=NOW)
    assert stopped() == {"k99"}


def test_a_result_stands_beside_its_prediction(shop: Shop) -> None:
    from goldloop.apps.actions import api as actions
    from goldloop.apps.campaigns import api as campaigns

    shop.contacts(with_consent(400))
    id = shop.wave(reach="B")
    shop.check(id)
    assert code_of(shop.result, id) == "wave_not_out"
    shop.export(id)
    assert code_of(shop.result, id) == "wave_not_begun"
    number = {key: int(name.removeprefix("buyer")) for name, key in shop.keys.items()}
    drawn = campaigns.drawn(id=id)
    for place, (person, _, held, _) in enumerate(drawn):  # every third of those who were sent it, every tenth else
        if place % (10 if held else 3) == 0:
            shop.orders.append(shop.order(number[person], date(2026, 6, 12), 10000))
    shop.last = date(2026, 6, 15)
    assert shop.result(id).state == "exported"
    shop.last = UNTIL
    campaigns.totals_add(viewer=shop.viewer, id=id, said={"claimed": 150, "used": 100, "expired": 40}, moment=NOW)
    seen = shop.result(id)
    told = seen.results[0]
    assert seen.state == "measured" and [one["final"] for one in seen.results] == [True, False]
    sent = [row for row in drawn if not row[2]]
    assert told["sent"]["people"] == len(sent) and told["sent"]["gmv"] == f"{told['sent']['buyers'] * 100}.00"
    orders = told["measured"]["orders"]
    assert (
        orders["low"]
        < told["sent"]["buyers"] - told["held"]["buyers"] / told["held"]["people"] * len(sent)
        < orders["high"]
    )
    assert told["measured"]["p"] < 0.05 and told["cost"] == "2000.00" and told["unused"] == 10
    assert float(told["measured"]["cost_per_order"]["value"]) == pytest.approx(2000 / orders["value"], abs=0.3)
    (action,) = actions.action_list(viewer=shop.viewer)
    assert action.state == "measured" and action.result["gmv"] == told["measured"]["gmv"]["value"]
    assert action.predicted["gmv"] is not None


def touch(store: int, campaign: str, kind: str, who: int, day: date | None, key: str = "") -> dict[str, Any]:
    said = {"campaign_id": campaign, "buyer_key": f"k{who}", "kind": kind, "touch_key": key, "day": day}
    return {"store": store, **said}


def test_coupons_are_counted_from_an_imported_file_before_totals_that_were_typed(shop: Shop) -> None:
    from goldloop.apps.campaigns import api as campaigns

    shop.contacts(with_consent(400))
    id = shop.wave(reach="B")
    shop.check(id)
    shop.export(id)
    campaigns.totals_add(viewer=shop.viewer, id=id, said={"claimed": 150, "used": 100, "expired": 40}, moment=NOW)
    shop.last = UNTIL - timedelta(days=1)
    store = shop.store.id
    shop.tables["touches"] = [touch(store, "W1", "sent", n, None) for n in range(300)]
    told = shop.result(id).results[0]  # who was sent one says nothing of what became of it
    assert (told["used"], told["unused"], told["stopped"], told["from_files"]) == (100, 10, 0, [])
    shop.last = UNTIL
    own = [touch(store, f"GL-{id}", "used", n, SEND) for n in range(7)] + [touch(store, "W1", "used", 0, None, "again")]
    own += [touch(store, "W1", "stopped", n, UNTIL, key) for n in (1, 2) for key in ("a", "b")]
    other = [touch(store, "W2", "used", 1, SEND), touch(store, "W1", "used", 1, UNTIL + timedelta(days=1), "late")]
    other += [touch(store + 1, "W1", "used", 1, SEND), touch(store, str(id), "used", 1, SEND, "of somebody else")]
    shop.tables["touches"] = own + other
    told = shop.result(id).results[0]
    assert (told["used"], told["stopped"], told["claimed"], told["from_files"]) == (8, 2, 150, ["stopped", "used"])
    assert (told["unused"], told["cost"]) == (102, "160.00")


@pytest.mark.parametrize(("name", "twin"), [("26", False), ("W1", True)])
def test_a_name_that_others_have_counts_nothing_for_a_wave(shop: Shop, name: str, twin: bool) -> None:
    shop.contacts(with_consent(400))
    id = shop.wave(reach="B", name=name)
    shop.check(id)
    shop.export(id)
    if twin:
        other = shop.wave(reach="B", name=name, audience="first:2026-05-11..2026-05-20")
        assert code_of(shop.check, other) == "wave_nobody"  # a draft of the same name takes nothing away
    store = shop.store.id
    shop.last = UNTIL - timedelta(days=1)
    shop.tables["touches"] = [touch(store, f"GL-{id}", "used", n, SEND) for n in range(3)]
    shop.tables["touches"] += [touch(store, name, "used", n, SEND, "by name") for n in range(4)]
    told = shop.result(id).results[0]
    assert (told["used"], told["by_code"]) == ((7, False) if twin else (3, True))
    if twin:
        second = shop.wave(reach="C", name=name, audience="first:2026-05-05..2026-05-10", send="2026-06-20")
        shop.check(second)
        shop.export(second)
        shop.last += timedelta(days=1)
        told = shop.result(id).results[0]
        assert (told["used"], told["by_code"]) == (3, True)


def test_merged_people_are_reached_once_and_a_held_out_key_keeps_all_of_her_out(shop: Shop) -> None:
    from goldloop.apps.campaigns import api as campaigns

    shop.contacts(with_consent(400))
    id = shop.wave(reach="B")
    shop.check(id)
    drawn = campaigns.drawn(id=id)
    held, sent = ([row[0] for row in drawn if row[2] is out] for out in (True, False))
    pairs = {key: min(pair) for pair in ((held[0], sent[0]), (sent[1], sent[2])) for key in pair}
    names = {key: name for name, key in shop.keys.items()}
    listed = {line.split(",")[0] for line in lines(shop.export(id, pairs).content)}
    assert names[sent[0]] not in listed and len({names[sent[1]], names[sent[2]]} & listed) == 1
    assert len(listed) == len(sent) - 2
    shop.last = UNTIL
    told = shop.result(id, pairs).results[0]
    assert told["mixed"] == 1 and told["sent"]["people"] == len(sent) - 2 and told["held"]["people"] == len(held) - 1


def test_the_lake_says_who_was_merged(shop: Shop) -> None:
    from goldloop.jobs.waves import merged_people

    assert merged_people(shop.ask()) == {}
    assert merged_people(shop.ask(persons={"b": "a", "a": "a"})) == {"b": "a", "a": "a"}


def test_a_condition_sheet_holds_out_whole_days_or_provinces(shop: Shop) -> None:
    id = shop.wave(units="region", holdout="0.5")
    told = shop.check(id).told
    assert len(told["held_units"]) == 2 and told["reachable"] is None
    sheet = {line.split(",")[0]: line.split(",")[2] for line in lines(shop.export(id).content)}
    assert sheet["held_out"] == "、".join(told["held_units"]) and int(sheet["expected"]) == told["sent"]
    assert sheet["first"] == "2026-05-01 ~ 2026-05-10" and sheet["off"] == "20"
    days = shop.check(shop.wave(units="day", holdout="0.2")).told["held_units"]
    assert len(days) == 2 and all(day.startswith("2026-05-") for day in days)
    for n in range(0, 400, 3):
        shop.orders.append(shop.order(n, date(2026, 6, 12), 10000))
    shop.last = UNTIL
    assert shop.result(id).results[0]["measured"]["formula"] == "units-by-lot"


def test_a_reminder_goes_to_who_did_not_buy(shop: Shop) -> None:
    from goldloop.jobs.wave_files import wave_remind

    shop.contacts(with_consent(400))
    id = shop.wave(reach="B")
    shop.check(id)
    first = {line.split(",")[0] for line in lines(shop.export(id).content)}
    one = sorted(first)[0]
    shop.orders.append(shop.order(int(one.removeprefix("buyer")), date(2026, 6, 12), 10000))
    shop.last = date(2026, 6, 20)
    sent = wave_remind(shop.ask(), shop.home, shop.viewer, id, merged={}, moment=NOW)
    assert {line.split(",")[0] for line in lines(sent.content)} == first - {one} and sent.receipt.cost == 0


def test_who_is_forgotten_takes_the_files_with_her(shop: Shop) -> None:
    from goldloop.jobs.wave_files import forget_people

    shop.contacts(with_consent(400))
    id = shop.wave(reach="B")
    shop.check(id)
    shop.export(id)
    assert forget_people(shop.home, {shop.keys["buyer20"]: "nobody"}) == 1
    assert code_of(shop.export, id) == "source_missing"


def test_prices_and_margins_are_guarded(shop: Shop) -> None:
    from goldloop.jobs import waves

    assert code_of(shop.wave, off="20.5") == "coupon_face"
    seen = shop.check(shop.wave())
    hidden = Viewer(stores=shop.viewer.stores, hidden=frozenset({"gross_margin"}), name="Ben")
    shown = waves.as_seen(hidden, seen)
    assert (
        "gain" in seen.told["predicted"]
        and "gain" not in shown["check"]["predicted"]
        and "margin" not in shown["fields"]
    )
    assert waves.as_seen(shop.viewer, seen) == seen.as_dict()


def test_the_price_to_hand_counts_the_event_and_every_discount_of_its_days(shop: Shop) -> None:
    from goldloop.jobs import events, waves

    shop.tables = {
        "order_lines": [
            {"store": shop.store.id, "order_id": f"{n}-{day}", "line_key": "0", "product_id": goods, "title": goods, "quantity": units,
             "currency": "CNY", "kind": "sale", "day": day, "counts": True, "gmv_all": price * units, "gmv": price * units, "refunded": 0}
            for n, day, goods, price, units in (
                (900, date(2026, 5, 20), "cup", 32000, 1), (901, date(2026, 5, 28), "cup", 39900, 2), (902, date(2026, 5, 28), "bowl", 10000, 5),
            )
        ],
        "products": [{"store": shop.store.id, "item_kind": "product", "item_id": "cup", "cost": Decimal(265)}],
    }  # fmt: skip
    for line in shop.tables["order_lines"]:
        n = int(line["order_id"].partition("-")[0])
        shop.orders.append(
            {**shop.order(n, line["day"], line["gmv"], str(n)), "line_count": 1, "units": line["quantity"]}
        )
    phases = "warm_up 2026-06-01..2026-06-15\nsale 2026-06-16..2026-06-20"
    given = {"name": "618", "kind": "platform", "phases": phases, "products": "cup=360\nbowl"}
    events.event_new(
        shop.ask().engine, shop.viewer, given, stores=["S"], owner="operations", note="", loaded=(date(2026, 3, 1), shop.last),
        moment=NOW,
    )  # fmt: skip

    def told(**said: str) -> list[tuple[str, str, str, str | None]]:
        found = shop.check(shop.wave(**{"off": "30", "minimum": "300", **said})).told["prices"]
        return [
            (one["product"], one["warning"], one["price"], one["event"]) for one in found if one["product"] in ("cup", "bowl")
        ]  # fmt: skip

    # 360 in the event - 20 = 340, the coupon from 300 on: 310, once 50 of each full 300: 260; it opens 19 days after 28 May
    beside = {"item_off": "20", "threshold_off": "50", "threshold_from": "300"}
    assert told(**beside) == [
        ("cup", "floor", "260.00", "360.00"), ("cup", "lowest", "260.00", "360.00"),
        ("bowl", "lowest", "80.00", None), ("bowl", "protected", "80.00", None),
    ]  # fmt: skip
    # before it opens 399 - 20 - 30 - 50 = 299: below the 320 of 20 May, and of 28 May two have paid more
    early = told(**beside, until="2026-06-15")
    assert [one for one in early if one[0] == "cup"] == [("cup", "lowest", "299.00", None), ("cup", "protected", "299.00", None)]  # fmt: skip
    assert told(until="2026-06-15") == [("cup", "protected", "369.00", None)], "with the coupon alone"
    assert told(off="", minimum="", touch="card") == []
    assert code_of(shop.wave, threshold_off="50", threshold_from="50") == "wave_field_bad"
    assert code_of(shop.wave, item_off="1e99999999") == "wave_field_bad"
    blind = Viewer(stores=shop.viewer.stores, hidden=frozenset({"cost"}), name="Ben")
    seen = waves.wave_check(shop.ask(viewer=blind), blind, shop.wave(**beside), merged={}, moment=NOW)
    assert "floor" not in [one["warning"] for one in seen.told["prices"]]


@pytest.mark.parametrize(
    ("reach", "touch", "price"),
    [("A", "coupon", 5), ("A", "sms", 5), ("A", "card", 0), ("A", "call", 0), ("B", "coupon", 0), ("B", "sms", 5), ("C", "coupon", 0), ("C", "sms", 5)],
)  # fmt: skip
def test_the_check_tells_what_the_export_takes_of_the_budget(shop: Shop, reach: str, touch: str, price: int) -> None:
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.jobs import waves

    shop.contacts(with_consent(120))
    campaigns.rules_set(given={"signature": "S"})
    said = {"reach": reach, "touch": touch, "text": "hello"}
    told = shop.check(id := shop.wave(**said)).told
    people = told["sent"] if reach == "C" else told["reachable"]
    assert people > 50 and Decimal(told["cost"]) == Decimal(people * (2000 + price)) / 100
    assert Decimal(told["messages"]) == Decimal(people * price) / 100
    for missing, code in (("0.01", "wave_over_budget"), ("0", "")):
        budget = {"budget": str(Decimal(told["cost"]) - Decimal(missing))}
        waves.wave_change(shop.viewer, id, budget, moment=NOW)
        assert shop.check(id).told["cost"] == told["cost"]
        if code:
            assert code_of(shop.export, id) == code
    campaigns.budget_set(month=date(2026, 6, 1), currency="CNY", amount=int(Decimal(told["cost"]) * 100))
    receipt = shop.export(id).receipt
    assert (receipt.lines, receipt.cost) == (people, people * (2000 + price))
    assert campaigns.budgets()[0].taken == receipt.cost


def test_months_are_proposed_once(shop: Shop) -> None:
    from goldloop.jobs.wave_calendar import event_propose, waves_propose
    from goldloop.metrics.members.coupons import calendar

    ask = shop.ask()
    found = calendar(ask, margin="0.5", tiers="100")
    made = waves_propose(ask, shop.viewer, found, {"holdout": "0"}, merged={}, moment=NOW)
    assert [(one.wave.name, one.state, one.told["audience"]) for one in made] == [
        ("2026-06 W1 T2", "checked", 280), ("2026-06 W2 T2", "checked", 120)
    ]  # fmt: skip
    assert waves_propose(ask, shop.viewer, found, {}, merged={}, moment=NOW) == []
    (event,) = event_propose(ask, shop.viewer, found, moment=NOW)
    assert (event.owner, event.state, str(event.days)) == ("members", "proposed", "2026-06-01..2026-06-07")
    assert event.content.said["hypothesis"] == "coupons due people=320 at_peak=80 peak=2026-06-01"
    assert made[0].as_dict()["planned"] == {"month": "2026-06", "week": "1", "tier": "2"}
    assert event_propose(ask, shop.viewer, found, moment=NOW) == []


def test_a_group_or_a_saved_segment_is_an_audience(shop: Shop) -> None:
    from goldloop.core.members.segment_text import parse
    from goldloop.jobs import waves

    class Saved:
        def segment(self, viewer: Viewer, name: str) -> Any:
            return parse("purchases >= 2")

        def limits(self, stores: Any) -> dict[int, Any]:
            return {}

    def audience(text: str) -> int:
        ask = shop.ask()
        ask.engine.saved = Saved()
        id = shop.wave(audience=text)
        return waves.wave_check(ask, shop.viewer, id, merged={}, moment=NOW).told["audience"]

    assert audience("segment:twice") == 30
    assert audience("rfm:champions") > 0
    assert code_of(shop.check, shop.wave(audience="segment:none")) == "segment_unknown"


def test_who_calls_with_a_coupon_is_told_of_it(shop: Shop) -> None:
    shop.contacts(with_consent(60))
    id = shop.wave(reach="A", touch="call", text="您好")
    shop.check(id)
    sent = shop.export(id)
    head, first = sent.content.decode("utf-8-sig").splitlines()[:2]
    assert head == "会员编号,手机号,话术,券面额,使用门槛,有效期至,原因,备注"
    assert first.split(",")[3:] == ["20.00", "100.00", str(UNTIL), "", ""]
    assert sent.receipt.cost == 2000 * len(lines(sent.content))  # coupons; a call is no message


def test_why_lost_buyers_stay_away_is_counted_from_the_list_that_comes_back(shop: Shop) -> None:
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.jobs.wave_outbox import _sendable
    from goldloop.jobs.wave_reasons import reasons, rows_of

    def answers(rows: list[list[str]]) -> dict[str, Any]:
        return reasons(shop.home, shop.viewer, id, rows, moment=NOW)

    shop.contacts(with_consent(60))
    id = shop.wave(reach="A", touch="call", text="您好", off="")
    shop.check(id)
    assert answers([["a" * 12, "price", ""]])["refused"] == {"no_member": 1}  # it has not gone out
    sent = shop.export(id)
    rows = [line.split(",") for line in lines(sent.content)]
    assert len(rows) > 20 and all(len(row[0]) == 12 and row[1].startswith("139") and row[2] == "您好" for row in rows)
    assert sent.receipt.cost == 0  # a call is no message
    head = sent.content.decode("utf-8-sig").splitlines()[0]
    assert head == "会员编号,手机号,话术,原因,备注"  # no coupon, nothing to say of one
    filled = [
        [*row[:3], why, note]
        for row, (why, note) in zip(
            rows, [("太贵", ""), ("price", "找到更便宜的"), ("客服", ""), ("", "x")], strict=False
        )
    ]
    back = shop.folder / "back.csv"
    back.write_text("\n".join([head, *(",".join(row) for row in filled), f"{'0' * 12},price,,价格,"]), encoding="utf-8")
    told = answers(rows_of(back))
    assert (told["kept"], told["reasons"], told["refused"]) == (2, {"price": 2}, {"no_member": 1, "no_reason": 1})
    assert answers([[rows[1][0], "quality", "改口"]])["reasons"] == {"price": 1, "quality": 1}
    person = next(one for one, *_ in campaigns.drawn(id=id) if one.startswith(rows[1][0]))
    kept = campaigns.kept_of(people=[person])
    assert kept["reasons"][0]["code"] == "quality" and "改口".encode() not in bytes(kept["reasons"][0]["note"])
    assert [one["channel"] for one in kept["contacts"]] == ["platform", "phone"]
    campaigns.people_forget(names={person: "x"})
    assert (
        campaigns.kept_of(people=["x"])["reasons"][0]["note"] == b"" and not campaigns.kept_of(people=["x"])["contacts"]
    )
    assert code_of(rows_of, shop.folder / "contacts.csv") == "wave_answers_bad"
    gateway: Any = type("", (), {"way": "sms"})()
    assert code_of(_sendable, campaigns.wave_show(viewer=shop.viewer, id=id), gateway) == "wave_not_by_gateway"
