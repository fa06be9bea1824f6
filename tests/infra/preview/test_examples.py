"""The examples in docs/preview are what their generator makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.preview.examples import DOCS, EXAMPLES, REPORTS, Example, write

LARGEST_BYTES = 300_000


@pytest.mark.feature("P2", "P3", "P4")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.name))
def test_an_example_is_what_the_program_says_today(example: Example, tmp_path: Path) -> None:
    write(example, tmp_path)
    for name in REPORTS:
        if name not in example.leaves_out:
            made, shown = ((where / name).read_text(encoding="utf-8") for where in (tmp_path, DOCS / example.name))
            assert made == shown, f"{example.name}/{name} is of another program: run `make preview-examples`"


def test_no_example_is_too_large_to_keep() -> None:
    files = [file for file in DOCS.rglob("*") if file.is_file()]
    assert files
    assert [file.name for file in files if file.stat().st_size > LARGEST_BYTES] == []


def test_every_example_has_its_pictures() -> None:
    for example in EXAMPLES:
        names = {file.name for file in (DOCS / example.name).iterdir()}
        assert {"desk.png", "dark.png", "phone.png", *REPORTS} - example.leaves_out <= names
