"""The waves of a month together, on the page, on the calendar and over the API: own stores only, nothing told of too few."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.web.conftest import Group

from goldloop.core.experiment import Arm
from goldloop.core.pooled import of_people
from goldloop.core.viewer import Viewer
from goldloop.core.wave import read_wave

NOW = datetime(2031, 7, 1, tzinfo=UTC)
PREDICTED = {"orders": 4.0, "orders_low": 0.0, "orders_high": 8.0, "gmv": "400.00", "low": "0.00", "high": "800.00"}


def measured(store: int, number: int, month: str, *, held: int = 20, share: str = "0.2") -> int:
    """A wave that went out and was measured: 80 sent, 20 buy; of those held out one in ten."""
    from goldloop.apps.campaigns import api as campaigns

    said = {"name": f"{month} W{number} T1", "audience": "lifecycle:lost", "send": f"{month}-0{number}", "until": f"{month}-28", "holdout": share}  # fmt: skip
    viewer = Viewer(stores=frozenset({store}), name="Ann")
    id = campaigns.wave_new(viewer=viewer, stores=[store], wave=read_wave(said, "CNY"), salt="s", moment=NOW).id
    campaigns.wave_check(viewer=viewer, id=id, number=1, people=[(f"{id}", "", False)], told={"predicted": PREDICTED})
    campaigns.wave_file(
        viewer=viewer, id=id, kind="list", sha256="a" * 64, people=[f"{id}"], cost=0, budgeted=0, capped=False,
        day=date(2031, 6, number), moment=NOW,
    )  # fmt: skip
    arms = [of_people(Arm(people, n, n, n * 10_000, n * 9_000, n, 1e8 * n, 8.1e7 * n)) for people, n in ((80, 20), (held, held // 10))]  # fmt: skip
    told = {
        "known": f"{month}-28", "final": True, "cost": "100.00", "predicted": PREDICTED,
        "sums": {"sent": arms[0].as_dict(), "held": arms[1].as_dict()}, "measured": None,
        "coupons": [], **{arm: {"people": 1} for arm in ("sent", "held")},
    }  # fmt: skip
    campaigns.result_keep(id=id, known=date(2031, 6, 28), told=told, final=True, moment=NOW)
    return id


@pytest.fixture(scope="module")
def waves(group: Group) -> dict[str, list[int]]:
    from goldloop.web import kept

    kept.forget()  # pages of another test's group at the same addresses
    ours, theirs = group.stores["Ours"], group.stores["Theirs"]
    return {
        "Ours": [measured(ours, n, "2031-06") for n in (1, 2)],
        "few": [measured(ours, 3, "2031-05"), measured(ours, 4, "2031-05", share="0")],
        "Theirs": [measured(theirs, n, "2031-06") for n in (1, 2, 3)],
    }


def card(page: str, month: str) -> str:
    return page.partition(f'id="together-{month}"')[2].partition("</details>")[0]


@pytest.mark.parametrize("path", ["/members/waves", "/calendar?month=2031-06"])
def test_a_month_stands_with_its_interval(client_of: Any, waves: dict[str, list[int]], path: str) -> None:
    """160 sent 40 orders, 40 held out 4: 24 more, 100.00 each; the ends are those of one wave of this size."""
    found = card(client_of("members").get(path).content.decode(), "2031-06")
    assert "waves: 2" in found and "160 sent, 40 held out" in found and "24.0" in found and "8.0 (0.0 ~ 16.0)" in found
    low, high = map(float, re.findall(r"24\.0 \(([\d.-]+) ~ ([\d.-]+)\)", found)[0])
    assert 10 < low < 24 < high < 38 and low + high == pytest.approx(48, abs=0.11)
    assert (
        found.count("<svg") == 2
        and "2,160.00" in found
        and "0.00 ~ 1,600.00" in found
        and "8.33" in found
        and "not enough" not in found
    )
    zh = card(client_of("members").get(path, HTTP_ACCEPT_LANGUAGE="zh").content.decode(), "2031-06")
    assert "触达合计" in zh and "增量订单" in zh and "分层比较" in zh and "最终结果" in zh


def test_too_few_are_told_by_how_many_are_lacking(client_of: Any, waves: dict[str, list[int]]) -> None:
    page = client_of("members").get("/members/waves").content.decode()
    found = card(page, "2031-05")
    assert "10 more people held out are needed" in found and "<svg" not in found and "nobody was held out" in found
    assert f'href="/members/waves/{waves["few"][1]}"' in found and page.index("together-2031-06") < page.index("together-2031-05")  # fmt: skip
    zh = card(client_of("members").get("/members/waves", HTTP_ACCEPT_LANGUAGE="zh").content.decode(), "2031-05")
    assert "留白还差10人" in zh and "没有留白" in zh


def test_the_api_tells_the_same_of_own_stores_only(client_of: Any, waves: dict[str, list[int]]) -> None:
    browser = client_of("members")
    (june,) = browser.get("/api/v1/waves/together?month=2031-06").json()["together"]
    assert (june["waves"], june["stores"], june["strata"]) == (waves["Ours"], ["Ours"], [waves["Ours"]])
    assert june["measured"]["orders"]["value"] == 24.0 and june["predicted"]["gmv"] == "800.00"
    both = "&".join(f"wave={id}" for id in (*waves["Ours"], waves["few"][0]))
    (three,) = browser.get(f"/api/v1/waves/together?{both}").json()["together"]
    assert three["month"] is None and len(three["waves"]) == 3 and three["measured"]["orders"]["value"] == 36.0
    assert browser.get(f"/api/v1/waves/together?wave={waves['Theirs'][0]}").status_code == 404
    assert browser.get("/api/v1/waves/together?month=June").status_code == 400


def test_who_speaks_for_members_measures_a_month(client_of: Any, waves: dict[str, list[int]], group: Group) -> None:
    from goldloop.apps.campaigns import api as campaigns

    store = group.stores["Ours"]
    viewer = Viewer(stores=frozenset({store}), name="Ann")
    said = {
        "name": "to measure",
        "audience": "lifecycle:lost",
        "send": "2026-03-01",
        "until": "2026-03-02",
        "holdout": "0.2",
    }
    id = campaigns.wave_new(viewer=viewer, stores=[store], wave=read_wave(said, "CNY"), salt="s", moment=NOW).id
    campaigns.wave_check(viewer=viewer, id=id, number=1, people=[("x" * 32, "", False)], told={})
    campaigns.wave_file(viewer=viewer, id=id, kind="list", sha256="b" * 64, people=["x" * 32], cost=0, budgeted=0, capped=False, day=date(2026, 3, 1), moment=NOW)  # fmt: skip
    browser = client_of("members")
    found = card(browser.get("/members/waves").content.decode(), "2026-03")
    assert 'value="2026-03"' in found and "not measured yet" in found
    assert 'action="/members/waves/measure"' not in card(
        client_of("analyst").get("/members/waves").content.decode(), "2026-03"
    )
    said = {"month": "2026-03", "store": "Ours"}
    assert client_of("analyst").post("/members/waves/measure", said).status_code == 403
    body: dict[str, Any] = {"content_type": "application/json"}
    assert client_of("analyst").post("/api/v1/waves/measure", "{}", **body).status_code == 403
    assert browser.post("/members/waves/measure", said).status_code == 302
    page = browser.get("/members/waves").content.decode()
    assert "Waves measured: 1" in page and "not measured yet" not in card(page, "2026-03")
    assert id not in browser.post("/api/v1/waves/measure", '{"month": "2026-03"}', **body).json()["measured"]
