"""An emitter as the environment's variables say."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from opslib.errors import BadRequest
from opslib.monitoring.emit.emitter import FLUSH_SECONDS, Emitter

__all__ = ["from_environment"]

TO = "OPSLIB_EMIT"
ENVIRONMENT = "OPSLIB_EMIT_ENVIRONMENT"
SERVICE = "OPSLIB_EMIT_SERVICE"
LOG_GROUP = "OPSLIB_EMIT_LOG_GROUP"
FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"

UNKNOWN = "unknown"


def from_environment(variables: Mapping[str, str] | None = None) -> Emitter:
    """An emitter by ``OPSLIB_EMIT`` (where to), ``OPSLIB_EMIT_ENVIRONMENT`` and ``OPSLIB_EMIT_SERVICE``.

    On Lambda the service is the function unless said otherwise, and there is no thread: wrap the handler in `flushing`.
    A wrong address does not stop the application: it is logged, and metrics go to standard output.

    Args:
        variables: Instead of the process's own.
    """
    known = os.environ if variables is None else variables
    function = known.get(FUNCTION)
    environment = known.get(ENVIRONMENT, UNKNOWN)
    service = known.get(SERVICE) or function or UNKNOWN
    log_group = known.get(LOG_GROUP)
    flush_seconds = None if function else FLUSH_SECONDS
    try:
        return Emitter(
            environment=environment,
            service=service,
            to=known.get(TO) or "stdout",
            log_group=log_group,
            flush_seconds=flush_seconds,
        )
    except BadRequest as wrong:
        logging.getLogger("opslib.emit").warning("%s: %s; metrics go to standard output", TO, wrong)
    return Emitter(environment=environment, service=service, log_group=log_group, flush_seconds=flush_seconds)
