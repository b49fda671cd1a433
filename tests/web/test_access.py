"""Who may do what (SEC-01 to SEC-04, SEC-13).

Every route by every method as every role; other stores' things answer like none; hidden stays hidden; no change without a token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from tests.web.conftest import PHONE, ROLES, Group

from goldloop.web.routes import API, PUBLIC, ROUTES, Route

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
NOTHING = 987_654  # an id that nothing has
FIGURES = frozenset({"figures", "export", "annotate"})
SIGNS = frozenset({"sign_operations", "sign_traffic", "sign_members"})
# What each role may do, said once more by hand: `roles.toml` has to agree. For one store only, without group rights.
MAY = {
    "owner": FIGURES | SIGNS | {"plan", "rules", "data", "reveal", "api", "stores", "members"},
    "admin": {"data", "rules", "api"},
    "finance": FIGURES | {"plan", "data", "api"},
    "operator": FIGURES | {"plan", "sign_operations", "rules", "data", "api"},
    "traffic": FIGURES | {"plan", "sign_traffic", "rules", "data", "api"},
    "members": FIGURES | {"plan", "sign_members", "data", "api", "members"},
    "merchandiser": FIGURES | {"data", "api"},
    "orders": {"data", "reveal"},
    "analyst": FIGURES | {"rules", "data", "api"},
    "group owner": FIGURES
    | SIGNS
    | {"plan", "rules", "data", "reveal", "api", "stores", "members", "people", "merge", "audit", "back_office"},
}
HIDDEN = {
    "cost": {"cogs", "goods_cost", "other_costs"},
    "margin": {"gross_profit", "gross_margin", "breakeven_roas", "total_costs", "contribution"},
    "salary": {"labour_cost", "labour_efficiency", "total_costs", "contribution"},
}
SEES = {
    "owner": set(), "finance": set(), "merchandiser": {"salary"}, "analyst": {"salary"},
    **{role: {"cost", "margin", "salary"} for role in ("admin", "operator", "traffic", "members", "orders")},
}  # fmt: skip


def address(route: Route, id: int = 1) -> str:
    """The route's path with its parts filled in."""
    path = re.sub(r"<int:\w+>", str(id), route.path)
    return "/" + re.sub(r"<str:\w+>", "anything", path)


@pytest.fixture
def guards_only() -> Any:
    """Views that only say that they were reached: what is tried is who gets to them."""
    from django.http import HttpResponse

    class Anything:
        def __getattr__(self, name: str) -> Callable[..., HttpResponse]:
            return lambda request, **parts: HttpResponse("reached")

    no_lines = patch("goldloop.jobs.auditing.write", lambda home, line: 0)  # test_audit tries that each is written
    with patch("goldloop.web.urls.import_module", lambda name: Anything()), no_lines:
        yield


def outcome(answer: Any) -> str:
    """What became of a request: reached, log_in, refused, method (not allowed) or a status."""
    if answer.status_code == 401 or (answer.status_code == 302 and answer["Location"].startswith("/log-in")):
        return "log_in"
    return {200: "reached", 403: "refused", 405: "method"}.get(answer.status_code, str(answer.status_code))


@pytest.mark.parametrize("role", ["", *MAY])
def test_every_route_by_every_method_as_every_role(client_of: Any, guards_only: None, role: str) -> None:
    browser, wrong = client_of(role), []
    methods = METHODS if role in ("", "operator") else ("GET", "POST")  # the guard treats all roles alike
    may = {"account", *MAY.get(role, ())} if role else set()
    for route in ROUTES:
        for method in methods:
            answered = method in route.methods or (method == "HEAD" and "GET" in route.methods)
            expected = "reached" if answered else "method"
            if route.right != PUBLIC:
                expected = "log_in" if not role else expected if route.right in may else "refused"
            found = outcome(browser.generic(method, address(route)))
            if found != expected:
                wrong.append((route.name, method, expected, found))
    assert wrong == []


def test_no_address_answers_that_is_not_in_the_list(group: Group) -> None:
    from django.urls import URLPattern, get_resolver

    known = {route.path for route in ROUTES}
    patterns = get_resolver("goldloop.web.urls").url_patterns
    assert {str(one.pattern) for one in patterns if isinstance(one, URLPattern)} == known
    # what a library brings stands behind a guard of its own, with tests of its own
    assert {str(one.pattern) for one in patterns if not isinstance(one, URLPattern)} <= {"api/v1/", "back-office/"}
    assert len(known) == len({route.name for route in ROUTES}) == len(ROUTES)


