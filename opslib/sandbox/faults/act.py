"""What each kind of fault does to a call: a table from kind to a function around the call's answer."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from opslib.sandbox.answer import Answer, AwsError, write_error
from opslib.sandbox.arrival import Arrival
from opslib.sandbox.connection import ConnectionCut, wait_until_given_up
from opslib.sandbox.faults.codes import Code, internal_error_of, throttling_of
from opslib.sandbox.faults.fault import Fault, Kind
from opslib.sandbox.faults.past import Past
from opslib.sandbox.inside import client_inside

if TYPE_CHECKING:
    from opslib.sandbox.account import Account

__all__ = ["ACTS", "Scene"]

PID_HEADER = "HTTP_X_SANDBOX_PID"


@dataclass(frozen=True)
class Scene:
    """A fault that befalls a call.

    Attributes:
        account: The account that is called.
        fault: The fault.
        arrival: The call.
        proceed: Goes on: to the next fault, at last to the world, where the call is applied.
        happened: Takes down that the fault fired, and what exactly happened.
        past: What reads answered.
    """

    account: Account
    fault: Fault
    arrival: Arrival
    proceed: Callable[[], Answer]
    happened: Callable[[str], None]
    past: Past

    def refuse(self, code: Code) -> Answer:
        """An error in AWS's form."""
        self.happened(f"answered {code.status} {code.code}")
        return write_error(self.arrival.request, AwsError(code.code, code.message, code.status))


def throttle(scene: Scene) -> Answer:
    """Never applied."""
    return scene.refuse(throttling_of(scene.arrival.service, scene.arrival.operation))


def internal_error(scene: Scene) -> Answer:
    """Never applied."""
    return scene.refuse(internal_error_of(scene.arrival.service, scene.fault.answers or 500))


def timeout(scene: Scene) -> Answer:
    """Never applied; nothing is said until the client has gone."""
    given_up = wait_until_given_up(scene.arrival.environ, scene.fault.lasts_seconds)
    scene.happened("the client gave up" if given_up else f"closed after {scene.fault.lasts_seconds:g} s")
    raise ConnectionCut("timeout")


def lost_response(scene: Scene) -> Answer:
    """Applied, whatever the caller is told."""
    applied = scene.proceed()
    outcome = f"applied with {applied.status} {applied.error_code or ''}".strip()
    if scene.fault.answers is None:
        scene.happened(f"{outcome}, connection closed")
        raise ConnectionCut("lost_response")
    code = internal_error_of(scene.arrival.service, scene.fault.answers)
    scene.happened(f"{outcome}, answered {code.status} {code.code}")
    return write_error(scene.arrival.request, AwsError(code.code, code.message, code.status))


def dropped(scene: Scene) -> Answer:
    """Never applied."""
    scene.happened("connection closed")
    raise ConnectionCut("dropped")


def slow(scene: Scene) -> Answer:
    """Applied at once: a caller that gives up meanwhile has changed the world all the same."""
    answer = scene.proceed()
    time.sleep(scene.fault.lasts_seconds)
    scene.happened(f"answered {scene.fault.lasts_seconds:g} s late")
    return answer


def kill_before(scene: Scene) -> Answer:
    """Never applied."""
    return _kill(scene, "before it was applied")


def kill_after(scene: Scene) -> Answer:
    """Applied first."""
    applied = scene.proceed()
    return _kill(scene, f"after it was applied with {applied.status} {applied.error_code or ''}".strip())


def _kill(scene: Scene, moment: str) -> Answer:
    header = scene.arrival.environ.get(PID_HEADER, "")
    pid = int(header) if header.isdigit() else scene.account.faults.pid
    if pid is None or pid <= 1 or pid == os.getpid():
        scene.happened("nobody to kill")
        message = "Nobody said which process to kill: POST /_sandbox/pid, or the header X-Sandbox-Pid."
        return write_error(scene.arrival.request, AwsError("SandboxBroke", message))
    try:
        os.kill(pid, signal.SIGKILL)
        scene.happened(f"killed process {pid} {moment}")
    except ProcessLookupError:
        scene.happened(f"process {pid} had already ended")
    raise ConnectionCut(scene.fault.kind)


def stale(scene: Scene) -> Answer:
    """The oldest answer within the span, if there is one; consistent reads are never stale."""
    old = scene.past.answer(scene.arrival, scene.fault.lasts_seconds)
    if old is None:
        return scene.proceed()
    age = (scene.account.clock.now() - old.at).total_seconds()
    scene.happened(f"answered as {age:.1f} s ago")
    return old.answer


def interfere(scene: Scene) -> Answer:
    """Somebody else's call, before or after; what becomes of it is taken down and changes nothing here."""
    colleague = scene.fault.colleague
    if colleague is not None and colleague.when == "before":
        scene.happened(_call_as_colleague(scene))
    answer = scene.proceed()
    if colleague is not None and colleague.when == "after":
        scene.happened(_call_as_colleague(scene))
    return answer


def _call_as_colleague(scene: Scene) -> str:
    call = scene.fault.colleague
    if call is None:  # the fault's own validation does not let this happen
        return ""
    who = f"{call.actor}: {call.operation}"
    try:
        region = call.region or scene.arrival.region
        client = client_inside(scene.account.door, call.service, region, call.actor)
        getattr(client, xform_name(call.operation))(**call.parameters)
    except ClientError as error:
        return f"{who} refused with {error.response['Error']['Code']}"
    except (BotoCoreError, AttributeError) as error:
        return f"{who} could not be made: {error}"
    return f"{who} done"


ACTS: Mapping[Kind, Callable[[Scene], Answer]] = {
    "throttle": throttle,
    "internal_error": internal_error,
    "timeout": timeout,
    "lost_response": lost_response,
    "dropped": dropped,
    "slow": slow,
    "kill_before": kill_before,
    "kill_after": kill_after,
    "stale": stale,
    "interfere": interfere,
}
