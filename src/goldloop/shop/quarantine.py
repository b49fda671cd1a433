"""Rows that could not be loaded, and their mending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Group
    from goldloop.jobs.mended import BadRows
    from goldloop.jobs.quarantine import Alike, Row, Tried


class Quarantine(Opened):
    """Rows that could not be loaded, and their mending."""

    @at_work
    def quarantine(
        self,
        *,
        states: Sequence[str] = ("open",),
        import_id: int | None = None,
        store: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        """Rows that could not be loaded; `limit` of them from `offset` on."""
        from goldloop.jobs import quarantine

        return quarantine.rows(
            self.home, self.viewer(), states=states, import_id=import_id, store=store, limit=limit, offset=offset
        )

    @at_work
    def quarantine_groups(self, *, import_id: int | None = None, store: str | None = None) -> list[Group]:
        """Open rows counted by store, report, column and reason, most rows first."""
        from goldloop.jobs import quarantine

        return quarantine.groups(self.viewer(), import_id=import_id, store=store)

    @at_work
    def quarantine_show(self, id: int) -> Row:
        """One such row with everything it held; raises `quarantine_unknown`."""
        from goldloop.jobs import quarantine

        return quarantine.row(self.home, self.viewer(), id)

    @at_work
    def quarantine_alike(self, id: int) -> dict[str, dict[str, int]]:
        """Column -> how many open rows fail there like this one: with the same `value`, for the same `reason`."""
        from goldloop.jobs import quarantine

        return quarantine.alike_counts(self.home, self.viewer(), id)

    @at_work
    def quarantine_fix(self, id: int, values: Mapping[str, str], *, alike: Alike = "") -> Tried:
        """Correct columns of a row, load it, and remember the fix by raw content.

        `alike` corrects all rows that fail there with the same "value", or for the same "reason", too.
        """
        from goldloop.jobs import quarantine

        return quarantine.fix(self.home, self.viewer(), id, values, alike=alike)

    @at_work
    def quarantine_retry(self, ids: Sequence[int] = (), *, profile: str | None = None) -> Tried:
        """Try open rows again (all of them when none is named); `profile` (id or file) reads them by another format."""
        from goldloop.jobs import quarantine

        return quarantine.retry(self.home, self.viewer(), ids, profile=profile)

    @at_work
    def quarantine_ignore(self, ids: Sequence[int], reason: str, *, alike: Alike = "") -> int:
        """Set rows (and with `alike` all that fail like them) aside for good, with a reason; returns how many."""
        from goldloop.jobs import quarantine

        return quarantine.ignore(self.home, self.viewer(), ids, reason, alike=alike)

    @at_work
    def quarantine_export(self, *, import_id: int | None = None, store: str | None = None) -> BadRows:
        """The open rows of one report with the columns of its source, to be mended in a file and imported again."""
        from goldloop.jobs import mended

        return mended.bad_rows(self.home, self.viewer(), import_id=import_id, store=store)
