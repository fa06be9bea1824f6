"""What a failure of AWS's says of the world."""

from __future__ import annotations

import socket
import threading

import pytest

from opslib.clients import Clients
from opslib.procedure import Call, Declined, NotNow, Unknown
from opslib.procedure.aws import AwsPort
from opslib.sandbox import Sandbox

REGION = "eu-west-1"
PARAMETER = {"Name": "/shop/endpoint", "Value": "old", "Type": "String"}


def port(service: str = "ssm") -> AwsPort:
    return AwsPort(Clients(region=REGION), service)


def test_reads_and_calls_reach_aws(aws: Sandbox) -> None:
    port().send(Call("ssm", "PutParameter", PARAMETER))
    assert port().read("GetParameter", {"Name": "/shop/endpoint"})["Parameter"]["Value"] == "old"
    assert [call.operation for call in aws.calls() if call.mutating] == ["PutParameter"]


def test_what_aws_refuses_was_declined_with_its_code(aws: Sandbox) -> None:
    assert aws
    port().send(Call("ssm", "PutParameter", PARAMETER))
    with pytest.raises(Declined) as declined:
        port().send(Call("ssm", "PutParameter", PARAMETER))
    assert declined.value.code == "ParameterAlreadyExists"
    with pytest.raises(Declined) as unknown:
        port().read("GetParameter", {"Name": "/nowhere"})
    assert unknown.value.code == "ParameterNotFound"


def test_a_call_that_is_wrong_is_declined_before_it_is_sent(aws: Sandbox) -> None:
    with pytest.raises(Declined):
        port().send(Call("ssm", "PutParameter", {"Nmae": "x"}))
    assert aws.calls() == []


def test_a_connection_that_was_never_made_changed_nothing(no_aws: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        credentials(no_aws, nobody.getsockname()[1])
        with pytest.raises(NotNow):
            port().send(Call("ssm", "PutParameter", PARAMETER))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", Unknown),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", Unknown),
        (
            b'HTTP/1.1 400 Bad\r\nContent-Length: 33\r\n\r\n{"__type": "ThrottlingException"}',
            NotNow,
        ),
    ],
    ids=["answer lost", "server error", "throttled"],
)
def test_what_an_answer_says_of_the_world(no_aws: pytest.MonkeyPatch, answer: bytes, error: type[Exception]) -> None:
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    requests.append(connection.recv(65_536))
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        credentials(no_aws, server.getsockname()[1])
        with pytest.raises(error):
            port().send(Call("ssm", "PutParameter", PARAMETER))
        server.shutdown(socket.SHUT_RDWR)
    assert len(requests) == 1, "a call is sent once, whatever comes back"


def credentials(environment: pytest.MonkeyPatch, at_port: int) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{at_port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }.items():
        environment.setenv(name, value)
