"""The control routes of faults."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from opslib.errors import BadRequest
from opslib.sandbox.faults.fault import Fault, Pid, Script

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["arm", "clear", "read", "register_pid"]

_FAULTS: TypeAdapter[tuple[Fault, ...]] = TypeAdapter(tuple[Fault, ...])


def read(account: Account, _: bytes) -> Script:
    """`GET /_sandbox/faults`."""
    return account.faults.told()


def arm(account: Account, body: bytes) -> Script:
    """`POST /_sandbox/faults`: add faults to the script."""
    account.faults.arm(_FAULTS.validate_json(body))
    return account.faults.told()


def clear(account: Account, _: bytes) -> Script:
    """`DELETE /_sandbox/faults`: disarm them all, and forget what fired."""
    account.faults.clear()
    return account.faults.told()


def register_pid(account: Account, body: bytes) -> Pid:
    """`POST /_sandbox/pid`: say which process `kill_before` and `kill_after` kill."""
    wanted = Pid.model_validate_json(body)
    if wanted.pid == os.getpid():
        raise BadRequest(f"process {wanted.pid} is the sandbox itself", "register the process that calls it")
    account.faults.pid = wanted.pid
    return wanted
