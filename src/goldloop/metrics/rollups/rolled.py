"""What was counted ahead of one version of the lake, as it lies on disk: arrays that are mapped, not read, and small tables."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from goldloop.metrics.rollups.cells import Cells, Ints, Rows, adds_exactly

CURRENT = "current.json"
ROWS_FIELDS = ("day", "store", "label", "code", "gmv")
MOST_NUMBERS = 4_000_000  # that are kept of what was counted; the oldest go first
MOST_MADE = 8  # cells made for scopes and cuts that are not kept on disk; those asked for longest ago go first


@dataclass(frozen=True, slots=True)
class About:
    """What rollups were made of.

    `made_by`: digest of the code; `files`: paths of the lake's files by table; `stores`: (id, platform, currency) in the
    order of their numbers; `labels`: values of each cut in the order of theirs; `first`, `days`: business days by number;
    `persons`: how many codes there are, by buyers and visits.
    """

    made_by: str
    files: dict[str, list[str]]
    stores: list[tuple[int, str, str]]
    labels: dict[str, list[str | None]]
    first: int
    days: int
    persons: dict[str, int]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> About:
        """As it was written."""
        return cls(**{**told, "stores": [tuple(one) for one in told["stores"]]})


@dataclass
class Rolled:
    """The rollups of one version of the lake, in a folder."""

    folder: Path
    about: About
    _open: dict[str, Any] = field(default_factory=dict)
    _made: dict[Any, Cells] = field(default_factory=dict)
    _counted: dict[Any, Ints] = field(default_factory=dict)
    _numbers: int = 0
    _lock: Lock = field(default_factory=Lock)

    def cells(self, name: str) -> Cells:
        """Kept cells: `all`, `store`, each of the cuts, `visits`, `visits_store`."""
        return self._once(f"cells/{name}", lambda: read_cells(self.folder, name))

    def rows(self, name: str) -> Rows:
        """Who bought what by day, store and a cut: its label is the store under the name `visits`."""
        if name == "visits":
            held = self.cells("visits_store")
            days = np.repeat(np.arange(held.first, held.first + held.days, dtype=np.uint16), np.diff(held.starts))
            return Rows(days, held.label, held.label, held.code, held.gmv)
        return self._once(f"rows/{name}", lambda: Rows(*(self._array(f"rows/{name}", one) for one in ROWS_FIELDS)))

    def has(self, name: str) -> bool:
        """Whether there are cells of that name."""
        return (self.folder / "cells" / name).is_dir()

    def hashes(self, name: str) -> Any:
        """The hash of each person's key, of `buyers` or `visits`, by her code."""
        return np.array(self._array("hashes", name))

    def sums(self, name: str) -> Any:
        """Sums by day of that name (`summing.DaySums`)."""
        from goldloop.metrics.rollups.summing import DaySums

        def read() -> DaySums:
            place = f"sums/{name}"
            told = json.loads((self.folder / place / "about.json").read_text())
            keys = {one: self._array(place, one) for one in ("day", "store", "label")}
            parts = {one: self._array(place, f"part-{one}") for one in told["parts"]}
            known = {one: self._array(place, f"known-{one}") for one in told["known"]}
            return DaySums(**keys, parts=parts, known=known, exact=frozenset(told["exact"]))

        return self._once(f"sums/{name}", read)

    def running(self, name: str, make: Callable[[], Any]) -> Any:
        """Sums of a name by store, each of all days before (`summing.Running`); made at their first use."""
        return self._once(f"running/{name}", make)

    def made(self, key: Any, make: Callable[[], Cells]) -> Cells:
        """Cells that are not kept on disk, made at their first use."""
        with self._lock:
            if key in self._made:
                self._made[key] = self._made.pop(key)
                return self._made[key]
        found = make()
        with self._lock:
            self._made[key] = found
            while len(self._made) > MOST_MADE:
                del self._made[next(iter(self._made))]
        return found

    def counted(self, key: Any, count: Callable[[], Ints]) -> Ints:
        """What was counted of a range before, or is now."""
        with self._lock:
            if key in self._counted:
                return self._counted[key]
        found = count()
        with self._lock:
            self._counted[key] = found
            self._numbers += found.size
            while self._numbers > MOST_NUMBERS:
                self._numbers -= self._counted.pop(next(iter(self._counted))).size
        return found

    def _once(self, name: str, read: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._open:
                self._open[name] = read()
            return self._open[name]

    def _array(self, place: str, name: str) -> Any:
        return _mapped(self.folder / place / f"{name}.npy")


def _mapped(file: Path) -> Any:
    return np.load(file, mmap_mode="r").view(np.ndarray)  # the same memory; slices of it cost a tenth


def read_cells(folder: Path, name: str) -> Cells:
    """Cells that were kept in a folder of rollups."""
    place = folder / "cells" / name
    told = json.loads((place / "about.json").read_text())
    names = [one for one in Cells.__dataclass_fields__ if one not in told]
    return Cells(**told, **{one: _mapped(place / f"{one}.npy") for one in names})


def write_joined(folder: Path, name: str, parts: Sequence[Cells]) -> None:
    """Keep cells of different people as one."""
    place = folder / "cells" / name
    place.mkdir(parents=True)
    rows = [np.diff(part.starts) for part in parts]
    starts = np.concatenate([[0], np.cumsum(np.sum(rows, axis=0))])
    at = starts[:-1] + np.cumsum([np.zeros_like(rows[0]), *rows[:-1]], axis=0)  # of each part's days
    for one in ("label", "code", "gmv", "previous", "earlier"):
        columns = [getattr(part, one) for part in parts]
        size = int(starts[-1]) if any(map(len, columns)) else 0  # nothing is paid by a visit
        whole = np.empty(size, columns[0].dtype)
        for part, begins, column in zip(parts, at, columns, strict=True):
            bounds = zip(begins.tolist(), part.starts[:-1].tolist(), part.starts[1:].tolist(), strict=True)
            for begin, low, high in bounds if len(column) else ():
                whole[begin : begin + high - low] = column[low:high]
        np.save(place / f"{one}.npy", whole)
    np.save(place / "starts.npy", starts)
    np.save(place / "store_days.npy", np.sum([part.store_days for part in parts], axis=0, dtype=np.int32))
    about = {"first": parts[0].first, "persons": parts[-1].persons, "exact": adds_exactly(_mapped(place / "gmv.npy"))}
    (place / "about.json").write_text(json.dumps(about))


def write_cells(folder: Path, name: str, cells: Cells) -> None:
    """Keep cells in a folder of rollups in the making."""
    place = folder / "cells" / name
    place.mkdir(parents=True, exist_ok=True)
    for one, array in cells.arrays():
        np.save(place / f"{one}.npy", array)
    about = {"first": cells.first, "persons": cells.persons, "exact": adds_exactly(cells.gmv)}
    (place / "about.json").write_text(json.dumps(about))


def write_rows(folder: Path, name: str, rows: Rows) -> None:
    """Keep rows in a folder of rollups in the making."""
    place = folder / "rows" / name
    place.mkdir(parents=True, exist_ok=True)
    for one in ROWS_FIELDS:
        np.save(place / f"{one}.npy", getattr(rows, one))


def write_sums(folder: Path, name: str, sums: Any) -> None:
    """Keep sums by day in a folder of rollups in the making."""
    place = folder / "sums" / name
    place.mkdir(parents=True, exist_ok=True)
    columns = {one: getattr(sums, one) for one in ("day", "store", "label")}
    columns |= {f"part-{one}": column for one, column in sums.parts.items()}
    columns |= {f"known-{one}": column for one, column in sums.known.items()}
    for one, column in columns.items():
        np.save(place / f"{one}.npy", column)
    exact = [one for one, column in sums.parts.items() if adds_exactly(column)]
    (place / "about.json").write_text(
        json.dumps({"parts": list(sums.parts), "known": list(sums.known), "exact": exact})
    )


def opened(root: Path) -> Rolled | None:
    """The rollups that hold below a folder; None where there are none that can be read."""
    try:
        told = json.loads((root / CURRENT).read_text(encoding="utf-8"))
        return Rolled(root / told["folder"], About.read(told["about"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def publish(root: Path, folder: Path, about: About) -> Rolled:
    """Make the rollups of a folder those that hold, in one step; older ones go."""
    draft = root / f"{CURRENT}.{os.getpid()}"
    draft.write_text(json.dumps({"folder": folder.name, "about": asdict(about)}), encoding="utf-8")
    draft.replace(root / CURRENT)
    for other in root.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)  # who has it open keeps what she has mapped
    return Rolled(folder, about)


def number(values: Sequence[Any], wanted: Collection[Any]) -> list[int]:
    """The places of the wanted values."""
    return [at for at, value in enumerate(values) if value in wanted]
