"""Metrics that are kept, and alarms that live: evaluated as time goes by, with everything that they then do.

`publish` is how other behaviours publish a sample; `world_of` is where everything is kept. See `../metrics.md`.
"""

from opslib.sandbox.behaviour.metrics.world import publish, world_of

__all__ = ["publish", "world_of"]
