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
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from measure import Cost, JobFailed, once, turn_by_turn

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
GOLDLOOP = Path(sys.executable).parent / "goldloop"
DATA = Path(os.environ.get("GOLDLOOP_TEST_DATA") or HERE.parent.parent / "shared" / "data") / "online_retail_ii"
FILES = [DATA / "2009_2010.parquet", DATA / "2010_2011.parquet"]
YEARS = ["--from", "2009-12-01", "--to", "2011-12-09"]
START_UP = 1.5  # seconds that the command may take besides the query: Python, Django, Ibis, the printing


@dataclass(frozen=True)
class Line:
    """One line of the report: what was done, what it cost, what it is compared with, and the limit."""

    job: str
    ours: Cost
    bare: Cost | None
    quantity: str  # what the limit is about: "wall" or "cpu"
    limit: float  # seconds
    rule: str

    @property
    def value(self) -> float:
        """Our cost in the limit's quantity, in seconds."""
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
    goldloop("store", "add", "Retail", "--platform", "other", "--currency", "GBP", "--timezone", "Europe/London", home=home)
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


def large_demo(rounds: int) -> Iterator[Line]:
    """Twenty million lines: made, and asked by month."""
    home = empty("large")
    made = goldloop("demo", "--size", "large", home=home)
    yield Line("large demo (20 million lines)", made, None, "wall", float("inf"), "none")
    last = json.loads(goldloop("store", "list", "--json", home=home).printed)
    question = ["figures", "gmv", "orders", "buyers", "--from", "2024-01-01", "--to", "2026-12-31", "--by", "month", "--json"]
    [ours] = turn_by_turn(rounds, lambda: goldloop(*question, home=home))
    yield Line(f"figures by month, 20 million lines, {len(last['stores'])} stores", ours, None, "wall", float("inf"), "none")


def jobs(full: bool, have_data: bool) -> dict[str, Callable[[int], Iterator[Line]]]:
    """The jobs to run, by name."""
    found: dict[str, Callable[[int], Iterator[Line]]] = {"help": help_time, "demo": small_demo}
    if have_data:
        found |= {"import": retail_import, "figures": retail_figures}
    if full:
        found["large"] = large_demo
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
        limit = line.rule if line.limit == float("inf") or not line.bare else f"{line.rule} = {line.limit:.2f} s {line.quantity}"
        kept = "" if line.limit == float("inf") else "yes" if line.good else "**no**"
        cells = [line.job, f"{line.ours.wall:.2f}", f"{line.ours.cpu:.2f}", f"{line.ours.memory:.0f}", *beside, ratio, limit, kept]
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
    skipped = [] if have_data else ["import and figures of Online Retail II: the two files are not there (see benchmarks/README.md)."]
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
