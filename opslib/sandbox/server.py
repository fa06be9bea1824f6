"""The sandbox's server: moto's WSGI application behind ours, on 127.0.0.1, in a process of its own."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
import warnings
from typing import Any

__all__ = ["main", "serve"]

HOST = "127.0.0.1"
COLLECT_AFTER = 50_000  # objects; Python's own 700 costs a tenth of the time that a day of sandbox time takes


def serve(port: int = 0, *, ends_with_stdin: bool = False) -> None:
    """Serve a sandbox until the process is told to stop; prints one JSON line (`url`, `pid`) when it can be called.

    Args:
        port: Where to listen on 127.0.0.1; 0 takes a free port.
        ends_with_stdin: End when standard input closes: a parent that holds the other end of that pipe takes the
            sandbox with it, however the parent ends.

    Raises:
        SandboxFailed: Nothing can listen on that port.
    """
    _silence()
    # moto reads these when it is imported: its Step Functions call its Lambda at this port.
    os.environ["MOTO_PORT"] = str(port)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    # Or moto makes a thousand machine images for each region that anybody calls, again after every reset.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    # Some of moto's times are local ones that it answers as if they were UTC.
    os.environ["TZ"] = "UTC"
    time.tzset()

    from moto.core.config import default_user_config

    from opslib.errors import SandboxFailed
    from opslib.sandbox.account import Account
    from opslib.sandbox.gateway import Gateway
    from opslib.sandbox.messages import Ready

    default_user_config["lambda"] = {"use_docker": False}
    gateway = Gateway(Account())
    try:
        server = _listen(port, gateway)
    except (OSError, SystemExit) as error:  # werkzeug prints its own hint and exits when the port is taken
        raise SandboxFailed(
            f"the sandbox cannot listen on {HOST}:{port}", "take another port, or 0 for a free one"
        ) from error
    os.environ["MOTO_PORT"] = str(server.server_port)
    url = f"http://{HOST}:{server.server_port}"
    gateway.listens_at(url)
    if ends_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    # What is imported by now stays: the collector need not look at it again, nor after every few hundred objects.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    print(Ready(url=url, pid=os.getpid()).model_dump_json(), flush=True)  # noqa: T201  # the line that parents wait for
    # Nobody reads our output any more; what moto prints must not fill the pipe and block us.
    sys.stdout = sys.stderr
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _listen(port: int, gateway: Any) -> Any:
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class Quiet(MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
        """moto's handler, without a log line for every request."""

        # A header and a body in two packets would otherwise wait for each other (Nagle and delayed acknowledgement).
        disable_nagle_algorithm = True

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's name for it
            """Say nothing."""

    return make_server(HOST, port, gateway, threaded=True, request_handler=Quiet)


def _end_with_stdin() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)  # at once: there is nothing to save, and whoever closed the pipe may be waiting


def _silence() -> None:
    for name in ("moto", "botocore", "boto3", "responses"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # What breaks in our own code still goes to standard error, where the parent finds it.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")


def main(arguments: list[str]) -> int:
    """Run `python -m opslib.sandbox [--port N] [--parent-pipe]`.

    Returns:
        The exit code.
    """
    import argparse

    from opslib.errors import OpslibError

    parser = argparse.ArgumentParser(prog="python -m opslib.sandbox", description="An AWS account in a box.")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (default: a free port)")
    parser.add_argument("--parent-pipe", action="store_true", help="end when standard input closes")
    options = parser.parse_args(arguments)
    try:
        serve(options.port, ends_with_stdin=options.parent_pipe)
    except OpslibError as error:
        print(error, file=sys.stderr)  # noqa: T201  # this is the command
        return error.exit_code
    return 0
