"""A state of the lake in object storage: its Parquet files, one list of them, and a name that says which list holds.

    goldloop.json                 the name of the list that holds, replaced at the very end
    states/<digest>.json          the list of a state: table -> version and files
    facts/..., seen/..., ref/...  the files, under the names that they have in the lake

Files and lists never change under their names. So whoever reads sees the state before or the one after, whenever the
publisher is killed, and publishing again sends only what is not there yet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from goldloop.core.errors import GoldloopError, WorkFailed
from goldloop.lake.delta import Part
from goldloop.lake.objects import Objects, each
from goldloop.lake.snapshot import Snapshot

POINTER = "goldloop.json"
STATES = "states/"
OURS = ("facts/", "seen/", "ref/", STATES)  # everything else below the address is somebody else's
FORM = 1
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class State:
    """A published state: of which home it is (a mark that tells nothing else), by which settings its facts were finished,
    the version and the files of each table."""

    home: str
    settings: Mapping[str, str]
    versions: Mapping[str, int]
    parts: Mapping[str, Sequence[Part]]

    def text(self) -> str:
        """The list as it is published."""
        tables = {name: [_row(part) for part in self.parts[name]] for name in sorted(self.versions)}
        whole = {"form": FORM, "home": self.home, "settings": dict(self.settings), "versions": dict(self.versions), "tables": tables}  # fmt: skip
        return json.dumps(whole, ensure_ascii=False, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> State:
        """The state of a published list."""
        whole = json.loads(text)
        tables = {name: [_part(row) for row in rows] for name, rows in whole["tables"].items()}
        return cls(whole["home"], whole["settings"], whole["versions"], tables)


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: files and bytes sent, files that were there already, and files removed."""

    sent: int
    bytes: int
    there: int
    removed: int


def publish(objects: Objects, snapshot: Snapshot, state: State, *, sweep: bool = False, told: Told) -> Published:
    """Make `state`, which is that of `snapshot`, the one that readers find; `told` hears bytes sent and to be sent.

    `sweep` removes what it does not name, which readers of the state before may still be fetching. Raises
    `lake_of_another_home`, `state_replaced` when files of the snapshot are no longer there, and `StorageError`.
    """
    current(objects, state.home)
    held = objects.sizes()
    files = {f"{name}/{part.path}": part.size for name in state.versions for part in state.parts[name]}
    missing = {name: size for name, size in files.items() if held.get(name) != size}
    _send(objects, Path(snapshot.root), missing, told)
    text = state.text()
    listed = STATES + _digest(text) + ".json"
    if listed not in held:
        objects.write(listed, text.encode())
    objects.write(POINTER, json.dumps({"form": FORM, "home": state.home, "state": listed}).encode())
    loose = [name for name in held if name.startswith(OURS) and name not in files and name != listed]
    objects.remove(loose if sweep else ())
    return Published(len(missing), sum(missing.values()), len(files) - len(missing), len(loose) if sweep else 0)


def current(objects: Objects, home: str) -> str:
    """The name of the list that holds; empty where nothing is published.

    Raises `lake_of_another_home`, `state_unreadable`, and `StorageError`.
    """
    found = objects.read(POINTER)
    if found is None:
        return ""
    try:
        said = json.loads(found)
        form, mark, listed = said["form"], said["home"], str(said["state"])
    except (ValueError, KeyError, TypeError):
        raise _unreadable(objects) from None
    if form != FORM or not listed.startswith(STATES):
        raise _unreadable(objects)
    if mark != home:
        raise GoldloopError(
            "lake_of_another_home", "The lake at this address was published by another home folder.",
            given=str(objects.address), todo="Give another address, or use the home folder (with its keys) that published it.",
        )  # fmt: skip
    return listed


def listed(objects: Objects, name: str) -> str:
    """A published list by its name, checked by the digest in it; raises `state_unreadable`, and `StorageError`."""
    found = (objects.read(name) or b"").decode(errors="replace")
    if name != STATES + _digest(found) + ".json":
        raise _unreadable(objects)
    return found


def _send(objects: Objects, root: Path, missing: Mapping[str, int], told: Told) -> None:
    total, sent = sum(missing.values()), 0
    told(0, total)

    def put(name: str) -> int:
        try:
            objects.put(name, root / name)
        except FileNotFoundError:
            raise WorkFailed(
                "state_replaced", "The state was replaced and tidied away while it was copied.", given=name,
                todo="Do the same again: what was copied is not copied again.",
            ) from None  # fmt: skip
        return missing[name]

    for size in each(put, list(missing)):
        sent += size
        told(sent, total)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _row(part: Part) -> list[Any]:
    bounds = {name: [_told(low), _told(high)] for name, (low, high) in part.bounds.items()}
    return [part.path, part.partition, part.rows, part.size, part.written, bounds]


def _part(row: Sequence[Any]) -> Part:
    path, partition, rows, size, written, bounds = row
    return Part(path, partition, rows, size, written, {n: (_value(low), _value(high)) for n, (low, high) in bounds.items()})  # fmt: skip


def _told(value: object) -> object:
    """A bound as JSON holds it: days and times say what they are."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _value(told: Any) -> object:
    if not isinstance(told, dict):
        return told
    return datetime.fromisoformat(told["time"]) if "time" in told else date.fromisoformat(told["day"])


def _unreadable(objects: Objects) -> WorkFailed:
    return WorkFailed(
        "state_unreadable", "What is published at this address cannot be read.", given=str(objects.address),
        todo="Publish the lake again with this goldloop: goldloop lake publish",
    )  # fmt: skip
