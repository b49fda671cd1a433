"""Pictures of every page of the demo: Chinese and English, light and dark, desktop and phone.

    screenshots.py HOME FOLDER [--readme]
    screenshots.py --states FOLDER

`--readme` makes only the two that the READMEs show. The home is copied, so the demo's own log-in stays as it is.
`--states` makes one of every panel in every state that it can be in, and the page `index.html` that shows them all.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

GOLDLOOP = Path(sys.executable).parent / "goldloop"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "of the pictures alone 1"  # set in the copy of the home, which is removed
STORE = "?store=1"
PAGES = {
    "today": f"/{STORE}",
    "today-group": "/",
    "today-customers": f"/{STORE}&tree=customers",
    "today-profit": f"/{STORE}&tree=net",
    "why": f"/why{STORE}&figure=gmv&by=category",
    "rows": f"/rows{STORE}&figure=gmv",
    "explore": f"/explore{STORE}&by=category",
    "cohorts": f"/explore/cohorts{STORE}",
    "daily": f"/daily{STORE}",
    "plans": "/plan",
    "plan-new": "/plan/new?gmv=2400000&buyer_value=90&new_buyers=16000&ad_budget=800000&cac=55",
    "calendar": f"/calendar{STORE}",
    "event-new": "/calendar/new",
    "data": "/data",
    "jobs": "/data/jobs",
    "import": "/data/imports/1",
    "quarantine": "/data/quarantine",
    "settings": "/settings",
    "password": "/settings/password",
    "second-step": "/settings/second-step/on",
    "stores": "/settings/stores",
    "people": "/settings/people",
    "organisation": "/settings/organisation",
    "audit": "/settings/audit",
    "api": "/settings/api",
    "back-office": "/back-office/",
    "back-office-imports": "/back-office/feeds/import/",
    "error": f"/why{STORE}&figure=nothing",
    "not-found": "/nowhere",
}
WIDTHS = {"desktop": 1440, "phone": 390}
README = (("today", "zh", "light", "desktop"), ("why", "en", "light", "desktop"))


@contextmanager
def served(home: Path) -> Iterator[tuple[str, Path]]:
    """The web app on a copy of a home folder: its address, and the copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "GOLDLOOP_HOME": str(copy)}
        server = subprocess.Popen(
            [GOLDLOOP, "serve", "--port", str(port), "--no-jobs"], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            wait(f"http://localhost:{port}/log-in")
            yield f"http://localhost:{port}", copy
        finally:
            server.terminate()
            server.wait()


def wait(address: str, seconds: int = 90) -> None:
    """Until the address answers."""
    for _ in range(seconds * 5):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer")


def sign_in(browser: Any, base: str, home: Path) -> Any:
    """Log in as the owner by a link that works once; the cookies of that."""
    told = subprocess.run(
        [GOLDLOOP, "user", "password", "--json"],
        env={**os.environ, "GOLDLOOP_HOME": str(home)},
        stdout=subprocess.PIPE,
        check=True,
    )
    link = json.loads(told.stdout)["link"]
    page = browser.new_page()
    page.goto(base + link[link.index("/welcome") :])
    for box in page.query_selector_all("main input[type=password]"):
        box.fill(PASSWORD)
    name = page.input_value("main input[name=name]")
    page.click("main button.primary")
    page.wait_for_url(lambda url: "/welcome" not in url)
    if "/log-in" in page.url:
        page.fill("main input[name=login]", name)
        page.fill("main input[name=password]", PASSWORD)
        page.click("main button.primary")
        page.wait_for_url(lambda url: "/log-in" not in url)
    return page.context.storage_state()


def take(browser: Any, base: str, cookies: Any, name: str, lang: str, theme: str, device: str, file: Path) -> None:
    """One picture of one page."""
    context = browser.new_context(
        viewport={"width": WIDTHS[device], "height": 900}, color_scheme=theme, reduced_motion="reduce", storage_state=cookies,
        device_scale_factor=1,
    )  # fmt: skip
    context.add_cookies([{"name": "lang", "value": lang, "url": base}])
    page = context.new_page()
    page.goto(base + PAGES[name])
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(file), full_page=True)
    context.close()


def main(home: Path, folder: Path, *, readme: bool) -> None:
    """Make the pictures."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    every = itertools.product(PAGES, ("zh", "en"), ("light", "dark"), WIDTHS)
    with served(home) as (base, copy), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        cookies = sign_in(browser, base, copy)
        for name, lang, theme, device in README if readme else every:
            file = folder / (f"{name}-{lang}.png" if readme else f"{name}-{lang}-{theme}-{device}.png")
            take(browser, base, cookies, name, lang, theme, device, file)
            print(file, flush=True)
        browser.close()


def states(folder: Path) -> None:
    """Pictures of the states, as the browser tests come to them, and the page of all."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.web.browser import serving
    from tests.web.browser.conftest import sign_in as log_in
    from tests.web.browser.states import PANELS, STATES, Story, stories

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for kind in ("shops", "empty"):
            home = Path(temporary) / kind
            serving.make(kind, home)
            with serving.served(home) as base:
                opened: dict[str, Any] = {}
                for state in STATES:
                    if (state == "empty") != (kind == "empty"):
                        continue
                    (home / "demo.json").touch() if state == "demo" else (home / "demo.json").unlink(missing_ok=True)
                    for panel, story in stories(state).items():
                        if story.who not in opened:
                            opened[story.who] = page = browser.new_context(locale="zh-CN").new_page()
                            page.goto(f"{base}/log-in")
                            log_in(page, story.who)
                        picture(opened[story.who], base, story, folder / f"{state.replace(' ', '-')}-{panel}.png")
        browser.close()
    heads = "".join(f"<th>{state}</th>" for state in STATES)
    rows = "".join(
        f"<tr><th>{panel}</th>"
        + "".join(
            f'<td><img width="320" src="{state.replace(" ", "-")}-{panel}.png" alt="">'
            if isinstance(found[state], Story)
            else f"<td>{found[state]}"
            for state in STATES
        )
        for panel, found in PANELS.items()
    )
    (folder / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>States</title><table><tr><th>{heads}{rows}</table>", "utf-8"
    )


def picture(page: Any, base: str, story: Any, file: Path) -> None:
    """One state of one panel."""
    if story.held:
        page.route(story.held, lambda route: None)
    page.goto(base + story.path, wait_until="domcontentloaded" if story.held else "load")
    page.wait_for_selector(story.seen)
    page.screenshot(path=str(file), full_page=True)
    if story.held:
        page.unroute(story.held)
    print(file, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--states":
        states(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]), readme="--readme" in sys.argv)
