"""Which parts of a file are loaded, by which profile, for which store: decided for the whole file before any of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from goldloop.apps.shops import api as shops
from goldloop.connectors import readers
from goldloop.connectors.issues import Note
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import Recognition, format_unknown, recognise
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs.profiles import chosen_profiles
from goldloop.jobs.splitting import split_by_store


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user said about a file."""

    store: str | None = None
    store_from: str | None = None
    profile: str | None = None
    period: tuple[date, date] | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet (or the rows of it that belong to one store), understood and ready to be read."""

    sheet: RawSheet
    recognition: Recognition
    store: Store
    notes: tuple[Note, ...] = ()

    @property
    def profile(self) -> Profile:
        """The format it was recognised as."""
        assert self.recognition.profile is not None
        return self.recognition.profile


def parts(home: Home, path: Path, wish: Wish) -> list[Part]:
    """Every part of the file that is to be loaded; the first one carries a note for each sheet that nobody knows.

    Raises what makes the whole file unusable: `format_unknown`, `store_needed`, `store_unknown`, `profile_unknown` ...
    """
    known, only = chosen_profiles(home.profiles, wish.profile)
    found = [(sheet, recognise(sheet, known, only=only)) for sheet in readers.sheets(path)]
    understood = [(sheet, recognition) for sheet, recognition in found if recognition.profile is not None]
    if not understood:
        raise format_unknown(found[0][1], path.name)
    made = [part for sheet, recognition in understood for part in _parts(sheet, recognition, wish)]
    skipped = tuple(_skipped(sheet) for sheet, recognition in found if recognition.profile is None)
    return [replace(made[0], notes=skipped), *made[1:]]


def _skipped(sheet: RawSheet) -> Note:
    name = " / ".join(label for label in (sheet.member, sheet.sheet) if label)
    return Note("sheet_skipped", f"'{name}' fits no profile and was left out.", {"sheet": name})


def _parts(sheet: RawSheet, recognition: Recognition, wish: Wish) -> Iterator[Part]:
    profile = recognition.profile
    assert profile is not None
    if wish.store_from:
        for part, name in split_by_store(sheet, recognition.header_row, wish.store_from):
            yield Part(part, recognition, _checked(shops.store_by_name(name=name), profile, wish))
    else:
        yield Part(sheet, recognition, _checked(_store(profile, wish), profile, wish))


def _store(profile: Profile, wish: Wish) -> Store:
    """The store that was named, else the only one on a platform of the profile."""
    platforms = profile.platforms
    if wish.store:
        try:
            return shops.store_by_name(name=wish.store)
        except GoldloopError as error:
            if error.todo and platforms:
                error.todo = error.todo.replace("PLATFORM", platforms[0])
            raise
    stores = shops.store_list()
    fitting = [store for store in stores if not platforms or store.platform in platforms]
    if len(fitting) == 1:
        return fitting[0]
    raise GoldloopError(
        "store_needed",
        "Say which store this file belongs to.",
        given=profile.id,
        allowed=[store.name for store in fitting or stores],
        todo="Add --store NAME."
        if stores
        else f"goldloop store add NAME --platform {platforms[0] if platforms else 'PLATFORM'}",
        profile=profile.id,
    )


def _checked(store: Store, profile: Profile, wish: Wish) -> Store:
    """The store, if this is a file of its platform; a store on 'other' and a profile the user chose take any."""
    platforms = profile.platforms
    if wish.profile or not platforms or store.platform in (*platforms, "other"):
        return store
    raise GoldloopError(
        "store_other_platform",
        f"This is a file of {platforms[0]}, but the store '{store.name}' is on {store.platform}.",
        given=store.name,
        allowed=[fit.name for fit in shops.store_list() if fit.platform in platforms],
        todo=f"Name a store on {platforms[0]}, or add one: goldloop store add NAME --platform {platforms[0]}",
        name=store.name,
        platform=store.platform,
        expected=platforms[0],
    )
