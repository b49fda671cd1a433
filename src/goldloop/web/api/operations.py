"""What every operation of the API has in common: its place in the list of routes, its parameters, its pace.

django-ninja reads the parameters and writes the OpenAPI document; who may ask what is said by `routes.API` alone, and
`urls.guarded` sees to it before an operation is reached.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from threading import Lock
from time import monotonic
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import NinjaAPI, Schema
from ninja.throttling import BaseThrottle

from goldloop.cli.output import plain
from goldloop.web import uploads
from goldloop.web.api import errors, once
from goldloop.web.request import Request
from goldloop.web.routes import API, Route

JSON = "application/json; charset=utf-8"
A_MINUTE = 600  # requests of one person, in each process of the server
View = Callable[..., HttpResponse]


class Pace(BaseThrottle):
    """So many requests of each person in a minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._minute, self._asked, self._lock = 0, Counter[Any](), Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        """Count a request; whether it may go on."""
        minute = int(monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._asked = minute, Counter()
            self._asked[request.user.pk] += 1
            return self._asked[request.user.pk] <= self.most

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return 60 - monotonic() % 60


pace = Pace(A_MINUTE)
api = NinjaAPI(title="goldloop", version="1", docs_url=None, openapi_url=None, throttle=[pace])
errors.handled_by(api)


def operation(answer: type[Schema], *, status: int = 200, **document: Any) -> Callable[[View], View]:
    """Make a function the operation of the route that names it; `answer` is what the document says it gives."""

    def made(function: View) -> View:
        route = _route_of(function)
        api.api_operation(
            list(route.methods),
            _path(route),
            response={status: answer},
            url_name=route.name,
            operation_id=route.name.removeprefix("api_"),
            tags=[function.__module__.rpartition(".")[2]],
            by_alias=True,
            openapi_extra=document,
        )(function)

        @wraps(function)
        def view(request: Request, **parts: Any) -> HttpResponse:
            errors.check_parameters(request, known_parameters(route))
            try:
                return once.answered(request, lambda: _views()[route.name](request, **parts))
            finally:
                uploads.drop_unclaimed(request)

        return view

    return made


def written(data: Any, *, status: int = 200) -> HttpResponse:
    """An answer in the words of the command line's `--json`."""
    return HttpResponse(json.dumps(data, ensure_ascii=False, default=plain), status=status, content_type=JSON)


def page(found: list[Any], limit: int, offset: int) -> dict[str, Any]:
    """Where a list goes on, of which one entry more than `limit` was fetched where there is one."""
    return {"limit": limit, "offset": offset, "next": offset + limit if len(found) > limit else None}


@cache
def known_parameters(route: Route) -> frozenset[str]:
    """The names that may stand in the query of an operation."""
    said = loaded().get_openapi_schema(path_prefix="")["paths"][_path(route).replace("{int:", "{")]
    one = said[route.methods[0].lower()]
    return frozenset(parameter["name"] for parameter in one["parameters"] if parameter["in"] == "query")


@cache
def loaded() -> NinjaAPI:
    """The API with all of its operations."""
    for route in API:
        import_module(f"goldloop.web.{route.view.rpartition('.')[0]}")
    return api


@cache
def _views() -> dict[str, View]:
    """Name of a route -> its operation with its parameters read."""
    patterns = [one for one in loaded().urls[0] if isinstance(one, URLPattern)]
    return {str(one.name): cast(View, one.callback) for one in patterns}


def _route_of(function: View) -> Route:
    place = f"{function.__module__.removeprefix('goldloop.web.')}.{function.__name__}"
    return next(route for route in API if route.view == place)


def _path(route: Route) -> str:
    """A route's path as ninja writes it."""
    return "/" + route.path.replace("<", "{").replace(">", "}")
