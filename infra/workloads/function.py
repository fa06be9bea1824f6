"""Lambda functions, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, model_validator
from typing_extensions import override

from infra.workloads.workload import Workload

__all__ = ["Function"]


class Function(Workload):
    """A Lambda function.

    Attributes:
        function: Its name.
        timeout_seconds: Its time-out: durations are watched as a share of it.
        invoked_hourly: Whether it is invoked at least once an hour, so that silence means something.
        stream: Whether it reads a Kinesis, DynamoDB or DocumentDB stream.
        asynchronous: Whether it is invoked asynchronously: by events, S3, SNS.
        reserved_concurrency: Its reserved concurrency, where it has one.
        account_concurrency: The region's quota, to watch how much of it all functions claim.
        provisioned: Whether its alias has provisioned concurrency.
    """

    kind: ClassVar[str] = "function"

    function: str = Field(min_length=1, max_length=64)
    alias: str | None = None
    runtime: str | None = None
    timeout_seconds: int = Field(ge=1, le=900)
    invoked_hourly: bool = False
    stream: bool = False
    asynchronous: bool = False
    reserved_concurrency: int | None = Field(default=None, ge=1)
    account_concurrency: int | None = Field(default=None, ge=10)
    provisioned: bool = False

    @model_validator(mode="after")
    def _of_an_alias(self) -> Function:
        if self.provisioned and self.alias is None:
            raise ValueError("provisioned concurrency belongs to an alias: give it")
        return self

    @override
    def identifiers(self) -> Mapping[str, str]:
        resource = {} if self.alias is None else {"resource": f"{self.function}:{self.alias}"}
        return {"function": self.function, "log_group": f"/aws/lambda/{self.function}", **resource}

    @override
    def numbers(self) -> Mapping[str, float | str]:
        given = {"reserved_concurrency": self.reserved_concurrency, "account_concurrency": self.account_concurrency}
        known = {name: number for name, number in given.items() if number is not None}
        return {"timeout_milliseconds": self.timeout_seconds * 1000, **known}

    @override
    def traits(self) -> frozenset[str]:
        further = {name for name in ("invoked_hourly", "stream", "asynchronous", "provisioned") if getattr(self, name)}
        return super().traits() | further
