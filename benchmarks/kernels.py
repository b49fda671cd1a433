"""Jobs inside a process: drill-down, forecasts, plans, tables about members and persons, each beside its peer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.commands import HERE, empty
from benchmarks.environments import python_of
from benchmarks.line import NO_LIMIT, Line
from benchmarks.measure import Cost, JobFailed, median, once, turn_by_turn
from benchmarks.reports.sides import lake

DRILL_QUALITY = (0.98, 0.95, 0.85)  # shops in which exactly the 0, 1, 2 planted causes are found
WAVE, WAVE_CPU = ("430000", "1100000"), 10  # buyers and orders; seconds for 100,000 people
MEMBERS = {False: ("300000", "800000"), True: ("3000000", "8000000")}  # buyers and orders, by --full
SEGMENT_CPU = 4.0  # seconds: two cores for two of them
CUSTOMERS = "100000"  # of the repurchase model
PAIR_LINES, PAIR_LEAST = 200_000, "20"  # order lines, and orders of a pair
RISKLOC = os.environ.get("GOLDLOOP_RISKLOC", "")
RISKLOC_SHAPES = {
    "S": "--seed 121",
    "L": "--seed 122 --dims 10 24 10 15 --noise-level 0.0 0.1 --anomaly-severity 0.5 1.0 --anomaly-deviation 0.0 0.0"
    " --num-anomaly 1 5 --num-anomaly-elements 1 1 --only-last-layer",
}


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
    yield Line(job, ours, None, "cpu", NO_LIMIT, "95 %, 85 %, 98 %")
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
    lifetimes = python_of("lifetimes")
    if lifetimes is None:
        yield Line(job, ours, None, "cpu", NO_LIMIT, "none: lifetimes could not be installed")
        return
    theirs, peer = member_run(lifetimes, "peer", file)
    if any(abs(a / b - 1) > 0.001 for a, b in zip(found["parameters"], peer["parameters"], strict=True)):
        raise JobFailed(f"the two fits differ: {found['parameters']} and {peer['parameters']}")
    yield Line(job, ours, theirs, "cpu", theirs.cpu / 10, "lifetimes' CPU / 10")


def pairs_of_goods() -> Iterator[Line]:
    """All pairs of goods in at least 20 orders of a lake of 200,000 lines, with the same counts as each peer's."""
    home, baskets = str(lake(PAIR_LINES)), str(empty("pairs") / "baskets.parquet")
    run = once([sys.executable, "-m", "benchmarks.pairs", home, baskets, PAIR_LEAST], {})
    told = json.loads(run.printed)
    ours = Cost(told["seconds"], told["seconds"], run.memory)
    python = python_of("pairs")
    for way, name in (("mlxtend", "mlxtend"), ("efficient", "efficient-apriori")) if python else ():
        beside = once([str(python), str(HERE / "peers" / "with_pairs.py"), way, baskets, PAIR_LEAST], {})
        peer = json.loads(beside.printed)
        if peer["pairs"] != told["pairs"]:
            raise JobFailed(f"pairs of goods: {len(told['pairs'])} of ours and {len(peer['pairs'])} of {name} differ")
        theirs = Cost(peer["seconds"], peer["seconds"], beside.memory)
        job = f"pairs of goods, {PAIR_LINES:,} lines, beside {name}"
        yield Line(job, ours, theirs, "cpu", 0.5 * theirs.cpu, f"0.5 x {name}'s CPU")


def identity(full: bool) -> Iterator[Line]:
    """Whose keys are one person's, among 300,000 identities (`full`: 3 million); its own clock counts, and its memory."""
    rows = 3_000_000 if full else 300_000
    run = once([sys.executable, str(HERE / "identity.py"), str(rows), str(empty("identity"))], {})
    seconds = json.loads(run.printed)["cpu"]
    ours = Cost(seconds, seconds, run.memory, run.printed)
    yield Line(f"persons of {rows:,} identities", ours, None, "cpu", rows / 50_000, f"{rows / 50_000:.0f} s CPU")
    yield Line("its memory", ours, None, "memory", 3072, "3 GB")


def waves() -> Iterator[Line]:
    """A wave of 100,000 people with exclusions and hold-out: checked, exported and measured; its own clock counts."""
    run = once([sys.executable, str(HERE / "waves.py"), "wave", *WAVE], {})
    told = json.loads(run.printed)
    seconds = sum(told[step] for step in ("check", "export", "result"))
    ours = Cost(seconds, seconds, run.memory, run.printed)
    people = told["sent"] + told["held"]
    yield Line(
        f"wave of {people:,} people", ours, None, "cpu", WAVE_CPU * people / 100_000, f"{WAVE_CPU} s CPU for 100,000"
    )
