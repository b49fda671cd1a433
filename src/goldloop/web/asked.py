"""Questions that pages ask again and again: their answers are kept until something is loaded or an event is planned.

An answer is found by what was asked, the version of the lake, the planned events, kept segments, and the rights of who asked; so nobody ever gets what was
answered to somebody else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from goldloop.web.request import Request

if TYPE_CHECKING:
    from goldloop.metrics.answer import Answer
    from goldloop.metrics.why_text import Account

T = TypeVar("T")
MOST = 512  # answers kept by one process
_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def figures(request: Request, names: tuple[str, ...], **asked: Any) -> Answer:
    """`Shop.figures` for the person of this request."""
    return remembered(request, ("figures", names, asked), lambda shop: shop.figures(names, **asked))


def why(request: Request, figure: str, **asked: Any) -> Account:
    """`Shop.why` for the person of this request."""
    return remembered(request, ("why", figure, asked), lambda shop: shop.why(figure, **asked))


def remembered(request: Request, question: Any, answer: Callable[[Any], T]) -> T:
    """The kept answer to a question on the newest state of the lake, or the one given now."""
    from goldloop.apps.segments.api import segments_mark
    from goldloop.jobs.events import planned

    shop, viewer = request.shop, request.viewer
    version = tuple(sorted(shop.snapshot().versions.items()))
    asked = repr(question)
    kept = segments_mark() if "segment" in asked or "members" in asked else ()
    key = (version, tuple(sorted(planned().items())), kept, viewer, asked)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]  # type: ignore[no-any-return]
    found = answer(shop)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return found
