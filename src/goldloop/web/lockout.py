"""How many wrong passwords and codes are too many, and what is answered then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.http import HttpResponse
from django.shortcuts import render

from goldloop.web.request import Request

# Failures within COOL_OFF, counted three ways: one person at one address, one address, one person at all addresses.
LIMITS: dict[tuple[str, ...], int] = {("username", "ip_address"): 5, ("ip_address",): 15, ("username",): 50}
COOL_OFF = timedelta(hours=1)


def name_of(request: Request, credentials: dict[str, Any] | None = None) -> str:
    """The name that was tried, without capitals: it is looked up without them too."""
    return str((credentials or {}).get("username", "")).strip().casefold()


class Attempts(AxesDatabaseHandler):
    """The library's log of failures, with a limit of its own for each way of counting them."""

    def get_failures(self, request: Request, credentials: dict[str, Any] | None = None) -> int:
        """How many of the limits are reached; one is enough to be locked out."""
        counted = [
            sum(attempts.values_list("failures_since_start", flat=True))
            for attempts in self.get_user_attempts(request, credentials)
        ]
        return sum(count >= limit for count, limit in zip(counted, LIMITS.values(), strict=True))

    def reset_user_attempts(self, request: Request, credentials: dict[str, Any] | None = None) -> int:
        """Forget a person's failures at this address when she has signed in; those of others at the address stay.

        Else whoever has an account could guess at others' for ever, signing in between guesses.
        """
        mine = AccessAttempt.objects.filter(
            username=name_of(request, credentials),
            ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
        )
        return mine.delete()[0]


def locked_out(request: Request, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer to whoever is locked out: the same for names that exist and names that do not."""
    request.audit.note(result="locked")
    return render(request, "account/locked.html", {"minutes": int(COOL_OFF.total_seconds()) // 60}, status=429)


def check_code_allowed(request: Request, user: Any) -> bool:
    """Whether this person may try another one-time code; wrong codes count like wrong passwords."""
    from axes.handlers.proxy import AxesProxyHandler

    return bool(AxesProxyHandler.is_allowed(request, {"username": user.get_username()}))


def code_failed(request: Request, user: Any) -> None:
    """Count a wrong one-time code."""
    from django.contrib.auth.signals import user_login_failed

    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)
