"""The words of the pages, in Chinese and English: one catalogue file per subject below `words/`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from django.http import HttpRequest

LANGUAGES = ("zh", "en")
COOKIE = "lang"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All words: `subject.key` -> language -> text with {names}."""
    found = {}
    for file in resources.files("goldloop.web").joinpath("words").iterdir():
        if file.name.endswith(".toml"):
            subject = file.name.removesuffix(".toml")
            for key, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
                found[f"{subject}.{key}"] = texts
    return found


def word(key: str, lang: str, **params: Any) -> str:
    """The text of `subject.key` in a language; raises KeyError for a key that no catalogue has."""
    text = catalogue()[key][lang]
    return text.format(**params) if params else text


def language_of(request: HttpRequest) -> str:
    """The person's choice (a cookie), else the browser's first language that we have, else English."""
    chosen = request.COOKIES.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    accepted = request.headers.get("Accept-Language", "").lower()
    return "zh" if accepted.startswith("zh") else "en"
