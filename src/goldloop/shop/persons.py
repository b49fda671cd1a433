"""One member: who is who, what is decided about it, what is written, and a copy of everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.members.api import Decision
    from goldloop.jobs.persons import Member


class Persons(Opened):
    """One member: who is who, what is decided about it, what is written, and a copy of everything."""

    @at_work
    def member(self, id: str = "", *, store: str | None = None, buyer: str | None = None) -> Member:
        """One person over all stores that the viewer may see: by the number that lists show (its beginning will do), or
        by an account, e-mail or phone in a store. Raises `member_unknown`, `member_several`, `store_unknown`."""
        from goldloop.jobs import persons

        if store is not None and buyer is not None:
            id = persons.by_identity(self.home, self.viewer(), self._engine(), store=store, buyer=buyer)
        return persons.member(self.home, self.viewer(), self._engine(), id)

    @at_work
    def member_merges(self) -> dict[str, list[dict[str, Any]]]:
        """`suggestions` (pairs whose parcels agree, with what each bought), `conflicts` (keys that several share and that link nobody),
        `decisions` about who is who."""
        from goldloop.jobs import persons

        return persons.merges(self.home, self.viewer())

    @at_work
    def member_merge(self, one: str, other: str, *, reason: str) -> Decision:
        """Decide that two members are one person; raises `member_unknown`, `merge_needs_two`, `member_reason_needed`."""
        return self._decide("merge", [one, other], reason)

    @at_work
    def member_apart(self, one: str, other: str, *, reason: str) -> Decision:
        """Decide that two members are two people: no file joins them and none suggests it; a later merge does all the same.

        Raises `member_unknown`, `apart_needs_two`, `apart_joined`, `member_reason_needed`."""
        return self._decide("apart", [one, other], reason)

    @at_work
    def member_split(self, key: str, *, reason: str) -> Decision:
        """Decide that a key of a member is nobody else's: no file links it any more."""
        return self._decide("split", [key], reason)

    @at_work
    def member_take_back(self, id: int) -> Decision:
        """Let a decision hold no longer; raises `decision_unknown`."""
        from goldloop.jobs import persons

        return persons.take_back(self.home, self.viewer(), id)

    @at_work
    def member_note(self, id: str, text: str) -> None:
        """Write a note on a member; it is sealed."""
        from goldloop.jobs import persons

        persons.note(self.home, self.viewer(), self._engine(), asked=id, text=text)

    @at_work
    def member_consent(self, address: str, *, source: str, withdraw: bool = False) -> dict[str, Any]:
        """Write down that somebody agreed to be written to at her own phone or e-mail, or does so no longer."""
        from goldloop.jobs import persons

        return persons.consent(self.home, self.viewer(), address=address, source=source, withdraw=withdraw)

    @at_work
    def copy(
        self, out: str | Path, *, store: str, order: str | None = None, buyer: str | None = None
    ) -> dict[str, Any]:
        """Write everything that is kept of a person into one JSON file; how much of each it is. Raises as `forget`."""
        from goldloop.jobs import copying

        return copying.copy(self.home, self.viewer(), Path(out), store=store, order=order, buyer=buyer)

    def _decide(self, kind: Any, asked: Sequence[str], reason: str) -> Decision:
        from goldloop.jobs import persons

        return persons.decide(self.home, self.viewer(), self._engine(), kind=kind, asked=asked, reason=reason)
