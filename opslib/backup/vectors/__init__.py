"""Vector state: a directory of indexes and matrices, opened and searched; and pgvector, searched by SQL."""

from __future__ import annotations

from opslib.backup.vectors.pgvector import PgProbes, record_pgvector, search_pgvector
from opslib.backup.vectors.taking import VectorsManifest, take_vectors
from opslib.backup.vectors.verifying import verify_vectors

__all__ = [
    "PgProbes",
    "VectorsManifest",
    "record_pgvector",
    "search_pgvector",
    "take_vectors",
    "verify_vectors",
]
