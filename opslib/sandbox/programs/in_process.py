"""Run a Pulumi program in this process, without the Pulumi CLI.

    run = run_program(program.main, project="opslib", stack="staging", config={"aws:region": "eu-west-1"})
    alarms = [r for r in run.resources if r.token == "aws:cloudwatch/metricAlarm:MetricAlarm"]

The program is the same that `pulumi up` runs, and it sees the same configuration; what the engine would do is done by a
`ResourceMonitor`. With a provider, resources come to exist in the sandbox; without one, identifiers are made up and
nothing exists anywhere. There is no state: everything is created, nothing is ever updated, replaced or deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import json
import os
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pulumi.runtime import set_all_config, settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from opslib.sandbox.programs.made_up import Place
from opslib.sandbox.programs.property_values import Secret
from opslib.sandbox.programs.resource_monitor import Provider, Resource, ResourceMonitor

__all__ = ["Provider", "Resource", "Run", "Secret", "run_program"]

_ONE_AT_A_TIME = threading.Lock()
_COLLECT_AFTER = 100_000
"""Allocations between two garbage collections during a run; Python's own 700 make 804 alarms take twice as long."""

_IDLE_TURNS = 20
"""Turns of the event loop without any output done, after which the SDK may do the waiting."""


@dataclass(frozen=True)
class Run:
    """What a program did.

    Attributes:
        resources: What it registered, sorted by URN, without the stack itself.
        outputs: The stack's outputs as plain Python; what is secret is a `Secret`.
        messages: What it said through `pulumi.log`, as (severity, text), debug apart.
        duration_seconds: How long it took.
    """

    resources: tuple[Resource, ...]
    outputs: dict[str, Any]
    messages: tuple[tuple[str, str], ...]
    duration_seconds: float


def run_program(
    program: Callable[[], Any],
    *,
    project: str,
    stack: str,
    config: Mapping[str, Any] | None = None,
    secret_keys: Collection[str] = (),
    provider: Provider | None = None,
    stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
) -> Run:
    """Run a Pulumi program to its end.

    Nothing of one run is seen by the next one: each has its own thread, event loop and Pulumi runtime. Runs do not
    overlap, because the configuration is also in the process's environment while one lasts, as the CLI puts it there.

    Args:
        program: The program; it may be a coroutine function.
        project: The project's name.
        stack: The stack's name.
        config: Configuration by key (`project:key`; a key without a colon is the project's). Values that are not text
            become what the CLI would hand over: JSON.
        secret_keys: The keys whose values are secret.
        provider: What creates `aws:` resources and answers functions; None makes identifiers up.
        stack_outputs: Outputs of other stacks, by the name a `StackReference` gives.

    Returns:
        What was registered.

    Raises:
        DeploymentFailed: A resource is not valid, could not be created, or needs what only the real engine can do.
        Exception: What the program itself raised, inside `apply` too.
    """
    texts = {_full_key(project, key): _as_text(value) for key, value in (config or {}).items()}
    secrets = sorted(_full_key(project, key) for key in secret_keys)
    monitor = ResourceMonitor(
        project=project,
        stack=stack,
        place=Place.configured(texts),
        provider=provider,
        stack_outputs=stack_outputs or {},
    )
    log = _Log()
    environment = {
        "OPSLIB_LAMBDA_CODE": "in-place",  # the sandbox runs opslib's handlers where they are installed
        "PULUMI_CONFIG": json.dumps(texts),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(secrets),
    }
    if provider is not None:
        provider.configure({key.removeprefix("aws:"): text for key, text in texts.items() if key.startswith("aws:")})
    started = time.perf_counter()
    with _ONE_AT_A_TIME, _environment(environment), _rare_garbage_collection():
        raised = _in_thread_of_its_own(
            _run(
                program,
                monitor=monitor,
                log=log,
                project=project,
                stack=stack,
                config=texts,
                secret_keys=secrets,
            )
        )
        duration_seconds = time.perf_counter() - started
    if raised is not None:
        raise raised
    outputs = monitor.component_outputs
    finished = (replace(r, outputs=outputs[r.urn]) if r.urn in outputs else r for r in monitor.resources.values())
    return Run(
        resources=tuple(sorted(finished, key=lambda resource: resource.urn)),
        outputs=outputs.get(monitor.stack_urn, {}),
        messages=tuple(log.messages),
        duration_seconds=duration_seconds,
    )


