"""Rows of quarantine as a file to mend, and the mended file as corrections of those rows.

The file has the columns of its source and, at the end, columns whose names begin with `goldloop:`; one of them names the
row. When it comes back, cells that were changed are corrections: the rows are read again where they stood, in the file
they came by, so that nothing is loaded twice and each row keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Quarantined, Receipt
from goldloop.connectors.readers import RawSheet
from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.jobs import personal, quarantine
from goldloop.jobs.retry import columns_of

OURS = "goldloop:"  # headers that begin so are ours
NAME = "goldloop:row"  # id of the quarantined row and the beginning of its content hash
_HASH = 12
# what the writer of the file adds or takes away: an apostrophe before a sign that a spreadsheet runs, control characters
_UNSEEN = r"[\s\x7f-\xa0\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*"
_GUARD = re.compile(rf"(^|[\t\n;|])({_UNSEEN})'(?={_UNSEEN}[=+\-@＝＋－＠﹢﹣﹦﹫−])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class BadRows:
    """Quarantined rows of one report: the headers of its source (cleaned name -> as it stands), and the opened rows.

    `names` are the cells of the column `name_column`, by which a row is known when the file comes back; headers that
    begin with `prefix` are left out then.
    """

    columns: dict[str, str]
    rows: list[quarantine.Row]
    names: list[str]
    name_column: str = NAME
    prefix: str = OURS


def bad_rows(home: Home, viewer: Viewer, *, import_id: int | None, store: str | None) -> BadRows:
    """The open rows of an import, or of all imports of one report of one store.

    Raises `import_unknown`, `store_unknown`, `quarantine_empty`, or `quarantine_mixed` when the rows are of several reports or stores.
    """
    only = quarantine.asked(viewer, import_id, store)
    found = feeds.quarantine_list(viewer=viewer, import_id=import_id, store=only)
    if not found:
        raise GoldloopError("quarantine_empty", "No such row waits in quarantine.", todo="goldloop quarantine list")
    if len({(row.store_id, row.receipt.profile) for row in found}) > 1:
        raise GoldloopError(
            "quarantine_mixed",
            "These rows are of several reports or stores, which have different columns.",
            allowed=sorted({row.receipt.id or 0 for row in found}),
            todo="Choose one import: --import ID.",
        )
    columns: dict[str, str] = {}
    for id in sorted({row.receipt.id or 0 for row in found}):
        columns = {**columns_of(home, id), **columns}
    names = [f"{row.id}-{row.content_hash[:_HASH]}" for row in found]
    rows = personal.masked(home, viewer, quarantine.opened(home, found))
    shown = personal.visible_columns(home, rows[0].profile, viewer.hidden_in([found[0].store_id]))
    columns = {
        name: header for name, header in columns.items() if shown(name)
    }  # a mask would come back as a correction
    return BadRows(columns, rows, names)


def is_mended(sheet: RawSheet) -> bool:
    """Whether a sheet is one that `bad_rows` was written into."""
    return NAME in sheet.columns(1)


def load(home: Home, viewer: Viewer, sheets: Sequence[RawSheet], *, dry_run: bool) -> list[Receipt]:
    """Correct the quarantined rows that mended sheets hold, and load them; one receipt per import they came by.

    Rows that were loaded already are left alone (their receipts come marked as repeated). Raises `mended_row_unknown`,
    `mended_row_twice` or `mended_two_ways` before anything is loaded, and `mended_not_enough` when no row can be.
    """
    file = sheets[0].file
    cells: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        _read_into(cells, sheet)
    found = _found(viewer, cells, file)
    waiting = [row for row in found if row.state == "open"]
    corrections = _corrections(home, waiting, cells)
    done = _receipts_of(viewer, (row.fixed_by for row in found if row.fixed_by is not None))
    if dry_run or not waiting:
        return done
    tried = quarantine.again(home, viewer, waiting, corrections, mended_in=file)
    if tried.still_open and not tried.fixed and not done:
        first = tried.still_open[0]
        raise GoldloopError(
            "mended_not_enough",
            f"None of the rows in '{file}' can be loaded yet.",
            given=file,
            allowed=[f"{issue['column']}: {issue['text']}" for issue in first.issues],
            todo=f"goldloop quarantine show {first.id}",
            file=file,
            id=first.id,
        )
    return [*done, *tried.receipts]


def _read_into(cells: dict[str, dict[str, str]], sheet: RawSheet) -> None:
    """Add name of a row in quarantine -> its cells, our own columns left out."""
    for row in sheet.table(1).to_pylist():
        name = str(row.pop(NAME) or "").strip()
        number = row.pop("_row")
        if name in cells:
            raise GoldloopError(
                "mended_row_twice",
                f"Row {number} of '{sheet.file}' stands there twice.",
                given=name,
                todo=f"Keep one row of each name in the column '{NAME}'.",
                file=sheet.file,
                row=number,
            )
        if not name:
            raise _unknown(sheet.file, f"row {number}")
        cells[name] = {column: str(cell or "") for column, cell in row.items() if not column.startswith(OURS)}


def _found(viewer: Viewer, cells: Iterable[str], file: str) -> list[Quarantined]:
    """The quarantined rows of these names, all of them."""
    ids = {name: int(id) for name in cells if (id := name.partition("-")[0]).isascii() and id.isdigit()}
    known = {row.id: row for row in feeds.quarantine_list(viewer=viewer, states=(), ids=list(ids.values()))}
    found = []
    for name in cells:
        row = known.get(ids.get(name, -1))
        if row is None or name.partition("-")[2] != row.content_hash[:_HASH]:
            raise _unknown(file, name)
        found.append(row)
    return found


def _corrections(
    home: Home, waiting: Sequence[Quarantined], cells: Mapping[str, Mapping[str, str]]
) -> dict[int, dict[str, str]]:
    """Changed cells by id of the row; rows of the same content must be mended alike, for that is how it is remembered."""
    corrections: dict[int, dict[str, str]] = {}
    by_content: dict[str, dict[str, str]] = {}
    for row, opened in zip(waiting, quarantine.opened(home, waiting), strict=True):
        changed = _changed(opened.raw_row, cells[f"{row.id}-{row.content_hash[:_HASH]}"])
        if by_content.setdefault(row.content_hash, changed) != changed:
            raise GoldloopError(
                "mended_two_ways",
                f"Row {row.row} is equal to another row of '{row.receipt.file}', but was mended in another way.",
                given=changed,
                todo="Mend equal rows alike, or ignore one of them.",
                row=row.row,
                file=row.receipt.file,
            )
        corrections[row.id] = changed
    return corrections


def _changed(raw: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The cells that differ from what stood in the source; one that was emptied is corrected to nothing.

    A column that was taken out of the file says nothing about its cells.
    """
    after = {column: _bare(cell) for column, cell in now.items()}
    return {column: cell for column, cell in after.items() if cell != _bare(raw.get(column, ""))}


def _bare(cell: str) -> str:
    """The cell without what writing it into a file made of it."""
    plain = _CONTROL.sub("", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return _GUARD.sub(r"\1\2", plain)


def _receipts_of(viewer: Viewer, ids: Iterable[int]) -> list[Receipt]:
    return [replace(feeds.import_show(viewer=viewer, id=id), repeated=True) for id in sorted(set(ids))]


def _unknown(file: str, what: str) -> GoldloopError:
    return GoldloopError(
        "mended_row_unknown",
        f"'{file}' holds a row that is not in quarantine: {what}.",
        given=what,
        todo=f"Mend a file that 'goldloop quarantine export' made here; take the columns '{OURS}...' away to load new rows.",
        file=file,
        what=what,
    )
