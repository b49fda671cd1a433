"""Pages about figures are kept a short while for the person who looked at them, so that looking again costs next to nothing.

A kept page answers only to the same person with the same rights, language and address, on the same state of the lake, and
only until anybody changes anything here (which the audit log counts). What commands change is seen within `LONGEST`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.middleware.csrf import get_token

from goldloop.apps.shops import api as shops
from goldloop.jobs.demo_end import is_demo
from goldloop.web.request import Request

LONGEST = 60.0  # seconds
MOST = 200  # pages of about 100 KB
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
_PLACE = b"token-of-the-request"


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page, with the place of the form token, and when it was made."""

    text: bytes
    made: float


_pages: OrderedDict[Hashable, Page] = OrderedDict()
_lock = Lock()


def page(request: Request, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The kept page of this address, or the one that `make` gives, which is kept then."""
    if request.method != "GET" or len(get_messages(request)):
        return make()
    key = _key(request)
    with _lock:
        found = _pages.get(key)
    if found is not None and monotonic() - found.made < LONGEST:
        return HttpResponse(found.text.replace(_PLACE, get_token(request).encode()))
    made = make()
    if made.status_code == 200 and not made.streaming and made.headers["Content-Type"].startswith("text/html"):
        _keep(key, made.content)
    return made


def forget() -> None:
    """Keep nothing."""
    with _lock:
        _pages.clear()


def _key(request: Request) -> Hashable:
    """Everything that a page depends on, but for time and what commands change."""
    versions = tuple(sorted(request.shop.snapshot().versions.items()))
    changes = shops.audit_number()
    home = request.shop.home
    where = str(home.root), is_demo(home), request.get_full_path()
    return request.user.pk, request.viewer, request.rights, request.lang, *where, versions, changes


def _keep(key: Hashable, text: bytes) -> None:
    token = _TOKEN.search(text)
    with _lock:
        _pages[key] = Page(text.replace(token[1], _PLACE) if token else text, monotonic())
        _pages.move_to_end(key)
        while len(_pages) > MOST:
            _pages.popitem(last=False)
