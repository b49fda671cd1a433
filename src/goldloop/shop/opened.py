"""An opened home: whose eyes it is seen with, its stores, and the engine on its newest state."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from goldloop import home as homes
from goldloop.core.calendar import Period
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures

if TYPE_CHECKING:
    from goldloop.jobs.feed_board import Feed
    from goldloop.lake.snapshot import Snapshot
    from goldloop.metrics.day_weights import DayWeights
    from goldloop.metrics.engines.engine import Engine
    from goldloop.metrics.members.asked import Ask
    from goldloop.metrics.query import Request

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Opened")


def at_work(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Run a method on its own home, with failures of disk and database in words."""

    @functools.wraps(method)
    def wrapped(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        with failures.explained():
            homes.connect(self.home)
            return method(self, *args, **kwargs)

    return wrapped


class Opened:
    """An opened home: whose eyes it is seen with, its stores, and the engine on its newest state."""

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

    @at_work
    def _renew(self) -> None:
        from goldloop.jobs import writing

        writing.renew(self.home)

    @at_work
    def stores(self) -> list[Store]:
        """All stores that the viewer may see, oldest first."""
        from goldloop.apps.shops import api as shops

        return shops.stores_visible(viewer=self.viewer())

    @at_work
    def store(self, name: str) -> Store:
        """The store of that name; raises `store_unknown`."""
        from goldloop.apps.shops import api as shops

        return shops.store_visible(viewer=self.viewer(), name=name)

    @at_work
    def viewer(self) -> Viewer:
        """Through whose rights this shop is seen: the owner's (every store, nothing hidden), or as `seen_by` said."""
        from goldloop.apps.shops import api as shops

        return shops.owner_viewer() if self._viewer is None else self._viewer

    def seen_by(self, viewer: Viewer) -> Self:
        """The same shop group as a person with these rights sees it."""
        return type(self)(self.home, viewer=viewer, engines=self._engines, most_in_memory=self._most_in_memory)

    @at_work
    def feeds(self, *, store: str | None = None, now: datetime | None = None) -> list[Feed]:
        """The feed board: each report of each store with last success, rhythm, lateness, counts and what is open.

        `now` (with an offset) is the moment by which lateness is told; None is this moment.
        """
        from goldloop.jobs import feed_board

        return feed_board.board(self.viewer(), now=now or datetime.now(UTC), store=store)

    @at_work
    def profile_titles(self) -> dict[str, dict[str, str]]:
        """Id of each known format -> language -> its name."""
        from goldloop.jobs import profiles

        return {one.id: dict(one.title) for one in profiles.known_profiles(self.home.profiles)}

    @at_work
    def snapshot(self) -> Snapshot:
        """The newest state of the lake."""
        from goldloop.jobs.writing import snapshot

        return snapshot(self.home)

    def _ask(
        self,
        stores: str | Sequence[str],
        day: date | str | None,
        by_store: bool,
        basis: str,
        currency: str | None = None,
    ) -> Ask:
        from goldloop.jobs import questions

        return questions.members(
            self._engine(), self.viewer(), stores=stores, day=day, by_store=by_store, basis=basis, currency=currency,
            span=self._span,
        )  # fmt: skip

    def _day_weights(self, names: Sequence[str], period: Period) -> list[DayWeights]:
        from goldloop.apps.shops import api as shops
        from goldloop.metrics.day_weights import day_weights

        every = {one.id: one for one in shops.store_list()}
        seen = {store.name: store for store in self.stores()}
        chosen = [seen.get(name) or self.store(name) for name in names]
        return day_weights(self._engine(), self.viewer(), every, chosen, period=period, loaded=self._span())

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

    @at_work
    def loaded_days(self) -> tuple[date, date] | None:
        """First and last loaded day of the stores that the viewer may see; None where nothing is loaded."""
        return self._span()

    def _span(self) -> tuple[date, date] | None:
        from goldloop.apps.shops import api as shops
        from goldloop.metrics.loaded import loaded_span

        viewer = self.viewer()
        whole = shops.sees_whole_group(viewer=viewer)
        return loaded_span(self._engine(), stores=None if whole else viewer.stores)

    def _engine(self, *, most_in_memory: int = 0) -> Engine:
        """The engine on the newest state; the same one until something is loaded.

        `most_in_memory`: fact rows up to which it copies tables into memory, for a call that asks many questions.
        """
        from goldloop.jobs import ahead
        from goldloop.jobs.events import planned
        from goldloop.jobs.segments import Saved
        from goldloop.metrics import engines

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
            opened = engines.opened(
                self.home.engine, snapshot, cache=self.home.root / "cache", in_memory=in_memory, planned=events,
                saved=Saved(),
            )  # fmt: skip
            ahead.use(self.home, opened)
            self._engines["newest"] = opened
        return opened

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
