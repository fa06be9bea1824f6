"""What Lambda publishes of functions: `AWS/Lambda`, and only while they are invoked.

AWS, "Types of metrics for Lambda functions": by FunctionName; by FunctionName and Resource for an alias. A throttled
invocation counts neither as an invocation nor as an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from opslib.sandbox.behaviour.traffic.chance import around, chosen
from opslib.sandbox.behaviour.traffic.latencies import latencies, mean_seconds
from opslib.sandbox.behaviour.traffic.occasion import Occasion
from opslib.sandbox.behaviour.traffic.sample import Sample, dimensions
from opslib.sandbox.behaviour.traffic.script import rate_at
from opslib.sandbox.behaviour.traffic.seen import SeenFunction

__all__ = ["function_samples"]

NAMESPACE = "AWS/Lambda"
MINUTE_SECONDS = 60
MILLISECONDS = 1_000.0
PERCENT = 100.0


def function_samples(functions: tuple[SeenFunction, ...], occasion: Occasion) -> Iterator[Sample]:
    """All samples of functions.

    Args:
        functions: The functions.
        occasion: The minute.
    """
    script, settings, random = occasion.script, occasion.settings, occasion.random
    at_once = 0
    for function in functions:
        if function.runs and function.name not in script.functions:
            continue  # its invocations are real ones, unless the script says that there are others
        flow = script.function(function.name)
        mean = rate_at(flow.invocations_per_minute, occasion.now, occasion.started)
        wanted = around(mean, flow.noise_percent, random)
        asked = int(wanted) + (random.random() < wanted % 1)
        if not asked:
            continue
        seconds = min(mean_seconds(flow.duration.median_seconds, flow.duration.sigma), function.timeout_seconds)
        most = settings.concurrent_executions if function.reserved is None else function.reserved
        throttled = max(0, asked - math.floor(most * MINUTE_SECONDS / seconds))
        invoked = asked - throttled
        concurrent = math.ceil(invoked * seconds / MINUTE_SECONDS)
        at_once += concurrent
        times = latencies(invoked, flow.duration.median_seconds, flow.duration.sigma, random)
        cut = round(sum(count for found, count in times.items() if found >= function.timeout_seconds))
        errors = min(invoked, chosen(invoked - cut, flow.errors_percent / PERCENT, random) + cut)
        duration: dict[float, float] = {}
        for found, count in times.items():
            milliseconds = min(found, function.timeout_seconds) * MILLISECONDS
            duration[milliseconds] = duration.get(milliseconds, 0.0) + count
        samples = {
            "Throttles": (_of(throttled, asked), "Count"),
            "ConcurrentExecutions": ({float(concurrent): 1.0} if invoked else {}, "Count"),
            "Invocations": ({1.0: float(invoked)} if invoked else {}, "Count"),
            "Errors": (_of(errors, invoked), "Count"),
            "Duration": (duration, "Milliseconds"),
        }
        if function.reads_stream:
            samples["IteratorAge"] = (
                {flow.iterator_age_seconds * MILLISECONDS: float(max(1, invoked))},
                "Milliseconds",
            )
        for where in _dimensions(function):
            for name, (values, unit) in samples.items():
                if values:
                    yield Sample(NAMESPACE, name, where, values, unit)
    if at_once:
        yield Sample(NAMESPACE, "ConcurrentExecutions", (), {float(at_once): 1.0}, "Count")
        yield Sample(NAMESPACE, "ClaimedAccountConcurrency", (), {float(at_once): 1.0}, "Count")


def _of(happened: int, out_of: int) -> dict[float, float]:
    """A 1 for each time that it happened, a 0 for each time that it did not."""
    return {value: float(count) for value, count in ((1.0, happened), (0.0, out_of - happened)) if count}


def _dimensions(function: SeenFunction) -> Iterator[tuple[tuple[str, str], ...]]:
    yield dimensions(FunctionName=function.name)
    if function.alias is not None:
        yield dimensions(FunctionName=function.name, Resource=f"{function.name}:{function.alias}")
