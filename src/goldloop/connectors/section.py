"""Reading a profile's TOML strictly: every key is asked for by type, and a key nobody asked for is an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from goldloop.connectors.readers import clean_name
from goldloop.core.errors import GoldloopError


class ProfileBad(GoldloopError):
    """A profile file that says something wrong; names the file, the key, what stood there and what may stand there."""

    def __init__(self, file: str, key: str, given: Any, allowed: Any) -> None:
        super().__init__(
            "profile_bad",
            f"The profile '{file}' is wrong at '{key}'.",
            given=given,
            allowed=allowed,
            todo=f"Correct '{key}' in {file}, then run: goldloop profile check FILE --profile {file}",
            file=file,
            key=key,
        )


class Section:
    """One TOML table, read key by key; `done` raises `profile_bad` for keys that nobody asked for."""

    def __init__(self, data: Any, file: str, key: str = "") -> None:
        self.file, self.key = file, key
        if not isinstance(data, Mapping):
            raise ProfileBad(file, key or "(file)", data, "a table of keys")
        self._data: Mapping[str, Any] = data
        self._asked: set[str] = set()

    def bad(self, name: str, allowed: Any) -> ProfileBad:
        """The error for the key `name` of this table."""
        return ProfileBad(self.file, self._path(name), self._data.get(name), allowed)

    def has(self, name: str) -> bool:
        """Whether the key is there (it counts as asked for)."""
        self._asked.add(name)
        return name in self._data

    def text(self, name: str, default: str | None = None, choices: Iterable[str] | None = None) -> str:
        """A string; required when `default` is None."""
        value = self._get(name, default)
        if not isinstance(value, str) or (choices is not None and value not in tuple(choices)):
            raise self.bad(name, list(choices) if choices is not None else "a text")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string or None."""
        return self.text(name) if self.has(name) else None

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.bad(name, "true or false")
        return value

    def texts(self, name: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of strings; one string counts as a list of one; required when `default` is None."""
        value = self._get(name, default)
        items = (value,) if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) for i in items):
            raise self.bad(name, "a text or a list of texts")
        return tuple(items)

    def name(self, name: str) -> str:
        """A column name, cleaned as the readers clean the headers of files."""
        return clean_name(self.text(name))

    def optional_name(self, name: str) -> str | None:
        """A column name or None."""
        return self.name(name) if self.has(name) else None

    def names(self, name: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of column names; one name counts as a list of one; required when `default` is None."""
        return tuple(clean_name(n) for n in self.texts(name, default))

    def alternatives(self, name: str, default: tuple[tuple[str, ...], ...] | None = ()) -> tuple[tuple[str, ...], ...]:
        """A list whose items are column names or lists of column names, each item meaning "any of these"."""
        value = self._get(name, default)
        items = (value,) if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)):
            raise self.bad(name, "a list of names, or of lists of names")
        found = []
        for item in items:
            names = (item,) if isinstance(item, str) else item
            if not isinstance(names, (list, tuple)) or not names or not all(isinstance(n, str) for n in names):
                raise self.bad(name, "a list of names, or of lists of names")
            found.append(tuple(clean_name(n) for n in names))
        return tuple(found)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Pairs of column names: from a table, or from a list of names, each paired with itself."""
        if self.has(name) and isinstance(self._data[name], Mapping):
            return tuple((clean_name(key), clean_name(value)) for key, value in self.words(name).items())
        return tuple((column, column) for column in self.names(name))

    def words(self, name: str) -> dict[str, str]:
        """A table of string to string (empty when absent)."""
        value = self._get(name, {})
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            raise self.bad(name, "a table of texts")
        return dict(value)

    def decimal(self, name: str) -> Decimal | None:
        """An exact number, written as an integer or as text ("0.01"); a float is refused because it is not exact."""
        if not self.has(name):
            return None
        value = self._data[name]
        try:
            if isinstance(value, bool) or not isinstance(value, (int, str)):
                raise InvalidOperation
            return Decimal(value)
        except InvalidOperation:
            raise self.bad(name, "an integer, or a number in quotes") from None

    def section(self, name: str) -> Section:
        """A table below this one; empty when absent."""
        return Section(self._get(name, {}), self.file, self._path(name))

    def sections(self, name: str) -> list[Section]:
        """A list of tables below this one; empty when absent."""
        value = self._get(name, [])
        if not isinstance(value, list):
            raise self.bad(name, f"a list of tables ([[{name}]])")
        return [Section(v, self.file, f"{self._path(name)}[{i}]") for i, v in enumerate(value, 1)]

    def each(self) -> list[tuple[str, Any]]:
        """All keys with their values (for tables whose keys are names)."""
        self._asked.update(self._data)
        return list(self._data.items())

    def done(self) -> None:
        """Raise `profile_bad` when a key is left that nobody asked for."""
        for name in self._data:
            if name not in self._asked:
                raise ProfileBad(self.file, self._path(name), name, sorted(self._asked))

    def _get(self, name: str, default: Any) -> Any:
        if not self.has(name):
            if default is None:
                raise ProfileBad(self.file, self._path(name), None, "a value (this key is required)")
            return default
        return self._data[name]

    def _path(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name
