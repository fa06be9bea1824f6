"""Invoking a function: at once, or later and again when it fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any
from uuid import UUID

from opslib.sandbox.account import Account
from opslib.sandbox.answer import AwsError
from opslib.sandbox.behaviour.functions.context import LambdaContext
from opslib.sandbox.behaviour.functions.handlers import handler_of
from opslib.sandbox.behaviour.functions.kept import dead_letter_queue
from opslib.sandbox.behaviour.functions.resolving import Named, Target, parse_name, resolve
from opslib.sandbox.behaviour.functions.running import Outcome, run
from opslib.sandbox.behaviour.functions.settings import FunctionsSettings
from opslib.sandbox.behaviour.metrics import publish
from opslib.sandbox.behaviour.service_calls import ask

__all__ = ["NAME", "Invocation", "Invoked", "invoke", "invoke_later", "settings_of"]

NAME = "functions"

# What moto answers for a function that it does not run.
_ECHO = b'"Simple Lambda happy path OK"'


@dataclass(frozen=True, slots=True)
class Invocation:
    """Something that is to be invoked.

    Attributes:
        region: Where.
        named: The function, with a version or alias.
        payload: The event, as JSON.
        request_id: The invocation's id; empty: one is made up.
        client_context: What the caller gave as ClientContext, parsed.
    """

    region: str
    named: Named
    payload: bytes = b""
    request_id: str = ""
    client_context: Any = None


@dataclass(frozen=True, slots=True)
class Invoked:
    """How an invocation ended.

    Attributes:
        outcome: Its payload or error.
        version: The version that ran.
        request_id: Its id.
    """

    outcome: Outcome
    version: str
    request_id: str


def settings_of(account: Account) -> FunctionsSettings:
    """The times that hold now."""
    settings: FunctionsSettings = account.behaviour[NAME]
    return settings


def invoke(account: Account, asked: Invocation, service: Lock | None = None) -> Invoked:
    """Invoke a function and wait for it. A function without a handler of ours answers with its event, as moto's does.

    Args:
        account: The sandbox's account.
        asked: What is to be invoked.
        service: The lock of Lambda's own handlers, when called from one of them.

    Raises:
        AwsError: There is no such function, or its concurrency is 0.
    """
    with account.schedule.lock:
        target = resolve(account, asked.region, asked.named)
        request_id = asked.request_id or new_id(account)
        handler = handler_of(account, target.function)
        allowed = min(float(target.function.timeout), settings_of(account).longest_real_seconds)
    _refuse_throttled(account, asked.region, target)
    if handler is None:
        outcome = Outcome(asked.payload or _ECHO, None, 0.0)
    else:
        context = _context(target, request_id, asked.client_context, time.monotonic() + allowed)
        outcome = run(account, target.function, handler, asked.payload, context, service=service)
    with account.schedule.lock:
        _publish(account, asked.region, target, outcome)
    return Invoked(outcome, target.version, request_id)


def invoke_later(account: Account, asked: Invocation) -> str:
    """Invoke a function as soon as what is happening now is over, and again, by AWS's rule, when it fails.

    Returns:
        The invocation's id.

    Raises:
        AwsError: There is no such function.
    """
    with account.schedule.lock:
        resolve(account, asked.region, asked.named)
        asked = replace(asked, request_id=asked.request_id or new_id(account))
        now = account.clock.now()
        account.schedule.at(now, partial(_attempt, account, asked, 0, now), key=_entry(asked))
        return asked.request_id


def new_id(account: Account) -> str:
    """A random id, by the account's random numbers."""
    return str(UUID(int=account.random.getrandbits(128), version=4))


def _entry(asked: Invocation) -> str:
    return f"{NAME}/{asked.request_id}"


