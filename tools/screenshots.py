"""Pictures of every page of the demo: Chinese and English, light and dark, desktop and phone.

    screenshots.py HOME FOLDER [PAGE ...] [--readme]
    screenshots.py --states FOLDER

The home is copied, and the copy is filled with plans, events, segments, waves and members, so the demo stays as it is.
`--readme` makes only the two that the READMEs show, of the copy as it came.
`--states` makes one of every panel in every state that it can be in, and the page `index.html` that shows them all.
"""

from __future__ import annotations

import csv
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
SHOP, OTHER_SHOP = "金环演示旗舰店", "Goldloop Demo US"
SEGMENT = "近两月新客"
PARCELS = (  # two members whose parcels agree, and one who gave two e-mails with one phone
    ("lin@example.com", "", "Lin Sample", "1 Ring Road"),
    ("lin.office@example.com", "", "Lin Sample", "1 Ring Road"),
    ("max@example.com", "+1 217 555 0188", "Max Sample", "8 Elm Street"),
    ("m.sample@example.com", "+1 217 555 0188", "M. Sample", "8 Elm Street"),
)
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
    "plan": "/plan/{plan}",
    "plan-what-if": "/plan/{plan}/what-if",
    "plan-scenario": "/plan/{scenario}",
    "plan-new": "/plan/new?gmv=2400000&buyer_value=90&new_buyers=16000&ad_budget=800000&cac=55",
    "calendar": f"/calendar{STORE}&month=2026-10",
    "calendar-weeks": f"/calendar{STORE}&month=2026-10&view=weeks",
    "calendar-quarter": f"/calendar{STORE}&month=2026-10&months=3",
    "event": "/calendar/{event}",
    "event-to-come": "/calendar/{next_event}",
    "event-edit": "/calendar/{next_event}/edit",
    "event-new": "/calendar/new",
    "members": f"/members{STORE}",
    "members-months": f"/members{STORE}&grain=month",
    "members-group": "/members",
    "members-rfm": f"/members{STORE}&tab=rfm",
    "members-segments": f"/members{STORE}&tab=segments&name={SEGMENT}",
    "members-second": f"/members{STORE}&tab=second",
    "members-pairs": f"/members{STORE}&tab=pairs",
    "members-next": f"/members{STORE}&tab=pairs&kind=next",
    "members-rules": f"/members{STORE}&tab=pairs&kind=rules",
    "members-steps": f"/members{STORE}&tab=pairs&kind=steps",
    "members-preference": f"/members{STORE}&tab=preference",
    "members-joined": f"/members{STORE}&tab=joined",
    "points": f"/members/points{STORE}",
    "merges": "/members/merges",
    "member": "/members/person/{member}",
    "waves": f"/members/waves{STORE}",
    "wave-new": f"/members/waves{STORE}&audience=segment:{SEGMENT}",
    "wave-setup": "/members/waves/setup",
    "wave": "/members/waves/{wave}",
    "wave-measured": "/members/waves/{measured}",
    "actions": f"/actions{STORE}",
    "data": "/data",
    "jobs": "/data/jobs",
    "import": "/data/imports/1",
    "quarantine": "/data/quarantine",
    "bad-row": "/data/quarantine/1",
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
LOOKS = (("zh", "light", "desktop"), ("en", "dark", "desktop"), ("zh", "light", "phone"))
README = (("today", "zh", "light", "desktop"), ("why", "en", "light", "desktop"))


