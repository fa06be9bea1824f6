"""The guide's examples do what the guide says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opslib.procedure import Journal, SqliteStore

pytestmark = pytest.mark.feature("M17")

GUIDE = (Path(__file__).parents[2] / "docs" / "calendar.md").read_text()


def test_the_examples_run_and_print_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (toml,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    Path("calendar.toml").write_text(toml)
    windows, holds = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    exec(compile(windows, "docs/calendar.md", "exec"), {})
    verdict, occurrence = capsys.readouterr().out.splitlines()
    assert f"print(calendar.verdict(now))  # {verdict}\n" in windows
    assert occurrence.startswith(
        "Occurrence(window='patch days', kind='maintenance', starts_at=datetime.datetime(2026, 11, 27, 19"
    )
    exec(compile(holds, "docs/calendar.md", "exec"), {"journal": Journal(SqliteStore(tmp_path / "journal.sqlite"))})
    held, lifted = capsys.readouterr().out.splitlines()
    said = re.search(r"print\(held\)  # (.*)", holds)
    assert said is not None
    assert re.sub(r"since .* UTC", "", held) == re.sub(r"since .* UTC", "", said[1])
    assert "revision 43 is good" in lifted
