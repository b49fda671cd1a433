"""Explore, cohorts, saved views, annotations and files: shares of the whole, addresses that stay, nobody else's stores."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

DAYS = "from=2026-03-01&to=2026-03-05"


@pytest.fixture
def shop(group: Any) -> Any:
    from goldloop.web.shops import whole_shop

    return whole_shop()


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return str(answer.content.decode())


# --- the table --------------------------------------------------------------------------------------------------------
def test_shares_are_of_the_whole_that_stands_below(shop: Any, group: Any, client_of: Callable[..., Any]) -> None:
    page = text_of(
        client_of("owner").get(f"/explore?store={group.stores['Ours']}&{DAYS}&figures=gmv&by=day&compare=none")
    )
    by_day = shop.figures(("gmv",), by="day", first="2026-03-01", last="2026-03-05", stores=["Ours"])
    whole = shop.figures(("gmv",), first="2026-03-01", last="2026-03-05", stores=["Ours"]).value("gmv")
    shares = [float(one) for one in re.findall(r'<td class="share">([\d.]+)%</td>', page)]
    assert shares == [round(float(v) / float(whole) * 100, 1) for v in by_day.columns["gmv"]]
    assert "<tfoot" in page and 'class="growth' not in page


def test_a_typed_filter_joins_those_of_the_address(group: Any, client_of: Callable[..., Any]) -> None:
    store = group.stores["Ours"]
    answer = client_of("owner").get(f"/explore?store={store}&{DAYS}&by=product&where=region:X&keep=product&is=cup")
    assert answer.status_code == 302
    assert "where=region%3AX&where=product%3Acup" in answer["Location"] and "keep=" not in answer["Location"]


def test_two_cuts_make_a_chart_of_parts(group: Any, client_of: Callable[..., Any]) -> None:
    store = group.stores["Ours"]
    for by, kind in (("day,store", "lines"), ("product,store", "stacks"), ("product", "bars"), ("day", "trend")):
        page = text_of(client_of("owner").get(f"/explore?store={store}&{DAYS}&figures=gmv&by={by}"))
        assert f'data-chart="{kind}"' in page, by
    ratio = text_of(client_of("owner").get(f"/explore?store={store}&{DAYS}&figures=order_value&by=product,store"))
    assert 'data-chart="groups"' in ratio and 'class="share"' not in ratio


# --- files ------------------------------------------------------------------------------------------------------------
FILES = {
    "/explore/file": "figures", "/why/file": "why-gmv", "/rows/file": "rows-gmv", "/explore/cohorts/file": "cohorts",
    "/daily/file": "daily",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES)
def test_every_page_gives_its_file_and_a_demo_says_so(
    path: str, group: Any, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.apps.shops.models import AuditEntry

    address = f"{path}?store={group.stores['Ours']}&{DAYS}&compare=2026-03-02..2026-03-04"
    answer = client_of("owner").get(address)
    assert answer.status_code == 200 and len(answer.content) > 20
    assert f"goldloop-{FILES[path]}-2026-03-" in answer["Content-Disposition"]
    line = AuditEntry.objects.order_by("-number").first()
    assert line is not None and line.action == "export" and len(line.detail["sha256"]) == 64
    monkeypatch.setattr("goldloop.web.downloads.is_demo", lambda: True)
    assert f"goldloop-DEMO-{FILES[path]}-" in client_of("owner").get(address)["Content-Disposition"]
    assert client_of("owner").get(f"{path}?store=999999&{DAYS}").status_code == 404


def test_the_rows_of_a_file_sum_to_the_figure(shop: Any, group: Any, client_of: Callable[..., Any]) -> None:
    import openpyxl

    answer = client_of("owner").get(f"/rows/file?figure=gmv&store={group.stores['Ours']}&{DAYS}")
    _, *rows = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    gmv = shop.figures(("gmv",), first="2026-03-01", last="2026-03-05", stores=["Ours"]).value("gmv")
    assert sum(round(float(row[3]) * 100) for row in rows) == gmv
    assert all("Ours.csv" in row[4] for row in rows)


# --- saved views ------------------------------------------------------------------------------------------------------
def saved(browser: Any, group: Any, name: str, store: str = "Ours", **more: str) -> Any:
    query = f"store={group.stores[store]}&{DAYS}&figures=gmv,orders&by=product&sort=-gmv&compare=none"
    return browser.post("/explore/views", {"name": name, "query": query, **more})


def test_a_view_stays_at_its_address_and_is_its_owners_alone(group: Any, client_of: Callable[..., Any]) -> None:
    owner, analyst = client_of("owner"), client_of("analyst")
    address = saved(owner, group, "goods")["Location"]
    goal = owner.get(address)["Location"]
    assert (
        goal.startswith("/explore?") and "by=product" in goal and "figures=gmv%2Corders" in goal and "sort=-gmv" in goal
    )
    assert "from=2026-03-01&to=2026-03-05" in goal
    assert "<h1>goods</h1>" in text_of(owner.get(goal))
    assert saved(owner, group, "goods")["Location"] == address  # saved again under the same name: the same address
    assert analyst.get(address).status_code == 404
    assert analyst.post(f"{address}/remove").status_code == 404
    assert owner.get(address).status_code == 302


def test_a_shared_view_is_for_those_who_see_its_stores(group: Any, client_of: Callable[..., Any]) -> None:
    both, analyst = client_of("group owner"), client_of("analyst")
    ours = saved(both, group, "shared ours", shared="on")["Location"]
    theirs = saved(both, group, "shared theirs", "Theirs", shared="on")["Location"]
    assert analyst.get(ours).status_code == 302
    assert analyst.get(theirs).status_code == 404
    page = text_of(analyst.get(f"/explore?store={group.stores['Ours']}&{DAYS}"))
    assert "shared ours" in page and "shared theirs" not in page
    assert analyst.post(f"{ours}/remove").status_code == 404  # hers to look at, not to take away
    assert both.post(f"{ours}/remove").status_code == 302
    assert analyst.get(ours).status_code == 404
    both.post(f"{theirs}/remove")


def test_a_rolling_view_ends_on_the_newest_loaded_day(shop: Any, group: Any, client_of: Callable[..., Any]) -> None:
    query = f"store={group.stores['Ours']}&from=2026-02-01&to=2026-02-03"
    owner = client_of("owner")
    goal = owner.get(owner.post("/explore/views", {"name": "rolls", "query": query, "rolling": "on"})["Location"])
    newest = shop.loaded_days()[1]
    assert f"to={newest}" in goal["Location"] and f"from={newest.replace(day=newest.day - 2)}" in goal["Location"]


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\x00b"])
def test_a_view_without_a_name_is_refused_and_nothing_is_kept(
    name: str, group: Any, client_of: Callable[..., Any]
) -> None:
    from goldloop.apps.shops.models import SavedView

    before = SavedView.objects.count()
    assert saved(client_of("owner"), group, name).status_code == 400
    assert SavedView.objects.count() == before


def test_a_view_cannot_be_saved_of_a_store_that_is_not_hers(group: Any, client_of: Callable[..., Any]) -> None:
    assert saved(client_of("analyst"), group, "theirs", "Theirs").status_code == 404


# --- annotations ------------------------------------------------------------------------------------------------------
def test_an_annotation_shows_on_charts_and_below_sparklines(
    shop: Any, group: Any, client_of: Callable[..., Any]
) -> None:
    store, browser = group.stores["Ours"], client_of("operator")
    said = {"text": "price <b>9.90</b>", "from": "2026-03-03", "to": "2026-03-04", "store": store, "next": "/explore"}
    assert browser.post("/notes", said)["Location"] == "/explore"
    pages = [text_of(browser.get(f"{path}?store={store}&{DAYS}")) for path in ("/", "/explore")]
    for page in pages:
        assert "price &lt;b&gt;9.90" in page and '"from": "2026-03-03", "to": "2026-03-04"' in page
    assert 'class="ticks"' in pages[0]
    (note,) = shop.notes(store="Ours")
    assert (note.first, note.last, note.made_by) == (date(2026, 3, 3), date(2026, 3, 4), "the operator")
    assert browser.post(f"/notes/{note.id}/remove", {"next": "//elsewhere.example"})["Location"] == "/"
    assert shop.notes(store="Ours") == []


def test_nobody_writes_over_other_stores(shop: Any, group: Any, client_of: Callable[..., Any]) -> None:
    browser = client_of("operator")
    theirs = shop.note_add("secret promotion", first="2026-03-03", store="Theirs")
    said = {"text": "mine", "from": "2026-03-03", "store": group.stores["Theirs"]}
    assert browser.post("/notes", said).status_code == 404
    assert browser.post("/notes", {**said, "store": ""}).status_code == 403  # of all stores: the whole group's right
    assert browser.post(f"/notes/{theirs.id}/remove").status_code == 404
    assert "secret promotion" not in text_of(browser.get(f"/?store={group.stores['Ours']}&{DAYS}"))
    assert [note.text for note in shop.notes()] == ["secret promotion"]
    shop.note_remove(theirs.id)


# --- today's mix and cohorts --------------------------------------------------------------------------------------------
def test_the_mix_sums_to_the_whole(group: Any, client_of: Callable[..., Any]) -> None:
    page = text_of(client_of("owner").get(f"/today/mix?store={group.stores['Ours']}&{DAYS}&mix=goods"))
    shares = [float(one) for one in re.findall(r"<td>([\d.]+)%</td>", page)]
    assert shares and abs(sum(shares) - 100) < 0.1
    assert "<html" not in page


def test_cohorts_stand_as_table_and_text(group: Any, client_of: Callable[..., Any]) -> None:
    store = group.stores["Ours"]
    for show in ("back", "share", "people", "orders", "gmv"):
        page = text_of(client_of("owner").get(f"/explore/cohorts?store={store}&show={show}&basis=orders"))
        assert "2026-03" in page
    assert client_of("operator").get(f"/explore/cohorts?store={group.stores['Theirs']}").status_code == 404
