"""The facade of one shop group: what `goldloop.open()` gives, and what the command line calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from goldloop import home as homes
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures
from goldloop.jobs.progress import Progress, silent

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt
    from goldloop.jobs.quarantine import Row, Tried
    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.answer import Answer as FigureAnswer
    from goldloop.metrics.engines.duckdb import Engine

Period = tuple[date, date]
P = ParamSpec("P")
R = TypeVar("R")


def open(home: str | Path | None = None, *, create: bool = False) -> Shop:
    """The shop group in a home folder (default: `GOLDLOOP_HOME`, else the user's data folder).

    `create` makes the folder when it is not there yet, and brings an older one up to date. Raises `home_missing`,
    `home_outdated` or `setting_bad`.
    """
    with failures.explained():
        return Shop(homes.create(home) if create else homes.find(home))


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
        period: Period | None = None,
        currency: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> list[Receipt]:
        """Load export files; one receipt per sheet and store. Stops at the first file that cannot be loaded.

        `store` names the store of all rows, `store_from` the column that names it on each row; with neither, the only
        store that fits. `profile` is the id of a format or a profile file. `dry_run` loads nothing.
        """
        from goldloop.jobs.import_file import import_file

        return [
            receipt
            for path in paths
            for receipt in import_file(
                self.home,
                Path(path),
                store=store,
                store_from=store_from,
                profile=profile,
                period=period,
                currency=currency,
                dry_run=dry_run,
                progress=progress or silent,
            )
        ]

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
    def snapshot(self) -> Snapshot:
        """The newest state of the lake."""
        from goldloop.jobs.writing import snapshot

        return snapshot(self.home)

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
        as_of_sale: bool = False,
    ) -> FigureAnswer:
        """Figures of a scope: by default the golden formula over all loaded days.

        `first` and `last` are business days (both inside); `by` up to two cuts such as "month" or ["month", "store"];
        `compare` previous, last-year, same-weekday or FROM..TO; `where` cut -> value or values; `basis` auto, platform
        or orders; `new` platform365, first-ever or first-in-data. Money comes back in minor units, as Decimal where it
        is money per something; `.to_arrow()`, `.to_pandas()`, `.rows()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=names, first=first, last=last, by=by, stores=stores, compare=compare, where=where, basis=basis,
            new=new, as_of_sale=as_of_sale, span=self._span,
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
        limit: int = 20,
        offset: int = 0,
    ) -> dict[str, Any]:
        """The fact rows behind a figure, largest first, each with the files, sheets and rows that state it."""
        from goldloop.jobs import questions

        request = questions.request(
            names=(figure,), first=first, last=last, by=(), stores=stores, compare=None, where=where, basis=basis,
            new=new, as_of_sale=False, span=self._span,
        )  # fmt: skip
        return questions.trace(self.home, self._engine(), self.viewer(), request, limit=limit, offset=offset)

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
        self, *, states: Sequence[str] = ("open",), import_id: int | None = None, store: str | None = None
    ) -> list[Row]:
        """Rows that could not be loaded."""
        from goldloop.jobs import quarantine

        return quarantine.rows(self.home, states=states, import_id=import_id, store=store)

    @_at_work
    def quarantine_show(self, id: int) -> Row:
        """One such row with everything it held; raises `quarantine_unknown`."""
        from goldloop.jobs import quarantine

        return quarantine.row(self.home, id)

    @_at_work
    def quarantine_fix(self, id: int, values: Mapping[str, str], *, all_alike: bool = False) -> Tried:
        """Correct columns of a row (and of all rows that fail alike), load it, and remember the fix by raw content."""
        from goldloop.jobs import quarantine

        return quarantine.fix(self.home, id, values, all_alike=all_alike)

    @_at_work
    def quarantine_retry(self, ids: Sequence[int] = (), *, profile: str | None = None) -> Tried:
        """Try open rows again (all of them when none is named); `profile` (id or file) reads them by another format."""
        from goldloop.jobs import quarantine

        return quarantine.retry(self.home, ids, profile=profile)

    @_at_work
    def quarantine_ignore(self, ids: Sequence[int], reason: str) -> int:
        """Set rows aside for good, with a reason; returns how many."""
        from goldloop.jobs import quarantine

        return quarantine.ignore(ids, reason)

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
