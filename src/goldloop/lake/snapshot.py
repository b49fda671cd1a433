"""A snapshot: for every lake table the version that holds, and the Parquet files that make it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deltalake import DeltaTable

from goldloop.lake.delta import Part, opened, parts_of


@dataclass(frozen=True)
class Snapshot:
    """Named versions of the lake tables under `root`; everything a reader sees comes from one snapshot.

    `versions` maps "facts/orders", "seen/orders", "ref/stores" to a version; a table without an entry is empty.
    """

    root: str
    versions: Mapping[str, int]
    _open: dict[str, DeltaTable] = field(default_factory=dict, init=False, repr=False, compare=False)
    _parts: dict[str, list[Part]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _files: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, name: str) -> DeltaTable | None:
        """The Delta table opened at this snapshot's version; None when it is not part of it."""
        if name not in self._open and name in self.versions:
            self._open[name] = opened(Path(self.root) / name, self.versions[name])
        return self._open.get(name)

    def parts(self, name: str) -> list[Part]:
        """The files of a table with partition, number of rows and bounds, in a stable order."""
        if name not in self._parts:
            table = self.table(name)
            self._parts[name] = [] if table is None else parts_of(table)
        return self._parts[name]

    def files(self, name: str) -> list[str]:
        """Absolute paths of the Parquet files of a table, in a stable order; [] when the table is empty."""
        if name not in self._files:
            self._files[name] = self.places(name, self.parts(name))
        return self._files[name]

    def places(self, name: str, parts: Sequence[Part]) -> list[str]:
        """Absolute paths of some files of a table."""
        folder = Path(self.root).absolute() / name
        return [str(folder / part.path) for part in parts]

    def addresses(self, name: str) -> list[str]:
        """Where machines of a cluster find the files of a table; a lake in a folder is mounted on all of them."""
        return self.files(name)
