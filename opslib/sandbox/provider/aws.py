"""Calls of the sandbox's AWS: clients per service and region, made when first needed, and errors on one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from opslib.errors import StandInFailed, StandInRefusal
from opslib.sandbox.provider.paths import fill, get_at
from opslib.sandbox.provider.row import Call, Lookup
from opslib.sandbox.provider.shapes import conform

__all__ = ["Aws"]

_GONE = frozenset(
    {
        "NoSuchBucket",  # S3
        "NoSuchBucketPolicy",  # S3
        "NoSuchEntity",  # IAM
        "NoSuchLifecycleConfiguration",  # S3
        "NoSuchPublicAccessBlockConfiguration",  # S3
        "ServerSideEncryptionConfigurationNotFoundError",  # S3
        "TrailNotFoundException",  # CloudTrail
        "404",  # S3: a HEAD has no body
        "NoSuchHealthCheck",  # Route 53
        "NotFound",  # SNS
        "NotFoundException",  # KMS, Budgets
        "AWS.SimpleQueueService.NonExistentQueue",  # SQS
        "QueueDoesNotExist",  # SQS
        "InvalidArn",  # Step Functions, of what is no ARN
        "StateMachineDoesNotExist",  # Step Functions
        "ObjectNotFoundException",  # Application Auto Scaling
        "ObjectLockConfigurationNotFoundError",  # S3
        "OwnershipControlsNotFoundError",  # S3
        "ParameterNotFound",  # SSM
        "ResourceNotFound",  # CloudWatch
        "ResourceNotFoundException",  # DynamoDB
        "UnknownMonitorException",  # Cost Explorer
        "UnknownSubscriptionException",  # Cost Explorer
    }
)
# One attempt: what fails in the sandbox is meant to be seen. 64 connections: the engine calls in parallel.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 1},
    max_pool_connections=64,
    proxies={},
    parameter_validation=True,
)
_WAIT = {"Delay": 1, "MaxAttempts": 60}


class Aws:
    """The AWS at one address.

    The credentials are made up and those of the environment are never read, so that no real ones travel.

    Args:
        endpoint_url: The sandbox's address.

    Raises:
        StandInRefusal: The address is AWS's own.
    """

    def __init__(self, endpoint_url: str) -> None:
        host = urlsplit(endpoint_url).hostname or ""
        if host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".aws")):
            raise StandInRefusal(f"the stand-in provider does not talk to {host}", "give it the address of a sandbox")
        self._endpoint_url = endpoint_url
        self._session = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # noqa: S106 - made up
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = Lock()

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region."""
        client = self._clients.get((service, region))
        if client is None:
            with self._lock:  # boto3's sessions are not thread-safe, its clients are
                client = self._clients.get((service, region))
                if client is None:
                    client = self._session.client(
                        service,  # type: ignore[call-overload]  # any service, by name
                        region_name=region,
                        endpoint_url=self._endpoint_url,
                        config=_CONFIG,
                    )
                    self._clients[service, region] = client
        return client

    def input_shape(self, service: str, region: str, operation: str) -> Any:
        """Botocore's model of an operation's parameters."""
        client = self.client(service, region)
        return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape

    def call(self, service: str, region: str, operation: str, parameters: Mapping[str, Any], on: str) -> dict[str, Any]:
        """Call once.

        Args:
            service: boto3's name of the service.
            region: The region.
            operation: boto3's name of the operation.
            parameters: Its parameters; numbers may be of either kind.
            on: The resource, for the error.

        Raises:
            StandInFailed: It failed; `code` is AWS's code.
        """
        client = self.client(service, region)
        api = client.meta.method_to_api_mapping[operation]
        shape = client.meta.service_model.operation_model(api).input_shape
        try:
            answer: dict[str, Any] = getattr(client, operation)(**(conform(dict(parameters), shape) if shape else {}))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code") or "no code")
            told = error.response.get("Error", {}).get("Message") or ""
            told = "the sandbox broke, or does not implement it" if told.lstrip().startswith("<") else told
            raise StandInFailed(f"{service}:{api} on {on} failed with {code}: {told}", code=code) from error
        except (BotoCoreError, ValueError) as error:
            raise StandInFailed(f"{service}:{api} on {on} failed: {error}", code=type(error).__name__) from error
        return answer

    def wait(self, service: str, region: str, waiter: str, parameters: Mapping[str, Any], on: str) -> None:
        """Wait for what takes its time in AWS, a minute at most.

        Raises:
            StandInFailed: It did not happen.
        """
        try:
            self.client(service, region).get_waiter(waiter).wait(**parameters, WaiterConfig=_WAIT)
        except WaiterError as error:
            raise StandInFailed(f"{service}: waiting for {waiter} of {on}: {error}", code="WaiterError") from error

    def look(self, service: str, region: str, lookup: Lookup, scope: Mapping[str, Any], on: str) -> Any:
        """What a lookup tells, or None when it is not there.

        Raises:
            StandInFailed: The call failed otherwise.
        """
        try:
            pages = self._pages(service, region, lookup, scope, on)
        except StandInFailed as error:
            if error.code in _GONE:
                return None
            raise
        found: list[Any] = []
        for page in pages:
            told = get_at(page, lookup.at) if lookup.at else page
            if lookup.inside and told is not None:
                told = get_at(json.loads(str(told)), lookup.inside)
            found += told if isinstance(told, list) else [told] if told not in (None, {}) else []
        if lookup.where:
            wanted = fill(lookup.where, scope)
            found = [item for item in found if all(item.get(key) == value for key, value in wanted.items())]
        if lookup.each:
            name, inner = lookup.each
            found = [
                {name: item, inner.into: self.look(service, region, inner, {**scope, "item": item}, on) or []}
                for item in found
            ]
        if lookup.every:
            return found
        return next(iter(found[-1:] if lookup.last else found), None)

    def _pages(
        self, service: str, region: str, lookup: Lookup, scope: Mapping[str, Any], on: str
    ) -> list[dict[str, Any]]:
        operation, parameters = lookup.call.operation, fill(lookup.call.parameters, scope)
        client = self.client(service, region)
        if not client.can_paginate(operation):
            return [self.call(service, region, operation, parameters, on)]
        model = client.get_paginator(operation)._pagination_cfg  # noqa: SLF001 - the names of botocore's paginator
        asked, answered = model["input_token"], model["output_token"]
        pages = [self.call(service, region, operation, parameters, on)]
        while isinstance(asked, str) and (token := get_at(pages[-1], answered)):
            pages.append(self.call(service, region, operation, {**parameters, asked: token}, on))
        return pages

    def act(self, service: str, region: str, call: Call, scope: Mapping[str, Any], on: str) -> dict[str, Any]:
        """Make a call of a row, with the resource's values in it."""
        return self.call(service, region, call.operation, fill(call.parameters, scope), on)
