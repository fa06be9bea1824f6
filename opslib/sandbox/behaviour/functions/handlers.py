"""Which handler a function runs: named in its environment, registered, or one of opslib's own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from opslib.errors import BadRequest

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["VARIABLE", "Handler", "RegisterHandler", "handler_of", "load", "register"]

VARIABLE = "OPSLIB_SANDBOX_HANDLER"

Handler = Callable[[Any, Any], Any]
"""Takes the event, parsed from JSON, and the context; returns what can be written as JSON."""

_RECORD = "function handlers"


class RegisterHandler(BaseModel):
    """Which handler a function runs from now on, in every region and version whose environment names none.

    Attributes:
        function_name: The function; it need not exist yet.
        handler: `package.module:function`.
        path: A directory in which to look for the module first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    function_name: str = Field(min_length=1)
    handler: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    path: str | None = None


def register(account: Account, body: bytes) -> RegisterHandler:
    """`POST /_sandbox/handlers`.

    Raises:
        BadRequest: There is no such module or function.
    """
    wanted = RegisterHandler.model_validate_json(body)
    if wanted.path is not None and wanted.path not in sys.path:
        sys.path.insert(0, wanted.path)
    try:
        load(wanted.handler)
    except Exception as error:
        raise BadRequest(
            f"the handler {wanted.handler} cannot be imported: {type(error).__name__}: {error}",
            "give package.module:function, and the directory as path",
        ) from error
    account.record(_RECORD)[wanted.function_name] = wanted.handler
    return wanted


def handler_of(account: Account, function: Any) -> str | None:
    """The name of a function's handler; None when it has none.

    Args:
        account: The sandbox's account.
        function: A function's version, as moto keeps it.
    """
    named: str | None = function.environment_vars.get(VARIABLE)
    return named or account.record(_RECORD).get(function.function_name) or _of_opslib(function.handler)


def _of_opslib(handler: str | None) -> str | None:
    """The handlers of opslib are installed here, so that what a stack deploys runs as it stands."""
    module, _, function = (handler or "").rpartition(".")
    return f"{module}:{function}" if module.startswith("opslib.") else None


def load(name: str) -> Handler:
    """Import a handler.

    Raises:
        ImportError: There is no such module.
        AttributeError: It has no such function.
    """
    module, _, function = name.partition(":")
    handler: Handler = getattr(import_module(module), function)
    return handler
