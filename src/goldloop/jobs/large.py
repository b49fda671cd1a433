"""Reading a part of a file, in one piece or, where it is too large for memory, in pieces cut on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.apps.shops import api as shops
from goldloop.connectors.normalise import Normalised
from goldloop.connectors.readers import Limits, refusals
from goldloop.core.statements import Statements
from goldloop.home import Home
from goldloop.jobs import reading
from goldloop.jobs.recognised import Part
from goldloop.jobs.scratch import scratch
from goldloop.lake.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

SHARE = 4  # a piece is meant to have this part of what fits into memory, as some have more than others
MOST_APART = 5_000_000  # rows of keys that are decided among all pieces; they are held in memory


@dataclass(frozen=True, slots=True)
class Said:
    """What a part says as a whole, and its statements in batches that are loaded one after the other.

    The last batch, of what is decided among all pieces, may speak of `spread` rows of which others speak too.
    """

    whole: Normalised
    kept: Sequence[Sequence[tuple[Path, Statements]]] = ()
    last: Sequence[Statements] = ()
    spread: Sequence[pa.Array] = field(default=())

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

    Raises what that raises, and `file_not_in_pieces` when the rows of a large part cannot be parted.
    """
    how |= {"file_name": file_name, "fixes": fixes}
    if not part.sheet.large:
        yield Said(reading.read(part, **how))
        return
    with scratch(home) as folder:
        yield _in_pieces(part, home.limits, folder, how)


def _in_pieces(part: Part, limits: Limits, folder: Path, how: Mapping[str, Any]) -> Said:
    from goldloop.connectors import pieces

    cut, whole = _cut(part, limits, folder, how)
    said: list[Normalised] = []
    kept = []
    for number, piece in enumerate(cut):
        one = reading.read(replace(part, sheet=piece), whole=whole, **how)
        kept.append(_keep(one.statements, folder, number))
        piece.drop()
        said.append(replace(one, statements=[]))
        pieces.check_bad_rows(said, how["file_name"])
        if (
            sum(rows.num_rows for s in said if s.left_open for some in s.left_open.apart.values() for rows in some)
            > MOST_APART
        ):
            raise refusals.not_in_pieces(part.sheet.file, part.profile.id, limits.whole)
    last = pieces.apart(said, whole, TABLES)
    together = pieces.put_together(said, whole, part.store, last)
    return Said(together, kept, last, [one.rows["_row"].combine_chunks() for one in last])


def _cut(part: Part, limits: Limits, folder: Path, how: Mapping[str, Any]) -> tuple[Any, Any]:
    from goldloop.connectors import pieces
    from goldloop.connectors.frame import headers_of
    from goldloop.connectors.grouping import grouping

    sheet, header_row, profile = part.sheet, part.recognition.header_row, part.profile
    way = grouping(profile, TABLES, headers_of(list(sheet.columns(header_row)), profile))
    if way is None:
        raise refusals.not_in_pieces(sheet.file, profile.id, limits.whole)
    size, lines = sheet.extent
    number = max(-(-size * SHARE // limits.whole), -(-lines * SHARE // limits.whole_rows), 1)
    cut = pieces.cut(sheet, header_row, profile, by=way.by, pieces=number, fixes=how["fixes"], folder=folder)
    if any(piece.rows > limits.whole_rows for piece in cut):
        raise refusals.not_in_pieces(sheet.file, profile.id, limits.whole)
    others = [store.name for store in shops.store_list() if store.id != part.store.id]
    whole = pieces.whole_of(
        cut,
        header_row,
        profile,
        part.store,
        way=way,
        tables=TABLES,
        file_name=how["file_name"],
        other_store_names=others,
    )
    return cut, whole


def _keep(statements: Sequence[Statements], folder: Path, number: int) -> list[tuple[Path, Statements]]:
    """The statements on disk, and what they are without their rows."""
    from goldloop.connectors.pieces import store

    kept = []
    for place, one in enumerate(statements):
        path = folder / f"said-{number}-{place}.arrow"
        store([one.rows], path)
        kept.append((path, replace(one, rows=one.rows.schema.empty_table())))  # a slice would hold all of them
    return kept
