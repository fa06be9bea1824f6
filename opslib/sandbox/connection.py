"""The connection under a request: closing it without an answer, and waiting for the client to give up."""

from __future__ import annotations

import select
import socket
from contextlib import suppress

from opslib.sandbox.request import Environ

__all__ = ["ConnectionCut", "cut", "wait_until_given_up"]


class ConnectionCut(Exception):
    """The call is not answered: its connection is to be closed."""


def cut(environ: Environ) -> None:
    """Close the connection that a request came by.

    The client sees its end where a status line should be (in botocore: ConnectionClosedError), as when a load balancer
    of AWS goes away. Whoever calls this ends the request by raising ConnectionAbortedError, which werkzeug takes for a
    client that left: it writes nothing.

    Args:
        environ: The WSGI environment of the request; werkzeug's server puts the socket into it.
    """
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):  # the client was faster
            connection.shutdown(socket.SHUT_RDWR)


def wait_until_given_up(environ: Environ, seconds: float) -> bool:
    """Wait until the client closes the connection.

    Args:
        environ: The WSGI environment of the request.
        seconds: How long at most, in real time.

    Returns:
        Whether it did; False when the time is over.
    """
    connection = environ.get("werkzeug.socket")
    if connection is None:
        return True
    readable, _, _ = select.select([connection], [], [], seconds)
    if not readable:
        return False
    with suppress(OSError):
        return bool(connection.recv(1, socket.MSG_PEEK) == b"")
    return True  # it was reset
