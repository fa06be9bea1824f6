"""Text in a picture: made safe, measured, cut and wrapped.

Nothing can ask a browser how wide a text will be, so widths are estimated from above: what is said to fit, fits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape as _escape

__all__ = ["clean", "cut", "escape", "width", "wrap"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WIDE_FROM = "\u2e80"
"""Scripts from here on, and pictographs, have letters as wide as they are high."""

_EM: dict[str, float] = {
    **dict.fromkeys("iljI.,:;'|!` ", 0.32),
    **dict.fromkeys('ftr()[]{}-/\\"*', 0.42),
    **dict.fromkeys("mwMW@%—…", 0.95),
    **dict.fromkeys("ABCDEFGHKNOPQRSTUVXYZ&", 0.74),
}
_OTHER_EM = 0.59
_BOLD = 1.07


def clean(text: str) -> str:
    """A text without what XML has no place for: control characters and lone surrogates."""
    return _NOT_XML.sub("\ufffd", text) if not text.isprintable() else text


@lru_cache(maxsize=8_192)
def escape(text: str) -> str:
    """A text as it stands in XML and HTML, in elements and attributes."""
    return _escape(clean(text))


@lru_cache(maxsize=8_192)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is at most, in pixels.

    Args:
        text: The text, in one line.
        size: Of its letters, in pixels.
        bold: Whether it is.
    """
    ems = sum(_EM.get(letter, 1.05 if letter >= _WIDE_FROM else _OTHER_EM) for letter in text)
    return ems * size * (_BOLD if bold else 1.0)


def cut(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """A text that fits, with an ellipsis where something had to go; empty where not even that fits.

    Args:
        text: The text.
        room: In pixels.
        size: Of its letters, in pixels.
        bold: Whether it is.
    """
    text = " ".join(clean(text).split())
    if width(text, size, bold=bold) <= room:
        return text
    factor = size * (_BOLD if bold else 1.0)
    used = _EM["…"] * factor
    if used > room:
        return ""
    for place, letter in enumerate(text):
        used += _EM.get(letter, 1.05 if letter >= _WIDE_FROM else _OTHER_EM) * factor
        if used > room:
            return text[:place].rstrip() + "…"
    return text


def wrap(text: str, room: float, size: float) -> list[str]:
    """A text in lines that fit; a word that does not fit into a line is cut.

    Args:
        text: The text.
        room: In pixels.
        size: Of its letters, in pixels.
    """
    lines: list[str] = []
    for word in clean(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [cut(line, room, size) for line in lines]
