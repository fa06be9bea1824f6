"""Lambda that runs a handler of yours in the sandbox's process, with AWS's versions, aliases and revision ids.

A function whose environment has `OPSLIB_SANDBOX_HANDLER=package.module:function`, or for which one was registered at
`POST /_sandbox/handlers`, runs it; every other function answers as moto's does. `functions.md`, one directory up, says
operation by operation what AWS's rule is and where this follows it.
"""

from __future__ import annotations

from opslib.sandbox.behaviour.functions.invoking import Invocation, invoke, invoke_later

__all__ = ["Invocation", "invoke", "invoke_later"]
