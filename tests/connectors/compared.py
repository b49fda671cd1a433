"""Whether a variant of a sample says what its sample says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from goldloop.connectors import readers
from goldloop.connectors.normalise import Normalised, normalise
from goldloop.connectors.profile import Profile
from goldloop.connectors.readers import RawSheet
from goldloop.connectors.recognise import Recognition, recognise
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.lake.schema import TABLES
from tests.connectors.support import IMPORT, SECRET, accounted
from tests.connectors.variants import Original, Variant, variant

ABROAD = ("shopify", "amazon", "tiktok", "woocommerce", "other")
DAYS = (date(2026, 10, 1), date(2026, 10, 7))  # of files that do not tell their own


def originals(path: Path, known: Sequence[Profile]) -> Iterator[Original]:
    """Every sheet of a sample."""
    for sheet in readers.sheets(path):
        yield Original(path, sheet, recognise(sheet, known))


def check_variants(path: Path, known: Sequence[Profile], numbers: Iterable[int], place: Path) -> None:
    """Every sheet of a sample, and its variants of these numbers: recognised as the same format, every row accounted
    for, the same said."""
    for original in originals(path, known):
        expected = said(original.sheet, original.recognition, path.name)
        accounted(expected)
        for number in numbers:
            made = variant(original, number)
            (place / made.file).write_bytes(made.content)
            (sheet,) = readers.sheets(place / made.file)
            recognition = recognise(sheet, known)
            why = f"{original.label}\n{made.made}"
            assert recognition.profile is not None and recognition.profile.id == original.profile.id, why
            found = said(sheet, recognition, made.file)
            accounted(found)
            assert content(found, made) == content(expected, made), why


def said(sheet: RawSheet, recognition: Recognition, file: str) -> Normalised:
    """What a sheet says to a store that it fits."""
    assert recognition.profile is not None, f"{file} is not recognised"
    platform = next(iter(recognition.profile.platforms), "other")
    store = Store(1, "店", platform, *(("USD", "America/New_York") if platform in ABROAD else ()))
    around: dict[str, Any] = {"tables": TABLES, "secret": SECRET, "file_name": file, "import_moment": IMPORT}
    try:
        return normalise(sheet, recognition, store=store, **around)
    except GoldloopError as error:
        if error.code != "period_needed":
            raise
        return normalise(sheet, recognition, store=store, period=DAYS, **around)


def content(normalised: Normalised, made: Variant) -> dict[str, Any]:
    """All that a variant must say like its original: the fates of rows, the totals of the file, and every statement but
    for row numbers and what the variant has lost."""
    stated: dict[str, list[str]] = {}
    for one in normalised.statements:
        left = {c for c in one.rows.column_names if f"{one.table}.{c}" not in made.lost and c not in made.lost}
        for row in one.rows.select(sorted(left - {"_row"})).to_pylist():
            if row.get("attribute") not in made.unlike:
                cells = {name: _plain(cell, made) for name, cell in row.items() if cell is not None}
                stated.setdefault(one.table, []).append(str(cells))
    return {
        "fates": (normalised.read, normalised.dropped, sorted(issue.code for issue in normalised.issues)),
        "control": [(c.stated, c.computed) for c in normalised.control],
        **{table: sorted(rows) for table, rows in stated.items()},
    }


def _plain(cell: Any, made: Variant) -> Any:
    return cell.replace(second=0) if made.minutes and isinstance(cell, datetime) else cell