def test_every_route_names_a_right_that_a_role_brings_and_has_its_view(group: Group) -> None:
    from goldloop.apps.shops import api

    for route in ROUTES:
        assert route.right in {PUBLIC, "account", *api.rights()}, route.name
        module, function = route.view.rsplit(".", 1)
        assert callable(getattr(import_module(f"goldloop.web.{module}"), function)), route.name
        assert "GET" in route.methods or set(route.methods) == {"POST"}


def test_the_table_of_roles_is_what_is_written_here(group: Group) -> None:
    from datetime import UTC, datetime

    from goldloop.apps.shops import api, models

    for role in ROLES:
        access = api.access_of(
            user=models.User.objects.get(pk=group.people[role]), now=datetime(2026, 3, 5, tzinfo=UTC)
        )
        assert access.rights == {"account", *MAY[role]}
        assert access.group_rights == frozenset() and access.gives == ()
        viewer = access.viewer("data")
        assert viewer.stores == {group.stores["Ours"]}
        wanted = set().union(*(HIDDEN[mask] | {mask} for mask in SEES[role]), {"personal"})
        assert viewer.hidden == wanted, role


def test_what_costs_go_into_is_hidden_with_them(group: Group) -> None:
    """Every figure that needs costs or product files is behind a mask: a new one cannot be forgotten."""
    from goldloop.apps.shops import api
    from goldloop.metrics.definitions import FIGURES as ALL

    behind = api.role("operator").hidden
    open_ones = [f.name for f in ALL.values() if {"costs", "products"} & set(f.needs) and f.name not in behind]
    assert open_ones == []


# --- other stores ------------------------------------------------------------------------------------------------------
def same(first: Any, second: Any, *numbers: int) -> bool:
    """Whether two answers are alike but for the numbers that were asked for, tokens and request numbers."""

    def plain(answer: Any) -> tuple[int, str]:
        text = answer.content.decode()
        for number in sorted(numbers, reverse=True):  # 987654 before 7
            text = text.replace(str(number), "N")
        return answer.status_code, re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text)

    return plain(first) == plain(second)


OF_STORES = [
    route
    for route in ROUTES
    if route.scoped or route.name in ("today_mix", "explore_file", "rows_file", "cohorts_file", "daily_file")
]
OF_IMPORTS = ("import", "import_undo")
OF_ROWS = ("bad_row", "bad_row_fix", "bad_row_ignore", "bad_row_reveal")
OF_JOBS = ("look_again", "load", "upload_drop", "columns", "columns_try", "job", "job_cancel", "job_again")
OF_THE_GROUP = (
    "person_link",
    "person_end",
    "role_give",
    "role_take",
    "store_move",
    "member_take_back",
)  # by who sees every store
OF_A_PERSON = ("session_end", "token_end")
OF_CHARTS = ("note_remove",)  # see test_explore
OF_SETTINGS = ("store_set",)  # see test_stores
OF_PLANS = (
    "plan_show",
    "plan_moves",
    "plan_outlook",
    "plan_file",
    "plan_change",
    "plan_say",
    "plan_comment",
    "plan_scenario",
)  # see test_plans
OF_EVENTS = ("event_show", "event_edit", "event_say", "event_task_add", "event_task")  # see test_calendar
OF_WAVES = ("wave_show", "wave_say", "wave_file", "action_answer")  # see test_waves
OF_API = tuple(route.name for route in API if "<int:" in route.path)  # see test_api


def test_every_route_with_an_id_is_swapped_below() -> None:
    known = {
        *OF_IMPORTS,
        *OF_ROWS,
        *OF_JOBS,
        *OF_THE_GROUP,
        *OF_A_PERSON,
        *OF_CHARTS,
        *OF_SETTINGS,
        *OF_PLANS,
        *OF_EVENTS,
        *OF_WAVES,
        *OF_API,
    }
    assert {route.name for route in ROUTES if "<int:" in route.path} == known


@pytest.mark.parametrize("route", OF_STORES, ids=lambda route: route.name)
def test_another_store_in_the_address_is_like_none(client_of: Any, group: Group, route: Route) -> None:
    browser, theirs = client_of("operator"), group.stores["Theirs"]
    asked = {"figure": "gmv", "from": "2026-03-01", "to": "2026-03-05"}
    foreign = browser.get(address(route), {**asked, "store": theirs})
    missing = browser.get(address(route), {**asked, "store": NOTHING})
    mixed = browser.get(address(route), {**asked, "store": f"{group.stores['Ours']},{theirs}"})
    assert foreign.status_code == mixed.status_code == 404
    assert same(foreign, missing, theirs, NOTHING)
    assert "Theirs" not in foreign.content.decode() + mixed.content.decode()
    own = browser.get(address(route), {**asked, "store": group.stores["Ours"]})
    assert own.status_code in (200, 302), own.content
    assert b"Theirs" not in own.content


