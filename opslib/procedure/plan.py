"""A plan: what is to be done, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, model_validator

from opslib.procedure.step import Step

__all__ = ["PLAN_SCHEMA_VERSION", "Plan"]

PLAN_SCHEMA_VERSION = 1


class Plan(BaseModel):
    """A list of steps against one target.

    Attributes:
        schema_version: Of this document.
        id: Unique; what a person types to resume.
        procedure: What it does, such as ``rollback.service``.
        target: What it claims while it is under way, such as ``ecs:parcel-prod/api``: nobody else may act on it.
        actor: Who asked for it.
        reason: Why.
        created_at: When it was planned.
        expires_at: When it stops, wherever it is.
        steps: In order.
        context: What else its reports say: environment, versions, evidence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = PLAN_SCHEMA_VERSION
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{3,62}$")
    procedure: str
    target: str = Field(min_length=1)
    actor: str
    reason: str
    created_at: datetime
    expires_at: datetime
    steps: tuple[SerializeAsAny[Step], ...] = Field(min_length=1)
    context: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ids(self) -> Self:
        ids = [step.id for step in self.steps]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"two steps are called {twice[0]}")
        return self

    def document(self) -> dict[str, Any]:
        """The plan in JSON types, every step with all of its own fields."""
        return self.model_dump(mode="json")
