"""What a good instance of a resource type is, and a bad one: the columns of the table in `goods`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:there"
DROP = object()
"""As a property's value: the property is left out."""


@dataclass(frozen=True)
class Bad:
    """A change to a good instance that makes it bad, and the property that the refusal has to name."""

    change: dict[str, Any]
    names: str
    says: str = ""


@dataclass(frozen=True)
class Good:
    """A good instance.

    Attributes:
        token: Its type.
        inputs: Its inputs; numbers as floats, as the engine sends them.
        change: A change in place.
        replacements: The properties that cannot be changed in place, each with another value.
        needs: What has to be there first: keys of `PREREQUISITES`.
        outside: A call of AWS behind Pulumi's back, `{id}` for the id: service, operation, parameters.
        drift: The properties in which that shows.
        bads: What is refused.
        fixed: Nothing of it can be changed in place, nor behind Pulumi's back.
        put_style: AWS's operation overwrites, or gives back what is there: creating twice has to be refused.
        name: What distinguishes two good instances of a type.
    """

    token: str
    inputs: dict[str, Any]
    change: dict[str, Any]
    replacements: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    outside: tuple[str, str, dict[str, Any]] | None = None
    drift: tuple[str, ...] = ()
    bads: tuple[Bad, ...] = ()
    fixed: bool = False
    put_style: bool = True
    name: str = ""

    def where(self, made: dict[str, str]) -> Good:
        """The same instance with `{name}` replaced by what was made under that name."""
        return replace(
            self, inputs=_filled(self.inputs, made), change=_filled(self.change, made), outside=self._outside(made)
        )

    def _outside(self, made: dict[str, str]) -> tuple[str, str, dict[str, Any]] | None:
        return self.outside and (*self.outside[:2], _filled(self.outside[2], made))

    @property
    def label(self) -> str:
        return self.token.rpartition(":")[2] + (f"-{self.name}" if self.name else "")


def _filled(values: dict[str, Any], made: dict[str, str]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        return made.get(value[1:-1], value) if isinstance(value, str) and value[:1] == "{" else value

    return {
        name: [one(item) for item in value] if isinstance(value, list) else one(value) for name, value in values.items()
    }


TAGS = {"team": "shop"}
OTHER_TAGS = {"team": "web", "tier": "1"}


def with_change(inputs: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Inputs with some of them changed or left out."""
    return {name: value for name, value in (inputs | change).items() if value is not DROP}
