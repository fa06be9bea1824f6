"""NumPy's `.npy` files: the header, and an exact search over the rows, without NumPy.

The format is NumPy's own NEP 1: a magic, a version, a header that is a Python literal, and the values.
"""

from __future__ import annotations

import ast
import heapq
import math
import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MOST_VALUES", "Matrix", "Neighbour", "NotReadable", "read_header", "read_row", "search"]

MAGIC = b"\x93NUMPY"
LENGTH_FIELDS = {1: "<H", 2: "<I", 3: "<I"}
LONGEST_HEADER = 1 << 16
VALUE_BYTES = {"e": 2, "f": 4, "d": 8}
SEARCHABLE = {"<f2": "e", "<f4": "f", "<f8": "d"}
MATRIX_DIMENSIONS = 2
MOST_VALUES = 100_000_000
"""Values of the largest matrix that is searched: 400 MB as float32, about ten seconds for eight probes."""


class NotReadable(ValueError):
    """The file is not what its name says; the message says why."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """What the header says.

    Attributes:
        descr: NumPy's name of the type, such as `<f4`.
        shape: Rows, columns …
        start: The byte at which the values begin.
        by_rows: Whether the values lie row by row (C order).
    """

    descr: str
    shape: tuple[int, ...]
    start: int
    by_rows: bool

    @property
    def searchable(self) -> str:
        """Why it cannot be searched here; empty if it can."""
        if self.descr not in SEARCHABLE:
            return f"its type {self.descr} is none that is searched here"
        if len(self.shape) != MATRIX_DIMENSIONS or not self.by_rows:
            return f"its shape {self.shape} is not that of rows of vectors"
        if math.prod(self.shape) > MOST_VALUES:
            return f"its {math.prod(self.shape)} values are more than the {MOST_VALUES} that are searched here"
        return "" if math.prod(self.shape) else "it is empty"

    @property
    def row(self) -> struct.Struct:
        """How a row is packed."""
        return struct.Struct(f"<{self.shape[1]}{SEARCHABLE[self.descr]}")


@dataclass(frozen=True, slots=True, order=True)
class Neighbour:
    """A row and its Euclidean distance from a probe."""

    distance: float
    row: int


def read_header(path: Path) -> Matrix:
    """Read the header, and make sure that the file is as long as it says.

    Raises:
        NotReadable: it is no `.npy` file, or was cut off.
    """
    with path.open("rb") as file:
        start = file.read(8)
        if start[:6] != MAGIC or len(start) < 8 or start[6] not in LENGTH_FIELDS:  # noqa: PLR2004  magic and version
            raise NotReadable("it does not begin as a .npy file does")
        field = struct.Struct(LENGTH_FIELDS[start[6]])
        packed = file.read(field.size)
        length = field.unpack(packed)[0] if len(packed) == field.size else LONGEST_HEADER + 1
        if length > LONGEST_HEADER:
            raise NotReadable("its header is damaged")
        text = file.read(length)
        begins = file.tell()
        ends = file.seek(0, 2)
    matrix, value_bytes = _parse(text, begins)
    if value_bytes and ends != begins + math.prod(matrix.shape) * value_bytes:
        wanted = begins + math.prod(matrix.shape) * value_bytes
        raise NotReadable(f"it has {ends} bytes, and its header asks for {wanted}")
    return matrix


def read_row(path: Path, matrix: Matrix, number: int) -> tuple[float, ...]:
    """One row of a searchable matrix."""
    with path.open("rb") as file:
        file.seek(matrix.start + number * matrix.row.size)
        return matrix.row.unpack(file.read(matrix.row.size))


def search(
    path: Path, matrix: Matrix, probes: Sequence[Sequence[float]], nearest: int
) -> tuple[tuple[Neighbour, ...], ...]:
    """The nearest rows to each probe, nearest first, by comparing with every row; one with a NaN is near to none.

    Args:
        path: The file.
        matrix: Its header, of a searchable matrix.
        probes: Vectors with as many values as a row has.
        nearest: How many rows of each.
    """
    best: list[list[tuple[float, int]]] = [[] for _ in probes]  # heaps of (-distance, -row): the worst on top
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        view = memoryview(content)[matrix.start :]
        try:
            for number, row in enumerate(matrix.row.iter_unpack(view)):
                for heap, probe in zip(best, probes, strict=True):
                    distance = math.dist(row, probe)
                    if not math.isfinite(distance):
                        continue
                    if len(heap) < nearest:
                        heapq.heappush(heap, (-distance, -number))
                    elif -distance > heap[0][0]:
                        heapq.heapreplace(heap, (-distance, -number))
        finally:
            view.release()
    return tuple(tuple(sorted(Neighbour(-far, -number) for far, number in heap)) for heap in best)


def _parse(text: bytes, begins: int) -> tuple[Matrix, int]:
    try:
        header = ast.literal_eval(text.decode("latin-1").strip())
        descr, shape, fortran = header["descr"], header["shape"], header["fortran_order"]
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        raise NotReadable("its header is damaged") from None
    if not isinstance(shape, tuple) or not all(isinstance(size, int) and size >= 0 for size in shape):
        raise NotReadable("its header is damaged")
    kind = str(descr)
    value_bytes = int(kind[2:]) if kind[:1] in "<>|=" and kind[1:2] in "fiucbS" and kind[2:].isdigit() else 0
    by_rows = not fortran or len(shape) < MATRIX_DIMENSIONS
    return Matrix(descr=kind, shape=shape, start=begins, by_rows=by_rows), value_bytes
