"""The peers' own environments: made by the benchmark itself from requirements with hashes, in .venv-peers.

python -m benchmarks.environments [NAME ...]        makes them ahead of a run
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLACE = HERE.parent / ".venv-peers"  # what looks through benchmarks/ finds nothing foreign there
MARK = "installed.txt"  # the requirements that are in


@cache
def python_of(name: str) -> str | None:
    """The Python in which the requirements of peers/NAME.txt are installed; None, and why is printed, where they cannot be."""
    wanted, folder = HERE / "peers" / f"{name}.txt", PLACE / name
    python, mark = folder / "bin" / "python", folder / MARK
    if mark.exists() and mark.read_bytes() == wanted.read_bytes():
        return str(python)
    print(f"environment for {name} ...", flush=True)
    making = [sys.executable, "-m", "venv", "--clear", str(folder)]
    filling = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
        "--require-hashes",
        "--no-deps",
    ]
    for command in (making, [*filling, "-r", str(wanted)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"environment for {name}: {(done.stderr or done.stdout).strip()[-500:]}", flush=True)
            return None
    mark.write_bytes(wanted.read_bytes())
    return str(python)


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(path.stem for path in (HERE / "peers").glob("*.txt"))
    sys.exit(sum(python_of(name) is None for name in names))
