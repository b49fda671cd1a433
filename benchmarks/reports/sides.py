"""The 15-report job by goldloop and by its peers over one lake: equal first, then what it cost.

Every side is a process of its own in an environment of its own, on two threads. Results are compared with each other
before a time is told; a difference ends the run.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from benchmarks.environments import HERE, python_of
from benchmarks.line import NO_LIMIT, Line
from benchmarks.measure import Cost, JobFailed, once, turn_by_turn

WORK = HERE / "work" / "reports"
ROLLUPS, STATEMENTS = "rollups", "cache"  # folders of a home: what goldloop counted ahead, and its compiled SQL
THREADS = {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"}
LIMITS = {"polars": 0.6, "duckdb": 0.5, "pandas": 0.25}
GOALS = {"polars": 0.35, "duckdb": 0.25}
OF = {"polars": "Polars'", "duckdb": "DuckDB's", "pandas": "pandas'", "spark": "Spark's"}
MEMORY, WARM, GROWTH, UPSERT, REFRESH = 0.6, 0.05, 12, 1.3, 0.02
RANGES = {"group": 0.005, "store": 0.05}  # seconds of CPU time
DISTINCT = 20  # times less than count(distinct), at 20 million lines
LARGE = 20_000_000  # lines; what the limits of the job, of changed orders and of bringing up to date are about
FOR_PANDAS = 20 * 2**30  # bytes of memory that it needs for so many
KEPT = 0.5  # a second run that costs more than this part of the first has nothing kept to go by


def lake(lines: int) -> Path:
    """The home with a lake of so many lines; made where there is none, or one of another version of goldloop."""
    home = WORK / f"lake-{lines}"
    listing = [sys.executable, "-m", "benchmarks.reports.files", str(home)]
    try:
        found = once(listing, {})
    except JobFailed:
        print(f"lake of {lines:,} lines ...", flush=True)
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        once([sys.executable, "-m", "benchmarks.reports.make", str(home), str(lines)], {})
        found = once(listing, {})
    home.with_suffix(".json").write_text(found.printed, "utf-8")
    return home


def side(name: str, lines: int, *, warm: bool = False) -> Cost:
    """One run of one side; its reports stand in `results(name, lines)`."""
    folder, home = results(name, lines), WORK / f"lake-{lines}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if name == "goldloop":
        if not warm:
            for kept in (ROLLUPS, STATEMENTS):
                shutil.rmtree(home / kept, ignore_errors=True)
        return once([sys.executable, "-m", "benchmarks.reports.ours", str(home), str(folder)], THREADS)
    script = HERE / "peers" / f"with_{name}.py"
    return once([str(interpreter(name)), str(script), f"{home}.json", str(folder)], THREADS)


def interpreter(name: str) -> str | None:
    """The Python that a peer runs in; None where it cannot. Spark's package (half a gigabyte) is the tests' own, with Java."""
    if name != "spark":
        return python_of(name)
    return sys.executable if shutil.which("java") and find_spec("pyspark") else None


def fits(name: str, lines: int) -> bool:
    """Whether a peer can be asked for so many lines here."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return name != "pandas" or lines < LARGE or memory >= FOR_PANDAS


def results(name: str, lines: int) -> Path:
    """Where a side leaves its reports."""
    return WORK / f"results-{lines}" / name


def check(names: list[str], lines: int) -> None:
    """Raise JobFailed where two sides gave other reports."""
    first, *others = (str(results(name, lines)) for name in names)
    for other in others:  # in a process of its own: the memory of this one would count as that of its children
        once([sys.executable, "-m", "benchmarks.reports.compare", first, other], {})


def run(lines: int, rounds: int, once_beside: str = "") -> dict[str, Cost]:
    """What each side cost, medians over rounds; goldloop with nothing counted ahead, and `warm` with what it kept.

    `once_beside`: a peer that runs once, if it can, as it takes minutes.
    """
    lake(lines)
    names = ["goldloop", *(name for name in LIMITS if fits(name, lines) and interpreter(name))]

    def turn(name: str) -> Callable[[], Cost]:
        return lambda: side(name, lines)

    found = dict(zip(names, turn_by_turn(rounds, *map(turn, names)), strict=True))
    if once_beside and interpreter(once_beside):
        found[once_beside] = side(once_beside, lines)
        names.append(once_beside)
    check(names, lines)
    found["warm"] = side("goldloop", lines, warm=True)
    check(names, lines)
    return found


