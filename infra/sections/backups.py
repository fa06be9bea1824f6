"""What AWS Backup does for a stack: what it backs up, how often, where and how long it is kept, how it is tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.written import Written
from opslib.contract import Arn, RegionName

__all__ = ["MONTHLY_DAYS", "WEEKDAYS", "Backups", "Lock", "RestoreTests"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

MONTHLY_DAYS = 28
"""The last day of the month that every month has."""

_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_COLD_DAYS = 90
"""How long AWS Backup keeps at least what it has moved to cold storage."""

Days = Annotated[int, Field(ge=1, le=36_500)]
Time = Annotated[str, Field(pattern=_TIME)]
Tag = Annotated[str, Field(min_length=1, max_length=128)]


class Daily(Written):
    """The full backup of every day.

    Attributes:
        at: When it begins, in UTC, or up to an hour later.
        keep_days: How long it is kept.
        cold_after_days: When it moves to cold storage, for types of resources that have one; RDS has none.
    """

    at: Time = "03:00"
    keep_days: Days = 35
    cold_after_days: Days | None = None

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.cold_after_days is not None and self.keep_days < self.cold_after_days + _COLD_DAYS:
            raise ValueError(
                f"keepDays: what is in cold storage is kept {_COLD_DAYS} days at least after coldAfterDays"
            )
        return self


class Hourly(Written):
    """A backup every hour.

    Attributes:
        keep_days: How long it is kept.
    """

    keep_days: Days = 3


class Continuous(Written):
    """The log of all changes, from which any moment can be restored; of RDS, Aurora and S3.

    AWS Backup takes over the instance's own backup window and retention.

    Attributes:
        keep_days: How far back, 35 days at most.
    """

    keep_days: int = Field(default=14, ge=1, le=35)


class SecondRegion(Written):
    """The copies of daily backups in another region.

    Attributes:
        region: Which.
        keep_days: How long they are kept there.
    """

    region: RegionName
    keep_days: Days = 90


class Lock(Written):
    """The vaults' lock: nothing in them is deleted before its time, nor kept longer than it may be.

    Attributes:
        mode: `governance`: who may delete the lock can lift it; `compliance`: after the days of grace nobody can, AWS
            included, for as long as there is a vault.
        minimum_days: The shortest retention that the vaults take.
        maximum_days: The longest.
        grace_days: Compliance only: how long it can still be changed.
    """

    mode: Literal["governance", "compliance"] = "governance"
    minimum_days: Days = 1
    maximum_days: Days = 365
    grace_days: int | None = Field(default=None, ge=3, le=36_500)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.minimum_days > self.maximum_days:
            raise ValueError(f"minimumDays {self.minimum_days} is above maximumDays {self.maximum_days}")
        if (self.mode == "compliance") != (self.grace_days is not None):
            raise ValueError("graceDays goes with the mode compliance: give it there, and only there")
        return self


class RestoreTests(Written):
    """What is restored from the vault to see that it can be, every week the latest, every month any.

    Attributes:
        weekday: The day of the weekly test.
        day: The day of the month of the monthly one.
        at: When both begin, in UTC, or up to an hour later.
        resource_types: What is restored, as AWS Backup calls it.
        metadata: Where and how it is restored, by AWS Backup's restore metadata keys; without it into the account's
            default VPC: `{dbSubnetGroupName: tests}`.
        validation_hours: How long what was restored stays for somebody to look into it.
    """

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "sunday"
    day: int = Field(default=1, ge=1, le=MONTHLY_DAYS)
    at: Time = "05:00"
    resource_types: Annotated[
        tuple[Literal["RDS", "Aurora", "DynamoDB", "EBS", "EC2", "EFS", "S3"], ...], Field(min_length=1)
    ] = ("RDS",)
    metadata: dict[str, str] = Field(default_factory=dict)
    validation_hours: int = Field(default=4, ge=0, le=168)


class Backups(Written):
    """The stack's backups.

    Attributes:
        select_tags: What is backed up: every resource of the region that has all of these tags.
        daily: The full backup of every day.
        hourly: A backup every hour; none: none.
        continuous: The log of all changes; none: none.
        second_region: Where daily backups are copied; none: nowhere.
        lock: The lock of both vaults; none: whoever may delete backups can.
        deleters: ARNs of the roles that may delete backups; everybody else is refused, whatever their policies say.
        restore_tests: What is restored to see that it can be; none: nothing.
    """

    select_tags: Annotated[dict[Tag, Annotated[str, Field(max_length=256)]], Field(min_length=1, max_length=30)]
    daily: Daily = Daily()
    hourly: Hourly | None = None
    continuous: Continuous | None = None
    second_region: SecondRegion | None = None
    lock: Lock | None = Lock()
    deleters: tuple[Arn, ...] = ()
    restore_tests: RestoreTests | None = RestoreTests()

    def kept(self) -> Iterator[tuple[str, int]]:
        """How long each backup is kept, with where it is written."""
        rules = {
            "daily": self.daily,
            "hourly": self.hourly,
            "continuous": self.continuous,
            "secondRegion": self.second_region,
        }
        for name, rule in rules.items():
            if rule is not None:
                yield f"{name}.keepDays", rule.keep_days

    @model_validator(mode="after")
    def _within_the_lock(self) -> Self:
        if self.lock is not None:
            for where, days in self.kept():
                if not self.lock.minimum_days <= days <= self.lock.maximum_days:
                    takes = f"{self.lock.minimum_days} to {self.lock.maximum_days} days"
                    raise ValueError(f"{where} is {days}, and the lock takes {takes}")
        return self
