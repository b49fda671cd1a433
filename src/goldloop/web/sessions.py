"""How long a log-in lasts: to the end of a day without use, to the end of a week in any case."""

from __future__ import annotations

from datetime import timedelta
from time import time

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from goldloop.web.middleware import Answer

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
STARTED, SEEN = "started", "seen"
_NOTED_EVERY = timedelta(minutes=5)  # a page view in between writes nothing


def timed(answer: Answer) -> Answer:
    """End a log-in that was not used for 12 hours, or is older than 7 days."""

    def with_limits(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now, session = time(), request.session
            started, seen = session.get(STARTED, now), session.get(SEEN, now)
            if now - started > LONGEST.total_seconds() or now - seen > IDLE.total_seconds():
                logout(request)
            elif STARTED not in session or now - seen > _NOTED_EVERY.total_seconds():
                session[STARTED], session[SEEN] = started, now
        return answer(request)

    return with_limits


def begin(request: HttpRequest) -> None:
    """Count from now on: somebody has just signed in."""
    request.session[STARTED] = request.session[SEEN] = time()
