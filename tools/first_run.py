"""`make run`: the demo shop group, the golden formula of its last full month, and what to do next.

    first_run.py HOME
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

GOLDLOOP = Path(sys.executable).parent / "goldloop"
FEW = "visitors,buyers,orders,gmv,refunded_gmv,net".split(",")


def run(home: str, *arguments: str) -> None:
    """Show a command and run it on the demo; stop here when it fails."""
    written = " ".join(f'"{a}"' if " " in a else a for a in arguments)
    print(f"\n$ goldloop {written}", flush=True)
    done = subprocess.run([GOLDLOOP, *arguments], env={**os.environ, "GOLDLOOP_HOME": home}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def ask(home: str, *arguments: str) -> dict[str, object]:
    """The JSON answer of a command, progress left on the terminal."""
    done = subprocess.run([GOLDLOOP, *arguments, "--json"], env={**os.environ, "GOLDLOOP_HOME": home}, stdout=subprocess.PIPE, check=False)
    answer = json.loads(done.stdout)
    if done.returncode:
        sys.exit(f"goldloop {' '.join(arguments)}: {answer['error']['text']} {answer['error']['todo'] or ''}")
    return dict(answer)


NEXT = """
This was a simulated shop group; its export files are in {home}/demo-files and look like those you download.

Look further   source {bin}/activate; export GOLDLOOP_HOME="$PWD/{home}"
               goldloop figures gmv net --by month --compare last-year --store "{store}"
               goldloop trace --figure gmv --store "{store}" --from {last} --to {last}
               goldloop figures --list
Your own shop  unset GOLDLOOP_HOME
               goldloop store add "My shop" --platform taobao
               goldloop import FILE... --store "My shop"
               goldloop figures
Read           README.md, README.zh-CN.md; docs/guides/my_first_hour.md, docs/guides/my_first_hour.zh-CN.md"""


def main(home: str) -> None:
    """Make the demo when it is not there yet, and show it."""
    print("The demo: four stores, 26 months, written as export files and imported (about half a minute the first time).")
    run(home, "demo")
    month = json.loads((Path(home) / "demo.json").read_text("utf-8"))["last_day"]
    days = ["--from", month[:8] + "01", "--to", month]
    stores = [s["name"] for s in ask(home, "store", "list")["stores"]]  # type: ignore[attr-defined]
    run(home, "figures", "--store", stores[0], *days, "--compare", "previous")
    run(home, "figures", *FEW, "--by", "store", *days)
    print(NEXT.format(home=os.path.relpath(home), bin=os.path.relpath(Path(sys.executable).parent), store=stores[0], last=month))


if __name__ == "__main__":
    main(sys.argv[1])
