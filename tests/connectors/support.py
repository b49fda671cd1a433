"""Sheets for the tests of normalisation: from rows written in the test, or from a sample file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldloop.connectors import readers
from goldloop.connectors.normalise import Normalised, normalise
from goldloop.connectors.profile import Profile, load_profiles
from goldloop.core.store import Store
from goldloop.lake.schema import TABLES

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
PROFILES = {p.id: p for p in load_profiles()}
SECRET = b"a secret of the test"
IMPORT = datetime(2026, 10, 20, 12, 0)
TMALL = Store(1, "测试旗舰店", "tmall")
DOUYIN = Store(2, "抖音店", "douyin")
SHOPIFY = Store(3, "Shop", "shopify", "USD", "America/New_York")
RETAIL = Store(4, "Gifts", "other", "GBP", "Europe/London")


@dataclass(frozen=True)
class Recognised:
    profile: Profile
    header_row: int


class Rows:
    """A sheet written as text: the header's names divided by `|`, then one row per line."""

    def __init__(
        self,
        text: str | pa.Table,
        *,
        file: str = "test.csv",
        member: str = "",
        sheet: str = "",
        above: Sequence[str] = (),
    ) -> None:
        self.file, self.member, self.sheet, self.above = file, member, sheet, list(above)
        if isinstance(text, pa.Table):
            self._table = text
            return
        header, *rows = [[c.strip() for c in line.split("|")] for line in text.strip().splitlines()]
        columns = {name: pa.array([r[i] or None for r in rows], pa.string()) for i, name in enumerate(header)}
        self._table = pa.table(columns)

    @property
    def header_row(self) -> int:
        return len(self.above) + 1

    def first_rows(self, n: int) -> list[list[str]]:
        return [[line] for line in self.above][:n]

    def table(self, header_row: int, names: Sequence[str] | None = None) -> pa.Table:
        first = header_row + 1
        return self._table.append_column("_row", pa.array(range(first, first + self._table.num_rows), pa.int64()))


def said(sheet: Rows, profile: str | Profile, store: Store = TMALL, **more: Any) -> Normalised:
    """The normalised sheet."""
    known = PROFILES[profile] if isinstance(profile, str) else profile
    settings: dict[str, Any] = {
        "store": store,
        "tables": TABLES,
        "secret": SECRET,
        "file_name": sheet.file,
        "import_moment": IMPORT,
    }
    return normalise(sheet, Recognised(known, sheet.header_row), **settings | more)


def sample(name: str, profile: str, store: Store = TMALL, **more: Any) -> list[Normalised]:
    """Every sheet of a sample file, normalised; the header is the first row that holds the profile's signature."""
    found = []
    for sheet in readers.sheets(SAMPLES / name, limits=readers.Limits()):
        known = PROFILES[profile]
        header = next(i for i in range(1, 11) if all(set(names) & set(sheet.columns(i)) for names in known.required))
        settings: dict[str, Any] = {
            "store": store,
            "tables": TABLES,
            "secret": SECRET,
            "file_name": name,
            "import_moment": IMPORT,
        }
        found.append(normalise(sheet, Recognised(known, header), **settings | more))
    return found


def rows(normalised: Normalised, table: str) -> list[dict[str, Any]]:
    """All statements about one table, nulls left out."""
    return [
        {k: v for k, v in row.items() if v is not None}
        for one in normalised.statements
        if one.table == table
        for row in one.rows.to_pylist()
    ]


def accounted(normalised: Normalised) -> None:
    """Every row has exactly one fate."""
    loaded = {n for s in normalised.statements for n in s.rows["_row"].to_pylist()}
    bad = {i.row for i in normalised.issues}
    dropped = set(normalised.dropped_rows["_row"].to_pylist())
    assert not loaded & bad and not loaded & dropped and not bad & dropped
    assert len(loaded) + len(bad) + len(dropped) == normalised.read
    assert len(dropped) == sum(normalised.dropped.values())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    return date.fromisoformat(text)
