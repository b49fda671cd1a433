"""What the waves of a month brought together, as a card for each month: the interval as a picture, or how much is lacking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from goldloop.cli.waves import title
from goldloop.cli.waves_screen import needed
from goldloop.cli.words import Words
from goldloop.core import formatting
from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.money import to_minor
from goldloop.web.request import Request
from goldloop.web.words import word

if TYPE_CHECKING:
    from goldloop.apps.campaigns.api import Seen

AGAIN = ("not_measured", "measure_again")


def cards(request: Request, waves: Iterable[Seen]) -> list[dict[str, Any]]:
    """A card for each month in which one of these waves went out, the newest first."""
    from goldloop.jobs.wave_together import months

    known = {seen.id: seen for seen in waves}
    return [_card(request, one, known) for one in months(request.viewer, known.values())]


def measure(request: Request) -> HttpResponse:
    """Measure every wave of a month that went out and is not final yet."""
    said = request.POST
    try:
        done = request.shop.waves_measure(said.get("month") or None, stores=said.getlist("store"))
    except GoldloopError as error:
        messages.warning(request, Words(request.lang).error(error))
    else:
        request.audit.note(target="waves", said="measure", rows=len(done))
        messages.success(request, word("waves.measured_month", request.lang, count=len(done)))
    return HttpResponseRedirect(reverse("waves"))


def _card(request: Request, one: Mapping[str, Any], known: Mapping[int, Seen]) -> dict[str, Any]:
    lang, words, found = request.lang, Words(request.lang), one["measured"]
    left = [
        {"id": part["wave"], "title": title(words, known[part["wave"]].wave.name), "why": words(f"wave_left_{part['why']}")}
        for part in one["left_out"]
    ]  # fmt: skip
    open_ones = not one["final"] or any(part["why"] in AGAIN for part in one["left_out"])
    may = all(request.access.viewer("sign_members").may_see(store) for store in known[_any_of(one)].stores)
    return {
        **one,
        "known": formatting.day(parse_day(one["known"]), lang) if one["known"] else "",
        "count": word("waves.together_count", lang, count=len(one["waves"])),
        "people": word(
            "waves.together_sent", lang,
            **{arm: formatting.exact(one[arm]["people"], "count", None, lang) for arm in ("sent", "held")},
        ),
        "left": left, "can_measure": may and open_ones, "spent": _money(request, one["cost"], one["currency"]),
        "lacking": [_lack(words, lack) for lack in one["lacks"]],
        "guess": _guess(request, one["predicted"], one["currency"]),
        "gains": _gains(request, one) if found else [], "spans": _spans(request, one) if found else [],
        "p": f"{found['p']:.3f}" if found else "", "formula": word("waves.formula_stratified", lang),
    }  # fmt: skip


def _any_of(one: Mapping[str, Any]) -> int:
    """A wave of a card; all of them are of the same stores."""
    return int(one["waves"][0] if one["waves"] else one["left_out"][0]["wave"])


def _lack(words: Words, lack: Mapping[str, Any]) -> str:
    waves = ", ".join(map(str, lack["waves"]))
    return words("wave_lacks", waves=waves, worth=lack["worth"], needed=needed(words, lack))


def _money(request: Request, text: str | None, currency: str) -> str:
    if text is None:
        return formatting.NOTHING
    return formatting.compact(to_minor(text, currency), "money", currency, request.lang)


def _guess(request: Request, predicted: Mapping[str, Any] | None, currency: str) -> dict[str, str]:
    """The summed prediction of gmv, nothing where a wave has none."""
    texts = [_money(request, predicted[name] if predicted else None, currency) for name in ("gmv", "low", "high")]
    return _gain("gmv", *texts)


def _gains(request: Request, one: Mapping[str, Any]) -> list[dict[str, str]]:
    """Orders, gmv, net and the cost of one more order, each with its ends."""
    found = one["measured"]
    rows = [_gain("orders", *(f"{found['orders'][end]:,}" for end in ("value", "low", "high")))]
    for name, key in (("gmv", "gmv"), ("net", "net"), ("per_order", "cost_per_order")):
        texts = [_money(request, found[key][end], one["currency"]) for end in ("value", "low", "high")]
        rows.append(_gain(name, *texts))
    return rows


def _gain(name: str, value: str, low: str, high: str) -> dict[str, str]:
    return {"name": name, "value": value, "range": "" if low == formatting.NOTHING else f"{low} ~ {high}"}


def _spans(request: Request, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Predicted and measured orders as places from 0 to 100 on one scale, which holds 0."""
    came, predicted = one["measured"]["orders"], one["predicted"]
    rows: list[tuple[str, list[float]]] = [("measured", [came[end] for end in ("value", "low", "high")])]
    if predicted:
        rows.insert(0, ("predicted", [predicted[name] for name in ("orders", "orders_low", "orders_high")]))
    every = [0.0, *(value for _, values in rows for value in values)]
    first, wide = min(every), (max(every) - min(every)) or 1.0

    def place(value: float) -> float:
        return round(1 + 98 * (value - first) / wide, 2)

    return [
        {
            "name": word(f"waves.{name}_row", request.lang), "guess": name == "predicted", "zero": place(0.0),
            "low": place(low), "wide": round(place(high) - place(low), 2), "at": place(value),
            "text": f"{value:,.1f} ({low:,.1f} ~ {high:,.1f})",
        }
        for name, (value, low, high) in rows
    ]  # fmt: skip
