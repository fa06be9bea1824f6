"""Real servers on this machine: a pager that confirms its subscription as PagerDuty does, and a webhook of Slack."""

from __future__ import annotations

import datetime as dt
import json
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DEADLINE_SECONDS = 60


@dataclass
class Listening:
    """A server.

    Attributes:
        url: Its address.
        posted: What it was sent, but for confirmations: path, headers, document.
        confirmed: How often it has confirmed a subscription.
        answers: With which status it answers.
    """

    url: str = ""
    posted: queue.Queue[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=queue.Queue)
    confirmed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    answers: int = 200

    def next(self) -> tuple[str, dict[str, str], dict[str, Any]]:
        """What comes next."""
        return self.posted.get(timeout=DEADLINE_SECONDS)

    def next_with(self, text: str) -> tuple[str, dict[str, str], dict[str, Any]]:
        """The next with a text in it; what comes before it is of others."""
        found = self.next()
        while text not in json.dumps(found[2]):
            found = self.next()
        return found


@contextmanager
def listening(path: str, certificate: Path | None = None) -> Iterator[Listening]:
    """A server; with a certificate it speaks TLS.

    Args:
        path: The path of its address.
        certificate: Where certificate and key are.
    """
    here = Listening()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if document.get("Type") == "SubscriptionConfirmation":
                urlopen(document["SubscribeURL"], timeout=DEADLINE_SECONDS).close()
                here.confirmed.release()
            else:
                here.posted.put((self.path, dict(self.headers), document))
            self.send_response(here.answers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    here.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}{path}"
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def made_certificate(directory: Path) -> Path:
    """A certificate that nobody trusts, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = directory / "server.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
