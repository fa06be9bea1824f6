"""What AWS gives a Python handler beside its event: Lambda's developer guide, "Context object in Python"."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

__all__ = ["LambdaContext"]


@dataclass
class LambdaContext:
    """The context object.

    Attributes:
        function_name: The function.
        function_version: The version that runs.
        invoked_function_arn: By which ARN it was invoked: with the alias or version, if one was named.
        memory_limit_in_mb: As configured.
        aws_request_id: The invocation's id; retries have the same one.
        log_group_name: Where AWS would write its log.
        log_stream_name: As above.
        identity: Always None: nobody is signed in.
        client_context: What the caller gave as ClientContext.
        deadline: By `time.monotonic()`, in real time.
    """

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    identity: None = None
    client_context: Any = None
    deadline: float = field(default=0.0, repr=False)

    def get_remaining_time_in_millis(self) -> int:
        """How long the handler still has, in real time."""
        return max(int((self.deadline - time.monotonic()) * 1000), 0)
