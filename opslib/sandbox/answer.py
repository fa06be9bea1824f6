"""Answers in AWS's own form: a result or an error, written in the protocol that the request spoke."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import OperationNotFoundError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS as REQUEST_PARSERS
from moto.core.request import Request
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from opslib.sandbox.request import AwsRequest, Environ

__all__ = ["Answer", "AwsError", "parameters_of", "result_of", "rewritten", "write_error", "write_result"]

NOT_RETRIED = 400  # botocore and the Go SDK retry 429 and 5xx; they take a 400 with an unknown code as final

_XML_ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")


class AwsError(Exception):
    """An error that AWS would answer with.

    Attributes:
        code: AWS's error code (`ValidationError`).
        message: AWS's message.
        status: The HTTP status, where AWS's model of the service does not say another.
        fields: Further members of the error's shape.
    """

    def __init__(self, code: str, message: str, status: int = NOT_RETRIED, **fields: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        for name, value in fields.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    Attributes:
        status: The HTTP status.
        headers: Its headers, in order.
        body: Its whole body.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's value, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def error_code(self) -> str | None:
        """The AWS error code, or None for an answer that is no error."""
        if self.status < NOT_RETRIED:
            return None
        named = self.header("x-amzn-errortype") or self.header("x-amzn-query-error").partition(";")[0]
        if not named and (found := _XML_ERROR_CODE.search(self.body)):
            named = found[1].decode()
        if not named and self.body.startswith(b"{"):
            named = str(json.loads(self.body).get("__type", ""))
        return named.rpartition("#")[2] or str(self.status)


def parameters_of(request: AwsRequest, environ: Environ, body: bytes) -> dict[str, Any]:
    """Read a request's parameters, by AWS's own model of the operation."""
    http = Request({**environ, "wsgi.input": io.BytesIO(body)})
    parsed: dict[str, Any] = REQUEST_PARSERS[request.protocol](_operation(request)).parse(
        {
            "method": http.method,
            "values": http.values,
            "headers": http.headers,
            "body": body,
            "url_path": http.path,
            "url_params": dict(request.path_parameters),
        }
    )
    return parsed


def rewritten(request: AwsRequest, environ: Environ, parameters: Mapping[str, Any]) -> tuple[Environ, bytes]:
    """The same call with other parameters; for the protocols that carry all of them in the body."""
    http = create_serializer(request.protocol, include_validation=False).serialize_to_request(
        dict(parameters), _operation(request)
    )
    body = Request.from_values(data=http["body"]).get_data()
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}, body


def result_of(request: AwsRequest, answer: Answer) -> dict[str, Any]:
    """Read an answer's result.

    Raises:
        AwsError: The answer is an error.
    """
    operation = _operation(request)
    response = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}
    parsed: dict[str, Any] = create_parser(request.protocol).parse(response, operation.output_shape)
    if "Error" in parsed:
        raise AwsError(parsed["Error"]["Code"], parsed["Error"]["Message"], answer.status)
    parsed.pop("ResponseMetadata", None)
    return parsed


def write_result(request: AwsRequest, result: Mapping[str, Any]) -> Answer:
    """Write a result in the request's protocol."""
    return _write(request, dict(result))


def write_error(request: AwsRequest, error: AwsError) -> Answer:
    """Write an error in the request's protocol, also for operations that botocore's model does not have."""
    try:
        answer = _write(request, error)
    except (OperationNotFoundError, KeyError, ValueError):
        return _error_without_model(request, error)
    if answer.status == NOT_RETRIED:
        return Answer(error.status, answer.headers, answer.body)
    return answer


def _write(request: AwsRequest, result: dict[str, Any] | AwsError) -> Answer:
    if not request.known:
        raise KeyError(request.operation)
    serializer = get_serializer_class(request.service, request.protocol)(_operation(request))
    written = serializer.serialize(result)
    headers = {str(name): str(value) for name, value in written["headers"].items()}
    headers["x-amzn-RequestId"] = str(uuid4())
    if request.protocol == "json":  # moto takes the content type from the model's first protocol, which may be CBOR
        version = get_service_model(request.service).metadata.get("jsonVersion", "1.0")
        headers["Content-Type"] = f"application/x-amz-json-{version}"
    body = written["body"] or b""
    status = int(written["status_code"])
    if isinstance(result, dict):
        status = _status_in(request, result) or status
    return Answer(status, list(headers.items()), body if isinstance(body, bytes) else body.encode())


def _status_in(request: AwsRequest, result: Mapping[str, Any]) -> int | None:
    """The HTTP status where a member of the result stands for it (Lambda's StatusCode); moto's serializer skips it."""
    shape = _operation(request).output_shape
    members = {} if shape is None else shape.members
    return next(
        (result[name] for name, member in members.items() if member.serialization.get("location") == "statusCode"), None
    )


def _error_without_model(request: AwsRequest, error: AwsError) -> Answer:
    if "json" in request.protocol:
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-errortype", error.code)]
        return Answer(error.status, headers, body)
    text = (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        "</Error></ErrorResponse>"
    )
    return Answer(error.status, [("Content-Type", "text/xml")], text.encode())


def _operation(request: AwsRequest) -> OperationModel:
    return get_service_model(request.service).operation_model(request.operation)
