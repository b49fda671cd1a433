"""Waves: proposed from the coupon calendar, checked, sent out as files, measured; and the actions that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.core.errors import GoldloopError
from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.actions.api import Action
    from goldloop.apps.calendar.api import Event
    from goldloop.apps.campaigns.api import MonthBudget, Seen
    from goldloop.jobs.wave_files import Sent
    from goldloop.metrics.members.asked import Ask


class Waves(Opened):
    """Waves and actions."""

    @at_work
    def waves(self) -> list[Seen]:
        """The waves of stores that the viewer may see, the newest first."""
        from goldloop.apps.campaigns import api as campaigns

        return campaigns.wave_list(viewer=self.viewer())

    @at_work
    def wave_show(self, id: int) -> Seen:
        """One wave; raises `wave_unknown`."""
        from goldloop.apps.campaigns import api as campaigns

        return campaigns.wave_show(viewer=self.viewer(), id=id)

    @at_work
    def wave_new(self, given: Mapping[str, str], *, stores: Sequence[str] = ()) -> Seen:
        """Keep a wave as a draft; `given`: the fields of `core.wave` as people type them, amounts in major units."""
        from goldloop.jobs import waves

        return waves.wave_new(self.viewer(), given, stores=stores, moment=datetime.now(UTC))

    @at_work
    def wave_change(self, id: int, given: Mapping[str, str]) -> Seen:
        """Give a wave that did not go out yet another version: fields replaced, empty ones taken out."""
        from goldloop.jobs import waves

        return waves.wave_change(self.viewer(), id, given, moment=datetime.now(UTC))

    @at_work
    def wave_check(self, id: int) -> Seen:
        """Draw who is sent the wave and who is held out; sizes, cost, expected gain and low prices are told by it."""
        from goldloop.jobs import waves

        ask = self._wave_ask(id)
        return waves.wave_check(ask, self.viewer(), id, merged=waves.merged_people(ask), moment=datetime.now(UTC))

    @at_work
    def wave_export(self, id: int) -> Sent:
        """The file of a checked wave, with its receipt; the same one whenever it is asked for again."""
        from goldloop.jobs import wave_files, waves

        merged = waves.merged_people(self._wave_ask(id))
        return wave_files.wave_export(self.home, self.viewer(), id, merged=merged, moment=datetime.now(UTC))

    @at_work
    def wave_send(self, id: int, *, remind: bool = False) -> dict[str, Any]:
        """Hand the messages of a checked wave, or its reminders, to the gateway of the settings; counts by state, and until when
        the rest waits."""
        from goldloop import settings
        from goldloop.jobs import wave_outbox, waves

        if remind:
            self.wave_reminder_put(id)
        return wave_outbox.wave_send(
            self.home, self.viewer(), id, wave_outbox.sender(settings.gateway()), kind="reminder" if remind else "list",
            merged=waves.merged_people(self._wave_ask(id)), clock=lambda: datetime.now(UTC),
        )  # fmt: skip

    @at_work
    def wave_reminder_put(self, id: int) -> None:
        """Put the reminders of a wave for the gateway: to who has not bought since it went out."""
        from goldloop import settings
        from goldloop.jobs import wave_outbox, waves

        ask = self._wave_ask(id)
        wave_outbox.reminder_put(
            ask, self.home, self.viewer(), id, wave_outbox.sender(settings.gateway()), merged=waves.merged_people(ask),
            moment=datetime.now(UTC),
        )  # fmt: skip

    @at_work
    def wave_messages(self, id: int, *, kind: str = "list") -> dict[str, int]:
        """How many messages of a wave are in each state; empty where no gateway was asked to send it."""
        from goldloop.apps.campaigns import api as campaigns

        campaigns.wave_show(viewer=self.viewer(), id=id)
        return campaigns.message_counts(id=id, kind=kind)

    @at_work
    def wave_file(self, id: int, kind: str = "list") -> Sent:
        """A file of a wave that went out before, byte by byte as it was."""
        from goldloop.jobs import wave_files

        return wave_files.wave_kept(self.home, self.viewer(), id, kind)

    @at_work
    def wave_reasons(self, id: int, answers: str | Path | Sequence[Sequence[str]] = ()) -> dict[str, Any]:
        """Why people of a wave no longer buy, counted, and (`again`) how many of each reason have bought since; `answers` are kept
        first: a file, or rows of member, reason and note."""
        from goldloop.jobs import wave_reasons, waves

        if isinstance(answers, str | Path):
            answers = wave_reasons.rows_of(Path(answers))
        told = wave_reasons.reasons(self.home, self.viewer(), id, answers, moment=datetime.now(UTC))
        ask = self._wave_ask(id)
        return {**told, "again": wave_reasons.bought_again(ask, self.viewer(), id, waves.merged_people(ask))}

    @at_work
    def wave_remind(self, id: int) -> Sent:
        """The reminder to those of an exported wave who have not bought since."""
        from goldloop.jobs import wave_files, waves

        ask = self._wave_ask(id)
        merged = waves.merged_people(ask)
        return wave_files.wave_remind(ask, self.home, self.viewer(), id, merged=merged, moment=datetime.now(UTC))

    @at_work
    def wave_result(self, id: int) -> Seen:
        """Measure an exported wave by the days loaded so far, beside what was predicted."""
        from goldloop.jobs import wave_results, waves

        ask = self._wave_ask(id)
        return wave_results.wave_result(
            ask, self.viewer(), id, merged=waves.merged_people(ask), moment=datetime.now(UTC)
        )

    @at_work
    def waves_together(
        self, month: str | None = None, *, waves: Sequence[int] = (), stores: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """What the waves of each month (or of `month`, or the chosen `waves`) brought together, by their kept results.

        Each with `measured` (incremental buyers, orders, gmv, net, cost_per_order, ends of 80 %; None: not enough yet, see
        `lacks`), `predicted`, the `waves` counted and those `left_out`. Formula and source: `core.pooled.pooled`.
        """
        from goldloop.jobs import wave_together

        viewer = self.viewer()
        if waves:
            return [wave_together.of_waves(viewer, waves)]
        return wave_together.of_months(viewer, month=month, stores=stores)

    def waves_measure(
        self, month: str | None = None, *, waves: Sequence[int] = (), stores: Sequence[str] = ()
    ) -> list[int]:
        """Measure every wave of a month (None: of all; or of the chosen `waves`) that went out and is not final yet; which."""
        done = []
        told = self.waves_together(month, waves=waves, stores=stores)
        for id in sorted({id for one in told for id in (*one["waves"], *(left["wave"] for left in one["left_out"]))}):
            seen = self.wave_show(id)
            if not seen.files or any(one["final"] and "sums" in one for one in seen.results):
                continue
            try:
                self.wave_result(id)
            except GoldloopError as error:
                if error.code != "wave_not_begun":
                    raise
            else:
                done.append(id)
        return done

    @at_work
    def wave_decline(self, id: int, *, reason: str) -> Seen:
        """Say that a wave will not be sent, and why."""
        from goldloop.jobs import waves

        return waves.wave_decline(self.viewer(), id, reason=reason, moment=datetime.now(UTC))

    @at_work
    def wave_totals(self, id: int, said: Mapping[str, int]) -> Seen:
        """Keep what the platform's tool tells of a wave: pushed, claimed, used, expired, stopped."""
        from goldloop.apps.campaigns import api as campaigns

        return campaigns.totals_add(viewer=self.viewer(), id=id, said=said, moment=datetime.now(UTC))

    @at_work
    def waves_propose(
        self,
        month: str | None = None,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        tiers: str | None = None,
        give: str = "0.3",
        margin: str | None = None,
        step: str = "5",
        basis: str = "auto",
        given: Mapping[str, str] | None = None,
    ) -> list[Seen]:
        """A checked wave for each week and tier of the coupon calendar of `month`; `given`: fields for all of them."""
        from goldloop.jobs import wave_calendar, waves
        from goldloop.metrics.members.coupons import calendar

        ask = self._ask(stores, day, False, basis)
        found = calendar(ask, month=month, tiers=tiers, give=give, margin=margin, step=step)
        return wave_calendar.waves_propose(
            ask, self.viewer(), found, given or {}, merged=waves.merged_people(ask), moment=datetime.now(UTC)
        )

    @at_work
    def waves_propose_event(
        self,
        month: str | None = None,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        basis: str = "auto",
    ) -> list[Event]:
        """Propose the store event of the coupon calendar to operations; once."""
        from goldloop.jobs import wave_calendar
        from goldloop.metrics.members.coupons import calendar

        ask = self._ask(stores, day, False, basis)
        found = calendar(ask, month=month)
        return wave_calendar.event_propose(ask, self.viewer(), found, moment=datetime.now(UTC))

    @at_work
    def wave_contacts(self, path: str | Path, *, store: str) -> dict[str, Any]:
        """Keep a list of contacts with consent, sealed; counts by channel, and of refused lines by reason."""
        from goldloop.jobs import wave_contacts

        return wave_contacts.contacts_import(self.home, self.viewer(), Path(path), store=store)

    @at_work
    def wave_rules(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """What holds for all waves, some of it set anew, which takes the right to the whole group."""
        from goldloop.apps.campaigns import api as campaigns
        from goldloop.apps.shops import api as shops

        if not given:
            return campaigns.rules()
        shops.check_whole_group(viewer=self.viewer())
        return campaigns.rules_set(given=given)

    @at_work
    def wave_budget(self, month: str, amount: str, *, currency: str = "CNY") -> MonthBudget:
        """Set what the waves of a month may cost at most (major units); raises `wave_amount_bad`, `wave_budget_taken`."""
        from goldloop.apps.campaigns import api as campaigns
        from goldloop.apps.shops import api as shops
        from goldloop.core.calendar import parse_period
        from goldloop.core.money import read_amount, to_minor

        shops.check_whole_group(viewer=self.viewer())
        found = read_amount(amount)
        if found is None or found < 0:
            raise GoldloopError("wave_amount_bad", f"'{amount}' is no amount.", given=amount, allowed="0 or more")
        first = parse_period(month).first.replace(day=1)
        return campaigns.budget_set(month=first, currency=currency, amount=to_minor(found, currency))

    @at_work
    def wave_budgets(self) -> list[MonthBudget]:
        """The budgets of months, the newest first."""
        from goldloop.apps.campaigns import api as campaigns

        return campaigns.budgets()

    @at_work
    def actions(self) -> list[Action]:
        """What is proposed to be done, and what came of it, those due first in front."""
        from goldloop.apps.actions import api as actions

        return actions.action_list(viewer=self.viewer())

    @at_work
    def action_answer(self, id: int, said: str, *, reason: str = "", due: date | str | None = None) -> Action:
        """Accept an action, decline it with a reason, or put it off to a day ("later")."""
        from goldloop.apps.actions import api as actions
        from goldloop.core.calendar import parse_day

        day = parse_day(due) if isinstance(due, str) else due
        return actions.action_answer(
            viewer=self.viewer(), id=id, said=said, reason=reason, due=day, moment=datetime.now(UTC)
        )

    def _wave_ask(self, id: int) -> Ask:
        """The question about the stores of a wave."""
        from goldloop.apps.campaigns import api as campaigns
        from goldloop.jobs.waves import stores_of

        viewer = self.viewer()
        seen = campaigns.wave_show(viewer=viewer, id=id)
        return self._ask([store.name for store in stores_of(viewer, seen)], None, False, "auto")
