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
