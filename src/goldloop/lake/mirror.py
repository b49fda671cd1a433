"""A published lake as it is read on this machine: files are fetched when they are first asked for, and kept.

A file never changes under its name, so what lies in the folder holds for every state that names it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goldloop.core.errors import WorkFailed
from goldloop.lake.delta import Part
from goldloop.lake.objects import PART, Objects, each
from goldloop.lake.publish import STATES, State, listed
from goldloop.lake.snapshot import Snapshot


@dataclass(frozen=True)
class Mirrored(Snapshot):
    """A snapshot of a published lake; `root` is the folder in which its files are kept once they were fetched."""

    state: State
    objects: Objects

    def parts(self, name: str) -> list[Part]:
        """The files of a table as the published list names them."""
        return list(self.state.parts.get(name, ()))

    def places(self, name: str, parts: Sequence[Part]) -> list[str]:
        """Paths of files of a table on this machine, fetched where they are not there yet."""
        folder = Path(self.root).absolute() / name
        wanted = {f"{name}/{part.path}": part.size for part in parts if not (folder / part.path).exists()}

        def fetch(file: str) -> None:
            if not self.objects.get(file, Path(self.root) / file, wanted[file]):
                raise WorkFailed(
                    "state_gone", "A file of this state is no longer at its address.", given=file,
                    todo="Ask again; if that does not help, publish the lake again.",
                )  # fmt: skip

        for _ in each(fetch, list(wanted)):
            pass
        return [str(folder / part.path) for part in parts]

    def addresses(self, name: str) -> list[str]:
        """Where machines of a cluster find the files of a table, by the file system of Hadoop."""
        where = self.objects.address
        return [f"s3a://{where.bucket}/{where.prefix}/{name}/{part.path}" for part in self.parts(name)]


def mirrored(root: Path, objects: Objects, name: str) -> Mirrored:
    """The state of a published list by its name; the list is kept in `root` as well. Raises as `publish.listed`."""
    kept = root / name
    if kept.exists():
        text = kept.read_text(encoding="utf-8")
    else:
        text = listed(objects, name)
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=kept.parent, prefix=PART, delete=False) as draft:
            draft.write(text)
        Path(draft.name).replace(kept)
    state = State.of(text)
    return Mirrored(str(root), state.versions, state, objects)


def swept(root: Path, before: float) -> int:
    """Delete what only states name that were replaced before that moment (epoch seconds); the bytes that became free.

    A state was replaced when the list of the next one was fetched.
    """
    lists = sorted(root.glob(f"{STATES}*.json"), key=lambda file: file.stat().st_mtime)
    ends = [file.stat().st_mtime for file in lists[1:]]
    stay = [*lists[-1:], *(file for file, end in zip(lists, ends, strict=False) if end >= before)]
    named = set(stay)
    for file in stay:
        parts = State.of(file.read_text(encoding="utf-8")).parts
        named |= {root / name / part.path for name, some in parts.items() for part in some}
    left = [file for file in root.glob(f"**/{PART}*") if file.stat().st_mtime < before]  # of a fetcher that was killed
    freed = 0
    for file in [*(file for file in (*root.glob("*/**/*.parquet"), *lists) if file not in named), *left]:
        freed += file.stat().st_size
        file.unlink()
    return freed
