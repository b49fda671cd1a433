"""The drill-down, and RiskLoc from a checkout of its repository, over the same leaves. Prints one JSON object.

    python benchmarks/drill.py wide|quality
    python benchmarks/drill.py ours|peer FOLDER CHECKOUT

`wide` is 100,000 leaves over six cuts with causes of one, two and three cuts; `quality` are 200 of the tests' simulated
shops each without a cause, with one and with two. FOLDER holds files that the checkout's own
generator wrote: one row per leaf, and `injection_info.csv` with what was planted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np

SHOPS = 200
Cause = frozenset[tuple[str, str]]  # cut and value


def wide() -> dict[str, object]:
    """Our own cube at the limit that is promised: every cuboid to depth 3."""
    from goldloop.core.drill import drill

    sizes, rng = (12, 30, 31, 6, 5, 3), np.random.default_rng(1)
    chosen = rng.choice(np.prod(sizes), 100_000, replace=False)
    codes = np.stack(np.unravel_index(chosen, sizes), axis=1)
    before = np.rint(np.exp(rng.normal(8, 1, len(codes))))
    after = before * (1 + 0.05 * rng.normal(size=len(codes)))
    planted: list[tuple[dict[int, int], float]] = [({3: 2}, 0.7), ({0: 3, 4: 4}, 1.6), ({0: 5, 3: 4, 5: 1}, 0.5)]
    for cause, factor in planted:
        after[np.logical_and.reduce([codes[:, cut] == value for cut, value in cause.items()])] *= factor
    drill(codes[:1000], before[:1000], after[:1000])  # numpy's own first time
    started = time.process_time()
    found = drill(codes, before, np.rint(after)).findings
    used = time.process_time() - started
    return {
        "seconds": used,
        "found": sum(f.cuts in [c for c, _ in planted] for f in found),
        "wrong": len(found) - len(planted),
    }


def quality() -> dict[str, object]:
    """The share of simulated shops in which exactly what was planted was found, by the number of causes."""
    from goldloop.core.drill import drill

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    shops = import_module("tests.core.drill.shops")
    used, right = 0.0, [0, 0, 0]
    for causes in range(len(right)):
        for seed in range(SHOPS):
            made = shops.shop(seed, causes)
            started = time.process_time()
            found = [one.cuts for one in drill(made.codes, made.before, made.after).findings]
            used += time.process_time() - started
            right[causes] += len(found) == causes and all(cause in found for cause in made.planted)
    return {"seconds": used, "right": [count / SHOPS for count in right]}


def files(folder: Path) -> Iterator[tuple[Path, set[Cause]]]:
    """Every generated file and its planted causes."""
    import pandas as pd

    for row in pd.read_csv(folder / "injection_info.csv").itertuples():
        causes = {frozenset(tuple(p.split("=")) for p in c.split("&")) for c in str(row.set).split(";")}
        yield folder / f"{row.timestamp}.csv", causes  # type: ignore[misc]


def ours(_: str) -> Callable[..., set[Cause]]:
    """Our drill-down to the full depth, with no limit to how little a cause may be worth."""
    from goldloop.core.drill import drill

    def run(table: object, cuts: list[str]) -> set[Cause]:
        import pandas as pd

        coded = [pd.factorize(table[c]) for c in cuts]  # type: ignore[index]
        codes = np.stack([codes for codes, _ in coded], axis=1)
        before, after = table["predict"].to_numpy(), table["real"].to_numpy()  # type: ignore[index]
        found = drill(codes, before, after, depth=len(cuts), most=25, least=0).findings
        return {frozenset((cuts[c], coded[c][1][v]) for c, v in f.cuts.items()) for f in found}

    return run


def peer(checkout: str) -> Callable[..., set[Cause]]:
    """RiskLoc with its own settings."""
    sys.path.insert(0, checkout)
    riskloc = import_module("algorithms.riskloc").riskloc

    def run(table: object, cuts: list[str]) -> set[Cause]:
        found = riskloc(table, cuts)
        return {frozenset(zip(f["cuboid"], element, strict=True)) for f in found for element in f["elements"]}

    return run


def score(method: Callable[..., set[Cause]], folder: Path) -> dict[str, object]:
    """F1 over all causes of all files, and the CPU seconds of the method alone."""
    import pandas as pd

    right = found = planted = 0
    used = 0.0
    for path, truth in files(folder):
        table = pd.read_csv(path)
        cuts = sorted(table.columns.drop(["real", "predict"]))
        started = time.process_time()
        answer = method(table, cuts)
        used += time.process_time() - started
        right, found, planted = right + len(answer & truth), found + len(answer), planted + len(truth)
    return {"seconds": used, "f1": 2 * right / (found + planted)}


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    alone = {"wide": wide, "quality": quality}
    print(
        json.dumps(
            alone[what]() if what in alone else score({"ours": ours, "peer": peer}[what](rest[1]), Path(rest[0]))
        )
    )
