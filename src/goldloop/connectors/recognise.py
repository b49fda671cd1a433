"""Which profile a sheet fits, and in which row its header stands: told by exact column names, never by the file's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goldloop.connectors.issues import Note
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet, column_names
from goldloop.core.errors import GoldloopError

HEADER_ROWS = 12  # how far down a header may stand
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another profile: one that fits less well, or one that does not fit, and why not.

    `missing` are its required columns that are not there, `unwanted` columns of the sheet that it refuses.
    """

    profile: Profile
    header_row: int
    confidence: float
    missing: tuple[str, ...]
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a sheet was recognised as; `profile` None (and `header_row` 0) when nothing fits.

    `found` are the columns of the sheet that the profile knows, `unused` those it does not, `missing` the columns of the
    profile that the sheet lacks (all of them optional). `alternatives` are other profiles that fit (when nothing fits, the
    nearest), `near` the nearest of those that do not. `confidence` runs from 0 to 1, see `confidence_of`.
    """

    profile: Profile | None
    confidence: float
    header_row: int
    found: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    reasons: tuple[Note, ...]
    alternatives: tuple[Alternative, ...]
    near: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class _Match:
    """One profile held against one row."""

    profile: Profile
    row: int
    columns: tuple[str, ...]
    lacking: tuple[str, ...]  # required
    place: int  # in the list of profiles

    @property
    def unwanted(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name in self.profile.forbidden)

    @property
    def found(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if self.profile.spelled(name) in self.profile.names)

    @property
    def known(self) -> set[str]:
        """The profile's names of the columns that are there, aliases resolved."""
        spelled = map(self.profile.spelled, self.found)
        return {self.profile.aliases.get(name, name) for name in spelled}

    @property
    def missing(self) -> tuple[str, ...]:
        aliases = self.profile.aliases
        there = self.known
        return tuple(sorted({aliases.get(name, name) for name in self.profile.names} - there))

    @property
    def confidence(self) -> float:
        known = len(self.known)
        explained = len(self.columns) if self.profile.takes_all else len(self.found)
        return confidence_of(known, known + len(self.missing), explained, len(self.columns))


def recognise(sheet: RawSheet, profiles: Iterable[Profile], *, only: str | None = None) -> Recognition:
    """The profile that knows most columns of the sheet, of those whose required names are there and no forbidden one.

    Each of the first 12 rows is tried as the header. Ties: more required names, then a word of the file's name, then
    the upper row, then the later profile (a user's own goes before a built-in one). `only` tries one profile; raises
    `profile_unknown` when there is none of that id.
    """
    tried = _chosen(list(profiles), only)
    rows = [tuple(column_names(row)) for row in sheet.first_rows(HEADER_ROWS)]
    matches = [
        _Match(profile, number, columns, _lacking(profile, columns), place)
        for number, columns in enumerate(rows, 1)
        for place, profile in enumerate(tried)
        if columns
    ]
    label = f"{sheet.file} {sheet.member} {sheet.sheet}"
    fitting = sorted(
        (m for m in matches if not m.lacking and not m.unwanted), key=lambda m: _rank(m, label), reverse=True
    )
    if not fitting:
        return Recognition(None, 0.0, 0, (), (), (), (), _one_each(_nearest(matches)))
    best = fitting[0]
    others = _one_each(m for m in fitting if m.profile.id != best.profile.id)
    fits = {m.profile.id for m in fitting}
    return Recognition(
        profile=best.profile,
        confidence=best.confidence,
        header_row=best.row,
        found=best.found,
        missing=best.missing,
        unused=() if best.profile.takes_all else tuple(c for c in best.columns if c not in best.found),
        reasons=_reasons(best, others, label),
        alternatives=others,
        near=_one_each(m for m in _nearest(matches) if m.profile.id not in fits),
    )


