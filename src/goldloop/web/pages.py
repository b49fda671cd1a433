"""Long lists, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Pages:
    """The addresses of the pages before and after; '' where there is none."""

    number: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Paged:
    """Which page of a list is asked for."""

    request: HttpRequest
    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many entries come before it."""
        return (self.number - 1) * self.size

    def of(self, found: int) -> Pages:
        """The pages around this one, of which `found` entries were fetched: one more than it shows, where there are."""
        before = self._address(self.number - 1) if self.number > 1 else ""
        return Pages(self.number, before, self._address(self.number + 1) if found > self.size else "")

    def _address(self, number: int) -> str:
        query = self.request.GET.copy()
        query["page"] = str(number)
        return f"{self.request.path}?{query.urlencode()}"


def paged(request: HttpRequest, size: int) -> Paged:
    """The page that the address names, the first one where it names none."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000 else 1
    return Paged(request, number, size)
