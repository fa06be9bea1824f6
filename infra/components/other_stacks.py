"""What other stacks have exported, read before this one is validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await

from infra.config import Reference
from opslib.errors import BadRequest

__all__ = ["OtherStacks"]


class OtherStacks:
    """The outputs of other stacks: each stack is read once."""

    def __init__(self) -> None:
        self._references: dict[str, pulumi.StackReference] = {}

    def __call__(self, reference: Reference) -> Any:
        """The value of a reference.

        The outputs of a stack are read from its state, and are there before anything of this one is created; so they
        are awaited here, as the SDK awaits the answers of functions, and everything after works with plain values.

        Args:
            reference: Which output of which stack.

        Raises:
            BadRequest: there is no such output, it is a secret, or it is not known yet.
        """
        outermost, *inside = reference.output.split(".")
        stack = self._stack(reference.from_stack)
        details = _sync_await(stack.get_output_details(outermost))
        if details.secret_value is not None:
            what = f"{outermost} of {reference.from_stack} is a secret, which would reach the state as plain text"
            raise BadRequest(what, "export what is no secret apart from it")
        value = details.value
        for key in inside:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            raise BadRequest(f"{reference.from_stack} has no output {reference.output}", "run `pulumi up` there first")
        return value

    def _stack(self, name: str) -> pulumi.StackReference:
        if name not in self._references:
            self._references[name] = pulumi.StackReference(name)
        return self._references[name]