@pytest.mark.parametrize("name", [*OF_IMPORTS, *OF_ROWS])
def test_another_stores_import_or_row_is_like_none(client_of: Any, group: Group, name: str) -> None:
    route = next(one for one in ROUTES if one.name == name)
    id = (group.imports if name in OF_IMPORTS else group.rows)["Theirs"]
    browser = client_of("owner")
    method = browser.post if "POST" in route.methods else browser.get
    given = {"reason": "a wish to look", "value_单价": "5", "alike": ""}
    foreign, missing = (method(address(route, one), given) for one in (id, NOTHING))
    assert foreign.status_code == 404
    assert same(foreign, missing, id, NOTHING)
    assert "Theirs" not in foreign.content.decode() and PHONE not in foreign.content.decode()


@pytest.mark.parametrize("name", OF_JOBS)
def test_another_persons_job_is_like_none(client_of: Any, group: Group, name: str) -> None:
    from goldloop.jobs import queue

    route = next(one for one in ROUTES if one.name == name)
    job = queue.enqueue("undo", {"imports": [group.imports["Theirs"]]}, user=group.people["finance"])
    browser = client_of("operator")
    method = browser.post if "POST" in route.methods else browser.get
    foreign, missing = (method(address(route, one)) for one in (job.id, NOTHING))
    assert foreign.status_code == 404
    assert same(foreign, missing, job.id, NOTHING)


@pytest.mark.parametrize("name", OF_THE_GROUP)
def test_who_manages_one_store_manages_nobody(client_of: Any, group: Group, name: str) -> None:
    route = next(one for one in ROUTES if one.name == name)
    assert client_of("owner").post(address(route, 1)).status_code == 403
    assert (
        client_of("group owner")
        .post(address(route, NOTHING), {"where": "everything", "role": "operator", "unit": "1", "from": "2026-01-01"})
        .status_code
        == 404
    )


def test_lists_show_own_things_only(client_of: Any, group: Group) -> None:
    for path in ("/data", "/data/quarantine", "/data/jobs", "/explore", "/", "/settings"):
        page = client_of("operator").get(path).content.decode()
        assert "Theirs" not in page, path


def test_bulk_lists_that_mix_own_and_foreign_are_refused_whole(client_of: Any, group: Group) -> None:
    from goldloop.apps.feeds import api as feeds
    from goldloop.core.viewer import Viewer

    both = [group.rows["Ours"], group.rows["Theirs"]]
    answer = client_of("operator").post("/data/quarantine/again", {"row": both})
    assert answer.status_code == 404
    everything = Viewer(stores=frozenset(group.stores.values()))
    assert all(feeds.quarantine_show(viewer=everything, id=id).state == "open" for id in both)
    made = {"name": "x", "rights": ["figures"], "stores": list(group.stores.values()), "days": "9"}
    assert client_of("operator").post("/settings/keys", made).status_code == 404


def test_a_refused_look_is_written_down(client_of: Any, group: Group) -> None:
    from goldloop.apps.shops import api

    client_of("operator").get(f"/data/imports/{group.imports['Theirs']}")
    client_of("operator").get("/settings/audit")
    first, second = api.audit_lines(actor=group.people["operator"])[:2]
    assert (first.action, first.route) == ("refused", "audit")
    assert (second.action, second.route, second.target) == ("refused", "import", str(group.imports["Theirs"]))


# --- unsafe requests -------------------------------------------------------------------------------------------------
def test_without_a_token_nothing_is_changed_anywhere(client_of: Any) -> None:
    browser = client_of("group owner", csrf=True)
    answers = {
        (route.name, method): browser.generic(method, address(route)).status_code
        for route in ROUTES
        for method in ("POST", "PUT", "PATCH", "DELETE")
    }
    assert {code for code in answers.values()} == {403}
    signed_in = browser.get("/settings")
    assert signed_in.status_code == 200


def test_looking_changes_nothing(client_of: Any, group: Group) -> None:
    """No GET of the whole app writes a row into a table of people, stores, imports or rows."""
    from django.apps import apps

    ours = [m for label in ("shops", "feeds", "watch") for m in apps.get_app_config(label).get_models()]
    kept = [m for m in ours if m.__name__ not in ("AuditEntry", "AuditHead", "User")]

    def state() -> dict[str, Any]:
        return {m.__name__: list(m.objects.order_by("pk").values()) for m in kept}

    before, browser = state(), client_of("owner")
    for route in ROUTES:
        if "GET" in route.methods and route.name not in ("account_login", "link"):
            browser.get(address(route))
    assert state() == before


