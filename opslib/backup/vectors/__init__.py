"""Vector state in files: a directory of indexes and matrices, opened and searched."""

from __future__ import annotations

from opslib.backup.vectors.taking import VectorsManifest, take_vectors
from opslib.backup.vectors.verifying import verify_vectors

__all__ = [
    "VectorsManifest",
    "take_vectors",
    "verify_vectors",
]
