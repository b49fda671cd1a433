"""What every page shows around its own content: navigation, scope bar, freshness, language."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render

from goldloop.core import formatting
from goldloop.web import scope
from goldloop.web.request import Request
from goldloop.web.routes import NAVIGATION, PLACES

if TYPE_CHECKING:
    from goldloop.web.routes import Route

BAR = ("period", "compare", "basis")  # parts of the scope bar beside the stores


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from: its words, its address, and whether it is the one in force."""

    text: str
    address: str
    chosen: bool = False


def scope_of(request: Request) -> scope.Scope:
    """The scope in the address of this request, read once."""
    found = getattr(request, "scope_read", None)
    if found is None:
        shop = request.shop
        found = request.scope_read = scope.read(request.GET, shop.stores(), shop.loaded_days())
    return found


def page(request: Request, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page with its frame; a request that htmx makes for a part gets `template` without it, by `{% extends %}`."""
    return render(request, template, context, status=status)


def frame(request: Request) -> dict[str, Any]:
    """The context that every template has."""
    lang = getattr(request, "lang", "en")
    rights: frozenset[str] = getattr(request, "rights", frozenset())
    match = getattr(request, "resolver_match", None)
    here = match.url_name if match else ""
    return {
        "lang": lang,
        "rights": rights,
        "navigation": [entry(place, here, request) for place in NAVIGATION if place.right in rights],
        "utilities": [entry(place, here, request) for place in PLACES if place.right in rights],
        "here": here,
        "viewer": getattr(request, "viewer", None),
        "demo": bool(rights) and is_demo(),
        "commands": commands(request, lang, rights),
        "look": look(request, lang),
    }


def commands(request: Request, lang: str, rights: frozenset[str]) -> list[dict[str, str]]:
    """What the palette finds and the keys do: places (G, then a letter), stores and figures. Help is made from it, too."""
    from goldloop.metrics.definitions import DEFAULT, FIGURES
    from goldloop.web.words import word

    found = [
        {
            "text": word(f"frame.nav_{place.name}", lang),
            "go": f"/{place.path}",
            "keys": f"g {place.key}" if place.key else "",
        }
        for place in (*NAVIGATION, *PLACES)
        if place.right in rights
    ]
    if "figures" in rights and request.user.is_authenticated:
        zh = lang == "zh"
        found += [{"text": store.name, "go": f"/?store={store.id}", "keys": ""} for store in request.shop.stores()]
        found += [
            {
                "text": word("frame.why_of", lang, figure=FIGURES[name].zh if zh else FIGURES[name].en),
                "go": f"/why?figure={name}",
                "keys": "",
            }
            for name in DEFAULT
        ]
    return found


def look(request: Request, lang: str) -> dict[str, Any]:
    """How this person wants her pages: theme ('' as the browser says), direction colours, badges of meaning, keys."""
    user = getattr(request, "user", None)
    usual = "red-up" if lang == "zh" else "green-up"
    return {
        "theme": getattr(user, "theme", ""),
        "direction": getattr(user, "direction", "") or usual,
        "meaning": getattr(user, "meaning", True),
        "single_keys": getattr(user, "single_keys", True),
    }


def zone(request: Request) -> str:
    """The time zone in which moments are shown: that of most of her stores."""
    zones = [store.timezone for store in request.shop.stores()]
    return max(dict.fromkeys(zones), key=zones.count, default="UTC")


def is_demo() -> bool:
    """Whether this server shows the demo."""
    from goldloop.jobs.demo_end import is_demo
    from goldloop.web.shops import whole_shop

    return is_demo(whole_shop().home)


def entry(place: Route, here: str, request: Request) -> Choice:
    """A place of the navigation; it keeps the scope of the page where there is one."""
    from goldloop.web.words import word

    path = f"/{place.path}"
    kept = getattr(request, "scope_read", None)
    chosen = here == place.name or (bool(place.path) and request.path.startswith(f"{path}/"))
    address = kept.address(path) if kept is not None and place.scoped and request.GET else path
    return Choice(word(f"frame.nav_{place.name}", request.lang), address, chosen)


def fresh(request: Request, now: scope.Scope, lang: str) -> dict[str, Any]:
    """How new the data of the scope's stores is: the newest day, reports in time, and those that are late."""
    from goldloop.web.words import word

    names = {store.name for store in now.stores}
    feeds = [feed for feed in request.shop.feeds() if feed.store in names]
    titles = request.shop.profile_titles()
    late = [feed for feed in feeds if feed.state == "late"]
    return {
        "newest": formatting.days(now.newest, now.newest, lang) if now.newest else "",
        "on_time": len(feeds) - len(late),
        "partial": bool(now.last and now.newest and now.last > now.newest),
        "late": [
            word(
                "frame.feed_late",
                lang,
                feed=titles.get(feed.profile, {}).get(lang, feed.profile),
                store=feed.store,
                days=feed.late_days,
            )
            for feed in sorted(late, key=lambda feed: -(feed.late_days or 0))
        ],
    }


def scope_bar(
    request: Request,
    *,
    options: Callable[[scope.Scope], dict[str, Any]] | None = None,
    parts: tuple[str, ...] = BAR,
) -> dict[str, Any]:
    """The scope and everything its bar offers; `parts` are those beside the stores that change what the page shows."""
    from goldloop.web.words import word

    now = scope_of(request)
    lang, path = request.lang, request.path
    period, against = now.period, now.compared
    chosen = {store.id for store in now.stores}
    own = {name: values for name, values in request.GET.lists() if name not in scope.NAMES}
    to = functools.partial(now.address, path, **own)  # the page's own choices stay when its scope changes
    bar: dict[str, Any] = {
        "parts": parts,
        "stores": [Choice(s.name, to(store=str(s.id)), chosen == {s.id}) for s in now.visible],
        "periods": [
            Choice(
                word(f"frame.period_{key}", lang),
                to(**{"from": str(first), "to": str(last)}),
                (now.first, now.last) == (first, last),
            )
            for key, first, last in scope.presets(now)
        ],
        "comparisons": [
            Choice(word(f"frame.compare_{how.replace('-', '_')}", lang), to(compare=how), now.compare == how)
            for how in (*scope.COMPARISONS, scope.NO_COMPARISON)
        ],
        "bases": [
            Choice(word(f"frame.basis_{basis}", lang), to(basis=basis), now.basis == basis) for basis in scope.BASES
        ],
        "days": formatting.days(period.first, period.last, lang) if period else "",
        "compared": formatting.days(against.first, against.last, lang) if against else "",
        "earlier": now.moved(-1).address(path, **own),
        "all": to(store=",".join(str(s.id) for s in now.visible)),
        "own": [(name, value) for name, values in own.items() for value in values],
        "fresh": fresh(request, now, lang),
        "later": now.moved(1).address(path, **own),
    }
    return {"scope": now, "bar": bar | (options(now) if options else {})}
