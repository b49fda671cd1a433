"""What every answer carries and every request brings: protective headers, the reader's language and rights, errors."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]

# Scripts and styles come from our own files only: what a file name or a product title says never runs.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
# The back office is the library's own page and needs scripts and styles inside the page; only admins reach it.
BACK_OFFICE = "/back-office/"
BACK_OFFICE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def headers(answer: Answer) -> Answer:
    """Content security policy; nothing of a signed-in person's pages stays in a shared cache."""

    def with_headers(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        policy = BACK_OFFICE_POLICY if request.path.startswith(BACK_OFFICE) else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return with_headers


def reader(answer: Answer) -> Answer:
    """`request.lang`, and the shop as the signed-in person may see it, for so long: `request.shop`, `request.viewer`."""
    from django.conf import settings
    from django.utils import translation

    from goldloop.metrics.engines.patience import patient
    from goldloop.web import words
    from goldloop.web.shops import attach

    def as_reader(request: HttpRequest) -> HttpResponse:
        lang = getattr(request.user, "language", "") or words.language_of(request)
        request.lang = lang  # type: ignore[attr-defined]
        attach(request)
        with translation.override("zh-hans" if lang == "zh" else "en"), patient(settings.QUERY_SECONDS):
            response = answer(request)
        response.headers.setdefault("Content-Language", "zh-CN" if lang == "zh" else "en")
        return response

    return as_reader


def known_errors(answer: Answer) -> Answer:
    """Errors that say what was given, what is allowed and what to do become a page (or a fragment) that says it."""
    from goldloop.core.errors import GoldloopError
    from goldloop.web.errors import error_page

    class Known:
        """Django asks `process_exception` of whoever has it."""

        def __call__(self, request: HttpRequest) -> HttpResponse:
            return answer(request)

        def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
            from goldloop.jobs import failures

            known = error if isinstance(error, GoldloopError) else failures.explain(error)
            return error_page(request, known) if known is not None else None

    return Known()
