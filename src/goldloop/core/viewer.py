"""Who asks: the stores and fields a person may see. Every figure is asked for with a viewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from goldloop.core.errors import GoldloopError

PERSONAL = "personal"  # hidden with this name: what buyers wrote, as it stands in rows that wait in quarantine


@dataclass(frozen=True, slots=True)
class Viewer:
    """The rights of one reader, made by `apps.shops` and checked in the query layer (default: nothing).

    `stores` are the ids of the stores this person may see; `hidden` the names of figures and fields that are masked
    for her in any of them, `hidden_at` those per store (none given: all of `hidden`, everywhere); `name` is shown in
    logs.

    >>> Viewer(stores=frozenset({1})).may_see(2)
    False
    """

    stores: frozenset[int] = field(default_factory=frozenset)
    hidden: frozenset[str] = field(default_factory=frozenset)
    name: str = "nobody"
    hidden_at: tuple[tuple[int, frozenset[str]], ...] = ()

    def may_see(self, store: int) -> bool:
        """Whether the store with this id is inside this viewer's scope."""
        return store in self.stores

    def hidden_in(self, stores: Iterable[int]) -> frozenset[str]:
        """The names that are masked for this viewer in any one of these stores."""
        asked = set(stores)
        if not asked or not self.hidden_at:
            return self.hidden
        return frozenset[str]().union(*(masked for store, masked in self.hidden_at if store in asked))

    def hides(self, name: str, stores: Iterable[int] | None = None) -> bool:
        """Whether a figure or field is masked in any of these stores (None: of all that this viewer may see)."""
        return name in self.hidden and (stores is None or name in self.hidden_in(stores))

    def check_visible(self, figure: str, stores: Iterable[int] | None = None) -> None:
        """Raise `figure_hidden` when this viewer may not see the figure in any one of these stores (None: of all)."""
        if self.hides(figure, stores):
            raise GoldloopError(
                "figure_hidden",
                f"The figure '{figure}' is not shown to {self.name}.",
                given=figure,
                todo="Ask the owner for the right to see it.",
            )
