"""What a receipt says beside its counts because of other imports: what it takes the place of, and what goes before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Receipt
from goldloop.connectors.issues import Note
from goldloop.jobs.recognised import Part


def of_history(receipt: Receipt, part: Part, replaced: Sequence[int], *, learns: bool) -> list[dict[str, Any]]:
    """Notes that need to know what was before; `replaced` are the imports whose place this one takes.

    `learns`: the profile is kept from now on.
    """
    notes = []
    if learns:
        text = f"The format '{part.profile.id}' is kept: such files are recognised from now on."
        notes.append(Note("profile_kept", text, {"profile": part.profile.id}))
    if replaced:
        ids = ", ".join(map(str, replaced))
        text = f"Takes the place of import {ids}, which read this file by another form of its profile."
        notes.append(Note("replaces_imports", text, {"ids": ids}))
    older = _counts_as_older(receipt, part)
    if older is not None:
        notes.append(older)
    return [as_dict(note) for note in notes]


def as_dict(note: Note) -> dict[str, Any]:
    """A note as receipts keep it."""
    return {"code": note.code, "text": note.text, "params": dict(note.params)}


def _counts_as_older(receipt: Receipt, part: Part) -> Note | None:
    """For a file that says not when it was exported, when an import of the same feed reaches further.

    Without a moment of its own a file counts as old as the latest time in it.
    """
    stamped = part.profile.moment_column is not None or any(note["code"] == "export_moment" for note in receipt.notes)
    if stamped or receipt.first_day is None or receipt.last_day is None:
        return None
    further = feeds.import_reaching_further(
        store=part.store.id, profile=part.profile.id, first=receipt.first_day, last=receipt.last_day
    )
    if further is None:
        return None
    id, day = further
    text = (
        f"The file does not say when it was exported, and import {id} reaches further (to {day}): where the two differ "
        f"about the same row, import {id} holds. If this file is the newer one, undo import {id} and load that again."
    )
    return Note("counts_as_older", text, {"id": id, "day": str(day)})
