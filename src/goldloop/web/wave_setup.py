"""触达设置: what holds for all waves, what a month's waves may cost, and lists of contacts with consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.apps.campaigns.api import CHANNELS, RULES
from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.errors import GoldloopError
from goldloop.web import frame, uploads, wave_form
from goldloop.web.members_asked import places
from goldloop.web.request import Request
from goldloop.web.words import word

SHARES = ("global_holdout",)
HERE = "wave_setup"


def page(request: Request) -> HttpResponse:
    """The rules of all waves, the budgets of months, and the form for a list of contacts."""
    from goldloop.jobs.wave_contacts import COLUMNS

    bar = frame.scope_bar(request, parts=())
    if not bar["scope"].visible:
        return frame.page(request, "web/first_run.html", bar)
    scope, lang = bar["scope"], request.lang
    known = {**request.shop.wave_rules(), **wave_form.kept(request, "rules")}
    asked = wave_form.kept(request, "budget")
    return frame.page(
        request,
        "web/wave_setup.html",
        {
            **bar,
            "places": places(request, scope, "waves"),
            "rules": [
                (
                    name,
                    wave_form.percent(known[name]) if name in SHARES else known[name],
                    word(f"waves.hint_{name}", lang),
                )
                for name in RULES
            ],
            "columns": [(name, word(f"waves.contacts_{name}", lang)) for name in COLUMNS],
            "budgets": [
                {
                    "month": f"{one.month:%Y-%m}",
                    "currency": one.currency,
                    "amount": formatting.exact(one.amount, "money", one.currency, lang),
                    "taken": formatting.exact(one.taken, "money", one.currency, lang),
                    "wide": round(100 * min(one.taken / one.amount, 1), 1) if one.amount else 0,
                }
                for one in request.shop.wave_budgets()
            ],
            "month": asked.get("month") or (f"{scope.newest + timedelta(days=1):%Y-%m}" if scope.newest else ""),
            "amount": asked.get("amount", ""),
            "currencies": sorted({store.currency for store in scope.visible}),
        },
    )


def rules(request: Request) -> HttpResponse:
    """Set what holds for all waves."""
    said = request.POST

    def work() -> str:
        given = {
            name: wave_form.fraction(said[name]) if name in SHARES else said[name] for name in RULES if name in said
        }
        request.shop.wave_rules(given)
        request.audit.note(target="wave rules")
        return word("waves.rules_kept", request.lang)

    return _done(request, "rules", work)


def budget(request: Request) -> HttpResponse:
    """Set what the waves of a month may cost at most."""
    said = request.POST

    def work() -> str:
        month = said.get("month", "")
        request.shop.wave_budget(month, said.get("amount", ""), currency=said.get("currency", "")[:3])
        request.audit.note(target=f"wave budget {month}"[:200])
        return word("waves.budget_kept", request.lang, month=month)

    return _done(request, "budget", work)


def contacts(request: Request) -> HttpResponse:
    """Keep a list of contacts of a store; what of it was refused, and why, is said on the page."""
    from goldloop.jobs import uploaded
    from goldloop.web.shops import whole_shop

    def work() -> str:
        files = uploads.taken(request)
        told = request.shop.wave_contacts(
            uploaded.file(whole_shop().home, files[0]), store=request.POST.get("store", "")
        )
        request.audit.note(target="contacts", rows=sum(told[name] for name in CHANNELS))
        return _counted(told, Words(request.lang))

    try:
        return _done(request, "contacts", work)
    finally:
        uploads.drop_unclaimed(request)


def _counted(told: dict[str, Any], words: Words) -> str:
    """What was kept of a list, and what was not for which reason."""
    kept = words("wave_contacts_kept", **{name: f"{told[name]:,}" for name in CHANNELS})
    refused = [f"{words(f'wave_refused_{name}')} {count:,}" for name, count in told["refused"].items()]
    return " ".join(
        [kept, *([word("waves.contacts_refused", words.language, lines=" · ".join(refused))] if refused else [])]
    )


def _done(request: Request, form: str, work: Callable[[], str]) -> HttpResponse:
    """Back to the page with what was done, or with what is wrong and the form as it was written."""
    try:
        messages.success(request, work())
    except GoldloopError as error:
        said, name = Words(request.lang).error(error), error.params.get("name")
        if error.code == "wave_rule_bad":
            field = word(f"waves.rule_{name}", request.lang)
            said = word("waves.bad", request.lang, given=error.given, field=field)
        messages.warning(request, said)
        if form != "contacts":
            wave_form.keep(request, form)
    return HttpResponseRedirect(reverse(HERE))
