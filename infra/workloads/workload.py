"""What every workload may say, and what each says to its kind's table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from infra.written import Key, Thresholds, Written, check_profile, check_thresholds
from opslib.contract import RegionName
from opslib.monitoring import Band

__all__ = ["Key", "Workload", "resource_of"]

_ACCOUNT_DIGITS = 12


class Workload(Written, ABC):
    """What every workload may say.

    Attributes:
        profile: The profile of thresholds; the stack's where it says none.
        thresholds: Bands that differ from the profile's.
        region: Where its metrics are, if not where the stack is: its alarms are there too, and speak on topics there.
        group: The dashboard on which it is shown with others of its group, apart from the stack's own.
    """

    kind: ClassVar[str]

    profile: str | None = None
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)
    region: RegionName | None = None
    group: Key | None = None

    _thresholds = field_validator("thresholds")(check_thresholds)
    _profile = field_validator("profile")(check_profile)

    @abstractmethod
    def identifiers(self) -> Mapping[str, str]:
        """What the dimensions of its metrics are set to, by the identifiers of its kind's table."""

    def instances(self) -> Mapping[str, tuple[str, ...]]:
        """Its instances by kind of instance."""
        return {}

    def numbers(self) -> Mapping[str, float | str]:
        """The settings that metric math needs."""
        return {}

    def traits(self) -> frozenset[str]:
        """Its identifiers and further traits that rows ask for."""
        return frozenset({*self.identifiers(), *(name for name, given in self.instances().items() if given)})

    def adjusted(self, profile: Mapping[str, Band]) -> Mapping[str, Band]:
        """The bands of its profile that must give way to what else it says of itself; those written win over them.

        Args:
            profile: The bands of its profile.
        """
        del profile
        return {}


def resource_of(arn: str, prefix: str, expected: str) -> str:
    """An ARN, where its resource starts with a prefix and it names an account.

    Raises:
        ValueError: it does not.
    """
    *_, account, resource = arn.split(":", 5)
    if not resource.startswith(prefix):
        raise ValueError(f"is not {expected}")
    if not (account.isdigit() and len(account) == _ACCOUNT_DIGITS):
        raise ValueError(f"has no account id of {_ACCOUNT_DIGITS} digits: {account or 'none'}")
    return arn
