"""Rules that many rows share, made from a few words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from opslib.sandbox.provider.row import Known, Rule
from opslib.sandbox.provider.values import CheckFailure

__all__ = ["arns", "exactly_one", "is_json", "matching", "one_of", "within"]


def is_json(*names: str) -> Rule:
    """These properties are JSON objects."""

    def rule(inputs: Known) -> Iterator[CheckFailure]:
        for name in names:
            if name in inputs:
                try:
                    parsed = json.loads(inputs[name])
                except ValueError as error:
                    yield CheckFailure(name, f"is not JSON: {error}")
                else:
                    if not isinstance(parsed, dict):
                        yield CheckFailure(name, "is JSON, but not an object")

    return rule


def one_of(name: str, *choices: str) -> Rule:
    """This property is one of these; for what botocore keeps as free text."""

    def rule(inputs: Known) -> Iterator[CheckFailure]:
        if name in inputs and inputs[name] not in choices:
            yield CheckFailure(name, f"is {inputs[name]!r}; AWS takes {', '.join(choices)}")

    return rule


def matching(name: str, pattern: str, words: str) -> Rule:
    """This text looks like this; where botocore has no pattern, or one of Java's dialect."""

    def rule(inputs: Known) -> Iterator[CheckFailure]:
        if name in inputs and not re.fullmatch(pattern, inputs[name]):
            yield CheckFailure(name, f"AWS takes {words}")

    return rule


def within(name: str, least: int, most: int) -> Rule:
    """This number lies in a range that botocore does not know."""

    def rule(inputs: Known) -> Iterator[CheckFailure]:
        if name in inputs and not least <= inputs[name] <= most:
            yield CheckFailure(name, f"is {inputs[name]:g}; AWS takes {least} to {most}")

    return rule


def exactly_one(*names: str, why: str) -> Rule:
    """Exactly one of these is set. Unknown ones count as set."""

    def rule(inputs: Known) -> Iterator[CheckFailure]:
        present = inputs.sets(*names)
        if len(present) != 1:
            found = f"{' and '.join(present)} are set" if present else "none is set"
            yield CheckFailure(
                present[-1] if present else names[0], f"exactly one of {', '.join(names)}: {found}; {why}"
            )

    return rule


def arns(*names: str) -> Rule:
    """These properties are an ARN, or a list of them."""

    def rule(inputs: Known) -> Iterator[CheckFailure]:
        for name in names:
            given = inputs.get(name, [])
            for index, value in enumerate(given if isinstance(given, list) else [given]):
                if isinstance(value, str) and not re.fullmatch(r"arn:[\w-]+:[\w-]+:[\w-]*:\w*:.+", value):
                    place = f"{name}[{index}]" if isinstance(given, list) else name
                    yield CheckFailure(place, "is not an ARN")

    return rule
