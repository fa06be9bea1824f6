"""What is expected of the backups of a source, whatever kind it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from opslib.contract import RegionName

__all__ = [
    "Encryption",
    "Expectation",
    "Freshness",
    "Place",
    "Query",
    "Retention",
    "S3Place",
    "Seconds",
    "Table",
    "Text",
]

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[int, Field(gt=0)]
RPO_SECONDS = 3600
"""An hour of work is what may be lost: recovery points are hourly."""

RTO_SECONDS = 4 * 3600
"""A service may be away for four hours while it is restored."""


class Table(BaseModel):
    """A table of the file: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Retention(Table):
    """How long backups are kept.

    Attributes:
        days: Each is kept this long.
        minimum: So many of the newest whole ones are kept, however old they are.
        versions_days: In S3, what is overwritten or deleted can be got back for so long; None: not asked.
    """

    days: int = Field(default=7, ge=1)
    versions_days: int | None = Field(default=None, ge=1)
    minimum: int = Field(default=3, ge=1)


class S3Place(Table):
    """Objects in S3.

    Attributes:
        bucket: Its name.
        prefix: What the keys of the points begin with, a slash at its end included.
        region: Of the bucket; None: the default one.
    """

    bucket: Text
    prefix: str = ""
    region: RegionName | None = None


class Encryption(Table):
    """How the points should be encrypted at rest.

    Attributes:
        algorithm: S3's name of it; `file`: the file itself is encrypted (age, OpenPGP, openssl enc).
        key: ARN or id of the KMS key; None: any.
    """

    algorithm: Literal["aws:kms", "aws:kms:dsse", "AES256", "file"]
    key: str | None = None

    @model_validator(mode="after")
    def _a_key_is_kms(self) -> Self:
        if self.key and not self.algorithm.startswith("aws:kms"):
            raise ValueError("a key is only named with aws:kms")
        return self


class Place(Table):
    """Where points are: a directory, or S3.

    Attributes:
        directory: Relative to the configuration's file.
        s3: Or objects in S3.
    """

    directory: Path | None = None
    s3: S3Place | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.directory is None) == (self.s3 is None):
            raise ValueError("wants either directory or s3")
        return self


class Query(Table):
    """A question to the restored database, and the answer that is expected.

    Attributes:
        name: What findings call it.
        query: SQL that gives one row of one column.
        equals: The answer, as text.
        at_least: The least number.
        at_most: The greatest number.
    """

    name: Text
    query: Text
    equals: str | int | float | bool | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.equals is None and self.at_least is None and self.at_most is None:
            raise ValueError("wants an expectation: equals, at_least or at_most")
        if self.equals is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("equals goes with neither at_least nor at_most")
        return self


class Freshness(Table):
    """How old the newest row may be.

    Attributes:
        query: SQL that gives one time, such as `select max(created_at) from orders`.
        max_age_seconds: Before the moment at which the backup was taken.
        name: What findings call it.
    """

    query: Text
    max_age_seconds: Seconds
    name: str = "freshness"


class Expectation(Table):
    """What holds for the backups of every source.

    Attributes:
        rpo_seconds: The newest is at most this old.
        rto_seconds: A restore takes at most this long.
        interval_seconds: A point is taken this often; None: as often as `rpo_seconds` says.
        retention: How long they are kept.
        required: The checks that have to be proven; None: those that the kind of source requires.
        second_copy: Where each point has to be as well, identical.
        encryption: How they should be encrypted at rest; None: not asked.
        time_pattern: A `strptime` pattern that finds the time in a point's name; None: usual ones are tried.
        schedule: When it is taken, in words for people; nothing here runs it.
    """

    rpo_seconds: Seconds = RPO_SECONDS
    rto_seconds: Seconds = RTO_SECONDS
    interval_seconds: Seconds | None = None
    retention: Retention = Retention()
    required: tuple[Text, ...] | None = None
    second_copy: Place | None = None
    encryption: Encryption | None = None
    time_pattern: str | None = None
    schedule: str = ""

    @field_validator("time_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            moment = datetime(2026, 3, 10, 11, 58, 59, tzinfo=UTC)
            try:
                read = datetime.strptime(moment.strftime(pattern), pattern)  # noqa: DTZ007  # only the day is looked at
            except ValueError as problem:
                raise ValueError(f"is no strptime pattern: {problem}") from None
            if read.date() != moment.date():
                raise ValueError("does not say year, month and day, such as orders-%Y%m%d-%H%M.dump")
        return pattern
