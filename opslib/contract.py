"""The contract: what the Pulumi program promises to the library.

`infra/exports.py` fills :class:`StackOutputs` and exports it as plain stack outputs, so that the text of
``pulumi stack output --json`` validates straight into it. Whoever has no Pulumi can fill the same document: its JSON
Schema is published in ``docs/contract.schema.json`` (``opslib stack schema`` prints it).

It holds identifiers only, never a secret. Keys are camelCase, as Pulumi's outputs are. Readers accept fields they do
not know, so that a field added to the program never stops a rollback; what changes meaning raises the schema version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from opslib.errors import BadOutputs, ContractVersion

__all__ = [
    "SCHEMA_VERSION",
    "Alarm",
    "Cache",
    "Container",
    "Dashboard",
    "Database",
    "Function",
    "Journal",
    "Listener",
    "LoadBalancer",
    "ScalableTarget",
    "Service",
    "Severity",
    "StackInfo",
    "StackOutputs",
    "TargetGroup",
    "Watched",
    "json_schema",
]

SCHEMA_VERSION = 1
"""The version written today. The one before it, where there is one, is read too."""

OLDEST_READ = max(1, SCHEMA_VERSION - 1)

Severity = Literal["info", "warning", "critical", "emergency"]
"""Alert tiers in rising order; each has a topic."""


def _arn(value: str) -> str:
    parts = value.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:  # noqa: PLR2004  an ARN has six parts
        raise ValueError("is not an ARN (arn:partition:service:region:account:resource)")
    return value


Arn = Annotated[str, AfterValidator(_arn), Field(json_schema_extra={"pattern": r"^arn:[^:]*:[^:]+:[^:]*:[^:]*:.+"})]
AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
RegionName = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Name = Annotated[str, Field(min_length=1)]


class _Record(BaseModel):
    """Frozen, camelCase outside, tolerant of fields a newer program added."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class StackInfo(_Record):
    """Where the stack lives and which program made it."""

    product: Name
    environment: Name
    account: AccountId
    partition: Name = "aws"
    region: RegionName
    revision: str = Field(default="", description="Git revision of the program; empty outside a checkout")
    revision_time: str = Field(
        default="",
        description="Time of that revision's commit, ISO 8601: outputs must not change with the clock",
    )
    roles: dict[str, Arn] = Field(default_factory=dict, description="Role ARN by purpose")


class TargetGroup(_Record):
    """A load balancer's target group."""

    name: Name
    arn: Arn
    dimension: Name = Field(description="What CloudWatch calls it: targetgroup/name/id, the ARN's suffix")


class Listener(_Record):
    """A listener and the rules of it that carry a workload's traffic."""

    arn: Arn
    port: int = Field(ge=1, le=65535)
    rules: tuple[Arn, ...] = ()


class Container(_Record):
    """One container of a task definition."""

    name: Name
    port: int | None = Field(default=None, ge=1, le=65535)
    repository: str | None = Field(default=None, description="Name of its ECR repository")


class ScalableTarget(_Record):
    """An Application Auto Scaling target that the program owns."""

    resource_id: Name
    minimum: int = Field(ge=0)
    maximum: int = Field(ge=0)


class Service(_Record):
    """An ECS service."""

    cluster: Name
    name: Name
    deployment_controller: Literal["ECS", "CODE_DEPLOY", "EXTERNAL"] = "ECS"
    task_family: Name | None = None
    containers: tuple[Container, ...] = ()
    load_balancer: Name | None = Field(default=None, description="Key of its load balancer in loadBalancers")
    target_groups: tuple[Name, ...] = Field(default=(), description="Keys of its target groups there")
    listener_rules: tuple[Arn, ...] = ()
    test_rule: Arn | None = None
    standby: Name | None = Field(default=None, description="Key of the service that takes over in an emergency")
    scalable_target: ScalableTarget | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    log_group: str | None = None
    health_url: str | None = None
    migration_task: str | None = Field(default=None, description="Task family that runs migrations")
    depends_on: tuple[Name, ...] = Field(default=(), description="Keys of services that must be up first")


