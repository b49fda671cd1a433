"""Who may see one store of two: the other one's files, rows and reports are the same as none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import facts, row, stock, write

from goldloop.core.errors import GoldloopError
from goldloop.core.viewer import Viewer
from goldloop.home import Home
from goldloop.shop import Shop

NOW = datetime(2026, 3, 8, 4, tzinfo=UTC)
NOBODY = 99  # an id that nothing has
Call = Callable[..., Any]


def two_stores(home: Home) -> None:
    """Two stores with a file each, of which one row waits in quarantine; import and row have the number of the store."""
    stock(home, "Ours", "Theirs")
    shop = Shop(home)
    with TemporaryDirectory() as folder:
        for name in ("Ours", "Theirs"):
            rows = [row(f"{name}-1", store=name), row(f"{name}-2", price="free", store=name)]
            shop.import_files([write(Path(folder) / f"{name}.csv", rows)], store=name)
            shop.feed_expect(name, "mini", days=1)


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    return Shop(fresh_home(tmp_path / "two stores", two_stores))


@pytest.fixture
def ours(shop: Shop) -> Viewer:
    return Viewer(frozenset({shop.store("Ours").id}), name="clerk")


def of_ids(home: Home, viewer: Viewer) -> dict[str, Call]:
    """Everything that is asked for by the id of an import or of a row in quarantine."""
    from goldloop.apps.feeds import api as feeds
    from goldloop.jobs import mended, quarantine
    from goldloop.jobs.import_undo import import_undo

    return {
        "imports show": lambda id: feeds.import_show(viewer=viewer, id=id),
        "imports undo": lambda id: import_undo(home, viewer, [id]),
        "quarantine list": lambda id: quarantine.rows(home, viewer, states=(), import_id=id, store=None),
        "quarantine groups": lambda id: quarantine.groups(viewer, import_id=id, store=None),
        "quarantine export": lambda id: mended.bad_rows(home, viewer, import_id=id, store=None),
        "quarantine show": lambda id: quarantine.row(home, viewer, id),
        "quarantine alike": lambda id: quarantine.alike_counts(home, viewer, id),
        "quarantine fix": lambda id: quarantine.fix(home, viewer, id, {"单价": "1"}),
        "quarantine retry": lambda id: quarantine.retry(home, viewer, [id]),
        "quarantine ignore": lambda id: quarantine.ignore(home, viewer, [id], "a test"),
    }


def of_stores(home: Home, viewer: Viewer, file: Path) -> dict[str, Call]:
    """Everything that is asked for by the name of a store."""
    from goldloop.apps.shops import api as shops
    from goldloop.jobs import feed_board, mended, quarantine, waves
    from goldloop.jobs.forget import forget
    from goldloop.jobs.import_file import import_file
    from goldloop.jobs.wave_contacts import contacts_import

    wave = {"name": "W", "audience": "lifecycle:lost", "send": "2026-06-06", "until": "2026-06-30"}
    return {
        "store": lambda name: shops.store_visible(viewer=viewer, name=name),
        "feeds list": lambda name: feed_board.board(viewer, now=NOW, store=name),
        "feeds expect": lambda name: feed_board.expect(viewer, store=name, profile="mini", days=7),
        "quarantine list": lambda name: quarantine.rows(home, viewer, states=(), import_id=None, store=name),
        "quarantine groups": lambda name: quarantine.groups(viewer, import_id=None, store=name),
        "quarantine export": lambda name: mended.bad_rows(home, viewer, import_id=None, store=name),
        "import": lambda name: import_file(home, viewer, file, store=name),
        "wave contacts": lambda name: contacts_import(home, viewer, file, store=name),
        "wave new": lambda name: waves.wave_new(viewer, wave, stores=[name], moment=NOW),
        "forget": lambda name: forget(home, viewer, store=name, order="Theirs-1", buyer=None),
    }


def said(ask: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(GoldloopError) as caught:
        ask()
    return {**caught.value.as_dict(), **caught.value.params}


def state(shop: Shop) -> tuple[object, ...]:
    return shop.imports(undone=True), shop.quarantine(states=()), shop.snapshot().versions, facts(shop.home)


def test_ids_of_another_store_are_the_same_as_unknown_ones(shop: Shop, ours: Viewer) -> None:
    before, theirs = state(shop), shop.store("Theirs").id
    for name, ask in of_ids(shop.home, ours).items():
        hidden, unknown = said(lambda ask=ask: ask(theirs)), said(lambda ask=ask: ask(NOBODY))
        assert repr(hidden) == repr(unknown).replace(str(NOBODY), str(theirs)), name
        assert hidden["code"] in ("import_unknown", "quarantine_unknown"), name
    assert state(shop) == before


def test_names_of_other_stores_are_the_same_as_unknown_ones(shop: Shop, ours: Viewer, tmp_path: Path) -> None:
    before, file = state(shop), write(tmp_path / "new.csv", [row("new")])
    for name, ask in of_stores(shop.home, ours, file).items():
        hidden, unknown = said(lambda ask=ask: ask("Theirs")), said(lambda ask=ask: ask("Nobodys"))
        assert repr(hidden) == repr(unknown).replace("Nobodys", "Theirs"), name
        assert (hidden["code"], hidden["allowed"]) == ("store_unknown", ["Ours"]), name
    assert state(shop) == before


def test_lists_hold_the_own_store_only(shop: Shop, ours: Viewer) -> None:
    from goldloop.apps.feeds import api as feeds
    from goldloop.apps.shops import api as shops
    from goldloop.jobs import feed_board, mended, quarantine

    def listed(viewer: Viewer) -> list[list[str]]:
        return [
            [store.name for store in shops.stores_visible(viewer=viewer)],
            [receipt.store for receipt in feeds.import_list(viewer=viewer)],
            [row.store for row in quarantine.rows(shop.home, viewer, states=(), import_id=None, store=None)],
            [group.store for group in quarantine.groups(viewer, import_id=None, store=None)],
            [feed.store for feed in feed_board.board(viewer, now=NOW)],
        ]

    assert listed(ours) == [["Ours"]] * 5
    assert listed(Viewer()) == [[]] * 5
    assert [row.store for row in mended.bad_rows(shop.home, ours, import_id=None, store=None).rows] == ["Ours"]
    assert feeds.import_children(viewer=Viewer(), id=shop.quarantine_fix(1, {"单价": "1"}).receipts[0].parent) == []


def test_what_is_done_to_all_rows_is_done_to_the_own_ones(shop: Shop, ours: Viewer) -> None:
    from goldloop.jobs import quarantine

    tried = quarantine.retry(shop.home, ours, [])
    assert [row.store for row in tried.still_open] == ["Ours"]
    assert len(quarantine.fix(shop.home, ours, 1, {"单价": "1"}, alike="reason").fixed) == 1
    assert [row.store for row in shop.quarantine()] == ["Theirs"]


def test_a_mended_file_reaches_the_own_rows_only(shop: Shop, ours: Viewer, tmp_path: Path) -> None:
    from goldloop.jobs.import_file import import_file

    bad, file = shop.quarantine_export(store="Theirs"), tmp_path / "mended.csv"
    cells = {**bad.rows[0].raw_row, "单价": "1"}
    head = [*bad.columns, bad.name_column]
    file.write_text("\n".join(",".join(line) for line in (head, [*cells.values(), bad.names[0]])), "utf-8")
    assert said(lambda: import_file(shop.home, ours, file))["code"] == "mended_row_unknown"
    assert len(shop.import_files([file])) == 1


def test_an_import_finds_the_own_store_by_itself_and_no_other(shop: Shop, ours: Viewer, tmp_path: Path) -> None:
    from goldloop.jobs.import_file import import_file

    assert said(lambda: shop.import_files([write(tmp_path / "a.csv", [row("n")])]))["code"] == "store_needed"
    (receipt,) = import_file(shop.home, ours, tmp_path / "a.csv")
    assert receipt.store == "Ours"
    both = write(tmp_path / "both.csv", [row("n1", store="Ours"), row("n2", store="Theirs")])
    before = state(shop)
    assert said(lambda: import_file(shop.home, ours, both, store_from="店铺"))["code"] == "store_unknown"
    assert state(shop) == before


def test_a_row_of_a_file_of_both_stores_can_be_fixed_by_who_sees_one(shop: Shop, ours: Viewer, tmp_path: Path) -> None:
    from goldloop.jobs import quarantine

    rows = [row("b1", price="free", quantity=7, store="Ours"), row("b2", price="free", quantity=7, store="Theirs")]
    shop.import_files([write(tmp_path / "both.csv", rows)], store_from="店铺")
    id = next(bad.id for bad in shop.quarantine(store="Ours") if bad.file == "both.csv")
    assert quarantine.fix(shop.home, ours, id, {"单价": "1"}).fixed == [id]


def test_what_reaches_all_stores_takes_the_right_to_all(shop: Shop, ours: Viewer, tmp_path: Path) -> None:
    from goldloop.jobs import profiles
    from goldloop.jobs.forget import forget
    from goldloop.jobs.import_file import import_file

    own = tmp_path / "own.toml"
    own.write_text((shop.home.profiles / "mini.toml").read_text("utf-8").replace('"mini"', '"own"'), "utf-8")
    file = write(tmp_path / "a.csv", [row("n")])
    for ask in (
        lambda: forget(shop.home, ours, store="Ours", order="Ours-1", buyer=None),
        lambda: profiles.learn(shop.home.profiles, ours, file, own),
    ):
        assert said(ask)["code"] == "group_right_needed"
    (receipt,) = import_file(shop.home, ours, file, profile=str(own))
    assert (receipt.profile, [path.name for path in shop.home.profiles.glob("*.toml")]) == ("own", ["mini.toml"])
    assert shop.profile_learn(file, own) == "own"
