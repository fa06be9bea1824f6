"""Reading a stack's file as YAML, the way Pulumi means it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.config.stack_config import NAMESPACE, StackConfig
from opslib.errors import BadRequest

__all__ = ["read_stack_file"]

_MERGE = "tag:yaml.org,2002:merge"


class _OnceEach(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: YAML forbids it, and PyYAML lets the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[Any, int] = {}
        for key, _ in node.value:
            if key.tag == _MERGE:
                continue
            name, line = self.construct_object(key, deep=True), key.start_mark.line + 1
            if isinstance(name, str) and lines.setdefault(name, line) != line:
                raise BadRequest(
                    f"{name} stands there twice, in lines {lines[name]} and {line}", "leave one of them out"
                )
        return super().construct_mapping(node, deep)


def read_stack_file(path: Path, *, namespace: str = NAMESPACE) -> dict[str, Any]:
    """The keys of a namespace in a stack's file, without it; secrets are left out.

    Args:
        path: `Pulumi.NAME.yaml`.
        namespace: Ours, or a provider's.

    Raises:
        BadRequest: the file is not there, or is no stack file.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceEach)  # noqa: S506  a SafeLoader
    except BadRequest as problem:
        raise BadRequest(f"{path.name}: {problem.what}", problem.next_step) from None
    except FileNotFoundError:
        raise BadRequest(f"there is no {path}", "name a stack that has a file here, such as staging") from None
    except yaml.YAMLError as problem:
        raise BadRequest(f"{path} is not YAML: {' '.join(str(problem).split())}") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadRequest(f"{path} cannot be read: {problem}", "name a stack that has a file here") from None
    config = (document or {}).get("config") if isinstance(document, Mapping) or document is None else None
    if not isinstance(config, Mapping):
        raise BadRequest(f"{path} has no `config`", "it is not the file of a stack")
    prefix = f"{namespace}:"
    written = {str(key).removeprefix(prefix): value for key, value in config.items() if str(key).startswith(prefix)}
    known = StackConfig.known_keys()
    for key, value in written.items():
        for where in _secrets(value, key):
            if where != key or key in known:
                raise BadRequest(
                    f"{path.name}: {where} holds a secret, which would reach the state as plain text",
                    "set the secret as a key of its own and name that in endpointSecret",
                )
    return {key: value for key, value in written.items() if not _is_secret(value)}


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _secrets(value: Any, where: str) -> Iterator[str]:
    """The paths of all secrets in a value, itself included."""
    if _is_secret(value):
        yield where
    elif isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _secrets(inner, f"{where}.{key}")
