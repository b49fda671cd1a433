"""The states that a panel can be in (screens, 2.14) and how to come to each: what the browser tests and the pictures share.

A panel that cannot be in a state says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.web.browser.serving import OPERATOR, OWNER

STATES = ("loading", "empty", "filtered", "partial", "late", "error", "forbidden", "demo", "too much", "stale")
FAR = "store=1&from=2019-01-01&to=2019-01-07"  # nothing is loaded there
AHEAD = "store=1&from=2026-10-25&to=2026-11-03"  # the data ends before these days do
MONTH = "store=1&from=2026-10-01&to=2026-10-31"
NOBODY = "store=1&where=category:没有这个类目"


@dataclass(frozen=True, slots=True)
class Story:
    """Where a state shows, and the element (a selector) that says so; `held` is a part that does not come meanwhile."""

    path: str
    seen: str
    who: str = OWNER
    held: str = ""


def figures(path: str, forbidden: str) -> dict[str, Story | str]:
    """What pages about figures have alike."""
    mark = "&" if "?" in path else "?"
    return {
        "loading": "It comes with its page.",
        "empty": Story(path, "#store-name"),  # the first steps stand there instead
        "partial": Story(f"{path}{mark}{AHEAD}", ".fresh span.badge.warn"),
        "late": Story(f"{path}{mark}store=1", ".fresh a.badge.warn"),
        "error": Story(f"{path}{mark}from=tomorrow", "main [role=alert]"),
        "forbidden": Story(f"{path}{mark}{MONTH}&{forbidden}", "main [role=alert]", who=OPERATOR),
        "demo": Story(f"{path}{mark}store=1", ".demo"),
        "stale": "Nothing is changed there.",
    }


PANELS: dict[str, dict[str, Story | str]] = {
    "tree": {
        **figures("/", ""),
        "filtered": Story(f"/?{FAR}", ".node.missing"),
        "partial": Story(f"/?{AHEAD}", ".node.partial"),
        "forbidden": Story("/?store=1&tree=net", ".node.missing:has-text('你的角色看不到这个指标')", who=OPERATOR),
        "too much": "It has a dozen nodes at most.",
    },
    "mix": {
        "loading": Story("/?store=1", "#mix .skeleton", held="**/today/mix*"),
        "empty": "Today shows the first steps instead.",
        "filtered": Story(f"/today/mix?{FAR}", "p.soft"),
        "partial": "The page around it says so.",
        "late": "The page around it says so.",
        "error": Story("/today/mix?store=1&basis=mine", "main [role=alert]"),
        "forbidden": Story("/today/mix?store=2", "main [role=alert]", who=OPERATOR),
        "demo": "The page around it says so.",
        "too much": "Seven segments, and one line for all others.",
        "stale": "Nothing is changed there.",
    },
    "why": {
        **figures("/why", "figure=labour_cost"),
        "loading": Story(f"/why?{MONTH}", ".skeleton", held="**/why/findings*"),
        "filtered": Story(f"/why?{FAR}", ".note.warn"),
        "too much": Story(f"/why?{MONTH}&by=product", "th:has-text('其他')"),
    },
    "explore": {
        **figures("/explore", "figures=labour_cost"),
        "filtered": Story(f"/explore?{NOBODY}", ".empty"),
        "too much": Story(
            "/explore?store=1&from=2026-07-01&to=2026-10-31&by=day,product", "p:has-text('文件中有全部')"
        ),
    },
    "rows": {
        **figures("/rows", "figure=labour_cost"),
        "filtered": Story(f"/rows?{NOBODY}", "main p:has-text('0 行')"),
        "too much": Story(f"/rows?{MONTH}&basis=orders", "a:has-text('下一页')"),
    },
    "data": {
        "loading": Story("/data", ".upload"),
        "empty": Story("/data", "#store-name"),
        "filtered": "It has no filter.",
        "partial": "Each feed says its newest day.",
        "late": Story("/data", ".badge.bad:has-text('迟到')"),
        "error": Story("/data/imports/99999", "main [role=alert]"),
        "forbidden": Story("/data/imports/99998", "main [role=alert]", who=OPERATOR),  # others' are like none
        "demo": Story("/data", ".demo"),
        "too much": "Imports come a page at a time.",
        "stale": "tests/web/test_api.py::test_a_file_is_brought_imported_and_taken_back",
    },
    "quarantine": {
        "loading": "It comes with its page.",
        "empty": Story("/data/quarantine", ".empty"),
        "filtered": Story("/data/quarantine?state=ignored", ".empty"),
        "partial": "It waits for nothing.",
        "late": "It waits for nothing.",
        "error": Story("/data/quarantine/99999", "main [role=alert]"),
        "forbidden": Story("/data/quarantine/99998", "main [role=alert]", who=OPERATOR),
        "demo": Story("/data/quarantine", ".demo"),
        "too much": "Rows come a page at a time.",
        "stale": "tests/web/test_api.py::test_a_file_is_brought_imported_and_taken_back",
    },
    "plan": {
        "loading": "It comes with its page.",
        "empty": Story("/plan/new", "main h1"),
        "filtered": Story("/plan?year=2019", "main h1"),
        "partial": Story("/plan", "main h1"),
        "late": "The page of a plan says until when data goes.",
        "error": Story("/plan/99999", "main [role=alert]"),
        "forbidden": "Whoever sees figures may read plans; to sign them is tested in tests/web/test_plans.py.",
        "demo": Story("/plan", ".demo"),
        "too much": "A plan is a year of one store.",
        "stale": "tests/web/test_plans.py: two persons change one plan",
    },
}


def stories(state: str) -> dict[str, Story]:
    """The panels that can be in a state, and how."""
    return {panel: story for panel, found in PANELS.items() if isinstance(story := found[state], Story)}
