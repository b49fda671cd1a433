"""Events of the calendar: checked and with a frozen baseline when they are made, reviewed when they are over, sent out and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goldloop.apps.calendar import api as calendar
from goldloop.apps.calendar.api import Event, Happened
from goldloop.apps.shops import api as shops
from goldloop.core.errors import GoldloopError
from goldloop.core.event import BENDING, FIELDS, Content, read_content
from goldloop.core.event_words import title
from goldloop.core.money import split, to_minor
from goldloop.core.store import Store
from goldloop.core.viewer import Viewer

if TYPE_CHECKING:
    from goldloop.metrics.calendar_events import Phase
    from goldloop.metrics.engines.engine import Engine

Loaded = tuple[date, date] | None
Changes = tuple[tuple[str, str | None, str | None], ...]  # field, before, after
MASKED = {"margin": "gross_margin"}  # field -> the figure that tells the same
COLUMNS = ("id", "version", "stores", "owner", "state", *FIELDS)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What an event brought one store: `told` as it is kept, or (`final` False) so far; `problem` why it cannot be told."""

    store: str
    told: Mapping[str, Any] | None
    final: bool
    known: date | None
    problem: GoldloopError | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of a sent calendar that came back: an event to make (no `id`), or one whose fields changed (None: taken out)."""

    row: int
    id: int | None
    seen: int
    stores: tuple[str, ...]
    owner: str
    given: Mapping[str, str]
    changes: Changes


def planned() -> dict[int, tuple[Phase, ...]]:
    """The phases of the events that make days no ordinary ones, by store, as the calendar of the figures takes them."""
    from goldloop.metrics.calendar_events import Phase

    days = calendar.event_days()
    contents = calendar.event_contents(id for id, _, _ in days) if days else {}
    found: dict[int, list[Phase]] = {}
    for id, _, stores in days:
        content = contents[id]
        if content.kind in BENDING:
            names = title(content, "zh"), title(content, "en")
            phases = [Phase(f"event-{id}", p.kind, p.first, p.last, *names) for p in content.phases]
            for store in stores:
                found.setdefault(store, []).extend(phases)
    return {store: tuple(phases) for store, phases in found.items()}


def chosen(viewer: Viewer, names: Sequence[str]) -> list[Store]:
    """The stores of an event (none named: all that the viewer may see); raises `store_unknown` or `event_currencies`."""
    found = [shops.store_visible(viewer=viewer, name=name) for name in dict.fromkeys(names)]
    found = found or shops.stores_visible(viewer=viewer)
    currencies = sorted({store.currency for store in found})
    if len(currencies) != 1:
        raise GoldloopError(
            "event_currencies",
            "Stores with different currencies cannot share an event.",
            given=currencies,
            allowed="one currency",
            field="of",
        )
    return found


def event_new(
    engine: Engine,
    viewer: Viewer,
    given: Mapping[str, str],
    *,
    stores: Sequence[str],
    owner: str,
    note: str,
    loaded: Loaded,
    moment: datetime,
) -> Event:
    """Put an event into the calendar, its baseline frozen as the loaded days tell it now."""
    own = chosen(viewer, stores)
    content = read_content(given, own[0].currency)
    return calendar.event_new(
        viewer=viewer,
        stores=[store.id for store in own],
        currency=own[0].currency,
        content=content,
        baseline=_baseline(engine, viewer, own, content, loaded),
        owner=owner,
        note=note,
        moment=moment,
    )


def event_change(
    engine: Engine,
    viewer: Viewer,
    id: int,
    given: Mapping[str, str],
    *,
    seen: int,
    note: str,
    loaded: Loaded,
    moment: datetime,
) -> Event:
    """Give an event another version from the one that was `seen`: fields replaced, empty ones taken out.

    Its baseline stays as it was frozen, unless its days move.
    """
    event = calendar.event_show(viewer=viewer, id=id, number=seen)
    content = read_content({**event.content.said, **given}, event.currency)
    frozen = event.version.baseline
    if content.said["phases"] != event.content.said["phases"]:
        frozen = _baseline(engine, viewer, _stores(viewer, event), content, loaded)
    try:
        return calendar.event_change(
            viewer=viewer, id=id, seen=seen, content=content, baseline=frozen, note=note, moment=moment
        )
    except GoldloopError as error:
        hidden = masked(viewer, event)
        if error.code == "event_moved" and hidden:
            error.params["conflict"] = [row for row in error.params["conflict"] if row["name"] not in hidden]
            error.given = [line for line in error.given if line.partition(":")[0] not in hidden]
        raise


def reviews(engine: Engine, viewer: Viewer, event: Event, *, loaded: Loaded, moment: datetime) -> list[Reviewed]:
    """What an event brought each of its stores: kept once it and the days after it are loaded, told so far before.

    A review by the days before the event only is told again when more days are loaded, until days after it can be taken,
    too; every one of them is kept. Nothing before the opening is loaded.
    """
    from goldloop.core.events import DIP_DAYS
    from goldloop.metrics.event_review import AFTER

    if loaded is None or loaded[1] < event.content.opens or not event.stands:
        return []
    over = event.content.ends + timedelta(days=DIP_DAYS)
    known = min(loaded[1], event.content.ends + timedelta(days=AFTER))
    kept = {one.store: one for one in event.newest_reviews()}
    fees = _fees(event)
    found = []
    for store in _stores(viewer, event):
        old = kept.get(store.id)
        if old is not None and (old.told["sides"] == "both" or old.known >= known):
            found.append(Reviewed(store.name, old.told, True, old.known))
            continue
        try:
            told = _told(engine, viewer, event, store, fees[store.id], loaded)
        except GoldloopError as error:
            found.append(Reviewed(store.name, None, False, known, error))
            continue
        final = loaded[1] >= over and event.version.number == event.current
        if final:
            calendar.review_keep(
                id=event.id, number=event.version.number, store=store.id, known=known, told=told, moment=moment
            )
        found.append(Reviewed(store.name, told, final, known))
    return found


def masked(viewer: Viewer, event: Event) -> list[str]:
    """The fields of an event that this viewer does not see."""
    return [field for field, figure in MASKED.items() if viewer.hides(figure, event.stores)]


def history(viewer: Viewer, id: int) -> list[Happened]:
    """All that happened to an event, the oldest first, but for changes of what is masked for this viewer."""
    event = calendar.event_show(viewer=viewer, id=id)
    hidden = masked(viewer, event)
    return [one for one in calendar.event_history(viewer=viewer, id=id) if one.about not in hidden]


def visible(event: Event, viewer: Viewer) -> dict[str, str]:
    """The texts of an event but for those that are masked for this viewer."""
    hidden = masked(viewer, event)
    return {field: text for field, text in event.content.said.items() if field not in hidden}


def rows(viewer: Viewer, events: Sequence[Event]) -> tuple[list[str], list[dict[str, str]]]:
    """Events as a file holds them, one a row, and its columns; several values of a field stand one a line."""
    names = {store.id: store.name for store in shops.stores_visible(viewer=viewer)}
    hidden = [field for field, figure in MASKED.items() if viewer.hides(figure)]
    columns = [name for name in COLUMNS if name not in hidden]
    found = []
    for event in events:
        said = visible(event, viewer)
        head = {
            "id": str(event.id),
            "version": str(event.current),
            "stores": "\n".join(names[store] for store in sorted(event.stores)),
            "owner": event.owner,
            "state": event.state,
        }
        row = {**head, **said}
        found.append({name: row.get(name, "") for name in columns})
    return columns, found


def edited(viewer: Viewer, path: Path) -> list[EventRow]:
    """What a file of events asks for: new ones, and those whose fields changed; raises `event_file_bad` and as reading a file does."""
    from goldloop.connectors.readers import sheets

    table = next(iter(sheets(path))).table(1).to_pylist()
    found = []
    for line in table:
        row = int(line["_row"])
        cells = {name: str(line.get(name) or "").strip() for name in COLUMNS if name in line}
        if not cells.get("name") or not cells.get("phases"):
            raise _bad_file(row)
        given = {field: cells[field] for field in FIELDS if field in cells}
        stores = tuple(one.strip() for one in cells.get("stores", "").replace(";", "\n").splitlines() if one.strip())
        if not cells.get("id"):
            currency = chosen(viewer, stores)[0].currency
            said = read_content(given, currency).said
            changes: Changes = tuple((field, None, text) for field, text in said.items())
            found.append(EventRow(row, None, 0, stores, cells.get("owner") or "operations", given, changes))
            continue
        if not (cells["id"].isdigit() and cells.get("version", "").isdigit()):
            raise _bad_file(row)
        event = calendar.event_show(viewer=viewer, id=int(cells["id"]), number=int(cells["version"]))
        given = {f: text for f, text in given.items() if f not in event.content.said or f in visible(event, viewer)}
        after = read_content({**event.content.said, **given}, event.currency).said
        before = event.content.said
        changes = tuple((f, before.get(f), after.get(f)) for f in FIELDS if before.get(f) != after.get(f))
        if changes:
            found.append(EventRow(row, event.id, event.version.number, stores, event.owner, given, changes))
    return found


def apply(
    engine: Engine, viewer: Viewer, found: Sequence[EventRow], *, note: str, loaded: Loaded, moment: datetime
) -> list[Event]:
    """Make and change the events of a file, all or none."""
    done = []
    with transaction.atomic():
        for one in found:
            if one.id is None:
                done.append(
                    event_new(
                        engine,
                        viewer,
                        one.given,
                        stores=one.stores,
                        owner=one.owner,
                        note=note,
                        loaded=loaded,
                        moment=moment,
                    )
                )
            else:
                done.append(
                    event_change(
                        engine, viewer, one.id, one.given, seen=one.seen, note=note, loaded=loaded, moment=moment
                    )
                )
    return done


def _stores(viewer: Viewer, event: Event) -> list[Store]:
    return [store for store in shops.stores_visible(viewer=viewer) if store.id in event.stores]


def _baseline(
    engine: Engine, viewer: Viewer, own: Sequence[Store], content: Content, loaded: Loaded
) -> dict[int, dict[date, int]]:
    from goldloop.metrics.event_baseline import baseline

    every = {store.id: store for store in shops.store_list()}
    return {store.id: baseline(engine, viewer, every, store, days=content.days, loaded=loaded) for store in own}


def _fees(event: Event) -> dict[int, int | None]:
    """The fee in minor units as its stores bear it: by their frozen normal sales, evenly where one of them has none."""
    stores = sorted(event.stores)
    fee = event.content.amount("fee")
    if fee is None:
        return dict.fromkeys(stores)
    weights = [sum(event.version.baseline.get(store, {}).values()) for store in stores]
    parts = split(to_minor(fee, event.currency), weights if all(weights) else [1] * len(stores))
    return dict(zip(stores, parts, strict=True))


def _told(
    engine: Engine, viewer: Viewer, event: Event, store: Store, fee: int | None, loaded: Loaded
) -> dict[str, Any]:
    """A review as it is kept: as the command line answers, its notes in both languages."""
    from goldloop.metrics.event_review import review

    content = event.content
    margin = content.amount("margin")
    found = review(
        engine,
        viewer,
        {one.id: one for one in shops.store_list()},
        store,
        loaded=loaded,
        event=event.key,
        waves=content.waves,
        products=[product.id for product in content.products],
        cost=fee,
        margin=1.0 if margin is None else float(margin),
    )
    notes = [note for note in found.notes if note.code != "event_halo"]  # the event itself says what is enrolled
    told = {lang: [note.text(lang) for note in notes] for lang in ("zh", "en")}
    return {**found.as_dict(), "event": content.name, "notes": told}


def _bad_file(row: int) -> GoldloopError:
    return GoldloopError(
        "event_file_bad",
        f"Row {row} is no event: it needs a name and phases, and a changed one its id and version.",
        given=row,
        todo="Begin again from: goldloop event export --out events.xlsx",
        row=row,
    )