class LoadBalancer(_Record):
    """An Application Load Balancer."""

    arn: Arn
    dimension: Name = Field(description="What CloudWatch calls it: app/name/id, the ARN's suffix")
    target_groups: dict[str, TargetGroup] = Field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()


class Database(_Record):
    """A PostgreSQL database on RDS: an instance."""

    instance: Name
    resource_id: str | None = Field(default=None, description="DbiResourceId: stays when the instance is renamed")
    engine: Name
    secrets: dict[str, Arn] = Field(default_factory=dict, description="Secret ARN by consumer; never a value")
    switch_by: Literal["rename", "parameter", "secret", "cname", "proxy"] = "rename"
    endpoint_parameter: str | None = None
    proxy: str | None = None
    replicas: tuple[str, ...] = ()
    quarantine_security_group: str | None = None


class Cache(_Record):
    """A Redis or Valkey replication group on ElastiCache."""

    replication_group: Name
    members: tuple[Name, ...] = Field(min_length=1, description="Cache cluster ids: what CloudWatch's metrics name")
    engine: Name = "redis"


class Function(_Record):
    """A Lambda function."""

    name: Name
    alias: str | None = None


class Watched(_Record):
    """Anything else that alarms watch: a queue, a host, a certificate … No procedure changes it."""

    kind: Name = Field(description="What it is: queue, host, nat_gateway, agent …")
    region: RegionName | None = Field(default=None, description="Where it is, if not where the stack is")
    identifiers: dict[str, str] = Field(default_factory=dict, description="AWS's names of it and of its parts")


class Alarm(_Record):
    """An alarm that the program created."""

    name: Name
    arn: Arn
    type: Literal["metric", "composite"]
    workload: Name = Field(description="Key of the workload it watches, or 'stack'")
    severity: Severity
    region: RegionName
    title: str = ""
    role: Literal["symptom", "cause", "silence", "composite"]
    requires: str | None = Field(default=None, description="The setting without which its metric is not published")
    trigger: str | None = Field(default=None, description="The automatic-rollback trigger it feeds")
    runbook: str | None = Field(default=None, description="Where it is written what to do: an address or a path")


class Dashboard(_Record):
    """A CloudWatch dashboard."""

    name: Name
    arn: Arn


class Journal(_Record):
    """The DynamoDB table that holds claims, leases and the journal of procedures."""

    table: Name
    arn: Arn
    region: RegionName