# --- hidden figures and personal data ------------------------------------------------------------------------------------
def canaries(number: str) -> list[str]:
    """An amount as it may be written: plain, with thousands, in minor units, short in both languages."""
    whole, cents = number.split(".")
    return [
        number,
        f"{int(whole):,}.{cents}",
        f"{whole}{cents}",
        f"{int(whole) / 10_000:.2f}万",
        f"{int(whole) / 1e6:.2f}M",
    ]


MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
QUESTIONS: tuple[dict[str, str], ...] = (
    {},
    {**MARCH, "figures": "labour_cost,gmv", "figure": "labour_cost", "tree": "profit", "by": "store", "format": "csv"},
    {
        **MARCH,
        "figures": "gmv,total_costs,contribution",
        "figure": "contribution",
        "tree": "efficiency",
        "format": "csv",
    },
    {**MARCH, "figures": "total_costs", "figure": "other_costs", "format": "xlsx"},
)
COSTS = tuple(word for amount in ("7654321.09", "7658642.86", "8765432.19") for word in canaries(amount))


def found_in(browser: Any, group: Group, searched: Collection[str]) -> dict[str, set[str]]:
    """Route -> which of these words are in what it answers, asked for everything in all of these ways."""
    found: dict[str, set[str]] = {}
    for route in ROUTES:
        if "GET" not in route.methods or route.name in ("account_login", "link", "welcome"):
            continue
        for id in (group.imports["Ours"], group.rows["Ours"], 2, 3) if "<int:" in route.path else (1,):
            for query in QUESTIONS:
                answer = browser.get(address(route, id), query)
                assert answer.status_code < 500, (route.name, query)
                text = b"".join(answer).decode("utf-8", "replace")
                found.setdefault(route.name, set()).update(word for word in searched if word in text)
    return {name: words for name, words in found.items() if words}


@pytest.mark.parametrize("role", ["operator", "admin", "orders", "analyst"])
def test_hidden_amounts_and_phones_are_in_no_answer(client_of: Any, group: Group, role: str) -> None:
    assert found_in(client_of(role), group, (*COSTS, PHONE)) == {}


def test_who_may_see_hidden_amounts_finds_them_by_the_same_questions(client_of: Any, group: Group) -> None:
    """Else the search above would prove nothing."""
    found = found_in(client_of("finance"), group, (*COSTS, PHONE))
    assert {"explore", "explore_file", "rows", "rows_file"} <= set(found)
    assert all(PHONE not in words for words in found.values())


HIDDEN_PATHS = {
    "figures": lambda shop: shop.figures(["labour_cost"], first="2026-03-01", last="2026-03-31"),
    "derived": lambda shop: shop.figures(["labour_efficiency"], first="2026-03-01", last="2026-03-31"),
    "beside": lambda shop: shop.figures(["gmv", "contribution"], first="2026-03-01", last="2026-03-31"),
    "why": lambda shop: shop.why("labour_cost", first="2026-03-03", last="2026-03-05"),
    "why tree": lambda shop: shop.why("contribution", first="2026-03-03", last="2026-03-05"),
    "why other tree": lambda shop: shop.why(
        "labour_efficiency", first="2026-03-03", last="2026-03-05", tree="efficiency"
    ),
    "trace": lambda shop: shop.trace("labour_cost", first="2026-03-01", last="2026-03-31"),
    "rule": lambda shop: shop.alarm_rule_add("pay", figure="labour_cost", direction="up", stores=["Ours"]),
}


@pytest.mark.parametrize("path", HIDDEN_PATHS)
def test_every_way_to_a_hidden_figure_is_closed(group: Group, path: str) -> None:
    from datetime import UTC, datetime

    from goldloop.apps.shops import api, models
    from goldloop.core.errors import GoldloopError
    from goldloop.web.shops import whole_shop

    user = models.User.objects.get(pk=group.people["operator"])
    viewer = api.access_of(user=user, now=datetime(2026, 3, 5, tzinfo=UTC)).viewer("figures")
    with pytest.raises(GoldloopError) as caught:
        HIDDEN_PATHS[path](whole_shop().seen_by(viewer))
    assert caught.value.code in ("figure_hidden", "trace_parts")
    assert "7654321" not in str(caught.value)


