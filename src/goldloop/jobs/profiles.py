"""Export formats: which are known, how a file is understood by them, and making one for a file that nobody knows."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldloop.connectors import readers, templates
from goldloop.connectors.compiled import compiled
from goldloop.connectors.profile import BUILT_IN, Profile, check_profile, load_profiles, read_profile
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import Recognition, format_unknown, recognise
from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.core.viewer import Viewer
from goldloop.lake import schema


@dataclass(frozen=True, slots=True)
class Other:
    """A profile that was not taken: it fits less well, lacks required columns, or refuses columns that are there."""

    profile: str
    confidence: float
    missing: list[str]
    unwanted: list[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """How one sheet is understood: the profile, how sure, where its columns go, which are not used and which not there.

    `profile` is empty (and all else but `alternatives`) for a sheet that nobody knows. `mapped` is column of the file ->
    places `table.column`; `alternatives` are other profiles that come near, and why they are not taken.
    """

    member: str
    sheet: str
    profile: str
    confidence: float
    header_row: int
    mapped: dict[str, list[str]]
    unused: list[str]
    missing: list[str]
    reasons: list[dict[str, Any]]
    alternatives: list[Other] = field(default_factory=list)


def known_profiles(folder: Path | None) -> list[Profile]:
    """Templates, built-in profiles and those of the user's folder; of equally good ones the last goes first."""
    found = sorted(folder.glob("*.toml")) if folder is not None else []
    return list(_known(folder, tuple((path.name, path.stat().st_mtime_ns) for path in found)))


@functools.lru_cache(maxsize=4)
def _known(folder: Path | None, files: tuple[tuple[str, int], ...]) -> tuple[Profile, ...]:
    """The profiles, read once as long as the `files` of the user's folder stay as they are."""
    return (*_templates(), *load_profiles(folder))


@functools.cache
def _templates() -> tuple[Profile, ...]:
    """The profiles of goldloop's own templates; making all of them would cost each import more than most files."""
    place = Path(templates.__file__)
    makers = [*place.parent.rglob("*.py"), Path(schema.__file__)]
    return tuple(
        compiled(place.with_name("all_templates.py"), makers, lambda: templates.template_profiles(schema.FILLED))
    )


def chosen_profiles(folder: Path | None, chosen: str | None) -> tuple[list[Profile], str | None]:
    """The profiles to try and the id of the only one of them, if there is one; a chosen file is the only one to try.

    An id goes before a file of that name.
    """
    known = known_profiles(folder)
    if not chosen or any(profile.id == chosen for profile in known):
        return known, chosen
    is_file = chosen.endswith(".toml") or Path(chosen).is_file()
    return ([_read(Path(chosen))], None) if is_file else (known, chosen)


def profile_by_id(folder: Path | None, id: str) -> Profile:
    """The profile of that id or in that file; raises `profile_unknown`."""
    known, only = chosen_profiles(folder, id)
    for profile in known:
        if only is None or profile.id == only:
            return profile
    raise GoldloopError(
        "profile_unknown",
        f"There is no profile '{id}'.",
        given=id,
        allowed=sorted(profile.id for profile in known),
        todo="goldloop profile list",
        profile=id,
    )


def check(folder: Path | None, path: Path, chosen: str | None = None) -> list[Checked]:
    """How every sheet of a file is understood; raises `format_unknown` when none is."""
    known, only = chosen_profiles(folder, chosen)
    found = [(sheet, recognise(sheet, known, only=only)) for sheet in readers.sheets(path)]
    if all(recognition.profile is None for _, recognition in found):
        raise format_unknown(found[0][1], path.name)
    return [checked(sheet, recognition) for sheet, recognition in found]


def guessed(folder: Path | None, path: Path, target: Path) -> str:
    """Write a profile with guesses for the first sheet of a file that nobody knows; returns its text.

    Its id is the name of `target`. Raises `target_exists` when there is a file of that name.
    """
    from goldloop.connectors.guess import guess_profile

    sheets, known = list(readers.sheets(path)), known_profiles(folder)
    unknown = next((sheet for sheet in sheets if recognise(sheet, known).profile is None), sheets[0])
    text = guess_profile(unknown, profile_id=plain_name(target.stem))
    write_new(target, text.encode("utf-8"))
    return text


