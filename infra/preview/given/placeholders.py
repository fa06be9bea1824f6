"""Values of other stacks, which only the engine can read: something of the right form stands for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from infra.config import Reference, StackConfig
from infra.config.references import references
from infra.preview.document import Placeholder
from opslib.contract import describe
from opslib.errors import BadRequest

__all__ = ["shown"]

_NO_ACCOUNT = "000000000000"


def shown(
    written: Mapping[str, Any], *, source: str, account: str, region: str
) -> tuple[StackConfig, tuple[Placeholder, ...]]:
    """A stack's configuration, with something in the place of each value of another stack.

    What stands there is the first of several forms (a name, ARNs, a number …) that the configuration takes.

    Args:
        written: What a person wrote.
        source: Where, for messages.
        account: The stack's account; empty: not known.
        region: Where the stack is.

    Raises:
        BadRequest: The configuration is wrong, or takes none of the forms.
    """
    try:
        others = references(written)
    except BadRequest as problem:
        raise BadRequest(f"{source}: {problem.what}", problem.next_step) from None
    if not others:
        return StackConfig.parse(written, source=source), ()
    forms = {path: _forms(one, account or _NO_ACCOUNT, region) for path, one in others.items()}
    chosen = {path: next(form) for path, form in forms.items()}
    while True:
        values = _replaced(written, chosen)
        try:
            config = StackConfig.model_validate(values)
        except ValidationError as problem:
            wrong = [path for path in chosen if _is_of(problem, path)]
            if not wrong:
                raise BadRequest(f"{source}: {describe(problem)}") from None
            for path in wrong:
                chosen[path] = _next(forms[path], path, others[path], source)
        else:
            return config, tuple(
                Placeholder(where=path, from_stack=one.from_stack, output=one.output, shown=str(chosen[path]))
                for path, one in others.items()
            )


def _forms(reference: Reference, account: str, region: str) -> Iterator[Any]:
    name = re.sub(r"[^a-z0-9]+", "-", reference.output.lower()).strip("-")[:32].strip("-") or "value"
    name = name if name[0].isalpha() else f"v-{name}"
    balancing = f"arn:aws:elasticloadbalancing:{region}:{account}"
    yield from (name, f"arn:aws:unknown:{region}:{account}:{name}", f"{balancing}:loadbalancer/app/{name}/0")
    yield from (f"{balancing}:targetgroup/{name}/0", f"https://{name}.example", 1, {}, [], False)


def _next(forms: Iterator[Any], path: str, reference: Reference, source: str) -> Any:
    try:
        return next(forms)
    except StopIteration:
        what = f"{source}: nothing can stand for {path}, which is {reference.output} of {reference.from_stack}"
        raise BadRequest(what, "give --config a copy of the file in which the value itself is written") from None


def _replaced(value: Any, chosen: Mapping[str, Any], where: str = "") -> Any:
    if where in chosen:
        return chosen[where]
    if isinstance(value, Mapping):
        return {key: _replaced(inner, chosen, f"{where}.{key}".lstrip(".")) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, chosen, f"{where}.{index}") for index, inner in enumerate(value)]
    return value


def _is_of(problem: ValidationError, path: str) -> bool:
    places = (".".join(map(str, error["loc"])) for error in problem.errors())
    return any(place == path or place.startswith(f"{path}.") for place in places)
