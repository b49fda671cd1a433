"""A folder that is watched: files are loaded when they have come to rest, each content once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from goldloop.connectors.readers import content_hash
from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs.many import Found, Outcome, Said, found, import_one
from goldloop.jobs.progress import Progress, silent

Mark = tuple[int, int]  # bytes, time of the last change (ns)
LONGEST = 64  # looks between two tries of a file at which the machine failed


class Failed(NamedTuple):
    """A file that could not be loaded for reasons of the machine: how it stood, how often, and the look it waits for."""

    mark: Mark
    times: int
    due: int


class Watch:
    """Looks into a folder as often as it is told to.

    A file is taken when two looks see it with the same size and time of change. What was loaded or refused is known by
    the hash of its content: a refused file is tried again only when it changes. Where the machine failed (disk full,
    locked, no memory) the file is tried again after 2 looks, then after 4, 8 ... up to `LONGEST`.
    """

    def __init__(
        self, home: Home, viewer: Callable[[], Viewer], folder: Path, said: Said, *, recursive: bool = False
    ) -> None:
        if not folder.is_dir():
            raise GoldloopError(
                "watch_no_folder", f"'{folder}' is no folder.", given=str(folder), todo="Name a folder to watch.", folder=str(folder)
            )  # fmt: skip
        self._home, self._viewer = home, viewer  # asked again for each file: stores come and rights change
        self._folder, self._said, self._recursive = folder, said, recursive
        self._seen: dict[Path, Mark] = {}
        self._settled: dict[Path, Mark] = {}
        self._known: set[str] = set()
        self._looks = 0
        self._failed: dict[Path, Failed] = {}

    def look(self, progress: Progress = silent) -> list[Outcome]:
        """What became of the files that have come to rest since the last look."""
        files = [file for file in found([self._folder], recursive=self._recursive) if file.skipped is None]
        self._looks += 1
        before, self._seen = self._seen, {file.path: mark for file in files if (mark := _mark(file.path))}
        ready = [file for file in files if self._is_ready(file.path, before.get(file.path))]
        outcomes = [self._take(file, progress) for file in ready]
        return [outcome for outcome in outcomes if outcome is not None]

    def _is_ready(self, path: Path, before: Mark | None) -> bool:
        mark, failed = self._seen.get(path), self._failed.get(path)
        waits = failed is not None and failed.mark == mark and self._looks < failed.due
        return mark is not None and mark == before != self._settled.get(path) and not waits

    def _take(self, file: Found, progress: Progress) -> Outcome | None:
        """The outcome of a file at rest; None when its content is known or it has gone."""
        try:
            content = content_hash(file.path)
        except GoldloopError:
            return None
        mark = self._seen[file.path]
        if content in self._known:
            self._settled[file.path] = mark
            return None
        outcome = import_one(self._home, self._viewer(), file, self._said, progress=progress)
        if isinstance(outcome.error, WorkFailed):
            before = self._failed.get(file.path)
            times = before.times + 1 if before is not None and before.mark == mark else 1
            self._failed[file.path] = Failed(mark, times, self._looks + min(2**times, LONGEST))
        else:
            self._failed.pop(file.path, None)
            self._settled[file.path] = mark
            self._known.add(content)
        return outcome


def _mark(path: Path) -> Mark | None:
    """Size and time of change; None for a file that is empty or has gone."""
    try:
        state = path.stat()
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns) if state.st_size else None