def learn(folder: Path, viewer: Viewer, path: Path, profile_file: Path) -> Profile:
    """Keep a profile the user edited, so that such files are recognised from now on; it must fit the given file.

    It is used for the files of every store, so the viewer must see all of them. Raises `group_right_needed`,
    `profile_bad`, or `format_unknown` when it does not fit.
    """
    from goldloop.apps.shops import api as shops  # formats are looked up without a home, and so without Django

    shops.check_whole_group(viewer=viewer)
    profile = _read(profile_file)
    check_profile(profile, schema.TABLES)
    check(folder, path, str(profile_file))
    keep(folder, profile)
    return profile


def keep(folder: Path, profile: Profile) -> None:
    """Make a copy of a profile's file one of the user's own, whole or not at all; one of the same id is replaced."""
    target, origin = user_profile(folder, profile.id), Path(profile.origin)
    if target.resolve() != origin.resolve():
        draft = target.with_suffix(".draft")
        shutil.copyfile(origin, draft)
        draft.replace(target)


def user_profile(folder: Path, id: str) -> Path:
    """Where a profile of the user's own is kept."""
    return folder / f"{plain_name(id)}.toml"


def is_new(folder: Path, profile: Profile) -> bool:
    """Whether a profile is a file outside the user's folder that would not take the place of one we brought along."""
    origin = Path(profile.origin)
    if not origin.is_file() or origin.parent in (folder, folder / "used", BUILT_IN):
        return False
    ours = {known.id for known in known_profiles(folder) if Path(known.origin).parent != folder}
    return profile.id not in ours


def template(table: str, target: Path, meaning: Callable[[str], str] = str) -> dict[str, str]:
    """Write the empty template of a fact table; returns its columns with their meaning, put into other words by `meaning`.

    Raises `table_unknown`.
    """
    if table not in schema.FILLED:
        raise GoldloopError(
            "table_unknown",
            f"There is no fact table '{table}'.",
            given=table,
            allowed=sorted(schema.FILLED),
            table=table,
        )
    columns = {name: meaning(text) for name, text in templates.template_columns(schema.FILLED[table]).items()}
    write_new(target, templates.template_csv(columns))
    return columns


def checked(sheet: RawSheet, recognition: Recognition) -> Checked:
    """How a sheet is understood by what it was recognised as."""
    profile = recognition.profile
    places = {} if profile is None else profile.mapped()
    return Checked(
        member=sheet.member,
        sheet=sheet.sheet,
        profile="" if profile is None else profile.id,
        confidence=recognition.confidence,
        header_row=recognition.header_row,
        mapped={name: places.get(_own(profile, name), []) for name in recognition.found} if profile else {},
        unused=list(recognition.unused),
        missing=list(recognition.missing),
        reasons=[{"code": r.code, "text": r.text, "params": dict(r.params)} for r in recognition.reasons],
        alternatives=[
            Other(other.profile.id, other.confidence, list(other.missing), list(other.unwanted))
            for other in (*recognition.alternatives, *recognition.near)
        ],
    )


def _own(profile: Profile, header: str) -> str:
    name = profile.spelled(header)
    return profile.aliases.get(name, name)


def _read(path: Path) -> Profile:
    if not path.is_file():
        raise GoldloopError(
            "profile_file_missing",
            f"There is no profile file '{path}'.",
            given=str(path),
            todo="goldloop profile new FILE",
            file=str(path),
        )
    return read_profile(path)


def write_new(target: Path, content: bytes) -> None:
    """Write a file that is not there yet; raises `target_exists` or `target_not_written`."""
    try:
        with open(target, "xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise GoldloopError(
            "target_exists",
            f"There is already a file '{target}'.",
            given=str(target),
            todo="Choose another name with --to.",
            file=str(target),
        ) from error
    except OSError as error:
        raise WorkFailed(
            "target_not_written",
            f"The file '{target}' cannot be written: {error.strerror}.",
            given=str(target),
            todo="Choose another place with --to.",
            file=str(target),
            reason=error.strerror,
        ) from error


def plain_name(name: str) -> str:
    """A name that may stand in a file name and an id."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name).lstrip(".") or "profile"
