"""A wave as text for a chat: whom, what it may cost and bring, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goldloop.web.tree import listed
from goldloop.web.words import word


def message(page: Mapping[str, Any], lang: str) -> str:
    """The lines of a wave from what its page shows; its result where it was measured."""
    check, result = page["check"], page["result"]
    lines = [word("waves.told_head", lang, title=page["title"], days=page["days"], stores=listed(page["stores"], lang))]
    if check:
        names = ("audience", "sent", "held", "cost")
        lines.append(word("waves.told_check", lang, **{name: check[name] for name in names}))
        if not result:
            lines.append(_with_range(word("waves.predicted", lang), check["predicted"], lang))
    if result:
        when = "waves.final" if result["final"] else "waves.so_far"
        sent, held = (arm["rate"] for arm in result["arms"])
        known = word(when, lang, day=result["known"])
        lines.append(word("waves.told_rates", lang, when=known, sent=sent, held=held))
        lines += [_with_range(word(f"waves.more_{one['name']}", lang), one, lang) for one in result["gains"]]
        lines.append(
            word("waves.told_sure", lang, p=result["p"]) if result["gains"] else word("waves.not_enough", lang)
        )
    return "\n".join(lines)


def _with_range(name: str, one: Mapping[str, str], lang: str) -> str:
    """A value with its interval, by its name."""
    text = word("waves.told_value", lang, name=name, value=one["value"])
    return text + (word("waves.told_range", lang, range=one["range"]) if one["range"] else "")
