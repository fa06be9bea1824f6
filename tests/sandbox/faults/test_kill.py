"""A process that is killed at a call, and what its call has done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from opslib.errors import SandboxError
from opslib.sandbox import Fault, Sandbox

VICTIM = """
import sys, boto3
from botocore.config import Config
ssm = boto3.client("ssm", config=Config(retries={"total_max_attempts": 1}))
print("ready", flush=True)
sys.stdin.readline()
for name in ("/one", "/two"):
    ssm.put_parameter(Name=name, Value="1", Type="String")
print("survived", flush=True)
"""


def run_victim(sandbox: Sandbox) -> tuple[int, str]:
    """A process of its own that makes two calls; its exit code and what it printed."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM],
        env=os.environ | sandbox.environment() | {"AWS_DEFAULT_REGION": "eu-west-1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    sandbox.victim(victim.pid)
    said, _ = victim.communicate("go\n", timeout=120)
    return victim.returncode, said


@pytest.mark.parametrize(
    ("kind", "there"), [("kill_before", ["/one"]), ("kill_after", ["/one", "/two"])], ids=["before", "after"]
)
def test_a_process_is_killed_at_its_second_call(account, kind, there):
    account.faults(getattr(Fault, kind)("ssm", "PutParameter", nth=2))
    code, said = run_victim(account)
    assert code == -signal.SIGKILL
    assert said.split() == ["ready"]
    [fired] = account.fired()
    assert (fired.sequence, fired.kind) == (2, kind)
    assert "killed process" in fired.detail
    parameters = account.client("ssm", "eu-west-1").describe_parameters()["Parameters"]
    assert sorted(parameter["Name"] for parameter in parameters) == there


def test_a_call_may_say_itself_whom_to_kill(account):
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    account.faults(Fault.kill_before("ssm"))
    ssm = account.client("ssm", "eu-west-1")
    ssm.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header("X-Sandbox-Pid", str(sleeper.pid))
    )
    with pytest.raises(ConnectionClosedError):
        ssm.describe_parameters()
    assert sleeper.wait(60) == -signal.SIGKILL


def test_nobody_to_kill_is_said_loudly(account):
    account.faults(Fault.kill_after("ssm"))
    with pytest.raises(ClientError, match="which process to kill"):
        account.client("ssm", "eu-west-1").describe_parameters()


def test_the_sandbox_does_not_kill_itself(account):
    pid = account._process._process.pid
    with pytest.raises(SandboxError, match="is the sandbox itself"):
        account.victim(pid)
