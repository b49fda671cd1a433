"""Files of other bytes with the very rows of an earlier one: known again without reading a single cell as a value.

Beside each import from which nothing was left out or put right stands a list of its rows: for each a hash of all its cells
and its number in the file. A later file whose rows have the same hashes, each as often, says what that import said, as long
as all else is equal on which a reading rests (`_circumstances_of`). It is then loaded as one that says so again
(`Lake.repeat`); in every other case it is read as any file is. See docs/decisions/0014-the-same-rows-again.md.
"""

from __future__ import annotations

import functools
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Receipt
from goldloop.apps.shops import api as shops
from goldloop.connectors import profile as profiles
from goldloop.connectors.circumstances import Circumstances, circumstances
from goldloop.connectors.issues import Note
from goldloop.connectors.normalise import Coverage, Normalised, closing_notes
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet
from goldloop.home import Home
from goldloop.jobs.reading import Period, profile_digest
from goldloop.jobs.recognised import Part

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST = 5_000_000  # rows; the lists of longer files would take too much memory
_SOME = 64  # of so many rows of a block one is looked for before the whole file is read
_FILE_NOTES = ("export_moment", "rows_corrected")  # notes that are not about the rows as they stand


class Noted(RawSheet):
    """A sheet that notes hash and number of each of its rows while it is read."""

    def __init__(self, sheet: RawSheet) -> None:
        super().__init__(file=sheet.file, member=sheet.member, sheet=sheet.sheet)
        self.large = sheet.large
        self._sheet = sheet
        self._table: pa.Table | None = None  # that was read, but not yet asked for
        self._noted: list[tuple[np.ndarray, np.ndarray]] = []

    @property
    def extent(self) -> tuple[int, int]:
        """That of the sheet."""
        return self._sheet.extent

    def first_rows(self, n: int) -> list[list[str]]:
        """Those of the sheet."""
        return self._sheet.first_rows(n)

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        """Those of the sheet; noted when all columns are read."""
        if names is not None:
            return self._sheet.table(header_row, names)
        if self._table is None:
            self._table = next(self._noting(iter([self._sheet.table(header_row)])))
        table, self._table = self._table, None
        return table

    def tables(self, header_row: int) -> Iterator[pa.Table]:
        """Those of the sheet, noted."""
        if self.large:
            yield from self._noting(self._sheet.tables(header_row))
        else:
            self._table = self.table(header_row)
            yield self._table

    def _noting(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        from goldloop.lake.same import RowHashes

        hashes = RowHashes()
        self._noted, rows = [], 0
        for table in tables:
            rows += table.num_rows
            if rows > MOST:
                self._noted = []
            else:
                self._noted.append((hashes.of(table), table["_row"].to_numpy()))
            yield table

    @property
    def some(self) -> np.ndarray:
        """Hashes of some of the rows that were read last; none of a sheet that is too long."""
        return self._noted[-1][0][::_SOME] if self._noted else self.rows[0]

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Hashes and numbers of all rows, in the order of the file; none of a sheet that is too long."""
        import numpy as np

        hashes, numbers = zip(*self._noted, strict=True) if self._noted else ((), ())
        return np.concatenate([np.empty(0, np.uint64), *hashes]), np.concatenate([np.empty(0, np.int64), *numbers])


@dataclass(frozen=True, slots=True)
class Known:
    """An import whose rows are listed in a file: how many they are, and what it said of itself."""

    path: Path
    rows: int
    about: Mapping[str, Any]

    @property
    def id(self) -> int:
        """The import."""
        return int(self.about["import"])

    def hashes(self) -> tuple[np.ndarray, np.ndarray]:
        """Hashes and numbers of its rows, in the order of its file."""
        import pyarrow.parquet as pq

        listed = pq.ParquetFile(self.path).read()
        return listed["hash"].to_numpy(), listed["_row"].to_numpy()

    def said(self, profile: Profile, around: Circumstances) -> Normalised:
        """What it said besides its statements, as a file that is read under these circumstances says it."""
        from goldloop.connectors.frame import DROPPED

        notes = [Note(**note) for note in self.about["notes"]]
        return Normalised(
            read=self.rows,
            statements=[],
            issues=[],
            dropped={},
            dropped_rows=DROPPED.empty_table(),
            control=[],
            coverage=Coverage(*self.about["coverage"]) if self.about["coverage"] else None,
            first_day=_day(self.about["first_day"]),
            last_day=_day(self.about["last_day"]),
            notes=[*notes, *closing_notes({}, around.exported, profile, [], 0)],
        )

    def repeated(self, receipt: Receipt) -> Receipt:
        """The receipt of a file that says the same again: all of it is known, as rows and as facts."""
        facts = {table: {"new": 0, "updated": 0, "unchanged": count} for table, count in self.about["facts"].items()}
        return replace(receipt, new=0, updated=0, unchanged=self.rows, facts=facts)

    def moment(self, around: Circumstances) -> datetime | None:
        """When a file with its rows is true that is read under these circumstances; None: its rows say so."""
        latest = self.about["latest"]
        if self.about["dated"]:
            return None
        return around.exported or (datetime.fromisoformat(latest) if latest else around.imported)


@dataclass(frozen=True, slots=True)
class Reading:
    """On what the reading of a part rests besides its rows: `mark` is equal where all of that is.

    `any_order`: whether the order of the rows makes no difference.
    """

    mark: str
    around: Circumstances
    any_order: bool


def reading_of(
    part: Part, *, file_name: str, moment: datetime, period: Period | None, currency: str | None
) -> Reading | None:
    """On what the reading of a part rests; None where that cannot be told."""
    profile, header_row = part.profile, part.recognition.header_row
    if not profile_digest(profile):
        return None
    above = [" ".join(r) for r in part.sheet.first_rows(header_row - 1)] if profile.period_preamble else []
    names, fixes = (part.sheet.member, file_name), feeds.fix_list(store=part.store.id)
    around = circumstances(profile, part.store, names=names, above=above, import_moment=moment, period=period)
    about = [
        _code(),
        profile_digest(profile),
        [str(value) for value in _circumstances_of(part, around)],
        currency,
        list(part.sheet.columns(header_row)),
        part.store_column,
        [getattr(part.store, name) for name in part.store.__slots__],
        sorted(store.name for store in shops.store_list()),
        sorted(feeds.forgotten_marks()),
        [[content, column, hashlib.sha256(sealed).hexdigest()] for content, column, sealed in sorted(fixes)],
    ]
    digest = hashlib.sha256(json.dumps(about, default=str).encode()).hexdigest()[:32]
    return Reading(digest, around, _in_any_order(profile))


def _circumstances_of(part: Part, around: Circumstances) -> Iterator[object]:
    """What stands in no cell, but may be stated: the period, and where the profile asks for it moment, sheet and member."""
    yield around.period
    text = Path(part.profile.origin).read_text("utf-8-sig")
    for name, value in (("@moment", around.exported), ("@sheet", part.sheet.sheet), ("@member", part.sheet.member)):
        yield value if name in text else None


def _in_any_order(profile: Profile) -> bool:
    """Whether rows say the same in whatever order they stand."""
    takes = (rule.take for block in profile.into for rule in block.columns.values() if block.once)
    return profile.fill_down is None and not {"first", "last"}.intersection(takes)


@functools.lru_cache(maxsize=1)
def _code() -> str:
    """A digest of the code that reads files, and of the engine that hashes rows: another program may read otherwise."""
    import duckdb

    from goldloop.lake import schema

    folder = Path(profiles.__file__).parent
    digest = hashlib.sha256(duckdb.__version__.encode())
    for file in [*sorted(folder.rglob("*.py")), Path(schema.__file__)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def known(home: Home, reading: Reading, sheet: RawSheet, moment: datetime) -> list[Known]:
    """Imports that may have said the same: they were read in the same way and are loaded, the newest first.

    A long text must have about as many lines as they had rows.
    """
    least, most = (sheet.extent[1] // 2 - 100, sheet.extent[1]) if sheet.large else (0, MOST)
    found = [
        one
        for one in _listed(home, f"{reading.mark}-*.parquet")
        if least <= one.rows <= most and moment >= datetime.fromisoformat(one.about["moment"]) and is_loaded(one)
    ]
    return sorted(found, key=lambda one: -one.id)


def tidy(home: Home) -> None:
    """Take away the lists of imports that are not loaded any more."""
    for one in _listed(home, "*.parquet"):
        is_loaded(one)


def _listed(home: Home, which: str) -> Iterator[Known]:
    import pyarrow.parquet as pq

    for path in _folder(home).glob(which):
        try:
            held = pq.read_metadata(path)
            yield Known(path, held.num_rows, json.loads(held.metadata[b"about"]))
        except (OSError, ValueError):  # half a file; nothing rests on it
            path.unlink(missing_ok=True)


def _folder(home: Home) -> Path:
    return home.root / "cache" / "rows"


def is_loaded(one: Known) -> bool:
    """Whether the import still is loaded; the list of one that is not is taken away."""
    content, moment = one.about["content"], datetime.fromisoformat(one.about["moment"])
    if feeds.import_holds(id=one.id, content_hash=content, moment=moment):
        return True
    one.path.unlink(missing_ok=True)
    return False


def earlier(
    sheet: Noted, header_row: int, among: Sequence[Known], *, any_order: bool
) -> tuple[Known, np.ndarray] | None:
    """The import that had the very rows of the sheet, and where row `n` of its file stands in this one (at position `n`).

    The sheet is read as far as it goes: a block with rows that none of them had is the end of it.
    """
    import numpy as np

    left = [(one, np.sort(one.hashes()[0])) for one in among]
    for _ in sheet.tables(header_row) if left else ():
        some = sheet.some
        left = [(one, hashes) for one, hashes in left if _stand_in(some, hashes)]
        if not left:
            return None
    hashes, numbers = sheet.rows
    for one, others in left:
        if len(others) == len(hashes) and (place := _places(one, hashes, numbers, any_order)) is not None:
            return one, place
    return None


def _stand_in(some: np.ndarray, hashes: np.ndarray) -> bool:
    """Whether all of some hashes stand among the sorted ones."""
    import numpy as np

    at = np.searchsorted(hashes, some)
    return bool(len(hashes)) and bool((at < len(hashes)).all()) and bool((hashes[at] == some).all())


def _places(one: Known, hashes: np.ndarray, numbers: np.ndarray, any_order: bool) -> np.ndarray | None:
    """Where each row of an earlier file stands in this one, equal rows in their order; None where not all rows are equal."""
    import numpy as np

    before, rows = one.hashes()
    if not np.array_equal(before, hashes):
        if not any_order:
            return None
        ordered = np.sort(hashes)
        if not np.array_equal(ordered, np.sort(before)):
            return None
        kind: Literal["stable", "quicksort"] = "stable" if (ordered[1:] == ordered[:-1]).any() else "quicksort"
        numbers, rows = numbers[np.argsort(hashes, kind=kind)], rows[np.argsort(before, kind=kind)]
    place = np.zeros(int(rows.max(initial=0)) + 1, dtype=np.int64)
    place[rows] = numbers
    return place


def remember(home: Home, reading: Reading, sheet: Noted, receipt: Receipt, said: Normalised, content: str) -> None:
    """List the rows of an import for files to come, where nothing was left out of it or put right.

    Nothing rests on the list, so it is not forced to the disk; a name is given to it when it is whole.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    hashes, numbers = sheet.rows
    clean = not (said.issues or said.dropped or any(note.code == "rows_corrected" for note in said.notes))
    if not clean or said.dated is None or not len(hashes) or len(hashes) != said.read or receipt.started_at is None:
        return
    about = {
        "import": receipt.id,
        "content": content,
        "moment": receipt.started_at.isoformat(),
        "facts": {table: sum(counts.values()) for table, counts in receipt.facts.items()},
        "coverage": [said.coverage.with_key, said.coverage.orders] if said.coverage else None,
        "first_day": str(said.first_day or ""),
        "last_day": str(said.last_day or ""),
        "latest": str(said.latest or ""),
        "dated": said.dated,
        "notes": [
            {"code": note.code, "text": note.text, "params": dict(note.params)}
            for note in said.notes
            if note.code not in _FILE_NOTES
        ],
    }
    rows = pa.table({"hash": hashes, "_row": numbers}).replace_schema_metadata({"about": json.dumps(about)})
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{secrets.token_hex(8)}.draft"
    try:
        numbered = {"hash": "PLAIN", "_row": "DELTA_BINARY_PACKED"}
        pq.write_table(rows, draft, use_dictionary=False, column_encoding=numbered, compression="none")
        draft.rename(folder / f"{reading.mark}-{receipt.id}.parquet")
    finally:
        draft.unlink(missing_ok=True)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
