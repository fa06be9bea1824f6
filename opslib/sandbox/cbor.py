"""The protocol moto does not speak: calls in CBOR are put to it in JSON, and its answers put back into CBOR.

Newer SDKs (the one inside Pulumi's AWS plugin among them) speak to CloudWatch in CBOR.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from moto.core.utils import get_service_model

from opslib.sandbox.answer import Answer, AwsError, result_of, rewritten
from opslib.sandbox.request import AwsRequest, Environ

__all__ = ["from_cbor", "to_cbor"]


def from_cbor(request: AwsRequest, environ: Environ, body: bytes) -> tuple[AwsRequest, Environ, bytes]:
    """The same call in JSON, or in the query protocol where the service has no JSON."""
    model = get_service_model(request.service)
    protocol = "json" if "json" in model.metadata.get("protocols", ["json"]) else "query"
    content_type = {
        "json": f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}",
        "query": "application/x-www-form-urlencoded; charset=utf-8",
    }[protocol]
    translated = replace(request, protocol=protocol)
    parameters: dict[str, Any] = {}
    if body:
        parser = RpcV2CBORParser()
        parameters = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    ours: Environ = {
        **environ,
        "PATH_INFO": "/",
        "RAW_URI": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": content_type,
        "HTTP_X_AMZ_TARGET": f"{model.metadata.get('targetPrefix')}.{request.operation}",
        "wsgi.input": io.BytesIO(b""),
    }
    ours.pop("HTTP_SMITHY_PROTOCOL", None)
    if protocol == "query":
        ours.pop("HTTP_X_AMZ_TARGET")
    return translated, *rewritten(translated, ours, parameters)


def to_cbor(request: AwsRequest, answer: Answer) -> Answer:
    """Put an answer to the translated call back into CBOR.

    Args:
        request: The translated call.
        answer: Its answer.
    """
    headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
    serializer: Any = RpcV2CBORSerializer()
    body = bytearray()
    try:
        result = result_of(request, answer)
    except AwsError as error:
        body += serializer._get_initial_byte(serializer.MAP_MAJOR_TYPE, 2)  # noqa: SLF001  # botocore has no public writer
        for text in ("__type", error.code, "message", error.message):
            serializer._serialize_type_string(body, text, None, None)  # noqa: SLF001  # as above
        query_error = answer.header("x-amzn-query-error")
        if query_error:
            headers.append(("x-amzn-query-error", query_error))
        return Answer(answer.status, headers, bytes(body))
    shape = get_service_model(request.service).operation_model(request.operation).output_shape
    if shape is not None:
        serializer._serialize_data_item(body, result, shape)  # noqa: SLF001  # as above
    return Answer(answer.status, headers, bytes(body))
