"""The nursery, which all of these tests ask."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

Ask = Callable[[str], Any]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks for a case or a question by its name."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.operate.doctor.nursery", str(tmp_path_factory.mktemp("doctor"))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:

        def answer(name: str) -> Any:
            assert nursery.stdin is not None
            assert nursery.stdout is not None
            nursery.stdin.write(f"{name}\n")
            nursery.stdin.flush()
            found = json.loads(nursery.stdout.readline() or '{"problem": "the nursery is gone: see its errors"}')
            if isinstance(found, dict) and "problem" in found:
                pytest.fail(found["problem"])
            return found

        yield answer
        assert nursery.stdin is not None
        nursery.stdin.close()
