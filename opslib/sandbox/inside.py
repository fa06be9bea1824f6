"""boto3 clients for the sandbox's own process: their calls are answered without a network, in anybody's name."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from werkzeug.test import EnvironBuilder

from opslib.sandbox.answer import Answer
from opslib.sandbox.request import Environ

__all__ = ["client_inside"]

Door = Callable[[Environ, bytes], Answer]
"""Answers an HTTP request: its WSGI environment and its body."""


def client_inside(door: Door, service: str, region: str, actor: str) -> Any:
    """A boto3 client whose requests go through a door instead of a socket.

    Args:
        door: What answers.
        service: botocore's name of the service.
        region: The region to call.
        actor: Who calls: its access key.
    """
    client = _session().client(
        service,
        region_name=region,
        endpoint_url="http://sandbox.inside",
        aws_access_key_id=actor,
        aws_secret_access_key="sandbox",  # noqa: S106  # not a secret
        # The bucket in the path: there is one host inside.
        config=Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}),
    )
    client.meta.events.register("before-send", functools.partial(_send, door))
    return client


def _send(door: Door, request: Any, **_: Any) -> AWSResponse:
    url = urlsplit(request.url)
    content: Any = request.body or b""
    body: bytes = content.encode() if isinstance(content, str) else content.read() if _is_file(content) else content
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    environ = EnvironBuilder(
        path=url.path, query_string=url.query, method=request.method, headers=headers, input_stream=io.BytesIO(body)
    ).get_environ()
    answer = door(environ | {"CONTENT_LENGTH": str(len(body))}, body)
    written = HTTPHeaders()
    for name, value in answer.headers:
        written[name] = value
    return AWSResponse(request.url, answer.status, written, _Content(answer.body))


def _is_file(content: Any) -> bool:
    return hasattr(content, "read")


class _Content(io.BytesIO):
    """A body, as botocore reads one."""

    def stream(self, **_: Any) -> Any:
        """All of it at once."""
        yield self.read()


@functools.cache
def _session() -> Any:
    """One for all, because each reads AWS's models anew."""
    return boto3.session.Session()
