"""Receipts, errors and names of formats in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goldloop.cli.imported import stored_error
from goldloop.cli.words import Words
from goldloop.web.shops import whole_shop
from goldloop.web.words import catalogue, word

FATES = ("read", "new", "updated", "unchanged", "quarantined", "dropped")


def shown(receipt: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A receipt (`Receipt.as_dict`) as its page shows it: fates in order, notes in words, control totals."""
    words = Words(lang)
    dropped = sum(receipt["dropped"].values())
    return {
        **receipt,
        "where": " / ".join(part for part in (receipt["file"], receipt["member"], receipt["sheet"]) if part),
        "title": profile_title(receipt["profile"], lang),
        "sure": f"{receipt['confidence']:.0%}",
        "covers": _days(receipt["days"]),
        "fates": [(fate, dropped if fate == "dropped" else receipt[fate]) for fate in FATES],
        "dropped_by": list(receipt["dropped"].items()),
        "off": sum(not control["ok"] for control in receipt["control"]),
        "said": [words.note(note["code"], note["text"], **note["params"]) for note in receipt["notes"]],
        "problem": problem(receipt["error"], lang) if receipt.get("error") else None,
    }


def _days(days: Mapping[str, str | None]) -> str:
    first, last = days["first"], days["last"]
    return "" if not first else first if first == last else f"{first} ~ {last}"


def problem(error: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """An error that was kept, in words: text, next step, what is allowed, code. Commands are no next step on a page."""
    words, found = Words(lang), stored_error({"params": {}, **error})
    allowed = found.allowed if isinstance(found.allowed, list | tuple) else [found.allowed] if found.allowed else []
    own, todo_here = f"data.text_{found.code}", f"data.todo_{found.code}"
    text = word(own, lang, **_named(found.params, lang)) if own in catalogue() else words.error(found)
    todo = word(todo_here, lang) if todo_here in catalogue() else words.todo(found)
    return {
        "code": found.code,
        "text": text,
        "todo": "" if todo is None or is_command(todo) else todo,
        "allowed": [str(one) for one in allowed if not is_command(str(one))],
    }


def _named(params: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The values of a sentence, platforms by their names."""
    names = {key: f"data.platform_{value}" for key, value in params.items()}
    return {key: word(names[key], lang) if names[key] in catalogue() else value for key, value in params.items()}


def is_command(text: str) -> bool:
    """Whether a next step is one for the command line."""
    return "--" in text or "goldloop " in text


def profile_title(id: str, lang: str) -> str:
    """What a format is called in the reader's language; its id where it is no longer known."""
    from goldloop.jobs import profiles

    for profile in profiles.known_profiles(whole_shop().home.profiles):
        if profile.id == id:
            return profile.title.get(lang) or id
    return id
