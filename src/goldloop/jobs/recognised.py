"""Which parts of a file are loaded, by which profile, for which store: decided for the whole file before any of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from goldloop.apps.shops import api as shops
from goldloop.connectors.issues import Note
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import Recognition, format_unknown, recognise
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.home import Home
from goldloop.jobs.profiles import chosen_profiles
from goldloop.jobs.splitting import split_by_store, stores_named


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
    """One sheet (or the rows of it that belong to one store, told by `store_column`), understood and ready to be read."""

    sheet: RawSheet
    recognition: Recognition
    store: Store
    store_column: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def profile(self) -> Profile:
        """The format it was recognised as."""
        assert self.recognition.profile is not None
        return self.recognition.profile


def parts(home: Home, sheets: Sequence[RawSheet], wish: Wish, *, stores: Sequence[Store]) -> list[Part]:
    """Every part of a file that is to be loaded; the first one carries a note for each sheet that nobody knows.

    `stores` are those it may be loaded into: any other one is unknown. Raises what makes the whole file unusable: `format_unknown`, `store_needed`, `store_missing`, `store_unknown` ...
    """
    known, only = chosen_profiles(home.profiles, wish.profile)
    found = [(sheet, recognise(sheet, known, only=only)) for sheet in sheets]
    understood = [(sheet, recognition) for sheet, recognition in found if recognition.profile is not None]
    if not understood:
        raise format_unknown(found[0][1], sheets[0].file)
    made = [part for sheet, recognition in understood for part in _parts(sheet, recognition, wish, stores)]
    skipped = tuple(_skipped(sheet) for sheet, recognition in found if recognition.profile is None)
    return [replace(made[0], notes=skipped), *made[1:]]


def _skipped(sheet: RawSheet) -> Note:
    name = " / ".join(label for label in (sheet.member, sheet.sheet) if label)
    return Note("sheet_skipped", f"'{name}' fits no profile and was left out.", {"sheet": name})


def _parts(sheet: RawSheet, recognition: Recognition, wish: Wish, stores: Sequence[Store]) -> Iterator[Part]:
    profile = recognition.profile
    assert profile is not None
    fitting = [] if wish.store or wish.store_from else _fitting(profile, stores)
    named = stores_named(sheet, recognition, [store.name for store in fitting]) if len(fitting) > 1 else []
    column = wish.store_from or (profile.store_name if len(named) > 1 else None)
    if column:
        for part, name in split_by_store(sheet, recognition.header_row, column):
            store = shops.store_among(stores=stores, name=name)
            yield Part(part, recognition, _checked(store, profile, wish, stores), column)
    else:
        chosen = replace(wish, store=named[0]) if named else wish
        yield Part(sheet, recognition, _checked(_store(profile, chosen, stores), profile, wish, stores))


def _fitting(profile: Profile, stores: Sequence[Store]) -> list[Store]:
    platforms = profile.platforms
    return [store for store in stores if not platforms or store.platform in platforms]


def _store(profile: Profile, wish: Wish, stores: Sequence[Store]) -> Store:
    """The store that was named, else the only one on a platform of the profile."""
    platforms = profile.platforms
    if wish.store:
        try:
            return shops.store_among(stores=stores, name=wish.store)
        except GoldloopError as error:
            if error.todo and platforms:
                error.todo = error.todo.replace("PLATFORM", platforms[0])
            raise
    fitting = _fitting(profile, stores)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise GoldloopError(
            "store_needed",
            "Say which store this file belongs to.",
            given=profile.id,
            allowed=[store.name for store in fitting],
            todo="Add --store NAME.",
            profile=profile.id,
        )
    raise GoldloopError(
        "store_missing",
        f"There is no store yet that files of '{profile.id}' belong to.",
        given=profile.id,
        allowed=[f"--platform {platform}" for platform in platforms] or None,
        todo=f"goldloop store add NAME --platform {platforms[0] if platforms else 'PLATFORM'}",
        profile=profile.id,
    )


def _checked(store: Store, profile: Profile, wish: Wish, stores: Sequence[Store]) -> Store:
    """The store, if this is a file of its platform; a store on 'other' and a profile the user chose take any."""
    platforms = profile.platforms
    if wish.profile or not platforms or store.platform in (*platforms, "other"):
        return store
    raise GoldloopError(
        "store_other_platform",
        f"This is a file of {platforms[0]}, but the store '{store.name}' is on {store.platform}.",
        given=store.name,
        allowed=[fit.name for fit in _fitting(profile, stores)],
        todo=f"Name a store on {platforms[0]}, or add one: goldloop store add NAME --platform {platforms[0]}",
        name=store.name,
        platform=store.platform,
        expected=platforms[0],
    )
