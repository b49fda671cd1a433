"""`make run`: the demo shop group, the golden formula of its last full month, and the web app running on it.

first_run.py HOME           make the demo, show it, start the web app in the background
first_run.py HOME --stop    stop the web app
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
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
    done = subprocess.run(
        [GOLDLOOP, *arguments, "--json"], env={**os.environ, "GOLDLOOP_HOME": home}, stdout=subprocess.PIPE, check=False
    )
    answer = json.loads(done.stdout)
    if done.returncode:
        sys.exit(f"goldloop {' '.join(arguments)}: {answer['error']['text']} {answer['error']['todo'] or ''}")
    return dict(answer)


NEXT = """
The web app    {address}
               {login}
               It runs in the background until `make stop`; its messages are in {home}/serve.log.

This was a simulated shop group; its export files are in {home}/demo-files and look like those you download.

On the command line
               source {bin}/activate; export GOLDLOOP_HOME="$PWD/{home}"
               goldloop figures gmv net --by month --compare last-year --store "{store}"
               goldloop trace --figure gmv --store "{store}" --from {last} --to {last}
               goldloop figures --list
Your own shop  unset GOLDLOOP_HOME
               goldloop store add "My shop" --platform taobao
               goldloop import FILE... --store "My shop"
               goldloop figures
Read           README.md, README.zh-CN.md; docs/guides/my_first_hour.md, docs/guides/my_first_hour.zh-CN.md"""


PORT = int(os.environ.get("GOLDLOOP_PORT", "8520"))
PID = "serve.pid"


def stop(home: str) -> bool:
    """End the web app of an earlier run; whether there was one."""
    file = Path(home) / PID
    try:
        os.kill(int(file.read_text()), signal.SIGTERM)
    except (OSError, ValueError):
        return False
    finally:
        file.unlink(missing_ok=True)
    return True


def serve(home: str) -> tuple[str, str]:
    """Start the web app and wait until it answers: its address, and how to log in."""
    stop(home)
    port = next((port for port in range(PORT, PORT + 20) if free(port)), PORT)
    log = Path(home) / "serve.log"
    print(f"\n$ goldloop serve --port {port} &", flush=True)
    with log.open("w") as file:
        server = subprocess.Popen(
            [GOLDLOOP, "serve", "--port", str(port)],
            env={**os.environ, "GOLDLOOP_HOME": home}, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    (Path(home) / PID).write_text(str(server.pid))
    address = f"http://localhost:{port}/"
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"The web app could not start:\n{log.read_text()}")
        if answers(address + "log-in"):
            break
        time.sleep(0.2)
    told = [line for line in log.read_text().splitlines() if "/welcome/" in line]
    return address, told[0] if told else "Log in with the name and password that you have chosen."


def free(port: int) -> bool:
    """Whether nobody listens on a port yet."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) != 0


def answers(address: str) -> bool:
    """Whether a page is served there."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def main(home: str) -> None:
    """Make the demo when it is not there yet, and show it."""
    print(
        "The demo: four stores, 26 months, written as export files and imported (about half a minute the first time)."
    )
    run(home, "demo")
    month = json.loads((Path(home) / "demo.json").read_text("utf-8"))["last_day"]
    days = ["--from", month[:8] + "01", "--to", month]
    stores = [s["name"] for s in ask(home, "store", "list")["stores"]]  # type: ignore[attr-defined]
    run(home, "figures", "--store", stores[0], *days, "--compare", "previous")
    run(home, "figures", *FEW, "--by", "store", *days)
    address, login = serve(home)
    print(
        NEXT.format(
            address=address,
            login=login,
            home=os.path.relpath(home),
            bin=os.path.relpath(Path(sys.executable).parent),
            store=stores[0],
            last=month,
        )
    )


if __name__ == "__main__":
    if "--stop" in sys.argv:
        print("stopped" if stop(sys.argv[1]) else "it was not running")
    else:
        main(sys.argv[1])
