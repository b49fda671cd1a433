"""Waves for tests: checked ones, claims of their files, and a budget that many exports at once ask for."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest

from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.core.wave import read_wave

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SEND = date(2026, 6, 6)
WAVE = read_wave(
    {"name": "W1", "audience": "lifecycle:sleeping", "send": str(SEND), "until": "2026-06-30", "off": "20"}, "CNY"
)


def store(name: str = "S") -> int:
    from goldloop.apps.shops import api as shops

    return shops.store_add(name=name, platform="tmall", currency="CNY", timezone="Asia/Shanghai").id


def viewer(*stores: int) -> Viewer:
    return Viewer(stores=frozenset(stores), name="Ann")


def checked(shop: int, people: list[str], held: tuple[str, ...] = ()) -> int:
    from goldloop.apps.campaigns import api as campaigns

    id = campaigns.wave_new(viewer=viewer(shop), stores=[shop], wave=WAVE, salt="s", moment=NOW).id
    rows = [(one, "", one in held) for one in people]
    campaigns.wave_check(viewer=viewer(shop), id=id, number=1, people=rows, told={"sent": len(people)})
    return id


def claim(shop: int, id: int, people: list[str], *, cost: int = 100, budgeted: int = 10**9, sha: str = "a" * 64):
    from goldloop.apps.campaigns import api as campaigns

    return campaigns.wave_file(
        viewer=viewer(shop), id=id, kind="list", sha256=sha, people=people, cost=cost, budgeted=budgeted, capped=True,
        day=SEND, moment=NOW,
    )  # fmt: skip


def code_of(function, *args, **more) -> str:
    with pytest.raises(GoldloopError) as caught:
        function(*args, **more)
    return caught.value.code


def budgets_hold(count: int = 16) -> None:
    """Of many exports at once as many go out as the month's budget carries."""
    from django.db import connection

    from goldloop.apps.campaigns import api as campaigns

    shop = store()
    ids = [checked(shop, [f"p{n}"]) for n in range(count)]
    campaigns.budget_set(month=date(2026, 6, 1), currency="CNY", amount=550)
    codes: list[str] = []

    def export(n: int) -> None:
        try:
            claim(shop, ids[n], [f"p{n}"])
            codes.append("")
        except GoldloopError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=export, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [""] * 5 + ["wave_over_budget"] * (count - 5)
    assert campaigns.budgets()[0].taken == 500
    assert code_of(claim, shop, checked(shop, ["q"]), ["q"], cost=10, budgeted=9) == "wave_over_budget"
    assert code_of(campaigns.budget_set, month=date(2026, 6, 1), currency="CNY", amount=499) == "wave_budget_taken"


def sums_are_kept_as_they_are() -> None:
    """A result holds sums that are larger than any integer column; one of before gets them while both arms are the same."""
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.core.experiment import Arm
    from goldloop.core.pooled import of_people, read_sums

    shop = store("of sums")
    id = checked(shop, ["a", "b"], ("b",))
    claim(shop, id, ["a"], cost=0)
    sums = of_people(Arm(40, 7, 9, 10**12, 9, 11.0, 1.1e23, 0.1))
    arms = {"sent": {"people": 40}, "held": {"people": 7}}
    told = {**arms, "sums": {"sent": sums.as_dict()}}
    for given in (arms, {**told, "held": {"people": 8}}, told, {**arms, "sums": {}}):
        campaigns.result_keep(id=id, known=SEND, told=given, final=False, moment=NOW)
        (kept,) = campaigns.wave_show(viewer=viewer(shop), id=id).results
        assert ("sums" in kept) == (given is told or given.get("sums") == {})
    assert read_sums(kept["sums"]["sent"]) == sums
