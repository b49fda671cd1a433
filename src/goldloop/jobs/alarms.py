"""Watching: every rule judged for the days that are over, each alarm opened once, with the account of what moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from goldloop.apps.feeds import api as feeds
from goldloop.apps.shops import api as shops
from goldloop.apps.watch import api as watch
from goldloop.apps.watch.api import Alarm, Outcome, Rule
from goldloop.core.alarm import MOST, excess, turn
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.jobs import feed_board, questions
from goldloop.metrics import alarm_words
from goldloop.metrics.expected import Days, History, Judged
from goldloop.metrics.query import Request, resolve

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.why_text import Account

CATCH_UP = 14  # days that a run goes back at most to take up those since the last one
NO_SUCH_DATA = ("no_feed", "not_stated")  # the store has no such files: its rule waits in silence


Where = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule of a store on a day about which nothing can be said: `reason` as a code, `said` in both languages."""

    rule: str
    store: str
    day: date
    reason: str
    said: Mapping[str, str]
    silent: bool = False  # the store has no data of this kind at all

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As it stands in `not_judged` of a run."""
        return {
            "rule": self.rule,
            "store": self.store,
            "day": self.day.isoformat(),
            "reason": self.reason,
            "text": self.said.get(lang, ""),
        }


@dataclass
class Ran:
    """What a run came to. `days`: store -> days that were judged; `judged`: how many rule-days; `resting`: rules in
    their quiet hours, as (rule, store)."""

    days: dict[str, list[date]] = field(default_factory=dict)
    judged: int = 0
    opened: list[Alarm] = field(default_factory=list)
    kept: list[Alarm] = field(default_factory=list)
    cleared: list[Alarm] = field(default_factory=list)
    not_judged: list[NotJudged] = field(default_factory=list)
    resting: list[tuple[str, str]] = field(default_factory=list)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As `goldloop watch run --json` prints it."""
        return {
            "days": {store: [day.isoformat() for day in days] for store, days in self.days.items()},
            "judged": self.judged,
            "opened": [alarm.as_dict(lang) for alarm in self.opened],
            "kept": [alarm.as_dict(lang) for alarm in self.kept],
            "cleared": [alarm.as_dict(lang) for alarm in self.cleared],
            "not_judged": [one.as_dict(lang) for one in self.not_judged],
            "resting": [{"rule": rule, "store": store} for rule, store in self.resting],
        }


def run(engine: Engine, viewer: Viewer, *, moment: datetime, day: date | None = None, store: str | None = None) -> Ran:
    """Judge every rule for every store of the viewer, up to the last business day that is over at `moment`.

    Without `day` a run takes up the days since the last one (at most 14); the first judges one day. Each rule, store and
    day is one transaction, so a run that is killed is taken up where it was by the next. It is the group's, whoever
    starts it. Raises `store_unknown`, and `group_right_needed` or `figure_hidden` for who may not see all of it.
    """
    shops.check_whole_group(viewer=viewer)
    chosen = [shops.store_visible(viewer=viewer, name=store)] if store else shops.stores_visible(viewer=viewer)
    rules = [rule for rule in watch.rule_list(viewer=viewer) if rule.enabled]
    work = _Run(engine, viewer, moment)
    watched: dict[int, list[Rule]] = {}
    for one in chosen:
        mine = [rule for rule in rules if not rule.stores or one.id in rule.stores]
        awake = [rule for rule in mine if not rule.is_quiet(_minute(one, moment))]
        work.found.resting += [(rule.code, one.name) for rule in mine if rule not in awake]
        work.feeds(one, [rule for rule in awake if rule.kind == "feed"])
        work.forget(one, {rule.code for rule in mine})
        watched[one.id] = [rule for rule in awake if rule.kind == "figure"]
    work.figures(watched, day)
    return work.found