def lines_of(found: Mapping[str, Cost], lines: int, before: Cost | None = None) -> Iterator[Line]:
    """The lines of the report for one size; `before`: our cost at a tenth of it."""
    cold, warm = found["goldloop"], found["warm"]
    job = f"15 reports, {lines:,} lines"
    for name in OF:
        if name in found:
            goal = f", goal {GOALS[name]}" if name in GOALS else ""
            rule = f"{LIMITS[name]} x {OF[name]} CPU{goal}" if name in LIMITS else "none"
            yield _limited(f"{job}, beside {name}", cold, found[name], "cpu", (LIMITS.get(name, NO_LIMIT), rule), lines)
    if "polars" in found:
        polars = found["polars"]
        yield _limited(f"{job}: memory", cold, polars, "memory", (MEMORY, f"{MEMORY} x Polars"), lines)
        if warm.cpu < KEPT * cold.cpu:
            built = json.loads(cold.printed)["built"]
            yield Line(f"{job}: counting ahead alone", Cost(built, built, cold.memory), None, "cpu", NO_LIMIT, "none")
            yield _limited(f"{job}, counted ahead", warm, polars, "cpu", (WARM, f"{WARM} x Polars' CPU"), lines)
    if before is not None:
        yield Line(f"{job}, against a tenth", cold, before, "cpu", GROWTH * before.cpu, f"{GROWTH} x a tenth")
    if "polars" not in found:
        yield Line(job, cold, None, "cpu", NO_LIMIT, "none: Polars could not be installed")


def _limited(job: str, ours: Cost, beside: Cost, quantity: str, limit: tuple[float, str], lines: int) -> Line:
    """A line whose limit, a ratio in figures and in words, is that of LARGE lines: with fewer of them it is told, not judged."""
    ratio, rule = limit
    if lines >= LARGE or ratio == NO_LIMIT:
        return Line(job, ours, beside, quantity, ratio * float(getattr(beside, quantity)), rule)
    return Line(job, ours, beside, quantity, NO_LIMIT, f"{rule}, at {LARGE:,} lines")


def ranges(lines: int) -> Iterator[Line]:
    """Exact buyers of any range of days beside count(distinct); left out where nothing is counted ahead."""
    home = lake(lines)
    if not (home / ROLLUPS).exists():
        return
    run = once([sys.executable, "-m", "benchmarks.reports.ranges", str(home)], THREADS)
    for name, found in json.loads(run.printed).items():
        ours, bare = (Cost(found[part], found[part], run.memory) for part in ("seconds", "bare"))
        large = lines >= LARGE
        limit = min(RANGES[name], bare.cpu / DISTINCT) if large else RANGES[name]
        rule = f"{RANGES[name] * 1000:.0f} ms" + (f" and count(distinct)'s CPU / {DISTINCT}" if large else "")
        yield Line(f"exact buyers of any range by {name}, {lines:,} lines", ours, bare, "cpu", limit, rule)


def upsert(lines: int) -> Iterator[Line]:
    """Changed orders, one in nine, loaded into the lake; beside DuckDB writing the touched months of orders anew."""
    home, folder = lake(lines), results("upsert", lines)
    folder.mkdir(parents=True, exist_ok=True)

    def turn(way: str) -> Callable[[], Cost]:
        command = [sys.executable, "-m", "benchmarks.reports.upsert", str(home), way, str(folder)]
        return lambda: inside(once(command, {}))

    ours, bare = turn_by_turn(3, turn("goldloop"), turn("duckdb"))
    changed = json.loads(ours.printed)["orders"]
    limit = UPSERT, f"{UPSERT} x DuckDB's CPU"
    yield _limited(f"{changed:,} changed orders into {lines:,} lines", ours, bare, "cpu", limit, lines)


def refresh(lines: int) -> Iterator[Line]:
    """What is counted ahead, brought up to date after a day's orders; beside making it anew. Works on a copy of the home."""
    copy = WORK / "refreshed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(lake(lines), copy)
    run = once([sys.executable, "-m", "benchmarks.reports.refresh", str(copy)], THREADS)
    shutil.rmtree(copy)
    found = json.loads(run.printed)
    ours, bare = (Cost(found[part], found[part], run.memory) for part in ("seconds", "bare"))
    job = f"counted ahead after {found['orders']:,} new orders, {lines:,} lines"
    yield _limited(job, ours, bare, "cpu", (REFRESH, f"{REFRESH} x counting all anew"), lines)


def inside(run: Cost) -> Cost:
    """What a job printed of its own CPU time; the memory is that of the whole process."""
    seconds = json.loads(run.printed)["seconds"]
    return Cost(seconds, seconds, run.memory, run.printed)


def report_jobs(full: bool) -> Iterator[Line]:
    """The job at 2 million lines, and in full at 20 million and beside Spark."""
    tenth = run(LARGE // 10, 3, "spark" if full else "")
    yield from lines_of(tenth, LARGE // 10)
    yield from ranges(LARGE // 10)
    yield from upsert(LARGE // 10)
    yield from refresh(LARGE // 10)
    if full:
        yield from lines_of(run(LARGE, 1), LARGE, tenth["goldloop"])
        yield from ranges(LARGE)
        yield from upsert(LARGE)
        yield from refresh(LARGE)


def costs(found: Mapping[str, Cost]) -> str:
    """All costs as one line of JSON."""
    return json.dumps({name: [round(c.cpu, 2), round(c.wall, 2), round(c.memory)] for name, c in found.items()})


if __name__ == "__main__":
    print(costs(run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
