"""The addresses: made from `routes.ROUTES`, each behind the right it names."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path

from goldloop.web.routes import PUBLIC, ROUTES, Route
from goldloop.web.shops import look_with


def guarded(route: Route) -> Any:
    """The view of a route for readers who have its right; anybody else is sent to log in, or told that it is not hers."""
    module, function = route.view.rsplit(".", 1)

    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        from goldloop.web.errors import not_yours

        request.route = route  # type: ignore[attr-defined]
        allowed = (*route.methods, "HEAD") if "GET" in route.methods else route.methods
        if route.right != PUBLIC:
            if not request.user.is_authenticated:
                from django.contrib.auth.views import redirect_to_login

                request.audit.note(result="refused")  # type: ignore[attr-defined]
                return redirect_to_login(request.get_full_path())
            if route.right not in request.rights:  # type: ignore[attr-defined]
                return not_yours(request)
            look_with(request, route.right)
        if request.method not in allowed:
            return HttpResponseNotAllowed(allowed)
        return getattr(import_module(f"goldloop.web.{module}"), function)(request, **parts)

    return view


urlpatterns = [
    *(path(route.path, guarded(route), name=route.name) for route in ROUTES),
]
handler404 = "goldloop.web.errors.not_found"
handler500 = "goldloop.web.errors.broken"
