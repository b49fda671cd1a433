"""The forms of a wave: what can be chosen is chosen and not typed, and what was refused comes back with what was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError
from goldloop.core.members.lifecycle import STATES
from goldloop.core.members.rfm import NAMES
from goldloop.core.money import read_amount
from goldloop.core.wave import REACHES, TOUCHES
from goldloop.web.request import Request
from goldloop.web.words import word

DAYS = ("send", "until")
CHOSEN = {"reach": (*REACHES[2:], *REACHES[:2]), "touch": TOUCHES}  # what asks for least stands first
HINTED = ("reach", "off", "minimum", "holdout", "budget", "text", "uplift", "margin", "until")
NEEDED = ("name", *DAYS)
SHARES = ("holdout", "uplift", "margin")  # written as 10%, kept as 0.1
TEXTS = ("name", "text")
MOST_TEXT = 300


def fields(request: Request, names: Sequence[str], values: Mapping[str, str]) -> list[dict[str, Any]]:
    """How each field is asked for: as a choice, a day, a number or a text, with what is known and a hint where one helps."""
    lang = request.lang
    return [
        {
            "name": name,
            "value": percent(values.get(name, "")) if name in SHARES else values.get(name, ""),
            "kind": "chosen" if name in CHOSEN else "day" if name in DAYS else "text" if name in TEXTS else "number",
            "choices": [(one, word(f"waves.{name}_{one}", lang)) for one in CHOSEN.get(name, ())],
            "hint": word(f"waves.hint_{name}", lang) if name in HINTED else "",
            "needed": name in NEEDED,
            "most": 100 if name == "name" else MOST_TEXT,
        }
        for name in names
    ]


def audiences(request: Request) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom a wave can be for, by kind: kept segments, the life cycle, the groups of RFM."""
    words, lang = Words(request.lang), request.lang
    kept = [(f"segment:{one.name}", one.name) for one in request.shop.segments()]
    groups = [("lifecycle", STATES), ("rfm", NAMES)]
    found = [
        (word(f"waves.audience_{kind}", lang), [(f"{kind}:{one}", words(f"members_is_{one}")) for one in known])
        for kind, known in groups
    ]
    return [(word("waves.audience_segment", lang), kept), *found] if kept else found


def keep(request: Request, form: str) -> None:
    """Remember what was written in a form that was refused, for the next look at its page."""
    said = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    request.session[f"refused-{form}"] = {name: str(value)[:MOST_TEXT] for name, value in said.items()}


def kept(request: Request, form: str) -> dict[str, str]:
    """What was written in a form that was refused just now, once; nothing where it was not."""
    found: dict[str, str] = request.session.pop(f"refused-{form}", {})
    return found


def given(said: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """The fields of a form as a wave takes them: shares as fractions."""
    return {name: fraction(said[name]) if name in SHARES else said[name] for name in names if name in said}


def percent(text: str) -> str:
    """A fraction as people write it; what is none stays as it is.

    >>> percent("0.1"), percent("0.085"), percent("ten"), percent("")
    ('10%', '8.5%', 'ten', '')
    """
    found = read_amount(text) if text else None
    return text if found is None else f"{(found * 100).normalize():f}%"


def fraction(text: str) -> str:
    """Percent as a fraction; what is none stays as it is.

    >>> fraction("10%"), fraction(" 8.5 ％"), fraction("0.1"), fraction("ten%")
    ('0.1', '0.085', '0.1', 'ten%')
    """
    number = text.strip()
    if number[-1:] not in ("%", "％") or (found := read_amount(number[:-1])) is None:
        return text
    return f"{(found / 100).normalize():f}"


def refusal(request: Request, error: GoldloopError) -> str:
    """What is wrong with a field, by the name that the form has for it."""
    if error.code != "wave_field_bad":
        return Words(request.lang).error(error)
    if error.given == "call":
        return word("waves.bad_call", request.lang)
    field = word(f"waves.field_{error.params['field']}", request.lang)
    return word("waves.bad", request.lang, given=error.given, field=field)
