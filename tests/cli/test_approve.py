"""`opslib approve`: a second person's yes or no, as they type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from opslib import cli
from opslib.sandbox import Sandbox
from tests.rollback.world import World

pytestmark = pytest.mark.feature("S2")

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(aws: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the command, as somebody, on a stack that asks for a second person; a bad release is out."""
    world = World(aws, tmp_path / "state")
    world.arrange()
    world.release()
    world.alarm("OK")
    outputs = tmp_path / "outputs.json"
    asked = {"procedures": ["rollback.service"], "hours": 4}
    outputs.write_text(json.dumps(world.outputs(approval=asked)), encoding="utf-8")
    for name, value in {"OPSLIB_OUTPUTS": str(outputs), **world.environ}.items():
        monkeypatch.setenv(name, value)

    def run(who: str, *words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", who)
        capsys.readouterr()
        code = cli.main(words)
        return code, *capsys.readouterr()

    return run


def test_a_no_and_then_a_yes(say: Say) -> None:
    code, _, err = say("ada", "rollback", "service", "api", "--reason", "errors since 2.15.0")
    assert code == 3
    plan = err.split("plan ")[1].split()[0]
    code, out, _ = say("lee", "approve", plan, "--refuse", "--reason", "the schema was migrated")
    assert (code, "refused: it is not run" in out) == (0, True)
    code, _, err = say("ada", "resume", plan)
    assert (code, "user/lee has said no" in err, err.count("\n")) == (3, True, 1)
    account = json.loads(say("ada", "history", plan, "--json")[1])["approval"]
    assert (account["state"], account["reason"]) == ("refused", "the schema was migrated")

    assert say("ada", "approve", plan)[0] == 3
    code, out, _ = say("kim", "approve", plan)
    assert (code, "approved; until" in out) == (0, True)
    record = json.loads(say("ada", "history", plan, "--json")[1])
    assert record["approval"]["state"] == "approved"
    said = [one["event"] for one in record["timeline"] if one["event"] != "planned"]
    assert sorted(said) == ["approved", "asked", "not_allowed", "refused"], "in whatever order the two clocks say"


def test_a_no_says_why(say: Say) -> None:
    code, _, err = say("lee", "approve", "rollback-api", "--refuse")
    assert (code, err.count("\n"), "--refuse without --reason" in err) == (2, 1, True)
