"""Rules that watch figures, what they found, and insights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.watch.api import Alarm
    from goldloop.apps.watch.api import Day as AlarmDay
    from goldloop.apps.watch.api import Rule as AlarmRule
    from goldloop.jobs.alarms import Ran
    from goldloop.metrics.insights import Insight


class Alarms(Opened):
    """Rules that watch figures, what they found, and insights."""

    @at_work
    def alarms_run(
        self, *, day: date | str | None = None, store: str | None = None, now: datetime | None = None
    ) -> Ran:
        """Judge every alarm rule and open, keep or clear its alarms; running again changes nothing more.

        Without `day` the days since the last run that are over at `now` (with an offset; None is this moment).
        """
        from goldloop.core.calendar import parse_day
        from goldloop.jobs import alarms

        wanted = parse_day(day) if isinstance(day, str) else day
        return alarms.run(self._engine(), self.viewer(), moment=now or datetime.now(UTC), day=wanted, store=store)

    @at_work
    def alarms(self, *, store: str | None = None, state: str | None = "active") -> list[Alarm]:
        """Alarms, the newest first; `state` active (open or acknowledged), open, acknowledged, cleared or None for all."""
        from goldloop.apps.shops import api as shops
        from goldloop.apps.watch import api as watch

        viewer = self.viewer()
        stores = None if store is None else [shops.store_visible(viewer=viewer, name=store).id]
        return watch.alarm_list(viewer=viewer, stores=stores, state=state)

    @at_work
    def alarm_show(self, id: int) -> tuple[Alarm, list[AlarmDay]]:
        """One alarm and its days, oldest first; raises `alarm_unknown`."""
        from goldloop.apps.watch import api as watch

        viewer = self.viewer()
        return watch.alarm_show(viewer=viewer, id=id), watch.alarm_days(viewer=viewer, id=id)

    @at_work
    def alarm_acknowledge(self, id: int, *, note: str = "") -> Alarm:
        """Say that an alarm was seen; it stays until it clears. Raises `alarm_unknown` or `alarm_cleared`."""
        from goldloop.apps.watch import api as watch

        viewer = self.viewer()
        return watch.alarm_acknowledge(viewer=viewer, id=id, by=viewer.name, note=note, moment=datetime.now(UTC))

    @at_work
    def insights(
        self, *, first: date | str, last: date | str, store: str | None = None, limits: Path | None = None
    ) -> list[Insight]:
        """What stands out in a period, store by store, as typed records; `limits` a TOML file in place of the shipped one."""
        from goldloop.apps.shops import api as shops
        from goldloop.jobs import questions
        from goldloop.metrics import insights

        viewer, every = self.viewer(), shops.store_list()
        chosen = [shops.store_visible(viewer=viewer, name=store)] if store else shops.stores_visible(viewer=viewer)
        period = questions.period(first, last, self._span)
        own = insights.read_limits(limits)
        engine = self._engine(most_in_memory=insights.MOST_IN_MEMORY)
        return insights.insights(engine, viewer, {one.id: one for one in every}, chosen, period, own)

    @at_work
    def alarm_rules(self) -> list[AlarmRule]:
        """What is watched, by code."""
        from goldloop.apps.watch import api as watch

        return watch.rule_list(viewer=self.viewer())

    @at_work
    def alarm_rule_add(self, code: str, *, stores: Sequence[str] = (), **settings: Any) -> AlarmRule:
        """Add a rule; `settings` are fields of the rule: figure, where, direction, rate, amount, least ..."""
        from goldloop.jobs import alarms

        today = datetime.now(UTC).date()
        return alarms.rule_add(self._engine(), self.viewer(), code, stores=stores, day=today, **settings)

    @at_work
    def alarm_rule_set(self, code: str, *, stores: Sequence[str] | None = None, **settings: Any) -> AlarmRule:
        """Change settings of a rule; what is left out stays. `stores` empty means all."""
        from goldloop.jobs import alarms

        return alarms.rule_set(self.viewer(), code, stores=stores, **settings)

    @at_work
    def alarm_rule_remove(self, code: str) -> None:
        """Remove a rule with its alarms and their history; raises `alarm_rule_unknown`."""
        from goldloop.apps.watch import api as watch

        watch.rule_remove(viewer=self.viewer(), code=code)