class _Run:
    """One run: asks each store's days once, records outcome by outcome."""

    def __init__(self, engine: Engine, viewer: Viewer, moment: datetime) -> None:
        self.engine, self.viewer, self.moment = engine, viewer, moment
        self.stores = {store.id: store for store in shops.store_list()}
        self.until = watch.judged_until()
        self.arrivals = feeds.arrivals(viewer=viewer)
        self.found = Ran()

    # --- figures ------------------------------------------------------------------------------------------------------
    def figures(self, watched: Mapping[int, Sequence[Rule]], day: date | None) -> None:
        """Judge the stores' days by their rules about figures, store by store and day by day; each question once."""
        todo = {
            (rule, store): [day]
            if day
            else self._since(rule, self.stores[store], last_over(self.stores[store], self.moment))
            for store, rules in watched.items()
            for rule in rules
        }
        tables = {where: self._history(where, todo) for where in {rule.where for rule, _ in todo}}
        for store, rules in watched.items():
            over = last_over(self.stores[store], self.moment)
            days = sorted({one for rule in rules for one in todo[rule, store]})
            self.found.days[self.stores[store].name] = days
            own = {where: tables[where].of(self.stores[store]) for where in {rule.where for rule in rules}}
            for one in days:
                early = "not_over" if one > over else "partial" if self._is_partial(self.stores[store], one) else None
                for rule in rules:
                    if one in todo[rule, store]:
                        self._figure(rule, own[rule.where], one, early)

    def _history(self, where: Where, todo: Mapping[tuple[Rule, int], Sequence[date]]) -> History:
        """The days of all figures and stores that are watched through the same filter."""
        mine = {key: days for key, days in todo.items() if key[0].where == where}
        every = [day for days in mine.values() for day in days]
        stores = [self.stores[store] for store in dict.fromkeys(store for _, store in mine)]
        names = [rule.figure for rule, _ in mine]
        return History(
            self.engine, self.viewer, self.stores, stores, names, days=Period(min(every), max(every)), where=where
        )

    def _since(self, rule: Rule, store: Store, over: date) -> list[date]:
        """The days that a rule has not judged yet, at least the last one."""
        until = self.until.get((rule.id, store.id))
        first = over if until is None else max(until + timedelta(days=1), over - timedelta(days=CATCH_UP - 1))
        first = min(first, over)  # the last day again: its data may have been put right
        return [first + timedelta(days=n) for n in range((over - first).days + 1)]

    def _is_partial(self, store: Store, day: date) -> bool:
        """Whether a report reaches this day, but only with files that were loaded before it ended, and not beyond."""
        end = ends_at(store, day)
        newest: dict[str, bool] = {}
        for one in self.arrivals:
            if one.store_id == store.id and one.last_day is not None and one.last_day >= day:
                whole = one.last_day > day or one.finished_at >= end
                newest[one.profile] = newest.get(one.profile, False) or whole
        return not all(newest.values())

    def _figure(self, rule: Rule, days: Days, day: date, early: str | None) -> None:
        judged = days.judge(rule.figure, day, width=rule.width, least=rule.least)
        reason = early or judged.reason
        numbers = alarm_words.numbers(judged)
        if reason is not None:
            self._record(Outcome(rule, judged.store.id, day, reason, numbers=numbers))
            said = alarm_words.not_judged(reason, judged.params or {} if early is None else {})
            silent = early is None and (judged.params or {}).get("code") in NO_SUCH_DATA
            self.found.not_judged.append(NotJudged(rule.code, judged.store.name, day, reason, said, silent))
            return
        self.found.judged += 1
        beyond = _excess(rule, judged)
        side = watch.alarm_side(rule=rule.id, store=judged.store.id)
        turned, account = turn(side, beyond), None
        if turned is not None and turned != side:
            account = self._account(judged)
        self._record(
            Outcome(
                rule, judged.store.id, day, "judged", beyond, numbers=numbers,
                said=alarm_words.alarm_sentence(judged), account=_kept(account, judged),
            )
        )  # fmt: skip

    def _account(self, judged: Judged) -> Account | None:
        """Why the day differs from the most typical of the days it was judged by; None where no tree can be asked."""
        asked = Request(
            Period(judged.day, judged.day), (judged.figure,), stores=(judged.store.name,), where=judged.where
        )
        for like in judged.like[:3]:
            try:
                return questions.why(
                    self.engine, self.viewer, asked, against=f"{like}..{like}", tree=None, depth=2, top=1
                )
            except GoldloopError:  # a driver unknown on that day; another day may know it
                continue
        return None

    # --- feeds --------------------------------------------------------------------------------------------------------
    def feeds(self, store: Store, rules: Sequence[Rule]) -> None:
        """Judge how late each report of a store is at this moment."""
        if not rules:
            return
        day = local(store, self.moment).date()
        for feed in feed_board.board(self.viewer, now=self.moment, store=store.name):
            late = None if feed.state == "unknown" else feed.late_days or 0
            numbers = {
                "late_days": feed.late_days,
                "newest_day": _iso(feed.newest_day),
                "due_on": _iso(feed.due_on),
                "rhythm": feed.rhythm,
            }
            said = alarm_words.late_sentence(feed.profile, feed.newest_day, feed.late_days or 0)
            for rule in rules:
                beyond = MOST if feed.state == "never" else 0.0 if late is None else late / max(float(rule.amount), 1)
                self.found.judged += 1
                self._record(Outcome(rule, store.id, day, "judged", min(beyond, MOST), feed.profile, numbers, said))

    # --- alarms -------------------------------------------------------------------------------------------------------
    def forget(self, store: Store, rules: set[str]) -> None:
        """Clear what is open of rules that no longer watch this store."""
        for alarm in watch.alarm_list(viewer=self.viewer, stores=[store.id]):
            if alarm.rule not in rules:
                rule = watch.rule_show(viewer=self.viewer, code=alarm.rule)
                day = max(alarm.last_on, last_over(store, self.moment))
                self._record(Outcome(rule, store.id, day, "unwatched", 0.0, alarm.subject))

    def _record(self, outcome: Outcome) -> None:
        change = watch.outcome_record(outcome=outcome, moment=self.moment)
        if change.cleared is not None:
            self.found.cleared.append(change.cleared)
        if change.alarm is not None:
            _once(self.found.opened if change.turned == "opened" else self.found.kept, change.alarm, self.found.opened)


