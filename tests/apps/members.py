"""What has to hold of decisions, consents and notes on either database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

NOW = datetime(2026, 10, 2, tzinfo=UTC)
ONE, OTHER = "a" * 32, "b" * 32


def decisions_hold() -> None:
    """Four at once make one decision; taken back it can be made again; a forgotten key leaves only decisions behind."""
    from django.db import connection

    from goldloop.apps.members import api

    def merge() -> None:
        api.decide(kind="merge", keys=[OTHER, ONE], reason=b"sealed", by="ann", moment=NOW)
        connection.close()

    at_once = [threading.Thread(target=merge) for _ in range(4)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()
    (made,) = api.decision_list(standing=True)
    assert (made.one, made.other, made.reason) == (ONE, OTHER, b"sealed")
    assert api.take_back(id=made.id, by="bob", moment=NOW).undone_by == "bob"
    merge()
    assert [one.undone_at is None for one in api.decision_list()] == [True, False]
    _apart_rests_while_the_merge_stands_that_came_later()
    api.consent_give(key=ONE, kind="phone", address=b"1", source="fair", by="ann", moment=NOW)
    assert api.consent_withdraw(key=ONE, moment=NOW) and not api.consent_withdraw(key=ONE, moment=NOW)
    api.consent_give(key=ONE, kind="phone", address=b"2", source="shop", by="ann", moment=NOW)
    (consent,) = api.consents_of(keys=[ONE])
    assert (consent.address, consent.source, consent.withdrawn_at) == (b"2", "shop", None)
    api.note_add(key=OTHER, text=b"sealed", by="ann", moment=NOW)
    assert api.forget(names={ONE: "c" * 32, OTHER: "d" * 32}) == {"consents": 1, "notes": 1, "decisions": 4}
    assert {(one.one, one.other, one.reason) for one in api.decision_list()} == {("c" * 32, "d" * 32, b"")}
    assert api.decisions_about(keys=[ONE]) == [] and len(api.decisions_about(keys=["c" * 32])) == 4


def _apart_rests_while_the_merge_stands_that_came_later() -> None:
    from goldloop.apps.members import api

    said = {"by": "ann", "moment": NOW, "reason": b"sealed"}
    apart = api.decide(kind="apart", keys=[OTHER, ONE], **said)
    assert (apart.kind, apart.one, apart.other, apart.joined_by) == ("apart", ONE, OTHER, 0)
    assert api.decide(kind="apart", keys=[ONE, OTHER], **said).id == apart.id
    (first,) = [one for one in api.decision_list(standing=True) if one.kind == "merge"]
    assert api.take_back(id=first.id, by="bob", moment=NOW).undone_at == NOW
    merged = api.decide(kind="merge", keys=[ONE, OTHER], joins=[apart.id], **said)
    assert [(one.id, one.joined_by) for one in api.decision_list(standing=True)] == [
        (merged.id, 0),
        (apart.id, merged.id),
    ]
    api.take_back(id=merged.id, by="bob", moment=NOW)
    assert [(one.id, one.joined_by) for one in api.decision_list(standing=True)] == [(apart.id, 0)]
