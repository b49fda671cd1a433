"""Log-in, log-out, taking over an account, and what a person sets for herself: look, password, second step, keys."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from allauth.account import views as accounts
from allauth.mfa.base import views as second_step
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from goldloop.apps.shops import api as people
from goldloop.core.errors import GoldloopError
from goldloop.web import frame, lockout
from goldloop.web.request import Request, person_of
from goldloop.web.routes import NAVIGATION, PLACES
from goldloop.web.words import COOKIE

LINK = "link"  # where the session keeps the secret of a one-time link


# --- in and out -----------------------------------------------------------------------------------------------------
class _LogIn(accounts.LoginView):
    def form_invalid(self, form: Any) -> HttpResponse:
        name = form.cleaned_data.get("login") or ""
        known = get_user_model().objects.filter(username__iexact=name).exists()  # what is typed there may be a password
        self.request.audit.note(result="refused", target=name if known else "")
        return super().form_invalid(form)


def log_in(request: Request) -> HttpResponse:
    """Name and password; a wrong one is answered alike whether the name exists or not."""
    if request.method == "POST":
        request.audit.note(action="log_in")
    return _LogIn.as_view()(request)


class _Code(second_step.AuthenticateView):
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        user = self.stage.login.user
        request.audit.note(action="log_in", target=user.get_username())
        if not lockout.check_code_allowed(request, user):
            return lockout.locked_out(request, HttpResponse(), None)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        lockout.code_failed(self.request, self.stage.login.user)
        self.request.audit.note(result="refused")
        return super().form_invalid(form)


def log_in_code(request: Request) -> HttpResponse:
    """The second step: a code of her authenticator, or one of her recovery codes."""
    return _Code.as_view()(request)


class _Again(accounts.ReauthenticateView):
    def form_invalid(self, form: Any) -> HttpResponse:
        self.request.audit.note(result="refused")
        return super().form_invalid(form)


class _AgainCode(second_step.ReauthenticateView):
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not lockout.check_code_allowed(request, request.user):
            return lockout.locked_out(request, HttpResponse(), None)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        lockout.code_failed(self.request, self.request.user)
        self.request.audit.note(result="refused")
        return super().form_invalid(form)


def again(request: Request) -> HttpResponse:
    """The password once more, before something that protects the account changes."""
    return _Again.as_view()(request)


def again_code(request: Request) -> HttpResponse:
    """A code once more, before something that protects the account changes."""
    return _AgainCode.as_view()(request)


def log_out(request: Request) -> HttpResponse:
    """End this log-in."""
    request.audit.note(action="log_out")
    return accounts.logout(request)


def closed(request: Request) -> HttpResponse:
    """The answer to a closed account is the one to a wrong password."""
    return redirect("account_login")


def landing(request: Request) -> str:
    """The address after log-in: the page she chose, else the first that she has a right to."""
    access = people.access_of(user=person_of(request), now=datetime.now(UTC))
    mine = [place for place in (*NAVIGATION, *PLACES) if place.right in access.rights]
    chosen = [place for place in mine if place.name == person_of(request).landing]
    return f"/{(chosen or mine)[0].path}"


# --- one-time links ---------------------------------------------------------------------------------------------------
def link(request: Request, secret: str) -> HttpResponse:
    """Keep the link's secret in the session and take it out of the address, so that it stands in no history."""
    request.session[LINK] = secret
    return redirect("welcome")


def welcome(request: Request) -> HttpResponse:
    """Take over the account of a one-time link: a name and a password of one's own."""
    now, secret = datetime.now(UTC), request.session.get(LINK, "")
    user = people.link_person(secret=secret, now=now)
    name, error = user.get_username(), None
    if request.method == "POST":
        name = request.POST.get("name", "")
        request.audit.note(action="welcome", target=user.get_username())
        try:
            people.link_use(secret=secret, name=name, password=request.POST.get("password", ""), now=now)
        except GoldloopError as refused:
            if refused.code == "link_bad":
                raise
            error = refused
            request.audit.note(result="refused")
        else:
            del request.session[LINK]
            return redirect("account_login")
    return frame.page(request, "account/welcome.html", {"name": name, "error": error}, status=400 if error else 200)


# --- settings ---------------------------------------------------------------------------------------------------------
def page(request: Request) -> HttpResponse:
    """Her own account."""
    return frame.page(request, "account/settings.html", _settings(request))


