"""Rollbacks as functions: what `from opslib import rollback` gives."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

from opslib.errors import Refused
from opslib.procedure import Clock, Declined, Event, NotNow, Outcome, Ports, Reader
from opslib.rollback.approval import IDENTITY
from opslib.rollback.before import calendar_of, check_welcome
from opslib.rollback.ecs_service.observe import observe_points, observe_service, promised_service, target_of
from opslib.rollback.ecs_service.planning import Request, plan_service_rollback
from opslib.rollback.ecs_service.seen import see_service
from opslib.rollback.history.point import Record, RollbackPoint
from opslib.rollback.history.reading import read_deployments
from opslib.rollback.history.recorded import KEPT, Records, clean_up
from opslib.rollback.workbench import DryRun, Prepared, Workbench, nobody
from opslib.stack import Stack

if TYPE_CHECKING:
    from opslib.calendar import Calendar

__all__ = [
    "Options",
    "clean_up_points",
    "plan_service",
    "points",
    "record_point",
    "resume",
    "service",
    "service_target",
]


class BenchOptions(TypedDict, total=False):
    """How a procedure is run.

    Attributes:
        environment: What the caller calls the stack (``prod``, ``shop/prod``): refused where it is another.
        break_glass: Why a journal on this machine will do while the stack's does not answer.
        clock: Time; the machine's own where none is given.
        environ: The environment: `os.environ` where none is given.
        ports: Puts something between the procedure and AWS.
    """

    environment: str | None
    break_glass: str
    clock: Clock
    environ: Mapping[str, str]
    ports: Callable[[Ports], Ports]


class Options(BenchOptions, total=False):
    """How a service is rolled back; all of it may be left out.

    Attributes:
        to: A revision: its number, ``family:revision``, or its ARN; else the last good one.
        reason: Why; it is told to people and kept.
        actor: Who asks, for people; else the ARN of the credentials.
        across_migration: That the revision can live with the schema as it is now.
        despite: Why it is done although a hold or the calendar stands against it.
        calendar: When changes are welcome, beside the windows of the stack itself.
        hold: Whether deployments are held afterwards: they are where nothing is said.
        deadline: How long the plan may take in all: an hour.
        rollout: How long the revision may take until it serves: half an hour.
        quiet: How long the alarms may take until they are quiet: a quarter of an hour.
        plan_id: The plan's id, for who has to find it again; else one is made up.
    """

    to: str | None
    reason: str
    actor: str
    across_migration: bool
    despite: str
    calendar: Calendar | None
    hold: bool
    deadline: timedelta
    rollout: timedelta
    quiet: timedelta
    plan_id: str


@overload
def service(
    stack: Stack,
    name: str,
    *,
    dry_run: Literal[False] = False,
    on_event: Callable[[Event], None] = nobody,
    **options: Unpack[Options],
) -> Outcome: ...
@overload
def service(
    stack: Stack,
    name: str,
    *,
    dry_run: Literal[True],
    on_event: Callable[[Event], None] = nobody,
    **options: Unpack[Options],
) -> DryRun: ...
def service(
    stack: Stack,
    name: str,
    *,
    dry_run: bool = False,
    on_event: Callable[[Event], None] = nobody,
    **options: Unpack[Options],
) -> Outcome | DryRun:
    """Roll an ECS service back: to its last good revision, or the one that is named, unchanged, until that serves.

    Args:
        stack: The stack.
        name: The service's key in the stack's outputs.
        dry_run: Only say what would be done.
        on_event: Told what happens, as it happens.
        **options: See `Options`.

    Returns:
        How it ended: `exit_code` and `ending.says`; or with `dry_run` what it would do.

    Raises:
        BadRequest: there is no such service or revision.
        Refused: it cannot be done, or must not, or is not allowed; nothing was changed.
        Overtaken: somebody else holds the service; nothing was changed.
        Unfinished: the journal stopped answering on the way; `resume` goes on.
    """
    prepared = plan_service(stack, name, **options)
    return prepared.dry_run() if dry_run else prepared.run(on_event)


def plan_service(stack: Stack, name: str, **options: Unpack[Options]) -> Prepared:
    """Plan the rollback of an ECS service, and check that it may be done. It changes nothing.

    Args:
        stack: The stack.
        name: The service's key in the stack's outputs.
        **options: See `Options`.

    Returns:
        The plan, ready to be shown and run.

    Raises:
        BadRequest, Refused, Overtaken: see `service`.
    """
    promised = promised_service(stack.outputs, name)
    bench = _bench(stack, options)
    target, now = target_of(promised.cluster, promised.name), bench.clock.now()
    journal = bench.opened.journal
    journal.refuse_if_held(target)
    despite = options.get("despite", "")
    notes = check_welcome(journal.store, target, calendar_of(stack, options.get("calendar")), now, despite)
    request = Request(
        plan_id=options.get("plan_id") or f"rollback-{_plain(name)}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        actor=options.get("actor") or stack.clients.identity().arn,
        reason=options.get("reason", ""),
        at=now,
        across_migration=options.get("across_migration", False),
        hold=options.get("hold", True),
        context={IDENTITY: stack.clients.identity().arn, **({"despite": despite} if despite else {})},
        **_durations(options),
    )
    reader, records = Reader(bench.ports), Records(journal.store)
    with _Answering():
        seen = observe_service(reader, stack.outputs, name, records.of(target), now, to=options.get("to"))
    return bench.prepare(plan_service_rollback(seen, request), reader, notes)


def resume(
    stack: Stack, plan_id: str, *, on_event: Callable[[Event], None] = nobody, **options: Unpack[BenchOptions]
) -> Outcome:
    """Go on with a plan that was not brought to its end, whoever began it and wherever; or give its outcome.

    Args:
        stack: The stack that it is of.
        plan_id: Its id, as it was printed.
        on_event: Told what happens, as it happens.
        **options: See `BenchOptions`.

    Raises:
        BadRequest: there is no such plan.
        Overtaken: somebody else is at work on it.
        Unfinished: the journal stopped answering again.
    """
    return _bench(stack, options, holding=plan_id).resume(plan_id, on_event=on_event)


def points(stack: Stack, name: str, **options: Unpack[BenchOptions]) -> tuple[RollbackPoint, ...]:
    """What a service could go back to, the newest first. It changes nothing.

    Args:
        stack: The stack.
        name: The service's key in the stack's outputs.
        **options: See `BenchOptions`.

    Raises:
        BadRequest: there is no such service.
        Refused: AWS or the journal does not answer.
    """
    promised = promised_service(stack.outputs, name)
    bench = _bench(stack, options)
    records = Records(bench.opened.journal.store).of(target_of(promised.cluster, promised.name))
    with _Answering():
        return observe_points(Reader(bench.ports), stack.outputs, name, records, bench.clock.now())


def service_target(stack: Stack, name: str) -> str:
    """What plans, holds and records about a service are kept under: ``ecs:CLUSTER/NAME``.

    Args:
        stack: The stack.
        name: The service's key in the stack's outputs.

    Raises:
        BadRequest: there is no such service.
    """
    promised = promised_service(stack.outputs, name)
    return target_of(promised.cluster, promised.name)


def record_point(
    stack: Stack,
    name: str,
    *,
    schema_revision: str | None = None,
    proven: str = "",
    actor: str = "",
    **options: Unpack[BenchOptions],
) -> Record:
    """Write down what a service runs now, with the revision of its database's schema.

    Args:
        stack: The stack.
        name: The service's key in the stack's outputs.
        schema_revision: The schema's revision; None: unknown.
        proven: Why it is known to be good; empty: the alarms' history is to tell.
        actor: Who says so; else the ARN of the credentials.
        **options: See `BenchOptions`.

    Raises:
        BadRequest: there is no such service.
        Refused: it runs nothing, or AWS or the journal does not answer.
    """
    promised = promised_service(stack.outputs, name)
    bench = _bench(stack, options)
    reader, target = Reader(bench.ports), target_of(promised.cluster, promised.name)
    with _Answering():
        state = see_service(reader, promised.cluster, promised.name)
        if state is None or state.primary is None:
            raise Refused(f"{promised.cluster}/{promised.name} runs nothing", "deploy it first")
        runs, deployments = state.primary, read_deployments(reader, promised.cluster, promised.name)
        deployed = next((found for found in deployments if found.task_definition == runs.task_definition), None)
    record = Record(
        task_definition=runs.task_definition,
        deployed_at=runs.created_at,
        images=deployed.images if deployed else (),
        source=runs.task_definition,
        schema_revision=schema_revision,
        actor=actor or stack.clients.identity().arn,
        proven=proven,
    )
    Records(bench.opened.journal.store).add(target, record)
    return record


def clean_up_points(
    stack: Stack, name: str, *, older_than: timedelta = KEPT, **options: Unpack[BenchOptions]
) -> tuple[Record, ...]:
    """Forget what was written down of a service long ago; never the last good point.

    Args:
        stack: The stack.
        name: The service's key in the stack's outputs.
        older_than: How old.
        **options: See `BenchOptions`.

    Returns:
        What was forgotten.
    """
    promised = promised_service(stack.outputs, name)
    bench = _bench(stack, options)
    records, target = Records(bench.opened.journal.store), target_of(promised.cluster, promised.name)
    everything = records.of(target)
    with _Answering():
        known = observe_points(Reader(bench.ports), stack.outputs, name, everything, bench.clock.now())
    forgotten = clean_up(everything, known, bench.clock.now(), older_than)
    for record in forgotten:
        records.remove(target, record)
    return forgotten


def _bench(stack: Stack, options: BenchOptions, *, holding: str = "") -> Workbench:
    return Workbench.checked(
        stack,
        environment=options.get("environment"),
        clock=options.get("clock"),
        break_glass=options.get("break_glass", ""),
        holding=holding,
        environ=options.get("environ", os.environ),
        ports=options.get("ports", _as_they_are),
    )


def _as_they_are(ports: Ports) -> Ports:
    return ports


_DURATIONS: tuple[tuple[Literal["deadline", "rollout", "quiet"], str], ...] = (
    ("deadline", "deadline_seconds"),
    ("rollout", "rollout_seconds"),
    ("quiet", "quiet_seconds"),
)


def _durations(options: Options) -> dict[str, Any]:
    return {field: options[name].total_seconds() for name, field in _DURATIONS if name in options}


def _plain(name: str) -> str:
    """As it may stand in a plan's id."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "service"


class _Answering:
    """What reading for a plan meets, as what the caller is told: nothing was changed."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, NotNow | Declined):
            raise Refused(problem.what, problem.next_step or "try again in a minute") from None
