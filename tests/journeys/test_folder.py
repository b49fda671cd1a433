"""A newcomer's folder: files of every kind, several stores, one command; then, for each file, where each of its rows went.

The files are all samples: one that is added takes part by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import goldloop
from goldloop.connectors import readers
from goldloop.connectors.profile import load_profiles
from goldloop.connectors.recognise import recognise
from goldloop.lake.schema import TABLES

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
HOME_MARKETS = ("tmall", "jd", "douyin", "pdd")
ABROAD = ("shopify", "amazon", "tiktok", "woocommerce")
ANY_STORE = {"CNY": "猫狗店", "USD": "Sundries"}  # of files that fit every platform
WEEK = (date(2026, 10, 1), date(2026, 10, 7))

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All samples, and what else lies in a folder of downloads."""
    place = tmp_path_factory.mktemp("newcomer") / "下载"
    shutil.copytree(SAMPLES, place, ignore=shutil.ignore_patterns("MANIFEST.json"))
    (place / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    (place / "notes.txt").write_text("Call the platform about refunds.\nThank you, all\n", "utf-8")
    return place


@pytest.fixture(scope="module")
def shop(folder: Path) -> goldloop.Shop:
    made = goldloop.open(folder.parent / "home", create=True)
    for platform in HOME_MARKETS:
        made.store_add(platform, platform=platform, currency="CNY", timezone="Asia/Shanghai")
    for platform in ABROAD:
        made.store_add(platform, platform=platform, currency="USD", timezone="America/New_York")
    for currency, name in ANY_STORE.items():
        made.store_add(name, platform="other", currency=currency, timezone="Asia/Shanghai")
    return made


def command(shop: goldloop.Shop, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of `goldloop ... --json`."""
    code = "import sys; from goldloop.cli import main; sys.exit(main())"
    asked = [sys.executable, "-c", code, "--home", str(shop.home.root), *arguments, "--json"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOLDLOOP_")}
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env={**kept, "PYTHONUTF8": "1"})
    return done.returncode, json.loads(done.stdout or done.stderr)


@pytest.fixture(scope="module")
def first(shop: goldloop.Shop, folder: Path) -> dict[str, Any]:
    """The answer to `goldloop import FOLDER`."""
    code, answer = command(shop, "import", str(folder))
    assert code == 2, "some files wait for a word of hers"
    return answer


@pytest.fixture(scope="module")
def receipts(shop: goldloop.Shop, folder: Path, first: dict[str, Any]) -> list[dict[str, Any]]:
    """All receipts, once she has answered what the errors asked."""
    late = [receipt for error in first["errors"] for receipt in answered(shop, folder / error["file"], error["code"])]
    return first["receipts"] + [receipt.as_dict() for receipt in late]


def answered(shop: goldloop.Shop, path: Path, code: str) -> Iterable[Any]:
    if code == "period_needed":
        return shop.import_files([path], period=WEEK)
    return shop.import_files([path], store=ANY_STORE["USD" if path.name.isascii() else "CNY"])


def test_every_file_of_the_folder_has_an_outcome(folder: Path, first: dict[str, Any]) -> None:
    told = [{one["file"] for one in first[kind]} for kind in ("receipts", "errors", "skipped")]
    assert told[2] == {"photo.png", "notes.txt"}
    assert set.union(*told) == {path.name for path in folder.iterdir()} and sum(map(len, told)) == len(set.union(*told))
    assert {one["code"] for one in first["errors"]} <= {"store_needed", "period_needed"}
    assert all(one["todo"] for one in first["errors"])
    assert first["totals"]["files"] == len(list(folder.iterdir()))


def test_each_receipt_says_where_each_row_went(
    shop: goldloop.Shop, folder: Path, receipts: list[dict[str, Any]]
) -> None:
    assert {one["file"] for one in receipts} == {path.name for path in SAMPLES.iterdir()} - {"MANIFEST.json"}
    loaded = rows_loaded(shop)
    for one in receipts:
        label = (one["file"], one["member"], one["sheet"])
        there = rows_of(folder / one["file"], one["member"], one["sheet"], one["profile"])
        aside = {row.row for row in shop.quarantine(import_id=one["id"])}
        held = loaded.get(one["id"], set())
        assert one["new"] + one["updated"] + one["unchanged"] == len(held), label
        assert one["quarantined"] == len(aside), label
        assert held | aside <= there and not held & aside, label
        assert (one["read"], sum(one["dropped"].values())) == (len(there), len(there - held - aside)), label


def rows_loaded(shop: goldloop.Shop) -> dict[int, set[int]]:
    """Import -> the rows of its sheet that the lake holds something of."""
    found: dict[int, set[int]] = {}
    snapshot = shop.snapshot()
    for table in TABLES:
        for part in snapshot.files(f"seen/{table}"):
            id = int(Path(part).parent.name.removeprefix("import_id="))
            found.setdefault(id, set()).update(pq.ParquetFile(part).read(["_row"])["_row"].to_pylist())
    return found


def rows_of(path: Path, member: str, sheet: str, profile: str) -> set[int]:
    """Numbers of the rows below the header that are not blank."""
    (found,) = (one for one in readers.sheets(path) if (one.member, one.sheet) == (member, sheet))
    header = recognise(found, load_profiles(), only=profile).header_row
    lines = enumerate(found.first_rows(10_000), 1)
    return {number for number, row in lines if number > header and any(cell.strip() for cell in row)}


def test_the_folder_again_changes_nothing(shop: goldloop.Shop, folder: Path, receipts: list[dict[str, Any]]) -> None:
    before = shop.figures(["orders", "units", "clicks"], by="store").rows()
    _, again = command(shop, "import", str(folder))
    assert (again["totals"]["new"], again["totals"]["updated"]) == (0, 0)
    assert shop.figures(["orders", "units", "clicks"], by="store").rows() == before