def _once(among: list[Alarm], alarm: Alarm, opened: Sequence[Alarm]) -> None:
    """Name an alarm once in a run, however many of its days were taken up."""
    if alarm.id not in {one.id for one in (*among, *opened)}:
        among.append(alarm)


def _excess(rule: Rule, judged: Judged) -> float:
    expected = judged.expected
    if expected is None or expected.value is None or expected.low is None or expected.high is None:
        raise ValueError(f"{judged.figure} of {judged.day} was not judged")
    return excess(
        float(judged.value), expected.value, expected.low, expected.high, rate=rule.rate,
        amount=alarm_words.in_minor(float(rule.amount), judged.figure, judged.store.currency), direction=rule.direction,
    )  # fmt: skip


def _kept(account: Account | None, judged: Judged) -> dict[str, Any] | None:
    """What is kept of an account with its alarm; `figures` are those it rests on."""
    if account is None:
        return None
    data = account.as_dict()
    names = ("figure", "tree", "method", "before", "after", "change", "change_rate", "drivers", "residual")
    return {
        **{name: data[name] for name in names},
        "against": account.against(),
        "figures": list(account.found.right.figures),
        "said": alarm_words.alarm_sentence(judged, account),
        "checks": {lang: [check.as_dict(lang) for check in account.checks] for lang in ("en", "zh")},
        "text": {lang: account.text(lang) for lang in ("en", "zh")},
    }


# --- days and moments -------------------------------------------------------------------------------------------------
def local(store: Store, moment: datetime) -> datetime:
    """A moment on the store's clock."""
    return moment.astimezone(ZoneInfo(store.timezone))


def _minute(store: Store, moment: datetime) -> int:
    clock = local(store, moment)
    return clock.hour * 60 + clock.minute


def ends_at(store: Store, day: date) -> datetime:
    """The moment at which a business day of a store is over."""
    start = time(store.day_starts // 60, store.day_starts % 60)
    return datetime.combine(day + timedelta(days=1), start, ZoneInfo(store.timezone))


def last_over(store: Store, moment: datetime) -> date:
    """The last business day of a store that is over at a moment."""
    day = local(store, moment).date()
    return next(one for n in range(4) if ends_at(store, one := day - timedelta(days=n)) <= moment)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# --- rules ------------------------------------------------------------------------------------------------------------
def rule_add(engine: Engine, viewer: Viewer, code: str, *, stores: Sequence[str], day: date, **settings: Any) -> Rule:
    """Add a rule; its cuts and stores must exist. Raises what a question and `watch.rule_add` raise."""
    if settings.get("kind", "figure") == "figure" and settings.get("where"):
        every = {store.id: store for store in shops.store_list()}
        request = Request(
            Period(day, day), (settings["figure"],), by=("store",), stores=tuple(stores), where=tuple(settings["where"])
        )
        resolve(engine, viewer, every, request)
    return watch.rule_add(viewer=viewer, code=code, stores=list(_ids(viewer, stores)), **settings)


def rule_set(viewer: Viewer, code: str, *, stores: Sequence[str] | None, **settings: Any) -> Rule:
    """Change settings of a rule; `stores` None leaves them, empty means all."""
    ids = None if stores is None else list(_ids(viewer, stores))
    return watch.rule_set(viewer=viewer, code=code, stores=ids, **settings)


def _ids(viewer: Viewer, names: Sequence[str]) -> Iterator[int]:
    return (shops.store_visible(viewer=viewer, name=name).id for name in names)
