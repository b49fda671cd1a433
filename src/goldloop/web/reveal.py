"""Personal data is shown to who has the right and says why, so many rows in a day, and each look is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from goldloop.apps.shops import api as people
from goldloop.core.errors import GoldloopError
from goldloop.jobs.personal import masked_text
from goldloop.web.request import Request, person_of

A_DAY = 100  # rows that one person may have revealed within 24 hours
SHORTEST = 4  # characters of a reason


def check_revealed(request: Request, target: str, stores: list[int]) -> None:
    """Write down what is looked at and why (the form's `reason`).

    Raises `reveal_reason_needed` or `reveal_limit`; then nothing may be shown.
    """
    request.audit.note(action="reveal", target=target, stores=stores)
    reason = masked_text(" ".join(request.POST.get("reason", "").split()))[:200]
    if len(reason) < SHORTEST:
        raise GoldloopError(
            "reveal_reason_needed",
            "Say for what it is needed.",
            allowed=f"{SHORTEST} characters or more",
            least=SHORTEST,
        )
    since = datetime.now(UTC) - timedelta(days=1)
    if people.audit_count(actor=person_of(request).pk, action="reveal", since=since) >= A_DAY:
        raise GoldloopError(
            "reveal_limit", f"Not more than {A_DAY} rows are revealed in a day.", allowed=A_DAY, most=A_DAY
        )
    request.audit.note(reason=reason)
