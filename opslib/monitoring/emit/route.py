"""Which endpoint a request met, in words that do not grow with the traffic: the route's template, never the path."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

__all__ = ["UNMATCHED", "endpoint", "method"]

Scope = MutableMapping[str, Any]

UNMATCHED = "(unmatched)"
"""What stands for the paths that no route takes."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method(scope: Scope) -> str:
    """The request's method; clients may write anything there, so what is unusual is one thing."""
    given = scope.get("method")
    return given if given in METHODS else "OTHER"


def endpoint(scope: Scope, root_path: str) -> str:
    """The template of the route that took the request, as Starlette and FastAPI leave it in the scope.

    Args:
        scope: After the application ran.
        root_path: What the scope's `root_path` was before.
    """
    prefix = str(scope.get("root_path", "")).removeprefix(root_path)
    route = scope.get("route")
    template = _template(scope, route)
    if template is None and not prefix:
        return _by_name(scope.get("endpoint"))
    if template is None or _is_mount(route):
        # What is mounted is no router, or has no such route: what is behind the mount has no template.
        return f"{_static(prefix, scope, '') or template or ''}/*"
    return _static(prefix, scope, template) + template


def _template(scope: Scope, route: object) -> str | None:
    # FastAPI leaves a router's own route in the scope, and the path with the prefixes it was included by beside it.
    included = (scope.get("fastapi") or {}).get("effective_route_context")
    if route is not None and getattr(included, "original_route", None) is route:
        route = getattr(included, "starlette_route", None) or included
    template = getattr(route, "path_format", None) or getattr(route, "path", None)
    return template if isinstance(template, str) else None


def _is_mount(route: object) -> bool:
    return hasattr(route, "routes") and hasattr(route, "app")


def _static(prefix: str, scope: Scope, template: str) -> str:
    """The part of the path that mounts took, unless it has parameters: then their names stand for all of it."""
    parameters: Mapping[str, Any] = scope.get("path_params") or {}
    of_mounts = [name for name in parameters if f"{{{name}" not in template and name != "path"]
    return "".join(f"/{{{name}}}" for name in of_mounts) if of_mounts else prefix


def _by_name(function: object) -> str:
    """What stands for a template where a framework tells only the function."""
    name = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else UNMATCHED
