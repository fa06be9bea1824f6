"""``python -m infra.adopt``."""

from __future__ import annotations

import sys

from infra.adopt.command import main

if __name__ == "__main__":
    sys.exit(main())