async def _run(
    program: Callable[[], Any],
    *,
    monitor: ResourceMonitor,
    log: _Log,
    project: str,
    stack: str,
    config: dict[str, str],
    secret_keys: list[str],
) -> BaseException | None:
    """Run the program in a fresh Pulumi runtime and return what it raised."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_Inline())
    # After a failure many futures hold an exception that nobody asks for; the first one is reported, and enough.
    loop.set_exception_handler(lambda *_: None)
    settings.ROOT.set(None)
    settings.configure(
        settings.Settings(
            project=project,
            stack=stack,
            monitor=monitor,
            engine=log,
            dry_run=False,
            organization="organization",
            root_directory=str(os.getcwd()),  # noqa: PTH109 - as a text, which is what the SDK keeps
        )
    )
    set_all_config(config, secret_keys)
    raised_by_program: list[BaseException] = []

    async def noticed() -> None:
        try:
            result = program()
            if asyncio.iscoroutine(result):
                await result
            await _settled()
        except BaseException as error:
            raised_by_program.append(error)
            raise

    try:
        await run_in_stack(noticed)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - it is raised again, in the caller's thread
        return next(iter(raised_by_program), monitor.failure or error)
    return None


async def _settled() -> None:
    """Let the loop turn until few outputs are pending.

    The SDK waits for pending outputs by walking over all of them each time that one is done, which takes a third of a
    run of 800 resources; nothing here waits for anything outside, so the loop itself gets nearly all of them done.
    """
    idle_turns, pending = 0, -1
    while idle_turns < _IDLE_TURNS:
        await asyncio.sleep(0)
        now = len(settings.SETTINGS.outputs)
        idle_turns = idle_turns + 1 if now == pending else 0
        pending = now


def _in_thread_of_its_own(work: Coroutine[Any, Any, BaseException | None]) -> BaseException | None:
    """Run a coroutine apart from the caller's event loop and context variables; an interrupt cancels it."""
    runner = asyncio.Runner()
    done: Future[BaseException | None] = Future()
    task: list[asyncio.Task[BaseException | None]] = []

    async def interruptible() -> BaseException | None:
        task.append(asyncio.create_task(work))
        return await task[0]

    def run() -> None:
        try:
            with runner:
                done.set_result(runner.run(interruptible()))
        except BaseException as error:  # noqa: BLE001 - it goes to the thread that waits
            done.set_exception(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="pulumi program", daemon=True)
    thread.start()
    try:
        return done.result()
    except KeyboardInterrupt:
        if task:
            runner.get_loop().call_soon_threadsafe(task[0].cancel)
        raise
    finally:
        thread.join()


class _Inline(ThreadPoolExecutor):
    """Runs what the SDK hands to its threads at once and in place: registrations come in the program's order."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it goes to who awaits the future
            future.set_exception(error)
        return future


class _Log:
    """The engine's side of `pulumi.log`."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []

    def Log(self, request: Any) -> None:  # noqa: N802 - the gRPC service's name
        if request.severity != engine_pb2.DEBUG:
            self.messages.append((engine_pb2.LogSeverity.Name(request.severity).lower(), request.message))

    def RequirePulumiVersion(self, _request: Any) -> None:  # noqa: N802
        """Any version will do: there is no CLI."""


def _full_key(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking all of pulumi_aws again and again while resources pile up."""
    threshold = gc.get_threshold()
    freezes = gc.get_freeze_count() == 0
    if freezes:
        gc.freeze()
    gc.set_threshold(max(threshold[0], _COLLECT_AFTER) if threshold[0] else 0, *threshold[1:])
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        if freezes:
            gc.unfreeze()
