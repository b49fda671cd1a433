"""SEC-14 for imports: a person is found, made anonymous everywhere, certified, and not brought back by a later import."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.apps.homes import fresh_home
from tests.jobs.mini import facts, goldloop, many, row, stock, write

from goldloop.connectors.readers.sheet import DEFAULT_LIMITS
from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs.mentions import Needles, mentions
from goldloop.shop import Shop

WHO = "canary-buyer-4711"
FIGURES = ["gmv", "orders", "buyers", "new_buyers", "units", "identity_coverage"]


def some_orders(home: Home) -> None:
    """Two orders of the person among others, a third in quarantine, and a corrected row."""
    stock(home)
    theirs = [
        row("P1", buyer=WHO),
        row("P2", "bowl", buyer=WHO),
        row("P3", price="free", buyer=WHO),
        row("Q1", price="dear"),
    ]
    files = {"others": many(range(20)), "theirs": theirs, "again": [row("P1", buyer=WHO), row("Z1")]}
    with TemporaryDirectory() as folder:
        for name, rows in files.items():
            Shop(home).import_files([write(Path(folder) / f"{name}.csv", rows)])


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    return Shop(fresh_home(tmp_path / "some orders", some_orders))


def hits(home: Home, *words: str) -> list[str]:
    """Files of the home in whose bytes one of the words stands."""
    return [
        path.relative_to(home.root).as_posix()
        for path in home.root.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    ]


def key_of(shop: Shop) -> str:
    from goldloop.jobs import forget

    store = shop.store("A")
    keys = [order["buyer_key"] for order in facts(shop.home)["facts/orders"] if order["order_id"] == "P1"]
    assert keys[0] in forget.keys_of_identity(store, WHO, shop.home.key("identity"))
    return keys[0]


def totals(shop: Shop) -> list[dict[str, object]]:
    return shop.figures([f for f in FIGURES if f in {row["name"] for row in shop.catalogue()["figures"]}]).rows()


@pytest.mark.parametrize("by", [{"buyer": WHO}, {"order": "P2"}])
def test_a_forgotten_person_is_nowhere_and_every_total_stays(shop: Shop, tmp_path: Path, by: dict[str, str]) -> None:
    key, before = key_of(shop), totals(shop)
    assert hits(shop.home, key)  # so that the search below can find anything at all
    done = shop.forget(store="A", **by)
    assert hits(shop.home, key, WHO) == []
    assert totals(shop) == before
    assert done["rows"]["facts/orders"] == 2
    assert done["rows"]["seen/orders"] >= 2
    assert {source["file"] for source in done["sources"]} == {"theirs.csv", "again.csv"}
    assert WHO not in json.dumps(done)
    assert key not in json.dumps(done)
    assert shop.forget(store="A", **by)["rows"] == {}  # a second time there is nothing left to do
    rest = [one for one in shop.quarantine(states=())]
    assert {(one.state, one.raw_row == {}) for one in rest} == {("ignored", True)}
    assert all("source_forgotten" in json.dumps(r.notes) for r in shop.imports()[:2])


def test_a_later_import_does_not_bring_a_person_back(shop: Shop, tmp_path: Path) -> None:
    from goldloop.jobs.forgotten import anonymous, mark

    key, secret = key_of(shop), shop.home.key("identity")
    shop.forget(store="A", buyer=WHO)
    before = totals(shop)
    shop.import_files([write(tmp_path / "renewed.csv", [row("P2", "bowl", buyer=WHO), row("P1", buyer=WHO)])])
    assert totals(shop) == before
    assert hits(shop.home, key, WHO) == []
    found = {o["order_id"]: o["buyer_key"] for o in facts(shop.home)["facts/orders"]}
    assert found["P1"] == found["P2"] == anonymous(mark(key, secret), secret)
    assert shop.lake_rebuild()["different"] == {}


def test_who_was_only_sent_something_is_forgotten_too(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "touches.csv"
    file.write_text(
        "campaign_id,buyer,kind,day\n8,once@example.com,sent,2026-06-01\n8,other@example.com,sent,\n", "utf-8"
    )
    shop.import_files([file], store="A")
    (key,) = (t["buyer_key"] for t in facts(shop.home)["facts/touches"] if t["day"])
    done = shop.forget(store="A", buyer="once@example.com")
    assert (done["rows"], [one["file"] for one in done["sources"]]) == (
        {"facts/touches": 1, "seen/touches": 1}, ["touches.csv"],
    )  # fmt: skip
    assert hits(shop.home, key, "once@example.com") == []
    assert len({t["buyer_key"] for t in facts(shop.home)["facts/touches"]}) == 2


def test_others_and_their_files_stay(shop: Shop) -> None:
    others = [o for o in facts(shop.home)["facts/orders"] if o["order_id"].startswith("N")]
    shop.forget(store="A", buyer=WHO)
    assert [o for o in facts(shop.home)["facts/orders"] if o["order_id"].startswith("N")] == others
    assert len(list(shop.home.sources.glob("*.sealed"))) == 1
    assert shop.trace("gmv", limit=3)["rows"]


def test_who_is_not_there_is_said(shop: Shop) -> None:
    before = shop.snapshot().versions
    for by, code in (
        ({"buyer": "nobody-at-all"}, "person_unknown"),
        ({"order": "NOPE"}, "person_unknown"),
        ({}, "person_needed"),
        ({"order": "P1", "buyer": WHO}, "person_needed"),
        ({"order": "P1", "store": "B"}, "store_unknown"),
    ):
        with pytest.raises(GoldloopError) as caught:
            shop.forget(**{"store": "A", **by})
        assert caught.value.code == code
    assert shop.snapshot().versions == before


def test_the_command_certifies(shop: Shop) -> None:
    done = goldloop(shop.home, "forget", "--store", "A", "--buyer", WHO, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["store"], told["quarantine"]) == ("A", 1)
    assert set(told) == {"store", "moment", "keys", "rows", "quarantine", "fixes", "sources"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_term_is_found_in_packed_text_of_any_length(tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{n},b{n}\n" for n in range(150_000))
    text = f"订单号,买家\n{rows}X1001,{WHO}\n".encode(encoding)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
    for file in (tmp_path / "a.csv.gz", tmp_path / "a.zip"):
        for limits in (DEFAULT_LIMITS, replace(DEFAULT_LIMITS, whole=100_000)):
            assert mentions(file, Needles({WHO}), limits)
            assert not mentions(file, Needles({"1001-"}), limits)


def test_a_packed_file_that_names_the_person_is_removed(home: Home, tmp_path: Path) -> None:
    stock(home)
    shop = Shop(home)
    plain = write(tmp_path / "a.csv", [row("P1", buyer=WHO)])
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    shop.import_files([tmp_path / "a.csv.gz"])
    done = shop.forget(store="A", buyer=WHO)
    assert [source["file"] for source in done["sources"]] == ["a.csv.gz"]
    assert list(home.sources.glob("*.sealed")) == []


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_term_is_found_in_any_text(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("订单号,买家\n21001,王小明\n".encode(encoding))
    assert mentions(file, Needles({"王小明"}))
    assert mentions(file, Needles({"21001"}))
    assert not mentions(file, Needles({"李四"}))
    file.write_bytes(json.dumps({"buyer": "王小明"}).encode(encoding))
    assert encoding == "utf-16" or mentions(file, Needles({"王小明"}))
    assert encoding == "utf-16" or not mentions(file, Needles({"1001"}))


def test_terms_are_whole_words_however_they_overlap(tmp_path: Path) -> None:
    terms = {"1001", "100", "1001-2", "ABC-1", "b@c.com", "Änne"}
    needles = Needles(terms)
    for text, named in (
        ("1001", True), ("x1001", False), ("21001-2", False), ("1001-2", True), ("10012", False), ("100\n", True), ("abc-1,", True),
        ("xabc-1", False), ("xabc-100", True), ("a b@C.com;", True), ("ab@c.com", False), ("Änne", True), ("\u00c4nne", True),
        ("王1001", True), ("", False),
    ):  # fmt: skip
        assert needles.in_bytes(text.encode()) == named, text
        inside = any(term.casefold() in text.casefold() for term in terms)
        assert needles.in_bytes(text.encode("utf-16-le")) == inside, text
    assert not Needles(()).in_bytes(b"anything")


def test_others_can_write_while_files_are_looked_through(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is looked through once, without the lock; one that comes meanwhile is looked through, too."""
    from goldloop.jobs import forget

    looked = []

    def look(path: Path, *rest: object) -> bool:
        if not looked:
            later = [row("P9", buyer=WHO), row("P1", buyer=WHO)]
            assert shop.import_files([write(tmp_path / "later.csv", later)])[0].new == 1
        looked.append(path.name)
        return mentions(path, *rest)

    monkeypatch.setattr(forget, "mentions", look)
    key = key_of(shop)
    done = shop.forget(store="A", order="P1")
    assert {source["file"] for source in done["sources"]} == {"theirs.csv", "again.csv", "later.csv"}
    assert len(looked) == 4 + 1  # a file that did not name the person was looked through again, for the new order
    assert hits(shop.home, key, WHO) == []
    assert list(shop.home.sources.glob("*.sealed")) != []


def test_forgetting_while_an_import_is_read(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import that had read the person already ends with a clear error; once more, it is clean."""
    from goldloop.jobs import forget, import_file

    stock(home)
    shop = Shop(home)
    shop.import_files([write(tmp_path / "a.csv", [row("P1", buyer=WHO)])])
    writing = import_file.writing

    def forgotten_before_it_writes(*args: object, **named: object) -> object:
        monkeypatch.setattr(import_file, "writing", writing)
        shop.forget(store="A", buyer=WHO)
        return writing(*args, **named)

    monkeypatch.setattr(import_file, "writing", forgotten_before_it_writes)
    later = write(tmp_path / "b.csv", [row("P2", buyer=WHO), row("P3", price="free", buyer=WHO)])
    with pytest.raises(GoldloopError) as caught:
        shop.import_files([later])
    assert caught.value.code == "source_missing"
    shop.import_files([later])
    keys = forget.keys_of_identity(shop.store("A"), WHO, home.key("identity"))
    orders = facts(home)["facts/orders"]
    assert len(orders) == 2 and not [o for o in orders if o["buyer_key"] in keys]
    assert shop.quarantine(states=()) is not None