def told(home: Path, *asked: str) -> Any:
    """What a command answers."""
    answer = subprocess.run(
        [GOLDLOOP, *asked, "--json"],
        env={**os.environ, "GOLDLOOP_HOME": str(home)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(answer.stdout)


def _filled(copy: Path) -> dict[str, str]:
    """Plans, events, a segment, waves and members in a copy of the demo; the addresses of some of them, by name."""
    plan = told(
        copy, "plan", "new", "十月", "--store", SHOP, "--period", "2026-10", "--gmv", "240000", "--buyer-value", "240",
        "--conversion", "5%", "--new-buyers", "600", "--new-gmv", "130000", "--paid-cac", "55", "--ad-budget", "30000",
    )  # fmt: skip
    number = str(plan["id"])
    for owner in ("operations", "traffic"):
        told(copy, "plan", "accept", number, "--version", "1", "--owner", owner)
    scenario = told(copy, "plan", "scenario", number, "转化到 6%", "--set", "conversion=6%")
    past = told(
        copy, "event", "new", "会员日", "--store", SHOP, "--phase", "warm_up 2026-10-08..2026-10-09", "--phase",
        "2026-10-10..2026-10-12", "--fee", "3000", "--margin", "40%", "--target", "15000", "--hypothesis", "老客为会员价回来",
    )  # fmt: skip
    to_come = told(
        copy, "event", "new", "双12", "--store", SHOP, "--kind", "members", "--phase", "warm_up 2026-12-09..2026-12-10",
        "--phase", "2026-12-11T20:00..2026-12-12", "--product", "680000000001=159/300", "--target", "30000", "--owner", "members",
    )  # fmt: skip
    told(copy, "members", "segment", "购买次数 = 1 且 首购 近60天", "--save", SEGMENT, "--store", SHOP)
    waves = _waves(copy)
    return {
        "plan": number, "scenario": str(scenario["id"]), "event": str(past["id"]), "next_event": str(to_come["id"]),
        "member": _members(copy), **waves,
    }  # fmt: skip


def _waves(copy: Path) -> dict[str, str]:
    """The waves of October to people whose names the platform's tool takes, and one to sleepers that is measured."""
    names: set[str] = set()
    for file in (copy / "demo-files" / "tmall").glob("ExportOrderList*.csv"):
        with file.open(encoding="gb18030", newline="") as lines:
            names |= {row["买家会员名"] for row in csv.DictReader(lines)}
    contacts = copy.parent / "contacts.csv"
    contacts.write_text(
        "\n".join(["buyer,consented_at,source", *(f"{one},2026-01-05,会员入会" for one in sorted(names))])
    )
    told(copy, "members", "wave", "contacts", str(contacts), "--store", SHOP)
    offer = ("reach=B", "holdout=0.3")
    proposed = told(
        copy, "members", "wave", "propose", "--store", SHOP, "--month", "2026-10", "--day", "2026-09-30", "--tiers",
        "1000", "--margin", "0.5", "--set", offer[0], "--set", offer[1],
    )  # fmt: skip
    measured = told(
        copy, "members", "wave", "new", "name=唤回沉睡", "audience=lifecycle:sleeping", "send=2026-10-08",
        "until=2026-10-28", "off=15", "minimum=99", "margin=0.5", *offer, "--store", SHOP,
    )  # fmt: skip
    number = str(measured["id"])
    told(copy, "members", "wave", "check", number)
    told(copy, "members", "wave", "export", number, "--out", str(copy.parent / "wave.csv"))
    told(copy, "members", "wave", "result", number)
    return {"wave": str(proposed["waves"][0]["id"]), "measured": number}


def _members(copy: Path) -> str:
    """Orders whose parcels tell who is who, and one that cannot be read; the number of a member with a consent and a note."""
    head = "Name,Email,Phone,Financial Status,Paid at,Created at,Currency,Subtotal,Shipping,Total,Lineitem quantity,Lineitem name,Lineitem price,Shipping Name,Shipping Address1,Shipping Zip"
    lines = [head]
    for at, (email, phone, receiver, street) in enumerate(PARCELS):
        day = f"2026-10-{20 + at} 10:00:00 -0400"
        lines.append(
            f"#900{at},{email},{phone},paid,{day},{day},USD,72.99,0.00,72.99,1,Knit Cardigan Slate,72.99,{receiver},{street},62701"
        )
    lines.append(lines[-1].replace("#9003", "#9004").replace("72.99", "seventy-three"))
    orders = copy.parent / "orders.csv"
    orders.write_text("\n".join(lines))
    told(copy, "import", str(orders), "--store", OTHER_SHOP)
    member: str = told(copy, "members", "person", "--store", OTHER_SHOP, "--buyer", "max@example.com")["id"]
    told(copy, "members", "consent", PARCELS[2][1], "--source", "order form")
    told(copy, "members", "note", member, "Prefers to be written to in the evening")
    return member


@contextmanager
def served(home: Path, *, filled: bool) -> Iterator[tuple[str, Path, dict[str, str]]]:
    """The web app on a copy of a home folder: its address, the copy, and what was filled in."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        found = _filled(copy) if filled else {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "GOLDLOOP_HOME": str(copy)}
        server = subprocess.Popen(
            [GOLDLOOP, "serve", "--port", str(port), "--no-jobs"], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            wait(f"http://localhost:{port}/log-in")
            yield f"http://localhost:{port}", copy, found
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
    link = told(home, "user", "password")["link"]
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


def take(browser: Any, base: str, cookies: Any, path: str, look: tuple[str, str, str], file: Path) -> None:
    """One picture of one page, in a language, a theme and a width."""
    lang, theme, device = look
    context = browser.new_context(
        viewport={"width": WIDTHS[device], "height": 900}, color_scheme=theme, reduced_motion="reduce", storage_state=cookies,
        device_scale_factor=1, locale={"zh": "zh-CN", "en": "en-GB"}[lang],
    )  # fmt: skip
    context.add_cookies([{"name": "lang", "value": lang, "url": base}])
    page = context.new_page()
    page.goto(base + path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(file), full_page=True)
    context.close()


def main(home: Path, folder: Path, names: list[str], *, readme: bool) -> None:
    """Make the pictures of these pages (none: of all)."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    every = README if readme else [(name, *look) for name, look in itertools.product(names or PAGES, LOOKS)]
    with served(home, filled=not readme) as (base, copy, found), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        cookies = sign_in(browser, base, copy)
        for name, lang, theme, device in every:
            file = folder / (f"{name}-{lang}.png" if readme else f"{name}-{lang}-{theme}-{device}.png")
            take(browser, base, cookies, PAGES[name].format(**found), (lang, theme, device), file)
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
        given = [one for one in sys.argv[1:] if one != "--readme"]
        main(Path(given[0]), Path(given[1]), given[2:], readme="--readme" in sys.argv)