def test_a_store_that_is_not_hers_shows_by_no_other_way(group: Group) -> None:
    """Neither by name, nor by the days that are loaded, nor by the list of figures."""
    from goldloop.core.errors import GoldloopError
    from goldloop.core.viewer import Viewer
    from goldloop.web.shops import whole_shop

    shop = whole_shop().seen_by(Viewer(frozenset({group.stores["Ours"]}), hidden=frozenset({"labour_cost"}), name="x"))
    with pytest.raises(GoldloopError) as caught:
        shop.store("Theirs")
    assert (caught.value.code, caught.value.allowed) == ("store_unknown", ["Ours"])
    assert shop.loaded_days() == whole_shop().loaded_days()  # both stores have the same days
    assert whole_shop().seen_by(Viewer()).loaded_days() is None
    assert "labour_cost" not in {one["name"] for one in shop.catalogue()["figures"]}
    assert "labour_cost" in {one["name"] for one in whole_shop().catalogue()["figures"]}


def test_a_figure_hidden_in_one_store_is_shown_in_another(group: Group) -> None:
    from datetime import UTC, datetime

    from goldloop.apps.shops import api, models
    from goldloop.core.errors import GoldloopError
    from goldloop.web.shops import whole_shop

    now = datetime(2026, 3, 5, tzinfo=UTC)
    user = models.User.objects.create(username="two hats")
    for role, store in (("finance", "Ours"), ("operator", "Theirs")):
        models.Grant.objects.create(user=user, role=role, store_id=group.stores[store], given_at=now)
    shop = whole_shop().seen_by(api.access_of(user=user, now=now).viewer("figures"))
    days = {"first": "2026-03-01", "last": "2026-03-31"}
    assert shop.figures(["labour_cost"], stores=["Ours"], **days).rows()[0]["labour_cost"] == "7654321.09"
    for stores in (["Theirs"], ["Ours", "Theirs"], []):
        with pytest.raises(GoldloopError) as caught:
            shop.figures(["labour_cost"], stores=stores, **days)
        assert caught.value.code == "figure_hidden"


def test_a_product_column_that_tells_the_cost_is_no_cut_for_whom_costs_are_hidden() -> None:
    from goldloop.core.viewer import Viewer
    from goldloop.metrics import query

    class Engine:
        """Of a lake whose product file has two columns of its own."""

    with patch.object(query, "known_attributes", lambda engine: frozenset({"采购价(元)", "Cost price", "style"})):
        assert query.visible_attributes(Engine(), Viewer(hidden=frozenset({"cost"}))) == {"style"}
        assert len(query.visible_attributes(Engine(), Viewer())) == 3


def test_an_amount_that_waits_in_quarantine_is_masked_with_its_figure(group: Group) -> None:
    from goldloop.jobs.personal import visible_columns
    from goldloop.web.shops import whole_shop

    home = whole_shop().home
    assert visible_columns(home, "goldloop-costs", {"personal"})("amount")
    assert not visible_columns(home, "goldloop-costs", {"personal", "salary"})("amount")
    assert not visible_columns(home, "goldloop-products", {"cost"})("cost")
    assert visible_columns(home, "mini", {"personal"})("单价")
    assert not visible_columns(home, "mini", {"personal"})("买家")


def test_a_phone_is_revealed_for_a_reason_only_and_every_look_is_logged(client_of: Any, group: Group) -> None:
    from goldloop.apps.shops import api

    row = group.rows["Ours"]
    assert PHONE not in client_of("owner").get(f"/data/quarantine/{row}").content.decode()
    browser = client_of("orders")
    assert client_of("operator").post(f"/data/quarantine/{row}/reveal", {"reason": "for fun"}).status_code == 403
    assert browser.post(f"/data/quarantine/{row}/reveal", {"reason": ""}).status_code == 400
    page = browser.post(f"/data/quarantine/{row}/reveal", {"reason": f"buyer {PHONE} called about it"})
    assert PHONE in page.content.decode()
    line = api.audit_lines(actor=group.people["orders"])[0]
    assert (line.action, line.result, line.target, line.stores) == (
        "reveal",
        "done",
        f"row {row}",
        [group.stores["Ours"]],
    )
    assert PHONE not in str(line.detail) and "called about it" in line.detail["reason"]
    assert api.audit_count(actor=group.people["orders"], action="reveal", since=line.moment) == 1
    with patch("goldloop.web.reveal.A_DAY", 1):
        refused = browser.post(f"/data/quarantine/{row}/reveal", {"reason": "once more"})
    assert refused.status_code == 400 and PHONE not in refused.content.decode()
    assert "reveal_limit" in refused.content.decode()
