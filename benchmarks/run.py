"""Speed and memory of goldloop beside bare engines and its peers: writes docs/benchmarks and prints the table.

python -m benchmarks.run [--full] [--only WORD] [--day YYYY-MM-DD]

A report is written, and the history grows, only where all jobs were asked for; a job that fails is named in it.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib.metadata import version

from benchmarks import commands, document, history, kernels
from benchmarks.commands import FILES, HERE, WORK
from benchmarks.environments import python_of
from benchmarks.line import Line
from benchmarks.measure import JobFailed
from benchmarks.reports.sides import LARGE, LIMITS, fits, interpreter, report_jobs

PLACE = HERE.parent / "docs" / "benchmarks"
REPORTS = {False: "report", True: "full"}  # by --full
ROUNDS = {False: 5, True: 11}  # by --full; long jobs take fewer


def jobs(full: bool) -> dict[str, Callable[[int], Iterator[Line]]]:
    """The jobs to run, by name."""
    found: dict[str, Callable[[int], Iterator[Line]]] = {
        "reports": lambda rounds: report_jobs(full),
        "help": commands.help_time,
        "demo": commands.small_demo,
        "drill": kernels.drill_down,
        "forecast": kernels.forecasts,
        "targets": kernels.targets,
        "members": lambda rounds: kernels.members(rounds, full),
        "pairs": lambda rounds: kernels.pairs_of_goods(),
        "identity": lambda rounds: kernels.identity(full),
        "waves": lambda rounds: kernels.waves(),
    }
    if have_data():
        found |= {"import": commands.retail_import, "figures": commands.retail_figures}
    found |= {"orders": commands.order_imports, "workbook": commands.workbook_import}
    found["pages"] = lambda rounds: commands.web_pages(full)
    if full:
        found |= {"longest": commands.longest_import, "large": commands.large_demo}
    return found


def have_data() -> bool:
    """Whether the files of Online Retail II are there."""
    return all(file.exists() for file in FILES)


def skipped(full: bool) -> Iterator[str]:
    """What is left out here, and why."""
    if not have_data():
        yield "import and figures of Online Retail II: the two files are not there (see benchmarks/README.md)."
    if not kernels.RISKLOC:
        yield "drill-down against RiskLoc: GOLDLOOP_RISKLOC names no checkout of shaido987/riskloc."
    if not full:
        yield "the 15 reports by Spark, and all of it at 20 million lines: `make bench-full`."
    elif interpreter("spark") is None:
        yield "the 15 reports by Spark: it needs Java."
    if full and not fits("pandas", LARGE):
        yield "the 15 reports by pandas at 20 million lines: it needs 20 GiB of memory."
    for name in (*LIMITS, "lifetimes", "pairs"):
        if python_of(name) is None:
            yield f"{name}: its environment could not be made."


def about(full: bool) -> str:
    """On what was run."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, goldloop {version('goldloop')}, DuckDB {version('duckdb')}; "
        f"medians over {ROUNDS[full]} rounds (long jobs fewer), "
        f"every run in a process of its own. Made by `make bench{'-full' if full else ''}`."
    )


def kept(lines: Sequence[Line], full: bool, day: str, failed: Sequence[str]) -> document.Run:
    """Put the lines into the history and write the report."""
    file = PLACE / "history.jsonl"
    before = history.read(file)
    versions = {"goldloop": version("goldloop"), "duckdb": version("duckdb"), "python": platform.python_version()}
    now = [history.entry(line, day=day, versions=versions, cores=os.cpu_count() or 1) for line in lines]
    history.add(file, now)
    slower = [told for one in now if (told := history.slower(before, one))]
    run = document.Run(lines, about(full), [*skipped(full), *failed], slower, [*before, *now])
    name = REPORTS[full]
    (PLACE / f"{name}.md").write_text(document.markdown(run, page=f"{name}.html"), "utf-8")
    (PLACE / f"{name}.html").write_text(document.page(run), "utf-8")
    return run


def main() -> int:
    """Run the jobs; 1 when a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds, 20 million lines and the longest file")
    parser.add_argument("--only", default="", help="jobs whose name holds this word; nothing is kept")
    parser.add_argument("--day", default=date.today().isoformat(), help="the day under which the run is kept")
    chosen = parser.parse_args()
    rounds = ROUNDS[chosen.full]
    WORK.mkdir(exist_ok=True)
    compileall.compile_dir(HERE.parent / "src" / "goldloop", quiet=1)  # as an installed package is
    lines: list[Line] = []
    failed: list[str] = []
    for name, job in jobs(chosen.full).items():
        if chosen.only in name:
            print(f"{name} ...", flush=True)
            try:
                lines += job(rounds)
            except JobFailed as error:
                print(error, file=sys.stderr)
                failed.append(f"{name}: it failed, and nothing is told of it.")
    run = document.Run(lines, about(chosen.full)) if chosen.only else kept(lines, chosen.full, chosen.day, failed)
    print("\n" + document.markdown(run))
    return 0 if all(line.good for line in lines) and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
