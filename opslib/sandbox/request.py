"""Which service and which operation an HTTP request is for, whatever protocol it speaks.

AWS has six ways to say "call PutMetricAlarm". What they have in common is the signature's scope, which names the
service (by its signing name) and the region; the operation stands in the body, in a header or in the path.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model

__all__ = ["AwsRequest", "Environ", "identify", "read_body"]

Environ = dict[str, Any]

CBOR = "smithy-rpc-v2-cbor"
DEFAULT_REGION = "us-east-1"

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)$")

# botocore's names of the services that sign with another name than their own, or that share one; in order of
# preference where nothing in the request tells them apart (docdb and neptune copy RDS's whole interface).
_SERVICES_OF_SIGNING_NAME: Mapping[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "airflow": ("mwaa",),
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "aps": ("amp",),
    "awsssoportal": ("sso",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime", "bedrock-agent-runtime"),
    "cassandra": ("keyspaces",),
    "cloudhsm": ("cloudhsmv2", "cloudhsm"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "eventbridge": ("events",),
    "execute-api": ("apigatewaymanagementapi",),
    "geo": ("location",),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2", "kinesisanalytics"),
    "kinesisvideo": ("kinesisvideo", "kinesis-video-archived-media"),
    "lex": ("lexv2-models", "lex-models"),
    "mediastore": ("mediastore", "mediastore-data"),
    "mobiletargeting": ("pinpoint",),
    "monitoring": ("cloudwatch",),
    "personalize": ("personalize",),
    "rds": ("rds", "neptune", "docdb"),
    "s3": ("s3", "s3control"),
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-metrics"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-write", "timestream-query"),
}

# Calls that are made without a signature.
_SERVICE_OF_UNSIGNED_ACTION: Mapping[str, str] = {
    "AssumeRoleWithSAML": "sts",
    "AssumeRoleWithWebIdentity": "sts",
    "ConfirmSubscription": "sns",
}


@dataclass(frozen=True)
class AwsRequest:
    """An HTTP request, read as a call of an AWS operation.

    Attributes:
        service: botocore's name of the service (`cloudwatch`), or the signing name where botocore has no such service.
        operation: The operation's name (`PutMetricAlarm`), or method and path where the service has no such operation.
        protocol: `json`, `query`, `ec2`, `rest-json`, `rest-xml` or `smithy-rpc-v2-cbor`.
        region: From the signature; us-east-1 for unsigned requests.
        access_key: From the signature; empty for unsigned requests.
        known: Whether botocore's model of the service has this operation.
        path_parameters: What stands in the path, for the REST protocols.
    """

    service: str
    operation: str
    protocol: str
    region: str = DEFAULT_REGION
    access_key: str = ""
    known: bool = True
    path_parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class _Scent:
    """What of a request tells its operation: at most one of these is there, or none for the REST protocols."""

    target: str = ""
    action: str = ""
    version: str = ""
    cbor_service: str = ""
    cbor_operation: str = ""


def read_body(environ: Environ) -> bytes:
    """Read the request's body, and put it back, unpacked, so that the next reader finds it whole."""
    stream = environ.get("wsgi.input")
    if stream is None:
        body = b""
    elif environ.get("wsgi.input_terminated"):
        body = stream.read()
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    # SDKs compress PutMetricData from 10 KB on. Of an object that is put into S3 the same header is a property.
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip" and _one_path(environ):
        body = gzip.decompress(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        del environ["HTTP_CONTENT_ENCODING"]
    environ["wsgi.input"] = io.BytesIO(body)
    return bytes(body)


def _one_path(environ: Environ) -> bool:
    """Whether it is of a protocol that has one path for all operations."""
    path: str = environ.get("PATH_INFO", "")
    return path == "/" or path.startswith("/service/")


def identify(environ: Environ, body: bytes) -> AwsRequest | None:
    """Say which operation a request calls.

    Args:
        environ: The WSGI environment.
        body: The whole body.

    Returns:
        The call, or None for a request that is no AWS call (unsigned, and no unsigned action that we know).
    """
    scent = _scent(environ, body)
    credential = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "")) or _CREDENTIAL.search(
        "Credential=" + dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("X-Amz-Credential", "")
    )
    if credential:
        access_key, region, signing_name = credential.groups()
        services = _SERVICES_OF_SIGNING_NAME.get(signing_name.lower(), (signing_name.lower(),))
    elif scent.action in _SERVICE_OF_UNSIGNED_ACTION:
        access_key, region, services = "", DEFAULT_REGION, (_SERVICE_OF_UNSIGNED_ACTION[scent.action],)
    else:
        return None
    if scent.target or scent.action or scent.cbor_operation:
        return _by_name(scent, services, region, access_key)
    return _by_path(environ, body, services, region, access_key)


def _scent(environ: Environ, body: bytes) -> _Scent:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return _Scent(target=target)
    cbor = _CBOR_PATH.search(environ.get("PATH_INFO", ""))
    if cbor and environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return _Scent(cbor_service=cbor[1], cbor_operation=cbor[2])
    fields: dict[str, str] = {}
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "Action" not in fields and "Action=" in environ.get("QUERY_STRING", ""):
        fields = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    return _Scent(action=fields.get("Action", ""), version=fields.get("Version", ""))


def _by_name(scent: _Scent, services: tuple[str, ...], region: str, access_key: str) -> AwsRequest:
    if scent.target:
        prefix, _, operation = scent.target.rpartition(".")
        protocol = "json"
    elif scent.cbor_operation:
        prefix, operation, protocol = scent.cbor_service, scent.cbor_operation, CBOR
    else:
        prefix, operation, protocol = scent.version, scent.action, "query"
    service = _choose(services, protocol, prefix)
    model = _model(service)
    if model is not None and protocol == "query" and model.protocol == "ec2":
        protocol = "ec2"
    known = model is not None and operation in model.operation_names
    return AwsRequest(service, operation, protocol, region, access_key, known=known)


@lru_cache(maxsize=256)
def _choose(services: tuple[str, ...], protocol: str, mark: str) -> str:
    """Tell services of one signing name apart by target prefix (json, cbor) or API version (query)."""
    if len(services) > 1:
        for service in services:
            model = _model(service)
            if model is None:
                continue
            own = model.api_version if protocol == "query" else model.metadata.get("targetPrefix", "")
            if own == mark:
                return service
    return services[0]


def _by_path(environ: Environ, body: bytes, services: tuple[str, ...], region: str, access_key: str) -> AwsRequest:
    for service in services:
        model = _model(service)
        if model is None or model.protocol not in ("rest-json", "rest-xml"):
            continue
        try:
            operation, parameters = get_service_router(service).match(_as_moto_request(environ, body))
        except (NotFound, NotImplementedError):
            continue
        return AwsRequest(service, operation.name, model.protocol, region, access_key, path_parameters=parameters)
    model = _model(services[0])
    call = f"{environ.get('REQUEST_METHOD', 'GET')} {environ.get('PATH_INFO', '/')}"
    protocol = "rest-json" if model is None else str(model.protocol)
    return AwsRequest(services[0], call, protocol, region, access_key, known=False)


def _as_moto_request(environ: Environ, body: bytes) -> Any:
    return Request({**environ, "wsgi.input": io.BytesIO(body)})


@lru_cache(maxsize=256)
def _model(service: str) -> Any:
    try:
        return get_service_model(service)
    except (UnknownServiceError, DataNotFoundError):
        return None
