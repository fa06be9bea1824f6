"""JSON over HTTPS to an address that is a secret.

The standard library's client, because it writes no log: urllib3 warns with the whole address when a connection breaks.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from opslib.errors import BadRequest
from opslib.notify.message import NotDelivered

__all__ = ["TIMEOUT_SECONDS", "Address", "post"]

TIMEOUT_SECONDS = 5.0
"""For connecting, and again for each part of an answer: a webhook takes well under one."""

_ATTEMPTS_TO_CONNECT = 2

_GOOD = range(200, 300)


class Address:
    """A URL that nothing shows: not a message, not a log, not a traceback.

    Args:
        url: An https URL; http only to this machine.
        named: What holds it, for the error: the name of a variable.

    Raises:
        BadRequest: it is something else.
    """

    __slots__ = ("_parts",)

    def __init__(self, url: str, *, named: str) -> None:
        fault = _fault(url)
        if fault:
            raise BadRequest(f"{named} {fault}", "set it to an https address, as the service gave it")
        self._parts = urlsplit(url.strip())

    def __repr__(self) -> str:
        return "Address([secret])"

    @property
    def parts(self) -> SplitResult:
        """What it consists of: for `post` alone."""
        return self._parts


def _fault(url: str) -> str:
    """What is wrong with a URL, in words without it."""
    text = url.strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        return "holds characters that no URL has"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if not host or any(not 0 < len(label) < 64 for label in host.rstrip(".").split(".")):  # noqa: PLR2004  RFC 1035
        return "is not a URL with a host"
    if parts.username is not None or parts.password is not None:
        return "holds a user or a password"
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        return "is not an https URL"
    return ""


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def post(address: Address, document: Mapping[str, Any]) -> None:
    """Post a document, once: only a connection that was never made is tried again. Redirects are not followed.

    Args:
        address: Where to.
        document: In JSON types.

    Raises:
        NotDelivered: it did not get there, or was answered with anything but 2xx; the message holds no address.
    """
    body = json.dumps(document).encode()
    says = ""
    try:
        connection = _connected(address.parts)
        try:
            status = _sent(connection, address.parts, body)
        finally:
            connection.close()
        says = "" if status in _GOOD else f"it answered {status}"
    except (OSError, http.client.HTTPException) as problem:
        says = _words(problem)
    if says:  # outside of the `except`, so that no traceback leads to the address
        raise NotDelivered(says)


def _connected(parts: SplitResult) -> http.client.HTTPConnection:
    for attempt in range(1, _ATTEMPTS_TO_CONNECT + 1):
        connection = _connection(parts)
        try:
            connection.connect()
        except OSError:
            connection.close()
            if attempt == _ATTEMPTS_TO_CONNECT:
                raise
        else:
            break
    return connection


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection that is not open yet, by way of the environment's proxy where it names one."""
    host, port = str(parts.hostname), parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    tls = ssl.create_default_context()
    proxy = urlsplit("" if proxy_bypass(host) else getproxies().get("https", ""))
    if not proxy.hostname:
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=tls)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=TIMEOUT_SECONDS, context=tls)
    connection.set_tunnel(host, port or http.client.HTTPS_PORT, _proxy_headers(proxy))
    return connection


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}


def _sent(connection: http.client.HTTPConnection, parts: SplitResult, body: bytes) -> int:
    from opslib import __version__

    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"opslib/{__version__}"}
    connection.request("POST", target, body, headers)
    return connection.getresponse().status


def _words(problem: Exception) -> str:
    """What went wrong, in words that cannot hold the address."""
    for kind, words in _FAILURES:
        if isinstance(problem, kind):
            return words
    return f"it failed with {type(problem).__name__}"


_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, f"it did not answer in {TIMEOUT_SECONDS:g} s"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "it speaks no TLS"),
    (ConnectionRefusedError, "it refuses the connection"),
    (http.client.RemoteDisconnected, "it closed the connection without an answer"),
    (ConnectionError, "the connection broke"),
    (http.client.HTTPException, "what answers speaks no HTTP"),
    (OSError, "it cannot be reached"),
)
