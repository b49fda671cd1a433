"""店铺: settings of a store are changed by who has the right, written down, and what is loaded is counted again by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import Group
from tests.web.working import job_of, work

Client = Callable[..., Any]


def store(group: Group, name: str = "Ours") -> Any:
    from goldloop.apps.shops import api

    return api.store_by_name(name=name)


def filled(group: Group, **more: str) -> dict[str, str]:
    """The form as the page gives it, with some fields typed over."""
    now = store(group)
    said = {
        "day_starts": f"{now.day_starts // 60:02d}:{now.day_starts % 60:02d}",
        "opened_on": str(now.opened_on or ""),
        "identity_limit": "95",
        "gmv_amount": now.gmv_amount,
    }
    return said | more


def test_the_page_shows_her_stores_and_no_others(client_of: Client, group: Group) -> None:
    page = client_of("owner").get("/settings/stores").content.decode()
    assert "Ours" in page and "Theirs" not in page and 'value="00:00"' in page and "Asia/Shanghai" in page
    everything = client_of("group owner").get("/settings/stores").content.decode()
    assert "Ours" in everything and "Theirs" in everything
    assert client_of("operator").get("/settings/stores").status_code == 403


def test_saved_settings_count_again_what_is_loaded_and_are_written_down(client_of: Client, group: Group) -> None:
    from goldloop.apps.shops import models
    from goldloop.web.shops import whole_shop

    def by_day() -> dict[str, Any]:
        answer = whole_shop().figures(("orders",), stores="Ours", first="2026-02-28", last="2026-03-06", by="day")
        return dict(zip(answer.columns["day"], answer.columns["orders"], strict=True))

    before, browser = by_day(), client_of("owner")
    asked = browser.post(f"/settings/stores/{group.stores['Ours']}", filled(group, day_starts="11:00"))
    assert asked.status_code == 302 and "/data/jobs/" in asked.url and store(group).day_starts == 0
    work(group)
    assert store(group).day_starts == 660
    after = by_day()  # every order came at ten in the morning
    assert [before[day] for day in list(before)[1:]] == [after[day] for day in list(after)[:-1]] and before != after
    page = browser.get(asked.url).content.decode()
    assert "设置已保存" in page or "Saved" in page
    line = models.AuditEntry.objects.filter(route="store_set").latest("number")
    assert line.target == "Ours" and line.stores == [group.stores["Ours"]]
    assert line.detail["day_starts"] == 660 and "gmv_amount" not in line.detail


@pytest.mark.parametrize(
    "wrong",
    [{"day_starts": "25:00"}, {"opened_on": "yesterday"}, {"identity_limit": "101"}, {"identity_limit": "nan"},
     {"identity_limit": "much"}, {"identity_limit": "9e99999999"}, {"gmv_amount": "all"}],
)  # fmt: skip
def test_what_no_store_can_have_is_said_beside_its_field(
    client_of: Client, group: Group, wrong: dict[str, str]
) -> None:
    from goldloop.apps.queue import models

    jobs = models.Job.objects.count()
    answer = client_of("owner").post(f"/settings/stores/{group.stores['Ours']}", filled(group, **wrong))
    assert answer.status_code == 400 and 'class="error"' in answer.content.decode()
    assert models.Job.objects.count() == jobs


def test_nothing_changed_is_no_work(client_of: Client, group: Group) -> None:
    from goldloop.apps.queue import models

    jobs = models.Job.objects.count()
    answer = client_of("owner").post(f"/settings/stores/{group.stores['Ours']}", filled(group), follow=True)
    assert answer.status_code == 200 and models.Job.objects.count() == jobs
    assert "没有改动" in answer.content.decode() or "Nothing was changed" in answer.content.decode()


def test_another_store_is_like_one_that_is_not_there(client_of: Client, group: Group) -> None:
    browser = client_of("owner")
    for id in (group.stores["Theirs"], 987654):
        assert browser.post(f"/settings/stores/{id}", filled(group, gmv_amount="paid")).status_code == 404
    assert store(group, "Theirs").gmv_amount == "merchant"


def test_a_job_of_who_lost_the_right_changes_nothing(client_of: Client, group: Group) -> None:
    from goldloop.apps.shops import models

    browser = client_of("owner")
    asked = browser.post(f"/settings/stores/{group.stores['Ours']}", filled(group, gmv_amount="paid"))
    held = models.Grant.objects.filter(user_id=group.people["owner"])
    held.update(role="operator")
    try:
        work(group)
        assert store(group).gmv_amount == "merchant"
        assert job_of(asked.url).state == "failed"
    finally:
        held.update(role="owner")
