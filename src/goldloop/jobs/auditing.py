"""Writing and checking the audit log with the key of the home folder."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from goldloop.apps.shops import api as shops
from goldloop.apps.shops.api import Broken, Line
from goldloop.home import Home


def write(home: Home, line: Line) -> int:
    """Add a line to the audit log; gives its number."""
    return shops.audit_add(key=_key(home), line=line)


def verify(home: Home) -> tuple[int, Sequence[Broken]]:
    """How many lines the audit log has, and where it is not as it was written."""
    return shops.audit_verify(key=_key(home))


def _key(home: Home) -> bytes:
    """Made from the home's own key; it lies outside the database that it guards."""
    return hmac.new(home.key("home"), b"audit log", hashlib.sha256).digest()
