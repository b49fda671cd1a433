"""Plans: made, changed, signed and held against what happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.core.calendar import Grain, Period, parse_period
from goldloop.core.errors import GoldloopError
from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from decimal import Decimal

    from goldloop.apps.planning.api import Plan
    from goldloop.apps.planning.api import Version as PlanVersion
    from goldloop.jobs.plan_sources import Source
    from goldloop.jobs.plans import Edited as PlanEdited
    from goldloop.metrics.levers_text import LeversAnswer, WhatIf
    from goldloop.metrics.owners_text import OwnersAnswer
    from goldloop.metrics.pace_text import EventAnswer, PaceAnswer


class Plans(Opened):
    """Plans: made, changed, signed and held against what happens."""

    @at_work
    def plan_new(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        period: str,
        stores: Sequence[str] = (),
        locks: Sequence[str] = (),
        sources: Mapping[str, Any] | None = None,
        note: str = "",
        beside: int | None = None,
        four_eyes_from: Decimal | None = None,
    ) -> Plan:
        """Make a plan of a period (`2026-06`, `2027`, FROM..TO) from variables in major units, its first version proposed.

        `locks`: rows held by hand, `gmv 2026-06-18=90000`; `beside`: the plan it is a scenario of; `four_eyes_from`: sales
        from which one person alone cannot sign. Its days are weighted as its stores' own past says (`day_weights`), and stay
        so. Its visitors are shared out by source group as `sources` say (free, paid ... -> share), else as those of the last
        12 months came. A plan that cannot be spread over its days is refused.
        """
        from goldloop.jobs import plans

        days = parse_period(period)
        chosen = [store.name for store in self.stores() if not stores or store.name in stores]
        known = chosen if self.snapshot().versions else []
        learned = self._day_weights(known, days)
        return plans.plan_new(
            self.viewer(),
            name,
            days,
            stores,
            values,
            locks=[plans.parse_lock(text) for text in locks],
            shapes={one.store.name: plans.kept_shapes(one) for one in learned},
            sources=self._source_shares(known, days.first) if sources is None else sources,
            note=note,
            beside=beside,
            four_eyes_from=four_eyes_from,
            moment=datetime.now(UTC),
        )

    def _source_shares(self, names: Sequence[str], before: date) -> dict[str, int]:
        from goldloop.apps.shops import api as shops
        from goldloop.metrics.source_shares import source_shares

        chosen = [store for store in self.stores() if store.name in names]
        span = self._span()
        if not chosen or span is None or len({store.currency for store in chosen}) > 1:
            return {}
        every = {one.id: one for one in shops.store_list()}
        day = min(before, span[1] + timedelta(days=1))
        return source_shares(self._engine(), self.viewer(), every, chosen, before=day)

    @at_work
    def plan_list(self) -> list[Plan]:
        """The plans of stores that the viewer may see, each with its newest version."""
        from goldloop.apps.planning import api as planning

        return planning.plan_list(viewer=self.viewer())

    @at_work
    def plan_show(self, id: int, *, number: int | None = None) -> Plan:
        """One version of a plan (default: the newest)."""
        from goldloop.apps.planning import api as planning

        return planning.plan_show(viewer=self.viewer(), id=id, number=number)

    @at_work
    def plan_versions(self, id: int) -> list[PlanVersion]:
        """All versions of a plan, the oldest first."""
        from goldloop.apps.planning import api as planning

        return planning.version_list(viewer=self.viewer(), id=id)

    @at_work
    def plan_change(
        self,
        id: int,
        values: Mapping[str, Any],
        *,
        seen: int,
        locks: Sequence[str | Mapping[str, str]] = (),
        free: Sequence[str] = (),
        sources: Mapping[str, Any] | None = None,
        note: str = "",
        owner: str = "",
    ) -> Plan:
        """Propose another version from the one that was `seen`; `owner`: as the counter-offer of operations, traffic or members.

        Values replace those of the version (empty: taken out), `locks` are added, `free` names locks to let go, `sources`
        replace the shares of source groups. Raises `plan_moved` when somebody was faster.
        """
        from goldloop.jobs import plans

        held = [plans.parse_lock(lock) if isinstance(lock, str) else lock for lock in locks]
        return plans.plan_change(
            self.viewer(),
            id,
            values,
            seen=seen,
            locks=held,
            free=free,
            sources=sources,
            note=note,
            owner=owner,
            moment=datetime.now(UTC),
        )

    @at_work
    def plan_accept(self, id: int, *, seen: int, owner: str) -> Plan:
        """One of operations, traffic and members accepts the version that was `seen`."""
        from goldloop.apps.planning import api as planning

        return planning.plan_accept(viewer=self.viewer(), id=id, seen=seen, owner=owner, moment=datetime.now(UTC))

    @at_work
    def plan_sign(self, id: int, *, seen: int, owner: str) -> Plan:
        """One of operations, traffic and members signs the version that was `seen`, which all three have accepted."""
        from goldloop.apps.planning import api as planning

        return planning.plan_sign(viewer=self.viewer(), id=id, seen=seen, owner=owner, moment=datetime.now(UTC))

    @at_work
    def plan_comment(self, id: int, text: str, *, about: str = "", number: int | None = None) -> Plan:
        """Say something of a version (default: the newest), or of a variable or period of it."""
        from goldloop.apps.planning import api as planning

        moment = datetime.now(UTC)
        return planning.plan_comment(viewer=self.viewer(), id=id, number=number, about=about, text=text, moment=moment)

    @at_work
    def plan_split(
        self, id: int, *, grain: Grain | None = "day", by_store: bool = False, number: int | None = None
    ) -> dict[str, Any]:
        """A version spread over its period: `rows` by year, quarter, month, week or day, of all its stores or of each.

        `even` names the stores without a past to learn from, whose days weigh alike.
        """
        from goldloop.jobs import plans

        plan = self.plan_show(id, number=number)
        found = plans.spread(self.viewer(), plan)
        return {"rows": plans.rows(found, plan.currency, grain, by_store=by_store), "even": list(found.even)}

    @at_work
    def plan_sources(self, id: int, *, number: int | None = None) -> list[Source]:
        """Where the visitors of a version are to come from, by source group, paid ones also by tool, and who came so far."""
        from goldloop.jobs import plan_sources

        plan = self.plan_show(id, number=number)
        stores = [store for store in self.stores() if store.id in plan.stores]
        return plan_sources.sources_of(self._engine(), self.viewer(), plan, stores, self._span())

    @at_work
    def plan_in_force(self, stores: Sequence[str], day: date) -> Plan | None:
        """The plan by which these stores are judged on a day: its newest signed version, else the one that is proposed."""
        from goldloop.jobs import plans

        return plans.in_force(self.viewer(), [self.store(name).id for name in stores], day)

    @at_work
    def plan_day_targets(
        self, figure: str = "gmv", *, first: date, last: date, stores: Sequence[str] = ()
    ) -> dict[date, Any]:
        """What the plans in force say of a figure on these days, in minor units; days without a plan are left out.

        Of a plan of more stores than these (none named: all) their own part; of a ratio only plans of just these stores.
        """
        from goldloop.jobs import plans

        chosen = [store.id for store in self.stores() if not stores or store.name in stores]
        return plans.day_targets(self.viewer(), chosen, figure, Period(first, last))

    @at_work
    def plan_edited(self, id: int, path: str | Path, *, number: int | None = None) -> list[PlanEdited]:
        """The cells of a version's exported days that came back changed in a file; nothing is saved by it."""
        from goldloop.jobs import plans

        return plans.edited(self.viewer(), self.plan_show(id, number=number), Path(path))

    @at_work
    def plan_owners(
        self,
        *,
        first: date | str,
        last: date | str,
        against: str = "previous",
        plan: Mapping[str, Any] | None = None,
        shape: Sequence[float] | None = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
    ) -> OwnersAnswer:
        """Whose part of a gap is whose: each unit booked once to traffic, members, operations or unassigned.

        `plan` holds variables of one month in major units (new_buyers, new_gmv, repeat_buyers, repeat_gmv or the values per
        buyer), for the whole scope or by store, due by `shape` (weights of the month's days, None: evenly); without it the
        period is held `against` previous, last-year or FROM..TO. The period begins on the first of a month.
        """
        from goldloop.jobs import planning

        asked = self._about(first, last, stores=stores, basis=basis, new=new, currency=currency)
        return planning.owners(self._engine(), self.viewer(), asked, against=against, plan=plan, shape=shape)

    @at_work
    def plan_event(
        self,
        *,
        first: date | str,
        last: date | str,
        costs: Any = None,
        margin: float | None = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        new: str = "platform365",
    ) -> EventAnswer:
        """The days as an acquisition event: what it left over, and what its new buyers are expected to bring back.

        `costs` in major units (None: ad cost of the days), `margin` the share of sales left after goods (None: as loaded).
        """
        from goldloop.jobs import planning

        asked = self._about(first, last, stores=stores, basis=basis, new=new)
        return planning.event(self._engine(), self.viewer(), asked, costs=costs, margin=margin)

    @at_work
    def plan_pace(
        self,
        targets: Mapping[str, Any],
        *,
        first: date | str,
        last: date | str,
        until: date | str | None = None,
        shape: str | Sequence[float] = "even",
        most: float | None = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
    ) -> PaceAnswer:
        """Where targets of a period should be after the day `until` (None: the last loaded one), and what the rest needs.

        `targets`: gmv, new_buyers, new_gmv, repeat_buyers, repeat_gmv, orders or ad_budget -> amount in major units, or
        count; `shape`: even, weekday, learned or weights of all days; `most`: how far the proposal may raise a day's plan (1.3: by 30 %).
        """
        from goldloop.jobs import planning

        asked = self._about(first, last, stores=stores, basis=basis, new=new, currency=currency)
        loaded = self._span()
        return planning.pace(
            self._engine(), self.viewer(), asked, targets, until=until, loaded=loaded, shape=shape, most=most
        )

    @at_work
    def plan_pace_of(
        self, id: int, *, number: int | None = None, until: date | str | None = None, most: float | None = None
    ) -> PaceAnswer:
        """Where a kept plan stands after the day `until`, by its own days; as `plan_pace`.

        A plan without an amount that adds up over days raises `pace_unknown`; targets of which it is not known what came are
        left out and named, unless it is so of all of them.
        """
        from dataclasses import replace

        from goldloop.jobs import plans

        plan = self.plan_show(id, number=number)
        amounts, shape = plans.paced(self.viewer(), plan)
        stores = [store.name for store in self.stores() if store.id in plan.stores]
        left_out: list[GoldloopError] = []
        while True:
            try:
                found = self.plan_pace(
                    amounts, first=plan.first, last=plan.last, until=until, shape=shape, most=most, stores=stores
                )
                return replace(found, left_out=tuple(left_out), found=replace(found.found, shape="plan"))
            except GoldloopError as error:
                if error.code != "pace_no_data" or len(amounts) == 1:
                    raise
                left_out.append(error)
                del amounts[error.params["name"]]

    @at_work
    def plan_levers(
        self,
        gap: Any = None,
        *,
        first: date | str,
        last: date | str,
        budget: Any = None,
        beyond: bool = False,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
    ) -> LeversAnswer:
        """The cheapest plausible moves that bring `gap` (major units) more sales than the month from `first` to `last`.

        With `budget` (major units) instead: the moves that bring most when all levers of money cost that much. Levers go as far as they ever went; with `beyond` further, and the answer says so.
        """
        from goldloop.jobs import planning

        asked = self._about(first, last, stores=stores, basis=basis, new=new, currency=currency)
        return planning.levers(self._engine(), self.viewer(), asked, gap=gap, budget=budget, beyond=beyond)

    @at_work
    def what_if(
        self,
        moves: Mapping[str, Any],
        *,
        first: date | str,
        last: date | str,
        solve: str = "",
        gmv: Any = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
    ) -> WhatIf:
        """The month from `first` to `last` with some drivers moved: visitors, conversion, ad_budget, second_rate ...

        A move is a value in major units, count or share (`15%`), or relative to now (`+5%`). The answer holds all drivers with
        their past range and what 1 % of each is worth. With `solve` and `gmv` (major units) that driver is set so that the month
        sells as much, the others held. Asked again of the same data it only computes.
        """
        from goldloop.jobs import planning

        asked = self._about(first, last, stores=stores, basis=basis, new=new, currency=currency)
        return planning.what_if(self._engine(), self.viewer(), asked, moves, solve=solve, gmv=gmv)

    @at_work
    def plan_scenario(self, id: int, moves: Mapping[str, Any], *, name: str, solve: str = "", gmv: Any = None) -> Plan:
        """Keep the last whole loaded month with some drivers moved (as `what_if` takes them) as a scenario beside a plan.

        It is a plan of its own, of the same days and stores, that is never in force; its values follow from the moved month.
        """
        from goldloop.jobs import scenarios

        plan = self.plan_show(id)
        month = scenarios.scenario_base(plan, self.loaded_days())
        stores = [store.name for store in self.stores() if store.id in plan.stores]
        found = self.what_if(moves, first=month.first, last=month.last, stores=stores, solve=solve, gmv=gmv)
        return self.plan_new(
            name,
            scenarios.scenario_values(found),
            period=f"{plan.first}..{plan.last}",
            stores=stores,
            sources=plan.version.sources,
            note=scenarios.scenario_note(month, moves, solve),
            beside=plan.beside or plan.id,
        )
