"""The forms of what the contract holds: identifiers as AWS writes them, and the record that all of it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = ["AccountId", "Arn", "Name", "Record", "RegionName", "Severity"]

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


class Record(BaseModel):
    """Frozen, camelCase outside, tolerant of fields a newer program added."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)
