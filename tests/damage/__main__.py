"""Plays every class of damage and writes the scoreboard: ``python -m tests.damage [--class N] [--seed S]``.

Exit code 1 when a damage was not seen, or a twin alarmed. With `--class` nothing is written.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.damage.classes import ROWS
from tests.damage.ground import Ground
from tests.damage.play import tasks
from tests.damage.processes import played
from tests.damage.score import complaints, score, show

RESULT = Path(__file__).parents[2] / "build" / "scoreboard.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.damage", description="the scoreboard of injected damage")
    parser.add_argument("--class", type=int, action="append", dest="numbers", choices=range(1, 26), metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    given = parser.parse_args(arguments)
    rows = [row for row in ROWS if row.number in (given.numbers or range(1, 26))]
    majors = Ground.majors()
    print(f"seed {given.seed}; PostgreSQL {' and '.join(map(str, majors))}", flush=True)  # noqa: T201
    began = time.monotonic()
    outcomes = played(list(tasks(rows, majors)), given.seed)
    document = score(rows, outcomes)
    show(document)
    for line in complaints(document):
        print(line)  # noqa: T201
    says = f"{document['caught']} of {document['classes']} classes caught, {document['false_alarms']} false alarms"
    print(f"{says}, {len(outcomes)} trials in {time.monotonic() - began:.0f} s, seed {given.seed}")  # noqa: T201
    if not given.numbers:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(RESULT.relative_to(Path.cwd()) if RESULT.is_relative_to(Path.cwd()) else RESULT)  # noqa: T201
    return 0 if document["caught"] == document["classes"] and not document["false_alarms"] else 1


if __name__ == "__main__":
    sys.exit(main())
