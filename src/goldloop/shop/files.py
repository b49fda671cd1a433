"""Files in: imports, feeds and formats; the home folder that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from goldloop.jobs.progress import Progress, silent
from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.feeds.api import Receipt
    from goldloop.jobs.many import Outcome, Said
    from goldloop.jobs.tidy import Tidied
    from goldloop.jobs.watch import Watch

Days = tuple[date | str, date | str]


class Files(Opened):
    """Files in: imports, feeds and formats; the home folder that holds them."""

    @at_work
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
        from goldloop.jobs import ahead
        from goldloop.jobs.import_file import import_file

        covered = None
        if period is not None:
            first, last = (parse_day(day) if isinstance(day, str) else day for day in period)
            covered = (first, last)
        viewer = self.viewer()
        receipts = [
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
        if not dry_run:
            ahead.keep_up(self.home, progress or silent)
        return receipts

    @at_work
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
        from goldloop.jobs import ahead
        from goldloop.jobs.many import import_many

        files = list(map(Path, paths))
        told = progress or silent
        outcomes = import_many(self.home, self.viewer(), files, said, recursive=recursive, progress=told)
        if not said.get("dry_run"):
            ahead.keep_up(self.home, told)
        return outcomes

    @at_work
    def watch(self, folder: str | Path, *, recursive: bool = False, **said: Unpack[Said]) -> Watch:
        """A folder to look into again and again: each `look()` loads the files that have come to rest since the last."""
        from goldloop.jobs.watch import Watch

        return Watch(self.home, self.viewer, Path(folder), said, recursive=recursive)

    @at_work
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

    @at_work
    def import_show(self, id: int) -> tuple[Receipt, list[Receipt]]:
        """One receipt, and the receipts of its rows that were fixed and loaded later; raises `import_unknown`."""
        from goldloop.apps.feeds import api as feeds

        viewer = self.viewer()
        return feeds.import_show(viewer=viewer, id=id), feeds.import_children(viewer=viewer, id=id)

    @at_work
    def import_undo(self, ids: Sequence[int]) -> dict[str, Any]:
        """Take imports back, with the rows of theirs that were fixed later; older statements hold again."""
        from goldloop.jobs import ahead
        from goldloop.jobs.import_undo import import_undo

        undone = import_undo(self.home, self.viewer(), ids)
        ahead.keep_up(self.home)
        return undone

    @at_work
    def feed_expect(self, store: str, profile: str, *, days: int) -> None:
        """Declare that a file of this profile is expected every so many days; 0 takes the declaration back."""
        from goldloop.jobs import feed_board

        feed_board.expect(self.viewer(), store=store, profile=profile, days=days)

    @at_work
    def profile_learn(self, path: str | Path, profile_file: str | Path) -> str:
        """Keep a format the user corrected, which must fit the given file; returns its id."""
        from goldloop.jobs import profiles

        return profiles.learn(self.home.profiles, self.viewer(), Path(path), Path(profile_file)).id

    @at_work
    def lake_tidy(self) -> Tidied:
        """Remove what nobody needs any more: replaced files (after an hour), files of killed writers, loose sources."""
        from goldloop.jobs import tidy

        return tidy.tidy(self.home)

    @at_work
    def lake_rebuild(self) -> dict[str, Any]:
        """Make all facts anew from what was imported: `facts` per table, and `different` ones per table."""
        from goldloop.jobs import ahead, rebuild

        rebuilt = rebuild.rebuild(self.home)
        ahead.keep_up(self.home)
        return rebuilt

    @at_work
    def lake_publish(self, address: str, *, sweep: bool = False, progress: Progress | None = None) -> dict[str, Any]:
        """Copy the newest state of the lake to `s3://BUCKET/PREFIX`, where `GOLDLOOP_LAKE` of other machines reads it.

        What is there already is not sent again, and readers see the state before until all is there; `sweep` removes
        the files of states before. Files `sent`, their `bytes`, files that were `there` and `removed` ones.
        """
        from goldloop.jobs import publishing

        return publishing.publish(self.home, self.viewer(), address, sweep=sweep, progress=progress or silent)

    @at_work
    def lake_rollups(self, *, drop: bool = False, progress: Progress | None = None) -> dict[str, Any]:
        """Count figures ahead, so that any range of days is answered at once, or bring that up to date; `drop` removes it.

        Once made they are kept up to date by every import. `rollups` (whether there are any), and of them `days`,
        `stores`, `people` (codes of buyers and visitors) and `bytes`; with Spark `tables` of sums in place of people.
        """
        from goldloop.jobs import ahead

        if drop:
            ahead.drop(self.home)
            return ahead.as_dict(None)
        return ahead.as_dict(ahead.make(self.home, progress or silent))

    @at_work
    def forget(self, *, store: str, order: str | None = None, buyer: str | None = None) -> dict[str, Any]:
        """Make a person anonymous, found by an order or by account, e-mail or phone; the certificate of what was done.

        Raises `person_needed`, `store_unknown`, or `person_unknown` when nothing kept speaks of such a person.
        """
        from goldloop.jobs import forget

        return forget.forget(self.home, self.viewer(), store=store, order=order, buyer=buyer)
