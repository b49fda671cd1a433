"""The language of what a person reads: which one, and the words of it from `messages.toml`."""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from typing import Any, cast

from goldloop.core.errors import GoldloopError

LANGUAGES = ("en", "zh")


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
        return messages()["label"][key][self.language].format(**params)

    def error(self, error: GoldloopError) -> str:
        """The sentence of an error; English is what its raiser wrote."""
        return self._sentence("error", error.code, error.text, _params(error), "zh")

    def todo(self, error: GoldloopError) -> str | None:
        """The next step that an error names."""
        if error.todo is None:
            return None
        return self._sentence("error", error.code, error.todo, _params(error), "todo_zh")

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
            return english
        template = messages()[kind].get(code, {}).get(key)
        listed = {
            name: "、".join(map(str, given)) if isinstance(given, list) else given for name, given in params.items()
        }
        try:
            return template.format(**listed) if template else english
        except (KeyError, IndexError):  # a sentence that names a value its raiser did not pass
            return english


def chinese_help() -> dict[str, str]:
    """What `--help` prints: English -> Chinese."""
    return cast(dict[str, str], messages()["help"])


@cache
def messages() -> dict[str, dict[str, dict[str, str]]]:
    """The catalogue: `label`, `error`, `issue` and `note`, each code -> language -> words; `help` English -> Chinese."""
    import tomllib

    text = resources.files("goldloop.cli").joinpath("messages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _params(error: GoldloopError) -> dict[str, Any]:
    allowed = error.allowed
    if isinstance(allowed, (list, tuple, set, frozenset)):
        allowed = ", ".join(str(a) for a in allowed)
    return {"given": error.given, "allowed": allowed, **error.params}
