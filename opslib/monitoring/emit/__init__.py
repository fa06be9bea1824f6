"""Writing an application's own metrics: counters, gauges, durations, in CloudWatch's embedded metric format.

    from opslib.monitoring import emit, emitted

    emitter = emit.Emitter(environment="shop-prod", service="api")
    emitter.count(emitted.CLAIMS)
    with emitter.timed(emitted.EXECUTION_DURATION.at({"Agent": "rag"})):
        ...

The rows of `opslib.monitoring.emitted` are what the dashboards and alarms of `infra` read. Nothing here raises into the
application, nothing blocks it, and nothing but Python is needed. For ASGI applications see
`opslib.monitoring.emit.asgi`; for a process that takes its settings from the environment, `from_environment`.
"""

from opslib.monitoring.emit.emitter import Emitter, Written
from opslib.monitoring.emit.environment import from_environment
from opslib.monitoring.emit.instrument import At, Counter, Distribution, Duration, Emitted, Gauge, Share, Unit

__all__ = [
    "At",
    "Counter",
    "Distribution",
    "Duration",
    "Emitted",
    "Emitter",
    "Gauge",
    "Share",
    "Unit",
    "Written",
    "from_environment",
]
