"""``python -m infra.config --stack NAME``."""

from __future__ import annotations

import sys

from infra.config.check import main

if __name__ == "__main__":
    sys.exit(main())
