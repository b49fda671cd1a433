"""How the log-in library is bound to this app: nobody signs up, and our pages speak for themselves."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from goldloop.web import sessions
from goldloop.web.audit import address_of
from goldloop.web.request import Request


class Accounts(DefaultAccountAdapter):
    """Accounts come by invitation only; messages of the library are left out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that lock-out and audit log use too."""
        return address_of(request)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in; the time of this log-in begins."""
        super().login(request, user)
        sessions.begin(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The page that she chose to begin with."""
        from goldloop.web.account import landing

        return landing(cast(Request, request))

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: what was done shows on the page that follows."""
