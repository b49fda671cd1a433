"""The facade of one shop group: what `goldloop.open()` gives, and what the command line calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, Unpack

from goldloop import home as homes
from goldloop.core.calendar import Grain, Period, parse_period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import GmvAmount, Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures
from goldloop.jobs.progress import Progress, silent

if TYPE_CHECKING:
    from decimal import Decimal

    from goldloop.apps.calendar.api import Event, Happened, Note
    from goldloop.apps.feeds.api import Group, Receipt
    from goldloop.apps.planning.api import Plan
    from goldloop.apps.planning.api import Version as PlanVersion
    from goldloop.apps.shops.api import Broken
    from goldloop.apps.watch.api import Alarm
    from goldloop.apps.watch.api import Day as AlarmDay
    from goldloop.apps.watch.api import Rule as AlarmRule
    from goldloop.jobs.accounts import Key, Link
    from goldloop.jobs.alarms import Ran
    from goldloop.jobs.checking import Finding
    from goldloop.jobs.daily import Daily
    from goldloop.jobs.events import EventRow, Reviewed
    from goldloop.jobs.feed_board import Feed
    from goldloop.jobs.many import Outcome, Said
    from goldloop.jobs.marks import Mark
    from goldloop.jobs.mended import BadRows
    from goldloop.jobs.plans import Edited as PlanEdited
    from goldloop.jobs.quarantine import Alike, Row, Tried
    from goldloop.jobs.tidy import Tidied
    from goldloop.jobs.watch import Watch
    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.answer import Answer as FigureAnswer
    from goldloop.metrics.cohorts import Cohorts
    from goldloop.metrics.day_weights import DayWeights
    from goldloop.metrics.engines.duckdb import Engine
    from goldloop.metrics.event_review import EventReview
    from goldloop.metrics.forecast import FigureForecast
    from goldloop.metrics.insights import Insight
    from goldloop.metrics.levers_text import LeversAnswer, WhatIf
    from goldloop.metrics.mature_check import StoreCheck
    from goldloop.metrics.members.asked import Ask, MemberTable
    from goldloop.metrics.members.repurchase import Repurchase
    from goldloop.metrics.owners_text import OwnersAnswer
    from goldloop.metrics.pace_text import EventAnswer, PaceAnswer
    from goldloop.metrics.query import Request
    from goldloop.metrics.why_text import Account

Days = tuple[date | str, date | str]
P = ParamSpec("P")
R = TypeVar("R")


def open(home: str | Path | None = None, *, create: bool = False) -> Shop:
    """The shop group in a home folder (default: `GOLDLOOP_HOME`, else the user's data folder).

    `create` makes the folder when it is not there yet, and brings an older one up to date. Raises `home_missing`,
    `home_outdated` or `setting_bad`.
    """
    with failures.explained():
        if not create:
            return Shop(homes.find(home))
        made = Shop(homes.create(home))
        made._renew()
        return made


def _at_work(method: Callable[Concatenate[Shop, P], R]) -> Callable[Concatenate[Shop, P], R]:
    """Run a method on its own home, with failures of disk and database in words."""

    @functools.wraps(method)
    def wrapped(self: Shop, *args: P.args, **kwargs: P.kwargs) -> R:
        with failures.explained():
            homes.connect(self.home)
            return method(self, *args, **kwargs)

    return wrapped


class Shop:
    """One shop group: stores, imports, quarantine, rules and figures."""

    def __init__(
        self,
        home: Home,
        *,
        viewer: Viewer | None = None,
        engines: dict[str, Engine] | None = None,
        most_in_memory: int = 0,
    ) -> None:
        self.home = home
        self._most_in_memory = most_in_memory  # fact rows up to which the engine copies tables into memory
        self._viewer = viewer
        self._engines: dict[str, Engine] = {} if engines is None else engines  # one, of the newest version; shared

    def __repr__(self) -> str:
        return f"<goldloop.Shop at {self.home.root}>"

    @_at_work
    def _renew(self) -> None:
        from goldloop.jobs import writing

        writing.renew(self.home)

    # --- stores ---------------------------------------------------------------------------------------------------
    @_at_work
    def stores(self) -> list[Store]:
        """All stores that the viewer may see, oldest first."""
        from goldloop.apps.shops import api as shops

        return shops.stores_visible(viewer=self.viewer())

    @_at_work
    def store(self, name: str) -> Store:
        """The store of that name; raises `store_unknown`."""
        from goldloop.apps.shops import api as shops

        return shops.store_visible(viewer=self.viewer(), name=name)

    @_at_work
    def store_add(
        self,
        name: str,
        *,
        platform: str,
        currency: str | None = None,
        timezone: str | None = None,
        day_starts: int = 0,
        opened_on: date | None = None,
        identity_limit: float = 0.95,
        gmv_amount: GmvAmount = "merchant",
    ) -> Store:
        """Add a store; `day_starts` in minutes after midnight. Chinese platforms default to CNY and Asia/Shanghai."""
        from goldloop.jobs import settings_change

        return settings_change.store_add(
            self.home,
            name=name,
            platform=platform,
            currency=currency,
            timezone=timezone,
            day_starts=day_starts,
            opened_on=opened_on,
            identity_limit=identity_limit,
            gmv_amount=gmv_amount,
        )

    @_at_work
    def store_set(
        self,
        name: str,
        *,
        day_starts: int | None = None,
        opened_on: date | None = None,
        identity_limit: float | None = None,
        gmv_amount: GmvAmount | None = None,
    ) -> Store:
        """Change settings of a store; None leaves one as it is. What is loaded is worked out again where they matter."""
        from goldloop.jobs import settings_change

        return settings_change.store_set(
            self.home,
            name=name,
            day_starts=day_starts,
            opened_on=opened_on,
            identity_limit=identity_limit,
            gmv_amount=gmv_amount,
        )

    @_at_work
    def viewer(self) -> Viewer:
        """Through whose rights this shop is seen: the owner's (every store, nothing hidden), or as `seen_by` said."""
        from goldloop.apps.shops import api as shops

        return shops.owner_viewer() if self._viewer is None else self._viewer

    def seen_by(self, viewer: Viewer) -> Shop:
        """The same shop group as a person with these rights sees it."""
        return Shop(self.home, viewer=viewer, engines=self._engines, most_in_memory=self._most_in_memory)

    # --- people ---------------------------------------------------------------------------------------------------
    @_at_work
    def first_link(self) -> Link | None:
        """A one-time link for the owner of the web app while she has no password; None afterwards."""
        from goldloop.jobs import accounts

        return accounts.first_link(self.home)

    @_at_work
    def password_link(self, name: str | None = None) -> Link:
        """A one-time link with which a person (default: the owner) sets a new password for the web app."""
        from goldloop.jobs import accounts

        return accounts.password_link(self.home, name)

    @_at_work
    def key_make(
        self, name: str, *, rights: Sequence[str] = ("figures",), stores: Sequence[str] = (), days: int = 90
    ) -> Key:
        """A key with which a program asks the API for the owner, within these rights and stores (default: all)."""
        from goldloop.jobs import accounts

        ids = [self.store(store).id for store in stores]
        return accounts.key_make(self.home, name=name, rights=rights, stores=ids, days=days)

    @_at_work
    def audit_verify(self) -> tuple[int, Sequence[Broken]]:
        """How many lines the audit log has, and every place where it is not as it was written."""
        from goldloop.jobs import auditing

        return auditing.verify(self.home)

    @_at_work
    def check(self, *, deploy: bool = False) -> list[Finding]:
        """What is unsafe about this home folder, and with `deploy` about how it is served."""
        from goldloop.jobs import checking

        return checking.check(self.home, deploy=deploy)

    # --- imports --------------------------------------------------------------------------------------------------
    @_at_work
    def import_files(
        self,
        paths: Iterable[str | Path],
        *,
        store: str | None = None,
        store_from: str | None = None,
        profile: str | None = None,
        period: Days | None = None,
        currency: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> list[Receipt]:
        """Load export files; one receipt per sheet and store. Stops at the first file that cannot be loaded.

        `store` names the store of all rows, `store_from` the column that names it on each row; with neither, the only
        store that fits. `profile` is the id of a format or a profile file; `period` the first and last day the files
        cover, when they do not say so. `dry_run` loads nothing.
        """
        from goldloop.core.calendar import parse_day
        from goldloop.jobs.import_file import import_file

        covered = None
        if period is not None:
            first, last = (parse_day(day) if isinstance(day, str) else day for day in period)
            covered = (first, last)
        viewer = self.viewer()
        return [
            receipt
            for path in paths
            for receipt in import_file(
                self.home,
                viewer,
                Path(path),
                store=store,
                store_from=store_from,
                profile=profile,
                period=covered,
                currency=currency,
                dry_run=dry_run,
                progress=progress or silent,
            )
        ]

    @_at_work
    def import_many(
        self,
        paths: Iterable[str | Path],
        *,
        recursive: bool = False,
        progress: Progress | None = None,
        **said: Unpack[Said],
    ) -> list[Outcome]:
        """Load files and whole folders; one outcome (receipts, error, or why it was skipped) per file.

        No file keeps the others out. Further arguments as in `import_files`.
        """
        from goldloop.jobs.many import import_many

        files = list(map(Path, paths))
        return import_many(self.home, self.viewer(), files, said, recursive=recursive, progress=progress or silent)

    @_at_work
    def watch(self, folder: str | Path, *, recursive: bool = False, **said: Unpack[Said]) -> Watch:
        """A folder to look into again and again: each `look()` loads the files that have come to rest since the last."""
        from goldloop.jobs.watch import Watch

        return Watch(self.home, self.viewer, Path(folder), said, recursive=recursive)

    @_at_work
    def imports(
        self, *, store: str | None = None, undone: bool = False, limit: int | None = None, offset: int = 0
    ) -> list[Receipt]:
        """Receipts, newest first, `limit` of them from `offset` on.

        `undone` shows those that were taken back and those that failed, too.
        """
        from goldloop.apps.feeds import api as feeds
        from goldloop.apps.shops import api as shops

        viewer = self.viewer()
        only = shops.store_visible(viewer=viewer, name=store).id if store else None
        states = () if undone else ("done",)
        return feeds.import_list(viewer=viewer, states=states, store=only, limit=limit, offset=offset)

    @_at_work
    def import_show(self, id: int) -> tuple[Receipt, list[Receipt]]:
        """One receipt, and the receipts of its rows that were fixed and loaded later; raises `import_unknown`."""
        from goldloop.apps.feeds import api as feeds

        viewer = self.viewer()
        return feeds.import_show(viewer=viewer, id=id), feeds.import_children(viewer=viewer, id=id)

    @_at_work
    def import_undo(self, ids: Sequence[int]) -> dict[str, Any]:
        """Take imports back, with the rows of theirs that were fixed later; older statements hold again."""
        from goldloop.jobs.import_undo import import_undo

        return import_undo(self.home, self.viewer(), ids)

    @_at_work
    def feeds(self, *, store: str | None = None, now: datetime | None = None) -> list[Feed]:
        """The feed board: each report of each store with last success, rhythm, lateness, counts and what is open.

        `now` (with an offset) is the moment by which lateness is told; None is this moment.
        """
        from goldloop.jobs import feed_board

        return feed_board.board(self.viewer(), now=now or datetime.now(UTC), store=store)

    @_at_work
    def profile_titles(self) -> dict[str, dict[str, str]]:
        """Id of each known format -> language -> its name."""
        from goldloop.jobs import profiles

        return {one.id: dict(one.title) for one in profiles.known_profiles(self.home.profiles)}

    @_at_work
    def feed_expect(self, store: str, profile: str, *, days: int) -> None:
        """Declare that a file of this profile is expected every so many days; 0 takes the declaration back."""
        from goldloop.jobs import feed_board

        feed_board.expect(self.viewer(), store=store, profile=profile, days=days)

    @_at_work
    def profile_learn(self, path: str | Path, profile_file: str | Path) -> str:
        """Keep a format the user corrected, which must fit the given file; returns its id."""
        from goldloop.jobs import profiles

        return profiles.learn(self.home.profiles, self.viewer(), Path(path), Path(profile_file)).id

    @_at_work
    def snapshot(self) -> Snapshot:
        """The newest state of the lake."""
        from goldloop.jobs.writing import snapshot

        return snapshot(self.home)

    # --- the home folder ------------------------------------------------------------------------------------------
    @_at_work
    def lake_tidy(self) -> Tidied:
        """Remove what nobody needs any more: replaced files (after an hour), files of killed writers, loose sources."""
        from goldloop.jobs import tidy

        return tidy.tidy(self.home)

    @_at_work
    def lake_rebuild(self) -> dict[str, Any]:
        """Make all facts anew from what was imported: `facts` per table, and `different` ones per table."""
        from goldloop.jobs import rebuild

        return rebuild.rebuild(self.home)

    @_at_work
    def forget(self, *, store: str, order: str | None = None, buyer: str | None = None) -> dict[str, Any]:
        """Make a person anonymous, found by an order or by account, e-mail or phone; the certificate of what was done.

        Raises `person_needed`, `store_unknown`, or `person_unknown` when nothing kept speaks of such a person.
        """
        from goldloop.jobs import forget

        return forget.forget(self.home, self.viewer(), store=store, order=order, buyer=buyer)

    # --- figures --------------------------------------------------------------------------------------------------
    @_at_work
    def figures(
        self,
        names: Sequence[str] = (),
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        by: str | Sequence[str] = (),
        stores: str | Sequence[str] = (),
        compare: str | None = None,
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        new_by: str = "buyer",
        as_of_sale: bool = False,
        currency: str | None = None,
        known: date | str | None = None,
        same_age: bool = False,
    ) -> FigureAnswer:
        """Figures of a scope: by default the golden formula over all loaded days.

        `first` and `last` are business days (both inside); `by` up to two cuts such as "month" or ["month", "store"];
        `compare` previous, last-year, same-weekday or FROM..TO; `where` cut -> value or values; `basis` auto, platform
        or orders; `new` platform365, first-ever or first-in-data; `new_by` buyer or order; `currency` what all amounts
        are converted into, at the loaded rate of each row's day; `known` the day up to which refunds of orders count;
        `same_age` counts on the compared side only those that had come when it was as old as these days are. Money comes
        back in minor units, as Decimal where it was converted or is money per something; `.to_arrow()`, `.to_pandas()`,
        `.rows()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=names, first=first, last=last, by=by, stores=stores, compare=compare, where=where, basis=basis,
            new=new, new_by=new_by, as_of_sale=as_of_sale, currency=currency, known=known, same_age=same_age,
            span=self._span,
        )  # fmt: skip
        return questions.figures(self.home, self._engine(), self.viewer(), request)

    @_at_work
    def trace(
        self,
        figure: str,
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        stores: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> dict[str, Any]:
        """The fact rows behind a figure, largest first, each with the files, sheets and rows that state it."""
        from goldloop.jobs import questions

        request = questions.request(
            names=(figure,), first=first, last=last, by=(), stores=stores, compare=None, where=where, basis=basis,
            new=new, new_by="buyer", as_of_sale=False, currency=currency, span=self._span,
        )  # fmt: skip
        return questions.trace(self.home, self._engine(), self.viewer(), request, limit=limit, offset=offset)

    @_at_work
    def reconcile(
        self,
        between: str,
        *,
        store: str | None = None,
        first: date | str | None = None,
        last: date | str | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Two sources of one store compared, order by order: `platform,erp`, `orders,settlements` or `orders,refunds`.

        `first` and `last` default to the first and last day that either source holds of the store. `totals` hold the
        figure of each side and the `difference`, to which the differences of all `rows` add up. With `limit` only the
        largest ones come along, and `left` counts the others. Amounts are text in major units.
        """
        from goldloop.jobs import questions, reconciling

        snapshot, viewer = self.snapshot(), self.viewer()
        period = questions.period(
            first, last, lambda: reconciling.loaded_days(snapshot, viewer, between, store=store) or self._span()
        )
        return reconciling.compare(snapshot, viewer, between, store=store, period=period, limit=limit)

    @_at_work
    def bridge(
        self,
        left: str,
        right: str,
        *,
        figure: str = "gmv",
        store: str | None = None,
        first: date | str | None = None,
        last: date | str | None = None,
        by: str | None = None,
        rows: str | None = "all",
        limit: int | None = 20,
    ) -> dict[str, Any]:
        """Why two sources state different figures: one line per rule, which sum to the difference to the minor unit.

        Sources are named by `bridge_sources`; `figure` gmv or refunds; `by` "day" adds each day. `first` and `last` default
        to the days that both sources hold. `rows` is the line whose rows come along (at most `limit` of a line), "all" or
        None. Amounts are text in major units, right less left.
        """
        from goldloop.jobs import bridging, questions

        engine, viewer = self._engine(), self.viewer()
        period = questions.period(
            first,
            last,
            lambda: bridging.loaded_days(engine, viewer, left, right, figure=figure, store=store) or self._span(),
        )
        return bridging.between(
            self.home, engine, viewer, left, right, figure=figure, store=store, period=period, by=by,
            rows=rows, limit=limit,
        )  # fmt: skip

    @_at_work
    def bridge_sources(self, *, store: str | None = None) -> list[dict[str, Any]]:
        """The sources a bridge can begin and end at, the days loaded of each, and what it is declared to count."""
        from goldloop.jobs import bridging

        return bridging.sources(self._engine(), self.viewer(), store=store)

    @_at_work
    def order_history(self, order_id: str) -> list[dict[str, Any]]:
        """Statuses of an order and its lines as files showed them, oldest first; raises `order_unknown`."""
        from goldloop.jobs.history import order_history

        return order_history(self.snapshot(), self.viewer(), order_id)

    @_at_work
    def why(
        self,
        figure: str = "gmv",
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        against: str = "previous",
        tree: str | None = None,
        by: str | Sequence[str] = (),
        depth: int = 2,
        top: int = 10,
        drill: str | Sequence[str] | None = None,
        stores: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        new_by: str = "buyer",
        as_of_sale: bool = False,
        currency: str | None = None,
        known: date | str | None = None,
        same_age: bool = False,
    ) -> Account:
        """Why a figure moved: its change over drivers and, with `by`, over segments; every list sums to it exactly.

        `against` previous, last-year, same-weekday, FROM..TO or store:NAME; `tree` funnel, customers, orders, net,
        efficiency or profit (default: the figure's own); `depth` 1 stops the funnel at buyer value; `top` segments are
        named before the line of others; `drill` up to six cuts over which segments that moved unlike the rest are
        looked for ("none": not at all, None: those that the loaded data knows). The rest as in `figures`. `.as_dict()`, `.rows()` and `.text()` are on the
        result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=(figure,), first=first, last=last, by=by, stores=stores, compare=None, where=where, basis=basis,
            new=new, new_by=new_by, as_of_sale=as_of_sale, currency=currency, known=known,
            same_age=same_age, span=self._span,
        )  # fmt: skip
        return questions.why(
            self._engine(), self.viewer(), request, against=against, tree=tree, depth=depth, top=top, drill=drill
        )

    @_at_work
    def cohorts(
        self,
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        stores: str | Sequence[str] = (),
        basis: str = "auto",
        currency: str | None = None,
    ) -> Cohorts:
        """Buyers by the month of their first loaded purchase, and what each month since has seen of them.

        Cohorts begin in the months from `first` on; `last` is the last day that counts (default: all loaded days).
        `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=(), first=first, last=last, by=(), stores=stores, compare=None, where=None, basis=basis,
            new="first-in-data", new_by="buyer", as_of_sale=False, currency=currency, span=self._span,
        )  # fmt: skip
        return questions.cohorts(self._engine(), self.viewer(), request, loaded=self._span())

    @_at_work
    def members_rfm(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        since: date | str | None = None,
        window: int = 365,
        bands: str | None = None,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """Buyers of the `window` days to `day` (default: the last loaded one) by RFM group, or moved `since` an earlier day.

        Scores go by quantiles, or by fixed `bands`: bounds of the scores 2 to 5 as recency/frequency/amount, e.g.
        "180,90,60,30/2,3,4,6/100,200,500,1000" (days, purchase days, major units). `by_store` tells of every store for itself, else a person of several
        stores is one. `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.core.calendar import parse_day
        from goldloop.metrics.members.rfm import rfm

        earlier = parse_day(since) if isinstance(since, str) else since
        return rfm(self._ask(stores, day, by_store, basis), window=window, bands=bands, since=earlier)

    @_at_work
    def members_lifecycle(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        sleeping: int | None = None,
        lost: int | None = None,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """All loaded buyers by life cycle on `day`: new, repeat, active, sleeping, lost.

        `sleeping` and `lost`: days since the last purchase after which she is so; None: from the gaps between purchases.
        """
        from goldloop.metrics.members.lifecycle import lifecycle

        return lifecycle(self._ask(stores, day, by_store, basis), sleeping=sleeping, lost=lost)

    @_at_work
    def members_second(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by: str = "week",
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """Share of first buyers who have bought again by so many days, by `by`: week, product, channel, order_source, region."""
        from goldloop.metrics.members.second import second

        return second(self._ask(stores, day, by_store, basis), by)

    @_at_work
    def members_repurchase(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        ahead: int = 90,
        model: str = "bgnbd",
        unit: str = "day",
        basis: str = "auto",
    ) -> Repurchase:
        """Who will buy again within `ahead` days after `day`, by the `model` bgnbd or mbg, with its back-test and rival.

        `unit` (day or week) is that of the model's times. `.rows()`, `.as_dict()` and `.sql` are on the result.
        """
        from goldloop.metrics.members.repurchase import repurchase

        return repurchase(self._ask(stores, day, False, basis), ahead=ahead, kind=model, unit=unit)

    @_at_work
    def members_pairs(
        self,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        by: str = "product",
        window: int = 365,
        least: int = 10,
        limit: int = 200,
        following: bool = False,
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """The strongest pairs of goods in one order; `following`: of a buyer's purchase day and her next one.

        `by`: product, sku, category, brand or a column of the product file; pairs in fewer than `least` orders of the
        `window` days to `day` are not told.
        """
        from goldloop.metrics.members.pairs import pairs

        return pairs(
            self._ask(stores, day, by_store, basis), by=by, window=window, least=least, limit=limit, following_day=following
        )  # fmt: skip

    @_at_work
    def members_calendar(
        self,
        month: str | None = None,
        *,
        stores: str | Sequence[str] = (),
        day: date | str | None = None,
        tiers: str | None = None,
        give: str = "0.3",
        margin: str | None = None,
        step: str = "5",
        by_store: bool = False,
        basis: str = "auto",
    ) -> MemberTable:
        """The coupon calendar of `month` ("2026-06"; None: that of the day after `day`), from the month before's new buyers.

        `tiers`: bounds of first-order value in major units, as "100,300" (None: thirds); a coupon gives at most the share
        `give` of the gross margin, which is learned or set as `margin`, in steps of `step`. Nothing is sent.
        """
        from goldloop.metrics.members.coupons import calendar

        return calendar(
            self._ask(stores, day, by_store, basis), month=month, tiers=tiers, give=give, margin=margin, step=step
        )

    def _ask(self, stores: str | Sequence[str], day: date | str | None, by_store: bool, basis: str) -> Ask:
        from goldloop.jobs import questions

        return questions.members(
            self._engine(), self.viewer(), stores=stores, day=day, by_store=by_store, basis=basis, span=self._span
        )

    @_at_work
    def mature(
        self,
        *,
        stores: str | Sequence[str] = (),
        age: int = 7,
        days: int = 365,
        known: date | str | None = None,
    ) -> list[StoreCheck]:
        """How fast refunds of each store come, and expected net held against final net; `.as_dict()` is on each.

        The last `days` days that are final are expected as one would have done when they were `age` days old. `known` is
        the day up to which refunds are taken as known (None: the newest that each store's after-sale rows speak of).
        """
        from goldloop.jobs import questions

        return questions.mature(self._engine(), self.viewer(), stores=stores, age=age, days=days, known=known)

    @_at_work
    def forecast(
        self,
        figure: str = "gmv",
        *,
        store: str | None = None,
        first: date | str,
        last: date | str,
        target: Decimal | int | str | None = None,
        known: date | str | None = None,
    ) -> FigureForecast:
        """What a figure of one store will come to from `first` to `last`, with its back-test; with `target` its chance.

        `target` is in major units; `known` the last day that counts as known (None: the last loaded one). Raises
        `store_needed`, `forecast_not_a_sum`, `target_bad`, `forecast_empty`, `forecast_before` or `forecast_far`.
        `.as_dict(lang)` is on the result.
        """
        from goldloop.jobs import questions

        engine, loaded = self._engine(), self._span()
        period = questions.period(first, last, self._span)
        return questions.figure_forecast(
            engine, self.viewer(), self.store(self._one_store(store)),
            figure=figure, period=period, loaded=loaded, target=target, known=known,
        )  # fmt: skip

    @_at_work
    def day_weights(self, *, store: str | None = None, first: date | str, last: date | str) -> DayWeights:
        """How a target of one store falls on the days from `first` to `last`, by driver; `.as_dict()` is on the result."""
        from goldloop.jobs import questions

        [found] = self._day_weights([self._one_store(store)], questions.period(first, last, self._span))
        return found

    def _day_weights(self, names: Sequence[str], period: Period) -> list[DayWeights]:
        from goldloop.apps.shops import api as shops
        from goldloop.metrics.day_weights import day_weights

        every = {one.id: one for one in shops.store_list()}
        seen = {store.name: store for store in self.stores()}
        chosen = [seen.get(name) or self.store(name) for name in names]
        return day_weights(self._engine(), self.viewer(), every, chosen, period=period, loaded=self._span())

    @_at_work
    def event_review(
        self,
        event: str,
        *,
        store: str | None = None,
        year: int | None = None,
        days: Days | None = None,
        figure: str = "gmv",
        products: Sequence[str] = (),
        cost: Decimal | int | str | None = None,
        margin: float = 1.0,
    ) -> EventReview:
        """What an event of one store brought: inside it, waited before, left out after; with cost and margin a verdict.

        `event` as the calendar names it (618, double11, an own one), of `year` or the newest one; `days` are the first
        and last open day of one that no calendar knows. `products` were enrolled, `cost` is in major units. Raises
        `store_needed`, `event_not_in_calendar`, `event_days`, `event_margin`, `event_cost_bad` or `event_no_normal`.
        """
        from goldloop.jobs import questions

        return questions.event_review(
            self._engine(), self.viewer(), self.store(self._one_store(store)), event,
            loaded=self._span(), year=year, days=days, figure=figure, products=products, cost=cost, margin=margin,
        )  # fmt: skip

    @_at_work
    def daily(self, store: str | None = None, *, day: date | None = None, now: datetime | None = None) -> Daily:
        """The daily report of a store's business day (default: its newest loaded one); `now` tells which feeds are late.

        Raises `store_unknown`, `store_needed` or `nothing_loaded`. `.text(lang)` and `.as_dict(lang)` are on the result.
        """
        from goldloop.jobs import daily, questions

        chosen = self._one_store(store)
        if day is None:
            day = questions.period(None, None, self._span).last
        late = self.feeds(store=chosen, now=now)
        titles = self.product_titles([chosen])
        reports = self.profile_titles()
        return daily.report(
            self.store(chosen), day, figures=self.figures, why=self.why, late=late, titles=titles, reports=reports
        )

    @_at_work
    def product_titles(self, stores: Sequence[str] = ()) -> dict[str, str]:
        """Value of the cut `product` -> title, of these stores (default: all that the viewer may see)."""
        from goldloop.metrics.labels import product_titles

        ids = [store.id for store in self.stores() if not stores or store.name in stores]
        return product_titles(self._engine(), self.viewer(), ids)

    @_at_work
    def catalogue(self) -> dict[str, list[dict[str, Any]]]:
        """All figures that the viewer may see and all cuts, with the columns of the loaded product files."""
        from goldloop.jobs import questions

        return questions.catalogue(self._engine(), self.viewer())

    def _one_store(self, name: str | None) -> str:
        """That store's name, or the only one's; raises `store_unknown` or `store_needed`."""
        if name is not None:
            return self.store(name).name
        names = [store.name for store in self.stores()]
        if len(names) != 1:
            raise GoldloopError(
                "store_needed", "A daily report is about one store.", allowed=names, todo="--store NAME"
            )
        return names[0]

    @_at_work
    def loaded_days(self) -> tuple[date, date] | None:
        """First and last loaded day of the stores that the viewer may see; None where nothing is loaded."""
        return self._span()

    def _span(self) -> tuple[date, date] | None:
        from goldloop.apps.shops import api as shops
        from goldloop.jobs import questions

        viewer = self.viewer()
        whole = shops.sees_whole_group(viewer=viewer)
        return questions.loaded_span(self._engine(), stores=None if whole else viewer.stores)

    def _engine(self, *, most_in_memory: int = 0) -> Engine:
        """The engine on the newest state; the same one until something is loaded.

        `most_in_memory`: fact rows up to which it copies tables into memory, for a call that asks many questions.
        """
        from goldloop.jobs.events import planned
        from goldloop.metrics.engines.duckdb import Engine

        snapshot, events = self.snapshot(), planned()
        opened = self._engines.get("newest")
        fresh = opened is not None and (opened.snapshot.versions, opened.planned) == (snapshot.versions, events)
        if opened is None or not fresh or (most_in_memory and not opened.in_memory):
            small = sum(
                part.rows for name in snapshot.versions for part in snapshot.parts(name) if name.startswith("facts/")
            )
            in_memory = 0 < small <= max(self._most_in_memory, most_in_memory)
            if opened is not None and fresh and not in_memory:
                return opened
            opened = Engine(snapshot, cache=self.home.root / "cache", in_memory=in_memory, planned=events)
            self._engines["newest"] = opened
        return opened

    # --- plans ----------------------------------------------------------------------------------------------------
    @_at_work
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

    @_at_work
    def plan_list(self) -> list[Plan]:
        """The plans of stores that the viewer may see, each with its newest version."""
        from goldloop.apps.planning import api as planning

        return planning.plan_list(viewer=self.viewer())

    @_at_work
    def plan_show(self, id: int, *, number: int | None = None) -> Plan:
        """One version of a plan (default: the newest)."""
        from goldloop.apps.planning import api as planning

        return planning.plan_show(viewer=self.viewer(), id=id, number=number)

    @_at_work
    def plan_versions(self, id: int) -> list[PlanVersion]:
        """All versions of a plan, the oldest first."""
        from goldloop.apps.planning import api as planning

        return planning.version_list(viewer=self.viewer(), id=id)

    @_at_work
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

    @_at_work
    def plan_accept(self, id: int, *, seen: int, owner: str) -> Plan:
        """One of operations, traffic and members accepts the version that was `seen`."""
        from goldloop.apps.planning import api as planning

        return planning.plan_accept(viewer=self.viewer(), id=id, seen=seen, owner=owner, moment=datetime.now(UTC))

    @_at_work
    def plan_sign(self, id: int, *, seen: int, owner: str) -> Plan:
        """One of operations, traffic and members signs the version that was `seen`, which all three have accepted."""
        from goldloop.apps.planning import api as planning

        return planning.plan_sign(viewer=self.viewer(), id=id, seen=seen, owner=owner, moment=datetime.now(UTC))

    @_at_work
    def plan_comment(self, id: int, text: str, *, about: str = "", number: int | None = None) -> Plan:
        """Say something of a version (default: the newest), or of a variable or period of it."""
        from goldloop.apps.planning import api as planning

        moment = datetime.now(UTC)
        return planning.plan_comment(viewer=self.viewer(), id=id, number=number, about=about, text=text, moment=moment)

    @_at_work
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

    @_at_work
    def plan_in_force(self, stores: Sequence[str], day: date) -> Plan | None:
        """The plan by which these stores are judged on a day: its newest signed version, else the one that is proposed."""
        from goldloop.jobs import plans

        return plans.in_force(self.viewer(), [self.store(name).id for name in stores], day)

    @_at_work
    def plan_day_targets(
        self, figure: str = "gmv", *, first: date, last: date, stores: Sequence[str] = ()
    ) -> dict[date, Any]:
        """What the plans in force say of a figure on these days, in minor units; days without a plan are left out.

        Of a plan of more stores than these (none named: all) their own part; of a ratio only plans of just these stores.
        """
        from goldloop.jobs import plans

        chosen = [store.id for store in self.stores() if not stores or store.name in stores]
        return plans.day_targets(self.viewer(), chosen, figure, Period(first, last))

    @_at_work
    def plan_edited(self, id: int, path: str | Path, *, number: int | None = None) -> list[PlanEdited]:
        """The cells of a version's exported days that came back changed in a file; nothing is saved by it."""
        from goldloop.jobs import plans

        return plans.edited(self.viewer(), self.plan_show(id, number=number), Path(path))

    @_at_work
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

    @_at_work
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

    @_at_work
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

    @_at_work
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
                return replace(found, left_out=tuple(left_out))
            except GoldloopError as error:
                if error.code != "pace_no_data" or len(amounts) == 1:
                    raise
                left_out.append(error)
                del amounts[error.params["name"]]

    @_at_work
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

    @_at_work
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

    @_at_work
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

    def _about(
        self,
        first: date | str,
        last: date | str,
        *,
        stores: str | Sequence[str],
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
    ) -> Request:
        """A request about a scope and a period, without figures."""
        from goldloop.jobs import questions

        return questions.request(
            names=(), first=first, last=last, by=(), stores=stores, compare=None, where=None, basis=basis, new=new,
            new_by="buyer", as_of_sale=False, currency=currency, span=self._span,
        )  # fmt: skip

    # --- quarantine -----------------------------------------------------------------------------------------------
    @_at_work
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

    @_at_work
    def quarantine_groups(self, *, import_id: int | None = None, store: str | None = None) -> list[Group]:
        """Open rows counted by store, report, column and reason, most rows first."""
        from goldloop.jobs import quarantine

        return quarantine.groups(self.viewer(), import_id=import_id, store=store)

    @_at_work
    def quarantine_show(self, id: int) -> Row:
        """One such row with everything it held; raises `quarantine_unknown`."""
        from goldloop.jobs import quarantine

        return quarantine.row(self.home, self.viewer(), id)

    @_at_work
    def quarantine_alike(self, id: int) -> dict[str, dict[str, int]]:
        """Column -> how many open rows fail there like this one: with the same `value`, for the same `reason`."""
        from goldloop.jobs import quarantine

        return quarantine.alike_counts(self.home, self.viewer(), id)

    @_at_work
    def quarantine_fix(self, id: int, values: Mapping[str, str], *, alike: Alike = "") -> Tried:
        """Correct columns of a row, load it, and remember the fix by raw content.

        `alike` corrects all rows that fail there with the same "value", or for the same "reason", too.
        """
        from goldloop.jobs import quarantine

        return quarantine.fix(self.home, self.viewer(), id, values, alike=alike)

    @_at_work
    def quarantine_retry(self, ids: Sequence[int] = (), *, profile: str | None = None) -> Tried:
        """Try open rows again (all of them when none is named); `profile` (id or file) reads them by another format."""
        from goldloop.jobs import quarantine

        return quarantine.retry(self.home, self.viewer(), ids, profile=profile)

    @_at_work
    def quarantine_ignore(self, ids: Sequence[int], reason: str, *, alike: Alike = "") -> int:
        """Set rows (and with `alike` all that fail like them) aside for good, with a reason; returns how many."""
        from goldloop.jobs import quarantine

        return quarantine.ignore(self.home, self.viewer(), ids, reason, alike=alike)

    @_at_work
    def quarantine_export(self, *, import_id: int | None = None, store: str | None = None) -> BadRows:
        """The open rows of one report with the columns of its source, to be mended in a file and imported again."""
        from goldloop.jobs import mended

        return mended.bad_rows(self.home, self.viewer(), import_id=import_id, store=store)

    # --- calendar ---------------------------------------------------------------------------------------------------
    @_at_work
    def notes(self, *, store: str | None = None) -> list[Note]:
        """What people wrote over days of their stores, the oldest first; `store`: of that one and of all stores."""
        from goldloop.apps.calendar import api as calendar
        from goldloop.apps.shops import api as shops

        viewer = self.viewer()
        stores = None if store is None else [shops.store_visible(viewer=viewer, name=store).id]
        return calendar.note_list(viewer=viewer, stores=stores)

    @_at_work
    def note_add(
        self, text: str, *, first: date | str, last: date | str | None = None, store: str | None = None
    ) -> Note:
        """Annotate a day or a run of days, of one store or (None) of all: charts show it.

        Raises `note_text_bad`, `day_bad`, `period_reversed`, `store_unknown` or `group_right_needed`.
        """
        from goldloop.apps.calendar import api as calendar
        from goldloop.apps.shops import api as shops
        from goldloop.jobs import questions

        viewer = self.viewer()
        period = questions.period(first, last or first, self._span)
        id = None if store is None else shops.store_visible(viewer=viewer, name=store).id
        return calendar.note_add(viewer=viewer, period=period, text=text, store=id, moment=datetime.now(UTC))

    @_at_work
    def note_remove(self, id: int) -> Note:
        """Take an annotation away; raises `note_unknown` or `group_right_needed`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.note_remove(viewer=self.viewer(), id=id)

    @_at_work
    def marks(self, *, first: date, last: date, stores: Sequence[str] = ()) -> list[Mark]:
        """Events and annotations that touch these days, as charts show them."""
        from goldloop.jobs import marks

        chosen = [store for store in self.stores() if not stores or store.name in stores]
        return marks.marks(self._engine(), self.viewer(), chosen, Period(first, last))

    @_at_work
    def events(self, *, first: date | None = None, last: date | None = None, stores: Sequence[str] = ()) -> list[Event]:
        """The events of stores that the viewer may see, the oldest first; with days those that touch them."""
        from goldloop.apps.calendar import api as calendar

        period = None if first is None and last is None else Period(first or date.min, last or date.max)
        chosen = {store.id for store in self.stores() if not stores or store.name in stores}
        return [one for one in calendar.event_list(viewer=self.viewer(), period=period) if one.stores & chosen]

    @_at_work
    def event_show(self, id: int, *, number: int | None = None) -> Event:
        """One version of an event (default: the newest); raises `calendar_event_unknown` or `event_version_unknown`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.event_show(viewer=self.viewer(), id=id, number=number)

    @_at_work
    def event_history(self, id: int) -> list[Happened]:
        """All that happened to an event, the oldest first, but for what is masked for the viewer."""
        from goldloop.jobs import events

        return events.history(self.viewer(), id)

    @_at_work
    def event_new(
        self, given: Mapping[str, str], *, stores: Sequence[str] = (), owner: str = "operations", note: str = ""
    ) -> Event:
        """Put an event into the calendar: its checklist is laid out, and what its days would bring without it is frozen.

        `given`: name, kind, phases (`[KIND] FROM[..TO] [NAME]`, one a line), products (`ID[=PRICE[/STOCK]]`), fee, target,
        target_new_buyers, margin, hypothesis, as people type them; money in major units. `owner` proposes it: what
        operations brings is accepted at once. Raises as `core.event.read_content`, `event_currencies`, `store_unknown`.
        """
        from goldloop.jobs import events

        return events.event_new(
            self._engine(), self.viewer(), given, stores=stores, owner=owner, note=note,
            loaded=self._span(), moment=datetime.now(UTC),
        )  # fmt: skip

    @_at_work
    def event_change(self, id: int, given: Mapping[str, str], *, seen: int, note: str = "") -> Event:
        """Give an event another version from the one that was `seen`: fields replaced, empty ones taken out.

        Its frozen baseline stays unless its days move. Raises `event_moved` when somebody was faster, `event_closed`, and
        as `event_new`.
        """
        from goldloop.jobs import events

        return events.event_change(
            self._engine(),
            self.viewer(),
            id,
            given,
            seen=seen,
            note=note,
            loaded=self._span(),
            moment=datetime.now(UTC),
        )

    @_at_work
    def event_answer(self, id: int, said: str, *, seen: int, why: str = "") -> Event:
        """Accept or decline a proposed event, or cancel one (`accepted`, `declined`, `cancelled`); raises as `event_change`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.event_answer(
            viewer=self.viewer(), id=id, seen=seen, said=said, why=why, moment=datetime.now(UTC)
        )

    @_at_work
    def event_task_add(self, id: int, text: str, *, owner: str, days: int) -> Event:
        """Add a task of one's own to an event, due `days` before its opening (negative: after its last open day)."""
        from goldloop.apps.calendar import api as calendar

        return calendar.task_add(viewer=self.viewer(), id=id, text=text, owner=owner, days=days)

    @_at_work
    def event_task_set(self, id: int, task: int, state: str, *, seen: str | None = None) -> Event:
        """Say that a task is done, open or dropped; `seen` is the state it was looked at in, raises `event_task_moved`."""
        from goldloop.apps.calendar import api as calendar

        return calendar.task_set(
            viewer=self.viewer(), id=id, task=task, state=state, seen=seen, moment=datetime.now(UTC)
        )

    @_at_work
    def event_reviews(self, id: int, *, number: int | None = None) -> list[Reviewed]:
        """What an event brought each of its stores; when it and the days after it are loaded, the review is kept."""
        from goldloop.jobs import events

        event = self.event_show(id, number=number)
        return events.reviews(self._engine(), self.viewer(), event, loaded=self._span(), moment=datetime.now(UTC))

    @_at_work
    def events_edited(self, path: str | Path) -> list[EventRow]:
        """What a file of events asks for: new ones and changed ones; nothing is saved by it."""
        from goldloop.jobs import events

        return events.edited(self.viewer(), Path(path))

    @_at_work
    def events_apply(self, found: Sequence[EventRow], *, note: str = "") -> list[Event]:
        """Make and change the events that a file asks for, all or none; raises `event_moved`."""
        from goldloop.jobs import events

        moment = datetime.now(UTC)
        return events.apply(self._engine(), self.viewer(), found, note=note, loaded=self._span(), moment=moment)

    # --- alarms -----------------------------------------------------------------------------------------------------
    @_at_work
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

    @_at_work
    def alarms(self, *, store: str | None = None, state: str | None = "active") -> list[Alarm]:
        """Alarms, the newest first; `state` active (open or acknowledged), open, acknowledged, cleared or None for all."""
        from goldloop.apps.shops import api as shops
        from goldloop.apps.watch import api as watch

        viewer = self.viewer()
        stores = None if store is None else [shops.store_visible(viewer=viewer, name=store).id]
        return watch.alarm_list(viewer=viewer, stores=stores, state=state)

    @_at_work
    def alarm_show(self, id: int) -> tuple[Alarm, list[AlarmDay]]:
        """One alarm and its days, oldest first; raises `alarm_unknown`."""
        from goldloop.apps.watch import api as watch

        viewer = self.viewer()
        return watch.alarm_show(viewer=viewer, id=id), watch.alarm_days(viewer=viewer, id=id)

    @_at_work
    def alarm_acknowledge(self, id: int, *, note: str = "") -> Alarm:
        """Say that an alarm was seen; it stays until it clears. Raises `alarm_unknown` or `alarm_cleared`."""
        from goldloop.apps.watch import api as watch

        viewer = self.viewer()
        return watch.alarm_acknowledge(viewer=viewer, id=id, by=viewer.name, note=note, moment=datetime.now(UTC))

    @_at_work
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

    @_at_work
    def alarm_rules(self) -> list[AlarmRule]:
        """What is watched, by code."""
        from goldloop.apps.watch import api as watch

        return watch.rule_list(viewer=self.viewer())

    @_at_work
    def alarm_rule_add(self, code: str, *, stores: Sequence[str] = (), **settings: Any) -> AlarmRule:
        """Add a rule; `settings` are fields of the rule: figure, where, direction, rate, amount, least ..."""
        from goldloop.jobs import alarms

        today = datetime.now(UTC).date()
        return alarms.rule_add(self._engine(), self.viewer(), code, stores=stores, day=today, **settings)

    @_at_work
    def alarm_rule_set(self, code: str, *, stores: Sequence[str] | None = None, **settings: Any) -> AlarmRule:
        """Change settings of a rule; what is left out stays. `stores` empty means all."""
        from goldloop.jobs import alarms

        return alarms.rule_set(self.viewer(), code, stores=stores, **settings)

    @_at_work
    def alarm_rule_remove(self, code: str) -> None:
        """Remove a rule with its alarms and their history; raises `alarm_rule_unknown`."""
        from goldloop.apps.watch import api as watch

        watch.rule_remove(viewer=self.viewer(), code=code)

    # --- exclusion rules ------------------------------------------------------------------------------------------
    @_at_work
    def exclusions(self) -> list[dict[str, Any]]:
        """The rules for what does not count in gmv."""
        from goldloop.apps.shops import api as shops

        return shops.exclusion_rows()

    @_at_work
    def exclusion_add(
        self, code: str, *, kind: str, values: Sequence[str], stores: Sequence[str] = (), platforms: Sequence[str] = ()
    ) -> None:
        """Add a rule and work the facts out again by it."""
        from goldloop.jobs import settings_change

        settings_change.exclusion_add(
            self.home, code=code, kind=kind, values=values, stores=stores, platforms=platforms
        )

    @_at_work
    def exclusion_remove(self, code: str) -> None:
        """Remove a rule and work the facts out again without it."""
        from goldloop.jobs import settings_change

        settings_change.exclusion_remove(self.home, code=code)
