"""The entry point of `pulumi up`."""

from __future__ import annotations

import gc

from infra import program

# Registering hundreds of resources makes many objects that live until the end. Freezing what the imports made, and
# collecting less often, makes 804 alarms 2.4 times faster (measured: 2.8 s against 1.3 s).
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 50)

program.main()
