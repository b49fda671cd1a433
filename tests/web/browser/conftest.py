"""One browser per file, one server per kind of home; a page that breaks a rule of every page fails its test."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.web.browser.serving import OWNER, PASSWORD, make, served

NOT_LOADED = "Failed to load resource: "
REFUSED = (  # what tests of refusals and of failures ask for
    *(f"{NOT_LOADED}the server responded with a status of {status}" for status in ("4", "502", "503")),
    f"{NOT_LOADED}net::ERR_FAILED",
    "htmx: htmx:error: Failed to fetch",
)
WAIT = 40_000  # milliseconds that a busy machine may take
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A test in a real browser that failed is tried once more, and a warning tells so: a key may get lost on a busy machine."""
    if item.path.parent != Path(__file__).parent:
        return None
    run: Any = item.config.pluginmanager.get_plugin("runner")
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = run.runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        said = next(report.longreprtext for report in reports if report.failed).strip().splitlines()[-1]
        item.warn(pytest.PytestWarning(f"tried a second time: {said}"))
        item._initrequest()  # type: ignore[attr-defined]
        reports = run.runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def empty_install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an install without any store."""
    root = tmp_path_factory.mktemp("empty") / "home"
    make("empty", root)
    with served(root) as address:
        yield address


@pytest.fixture(scope="session")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of two stores with data: made by the first worker that needs it, copied by each."""
    root = tmp_path_factory.mktemp("shops") / "home"
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        make("shops", root)
        return root
    made = tmp_path_factory.getbasetemp().parent / f"shops-{run}"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            half = made.with_suffix(".half")
            make("shops", half)
            half.rename(made)
    shutil.copytree(made, root)
    return root


@pytest.fixture(scope="session")
def shop_group(shop_home: Path) -> Iterator[str]:
    """Its address."""
    with served(shop_home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Of one file only: while it is open, Django refuses to be used in this process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visits:
    """Opens pages at an address; notes what no page may do: fail in a script, break the policy, ask another host."""

    browser: Any
    wrong: list[str] = field(default_factory=list)
    _opened: list[Any] = field(default_factory=list)
    _cookies: dict[tuple[str, str], Any] = field(default_factory=dict)

    def open(
        self, address: str, path: str = "/", *, who: str = OWNER, lang: str = "zh", width: int = 1280, **more: Any
    ) -> Any:
        """A page in a browser of its own; `who` is signed in ('' is nobody)."""
        if who and (address, who) not in self._cookies:
            self._cookies[address, who] = self._sign_in(address, who)
        size = {"width": width, "height": 900}
        context = self.browser.new_context(
            locale="zh-CN" if lang == "zh" else "en-GB", viewport=size, reduced_motion="reduce",
            storage_state=self._cookies.get((address, who)), **more,
        )  # fmt: skip
        self._opened.append(context)
        context.set_default_timeout(WAIT)
        context.on("request", lambda request: self._note_request(address, request))
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._note_console)
        page.goto(address + path)
        return page

    def close(self) -> None:
        """End all browsers."""
        for context in self._opened:
            context.close()
        self._opened.clear()

    def _sign_in(self, address: str, who: str) -> Any:
        page = self.open(address, "/log-in", who="")
        sign_in(page, who)
        return page.context.storage_state()

    def _note_request(self, address: str, request: Any) -> None:
        if not request.url.startswith((f"{address}/", "data:", "blob:")):
            self.wrong.append(f"asked {request.url}")

    def _note_console(self, said: Any) -> None:
        if said.type == "error" and not said.text.startswith(REFUSED):
            self.wrong.append(said.text)


@pytest.fixture(scope="module")
def cookies() -> dict[tuple[str, str], Any]:
    """Of everybody who has signed in."""
    return {}


@pytest.fixture
def visit(chromium: Any, cookies: dict[tuple[str, str], Any]) -> Iterator[Callable[..., Any]]:
    """Opens a page (see `Visits.open`)."""
    visits = Visits(chromium, _cookies=cookies)
    yield visits.open
    visits.close()
    assert visits.wrong == []


def sign_in(page: Any, who: str = OWNER, password: str = PASSWORD) -> None:
    """Fill in the log-in page by keyboard: its first field has the focus, a moment after the page has loaded."""
    page.wait_for_function("document.activeElement?.matches('#login')")
    page.keyboard.type(who)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/log-in" not in url)
