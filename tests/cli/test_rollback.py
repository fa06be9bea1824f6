"""`opslib rollback`, `points`, `resume`, `history` and `hold`, as typed."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from opslib import cli
from opslib.sandbox import Sandbox
from tests.rollback.world import CLUSTER, SERVICE, TARGET, World

COMMAND = [sys.executable, "-c", "import sys; from opslib.cli import main; sys.exit(main())"]
# A shell's background jobs ignore SIGINT, and so would ours where these tests are one.
INTERRUPTIBLE = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from opslib.cli import main; sys.exit(main())"
)
AT_ONCE = dict.fromkeys(
    (
        *("provisioning_seconds", "pull_seconds", "start_seconds", "application_ready_seconds"),
        *("no_health_check_seconds", "shutdown_seconds", "deprovisioning_seconds"),
    ),
    0,
)

Run = Callable[..., int]


@pytest.fixture
def shop(aws: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A shop with a bad release out, where a rollout takes no time; the command finds it by its environment."""
    world = World(aws, tmp_path / "state")
    world.arrange()
    world.release()
    world.ecs.update_service(cluster=CLUSTER, service=SERVICE, loadBalancers=[])
    aws.behaviour(ecs=AT_ONCE)
    world.wait(60)
    world.alarm("OK")
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(world.outputs()), encoding="utf-8")
    monkeypatch.setenv("OPSLIB_OUTPUTS", str(outputs))
    for name, value in world.environ.items():
        monkeypatch.setenv(name, value)
    aws.reset_calls()
    return world


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command; its exit code, and what it printed."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.feature("R2")
def test_the_dry_run_shows_every_call_and_the_run_makes_them(shop: World, say) -> None:
    code, out, _ = say("rollback", "service", "api", "--dry-run")
    assert code == 0
    assert "ecs:shop/api: shop-api:4 -> shop-api:3" in out
    assert "ecs:UpdateService(cluster=shop" in out
    assert "calls would be made; nothing was changed" in out
    assert shop.operations(mutating=True) == []

    code, out, _ = say("rollback", "service", "api", "--reason", "errors since 2.15.0")
    assert code == 0, out
    assert shop.running() == "shop-api:3"
    assert "execute   done     api is to run shop-api:3" in out
    plan = next(word for word in out.split() if word.startswith("rollback-api-"))
    assert out.endswith(f"done\nthe incident record: opslib history {plan}\n")


@pytest.mark.feature("R19")
def test_what_was_done_can_be_read_again(shop: World, say, tmp_path: Path) -> None:
    code, out, err = say("rollback", "service", "api", "--reason", "errors since 2.15.0", "--json")
    done = json.loads(out)
    assert (code, done["exitCode"], done["says"]) == (0, 0, "done")
    assert "call" in err, "progress goes to standard error"
    plan = done["plan"]

    code, out, _ = say("history")
    assert code == 0
    assert plan in out
    listed = json.loads(say("history", "--json", "--target", TARGET)[1])
    assert [entry["plan_id"] for entry in listed] == [plan]
    assert say("history", "--target", "ecs:shop/other")[1].strip() == "nothing was done yet"

    assert "errors since 2.15.0" in say("history", plan)[1]
    assert json.loads(say("history", plan, "--json")[1])["plan_id"] == plan
    page = tmp_path / "incident.html"
    assert say("history", plan, "--html", str(page))[0] == 0
    assert "errors since 2.15.0" in page.read_text(encoding="utf-8")
    acts = [json.loads(line) for line in say("history", "--export")[1].splitlines()]
    assert {act["plan_id"] for act in acts} == {plan}

    code, out, _ = say("resume", plan)
    assert code == 0
    assert shop.operations(mutating=True).count("UpdateService") == 1, "what has ended is not run again"


@pytest.mark.feature("R1")
@pytest.mark.usefixtures("shop")
def test_points_say_what_was_good(say) -> None:
    code, out, _ = say("points", "api")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert ["bad", "shop-api:4"] in [row[:2] for row in rows]
    assert ["good", "shop-api:3"] in [row[:2] for row in rows]
    assert {point["revision"]: point["verdict"] for point in json.loads(say("points", "api", "--json")[1])} == {
        row[1]: row[0] for row in rows if len(row) > 2 and row[1].startswith("shop-api:")
    }


