"""Facts that an older program wrote, without the columns of today."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.jobs.mini import facts, many, stock, write

import goldloop
from goldloop.home import Home
from goldloop.shop import Shop

LATER = ["told_by", "lines_aside"]  # columns declared after the first files were written


def age(home: Home) -> None:
    """Make the facts look as before those columns were declared."""
    from goldloop.apps.feeds.models import LakeVersion

    for table in ("orders", "order_lines"):
        for file in Shop(home).snapshot().files(f"facts/{table}"):
            rows = pq.ParquetFile(file).read()
            pq.write_table(rows.drop_columns([n for n in LATER if n in rows.column_names]), file)
    newest = LakeVersion.objects.order_by("-id").first()
    assert newest is not None
    newest.settings.pop("columns")
    newest.save()


@pytest.mark.parametrize("way", ["open", "import"])
def test_they_are_made_anew(home: Home, tmp_path: Path, way: str) -> None:
    stock(home)
    shop = Shop(home)
    shop.import_files([write(tmp_path / "a.csv", many(range(20)))])
    before = facts(home)
    age(home)
    if way == "open":
        goldloop.open(home.root, create=True)
        assert facts(home) == before
        versions = Shop(home).snapshot().versions
        goldloop.open(home.root, create=True)
        assert Shop(home).snapshot().versions == versions  # once is enough
    shop.import_files([write(tmp_path / "b.csv", many(range(15, 30)))])
    assert len(facts(home)["facts/orders"]) == 30
    assert all("told_by" in row for row in facts(home)["facts/orders"])