def _attempt(account: Account, asked: Invocation, failed: int, began: datetime, at: datetime) -> None:
    """Make an asynchronous attempt; after a failure plan the next, unless there were enough."""
    try:
        function = resolve(account, asked.region, asked.named).function
        problem = invoke(account, asked).outcome.error
    except AwsError as error:
        if error.code != "TooManyRequestsException":
            return  # it is gone; AWS drops the event
        function, problem = resolve(account, asked.region, asked.named).function, error.code
    if problem is None:
        return
    settings = settings_of(account)
    configured = function.event_invoke_config[-1].config if function.event_invoke_config else {}
    retries = configured.get("MaximumRetryAttempts")
    oldest = timedelta(seconds=configured.get("MaximumEventAgeInSeconds") or settings.event_age_seconds)
    waits = settings.retry_seconds[: len(settings.retry_seconds) if retries is None else retries]
    if failed >= len(waits):
        _give_up(account, asked, problem)
        return
    due = at + timedelta(seconds=waits[failed])
    if due - began <= oldest:
        account.schedule.at(due, partial(_attempt, account, asked, failed + 1, began), key=_entry(asked))
    else:
        _give_up(account, asked, problem)


def _give_up(account: Account, asked: Invocation, problem: str) -> None:
    """AWS counts it, and sends the event to the dead-letter queue; destinations are not modelled."""
    queue = dead_letter_queue(resolve(account, asked.region, asked.named).function)
    if ":sqs:" in queue:
        name = queue.rpartition(":")[2]
        said = {"RequestID": asked.request_id, "ErrorCode": "200", "ErrorMessage": problem}
        try:
            url = ask(account, asked.region, "sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"]
            ask(
                account,
                asked.region,
                "sqs",
                "SendMessage",
                {
                    "QueueUrl": url,
                    "MessageBody": asked.payload.decode(),
                    "MessageAttributes": {n: {"DataType": "String", "StringValue": v} for n, v in said.items()},
                },
            )
        except AwsError:
            publish(
                account, asked.region, "AWS/Lambda", "DeadLetterErrors", {"FunctionName": asked.named.name}, 1, "Count"
            )
    publish(account, asked.region, "AWS/Lambda", "AsyncEventsDropped", {"FunctionName": asked.named.name}, 1, "Count")


def _refuse_throttled(account: Account, region: str, target: Target) -> None:
    # Reserved concurrency is the function's, whichever of its versions runs; moto keeps it with $LATEST.
    if resolve(account, region, parse_name(target.function.function_name)).function.reserved_concurrency != 0:
        return
    with account.schedule.lock:
        publish(account, region, "AWS/Lambda", "Throttles", {"FunctionName": target.function.function_name}, 1, "Count")
    raise AwsError(
        "TooManyRequestsException", "Rate Exceeded.", 429, Reason="ReservedFunctionConcurrentInvocationLimitExceeded"
    )


def _context(target: Target, request_id: str, client_context: Any, deadline: float) -> LambdaContext:
    function = target.function
    return LambdaContext(
        function_name=function.function_name,
        function_version=target.version,
        invoked_function_arn=target.invoked_arn,
        memory_limit_in_mb=function.memory_size,
        aws_request_id=request_id,
        log_group_name=function.logs_group_name,
        log_stream_name=f"[{target.version}]{request_id.replace('-', '')}",
        client_context=client_context,
        deadline=deadline,
    )


def _publish(account: Account, region: str, target: Target, outcome: Outcome) -> None:
    """AWS: by function, and for an invocation by alias also by `Resource`, and by that with the version that ran."""
    name = {"FunctionName": target.function.function_name}
    dimensions = [name]
    if target.alias is not None:
        by_alias = {**name, "Resource": f"{target.function.function_name}:{target.alias}"}
        dimensions += [by_alias, {**by_alias, "ExecutedVersion": target.version}]
    for each in dimensions:
        publish(account, region, "AWS/Lambda", "Invocations", each, 1, "Count")
        publish(account, region, "AWS/Lambda", "Errors", each, 0 if outcome.error is None else 1, "Count")
        publish(account, region, "AWS/Lambda", "Duration", each, outcome.real_seconds * 1000, "Milliseconds")
