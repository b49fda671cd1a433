"""Files that a page gives: named by what they hold, DEMO among a demo's, and written into the audit log with their hash."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from django.http import HttpResponse

from goldloop.web.frame import is_demo
from goldloop.web.request import Request
from goldloop.web.scope import Scope

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "txt": "text/plain; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
}


def file_name(what: str, scope: Scope, form: str) -> str:
    """The name of a file about a scope: `goldloop-figures-2026-10-01-2026-10-31.xlsx`, of a demo with DEMO in it."""
    days = (str(scope.first),) if scope.first == scope.last else (str(scope.first), str(scope.last))
    return named((what, *days), form)


def named(parts: Sequence[str], form: str) -> str:
    """The name of a file that holds these parts: `goldloop-plan-3-v2.xlsx`, of a demo with DEMO in it."""
    demo = ("DEMO",) if is_demo() else ()
    return "-".join(("goldloop", *demo, *parts)) + f".{form}"


def form_of(request: Request, forms: Sequence[str]) -> str:
    """The form that the address asks for; the first where it asks for none of these."""
    wanted = request.GET.get("format", "")
    return wanted if wanted in forms else forms[0]


def send(
    request: Request, what: str, scope: Scope, form: str, rows: int, write: Callable[[Path], object]
) -> HttpResponse:
    """The file that `write` makes of a scope, as a download."""
    stores = [store.id for store in scope.stores]
    return send_named(request, file_name(what, scope, form), form, stores, rows, write)


def send_named(
    request: Request, name: str, form: str, stores: Collection[int], rows: int, write: Callable[[Path], object]
) -> HttpResponse:
    """The file that `write` makes, as a download; the log gets its stores, rows and hash."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        content = path.read_bytes()
    request.audit.note(target=name, stores=sorted(stores), rows=rows, sha256=hashlib.sha256(content).hexdigest())
    response = HttpResponse(content, content_type=KINDS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
