"""The variables that a handler finds: the function's own, AWS's, and those that lead back to the sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

from opslib.sandbox.account import Account

__all__ = ["overlaid", "variables_of"]

_LOCK = Lock()
_OVERLAYS: list[Mapping[str, str]] = []
_BELOW: dict[str, str | None] = {}


def variables_of(account: Account, function: Any, version: str) -> dict[str, str]:
    """All variables of a function, its own last.

    Args:
        account: The sandbox's account.
        function: A function's version, as moto keeps it.
        version: The version that runs.
    """
    return {
        "AWS_ACCESS_KEY_ID": f"lambda-{function.function_name}",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": account.url,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "AWS_REGION": function.region,
        # By this the calls it makes are known: boto3's default session keeps the first key it found for the whole
        # process, in which other functions run too; this one is read for each client.
        "AWS_SDK_UA_APP_ID": f"lambda-{function.function_name}",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        **{str(name): str(value) for name, value in function.environment_vars.items()},
    }


@contextmanager
def overlaid(variables: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with these variables on top.

    A process has one environment: two handlers that run at the same time see each other's variables where their names
    differ, and the later one's where they are the same.
    """
    with _LOCK:
        _OVERLAYS.append(variables)
        for name in variables:
            _BELOW.setdefault(name, os.environ.get(name))
        os.environ.update(variables)
    try:
        yield
    finally:
        with _LOCK:
            _OVERLAYS[:] = [other for other in _OVERLAYS if other is not variables]
            for name in variables:
                _uncover(name)


def _uncover(name: str) -> None:
    """Give a variable the value of the topmost overlay that is left, or that from before all of them."""
    value = next((overlay[name] for overlay in reversed(_OVERLAYS) if name in overlay), None)
    if value is None:
        value = _BELOW.pop(name)
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