class StackOutputs(_Record):
    """Everything the library needs to know of a stack.

    Raises:
        BadOutputs: from :meth:`parse`, where the document does not fit.
        ContractVersion: from :meth:`parse`, where it fits another version.
    """

    schema_version: int
    stack: StackInfo
    services: dict[str, Service] = Field(default_factory=dict)
    load_balancers: dict[str, LoadBalancer] = Field(default_factory=dict)
    databases: dict[str, Database] = Field(default_factory=dict)
    caches: dict[str, Cache] = Field(default_factory=dict)
    functions: dict[str, Function] = Field(default_factory=dict)
    watched: dict[str, Watched] = Field(default_factory=dict, description="Workloads that no procedure changes")
    alarms: tuple[Alarm, ...] = ()
    topics: dict[str, dict[str, Arn]] = Field(default_factory=dict, description="Topic ARN by tier, then by region")
    dashboards: dict[str, Dashboard] = Field(default_factory=dict)
    journal: Journal | None = None

    @model_validator(mode="after")
    def _keys_name_one_workload(self) -> Self:
        """An alarm names its workload by key alone, and `stack` is the stack itself."""
        taken: dict[str, str] = {}
        for section in WORKLOAD_SECTIONS:
            for key in getattr(self, _FIELD_OF[section]):
                if key in taken or key == "stack":
                    other = f"{taken[key]} and " if key in taken else ""
                    raise ValueError(f"{other}{section}.{key}: a key names one workload, and 'stack' none")
                taken[key] = f"{section}.{key}"
        return self

    @classmethod
    def parse(cls, document: object, *, source: str) -> Self:
        """Validate a document that somebody wrote.

        Args:
            document: What ``pulumi stack output --json`` prints, parsed; or its text.
            source: Where it came from, for the message.

        Raises:
            BadOutputs: the document is not JSON, or a field is missing or wrong.
            ContractVersion: its schema version is not read here.
        """
        if isinstance(document, str | bytes):
            try:
                document = json.loads(document)
            except ValueError as problem:
                raise BadOutputs(f"the outputs in {source} are not JSON ({problem})", "export them again") from None
        if not isinstance(document, Mapping):
            raise BadOutputs(f"the outputs in {source} are not a JSON object", "export them again")
        _check_version(document, source)
        try:
            return cls.model_validate(document)
        except ValidationError as problem:
            raise BadOutputs(
                f"the outputs in {source} do not fit the contract: {describe(problem)}",
                "run `pulumi up` with the program of this version, or correct the file",
            ) from None

    def document(self) -> dict[str, Any]:
        """The plain outputs: JSON types under camelCase keys, without what is empty by nature (None)."""
        written = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        if not self.watched:
            del written["watched"]  # added within version 1: who watches nothing more writes what was always written
        return written

    def workloads(self) -> dict[str, tuple[str, BaseModel]]:
        """Every workload by key: the name of its section (``services`` …) and its record."""
        return {
            key: (section, record)
            for section in WORKLOAD_SECTIONS
            for key, record in getattr(self, _FIELD_OF[section]).items()
        }


WORKLOAD_SECTIONS = ("services", "loadBalancers", "databases", "caches", "functions", "watched")
_FIELD_OF = {to_camel(field): field for field in StackOutputs.model_fields}


def describe(problem: ValidationError, *, most: int = 3) -> str:
    """A validation error on one line: where, and what is wrong there, at most `most` places."""
    places = [f"{'.'.join(map(str, error['loc'])) or 'document'}: {_plain(error)}" for error in problem.errors()]
    more = f" (and {len(places) - most} more)" if len(places) > most else ""
    return "; ".join(places[:most]) + more


def _plain(error: Mapping[str, Any]) -> str:
    if error["type"] in _WORDS:
        return _WORDS[error["type"]]
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


_WORDS = {"missing": "is missing", "extra_forbidden": "is no key that is known here"}
"""What pydantic says to programmers, in words for people."""


def _check_version(document: Mapping[Any, Any], source: str) -> None:
    version = document.get("schemaVersion")
    if isinstance(version, str) and version.isdigit():  # `pulumi stack output` prints numbers of some back ends as text
        version = int(version)
    if isinstance(version, float) and version.is_integer():
        version = int(version)
    if not isinstance(version, int) or isinstance(version, bool):
        raise BadOutputs(
            f"the outputs in {source} have no schemaVersion",
            "they are not the outputs of an opslib stack; `opslib stack schema` prints what is expected",
        )
    read = f"version {SCHEMA_VERSION}" if OLDEST_READ == SCHEMA_VERSION else f"{OLDEST_READ} to {SCHEMA_VERSION}"
    if version < OLDEST_READ:
        raise ContractVersion(
            f"the outputs in {source} follow contract version {version}, too old: this opslib reads {read}",
            "run `pulumi up` with the current program",
        )
    if version > SCHEMA_VERSION:
        raise ContractVersion(
            f"the outputs in {source} follow contract version {version}, too new: this opslib reads {read}",
            "upgrade opslib-aws",
        )


def json_schema() -> dict[str, Any]:
    """The contract as JSON Schema (draft 2020-12), under its camelCase names."""
    schema = StackOutputs.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"opslib stack outputs, contract version {SCHEMA_VERSION}"
    schema["properties"]["schemaVersion"] = {"const": SCHEMA_VERSION, "title": "Schema version"}
    return schema
