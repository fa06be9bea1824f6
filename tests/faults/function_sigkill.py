"""The function of automatic rollback, killed by the system after each call that changes something, as Lambda may.

What comes then is what Step Functions does: it runs the same state again, with the same input. It has to end as if
nothing had happened.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from opslib.calendar import Holds
from opslib.guard.proposals import Proposals
from opslib.sandbox import Fault, Sandbox
from tests.faults.explore import Result
from tests.faults.function_victim import ACTOR, RETRY_SECONDS, live
from tests.faults.nursery import Explored
from tests.faults.stage import Interaction
from tests.guard.conftest import PREFIX, Guarded
from tests.rollback.world import REGION, SYMPTOM, TARGET

__all__ = ["NAME", "calls_of", "killed_at", "play", "ring"]

NAME = "guard.automatic:SIGKILL"

Mode = Literal["act", "propose"]

_LIVES = multiprocessing.get_context("forkserver")
_LIVES.set_forkserver_preload(["tests.faults.function_victim", "opslib.rollback.entry"])
"""Each life is a process of its own; what they all import is imported once."""


def ring(guarded: Guarded, mode: Mode) -> None:
    """A bad release whose alarm rings, in a stack where nobody else begins anything."""
    guarded.tell_mode(mode)
    guarded.sandbox.client("events", REGION).disable_rule(Name=f"{PREFIX}-auto-rollback")
    guarded.release(wait=60)
    guarded.sandbox.reset_calls()
    guarded.sandbox.invariants("all")
    guarded.sandbox.good("shop", "api", *(f"shop-api:{number}" for number in (1, 2, 3)))


def calls_of(guarded: Guarded, mode: Mode) -> list[tuple[str, str]]:
    """Service and operation of each call that changes something, when nothing goes wrong."""
    ring(guarded, mode)
    memory = _remembered(guarded)
    assert _live(guarded, memory) == 0
    return [(one.service, one.operation) for one in guarded.sandbox.calls() if one.mutating and one.actor == ACTOR]


def killed_at(guarded: Guarded, mode: Mode, nth: int) -> Iterator[str]:
    """Kill it after a call, run the state again, and yield what is amiss in the end."""
    ring(guarded, mode)
    memory = _remembered(guarded)
    match: dict[str, Any] = {"actor": ACTOR, "mutating_only": True, "nth": nth}
    guarded.sandbox.faults(Fault(kind="kill_after", match=match))  # type: ignore[arg-type]  # pydantic reads it
    code = _live(guarded, memory)
    if code != -signal.SIGKILL:
        yield f"it was not killed: it ended with {code}"
    guarded.sandbox.clear_faults()
    guarded.wait(RETRY_SECONDS)
    code = _live(guarded, memory)
    if code:
        yield f"who came after it ended with {code}"
    ended = json.loads(memory.read_text(encoding="utf-8")).get("ended", {})
    yield from (_amiss if mode == "act" else _amiss_in_proposing)(guarded, ended)
    guarded.sandbox.settled()
    yield from (f"{found.invariant}: {found.text}" for found in guarded.sandbox.violations())


def _amiss(guarded: Guarded, ended: dict[str, Any]) -> Iterator[str]:
    journal = guarded.journal()
    if (ended.get("state"), ended.get("exitCode")) != ("ended", 0):
        yield f"the execution ended with {ended}"
    plans = [entry.plan_id for entry in journal.history()]
    if len(plans) != 1 or journal.progress(plans[0]).phase != "ended":
        yield f"the journal has {plans}, or says that it has not ended"
    if journal.store.get(f"target#{TARGET}", "claim") is not None:
        yield "the claim was not released"
    if guarded.running() != "shop-api:3":
        yield f"{guarded.running()} runs"
    if guarded.suspended() != {False}:
        yield "scaling was not restored"
    if [hold.plan for hold in Holds(journal.store).all()] != plans:
        yield "the service is not held by the plan"
    if _count(guarded, "UpdateService") != 1:
        yield f"UpdateService was sent {_count(guarded, 'UpdateService')} times"


def _amiss_in_proposing(guarded: Guarded, ended: dict[str, Any]) -> Iterator[str]:
    if ended.get("state") != "proposed":
        yield f"the execution ended with {ended}"
    found = Proposals(guarded.journal().store).all()
    if [one.told for one in found] != [True]:
        yield f"there are {len(found)} proposals, told: {[one.told for one in found]}"
    if not 1 <= _count(guarded, "Publish") <= 2:
        yield f"people were told {_count(guarded, 'Publish')} times"
    if guarded.running() != "shop-api:4":
        yield "something was done"


def _count(guarded: Guarded, operation: str) -> int:
    return sum(call.operation == operation and call.actor == ACTOR for call in guarded.sandbox.calls())


def _remembered(guarded: Guarded) -> Path:
    """Step Functions, right after the alarm's event."""
    memory, now = guarded.state.with_suffix(".execution"), guarded.clock.now().isoformat()
    event = {"detail": {"alarmName": SYMPTOM}}
    state = {"do": "decide", "at": now, "began": now, "execution": "one", "event": event}
    memory.parent.mkdir(exist_ok=True, parents=True)
    memory.write_text(json.dumps(state), encoding="utf-8")
    return memory


def _live(guarded: Guarded, memory: Path) -> int | None:
    """One life of the process; how it ended."""
    ours, theirs = _LIVES.Pipe()
    environment = {
        **guarded.sandbox.environment(),
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACTOR,
        "AWS_SDK_UA_APP_ID": ACTOR,
        "AWS_LAMBDA_FUNCTION_NAME": f"{PREFIX}-auto-rollback",
        "OPSLIB_STACK": "shop/prod",
        "OPSLIB_STATE": str(guarded.state),
        "OPSLIB_NOTIFY_TIER": "info",
        "NO_PROXY": "*",
    }
    process = _LIVES.Process(target=live, args=(theirs, guarded.sandbox.url, environment, str(memory), SYMPTOM))
    process.start()
    assert process.pid is not None
    guarded.sandbox.victim(process.pid)
    ours.send("now")
    process.join(300)
    return process.exitcode


def play() -> Explored:
    """After every call that changes something, in both modes, each in a world of its own."""
    rows: list[Interaction] = []
    results: list[Result] = []
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as directory:
        os.environ |= sandbox.environment() | {"AWS_REGION": REGION}
        for mode in ("act", "propose"):
            first = len(rows)
            made = calls_of(_world(sandbox, Path(directory) / mode), mode)
            rows += [Interaction(first + n, *call, mutating=True) for n, call in enumerate(made, 1)]
            for row in rows[first:]:
                world = _world(sandbox, Path(directory) / f"{row.number}")
                amiss = list(killed_at(world, mode, row.number - first))
                case = f"{NAME}/{row.number}-kill-after"
                results.append(Result(case, NAME, f"{row.number} {row}", "kill after", amiss, []))
    return Explored(NAME, rows, results)


def _world(sandbox: Sandbox, state: Path) -> Guarded:
    sandbox.reset()
    made = Guarded(sandbox, state)
    made.arrange()
    return made
