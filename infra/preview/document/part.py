"""What every part of the report's document is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Part"]


class Part(BaseModel):
    """Frozen, snake_case in JSON as in Python, and tolerant of fields that a newer program added."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)
