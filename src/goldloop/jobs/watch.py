"""A folder that is watched: files are loaded when they have come to rest, each content once."""

from __future__ import annotations

from pathlib import Path

from goldloop.connectors.readers import content_hash
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs.many import Found, Outcome, Said, found, import_one
from goldloop.jobs.progress import Progress, silent

Mark = tuple[int, int]  # bytes, time of the last change (ns)


class Watch:
    """Looks into a folder as often as it is told to.

    A file is taken when two looks see it with the same size and time of change. What was loaded or refused is known by
    the hash of its content: a refused file is tried again only when it changes.
    """

    def __init__(self, home: Home, folder: Path, said: Said, *, recursive: bool = False) -> None:
        if not folder.is_dir():
            raise GoldloopError(
                "watch_no_folder", f"'{folder}' is no folder.", given=str(folder), todo="Name a folder to watch.", folder=str(folder)
            )  # fmt: skip
        self._home, self._folder, self._said, self._recursive = home, folder, said, recursive
        self._seen: dict[Path, Mark] = {}
        self._settled: dict[Path, Mark] = {}
        self._known: set[str] = set()

    def look(self, progress: Progress = silent) -> list[Outcome]:
        """What became of the files that have come to rest since the last look."""
        files = [file for file in found([self._folder], recursive=self._recursive) if file.skipped is None]
        before, self._seen = self._seen, {file.path: mark for file in files if (mark := _mark(file.path))}
        ready = [
            file
            for file in files
            if (mark := self._seen.get(file.path)) and mark == before.get(file.path) != self._settled.get(file.path)
        ]
        outcomes = [self._take(file, progress) for file in ready]
        return [outcome for outcome in outcomes if outcome is not None]

    def _take(self, file: Found, progress: Progress) -> Outcome | None:
        """The outcome of a file at rest; None when its content is known or it has gone."""
        try:
            content = content_hash(file.path)
        except GoldloopError:
            return None
        self._settled[file.path] = self._seen[file.path]
        if content in self._known:
            return None
        self._known.add(content)
        return import_one(self._home, file, self._said, progress=progress)


def _mark(path: Path) -> Mark | None:
    """Size and time of change; None for a file that is empty or has gone."""
    try:
        state = path.stat()
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns) if state.st_size else None
