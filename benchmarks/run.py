"""Speed and memory of the real command against bare engines: writes benchmarks/report.md and prints its table.

python benchmarks/run.py [--full] [--only WORD]
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measure import Cost, JobFailed, median, once, turn_by_turn

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
GOLDLOOP = Path(sys.executable).parent / "goldloop"
DATA = Path(os.environ.get("GOLDLOOP_TEST_DATA") or HERE.parent.parent / "shared" / "data") / "online_retail_ii"
FILES = [DATA / "2009_2010.parquet", DATA / "2010_2011.parquet"]
YEARS = ["--from", "2009-12-01", "--to", "2011-12-09"]
ORDERS, CHANGED = 2_000_000, 10_000  # rows of the order files
MOST_ORDERS = 25_000_000  # rows of the longest file that may come from the command line
DRILL_QUALITY = (0.98, 0.95, 0.85)  # shops in which exactly the 0, 1, 2 planted causes are found
LIFETIMES = os.environ.get("GOLDLOOP_LIFETIMES", "")
MEMBERS = {False: ("300000", "800000"), True: ("3000000", "8000000")}  # buyers and orders, by --full
SEGMENT_CPU = 4.0  # seconds: two cores for two of them
CUSTOMERS = "100000"  # of the repurchase model
RISKLOC = os.environ.get("GOLDLOOP_RISKLOC", "")
RISKLOC_SHAPES = {
    "S": "--seed 121",
    "L": "--seed 122 --dims 10 24 10 15 --noise-level 0.0 0.1 --anomaly-severity 0.5 1.0 --anomaly-deviation 0.0 0.0"
    " --num-anomaly 1 5 --num-anomaly-elements 1 1 --only-last-layer",
}
HEAVIEST = 400_000  # bytes of today's page with all its files
START_UP = 1.5  # seconds that the command may take besides the query: Python, Django, Ibis, the printing


@dataclass(frozen=True)
class Line:
    """One line of the report: what was done, what it cost, what it is compared with, and the limit."""

    job: str
    ours: Cost
    bare: Cost | None
    quantity: str  # what the limit is about: "wall", "cpu" or "memory"
    limit: float  # seconds or MiB
    rule: str

    @property
    def value(self) -> float:
        """Our cost in the limit's quantity."""
        return float(getattr(self.ours, self.quantity))

    @property
    def good(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit


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


def import_orders(file: Path, home: Path | None = None, **expected: int) -> Cost:
    """Import an order file into a home folder (by default a new one); raises JobFailed where the receipt tells else."""
    if home is None:
        home = empty("orders-home")
        goldloop("init", home=home)
        goldloop("store", "add", "Shop", "--platform", "taobao", home=home)
    cost = inside(once([sys.executable, str(HERE / "inside.py"), str(home), str(file)], {}))
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
    ours = import_orders(file, new=MOST_ORDERS)
    seconds = 60 + 30 * file.stat().st_size / 100e6
    yield Line("import 25 million orders (CSV, 2.8 GB)", ours, None, "wall", seconds, "60 s and 30 s per 100 MB")
    yield Line("its memory", ours, None, "memory", 1536, "1.5 GB")


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
    yield Line("large demo (20 million lines)", made, None, "wall", float("inf"), "none")
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
        f"figures by month, 20 million lines, {len(last['stores'])} stores", ours, None, "wall", float("inf"), "none"
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
    yield Line("the same for another person, figures kept", again, nothing, "cpu", float("inf"), "none")
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


def drilled(*arguments: str) -> tuple[Cost, dict[str, Any]]:
    """One run of drill.py; its own clock counts, without start and reading."""
    run = once([sys.executable, str(HERE / "drill.py"), *arguments], {})
    told = json.loads(run.printed)
    return Cost(told["seconds"], told["seconds"], run.memory, run.printed), told


def drill_down(rounds: int) -> Iterator[Line]:
    """100,000 leaves over six cuts; and the same files through us and through RiskLoc, where its checkout is given."""
    [ours] = turn_by_turn(rounds, lambda: drilled("wide")[0])
    if (told := json.loads(ours.printed))["found"] != 3 or told["wrong"]:
        raise JobFailed(f"the planted causes were not found: {told}")
    yield Line("drill-down, 100,000 leaves, 6 cuts, depth 3", ours, None, "cpu", 0.3, "0.3 s CPU")
    ours, told = drilled("quality")
    for job, right, least in zip(("quiet", "one cause", "two causes"), told["right"], DRILL_QUALITY, strict=True):
        if right < least:
            raise JobFailed(f"simulated shops, {job}: {right:.1%} told exactly, {least:.0%} are promised")
    quiet, one, two = (f"{right:.1%}" for right in told["right"])
    job = f"drill-down, 3 x 200 simulated shops told exactly: one cause {one}, two causes {two}, quiet {quiet}"
    yield Line(job, ours, None, "cpu", float("inf"), "95 %, 85 %, 98 %")
    for name, options in RISKLOC_SHAPES.items() if RISKLOC else ():
        folder = empty("drill") / name
        making = [
            sys.executable,
            "generate_dataset.py",
            "--num",
            "20",
            "--data-root",
            str(folder.parent),
            "--dataset-name",
            name,
        ]
        subprocess.run([*making, *options.split()], cwd=RISKLOC, check=True, capture_output=True)
        (ours, told), (theirs, peer) = drilled("ours", str(folder), RISKLOC), drilled("peer", str(folder), RISKLOC)
        if told["f1"] < peer["f1"]:
            raise JobFailed(f"shape {name}: F1 {told['f1']:.2f} against RiskLoc's {peer['f1']:.2f}")
        job = f"drill-down, 20 files of shape {name}: F1 {told['f1']:.2f} against RiskLoc's {peer['f1']:.2f}"
        yield Line(job, ours, theirs, "cpu", theirs.cpu / 20, "RiskLoc's CPU / 20")


def forecasts(rounds: int) -> Iterator[Line]:
    """A month's forecast, its paths, and a year's weights for 20 stores; one thread, since spinning ones count as CPU time."""
    limits = (("month", "a month's forecast with its back-test, 26 months known", 2.0),
              ("paths", "10,000 paths of a month", 1.0),
              ("shapes", "weights of a year's days for 20 stores, learned", 2.0))  # fmt: skip
    for what, job, limit in limits:
        [ours] = turn_by_turn(rounds, lambda what=what: forecast_run(what))  # type: ignore[misc]
        yield Line(job, ours, None, "cpu", limit, f"{limit:.0f} s CPU")


def forecast_run(what: str) -> Cost:
    """One run of forecast.py; its own clock counts, without start and import."""
    run = once([sys.executable, str(HERE / "forecast.py"), what], {"OPENBLAS_NUM_THREADS": "1"})
    seconds = json.loads(run.printed)["seconds"]
    return Cost(seconds, seconds, run.memory, run.printed)


def targets(rounds: int) -> Iterator[Line]:
    """A year's plan of 20 stores with learned shapes, its days, and a month's plan without data; on one thread."""
    home = empty("targets")
    runs = [
        once([sys.executable, str(HERE / "targets.py"), str(home)], {"OPENBLAS_NUM_THREADS": "1"})
        for _ in range(rounds)
    ]
    for name, job, limit in (
        ("year", "a year's plan of 20 stores, shapes learned from 26 months, made", 2.0),
        ("days", "its days of every store told again", 1.0),
        ("solve", "plan solve of a month", 0.05),
    ):
        told = [(json.loads(run.printed)[name], run) for run in runs]
        ours = median([Cost(seconds, seconds, run.memory) for seconds, run in told])
        yield Line(job, ours, None, "cpu", limit, f"{limit:g} s CPU")


def member_run(python: str, *arguments: str) -> tuple[Cost, dict[str, Any]]:
    """One run of members.py, on one thread; what it printed."""
    run = once([python, str(HERE / "members.py"), *arguments], {"OPENBLAS_NUM_THREADS": "1"})
    told = json.loads(run.printed)
    seconds = told.get("seconds", 0.0)
    return Cost(seconds, seconds, run.memory, run.printed), told


def members(rounds: int, full: bool) -> Iterator[Line]:
    """Tables beside hand-written SQL, pairs beside Polars, and the repurchase model beside lifetimes, where it is given."""
    buyers, orders = MEMBERS[full]
    told = [member_run(sys.executable, "tables", buyers, orders) for _ in range(1 if full else max(1, rounds // 3))]
    for name, job in (("rfm", "RFM groups"), ("lifecycle", "life cycle"), ("second", "second purchases by week")):
        ours, bare_cost = (
            median([Cost(one[name][part], one[name][part], cost.memory) for cost, one in told])
            for part in ("seconds", "bare")
        )
        yield Line(f"{job}, {int(orders):,} orders", ours, bare_cost, "cpu", 1.2 * bare_cost.cpu, "1.2 x DuckDB's CPU")
    both, found = member_run(sys.executable, "segment", buyers, orders)
    ours, bare_cost = (
        Cost(found["segment"][part], found["segment"][part], both.memory) for part in ("seconds", "bare")
    )
    yield Line(
        f"segment of four conditions, {int(orders):,} orders", ours, bare_cost, "cpu", SEGMENT_CPU, "2 s on two cores"
    )
    both, found = member_run(sys.executable, "pairs", buyers, orders)
    ours, polars = (Cost(found["pairs"][part], found["pairs"][part], both.memory) for part in ("seconds", "polars"))
    yield Line(f"pairs of goods, {int(orders):,} orders", ours, polars, "cpu", 0.7 * polars.cpu, "0.7 x Polars' CPU")
    file = str(empty("members") / "people.csv")
    member_run(sys.executable, "people", file, CUSTOMERS)
    ours, found = member_run(sys.executable, "ours", file)
    job = f"repurchase model, {int(CUSTOMERS):,} customers"
    if not LIFETIMES:
        yield Line(job, ours, None, "cpu", float("inf"), "none: lifetimes is not given")
        return
    theirs, peer = member_run(LIFETIMES, "peer", file)
    if any(abs(a / b - 1) > 0.001 for a, b in zip(found["parameters"], peer["parameters"], strict=True)):
        raise JobFailed(f"the two fits differ: {found['parameters']} and {peer['parameters']}")
    yield Line(job, ours, theirs, "cpu", theirs.cpu / 10, "lifetimes' CPU / 10")


def identity(full: bool) -> Iterator[Line]:
    """Whose keys are one person's, among 300,000 identities (`full`: 3 million); its own clock counts, and its memory."""
    rows = 3_000_000 if full else 300_000
    run = once([sys.executable, str(HERE / "identity.py"), str(rows), str(empty("identity"))], {})
    seconds = json.loads(run.printed)["cpu"]
    ours = Cost(seconds, seconds, run.memory, run.printed)
    yield Line(f"persons of {rows:,} identities", ours, None, "cpu", rows / 50_000, f"{rows / 50_000:.0f} s CPU")
    yield Line("its memory", ours, None, "memory", 3072, "3 GB")


def jobs(full: bool, have_data: bool) -> dict[str, Callable[[int], Iterator[Line]]]:
    """The jobs to run, by name."""
    found: dict[str, Callable[[int], Iterator[Line]]] = {
        "help": help_time,
        "demo": small_demo,
        "drill": drill_down,
        "forecast": forecasts,
        "targets": targets,
    }
    found["members"] = lambda rounds: members(rounds, full)
    found["identity"] = lambda rounds: identity(full)
    if have_data:
        found |= {"import": retail_import, "figures": retail_figures}
    found |= {"orders": order_imports, "workbook": workbook_import, "pages": lambda rounds: web_pages(full)}
    if full:
        found |= {"longest": longest_import, "large": large_demo}
    return found


def report(lines: Sequence[Line], rounds: int, skipped: Sequence[str]) -> str:
    """The Markdown report."""
    import duckdb

    text = [
        "# Benchmark report",
        "",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, goldloop {version('goldloop')}, DuckDB {duckdb.__version__}; "
        f"medians over {rounds} rounds (long jobs fewer), every run in a process of its own. Made by `make bench`.",
        "",
        "| job | wall s | CPU s | memory MiB | bare wall s | bare CPU s | ratio | limit | kept |",
        "|---|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for line in lines:
        beside = [f"{line.bare.wall:.2f}", f"{line.bare.cpu:.2f}"] if line.bare else ["", ""]
        ratio = f"{line.value / getattr(line.bare, line.quantity):.2f}" if line.bare else ""
        limit = (
            line.rule
            if line.limit == float("inf") or not line.bare
            else f"{line.rule} = {line.limit:.2f} s {line.quantity}"
        )
        kept = "" if line.limit == float("inf") else "yes" if line.good else "**no**"
        cells = [
            line.job,
            f"{line.ours.wall:.2f}",
            f"{line.ours.cpu:.2f}",
            f"{line.ours.memory:.0f}" if line.ours.memory >= 1 else f"{line.ours.memory:.2f}",
            *beside,
            ratio,
            limit,
            kept,
        ]
        text.append("| " + " | ".join(cells) + " |")
    text += ["", *(f"Skipped: {s}" for s in skipped)]
    return "\n".join(text).rstrip() + "\n"


def main() -> int:
    """Run the jobs; 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds, and the 20 million line shop group")
    parser.add_argument("--only", default="", help="jobs whose name holds this word")
    chosen = parser.parse_args()
    rounds = 11 if chosen.full else 5
    have_data = all(f.exists() for f in FILES)
    skipped = (
        []
        if have_data
        else ["import and figures of Online Retail II: the two files are not there (see benchmarks/README.md)."]
    )
    if not RISKLOC:
        skipped.append("drill-down against RiskLoc: GOLDLOOP_RISKLOC names no checkout of shaido987/riskloc.")
    WORK.mkdir(exist_ok=True)
    compileall.compile_dir(HERE.parent / "src" / "goldloop", quiet=1)  # as an installed package is
    lines: list[Line] = []
    for name, job in jobs(chosen.full, have_data).items():
        if chosen.only in name:
            print(f"{name} ...", flush=True)
            lines += job(rounds)
    text = report(lines, rounds, skipped)
    print("\n" + text)
    if not chosen.only:
        (HERE / "report.md").write_text(text, "utf-8")
    return 0 if all(line.good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
