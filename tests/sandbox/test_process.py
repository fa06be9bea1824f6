from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from opslib.errors import SandboxError, SandboxFailed, SandboxNotRunning
from opslib.sandbox import Sandbox
from opslib.sandbox.account import Account

PARENT = """
import time
from opslib.sandbox import Sandbox
sandbox = Sandbox()
sandbox.start()
print(sandbox.url, flush=True)
time.sleep(600)
"""


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_sandbox/status", timeout=60):
            return True
    except OSError:
        return False


def ends_within(url: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while answers(url):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_runs_inside_its_context_and_ends_with_it():
    with Sandbox() as sandbox:
        url = sandbox.url
        assert answers(url)
    assert not answers(url)
    with pytest.raises(SandboxNotRunning, match="not running"):
        _ = sandbox.url


def test_it_does_not_outlive_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert answers(url)
    parent.kill()
    parent.wait()
    assert ends_within(url, 10)


def test_the_server_says_where_it_is_and_ends_with_its_standard_input():
    server = subprocess.Popen(
        [sys.executable, "-m", "opslib.sandbox", "--parent-pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    ready = json.loads(server.stdout.readline())
    assert ready["pid"] == server.pid
    assert answers(ready["url"])
    server.stdin.close()
    assert server.wait(60) == 0
    server.stdout.close()


def test_a_port_that_is_taken_is_said_on_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxFailed, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            Sandbox(port=port).start()
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_server_that_is_too_slow_is_ended():
    with pytest.raises(SandboxFailed, match=r"was not ready after 0\.01 s"):
        Sandbox(start_seconds=0.01).start()


def test_attaching_to_nothing_says_so():
    with pytest.raises(SandboxNotRunning, match="no sandbox answers at"):
        Sandbox.attach("http://127.0.0.1:9")


def test_an_attached_sandbox_is_the_same_and_is_not_ended_by_its_context(account, aws):
    aws("sns").create_topic(Name="alerts")
    with Sandbox.attach(account.url + "/") as attached:
        assert attached.status().contents == {"topics": 1}
    assert answers(account.url)


def test_another_process_needs_only_the_environment(account):
    script = (
        "import boto3; boto3.client('sqs').create_queue(QueueName='q'); "
        "print(boto3.client('sts').get_caller_identity()['Account'])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    finished = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, **account.environment()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert finished.stdout.strip() == account.status().account
    assert [call.operation for call in account.calls()] == ["CreateQueue", "GetCallerIdentity"]
    assert "AWS_PROFILE" not in account.environment()


def test_a_reset_empties_the_account(account, aws):
    aws("sns").create_topic(Name="alerts")
    aws("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="TRUE")
    account.reset()
    assert account.status().contents == {}
    assert account.calls() == []
    assert aws("sns").list_topics()["Topics"] == []


def test_a_reset_forgets_what_the_gaps_remember():
    account = Account()
    account.record("budget tags")["monthly"] = {"a": "1"}
    account.reset()
    assert account.record("budget tags") == {}


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        (("GET", "/nothing", None), 404, "has no route GET /_sandbox/nothing"),
        (("POST", "/clock", b'{"advance_seconds": -5}'), 400, "advance_seconds"),
        (("POST", "/clock", b'{"advance": 5}'), 400, "advance_seconds: Field required"),
        (("POST", "/clock", b"now"), 400, "Invalid JSON"),
        (("POST", "/seed", b'{"regions": "eu-west-1"}'), 400, "regions"),
        (("POST", "/confirm", b'{"subscription": "arn:none"}'), 409, "there is no subscription"),
    ],
)
def test_control_requests_that_make_no_sense_are_refused_in_one_line(account, request_, status, says):
    method, path, body = request_
    request = urllib.request.Request(f"{account.url}/_sandbox{path}", body, method=method)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    assert caught.value.code == status
    problem = json.loads(caught.value.read())["problem"]
    assert says in problem
    assert "\n" not in problem


def test_the_client_raises_what_the_control_route_says(account):
    with pytest.raises(SandboxError, match="there is no subscription arn:none"):
        account.confirm_subscription("arn:none")
