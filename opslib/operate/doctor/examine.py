"""The one interpreter of the table of checks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from opslib.errors import BadRequest, OpslibError
from opslib.operate.doctor.check import Check, Fault
from opslib.operate.doctor.examination import Examination, Examined, Finding, NotChecked
from opslib.operate.doctor.look import Look
from opslib.operate.doctor.table import CHECKS
from opslib.procedure import AwsPorts, Clock, Ports, Store, SystemClock
from opslib.procedure.open_journal import open_journal
from opslib.stack import Stack

__all__ = ["examine"]

THREADS = 8
"""How many things are looked at at once: fewer than the connections that botocore keeps to a service (10)."""

_NAMED = 3
"""How many things are named of those that could not be looked at for one reason."""


@dataclass(slots=True)
class _Came:
    """What came of looking at one thing."""

    on: str
    looked: bool = False
    faults: tuple[Fault, ...] = ()
    why_not: str = ""
    next_step: str = field(default="")


def examine(
    stack: Stack,
    *,
    only: Collection[str] = (),
    clock: Clock | None = None,
    environ: Mapping[str, str] = os.environ,
    ports: Callable[[Ports], Ports] = lambda ports: ports,
) -> Examination:
    """Look whether everything is in place before it is needed. It changes nothing.

    Args:
        stack: The stack.
        only: The ids of the checks to make; empty: all of them.
        clock: Time; the machine's own where none is given.
        environ: The environment: where a stack without a journal table keeps its journal.
        ports: Puts something between the checks and AWS.

    Raises:
        BadRequest: there is no such check.
        WrongAccount: the credentials are of another account.
        NoCredentials: there are none.
        Unreachable: AWS does not answer.
    """
    chosen = _chosen(only)
    stack.check_account()
    began = time.monotonic()
    clock = clock or SystemClock()

    def store() -> Store:
        return open_journal(stack, environ=environ).journal.store

    look = Look(stack, ports(AwsPorts(stack.clients, {})), now=clock.now(), store=store)
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="doctor") as pool:
        tasks = [[pool.submit(_look_at, look, check, on) for on in check.subjects(look.outputs)] for check in chosen]
        came = [[task.result() for task in of_check] for of_check in tasks]
    examined = tuple(_examined(check, found, stack) for check, found in zip(chosen, came, strict=True))
    return Examination(stack.name, examined, look.calls, time.monotonic() - began)


def _chosen(only: Collection[str]) -> tuple[Check[Any, Any], ...]:
    unknown = sorted(set(only) - {check.id for check in CHECKS})
    if unknown:
        raise BadRequest(f"there is no check '{unknown[0]}'", "`opslib doctor --list` names them")
    return tuple(check for check in CHECKS if not only or check.id in only)


def _look_at(look: Look, check: Check[Any, Any], subject: Any) -> _Came:
    on = check.on(subject)
    try:
        seen = check.read(look, subject)
    except OpslibError as problem:
        return _Came(on, why_not=str(problem))
    if seen is None:
        return _Came(on)
    return _Came(on, looked=True, faults=tuple(check.judge(seen, look.now)))


def _examined(check: Check[Any, Any], came: list[_Came], stack: Stack) -> Examined:
    return Examined(
        check=check,
        things=sum(one.looked for one in came),
        findings=tuple(_finding(check, fault, stack) for one in came for fault in one.faults),
        not_checked=tuple(_not_checked(check, came)),
    )


def _finding(check: Check[Any, Any], fault: Fault, stack: Stack) -> Finding:
    next_step = (fault.next_step or check.next_step).replace("{on}", fault.on).replace("{stack}", stack.name)
    return Finding(check.id, check.group, check.level, fault.on, fault.what, check.why, next_step)


def _not_checked(check: Check[Any, Any], came: Iterable[_Came]) -> Iterator[NotChecked]:
    """One for each reason: a denied action is one matter, not one for each alarm."""
    by_reason: dict[str, list[str]] = {}
    for one in came:
        if one.why_not:
            by_reason.setdefault(one.why_not, []).append(one.on)
    for why, of in by_reason.items():
        more = f" and {len(of) - _NAMED} more" if len(of) > _NAMED else ""
        yield NotChecked(check.id, check.group, ", ".join(of[:_NAMED]) + more, why)
