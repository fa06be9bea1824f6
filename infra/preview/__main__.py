"""``python -m infra.preview``."""

from __future__ import annotations

import gc
import os
import sys

from infra.preview.command import main

if __name__ == "__main__":
    # Nearly all that is made lives until the end: looking for garbage among it would take a third of the time.
    gc.disable()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has read enough; Python would complain at its end of what it could not write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
