"""`python -m opslib.sandbox`: the sandbox's server as a process of its own."""

from __future__ import annotations

import sys

from opslib.sandbox.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
