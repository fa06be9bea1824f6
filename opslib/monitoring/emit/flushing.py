"""Writing everything at the end of a block or of a handler."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast

__all__ = ["Flushing"]

F = TypeVar("F", bound=Callable[..., Any])


class Flushing:
    """``with``, ``async with`` or a decorator of a function, sync or async: at the end everything is written."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Write, and let an error pass."""
        self._flush()

    async def __aenter__(self) -> None:
        """Begin."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Write without holding up the loop, and let an error pass."""
        await asyncio.to_thread(self._flush)

    def __call__(self, function: F) -> F:
        """The function, which writes at its end."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def asynchronous(*args: Any, **kwargs: Any) -> Any:
                async with self:
                    return await function(*args, **kwargs)

            return cast("F", asynchronous)

        @functools.wraps(function)
        def synchronous(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return cast("F", synchronous)
