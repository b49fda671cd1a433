"""A gateway that takes messages over HTTP: JSON batches, signed, to one address of the settings, and to nowhere else.

The address is resolved once and the connection goes to exactly that one, so that a name cannot point to the inside
between the check and the call. Redirects and proxies are not followed, and answers are never shown.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from goldloop.core.errors import GoldloopError
from goldloop.settings import Gateway

SECONDS = 10.0  # for each step of a call
REFUSED = (400, 413, 422)  # the batch itself is no good; every other answer below 500 is about the gateway
OK, CLIENT_ERROR, SERVER_ERROR = 200, 300, 500
SPECIAL = ipaddress.ip_network("192.0.0.0/24")  # of protocols and of clouds; partly "global" by the letter
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotTaken(GoldloopError):
    """The gateway has certainly taken nothing: it may be tried again."""


class Refused(GoldloopError):
    """The gateway does not want this batch."""


class Unclear(GoldloopError):
    """Nobody knows whether the gateway has taken the batch."""


class Webhook:
    """Hands batches to a gateway; the same form for webhook, SMS and mail, told apart by `way`."""

    def __init__(self, gateway: Gateway) -> None:
        self.way, self._gateway = gateway.way, gateway

    def send(self, key: str, messages: Sequence[Mapping[str, Any]], *, moment: int) -> None:
        """Hand over a batch under its idempotency key, signed with the second `moment`; raises `NotTaken`, `Refused`, `Unclear`."""
        body = json.dumps({"kind": self.way, "messages": list(messages)}, ensure_ascii=False).encode()
        signed = hmac.new(self._gateway.secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": key, "X-Goldloop-Timestamp": str(moment),
            "X-Goldloop-Signature": f"sha256={signed}",
        }  # fmt: skip
        parts = urlsplit(self._gateway.url)
        connection = self._connect()
        try:
            path = parts.path or "/"
            connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise Unclear(
                "gateway_unclear", "The gateway broke off; nobody knows whether it took the messages.",
                given=type(error).__name__,
            ) from error  # fmt: skip
        finally:
            connection.close()
        self._judge(status)

    def _judge(self, status: int) -> None:
        if OK <= status < CLIENT_ERROR:
            return
        if status >= SERVER_ERROR or status < OK:
            raise Unclear(
                "gateway_failed", "The gateway failed; nobody knows whether it took the messages.", given=status
            )
        if status in REFUSED:
            raise Refused("gateway_refused", f"The gateway refused messages ({status}).", given=status, status=status)
        raise NotTaken(
            "gateway_answer", f"The gateway answered {status}; nothing was sent.", given=status, allowed="200 to 299",
            status=status,
        )  # fmt: skip

    def _connect(self) -> http.client.HTTPConnection:
        """A connection to the one checked address; whatever fails before it stands has sent nothing."""
        parts = urlsplit(self._gateway.url)
        secure = parts.scheme == "https"
        host, port = str(parts.hostname), parts.port or (443 if secure else 80)
        try:
            address = checked_address(host, port, private=self._gateway.private)
            link = socket.create_connection((address, port), timeout=SECONDS)
            connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
            connection.sock = ssl.create_default_context().wrap_socket(link, server_hostname=host) if secure else link
        except OSError as error:
            raise NotTaken(
                "gateway_unreachable", "The gateway cannot be reached; nothing was sent.", given=type(error).__name__
            ) from error
        return connection


def checked_address(host: str, port: int, *, private: bool) -> str:
    """The first address of a host, all of which must be public unless `private`; raises `NotTaken` (`gateway_private`)."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(is_public(one) for one in found):
        raise NotTaken(
            "gateway_private", "The gateway's address lies in a private network; nothing was sent.",
            todo="GOLDLOOP_SENDER_PRIVATE=1 allows it.",
        )  # fmt: skip
    return found[0]


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet, looked at through every form that hides an older one.

    >>> [is_public(one) for one in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
        if address.is_site_local:  # given up long ago, and "global" by the letter
            return False
    if address in SPECIAL:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
