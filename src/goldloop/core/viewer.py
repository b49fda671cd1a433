"""Who asks: the stores and fields a person may see. Every figure is asked for with a viewer."""

from __future__ import annotations

from dataclasses import dataclass, field

from goldloop.core.errors import GoldloopError


@dataclass(frozen=True, slots=True)
class Viewer:
    """The rights of one reader, made by `apps.shops` and checked in the query layer (default: nothing).

    `stores` are the ids of the stores this person may see; `hidden` the names of figures and fields that are masked
    for her; `name` is shown in logs.

    >>> Viewer(stores=frozenset({1})).may_see(2)
    False
    """

    stores: frozenset[int] = field(default_factory=frozenset)
    hidden: frozenset[str] = field(default_factory=frozenset)
    name: str = "nobody"

    def may_see(self, store: int) -> bool:
        """Whether the store with this id is inside this viewer's scope."""
        return store in self.stores

    def check_visible(self, figure: str) -> None:
        """Raise `figure_hidden` when this viewer may not see the figure."""
        if figure in self.hidden:
            raise GoldloopError(
                "figure_hidden",
                f"The figure '{figure}' is not shown to {self.name}.",
                given=figure,
                todo="Ask the owner for the right to see it.",
            )
