"""The written group as a whole: what is there, in which form, and that the same arguments give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from goldloop import simulate
from goldloop.core.errors import GoldloopError
from goldloop.core.store import PLATFORMS
from goldloop.simulate import writing
from goldloop.simulate.group import SHOPIFY
from goldloop.simulate.world import simulate as simulate_store
from tests.simulate.conftest import LAST_DAY, SEED, Group
from tests.simulate.reading import sample, sheets, table_of_csv, zip_rows


def digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


def test_the_group_has_four_stores_on_four_platforms(group: Group) -> None:
    stores = group.manifest.stores
    assert [s.platform for s in stores] == ["tmall", "taobao", "douyin", "shopify"]
    assert {s.platform for s in stores} <= set(PLATFORMS)
    assert [s.currency for s in stores] == ["CNY", "CNY", "CNY", "USD"]
    assert stores[3].timezone == "America/New_York"
    assert len({s.name for s in stores}) == 4
    assert all(s.opened_on <= date(2024, 9, 1) for s in stores)


def test_files_are_few_and_all_in_the_manifest(group: Group) -> None:
    files = group.manifest.files
    assert len(files) <= 45
    assert all(f.path.stat().st_size > 0 for f in files)
    assert {f.store for f in files} == {s.name for s in group.manifest.stores}
    on_disk = {p for p in group.folder.rglob("*") if p.is_file()}
    assert on_disk == {f.path for f in files} | {group.manifest.truth}


def test_small_has_about_fifty_thousand_lines(group: Group) -> None:
    assert 45_000 <= sum(s["lines_in_files"] for s in group.truth["stores"].values()) <= 55_000


def test_range_is_26_calendar_months(group: Group) -> None:
    assert (group.truth["first_day"], group.truth["last_day"]) == ("2024-09-01", "2026-10-31")
    for store in group.truth["stores"].values():
        assert len(store["months"]["month"]) == 26
        assert (store["days"]["day"][0], store["days"]["day"][-1]) == ("2024-09-01", "2026-10-31")


def test_the_same_arguments_give_the_same_bytes(group: Group, tmp_path: Path) -> None:
    again = simulate.write_group(tmp_path, size="small", seed=SEED, last_day=LAST_DAY)
    assert digests(tmp_path) == digests(group.folder)
    assert [f.path.relative_to(tmp_path) for f in again.files] == [
        f.path.relative_to(group.folder) for f in group.manifest.files
    ]


def test_another_seed_gives_another_group() -> None:
    one, two = (simulate_store(SHOPIFY, last_day=LAST_DAY, scale=0.05, rng=np.random.default_rng(s)) for s in (1, 2))
    assert one.amounts.goods.sum() != two.amounts.goods.sum()


def test_a_cut_month_is_written_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(writing.SCALES, "small", 0.05)
    made = simulate.write_group(tmp_path, size="small", seed=1, last_day=date(2025, 2, 12))
    periods = [f.period for f in made.files if f.period]
    assert (date(2025, 1, 1), date(2025, 1, 31)) in periods
    assert max(last for _, last in periods) == date(2025, 2, 12)
    assert json.loads(made.truth.read_text("utf-8"))["first_day"] == "2023-01-01"


def test_an_unknown_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldloopError) as error:
        simulate.write_group(tmp_path, size="huge", seed=1, last_day=LAST_DAY)  # type: ignore[arg-type]
    assert error.value.code == "size_unknown"
    assert list(tmp_path.iterdir()) == []


def test_importing_the_door_loads_nothing_heavy() -> None:
    code = "import sys, goldloop.simulate; print([m for m in ('numpy', 'pyarrow', 'xlwt', 'xlsxwriter') if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(simulate.__file__).parents[2])}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert result.stdout.strip() == "[]"


# ------------------------------------------------------------------------------------- headers equal to the samples


@pytest.mark.parametrize(
    ("folder", "word", "example", "encoding"),
    [
        ("tmall", "ExportOrderList", "taobao_ExportOrderList_legacy.csv", "gbk"),
        ("taobao", "ExportOrderList", "taobao_ExportOrderList_legacy.csv", "gbk"),
        ("douyin", "_douyin_orders", "1791213782_douyin_orders.csv", "utf-8"),
        ("shopify", "orders_export", "shopify_orders_export.csv", "utf-8"),
    ],
)
def test_csv_headers_are_byte_for_byte_those_of_the_samples(
    group: Group, folder: str, word: str, example: str, encoding: str
) -> None:
    first = sample(example).read_bytes().split(b"\n")[0]
    for path in group.files(folder, word):
        assert path.read_bytes().split(b"\n")[0] == first
        path.read_bytes().decode(encoding)


def test_quirks_of_the_csv_forms(group: Group) -> None:
    taobao = group.files("tmall", "ExportOrderList")[0].read_bytes().decode("gbk").split("\r\n")[1]
    assert taobao.startswith('="35') and ",\"'1380000" in taobao and taobao.endswith('""')
    douyin = group.files("douyin", "_douyin_orders")[0].read_bytes()
    assert (
        douyin.startswith(b"\xef\xbb\xbf") and b'"\t69' in douyin and b'"-"' in douyin and "##密文".encode() in douyin
    )
    assert group.files("douyin", "_douyin_orders")[0].name[:10] == "1793494800"  # 2026-11-01 09:00 in Shanghai
    shopify = group.files("shopify", "orders_export")[0].read_text("utf-8")
    assert " -0400" in shopify and " -0500" in shopify and ",'01930," in shopify and "@example.com" in shopify


def test_xlsx_and_xls_headers_are_those_of_the_samples(group: Group) -> None:
    pairs = [
        ("tmall", "SubOrderList", "taobao_suborders_2026.xlsx", 1),
        ("taobao", "SubOrderList", "taobao_suborders_2026.xlsx", 1),
        ("tmall", "商品_全部", "【生意参谋平台】商品_全部_2026-10-01_2026-10-01.xls", 5),
        ("tmall", "店铺来源", "【生意参谋平台】店铺来源_2026-10-01.xls", 6),
    ]
    for folder, word, example, header in pairs:
        wanted = sheets(sample(example))
        for path in group.files(folder, word):
            found = sheets(path)
            assert list(found) == list(wanted)
            assert [t[header - 1] for t in found.values()] == [t[header - 1] for t in wanted.values()]
            assert [len(t[0]) for t in found.values()] == [len(t[0]) for t in wanted.values()]


def test_cells_have_the_types_of_the_samples(group: Group) -> None:
    sub_orders = next(iter(sheets(group.files("tmall", "SubOrderList")[0]).values()))
    wanted = next(iter(sheets(sample("taobao_suborders_2026.xlsx")).values()))
    assert [type(v) for v in sub_orders[1]] == [type(v) for v in wanted[1]]
    for word in ("店铺取数_20", "店铺取数_月", "商品_全部", "店铺来源"):
        for table in sheets(group.files("tmall", word)[0]).values():
            assert {type(v) for row in table for v in row} == {str}


def test_wanxiangtai_is_a_gbk_csv_inside_a_zip(group: Group) -> None:
    wanted = zip_rows(sample("商品报表_20261002_101010.zip"), "gbk")
    for path in group.files("tmall", "商品报表_"):
        rows = zip_rows(path, "gbk")
        assert list(rows[0]) == list(wanted[0])
        assert {row["转化周期"] for row in rows} == {"1天转化", "15天转化"}


def test_templates_carry_canonical_columns_and_every_key(group: Group) -> None:
    from goldloop.lake.schema import TABLES

    seen = set()
    for path in [f.path for f in group.manifest.files if f.path.name.startswith("goldloop-")]:
        table = TABLES[path.stem.split("_" + path.parent.name)[0].removeprefix("goldloop-")]
        rows = table_of_csv(path.read_bytes(), "utf-8-sig")
        assert set(rows[0]) <= {c.name for c in table.stated}
        assert set(table.key) <= set(rows[0])
        places = [rows[0].index(k) for k in table.key]
        keys = [tuple(row[p] for p in places) for row in rows[1:]]
        assert len(set(keys)) == len(keys)
        assert all(all(key) for key in keys)
        seen.add(table.name)
    assert seen == {"products", "product_attributes", "costs", "ads", "events"}
