"""How long functions take and how often they are tried."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FunctionsSettings"]


@dataclass(frozen=True, slots=True)
class FunctionsSettings:
    """Times of functions; by the sandbox's clock, but for `longest_real_seconds`.

    Attributes:
        longest_real_seconds: How long a handler may run at most, in real time, whatever the function's Timeout: who
            waits for it is a test.
        retry_seconds: How long after each failed asynchronous attempt the next one is made. AWS, "Error handling for
            asynchronous invocations": one minute after the first, two after the second; there are two retries.
        event_age_seconds: How old an event may become before it is given up. AWS: up to 6 hours.
        update_seconds: How long after a change of code or configuration LastUpdateStatus is InProgress, in which time
            AWS refuses the next one (AWS gives no time; assumed).
    """

    longest_real_seconds: float = 30.0
    retry_seconds: tuple[float, ...] = (60.0, 120.0)
    event_age_seconds: float = 21_600.0
    update_seconds: float = 2.0