def confidence_of(known: int, profile_columns: int, explained: int, sheet_columns: int) -> float:
    """How sure a match is: `(known / profile_columns + 2 x explained / sheet_columns) / 3`, from 0 to 1.

    `known`: columns of the profile that are in the sheet, of all `profile_columns` it knows (an alias counts once);
    `explained`: columns of the sheet that the profile knows, of all `sheet_columns`. The second share weighs double:
    users choose columns at export, but a column nobody knows may mean another format.

    >>> confidence_of(20, 20, 10, 10), confidence_of(5, 20, 10, 10), round(confidence_of(5, 5, 5, 50), 2)
    (1.0, 0.75, 0.4)
    """
    return (known / max(profile_columns, 1) + 2 * explained / max(sheet_columns, 1)) / 3


def format_unknown(recognition: Recognition, file_name: str) -> GoldloopError:
    """The error for a sheet that no profile fits, with the nearest profiles and what they lack."""
    nearest = [
        f"{a.profile.id} (lacks {', '.join(a.missing)})"
        if a.missing
        else f"{a.profile.id} (not with {', '.join(a.unwanted)})"
        for a in recognition.alternatives
    ]
    return GoldloopError(
        "format_unknown",
        f"No profile fits '{file_name}'.",
        given=file_name,
        allowed=nearest or None,
        todo=f"goldloop profile new {file_name}",
        file=file_name,
        nearest=[(a.profile.id, a.missing) for a in recognition.alternatives],
    )


def _chosen(profiles: Sequence[Profile], only: str | None) -> Sequence[Profile]:
    if only is None:
        return profiles
    found = [p for p in profiles if p.id == only]
    if not found:
        raise GoldloopError(
            "profile_unknown",
            f"There is no profile '{only}'.",
            given=only,
            allowed=sorted({p.id for p in profiles}),
            todo="goldloop profile list",
            profile=only,
        )
    return found


def _lacking(profile: Profile, columns: Iterable[str]) -> tuple[str, ...]:
    there = {profile.spelled(name) for name in columns}
    return tuple(names[0] for names in profile.required if not there.intersection(names))


def _rank(match: _Match, label: str) -> tuple[int, int, bool, int, int]:
    hint = any(word in label for word in match.profile.file_words)
    return len(match.found), len(match.profile.required), hint, -match.row, match.place


def _one_each(matches: Iterable[_Match]) -> tuple[Alternative, ...]:
    """The first match of each profile, up to three."""
    first: dict[str, _Match] = {}
    for match in matches:
        first.setdefault(match.profile.id, match)
    nearest = list(first.values())[:NEAREST]
    return tuple(Alternative(m.profile, m.row, m.confidence, m.lacking, m.unwanted) for m in nearest)


def _nearest(matches: Iterable[_Match]) -> list[_Match]:
    """The matches that do not fit, those first of whose required columns the largest share is there; some must be."""

    def closeness(match: _Match) -> tuple[float, int]:
        return -len(match.lacking) / len(match.profile.required), len(match.found)

    near = (m for m in matches if (m.lacking or m.unwanted) and len(m.lacking) < len(m.profile.required))
    return sorted(near, key=closeness, reverse=True)


def _reasons(best: _Match, others: Sequence[Alternative], label: str) -> tuple[Note, ...]:
    known, all_known = len(best.found), len(best.columns)
    reasons = [
        Note(
            "required_found",
            f"All {len(best.profile.required)} required columns are there.",
            {"required": len(best.profile.required)},
        ),
        Note("columns_known", f"{known} of {all_known} columns are known.", {"known": known, "columns": all_known}),
    ]
    if best.row > 1:
        reasons.append(Note("header_below", f"The column names stand in row {best.row}.", {"row": best.row}))
    if word := next((w for w in best.profile.file_words if w in label), None):
        reasons.append(Note("name_hints", f"The file name says '{word}'.", {"word": word}))
    if others:
        other = others[0].profile.id
        reasons.append(Note("fits_too", f"'{other}' fits too, but less well.", {"profile": other}))
    return tuple(reasons)
