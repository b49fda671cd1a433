"""A request that carries an Idempotency-Key has its effect once, however often it comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

from goldloop.core.errors import GoldloopError
from goldloop.web.audit import SAFE
from goldloop.web.request import Request, person_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 255


def answered(request: Request, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer to a request: of the first one with this key where it carries one, else by `work`."""
    from goldloop.apps.queue import api as queue

    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE:
        return work()
    if not (1 <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise GoldloopError("key_bad", f"An Idempotency-Key has 1 to {LONGEST} plain characters.", given=key[:LONGEST], allowed=f"1..{LONGEST}", most=LONGEST)  # fmt: skip
    fresh: list[HttpResponse] = []

    def once() -> tuple[int, str]:
        fresh.append(work())
        return fresh[0].status_code, fresh[0].content.decode()

    asked, moment = _digest(request), datetime.now(UTC)
    status, body, again = queue.answer_once(user=person_of(request).pk, key=key, asked=asked, moment=moment, work=once)
    if not again:
        return fresh[0]
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8", headers={REPLAYED: "true"})


def _digest(request: Request) -> str:
    """What makes it the same request: address, what its sender may see, and all that it brings."""
    said: list[Any] = [request.method, request.get_full_path(), sorted(request.viewer.stores)]
    if request.content_type == "multipart/form-data":
        from goldloop.web.uploads import receiving

        fields = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
        said += [fields, receiving(request).digests]
    else:
        said.append(hashlib.sha256(request.body).hexdigest())
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
