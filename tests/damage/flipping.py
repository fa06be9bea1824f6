"""The smallest damage: one bit of a file."""

from __future__ import annotations

from pathlib import Path
from random import Random

__all__ = ["flip_bit"]


def flip_bit(file: Path, chance: Random, start: int = 0, end: int | None = None) -> str:
    """Flip a bit at random.

    Args:
        file: The file.
        chance: Says which bit.
        start: Where it may be at the earliest.
        end: Before which it is; None: the end of the file.

    Returns:
        What was done.
    """
    size = file.stat().st_size
    at, bit = chance.randrange(start, size if end is None else end), chance.randrange(8)
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1 << bit]))
    return f"{file.name}: bit {bit} of byte {at} of {size} flipped"
