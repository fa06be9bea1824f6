"""The table: the 25 classes of damage, how each is injected, which check has to say so, and what must not alarm."""

from __future__ import annotations

from tests.damage import rows_contents, rows_files, rows_points

__all__ = ["ROWS"]

ROWS = tuple(sorted((*rows_files.ROWS, *rows_contents.ROWS, *rows_points.ROWS), key=lambda row: row.number))
"""Every class once, by its number."""
