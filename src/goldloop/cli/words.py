"""The language of what a person reads: which one, and the words of it from `messages.toml`."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

from goldloop.connectors.compiled import compiled
from goldloop.core.errors import GoldloopError

LANGUAGES = ("en", "zh")
_ONE = re.compile(r"(?<![\w.,-])(1 (?:more )?(?:row|file|store|day|order|total|line|import|column|character))s\b")


def language(given: str = "") -> str:
    """The language: as given, else `GOLDLOOP_LANG`, else the locale's when that is Chinese, else English."""
    for name, value in (("--lang", given), ("GOLDLOOP_LANG", os.environ.get("GOLDLOOP_LANG", ""))):
        if value:
            if value not in LANGUAGES:
                raise GoldloopError(
                    "language_unknown",
                    f"'{value}' is no language that {name} knows.",
                    given=value,
                    allowed=list(LANGUAGES),
                    name=name,
                )
            return value
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


class Words:
    """Labels and sentences in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **params: Any) -> str:
        """The label or sentence `key` of this program's own talk."""
        sentence = messages()["label"][key][self.language].format(**params)
        return counted(sentence) if self.language == "en" else sentence

    def error(self, error: GoldloopError) -> str:
        """The sentence of an error; English is what its raiser wrote."""
        return self._sentence("error", error.code, error.text, _params(error), "zh")

    def todo(self, error: GoldloopError) -> str | None:
        """The next step that an error names."""
        if error.todo is None:
            return None
        return self._sentence("error", error.code, error.todo, _params(error), "todo_zh")

    def allowed(self, error: GoldloopError) -> Any:
        """What would have been accepted: values as they are, words in the language."""
        if not isinstance(error.allowed, str):
            return error.allowed
        return self._sentence("error", error.code, error.allowed, _params(error), "allowed_zh")

    def meaning(self, english: str) -> str:
        """What to write into a column of a template."""
        if self.language == "en":
            return english
        words = _catalogue("meanings.toml")
        text, required = english.removesuffix(" Required."), english.endswith(" Required.")
        form = next((form for form in words["form"] if text.endswith(f" {form}")), "")
        said = words["meaning"].get(text.removesuffix(f" {form}"), text) + words["form"].get(form, "")
        return said + ("必填。" if required else "")

    def issue(self, code: str, english: str, **params: Any) -> str:
        """What is wrong with a quarantined row."""
        return self._sentence("issue", code, english, params, "zh")

    def suggestion(self, code: str, english: str, **params: Any) -> str:
        """What may put a quarantined row right."""
        return self._sentence("issue", code, english, params, "todo_zh")

    def note(self, code: str, english: str, **params: Any) -> str:
        """Something a receipt says although no row is wrong."""
        return self._sentence("note", code, english, params, "zh")

    def _sentence(self, kind: str, code: str, english: str, params: dict[str, Any], key: str) -> str:
        if self.language == "en":
            return counted(english)
        template = messages()[kind].get(code, {}).get(key)
        listed = {
            name: "、".join(map(str, given)) if isinstance(given, list) else given for name, given in params.items()
        }
        try:
            return template.format(**listed) if template else english
        except (KeyError, IndexError):  # a sentence that names a value its raiser did not pass
            return english


def counted(sentence: str) -> str:
    """An English sentence in which one thing is not several.

    >>> counted("1 rows of 21 files"), counted("loaded 1,001 rows")
    ('1 row of 21 files', 'loaded 1,001 rows')
    """
    return _ONE.sub(r"\1", sentence)


def chinese_help() -> dict[str, str]:
    """What `--help` prints: English -> Chinese."""
    return cast(dict[str, str], messages()["help"])


@cache
def messages() -> dict[str, dict[str, dict[str, str]]]:
    """The catalogue: `label`, `error`, `issue` and `note`, each code -> language -> words; `help` English -> Chinese."""
    return _catalogue("messages.toml")


@cache
def _catalogue(name: str) -> dict[str, Any]:
    import tomllib

    file = Path(__file__).with_name(name)
    return compiled(file, [file], lambda: tomllib.loads(file.read_text(encoding="utf-8")))


def _params(error: GoldloopError) -> dict[str, Any]:
    allowed = error.allowed
    if isinstance(allowed, (list, tuple, set, frozenset)):
        allowed = ", ".join(str(a) for a in allowed)
    return {"given": error.given, "allowed": allowed, **error.params}
