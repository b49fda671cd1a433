"""Points and tiers of members: rules, booking, balances, spending, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.loyalty.api import Program
    from goldloop.metrics.members.asked import Ask


class Loyalty(Opened):
    """Programs of points; `name` may be left out where there is one."""

    @at_work
    def points_rules(
        self, name: str = "", given: Mapping[str, str] | None = None, *, stores: Sequence[str] = ()
    ) -> Program:
        """A program, made or changed first where fields are given: start, per_unit, expires, tier_by, tiers.

        Raises `points_program`, `points_rule_bad`, `points_stores`, `wave_currencies`.
        """
        from goldloop.apps.loyalty import api as loyalty
        from goldloop.jobs.waves import chosen

        viewer = self.viewer()
        if not given and not stores:
            return loyalty.program(viewer=viewer, name=name)
        known = {one.name for one in loyalty.programs(viewer=viewer)}
        own = [] if name in known and not stores else chosen(viewer, stores)
        return loyalty.program_set(
            viewer=viewer, name=name, stores=[store.id for store in own], currency=own[0].currency if own else "",
            given=given or {},
        )  # fmt: skip

    @at_work
    def points_book(self, name: str = "") -> dict[str, Any]:
        """Book what paid orders are worth by the days loaded so far, take back what was refunded, let old points expire."""
        from goldloop.jobs import points, waves

        program, ask = self._points(name)
        return points.book(self.home, ask, program, merged=waves.merged_people(ask), moment=datetime.now(UTC))

    @at_work
    def points_show(self, id: str, *, name: str = "") -> dict[str, Any]:
        """A member's points, what she owes, her tier and the newest lines."""
        program, ask = self._points(name)
        return self._balance(program, ask, self._account(program, ask, id))

    @at_work
    def points_burn(self, id: str, points: int, *, key: str = "", name: str = "") -> dict[str, Any]:
        """Spend a member's points, with a `key` the same wish once; her balance then. Raises `points_short`, `points_bad`."""
        from goldloop.apps.loyalty import api as loyalty

        program, ask = self._points(name)
        person = self._account(program, ask, id)
        loyalty.burn(
            program=program, person=person, points=points, key=key, by=self.viewer().name, day=ask.until,
            moment=datetime.now(UTC),
        )  # fmt: skip
        return self._balance(program, ask, person)

    @at_work
    def points_correct(self, id: str, points: int, *, reason: str, key: str = "", name: str = "") -> dict[str, Any]:
        """Give a member points, or take some (below 0), for a reason that is kept sealed; otherwise as `points_burn`."""
        from goldloop.apps.loyalty import api as loyalty
        from goldloop.jobs.points import sealed

        program, ask = self._points(name)
        person = self._account(program, ask, id)
        loyalty.correct(
            program=program, person=person, points=points, key=key, reason=sealed(self.home, reason),
            by=self.viewer().name, day=ask.until, moment=datetime.now(UTC),
        )  # fmt: skip
        return self._balance(program, ask, person)

    @at_work
    def tiers(self, name: str = "") -> dict[str, Any]:
        """How many members are in each tier, by the last 365 days loaded."""
        from goldloop.jobs import points

        program, ask = self._points(name)
        return points.tiers(program, ask.until)

    def _points(self, name: str) -> tuple[Program, Ask]:
        """A program, and the question about its stores."""
        from goldloop.apps.loyalty import api as loyalty

        program = loyalty.program(viewer=self.viewer(), name=name)
        return program, self._ask([one.name for one in self.stores() if one.id in program.stores], None, False, "auto")

    def _account(self, program: Program, ask: Ask, id: str) -> str:
        """The key of a member, all of whose accounts are one from now on."""
        from goldloop.jobs import persons, points

        person = persons.find(self._engine(), self.viewer(), id)
        points.joined(ask.engine.snapshot, program, person)
        return person

    def _balance(self, program: Program, ask: Ask, person: str) -> dict[str, Any]:
        from goldloop.apps.loyalty import api as loyalty
        from goldloop.core.viewer import PERSONAL
        from goldloop.jobs.points import shown

        found = loyalty.balance(program=program, person=person, day=ask.until)
        return shown(self.home, program, found, plain=not self.viewer().hides(PERSONAL))
