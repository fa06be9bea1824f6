"""The document as a whole: reading it, writing it, its versions and its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from opslib.contract.description import describe
from opslib.contract.fields import AccountId, Arn, Name, Record, RegionName
from opslib.contract.safeguards import Approval, AutoRollback, Evidence, Journal, Maintenance, Recorder, Vault
from opslib.contract.watching import Alarm, Dashboard
from opslib.contract.workloads import Cache, Database, Function, LoadBalancer, Service, Watched
from opslib.errors import BadOutputs, ContractVersion

__all__ = ["SCHEMA_VERSION", "WORKLOAD_SECTIONS", "StackInfo", "StackOutputs", "json_schema"]

SCHEMA_VERSION = 1
"""The version written today. The one before it, where there is one, is read too."""

OLDEST_READ = max(1, SCHEMA_VERSION - 1)


class StackInfo(Record):
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
    task_roles: tuple[Arn, ...] | None = Field(
        default=None, description="Roles that task definitions may hand on; any of the account where none is named"
    )


class StackOutputs(Record):
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
    vaults: dict[str, Vault] = Field(default_factory=dict, description="Vaults of AWS Backup")
    evidence: Evidence | None = None
    maintenance: Maintenance | None = None
    recorder: Recorder | None = None
    auto_rollback: AutoRollback | None = None
    approval: Approval | None = None

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
        for name, value in (("watched", self.watched), ("vaults", self.vaults)):
            if not value:
                del written[name]  # added within version 1: who has none of it writes what was always written
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
