"""Many files at once: which files of a folder are exports, and what became of each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypedDict

from goldloop.apps.feeds.api import Receipt
from goldloop.connectors import readers
from goldloop.connectors.guess import looks_like_export
from goldloop.connectors.readers import refusals
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import failures
from goldloop.jobs.import_file import import_file
from goldloop.jobs.progress import Progress, silent

UNFINISHED = (".part", ".crdownload", ".download", ".partial", ".tmp")
NO_EXPORT = ("file_kind_unknown", "file_empty", "sheet_empty")  # errors of files that hold no table at all


class Said(TypedDict, total=False):
    """What the user said about all of the files; see `import_file`."""

    store: str | None
    store_from: str | None
    profile: str | None
    period: tuple[date, date] | None
    currency: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A file to import. `label` is its path below the folder that was named, `skipped` why it is left alone.

    `named`: the user named the file itself, so that it must be an export. `error`: it is a folder, and cannot be listed.
    """

    path: Path
    label: str
    named: bool
    skipped: GoldloopError | None = None
    error: GoldloopError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: receipts, or the `error` that kept it out, or the reason why it was `skipped`."""

    file: str
    receipts: list[Receipt] = field(default_factory=list)
    error: GoldloopError | None = None
    skipped: GoldloopError | None = None


def import_many(
    home: Home,
    viewer: Viewer,
    paths: Sequence[Path],
    said: Said,
    *,
    recursive: bool = False,
    progress: Progress = silent,
) -> list[Outcome]:
    """Load files and whole folders, sorted by path; one outcome per file, and no file keeps the others out."""
    files = list(found(paths, recursive=recursive))
    if not files:
        names = ", ".join(map(str, paths))
        raise GoldloopError("folder_empty", f"There is no file in '{names}'.", given=names, todo="Name another folder, or add --recursive.", folder=names)  # fmt: skip
    outcomes = []
    for number, file in enumerate(files):
        progress("files", file.label, number, len(files))
        outcomes.append(import_one(home, viewer, file, said, progress=progress))
    return outcomes


def import_one(home: Home, viewer: Viewer, file: Found, said: Said, *, progress: Progress = silent) -> Outcome:
    """Load one file; a file of a folder that holds no export is skipped."""
    if file.skipped is not None or file.error is not None:
        return Outcome(file.label, error=file.error, skipped=file.skipped)
    try:
        with failures.explained():
            return Outcome(file.label, import_file(home, viewer, file.path, progress=progress, **said))
    except GoldloopError as error:
        if file.named or not _is_no_export(file.path, error):
            return Outcome(file.label, error=error)
        return Outcome(file.label, skipped=error)


def found(paths: Sequence[Path], *, recursive: bool) -> Iterator[Found]:
    """The files that these paths name; below a folder hidden and unfinished ones, and other folders, are skipped.

    A link that leads back into a folder above it is not followed.
    """
    for path in paths:
        if path.is_dir():
            yield from _below(path, path, recursive=recursive, above=frozenset())
        else:
            yield Found(path, readers.shown(path.name), named=True)


def _below(folder: Path, top: Path, *, recursive: bool, above: frozenset[Path]) -> Iterator[Found]:
    if (real := folder.resolve()) in above:
        return
    try:
        inside = sorted(folder.iterdir(), key=lambda p: p.name.casefold())
    except OSError as error:  # locked, or gone since it was listed
        locked = refusals.unreadable(folder, error.strerror or str(error))
        label = readers.shown(str(Path(top.name, folder.relative_to(top))))
        yield Found(folder, label, named=False, error=locked)
        return
    for path in inside:
        label = readers.shown(str(path.relative_to(top)))
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if recursive:
                yield from _below(path, top, recursive=True, above=above | {real})
            else:
                reason = GoldloopError(
                    "folder_left_out", "A folder in the folder.", given=label, todo="Add --recursive."
                )
                yield Found(path, label, named=False, skipped=reason)
        elif path.name.startswith("~$") or path.suffix.lower() in UNFINISHED:
            reason = GoldloopError("file_unfinished", "A file that another program still writes.", given=label)
            yield Found(path, label, named=False, skipped=reason)
        else:
            yield Found(path, label, named=False)


def _is_no_export(path: Path, error: GoldloopError) -> bool:
    """Whether a file that was refused is no export at all: no table, or one in which no column name means anything."""
    if error.code in NO_EXPORT:
        return True
    if error.code != "format_unknown" or error.allowed:  # `allowed`: formats that come near
        return False
    try:
        return not any(map(looks_like_export, readers.sheets(path)))
    except GoldloopError:
        return False
