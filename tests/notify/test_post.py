"""JSON to an address that is a secret: what is sent, what is not tried again, and that the address shows nowhere."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import traceback

import pytest

from opslib.errors import BadRequest
from opslib.notify import NotDelivered, post
from opslib.notify.post import Address
from tests.notify.conftest import Listener

pytestmark = pytest.mark.feature("O4")

SECRET = "T000SECRET"


def address(url: str) -> Address:
    return Address(f"{url}/services/{SECRET}?token={SECRET}", named="OPSLIB_NOTIFY_SLACK_URL")


def test_the_document_arrives_as_json_with_the_whole_address(listener: Listener) -> None:
    post.post(address(listener.url), {"text": "rückgängig"})
    assert listener.posts == [(f"/services/{SECRET}?token={SECRET}", {"text": "rückgängig"})]
    assert listener.headers[0]["Content-Type"] == "application/json; charset=utf-8"
    assert listener.headers[0]["User-Agent"].startswith("opslib/")


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_bad_answer_is_told_and_not_tried_again(listener: Listener, status: int) -> None:
    listener.answers = status
    with pytest.raises(NotDelivered, match=f"^it answered {status}$"):
        post.post(address(listener.url), {})
    assert len(listener.posts) == 1


def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.answers, listener.location = 307, f"{listener.url}/elsewhere"
    with pytest.raises(NotDelivered, match="it answered 307"):
        post.post(address(listener.url), {})
    assert len(listener.posts) == 1


def test_a_lost_answer_is_not_sent_again_because_it_may_have_been_read(listener: Listener) -> None:
    listener.breaks = True
    with pytest.raises(NotDelivered, match="it closed the connection without an answer"):
        post.post(address(listener.url), {})
    assert len(listener.posts) == 1


def test_a_connection_that_was_never_made_is_tried_twice(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []
    real = socket.create_connection

    def counted(*given: object, **more: object) -> socket.socket:
        tries.append(given)
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", counted)
    with pytest.raises(NotDelivered, match="it refuses the connection"):
        post.post(address(f"http://127.0.0.1:{closed_port}"), {})
    assert len(tries) == 2


def test_a_server_that_hangs_is_given_up(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    listener.hangs = True
    monkeypatch.setattr(post, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(NotDelivered, match="it did not answer in"):
        post.post(address(listener.url), {})
    assert len(listener.posts) == 1


def test_what_speaks_no_http_or_no_tls_is_told() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]

        def answer() -> None:
            for _ in range(3):
                connection, _peer = server.accept()
                connection.recv(65536)
                connection.sendall(b"+OK POP3 ready\r\n\r\n")
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(NotDelivered, match="what answers speaks no HTTP"):
            post.post(address(f"http://127.0.0.1:{port}"), {})
        with pytest.raises(NotDelivered, match="speaks no TLS"):
            post.post(address(f"https://127.0.0.1:{port}"), {})


def test_a_certificate_is_checked() -> None:
    assert post._connection(address("https://hooks.example.com").parts)._context.verify_mode == ssl.CERT_REQUIRED  # type: ignore[attr-defined]


@pytest.mark.parametrize("failing", ["status", "break", "refused"])
def test_the_address_is_in_no_error_no_log_no_traceback_and_no_repr(
    listener: Listener,
    closed_port: int,
    failing: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    listener.answers, listener.breaks = 500, failing == "break"
    where = address(f"http://127.0.0.1:{closed_port}" if failing == "refused" else listener.url)
    with caplog.at_level(logging.DEBUG), pytest.raises(NotDelivered) as caught:
        post.post(where, {})
    everything = "".join(
        [
            *traceback.format_exception(caught.value),
            repr(caught.value.__context__),
            caplog.text,
            *capfd.readouterr(),
            repr(where),
            str(where),
            f"{[where]}",
        ]
    )
    assert SECRET not in everything
    assert "127.0.0.1" not in everything
    assert not hasattr(where, "__dict__")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hooks.example.com/SECRET", "is not an https URL"),
        ("http://127.0.0.1.example.com/SECRET", "is not an https URL"),
        ("ftp://hooks.example.com/SECRET", "is not an https URL"),
        ("file:///etc/SECRET", "is not a URL with a host"),
        ("SECRET", "is not a URL with a host"),
        ("https://", "is not a URL with a host"),
        ("https://a..b/SECRET", "is not a URL with a host"),
        (f"https://{'a' * 64}.com/SECRET", "is not a URL with a host"),
        ("https://[SECRET", "is not a URL"),
        ("https://hooks.example.com:SECRET/", "is not a URL"),
        ("https://user:SECRET@hooks.example.com/", "holds a user or a password"),
        ("https://hooks.example.com/SEC RET", "holds characters that no URL has"),
        ("https://hooks.example.com/SEC\nRET", "holds characters that no URL has"),
        ("https://höoks.example.com/SECRET", "holds characters that no URL has"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(url: str, says: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Address(url, named="OPSLIB_NOTIFY_SLACK_URL")
    assert str(caught.value).startswith(f"OPSLIB_NOTIFY_SLACK_URL {says}: ")
    assert "SEC" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url", ["http://localhost:1/x", "http://127.0.0.2/x", "http://[::1]:9/x", " https://a.example/x\n"]
)
def test_plain_http_is_for_this_machine_alone(url: str) -> None:
    assert Address(url, named="X").parts.path == "/x"


def test_the_environments_proxy_is_used_but_not_for_this_machine(
    listener: Listener, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    post.post(address(listener.url), {})
    assert len(listener.posts) == 1
    asked: list[bytes] = []
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()

        def refuse() -> None:
            for _ in range(2):
                connection, _peer = proxy.accept()
                asked.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                connection.close()

        threading.Thread(target=refuse, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{proxy.getsockname()[1]}")
        with pytest.raises(NotDelivered, match="it cannot be reached"):
            post.post(address("https://hooks.example.com"), {})
    assert asked[0].startswith(b"CONNECT hooks.example.com:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz" in asked[0]
    assert SECRET.encode() not in asked[0]
