"""Many files and whole folders: every file has an outcome, and none keeps the others out."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jobs.mini import PROFILE, facts, row, stock, write

from goldloop.home import Home
from goldloop.shop import Shop


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home)
    return Shop(home)


def outcomes(shop: Shop, *paths: Path, **said) -> dict[str, str]:
    """Label of a file -> rows that are new, or the code of what kept it out."""
    found = {}
    for one in shop.import_many(paths, **said):
        problem = one.error or one.skipped
        kind = "failed" if one.error else "skipped"
        found[one.file] = f"{kind}: {problem.code}" if problem else " + ".join(str(r.new) for r in one.receipts)
    return found


def test_a_folder_of_all_sorts(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "more").mkdir(parents=True)
    write(folder / "b.csv", [row(1), row(2)])
    write(folder / "more" / "c.csv", [row(3)])
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.write(write(tmp_path / "x.csv", [row(4)]), "one.csv")
        archive.write(write(tmp_path / "y.csv", [row(5), row(6)]), "two.csv")
    (folder / "notes.txt").write_text("Call the platform about refunds.\nThank you, all\n", "utf-8")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    (folder / "empty.csv").touch()
    (folder / "~$b.xlsx").write_bytes(b"lock")
    (folder / "later.csv.crdownload").write_text("half", "utf-8")
    (folder / ".hidden").write_text("x", "utf-8")
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04broken")
    (folder / "unknown.csv").write_text("单号,下单时间,金额\n1,2026-03-01,5\n", "utf-8")
    assert outcomes(shop, folder) == {
        "a.zip": "1 + 2",
        "b.csv": "2",
        "broken.xlsx": "failed: file_broken",
        "empty.csv": "skipped: file_empty",
        "later.csv.crdownload": "skipped: file_unfinished",
        "more": "skipped: folder_left_out",
        "notes.txt": "skipped: format_unknown",
        "photo.png": "skipped: file_kind_unknown",
        "unknown.csv": "failed: format_unknown",
        "~$b.xlsx": "skipped: file_unfinished",
    }
    again = outcomes(shop, folder, recursive=True)
    assert (again["b.csv"], again["more/c.csv"]) == ("0", "1")
    assert len(facts(shop.home)["facts/orders"]) == 6


def test_folders_that_lead_in_a_circle_or_are_locked_keep_no_file_out(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "exports"
    (folder / "locked").mkdir(parents=True)
    (folder / "more").mkdir()
    write(folder / "more" / "a.csv", [row(1)])
    (folder / "more" / "loop").symlink_to(folder)
    (folder / "more" / "self").symlink_to(folder / "more")
    inside = Path.iterdir

    def guarded(path: Path) -> Iterator[Path]:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return inside(path)

    monkeypatch.setattr(Path, "iterdir", guarded)
    assert outcomes(shop, folder, recursive=True) == {
        "exports/locked": "failed: file_unreadable",
        "more/a.csv": "1",
    }


def test_a_file_that_is_named_must_be_an_export(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Thank you, all\n", "utf-8")
    assert outcomes(shop, tmp_path / "notes.txt", tmp_path / "none.csv") == {
        "notes.txt": "failed: format_unknown",
        "none.csv": "failed: file_missing",
    }


NAMED = PROFILE.replace("[recognise]", 'store_name = "店铺"\n\n[recognise]', 1)


@pytest.fixture
def several(home: Home) -> Shop:
    stock(home, "A", "B", "C")
    (home.profiles / "mini.toml").write_text(NAMED, "utf-8")
    return Shop(home)


def test_the_store_that_a_file_names_is_chosen(several: Shop, tmp_path: Path) -> None:
    (receipt,) = several.import_files([write(tmp_path / "b.csv", [row(1, store="B"), row(2, store="B")])])
    assert (receipt.store, receipt.new) == ("B", 2)


def test_a_file_that_names_several_stores_goes_to_each(several: Shop, tmp_path: Path) -> None:
    rows = [row(1, store="B"), row(2, store="C", price="free"), row(3, store="C")]
    receipts = several.import_files([write(tmp_path / "b.csv", rows)])
    assert [(r.store, r.new, r.quarantined) for r in receipts] == [("B", 1, 0), ("C", 1, 1)]
    (bad,) = several.quarantine()
    assert several.quarantine_fix(bad.id, {"单价": "1"}).receipts[0].store == "C"
    assert {(o["store"], o["order_id"]) for o in facts(several.home)["facts/orders"]} == {(2, "1"), (3, "2"), (3, "3")}


def test_a_store_that_nobody_knows_is_asked_for(several: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "b.csv", [row(1, store="B"), row(2, store="D")])
    assert outcomes(several, file) == {"b.csv": "failed: store_needed"}
    (outcome,) = several.import_many([file])
    assert outcome.error.allowed == ["A", "B", "C"]


def test_a_file_of_a_platform_without_a_store_says_which(shop: Shop, tmp_path: Path) -> None:
    (shop.home.profiles / "mini.toml").write_text(PROFILE.replace('["tmall"]', '["jd", "pdd"]'), "utf-8")
    (outcome,) = shop.import_many([write(tmp_path / "b.csv", [row(1)])])
    assert (outcome.error.code, outcome.error.allowed) == ("store_missing", ["--platform jd", "--platform pdd"])
    assert outcome.error.todo == "goldloop store add NAME --platform jd"


def test_progress_tells_which_file_of_how_many(shop: Shop, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.csv", [row(n)]) for n in range(3)]
    told = []
    shop.import_many(files, progress=lambda *said: told.append(said))
    assert [said for said in told if said[0] == "files"] == [("files", f"{n}.csv", n, 3) for n in range(3)]
