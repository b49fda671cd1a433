"""The facade of one shop group: what `goldloop.open()` gives, and what the command line calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, Unpack

from goldloop import home as homes
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures
from goldloop.jobs.progress import Progress, silent

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Group, Receipt
    from goldloop.jobs.feed_board import Feed
    from goldloop.jobs.many import Outcome, Said
    from goldloop.jobs.mended import BadRows
    from goldloop.jobs.quarantine import Alike, Row, Tried
    from goldloop.jobs.tidy import Tidied
    from goldloop.jobs.watch import Watch
    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.answer import Answer as FigureAnswer
    from goldloop.metrics.engines.duckdb import Engine
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

    def __init__(self, home: Home) -> None:
        self.home = home
        self._opened: Engine | None = None

    def __repr__(self) -> str:
        return f"<goldloop.Shop at {self.home.root}>"

    @_at_work
    def _renew(self) -> None:
        from goldloop.jobs import writing

        writing.renew(self.home)

    # --- stores ---------------------------------------------------------------------------------------------------
    @_at_work
    def stores(self) -> list[Store]:
        """All stores, oldest first."""
        from goldloop.apps.shops import api as shops

        return shops.store_list()

    @_at_work
    def store(self, name: str) -> Store:
        """The store of that name; raises `store_unknown`."""
        from goldloop.apps.shops import api as shops

        return shops.store_by_name(name=name)

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
        )

    @_at_work
    def store_set(
        self,
        name: str,
        *,
        day_starts: int | None = None,
        opened_on: date | None = None,
        identity_limit: float | None = None,
    ) -> Store:
        """Change settings of a store; None leaves one as it is."""
        from goldloop.jobs import settings_change

        return settings_change.store_set(
            self.home, name=name, day_starts=day_starts, opened_on=opened_on, identity_limit=identity_limit
        )

    @_at_work
    def viewer(self) -> Viewer:
        """The rights of the owner: every store, nothing hidden."""
        from goldloop.apps.shops import api as shops

        return shops.owner_viewer()

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
        return [
            receipt
            for path in paths
            for receipt in import_file(
                self.home,
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

        return import_many(self.home, list(map(Path, paths)), said, recursive=recursive, progress=progress or silent)

    @_at_work
    def watch(self, folder: str | Path, *, recursive: bool = False, **said: Unpack[Said]) -> Watch:
        """A folder to look into again and again: each `look()` loads the files that have come to rest since the last."""
        from goldloop.jobs.watch import Watch

        return Watch(self.home, Path(folder), said, recursive=recursive)

    @_at_work
    def imports(self, *, store: str | None = None, undone: bool = False) -> list[Receipt]:
        """Receipts, newest first; `undone` shows those that were taken back and those that failed, too."""
        from goldloop.apps.feeds import api as feeds
        from goldloop.apps.shops import api as shops

        only = shops.store_by_name(name=store).id if store else None
        return feeds.import_list(states=() if undone else ("done",), store=only)

    @_at_work
    def import_show(self, id: int) -> tuple[Receipt, list[Receipt]]:
        """One receipt, and the receipts of its rows that were fixed and loaded later; raises `import_unknown`."""
        from goldloop.apps.feeds import api as feeds

        return feeds.import_show(id=id), feeds.import_children(id=id)

    @_at_work
    def import_undo(self, ids: Sequence[int]) -> dict[str, Any]:
        """Take imports back, with the rows of theirs that were fixed later; older statements hold again."""
        from goldloop.jobs.import_undo import import_undo

        return import_undo(self.home, ids)

    @_at_work
    def feeds(self, *, store: str | None = None, now: datetime | None = None) -> list[Feed]:
        """The feed board: each report of each store with last success, rhythm, lateness, counts and what is open.

        `now` (with an offset) is the moment by which lateness is told; None is this moment.
        """
        from goldloop.jobs import feed_board

        return feed_board.board(now=now or datetime.now(UTC), store=store)

    @_at_work
    def feed_expect(self, store: str, profile: str, *, days: int) -> None:
        """Declare that a file of this profile is expected every so many days; 0 takes the declaration back."""
        from goldloop.jobs import feed_board

        feed_board.expect(store=store, profile=profile, days=days)

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

        return forget.forget(self.home, store=store, order=order, buyer=buyer)

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
    ) -> FigureAnswer:
        """Figures of a scope: by default the golden formula over all loaded days.

        `first` and `last` are business days (both inside); `by` up to two cuts such as "month" or ["month", "store"];
        `compare` previous, last-year, same-weekday or FROM..TO; `where` cut -> value or values; `basis` auto, platform
        or orders; `new` platform365, first-ever or first-in-data; `new_by` buyer or order; `currency` what all amounts
        are converted into, at the loaded rate of each row's day. Money comes back in minor units, as Decimal where it
        was converted or is money per something; `.to_arrow()`, `.to_pandas()`, `.rows()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=names, first=first, last=last, by=by, stores=stores, compare=compare, where=where, basis=basis,
            new=new, new_by=new_by, as_of_sale=as_of_sale, currency=currency, span=self._span,
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

        `totals` hold the figure of each side and the `difference`, to which the differences of all `rows` add up. With
        `limit` only the largest ones come along, and `left` counts the others. Amounts are text in major units.
        """
        from goldloop.jobs import questions, reconciling

        period = questions.period(first, last, self._span)
        return reconciling.compare(self.snapshot(), self.viewer(), between, store=store, period=period, limit=limit)

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
        stores: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        new_by: str = "buyer",
        as_of_sale: bool = False,
        currency: str | None = None,
    ) -> Account:
        """Why a figure moved: its change over drivers and, with `by`, over segments; every list sums to it exactly.

        `against` previous, last-year, same-weekday, FROM..TO or store:NAME; `tree` funnel, customers, orders, net,
        efficiency or profit (default: the figure's own); `depth` 1 stops the funnel at buyer value; `top` segments are
        named before the line of others. The rest as in `figures`. `.as_dict()`, `.rows()` and `.text()` are on the
        result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=(figure,), first=first, last=last, by=by, stores=stores, compare=None, where=where, basis=basis,
            new=new, new_by=new_by, as_of_sale=as_of_sale, currency=currency, span=self._span,
        )  # fmt: skip
        return questions.why(self._engine(), self.viewer(), request, against=against, tree=tree, depth=depth, top=top)

    @_at_work
    def catalogue(self) -> dict[str, list[dict[str, Any]]]:
        """All figures and cuts, with the columns of the loaded product files."""
        from goldloop.jobs import questions

        return questions.catalogue(self._engine())

    def _span(self) -> tuple[date, date] | None:
        from goldloop.jobs import questions

        return questions.loaded_span(self._engine())

    def _engine(self) -> Engine:
        """The engine on the newest state; the same one until something is loaded."""
        from goldloop.metrics.engines.duckdb import Engine

        snapshot = self.snapshot()
        if self._opened is None or self._opened.snapshot.versions != snapshot.versions:
            self._opened = Engine(snapshot, cache=self.home.root / "cache")
        return self._opened

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

        return quarantine.rows(self.home, states=states, import_id=import_id, store=store, limit=limit, offset=offset)

    @_at_work
    def quarantine_groups(self, *, import_id: int | None = None, store: str | None = None) -> list[Group]:
        """Open rows counted by store, report, column and reason, most rows first."""
        from goldloop.jobs import quarantine

        return quarantine.groups(import_id=import_id, store=store)

    @_at_work
    def quarantine_show(self, id: int) -> Row:
        """One such row with everything it held; raises `quarantine_unknown`."""
        from goldloop.jobs import quarantine

        return quarantine.row(self.home, id)

    @_at_work
    def quarantine_alike(self, id: int) -> dict[str, dict[str, int]]:
        """Column -> how many open rows fail there like this one: with the same `value`, for the same `reason`."""
        from goldloop.jobs import quarantine

        return quarantine.alike_counts(self.home, id)

    @_at_work
    def quarantine_fix(self, id: int, values: Mapping[str, str], *, alike: Alike = "") -> Tried:
        """Correct columns of a row, load it, and remember the fix by raw content.

        `alike` corrects all rows that fail there with the same "value", or for the same "reason", too.
        """
        from goldloop.jobs import quarantine

        return quarantine.fix(self.home, id, values, alike=alike)

    @_at_work
    def quarantine_retry(self, ids: Sequence[int] = (), *, profile: str | None = None) -> Tried:
        """Try open rows again (all of them when none is named); `profile` (id or file) reads them by another format."""
        from goldloop.jobs import quarantine

        return quarantine.retry(self.home, ids, profile=profile)

    @_at_work
    def quarantine_ignore(self, ids: Sequence[int], reason: str, *, alike: Alike = "") -> int:
        """Set rows (and with `alike` all that fail like them) aside for good, with a reason; returns how many."""
        from goldloop.jobs import quarantine

        return quarantine.ignore(self.home, ids, reason, alike=alike)

    @_at_work
    def quarantine_export(self, *, import_id: int | None = None, store: str | None = None) -> BadRows:
        """The open rows of one report with the columns of its source, to be mended in a file and imported again."""
        from goldloop.jobs import mended

        return mended.bad_rows(self.home, import_id=import_id, store=store)

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
