"""Build actionlint into .tools/bin, and hold the workflows against it.

It is a Go module: `tools/actionlint` pins it with everything it is made of, as `tools/pulumi` does the Pulumi CLI.

    tools/build_actionlint.py              build it, and check .github/workflows (exit 1: something is wrong with them)
    tools/build_actionlint.py --if-go      the same for `make lint`: without a Go that is new enough it says so, exit 0
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from build_pulumi import BIN, DONE, REFUSED, ROOT, TOOLS, BuildError, Program, build

ACTIONLINT = Program("actionlint", ROOT / "tools" / "actionlint", "github.com/rhysd/actionlint", "cmd/actionlint")
OPTIONS = ("-shellcheck=", "-pyflakes=")
"""What happens to be installed beside it would decide otherwise what it finds."""


def main(arguments: list[str] | None = None) -> int:
    """Build what is missing, check, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check the workflows with actionlint, built from a pinned Go module.")
    parser.add_argument("--if-go", action="store_true", help="exit 0 where there is no Go to build it with; say so")
    options = parser.parse_args(arguments)
    try:
        if not ACTIONLINT.is_built:
            go = find_go()
            with _lock():
                if not ACTIONLINT.is_built:  # whoever held the lock before may just have built it
                    build(ACTIONLINT, go)
    except BuildError as error:
        if options.if_go and error.exit_code == REFUSED:
            print(f"the workflows are not checked by actionlint: {error}")
            return DONE
        print(error, file=sys.stderr)
        return error.exit_code
    found = sorted(str(path) for path in (ROOT / ".github" / "workflows").glob("*.y*ml"))
    return subprocess.run([str(BIN / ACTIONLINT.name), *OPTIONS, *found], cwd=ROOT, check=False).returncode


def find_go() -> str:
    """Find a Go that is new enough.

    Raises:
        BuildError: There is none (exit code 3).
    """
    least = ACTIONLINT.least_go
    needed = f"install Go {least[0]}.{least[1]} or newer (https://go.dev/dl)"
    go = shutil.which("go")
    if go is None:
        raise BuildError(f"there is no `go` on PATH to build it with: {needed}", REFUSED)
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\bgo(\d+)\.(\d+)", answer)
    if found is None or (int(found[1]), int(found[2])) < least:
        raise BuildError(f"{go} is {answer.strip() or 'no Go'}, too old to build it: {needed}", REFUSED)
    return go


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Let one build at a time into .tools, of Pulumi's too; the system drops the lock with the process."""
    BIN.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
