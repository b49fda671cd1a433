"""Points for tests: a program, and an account from which many spend at once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

from tests.apps.waves import store, viewer

from goldloop.core.errors import GoldloopError

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = date(2026, 6, 1)


def program(name: str = "P", **given: str) -> Any:
    """A program of a store of its own, or of the one store that is there."""
    from goldloop.apps.loyalty import api as loyalty
    from goldloop.apps.shops import api as shops

    ids = [one.id for one in shops.store_list() if one.name == "S"] or [store()]
    return loyalty.program_set(
        viewer=viewer(*ids), name=name, stores=ids, currency="CNY", given={"start": "2025-01-01", **given}
    )


def balances_hold(count: int = 64) -> None:
    """Of many who spend at once as many succeed as there are points for, and the ledger tells the same."""
    from django.db import connection

    from goldloop.apps.loyalty import api as loyalty
    from goldloop.apps.loyalty.models import Entry

    ours = program()
    told = {"program": ours, "person": "p", "by": "Ann", "day": DAY, "moment": NOW}
    assert loyalty.correct(points=100, key="", reason=b"x", **told)
    codes: list[str] = []

    def spend(n: int) -> None:
        try:
            loyalty.burn(points=7, key=f"k{n // 2}", **told)  # each wish comes twice
            codes.append("")
        except GoldloopError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(n,)) for n in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(codes) == count and set(codes) == {"", "points_short"}
    assert loyalty.balance(program=ours, person="p", day=DAY).points == 100 - 14 * 7
    assert sum(Entry.objects.values_list("points", flat=True)) == 2
    assert Entry.objects.filter(kind="burn").count() == 14 and codes.count("") == 28


def claim(ours: Any, code: str, friend: str, *, mine: Any = (), also: Any = (), **more: Any) -> Any:
    """Somebody's friend, who has not bought yet unless said otherwise."""
    from goldloop.apps.loyalty import api as loyalty

    said = {"device": "", "bought": False, "day": DAY, "moment": NOW, **more}
    return loyalty.claim(program=ours, code=code, referrer=mine, friend=[friend, *also], **said)


def at_once(work: Any, count: int) -> list[str]:
    """What became of so many calls at once: '' or the code of an error."""
    from django.db import connection

    codes: list[str] = []

    def one(n: int) -> None:
        try:
            work(n)
            codes.append("")
        except GoldloopError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def referrals_hold(count: int = 64) -> None:
    """Of many friends at once a member brings as many as the rules allow; many decisions at once reward each of them once."""
    from goldloop.apps.loyalty import api as loyalty
    from goldloop.apps.loyalty.models import Entry

    ours = program("P", refer_points="100", friend_points="50", refer_most="7")
    code = loyalty.code_give(program=ours, person="a", code=lambda: "CODEA", device="", moment=NOW)
    before = Entry.objects.count()
    codes = at_once(lambda n: claim(ours, code, f"friend{n % 40}"), count)
    assert codes.count("") == 7 and set(codes) <= {"", "referral_too_many", "referral_taken"} and len(codes) == count
    verdicts = [
        loyalty.Verdict(one.id, "a", one.friend, "", DAY) for one in loyalty.referrals(program=ours, state="waiting")
    ]
    codes = at_once(lambda n: loyalty.settle(program=ours, verdicts=verdicts, by="Ann", day=DAY, moment=NOW), 16)
    assert set(codes) == {""} and Entry.objects.count() == before + 14
    assert loyalty.balance(program=ours, person="a", day=DAY).points == 700


def first_burns_hold(rounds: int = 12) -> None:
    """Who spends for the first time while her sales are booked is booked, too: neither of both fails."""
    from goldloop.apps.loyalty import api as loyalty

    ours = program()

    def work(n: int) -> None:
        person = f"first{n // 2}"
        if n % 2:
            loyalty.correct(
                program=ours, person=person, points=5, key="", reason=b"x", by="Ann", day=DAY, moment=NOW
            )  # fmt: skip
        else:
            worth = {(f"first{k}", DAY): (10, 1000) for k in range(rounds)}
            loyalty.book(program=ours, worth=worth, since=DAY, day=DAY, merged={}, moment=NOW)

    assert set(at_once(work, 2 * rounds)) == {""}
    assert {loyalty.balance(program=ours, person=f"first{k}", day=DAY).points for k in range(rounds)} == {15}
