"""Workloads whose kind says in its table what a person writes of them: one class is made from each table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, create_model, field_validator
from pydantic.alias_generators import to_camel
from typing_extensions import override

from infra.kinds.settings import Choice, Identifier, Instances, Number, Setting
from infra.kinds.table import Kind
from infra.workloads.workload import Key, Workload

__all__ = ["Tabled", "workload_of"]

_OWN = "own_"
"""What the names of fields start with in Python, so that a setting may be called like a method here."""


class Tabled(Workload):
    """A workload of a kind that is only a table."""

    table: ClassVar[Kind]

    @field_validator("region")
    @classmethod
    def _where_it_is(cls, value: str | None) -> str | None:
        if value is not None and cls.table.region not in (None, value):
            raise ValueError(f"its metrics are in {cls.table.region} alone: leave it out")
        return value

    @override
    def identifiers(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for setting in self.table.settings:
            if isinstance(setting, Identifier) and (value := _given(self, setting)) is not None:
                found[setting.name] = value
            elif isinstance(setting, Instances):
                found |= {f"{setting.name}.{key}": value for key, value in _given(self, setting).items()}
        return found

    @override
    def instances(self) -> Mapping[str, tuple[str, ...]]:
        return {
            # The engine hands maps on with sorted keys: the file's own order would make another dashboard of them.
            setting.name: tuple(sorted(_given(self, setting)))
            for setting in self.table.settings
            if isinstance(setting, Instances)
        }

    @override
    def numbers(self) -> Mapping[str, float | str]:
        return {
            setting.name: value
            for setting in self.table.settings
            if isinstance(setting, Number) and (value := _given(self, setting)) is not None
        }

    @override
    def traits(self) -> frozenset[str]:
        chosen = {_given(self, s) for s in self.table.settings if isinstance(s, Choice)}
        switched = {s.name for s in self.table.settings if _given(self, s) is True}
        return super().traits() | chosen | switched


def workload_of(kind: Kind) -> type[Workload]:
    """The class that validates what a person writes of a workload of a kind.

    Args:
        kind: The table, whose settings become its fields, in camelCase.
    """
    fields: dict[str, Any] = dict(_field(setting) for setting in kind.settings)
    made = create_model("".join(part.capitalize() for part in kind.name.split("_")), __base__=Tabled, **fields)
    made.__doc__ = f"{kind.title}, as a person writes it."
    made.kind, made.table = kind.name, kind
    return made


def _written(setting: Setting) -> str:
    """What the setting is called in the stack's file, apart from its case."""
    return setting.plural if isinstance(setting, Instances) else setting.name


def _given(workload: Tabled, setting: Setting) -> Any:
    return getattr(workload, f"{_OWN}{_written(setting)}")


def _field(setting: Setting) -> tuple[str, tuple[Any, Any]]:
    default: dict[str, Any] = {}
    kind_of: Any = bool
    if isinstance(setting, Identifier):
        kind_of = Annotated[str, Field(pattern=f"^(?:{setting.pattern})$")]
        default = {} if setting.required else {"default": None}
    elif isinstance(setting, Number):
        kind_of = Annotated[float, Field(ge=setting.lowest, le=setting.highest)]
        default = {} if setting.required else {"default": setting.default}
    elif isinstance(setting, Choice):
        kind_of = Literal[setting.choices]
    elif isinstance(setting, Instances):
        kind_of = dict[Key, Annotated[str, Field(pattern=f"^(?:{setting.pattern})$")]]
        default = {"min_length": setting.least} if setting.least else {"default_factory": dict}
    else:
        default = {"default": False}
    is_open = "default" in default and default["default"] is None
    written = to_camel(_written(setting))
    return f"{_OWN}{_written(setting)}", (
        kind_of | None if is_open else kind_of,
        Field(alias=written, description=setting.means, **default),
    )
