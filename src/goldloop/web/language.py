"""The choice of language, kept in a cookie and, of who is signed in, with her account."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from goldloop.apps.shops import api as people
from goldloop.web.request import Request, person_of
from goldloop.web.words import COOKIE, LANGUAGES


def choose(request: Request) -> HttpResponse:
    """Keep the language and go back to the page."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if request.POST.get("lang") in LANGUAGES:
        if request.user.is_authenticated:
            people.preferences_set(user=person_of(request), language=request.POST["lang"])
        response.set_cookie(COOKIE, request.POST["lang"], max_age=366 * 24 * 3600, samesite="Lax", httponly=True)
    return response
