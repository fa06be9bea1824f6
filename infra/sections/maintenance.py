"""When people are at work on the stack, or nobody may be: one calendar, for CloudWatch and for opslib."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from infra.written import Written
from opslib.calendar import Once, Window

__all__ = ["LONGEST_MUTE", "Maintenance"]

LONGEST_MUTE = timedelta(days=15)
"""How long one mute rule of CloudWatch lasts at most (PutAlarmMuteRule, Duration)."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]


def _named(written: Any) -> Any:
    """Windows by name, as a stack's file has them, in the form of a calendar."""
    if not isinstance(written, Mapping):
        return written
    return {name: _window(name, window) for name, window in written.items()}


def _window(name: Any, written: Any) -> Any:
    if not isinstance(written, Mapping):
        return written
    if "on" in written or True in written:
        raise ValueError(f"{name}: `on` is YAML for true: write `monthly`, such as [first Monday, last Friday]")
    if "name" in written:
        raise ValueError(f"{name}: its name stands before it already")
    return {"name": name, **{"on" if key == "monthly" else key: value for key, value in written.items()}}


class Maintenance(Written):
    """The stack's calendar: windows of maintenance, in which nothing pages but an emergency, and freezes.

    Attributes:
        windows: By name, in the forms of docs/calendar.md; weekdays of the month stand under `monthly`.
        horizon_months: How many months ahead windows on weekdays of the month are muted, beside the month that runs:
            CloudWatch cannot say "first Monday", so that each month has a rule, renewed by `pulumi up`.
    """

    windows: Annotated[dict[Name, Window], BeforeValidator(_named)] = Field(default_factory=dict)
    horizon_months: int = Field(default=3, ge=1, le=11)

    @field_validator("windows")
    @classmethod
    def _can_be_muted(cls, windows: dict[str, Window]) -> dict[str, Window]:
        for name, window in windows.items():
            if isinstance(window, Once) and window.kind == "maintenance" and window.lasts > LONGEST_MUTE:
                raise ValueError(
                    f"{name}: CloudWatch mutes for {LONGEST_MUTE.days} days at most: write several windows"
                )
        return windows

    def muting(self) -> tuple[Window, ...]:
        """The windows in which alarms are muted: those of maintenance, in order of name."""
        return tuple(window for _, window in sorted(self.windows.items()) if window.kind == "maintenance")

    def document(self) -> list[dict[str, Any]]:
        """The windows as `opslib.calendar.Calendar` reads them, in JSON types, in order of name."""
        return [
            window.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            for _, window in sorted(self.windows.items())
        ]
