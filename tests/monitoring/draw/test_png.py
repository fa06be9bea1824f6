"""Pictures by a browser, where the machine has one."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from opslib.errors import BadRequest
from opslib.monitoring import Graph, Metric, draw
from opslib.monitoring.draw import png

pytestmark = pytest.mark.feature("P4")

GRAPH = Graph("CPU", (Metric("A", "B", (), "Average"),), unit="%")


def test_without_a_browser_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert draw.browser() is None
    with pytest.raises(BadRequest, match="no browser on PATH"):
        png(draw.svg(GRAPH), tmp_path / "a.png")


@pytest.mark.skipif(draw.browser() is None, reason="this machine has no browser")
def test_a_picture_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    found = png(draw.svg(GRAPH), tmp_path / "a.png", width=390, height=300, dark=True)
    data = found.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (390, 300)
