"""Reading pictures back: every place that something is drawn at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from opslib.monitoring.draw.text import width

SVG = "{http://www.w3.org/2000/svg}"
_PART = re.compile(r"([MLHhAZ])([^MLHhAZ]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_SIZES = {"t": 13.0, "n": 10.0}


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def pictures(html: str) -> list[ET.Element]:
    return [parsed(found) for found in re.findall(r'<svg class="p".*?</svg>', html, re.DOTALL)]


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def titles(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}title")]


def places(svg: ET.Element) -> Iterator[tuple[float, float, str]]:
    """Every corner of everything, and what it is of."""
    for element in svg.iter():
        tag = element.tag.removeprefix(SVG)
        yield from _OF.get(tag, _nothing)(element)


def outside(svg: ET.Element) -> list[tuple[float, float, str]]:
    """What is drawn beyond the picture's edge, or nowhere."""
    _, _, wide, high = map(float, svg.attrib["viewBox"].split())
    return [place for place in places(svg) if not (-0.6 <= place[0] <= wide + 0.6 and -0.6 <= place[1] <= high + 0.6)]


def _nothing(_: ET.Element) -> Iterator[tuple[float, float, str]]:
    yield from ()


def _rect(element: ET.Element) -> Iterator[tuple[float, float, str]]:
    x, y, wide, high = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
    assert wide >= 0
    assert high >= 0
    yield from ((x, y, "rect"), (x + wide, y + high, "rect"))


def _circle(element: ET.Element) -> Iterator[tuple[float, float, str]]:
    x, y, radius = (float(element.attrib[name]) for name in ("cx", "cy", "r"))
    yield from ((x - radius, y - radius, "circle"), (x + radius, y + radius, "circle"))


def _text(element: ET.Element) -> Iterator[tuple[float, float, str]]:
    text, css = element.text or "", element.attrib.get("class", "").split()
    styled = re.search(r"font-size:([\d.]+)px", element.attrib.get("style", ""))
    size = float(styled[1]) if styled else next((_SIZES[name] for name in css if name in _SIZES), 11.0)
    long = width(text, size, bold=bool({"t", "b"} & set(css)))
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    left = x - long if "e" in css else x - long / 2 if "m" in css else x
    yield from ((left, y - 0.75 * size, f"text {text!r}"), (left + long, y, f"text {text!r}"))


def _path(element: ET.Element) -> Iterator[tuple[float, float, str]]:
    x = y = 0.0
    for command, rest in _PART.findall(element.attrib["d"]):
        assert not re.search("nan|inf", rest)
        numbers = [float(number) for number in _NUMBER.findall(rest)]
        if command == "h":
            x += numbers[0]
        elif command == "H":
            x = numbers[0]
        elif command in "MLA":
            x, y = numbers[-2:]
        yield x, y, f"path {element.attrib['d'][:40]}"


_OF = {"rect": _rect, "circle": _circle, "text": _text, "path": _path}