@pytest.mark.feature("S2")
def test_holds_are_set_seen_and_lifted(shop: World, say) -> None:
    assert say("hold", "list")[1].strip() == "nothing is held"
    assert say("hold", "set", "api", "--reason", "audit", "--scope", "changes")[0] == 0
    code, _, err = say("hold", "set", "api", "--reason", "mine")
    assert code == 6
    assert "audit" in err
    assert TARGET in say("hold", "list")[1]
    [held] = json.loads(say("hold", "list", "--json")[1])
    assert (held["target"], held["scope"], held["reason"]) == (TARGET, "changes", "audit")

    code, _, err = say("rollback", "service", "api", "--reason", "x")
    assert (code, "audit" in err) == (3, True)
    assert shop.operations(mutating=True) == []
    assert say("hold", "lift", TARGET, "--reason", "over")[0] == 0
    assert say("rollback", "service", "api", "--reason", "x", "--no-hold")[0] == 0
    assert say("hold", "list")[1].strip() == "nothing is held"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("rollback", "service", "nix"), 2, "has no service 'nix'"),
        (("rollback", "service", "api", "--to", "77"), 2, "77"),
        (("rollback", "service", "api", "--calendar", "/nowhere.toml"), 2, "--calendar"),
        (("rollback", "service", "api", "--stack", "other/prod"), 2, "other/prod"),
        (("points", "nix"), 2, "has no service 'nix'"),
        (("resume", "rollback-never"), 2, "there is no plan rollback-never"),
        (("history", "rollback-never"), 2, "there is no plan rollback-never"),
        (("history", "--since", "soon"), 2, "--since 'soon' is no day"),
        (("history", "--html", "x.html"), 2, "name the plan"),
        (("hold", "set", "api", "--reason", "x", "--scope", "all"), 2, "--scope 'all' is none"),
        (("hold", "lift", "api", "--reason", "x"), 2, "is not held"),
        (("hold", "set", "nix", "--reason", "x"), 2, "has no service 'nix'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_bad_input_is_one_clear_line_and_changes_nothing(
    shop: World, say, words: tuple[str, ...], code: int, told: str
) -> None:
    ended, out, err = say(*words)
    assert (ended, out, err.count("\n")) == (code, "", 1), err
    assert told in err
    assert shop.operations(mutating=True) == []


def test_ctrl_c_says_how_to_go_on_and_that_works(shop: World, say) -> None:
    shop.sandbox.behaviour(ecs={"pull_seconds": 3600})
    environment = os.environ | shop.sandbox.environment() | {"AWS_ENDPOINT_URL": shop.sandbox.url}
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "rollback", "service", "api", "--reason", "x"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while "UpdateService" not in shop.operations(mutating=True) and time.monotonic() < deadline:
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 7, err
    plan = next(word for word in out.split() if word.startswith("rollback-api-"))
    assert err.strip().endswith(f"plan {plan} is not finished: continue it: `opslib resume {plan}`")

    shop.sandbox.behaviour(ecs=AT_ONCE)
    shop.wait(7200)
    code, out, err = say("resume", plan)
    assert code == 0, (out, err)
    assert shop.running() == "shop-api:3"
    assert shop.operations(mutating=True).count("UpdateService") == 1


def test_a_terminal_sees_every_step_and_is_asked(shop: World) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | shop.sandbox.environment() | {"TERM": "xterm", "COLUMNS": "140"}
    run = subprocess.Popen(
        [*COMMAND, "rollback", "service", "api", "--reason", "x"],
        env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    seen = ""
    try:
        while chunk := os.read(ours, 65536).decode(errors="replace"):
            seen += chunk
            if seen.rstrip().endswith("[y/N]:"):
                assert shop.operations(mutating=True) == [], "nothing before the answer"
                os.write(ours, b"y\n")
                seen += "(asked)"
    except OSError:  # how a pseudo-terminal ends
        pass
    assert run.wait(timeout=60) == 0, seen
    assert "(asked)" in seen
    assert "✓" in seen
    assert shop.running() == "shop-api:3"


def test_merge_says_when_there_is_nothing_to_merge(shop: World, say: Callable[..., tuple[int, str, str]]) -> None:
    assert shop
    code, out, _ = say("merge")
    assert (code, out) == (0, "nothing was done with broken glass that is not in the journal\n")
    assert say("merge", "--json")[:2] == (0, "[]\n")
