"""What a person writes: the base of all of it, and the thresholds that may stand in several places."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from infra.profiles import PROFILES, QUANTITIES, fault
from opslib.monitoring import Band

__all__ = ["Key", "Thresholds", "Written", "check_profile", "check_thresholds"]


Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
"""A name of ours that becomes part of names in AWS; where a service takes few characters, `infra.names` cuts them."""


class Written(BaseModel):
    """Something a person writes: camelCase, frozen, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, allow_inf_nan=False)


class Thresholds(Written):
    """Thresholds of one quantity, by severity."""

    info: float | None = None
    warning: float | None = None
    critical: float | None = None

    def band(self) -> Band:
        """The same for the model."""
        return Band(info=self.info, warning=self.warning, critical=self.critical)


def check_thresholds(value: dict[str, Thresholds]) -> dict[str, Thresholds]:
    """Refuse unknown quantities and thresholds that make no sense."""
    for quantity, written in value.items():
        if quantity not in QUANTITIES:
            raise ValueError(f"{quantity} is no quantity; there are {', '.join(QUANTITIES)}")
        problem = fault(quantity, written.band())
        if problem:
            raise ValueError(f"{quantity}: {problem}")
    return value


def check_profile(value: str | None) -> str | None:
    """Refuse a profile that there is not."""
    if value is not None and value not in PROFILES:
        raise ValueError(f"there is no profile {value}; there are {', '.join(PROFILES)}")
    return value
