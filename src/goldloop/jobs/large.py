"""Reading a part of a file, in one piece or, where it is too large for memory, in pieces: as they stand or cut on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.apps.shops import api as shops
from goldloop.connectors.normalise import Normalised, Whole
from goldloop.connectors.readers import Limits, refusals
from goldloop.core.errors import GoldloopError
from goldloop.core.statements import Statements
from goldloop.home import Home
from goldloop.jobs import memory, reading
from goldloop.jobs.recognised import Part
from goldloop.jobs.scratch import scratch
from goldloop.lake.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.connectors.pieces import About, Piece
    from goldloop.connectors.stretches import Stretch

ALL_AT_ONCE = 2  # times as many rows as are read in one piece otherwise, if they cannot be parted and are short
SHARE = 3  # a piece is meant to have this part of what fits into memory, as some have more than others
MOST_APART = 5_000_000  # rows of keys that are decided among all pieces; they are held in memory


@dataclass(frozen=True, slots=True)
class Said:
    """What a part says as a whole, and its statements in batches that are loaded one after the other.

    The last batch, of what is decided among all pieces, may speak of `spread` rows of which others speak too.
    `whole_orders`: of an order only one of the `kept` batches speaks.
    """

    whole: Normalised
    kept: Sequence[Sequence[tuple[Path, Statements]]] = ()
    last: Sequence[Statements] = ()
    spread: Sequence[pa.Array] = field(default=())
    whole_orders: bool = False

    def batches(self) -> Iterator[list[Statements]]:
        """The statements; no key that depends on others of its rows stands in two of them."""
        from goldloop.connectors.pieces import settle, stored

        if not self.kept:
            yield self.whole.statements
            return
        for batch in self.kept:
            yield [settle(replace(one, rows=stored(path)), self.whole) for path, one in batch]
        if self.last:
            yield [settle(one, self.whole) for one in self.last]


@contextmanager
def said_by(
    home: Home, part: Part, *, file_name: str, fixes: Mapping[str, Mapping[str, str]], **how: Any
) -> Iterator[Said]:
    """What the part says, for as long as the block lasts; `how` as `reading.read`.

    Raises what that raises, and `file_not_in_pieces` when the rows of a part cannot be parted and are too many to be read
    all at once.
    """
    how |= {"file_name": file_name, "fixes": fixes}
    if not part.sheet.large:
        yield Said(reading.read(part, **how))
        return
    with scratch(home) as folder:
        yield _in_pieces(part, home.limits, folder, how)


def _in_pieces(part: Part, limits: Limits, folder: Path, how: Mapping[str, Any]) -> Said:
    from goldloop.connectors import pieces
    from goldloop.connectors.frame import headers_of
    from goldloop.connectors.grouping import grouping
    from goldloop.connectors.stretches import Scattered

    memory.keep_freed(memory.LONG)
    sheet, profile = part.sheet, part.profile
    columns = list(sheet.columns(part.recognition.header_row))
    way = grouping(profile, TABLES, headers_of(columns, profile))
    size, lines = sheet.extent
    if way is None:
        if size > limits.whole or lines > ALL_AT_ONCE * limits.whole_rows:
            raise refusals.not_in_pieces(sheet.file, profile.id, limits.whole)
        return Said(reading.read(part, **how))
    number = max(-(-size * SHARE // limits.whole), -(-lines * SHARE // limits.whole_rows), 1)
    others = [store.name for store in shops.store_list() if store.id != part.store.id]
    about = pieces.About(columns, profile, part.store, way, TABLES, how["file_name"], others)
    read = _Reading(part, limits, folder, how, about)
    moved = any(profile.spelled(column) in way.by for fix in how["fixes"].values() for column in fix)
    try:
        if moved:
            raise Scattered
        return read.in_stretches(number)
    except (Scattered, GoldloopError):  # an error of the first attempt may be one of what was taken for granted
        return read.in_cut_pieces(number)


@dataclass(slots=True)
class _Reading:
    """How the pieces of a part are read one by one."""

    part: Part
    limits: Limits
    folder: Path
    how: Mapping[str, Any]
    about: About

    def in_stretches(self, number: int) -> Said:
        """Read once, in the order of the file; raises `Scattered` where that is not enough to know of the whole."""
        from goldloop.connectors import pieces
        from goldloop.connectors.stretches import Scattered, stretches

        sheet, header_row = self.part.sheet, self.part.recognition.header_row
        rows, by = max(-(-sheet.extent[1] // number), 1), self.about.way.by
        found = stretches(sheet, header_row, self.about.profile, by=by, rows=rows, most=self.limits.whole_rows)
        first = next(found, None)
        if first is None:
            raise Scattered
        ids = self.about.only_ids
        every = pieces.Different(self.about.wanted, number, ids)
        begun = pieces.Different(self.about.wanted, 1, ids)
        begun.add(first.table(header_row))
        taken = pieces.whole_of(begun.table(), self.about)
        if taken.cut:
            raise Scattered

        def noted() -> Iterator[Stretch]:
            for stretch in chain([first], found):
                every.add(stretch.table(header_row))
                yield stretch

        said = self._said(noted(), taken)
        if pieces.whole_of(every.table(), self.about) != taken:
            raise Scattered
        return said

    def in_cut_pieces(self, number: int) -> Said:
        """Cut the rows on disk first."""
        from goldloop.connectors import pieces

        sheet, header_row, profile = self.part.sheet, self.part.recognition.header_row, self.about.profile
        by, fixes = self.about.way.by, self.how["fixes"]
        cut = pieces.cut(sheet, header_row, profile, by=by, pieces=number, fixes=fixes, folder=self.folder)
        if any(piece.rows > self.limits.whole_rows for piece in cut):
            raise refusals.not_in_pieces(sheet.file, profile.id, self.limits.whole)
        every = pieces.Different(self.about.wanted, len(cut))
        for piece in cut:
            every.add(piece.table(header_row, self.about.wanted))
        return self._said(cut, pieces.whole_of(every.table(), self.about))

    def _said(self, found: Iterable[Piece | Stretch], whole: Whole) -> Said:
        from goldloop.connectors import pieces

        said: list[Normalised] = []
        kept: list[list[tuple[Path, Statements]]] = []
        for number, piece in enumerate(found):
            one = reading.read(replace(self.part, sheet=piece), whole=whole, **self.how)
            kept.append(_keep(one.statements, self.folder, number))
            piece.drop()
            said.append(replace(one, statements=[]))
            pieces.check_bad_rows(said, self.how["file_name"])
            if sum(map(_rows_apart, said)) > MOST_APART:
                raise refusals.not_in_pieces(self.part.sheet.file, self.about.profile.id, self.limits.whole)
        last = pieces.apart(said, whole, TABLES)
        together = pieces.put_together(said, whole, self.part.store, last)
        spread = [one.rows["_row"].combine_chunks() for one in last]
        return Said(together, kept, last, spread, self.about.way.whole_orders)


def _rows_apart(said: Normalised) -> int:
    found = said.left_open.apart.values() if said.left_open else ()
    return sum(rows.num_rows for some in found for rows in some)


def _keep(statements: Sequence[Statements], folder: Path, number: int) -> list[tuple[Path, Statements]]:
    """The statements on disk, and what they are without their rows."""
    from goldloop.connectors.pieces import store

    kept: list[tuple[Path, Statements]] = []
    for place, one in enumerate(statements):
        path = folder / f"said-{number}-{place}.arrow"
        store(one.rows, path)
        kept.append((path, replace(one, rows=one.rows.schema.empty_table())))  # a slice would hold all of them
    return kept
