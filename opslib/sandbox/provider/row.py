"""The columns of the table of resource types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from opslib.sandbox.provider.records import Field
from opslib.sandbox.provider.values import UNKNOWN, CheckFailure

__all__ = ["Attributes", "Call", "Change", "Known", "Lookup", "Reconcile", "ResourceType", "Rule", "Tagging", "under"]


class Known(dict[str, Any]):
    """The inputs whose values are known; deeper down there may still be `UNKNOWN`.

    Attributes:
        unknown: The names of the others.
    """

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        super().__init__({name: value for name, value in inputs.items() if value is not UNKNOWN})
        self.unknown = frozenset(inputs) - frozenset(self)

    def sets(self, *names: str) -> list[str]:
        """Those of these properties that the program sets, known or not."""
        return [name for name in names if name in self or name in self.unknown]


Rule = Callable[[Known], Iterable[CheckFailure]]
"""A limit of AWS that neither the SDK nor botocore knows."""


def under(prefix: str, fields: Iterable[Field]) -> tuple[Field, ...]:
    """The same fields, one level down in another request."""
    return tuple(replace(one, path=f"{prefix}.{one.path}") if one.path else one for one in fields)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of AWS: an operation in boto3's name, and a template of its parameters."""

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A call that tells how the resource is.

    Attributes:
        call: The call; every page of it is read.
        at: Where in the answer the resource, or the list of candidates, stands; empty for the whole answer.
        inside: Where it stands in the JSON text that is found there; empty where there is no such text.
        where: Of a list, the element with these values; empty for the first.
        every: Take the whole list.
        last: Take the last of the list, not the first.
        into: The name under which the answer is added to what the first lookup told; empty for the first lookup.
        each: For every element of the list: the name under which the element goes, and a lookup of what belongs to it.
    """

    call: Call
    at: str = ""
    inside: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    every: bool = False
    last: bool = False
    into: str = ""
    each: tuple[str, Lookup] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A call of its own for some properties.

    Attributes:
        call: The call that sets them.
        fields: The properties that it carries, and where.
        on: The properties whose change asks for it; by default those that it carries.
        when: The property that must have this value, else `otherwise` is called.
        otherwise: What to call instead, if anything; without `when`: once none of the properties is set any more.
        at_create: Whether it follows the creation of a resource that sets the properties, or a property with the value
            that it must have for that.
        wait: boto3's waiter for what was done before the call, if AWS takes its time and no other change till then.
    """

    call: Call
    fields: tuple[Field, ...] = ()
    on: frozenset[str] = frozenset()
    when: tuple[str, Any] | None = None
    otherwise: Call | None = None
    at_create: bool | tuple[str, Any] = False
    wait: str = ""

    @property
    def asked_by(self) -> frozenset[str]:
        """The properties whose change asks for the call."""
        return self.on or frozenset(one.name for one in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """A set whose elements AWS adds and removes one by one; `{item}` is the element in AWS's form.

    Attributes:
        field: The property.
        add: Adds an element.
        remove: Removes one; removals come first.
        at_create: Whether the elements are added after the resource is created.
        before_delete: Whether the elements have to go before the resource can.
    """

    field: Field
    add: Call
    remove: Call
    at_create: bool = False
    before_delete: bool = False


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes that AWS sets one by one: `{attribute}` is the name, `{value}` the text."""

    call: Call
    path: str = "Attributes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """How a service takes tags.

    Attributes:
        path: Where they go in the request that creates the resource; empty where they follow by a call of their own.
        pair: The names of a tag's key and value; empty when the service takes a map.
        whole: Whether `tag` replaces all tags, and `untag` takes all away.
        none: The code by which the listing says that there are none.
        tag: Adds `{tags}`.
        untag: Removes `{keys}`, or `{pairs}` where the service takes pairs without values.
        listing: Lists them.
        at: Where they stand in the listing.
    """

    path: str
    tag: Call
    untag: Call
    listing: Call
    at: str = "Tags"
    pair: tuple[str, str] | tuple[()] = ("Key", "Value")
    whole: bool = False
    none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One row of the table.

    Attributes:
        token: Pulumi's type token; the SDK's class with the properties follows from it.
        service: boto3's name of the service.
        fields: The properties that the row knows, outputs among them that need a codec. Any other input that the SDK
            knows is refused, never ignored.
        create: What creates it, with the fields at their paths.
        identity: A template of Pulumi's id; empty when AWS makes it up.
        identity_at: Where the answer of `create` tells the id, when AWS makes it up.
        lookups: What tells how it is; the first decides whether it is there at all.
        search: How to find one that is there already, when AWS makes up the id.
        taken: Of what the search or the lookups find, whether it stands in the way of a new one.
        may_overwrite: The property with which a program says that what is there may be overwritten.
        gone_when: A value by which AWS says that what it still tells is gone; None: that nothing stands there.
        update: `put`: the call that creates also overwrites, with these parameters beside; `Attributes`: one by one.
        changes: Calls of their own for some properties.
        reconciles: Sets whose elements come and go one by one.
        delete: What deletes it.
        stays: What AWS says of one that it does not delete and that the real provider takes as deleted all the same.
        waits: boto3's waiters after creation and after deletion, if AWS takes its time.
        outputs: What AWS computes: templates over the resource and, as `{live.…}`, what the lookups told.
        replace_on: What cannot be changed in place: `ForceNew` in the schema of the Terraform AWS provider, on which
            the real provider is built, and in every row because the AWS operation has no parameter to change it.
        replace_if: A property and the values from which and to which it cannot be changed in place.
        secrets: The outputs that are secret whatever the program says: `Sensitive` in that schema.
        autoname: What stands before a name that the provider makes up; None when the program has to give one.
        tags: How it takes tags; None when it has none.
        rules: Limits of AWS that neither the SDK nor botocore knows.
        regional: Whether it has the `region` input.
    """

    token: str
    service: str
    fields: tuple[Field, ...]
    create: Call
    delete: Call
    lookups: tuple[Lookup, ...]
    identity: str = ""
    identity_at: str = ""
    search: Lookup | None = None
    taken: Callable[[Mapping[str, Any]], bool] | None = None
    may_overwrite: str = ""
    gone_when: tuple[str, str | None] | None = None
    update: Mapping[str, Any] | Attributes | None = None
    changes: tuple[Change, ...] = ()
    reconciles: tuple[Reconcile, ...] = ()
    stays: str = ""
    waits: tuple[str, str] | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    replace_on: frozenset[str] = frozenset()
    replace_if: tuple[tuple[str, Any, Any], ...] = ()
    secrets: frozenset[str] = frozenset()
    autoname: str | None = None
    tags: Tagging | None = None
    rules: tuple[Rule, ...] = ()
    regional: bool = True

    @property
    def named(self) -> dict[str, Field]:
        """The fields by name."""
        return {one.name: one for one in self.fields}