def _settings(request: Request) -> dict[str, Any]:
    user, access = person_of(request), request.access
    steps = {one.type: one.wrap() for one in Authenticator.objects.filter(user_id=user.pk)}
    codes = steps.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "tab": "settings",
        "choices": people.CHOICES,
        "landings": [place for place in (*NAVIGATION, *PLACES) if place.right in access.rights],
        "second_step": Authenticator.Type.TOTP in steps,
        "codes_left": len(codes.get_unused_codes()) if codes else 0,
        "sessions": _sessions(user),
        "zone": frame.zone(request),
        "this_session": request.session.session_key,
        "tokens": people.token_list(user=user) if "api" in access.rights else [],
        "token_rights": [right for right in people.FOR_TOKENS if right in access.rights],
        "token_stores": request.shop.stores(),
        "now": datetime.now(UTC),
    }


def _sessions(user: Any) -> list[UserSession]:
    """Where she is logged in, newest first, each with the name of its `device`."""
    found = sorted(UserSession.objects.purge_and_list(user), key=lambda one: one.created_at, reverse=True)
    for one in found:
        one.device = device(one.user_agent)
    return found


def device(agent: str) -> str:
    """The browser and the system that a User-Agent names, as far as it is one of the usual ones.

    >>> device("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36")
    'Chrome, Windows'
    """
    browsers = {"MicroMessenger": "WeChat", "Edg": "Edge", "Chrome": "Chrome", "Firefox": "Firefox", "Safari": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    named = (next((name for sign, name in known.items() if sign in agent), "") for known in (browsers, systems))
    return ", ".join(name for name in named if name) or agent[:40]


def preferences(request: Request) -> HttpResponse:
    """Language, colours, landing page and keys."""
    given = request.POST
    chosen: dict[str, Any] = {name: given.get(name, "") for name in people.CHOICES}
    allowed = {place.name for place in (*NAVIGATION, *PLACES)} | {""}
    chosen["landing"] = given.get("landing", "") if given.get("landing", "") in allowed else ""
    chosen |= {"meaning": "meaning" in given, "single_keys": "single_keys" in given}
    people.preferences_set(user=person_of(request), **chosen)
    response = HttpResponseRedirect(reverse("settings"))
    if chosen["language"]:
        response.set_cookie(COOKIE, chosen["language"], max_age=366 * 24 * 3600, samesite="Lax", httponly=True)
    return response


class _Password(accounts.PasswordChangeView):
    def get_success_url(self) -> str:
        return reverse("settings")

    def form_invalid(self, form: Any) -> HttpResponse:
        self.request.audit.note(result="refused")
        return super().form_invalid(form)


def password(request: Request) -> HttpResponse:
    """A new password; every other log-in of hers ends with it."""
    return _Password.as_view()(request)


class _SecondStepOn(totp.ActivateTOTPView):
    def form_invalid(self, form: Any) -> HttpResponse:
        self.request.audit.note(result="refused")
        return super().form_invalid(form)


def second_step_on(request: Request) -> HttpResponse:
    """Ask for codes of an authenticator at log-in from now on."""
    return _SecondStepOn.as_view()(request)


def second_step_off(request: Request) -> HttpResponse:
    """Ask for codes no longer."""
    return totp.deactivate_totp(request)


def codes(request: Request) -> HttpResponse:
    """The recovery codes that are left."""
    return recovery_codes.view_recovery_codes(request)


def codes_new(request: Request) -> HttpResponse:
    """New recovery codes; the old ones no longer work."""
    return recovery_codes.generate_recovery_codes(request)


def second_step_page(request: Request) -> HttpResponse:
    """The library's way back."""
    return redirect("settings")


def session_end(request: Request, id: int) -> HttpResponse:
    """End another log-in of hers."""
    one = UserSession.objects.filter(user=person_of(request), pk=id).first()
    if one is None:
        raise GoldloopError("session_unknown", f"There is no log-in {id}.", given=id, id=id)
    one.end()
    return redirect("settings")


def token_make(request: Request) -> HttpResponse:
    """A key for a program; its secret is shown on this answer and never again."""
    given, secret = request.POST, people.PREFIX + secrets.token_urlsafe(32)
    made = people.token_make(
        user=person_of(request),
        access=request.access,
        name=given.get("name", ""),
        rights=given.getlist("rights"),
        stores=[int(store) for store in given.getlist("stores") if store.isdigit()],
        days=int(given["days"]) if given.get("days", "").isdigit() else 0,
        secret=secret,
        now=datetime.now(UTC),
    )
    request.audit.note(action="token", target=f"key {made.pk}", stores=made.stores, rights=made.rights)
    return frame.page(request, "account/settings.html", {**_settings(request), "secret": secret, "made": made})


def token_end(request: Request, id: int) -> HttpResponse:
    """End one of her keys."""
    people.token_end(user=person_of(request), id=id, now=datetime.now(UTC))
    request.audit.note(action="token", target=f"key {id}")
    return redirect("settings")
