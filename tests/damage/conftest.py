"""The servers of a worker, for every class that it plays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.damage.ground import Ground, quickest_directory


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    with pytest.MonkeyPatch.context() as patch:
        for variable in os.environ:
            if variable.startswith("AWS_"):
                patch.delenv(variable)
        patch.setenv("TMPDIR", str(quickest_directory()))
        patch.setattr(tempfile, "tempdir", str(quickest_directory()))
        with tempfile.TemporaryDirectory(prefix="damage-") as root:
            made = Ground(Path(root))
            yield made
            made.close()
