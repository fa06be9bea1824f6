"""Every benchmark, each in a process of its own: ``python -m benchmarks`` writes ``build/bench.json``.

With names (``python -m benchmarks fingerprint``) only those are run, and nothing is written.

A benchmark is a file beside this one that prints a JSON list of `{name, ours, peer, ratio, target, holds}`. Exit code 1
when a target is missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULT = HERE.parent / "build" / "bench.json"


def main() -> int:
    """Run them all, print a line for each measurement, and write the file."""
    rows: list[dict[str, Any]] = []
    files = {file.stem: file for file in sorted(HERE.glob("[!_]*.py"))}
    wanted = sys.argv[1:]
    if unknown := [name for name in wanted if name not in files]:
        print(f"there is no benchmark {unknown[0]!r}: there are {', '.join(files)}", file=sys.stderr)
        return 2
    for file in (files[name] for name in wanted or files):
        run = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{file.stem}"], cwd=HERE.parent, stdout=subprocess.PIPE, check=True
        )
        found = json.loads(run.stdout)
        rows += found
        for row in found:
            print(line(row), flush=True)
    missed = sum(not row["holds"] for row in rows)
    says = f"{len(rows)} measurements, {missed} targets missed"
    if not wanted:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
        says += f": {RESULT.relative_to(HERE.parent)}"
    print(says)
    return 1 if missed else 0


def line(row: dict[str, Any]) -> str:
    """A measurement in words; its unit is in its name, and seconds where it names none."""
    verdict = "holds " if row["holds"] else "MISSED"
    against = "" if row["peer"] is None else f" against {row['peer']:g}"
    ratio = "" if row["ratio"] is None else f", ratio {row['ratio']:g}"
    return f"{verdict}  {row['ours']:g}{against}{ratio}, target {row['target']:g}: {row['name']}"


if __name__ == "__main__":
    sys.exit(main())
