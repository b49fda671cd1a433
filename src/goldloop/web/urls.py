"""The addresses: made from `routes.ROUTES`, each behind the right it names."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import path

from goldloop.web.back_office import office
from goldloop.web.routes import BACK_OFFICE, PUBLIC, ROUTES, Route
from goldloop.web.shops import look_with

if TYPE_CHECKING:
    from goldloop.web.request import Request

Answer = Callable[..., HttpResponse]


def guarded(route: Route, answer: Answer | None = None) -> Any:
    """The view of a route for readers who have its right; anybody else is sent to log in, or told that it is not hers.

    `answer` stands for the view that the route names.
    """
    module, function = route.view.rsplit(".", 1)

    def view(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponse:
        from goldloop.web.errors import log_in_first, not_answered, not_yours
        from goldloop.web.kept import page as kept_page

        request.route = route  # type: ignore[attr-defined]
        allowed = (*route.methods, "HEAD") if "GET" in route.methods else route.methods
        if route.right != PUBLIC:
            if not request.user.is_authenticated:
                return log_in_first(request)
            if route.right not in request.rights:  # type: ignore[attr-defined]
                return not_yours(request)
            look_with(request, route.right)
        if request.method not in allowed:
            return not_answered(request, allowed)
        if answer is not None:
            return answer(request, *args, **parts)
        answering = getattr(import_module(f"goldloop.web.{module}"), function)
        if route.scoped:
            return kept_page(cast("Request", request), lambda: answering(request, **parts))
        return answering(request, **parts)

    return view


urlpatterns = [
    *(path(route.path, guarded(route), name=route.name) for route in ROUTES),
    path(BACK_OFFICE.path, office.urls),
]
handler400 = "goldloop.web.errors.bad_request"
handler404 = "goldloop.web.errors.not_found"
handler500 = "goldloop.web.errors.broken"
