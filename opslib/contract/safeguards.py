"""What the program has made so that procedures can be trusted: the journal, and all that is no workload."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from opslib.contract.fields import Arn, Name, Record, RegionName

__all__ = ["Approval", "AutoRollback", "Evidence", "Journal", "Maintenance", "Recorder", "Vault"]


class Journal(Record):
    """The DynamoDB table that holds claims, leases and the journal of procedures."""

    table: Name
    arn: Arn
    region: RegionName


class Maintenance(Record):
    """The stack's calendar: when people are at work on it, and when nobody may be."""

    windows: tuple[dict[str, Any], ...] = Field(
        default=(), description="Each as docs/calendar.md has it; opslib.calendar.Calendar reads them"
    )
    muted_until: AwareDatetime | None = Field(
        default=None, description="Start of the first window in which alarms are not muted: it was too far ahead"
    )


class Recorder(Record):
    """The function that writes down what was deployed, whoever deployed it."""

    function: Name
    arn: Arn


class AutoRollback(Record):
    """What rolls back by itself."""

    mode: Literal["propose", "act"]
    state_machine: Arn
    function: Name
    within_minutes: int = Field(ge=1, description="A deployment counts as the cause for so long after it completed")


class Approval(Record):
    """A second person has to say yes before a procedure changes anything."""

    procedures: tuple[Name, ...] = Field(description="Which procedures: rollback.service …")
    hours: int = Field(ge=1, description="For how long a yes counts")


class Vault(Record):
    """A vault of AWS Backup."""

    name: Name
    arn: Arn
    region: RegionName
    lock: Literal["governance", "compliance"] | None = Field(
        default=None, description="None: whoever may delete recovery points can"
    )
    copy_of: Name | None = Field(default=None, description="Key of the vault whose daily backups are copied here")
    restore_tests: tuple[Name, ...] = Field(default=(), description="Restore-testing plans that restore from it")


class Evidence(Record):
    """The bucket in which evidence is kept that nobody can change."""

    bucket: Name
    region: RegionName
    prefix: str = Field(default="evidence/", description="What the keys of all evidence begin with")
    lock: Literal["governance", "compliance"] = Field(
        description="governance: break-glass can end the lock of an object; compliance: nobody can"
    )
    keep_days: int = Field(ge=1, description="For how long everything in it is locked")
