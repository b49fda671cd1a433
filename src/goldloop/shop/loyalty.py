"""Points and tiers of members: rules, booking, balances, spending, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from goldloop.core.errors import GoldloopError
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
    def points_programs(self) -> list[Program]:
        """The programs of stores that the viewer may see, by name."""
        from goldloop.apps.loyalty import api as loyalty

        return loyalty.programs(viewer=self.viewer())

    @at_work
    def referral_code(self, id: str, *, device: str = "", name: str = "") -> dict[str, Any]:
        """The code that a member hands to her friends, made where she has none; raises `referral_off`."""
        from goldloop.jobs import referrals

        program, ask = self._points(name)
        person = self._account(program, ask, id)
        code = referrals.code_give(self.home, program, person, device=device, moment=datetime.now(UTC))
        return {"program": program.name, "person": person[: referrals.CALLED], "code": code}

    @at_work
    def referral_claim(self, code: str, *, store: str, buyer: str, device: str = "", name: str = "") -> dict[str, Any]:
        """A friend with this account, e-mail or phone came by a code; raises `referral_*`, one code for each reason."""
        from goldloop.jobs import referrals
        from goldloop.jobs.writing import snapshot

        moment, program = datetime.now(UTC), self._points(name)[0]
        shop = next((one for one in self.stores() if one.name == store and one.id in program.stores), None)
        if shop is None:
            raise GoldloopError("store_unknown", f"There is no store '{store}'.", given=store, name=store)
        made = referrals.claim(
            self.home, snapshot(self.home), program, code=code, friend=referrals.friend_keys(self.home, shop, buyer),
            device=device, day=moment.astimezone(ZoneInfo(shop.timezone)).date(), moment=moment,
        )  # fmt: skip
        return referrals.row(made)

    @at_work
    def referral_settle(self, name: str = "") -> dict[str, Any]:
        """Reward whoever brought a friend whose first order can no longer come back, by the days loaded so far; what turns out to have come back is taken back."""
        from goldloop.jobs import referrals, waves

        program, ask = self._points(name)
        return referrals.settle(
            ask, program, merged=waves.merged_people(ask), by=self.viewer().name, moment=datetime.now(UTC)
        )

    @at_work
    def referrals(self, name: str = "", *, limit: int = 50) -> dict[str, Any]:
        """Friends who were brought: how many in each state, why others brought nothing, the newest."""
        from goldloop.apps.loyalty import api as loyalty
        from goldloop.jobs.referrals import overview

        return overview(loyalty.program(viewer=self.viewer(), name=name), limit=limit)

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
        told = shown(self.home, program, found, plain=not self.viewer().hides(PERSONAL))
        return {**told, "codes": loyalty.codes_of(program=program, people=[person])}
