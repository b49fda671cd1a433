"""One file in: what the receipt says, what the lake holds, and that nothing ever happens twice or by half."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from tests.jobs.mini import facts, goldloop, many, row, stock, write

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.shop import Shop


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home)
    return Shop(home)


def code_of(function, *args, **kwargs) -> str:
    with pytest.raises(GoldloopError) as caught:
        function(*args, **kwargs)
    return caught.value.code


def test_a_receipt_says_what_became_of_every_row(shop: Shop, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv", [row(1), row(1, "plate", 2, "5"), row(2, price="free"), row(3), row("合计", "", 4, "", "")]
    )
    receipt = shop.import_files([file])[0]
    assert (receipt.profile, receipt.store, receipt.file) == ("mini", "A", "a.csv")
    assert (receipt.read, receipt.new, receipt.updated, receipt.unchanged) == (5, 3, 0, 0)
    assert (receipt.quarantined, receipt.dropped) == (1, {"total": 1})
    assert [(c["stated"], c["ok"]) for c in receipt.control] == [("4", False)] or receipt.control[0]["ok"]
    assert receipt.closes
    assert receipt.facts["order_lines"] == {"new": 3, "updated": 0, "unchanged": 0}
    assert (receipt.first_day, receipt.last_day) == (date(2026, 3, 5), date(2026, 3, 5))
    assert receipt.coverage == {"with_buyer": 2, "paid_orders": 2, "share": 1.0}
    assert receipt.columns_unused == ["店铺"]
    assert json.loads(json.dumps(receipt.as_dict(), default=str))["read"] == 5
    lines = facts(shop.home)["facts/order_lines"]
    assert sorted((line["order_id"], line["gmv"]) for line in lines) == [("1", 990), ("1", 1000), ("3", 990)]


def test_the_same_file_ten_times_is_one_receipt(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", many(range(20)))
    first = shop.import_files([file])[0]
    before = facts(shop.home), shop.snapshot().versions
    renamed = Path(shutil.copy(file, tmp_path / "other name.txt"))
    for again in shop.import_files([file, renamed] * 5):
        assert (again.id, again.repeated) == (first.id, True)
        assert (again.new, again.updated, again.unchanged) == (0, 0, 40)
        assert again.closes
    assert (facts(shop.home), shop.snapshot().versions) == before
    assert len(shop.imports(undone=True)) == 1


def test_the_same_file_in_parallel_is_one_receipt(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", many(range(200)))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: goldloop(shop.home, "import", str(file), "--json"), range(4)))
    assert [d.returncode for d in done] == [0, 0, 0, 0], [d.stdout + d.stderr for d in done]
    receipts = [json.loads(d.stdout)["receipts"][0] for d in done]
    assert {r["id"] for r in receipts} == {receipts[0]["id"]}
    assert sorted(r["new"] for r in receipts) == [0, 0, 0, 400]
    assert len(facts(shop.home)["facts/order_lines"]) == 400


def test_different_files_in_parallel_all_arrive(shop: Shop, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.csv", many(range(n * 30, n * 30 + 50))) for n in range(4)]  # each overlaps the next
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda file: goldloop(shop.home, "import", str(file), "--json"), files))
    assert [d.returncode for d in done] == [0, 0, 0, 0], [d.stdout + d.stderr for d in done]
    assert len(facts(shop.home)["facts/orders"]) == 140
    assert sum(json.loads(d.stdout)["receipts"][0]["new"] for d in done) == 280


def test_a_dry_run_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    before = shop.snapshot().versions
    receipt = shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, price="x")])], dry_run=True)[0]
    assert (receipt.id, receipt.dry_run, receipt.read, receipt.quarantined, receipt.new) == (None, True, 2, 1, None)
    assert receipt.facts == {"orders": {"stated": 1}, "order_lines": {"stated": 1}}
    assert shop.imports(undone=True) == []
    assert list(shop.home.sources.iterdir()) == []
    assert shop.snapshot().versions == before


def test_an_undone_import_leaves_no_trace_and_may_come_again(shop: Shop, tmp_path: Path) -> None:
    first = shop.import_files([write(tmp_path / "a.csv", many(range(10)))])[0]
    before = facts(shop.home)
    second = shop.import_files([write(tmp_path / "b.csv", many(range(5, 15)))])[0]
    undone = shop.import_undo([second.id])
    assert undone["undone"] == [second.id]
    assert undone["facts"]["orders"] == {"removed": 5, "updated": 0}
    assert facts(shop.home) == before
    assert len(list(shop.home.sources.iterdir())) == 1
    again = shop.import_files([tmp_path / "b.csv"])[0]
    assert (again.id != second.id, again.new, again.unchanged, again.repeated) == (True, 10, 10, False)
    assert [r.id for r in shop.imports()] == [again.id, first.id]
    assert code_of(shop.import_undo, [second.id]) == "import_not_done"
    assert code_of(shop.import_undo, [99]) == "import_unknown"


def test_undo_of_several_with_one_wrong_undoes_none(shop: Shop, tmp_path: Path) -> None:
    receipt = shop.import_files([write(tmp_path / "a.csv", many(range(3)))])[0]
    assert code_of(shop.import_undo, [receipt.id, 99]) == "import_unknown"
    assert len(facts(shop.home)["facts/orders"]) == 3


def test_the_store_is_the_only_one_that_fits_or_has_to_be_named(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1)])
    shop.store_add("J", platform="jd")
    assert shop.import_files([file])[0].store == "A"
    shop.store_add("B", platform="tmall")
    with pytest.raises(GoldloopError) as caught:
        shop.import_files([file])
    assert (caught.value.code, caught.value.allowed) == ("store_needed", ["A", "B"])
    assert shop.import_files([file], store="B")[0].store == "B"
    assert code_of(shop.import_files, [file], store="C") == "store_unknown"


def test_a_column_can_name_the_store_of_each_row(shop: Shop, tmp_path: Path) -> None:
    shop.store_add("B", platform="tmall")
    file = write(
        tmp_path / "a.csv", [row(1, store="A"), row(2, store="B"), row(2, "plate", store=""), row(3, store="A")]
    )
    receipts = shop.import_files([file], store_from="店铺")
    assert [(r.store, r.read, r.new) for r in receipts] == [("A", 2, 2), ("B", 2, 2)]
    assert sorted((o["store"], o["order_id"]) for o in facts(shop.home)["facts/orders"]) == [
        (1, "1"),
        (1, "3"),
        (2, "2"),
    ]
    again = shop.import_files([file], store_from="店铺")
    assert [r.id for r in again] == [r.id for r in receipts]
    assert all(r.repeated for r in again)


def test_a_column_with_an_unknown_store_loads_nothing_at_all(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1, store="A"), row(2, store="X")])
    assert code_of(shop.import_files, [file], store_from="店铺") == "store_unknown"
    assert code_of(shop.import_files, [file], store_from="门店") == "column_missing"
    assert facts(shop.home) == {}


def test_a_profile_can_be_chosen(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1)])
    assert code_of(shop.import_files, [file], profile="nope") == "profile_unknown"
    assert shop.import_files([file], profile="mini")[0].profile == "mini"


def test_another_currency_is_refused(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1)])
    assert code_of(shop.import_files, [file], currency="USD") == "currency_mismatch"
    assert shop.import_files([file], currency="cny")[0].new == 1


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: p.mkdir(), "file_is_folder"),
        (lambda p: p.touch(), "file_empty"),
        (lambda p: p.write_text("\n\n"), "sheet_empty"),
        (lambda p: p.write_text("what,is,this\n1,2,3\n"), "format_unknown"),
        (lambda p: p.write_bytes(b"%PDF-1.7 ..."), "file_kind_unknown"),
        (lambda p: None, "file_missing"),
    ],
)
def test_what_cannot_be_read_is_named_and_leaves_nothing(shop: Shop, tmp_path: Path, make, code: str) -> None:
    path = tmp_path / "a.csv"
    make(path)
    assert code_of(shop.import_files, [path]) == code
    assert shop.imports(undone=True) == []
    assert list(shop.home.sources.iterdir()) == []


def test_a_refused_file_is_not_kept_and_may_be_tried_again(shop: Shop, tmp_path: Path) -> None:
    shop.store_add("B", platform="tmall")
    profile = shop.home.profiles / "mini.toml"
    profile.write_text('store_name = "店铺"\n' + profile.read_text("utf-8"), "utf-8")
    file = write(tmp_path / "a.csv", [row(1, store="B")])
    assert code_of(shop.import_files, [file], store="A") == "store_mismatch"
    assert [r.state for r in shop.imports(undone=True)] == ["refused"]
    assert list(shop.home.sources.iterdir()) == []
    assert shop.import_files([file], store="B")[0].new == 1


def test_a_file_is_kept_sealed(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1, buyer="王小明13800138000")])])
    kept = list(shop.home.sources.iterdir())
    assert len(kept) == 1
    everything = b"".join(p.read_bytes() for p in shop.home.root.rglob("*") if p.is_file())
    assert "王小明".encode() not in everything
    assert b"13800138000" not in everything


LIMITED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""


@pytest.mark.parametrize("size", [0, 2_000, 20_000, 60_000])
def test_a_full_disk_loads_nothing_and_space_puts_it_right(shop: Shop, tmp_path: Path, size: int) -> None:
    shop.import_files([write(tmp_path / "a.csv", many(range(5)))])
    before = facts(shop.home), shop.snapshot().versions
    file = write(tmp_path / "b.csv", many(range(2000)))
    done = goldloop(shop.home, "import", str(file), "--json", code=LIMITED.format(size=size))
    assert done.returncode == 1, done.stdout
    assert json.loads(done.stdout)["error"]["code"] in ("disk_full", "file_failed", "database_failed"), done.stdout
    assert "Traceback" not in done.stderr
    assert (facts(shop.home), shop.snapshot().versions) == before
    assert shop.import_files([file])[0].new == 3990


def test_new_rules_are_caught_up_with_by_the_next_writer(shop: Shop, tmp_path: Path) -> None:
    from goldloop.apps.shops import api as shops

    shop.import_files([write(tmp_path / "a.csv", [row(1), row(2, "gift")])])
    shops.exclusion_add(code="gifts", kind="product", values=["gift"])  # as if killed before the lake followed
    shop.import_files([write(tmp_path / "b.csv", [row(3)])])
    orders = {o["order_id"]: o["gmv"] for o in facts(shop.home)["facts/orders"]}
    assert orders == {"1": 990, "2": 0, "3": 990}
    shop.exclusion_remove("gifts")
    assert {o["order_id"]: o["gmv"] for o in facts(shop.home)["facts/orders"]} == {"1": 990, "2": 990, "3": 990}


def test_a_later_day_start_moves_orders_to_their_day(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([write(tmp_path / "a.csv", [row(1, at="2026-03-05 01:00:00")])])
    assert facts(shop.home)["facts/orders"][0]["day"] == date(2026, 3, 5)
    shop.store_set("A", day_starts=120)
    assert facts(shop.home)["facts/orders"][0]["day"] == date(2026, 3, 4)


def test_another_amount_of_a_sale_is_gmv(shop: Shop, tmp_path: Path) -> None:
    """Facts follow the setting, also where its change was killed before the lake followed; back again they are as before."""
    from goldloop.apps.shops import api as shops

    head = "order_id,placed_at,paid_at,status,goods_amount,platform_discount,user_paid\n"
    lines = [f"{n},2026-03-05 10:00:00,2026-03-05 10:00:00,finished,99.00,9.00,90.00\n" for n in (1, 2)]
    for name, line in zip("ab", lines, strict=True):
        (tmp_path / f"{name}.csv").write_text(head + line)

    def sales() -> dict[str, tuple[int, int | None]]:
        return {o["order_id"]: (o["gmv"], o.get("subsidy")) for o in facts(shop.home)["facts/orders"]}

    shop.import_files([tmp_path / "a.csv"], store="A")
    assert sales() == {"1": (9_900, None)}
    shops.store_set(name="A", gmv_amount="paid")
    shop.import_files([tmp_path / "b.csv"], store="A")
    assert sales() == {"1": (9_000, 900), "2": (9_000, 900)}
    shop.store_set("A", gmv_amount="merchant")
    assert sales() == {"1": (9_900, None), "2": (9_900, None)}


def test_importing_needs_no_home_variable(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", [row(1)])
    program = f"import goldloop; print(goldloop.open({str(shop.home.root)!r}).import_files([{str(file)!r}])[0].new)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr
