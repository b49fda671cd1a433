"""Jobs of the real command and the web app: starts, demos, imports, figures, pages."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.line import NO_LIMIT, Line
from benchmarks.measure import Cost, JobFailed, once, turn_by_turn

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
GOLDLOOP = Path(sys.executable).parent / "goldloop"
DATA = Path(os.environ.get("GOLDLOOP_TEST_DATA") or HERE.parent.parent / "shared" / "data") / "online_retail_ii"
FILES = [DATA / "2009_2010.parquet", DATA / "2010_2011.parquet"]
YEARS = ["--from", "2009-12-01", "--to", "2011-12-09"]
ORDERS, CHANGED = 2_000_000, 10_000  # rows of the order files
MOST_ORDERS = 25_000_000  # rows of the longest file that may come from the command line
HEAVIEST = 400_000  # bytes of today's page with all its files
START_UP = 1.5  # seconds that the command may take besides the query: Python, Django, Ibis, the printing


def goldloop(*arguments: str, home: Path) -> Cost:
    """One real command on a home folder."""
    return once([str(GOLDLOOP), *arguments], {"GOLDLOOP_HOME": str(home), "GOLDLOOP_LANG": "en"})


def bare(*arguments: str) -> Cost:
    """One job of bare.py."""
    return once([sys.executable, str(HERE / "bare.py"), *arguments], {})


def empty(name: str) -> Path:
    """An empty folder below benchmarks/work."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def help_time(rounds: int) -> Iterator[Line]:
    """The start of the command itself."""
    [ours] = turn_by_turn(rounds * 3, lambda: goldloop("--help", home=WORK / "none"))
    yield Line("goldloop --help", ours, None, "wall", 0.3, "0.3 s")


def small_demo(rounds: int) -> Iterator[Line]:
    """From nothing to a demo that answers."""
    [ours] = turn_by_turn(max(1, rounds // 3), lambda: goldloop("demo", "--size", "small", home=empty("demo")))
    yield Line("small demo from nothing", ours, None, "wall", 60, "60 s")


def retail_home(name: str) -> Path:
    """A new home with a store for Online Retail II."""
    home = empty(name)
    goldloop("init", home=home)
    goldloop(
        "store", "add", "Retail", "--platform", "other", "--currency", "GBP", "--timezone", "Europe/London", home=home
    )
    return home


def import_retail(home: Path) -> Cost:
    """Both files through the ordinary import."""
    return goldloop("import", *map(str, FILES), "--store", "Retail", home=home)


def retail_import(rounds: int) -> Iterator[Line]:
    """Import of 1.07 million rows against reading and writing them."""
    ours, copied = turn_by_turn(
        max(1, rounds // 2),
        lambda: import_retail(retail_home("retail")),
        lambda: bare("copy", str(empty("copy")), *map(str, FILES)),
    )
    yield Line("import Online Retail II", ours, copied, "cpu", 8 * copied.cpu, "8 x pyarrow's CPU")


def retail_figures(rounds: int) -> Iterator[Line]:
    """Figures by month with comparison against the bare query."""
    home = WORK / "retail"
    if not home.exists():
        import_retail(retail_home("retail"))
    listing = WORK / "files.json"
    listing.write_text(json.dumps({name: facts(home, name) for name in ("orders", "refunds")}), "utf-8")
    question = ["figures", "--store", "Retail", *YEARS, "--by", "month", "--compare", "last-year"]
    question += ["--basis", "orders", "--new", "first-in-data", "--json"]
    ours, query = turn_by_turn(rounds, lambda: goldloop(*question, home=home), lambda: bare("months", str(listing)))
    answer, truth = json.loads(ours.printed), json.loads(query.printed)
    counted = sum(round(float(row["gmv"]) * 100) for row in answer["rows"])
    if (len(answer["rows"]), counted) != (truth["rows"], truth["gmv"]):
        raise JobFailed(f"the two answers differ: {counted} and {truth}")
    engine = Cost(query.cpu, truth["seconds"], query.memory)
    yield Line("figures by month, compared", ours, engine, "wall", 1.5 * engine.wall + START_UP, "1.5 x DuckDB + 1.5 s")


def facts(home: Path, name: str) -> list[str]:
    """The Parquet files of the newest version of a fact table."""
    from deltalake import DeltaTable

    return DeltaTable(str(home / "lake" / "facts" / name)).file_uris()


def inside(cost: Cost) -> Cost:
    """What a job printed of its own CPU and wall time: its start is left out; the memory is that of the whole process."""
    spent = json.loads(cost.printed)
    return Cost(spent["cpu"], spent["wall"], cost.memory, cost.printed)


def order_file(name: str, rows: int, kind: str, *more: str) -> Path:
    """One of the files of orders_file.py, made once."""
    file = WORK / "orders" / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        once([sys.executable, str(HERE / "orders_file.py"), str(rows), str(file), kind, *more], {})
    return file


def import_orders(file: Path, home: Path | None = None, *, ahead: bool = True, **expected: int) -> Cost:
    """Import an order file into a home folder (by default a new one); raises JobFailed where the receipt tells else.

    `ahead`: figures are counted ahead at its end where it is long enough.
    """
    if home is None:
        home = empty("orders-home")
        goldloop("init", home=home)
        goldloop("store", "add", "Shop", "--platform", "taobao", home=home)
    environment = {} if ahead else {"GOLDLOOP_ROLLUPS_FROM": "0"}
    cost = inside(once([sys.executable, str(HERE / "inside.py"), str(home), str(file)], environment))
    counts = json.loads(cost.printed)
    if any(counts[name] != count for name, count in expected.items()):
        raise JobFailed(f"{file.name}: {counts}, expected {expected}")
    return cost


def order_imports(rounds: int) -> Iterator[Line]:
    """Two million orders in one file: first, in GBK, a tenth of them, again in other bytes, and 10,000 that changed."""
    first = order_file("ExportOrderList_20250601_120000.csv", ORDERS, "first")
    tenth = order_file("ExportOrderList_20250601_110000.csv", ORDERS // 10, "first")
    gbk = order_file("ExportOrderList_20250601_130000.csv", ORDERS, "first", "--encoding", "gb18030")
    again = order_file("ExportOrderList_20250602_120000.csv", ORDERS, "same")
    changed = order_file("ExportOrderList_20250603_120000.csv", ORDERS, "changed")
    home = WORK / "orders-home"
    small, in_gbk, ours, same, later, parsed = turn_by_turn(
        max(1, rounds // 5),
        lambda: import_orders(tenth, new=ORDERS // 10),
        lambda: import_orders(gbk, new=ORDERS),
        lambda: import_orders(first, new=ORDERS),
        lambda: import_orders(again, home, unchanged=ORDERS),
        lambda: import_orders(changed, home, updated=CHANGED),
        lambda: inside(bare("parse", str(empty("parsed")), str(first))),
    )
    yield Line("import 2 million orders (CSV, 218 MB)", ours, parsed, "cpu", 6 * parsed.cpu, "6 x pyarrow's CPU")
    yield Line("its memory", ours, None, "memory", 1536, "1.5 GB")
    yield Line("the same in GBK", in_gbk, ours, "cpu", 1.3 * ours.cpu, "1.3 x UTF-8")
    yield Line("against 200,000 orders", ours, small, "cpu", 11 * small.cpu, "linear + 10 %")
    yield Line("the same rows in other bytes", same, ours, "cpu", 0.3 * ours.cpu, "0.3 x the first")
    yield Line("10,000 changed orders of 2 million", later, ours, "cpu", 0.1 * ours.cpu, "0.1 x the first")


def longest_import(rounds: int) -> Iterator[Line]:
    """The longest file that is taken: its time may grow with its size, its memory may not."""
    file = order_file("ExportOrderList_20250601_090000.csv", MOST_ORDERS, "first")
    ours = import_orders(file, ahead=False, new=MOST_ORDERS)
    seconds = 60 + 30 * file.stat().st_size / 100e6
    yield Line("import 25 million orders (CSV, 2.8 GB)", ours, None, "wall", seconds, "60 s and 30 s per 100 MB")
    yield Line("its memory", ours, None, "memory", 1536, "1.5 GB")
    ahead = goldloop("lake", "rollups", home=WORK / "orders-home")
    yield Line("figures of these counted ahead: memory", ahead, None, "memory", 4096, "4 GB")


def workbook_import(rounds: int) -> Iterator[Line]:
    """200,000 orders in a workbook against calamine alone."""
    file = order_file("ExportOrderList_20250601_100000.xlsx", ORDERS // 10, "workbook")
    ours, read = turn_by_turn(
        max(1, rounds // 3), lambda: import_orders(file, new=ORDERS // 10), lambda: inside(bare("cells", str(file)))
    )
    yield Line("import 200,000 orders (XLSX)", ours, read, "cpu", 3 * read.cpu, "3 x calamine's CPU")


def large_demo(rounds: int) -> Iterator[Line]:
    """Twenty million lines: made, and asked by month."""
    home = empty("large")
    made = goldloop("demo", "--size", "large", home=home)
    yield Line("large demo (20 million lines)", made, None, "wall", NO_LIMIT, "none")
    last = json.loads(goldloop("store", "list", "--json", home=home).printed)
    question = [
        "figures",
        "gmv",
        "orders",
        "buyers",
        "--from",
        "2024-01-01",
        "--to",
        "2026-12-31",
        "--by",
        "month",
        "--json",
    ]
    [ours] = turn_by_turn(rounds, lambda: goldloop(*question, home=home))
    yield Line(
        f"figures by month, 20 million lines, {len(last['stores'])} stores", ours, None, "wall", NO_LIMIT, "none"
    )


def web_pages(full: bool) -> Iterator[Line]:
    """Today's page: looked at again beside an empty page, and after a load beside its bare queries."""
    size = "medium" if full else "small"
    home = empty("pages")
    goldloop("demo", "--size", size, home=home)
    run = once([sys.executable, str(HERE / "pages.py"), str(home)], {})
    spent = json.loads(run.printed)
    cached, nothing, uncached, queries, again = (
        Cost(spent[name], spent[name], run.memory) for name in ("cached", "empty", "uncached", "queries", "again")
    )
    yield Line("today's page, looked at again", cached, nothing, "cpu", 1.5 * nothing.cpu, "1.5 x an empty page")
    yield Line("the same for another person, figures kept", again, nothing, "cpu", NO_LIMIT, "none")
    job = f"today's page after a load ({size} demo, {spent['statements']} statements)"
    yield Line(job, uncached, queries, "cpu", 2 * queries.cpu, "2 x its bare queries")
    yield from painted(home)


def painted(home: Path) -> Iterator[Line]:
    """Today's page in a browser: its first paint, and what it weighs with all its files."""
    seen = json.loads(once([sys.executable, str(HERE / "paint.py"), str(home)], {}).printed)
    paint = Cost(0, seen["paint"], 0)
    yield Line("today's page, first paint in a browser", paint, None, "wall", 1.0, "1 s")
    weight = Cost(0, 0, seen["weight"] / 2**20)
    yield Line("its weight, compressed, with all its files", weight, None, "memory", HEAVIEST / 2**20, "400 KB")
