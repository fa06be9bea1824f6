"""`tell`: one message to every channel at once, which never fails and never takes longer than it may."""

from __future__ import annotations

import time
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import Thread

from opslib.errors import OpslibError
from opslib.notify.message import SEVERITIES, Channel, Delivery, Message

__all__ = ["WITHIN_SECONDS", "tell"]

WITHIN_SECONDS = 10.0
"""How long a message may hold up whoever tells it: two attempts to connect, of 5 s each."""

Answers = SimpleQueue[tuple[int, Delivery | None]]


def tell(message: Message, channels: Iterable[Channel], within_seconds: float = WITHIN_SECONDS) -> tuple[Delivery, ...]:
    """Tell a message on every channel that takes its severity, on all of them at once.

    It raises nothing, whatever a channel does, and it is back in time: a channel that hangs is left behind in its
    daemon thread.

    Args:
        message: What to tell.
        channels: Where.
        within_seconds: How long this may take.

    Returns:
        What became of it, in the order of the channels; those that do not take its severity are left out.
    """
    deadline = time.monotonic() + within_seconds
    asked = tuple(channels)
    late = f"not delivered in {within_seconds:g} s"
    came: dict[int, Delivery | None] = {n: _lost(channel, late) for n, channel in enumerate(asked)}
    answers: Answers = SimpleQueue()
    for number, channel in enumerate(asked):
        _start(answers, number, channel, message)
    for _ in asked:
        try:
            number, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        came[number] = answer
    return tuple(delivery for delivery in came.values() if delivery is not None)


def _start(answers: Answers, number: int, channel: Channel, message: Message) -> None:
    try:
        Thread(target=_deliver, args=(answers, number, channel, message), name="opslib-notify", daemon=True).start()
    except RuntimeError:  # the machine has no thread left
        answers.put((number, _lost(channel, "there is no thread left to deliver it in")))


def _deliver(answers: Answers, number: int, channel: Channel, message: Message) -> None:
    try:
        if SEVERITIES.index(message.severity) < SEVERITIES.index(channel.least):
            answers.put((number, None))
            return
        channel.deliver(message)
        answers.put((number, Delivery(channel.name, delivered=True)))
    except OpslibError as problem:
        answers.put((number, _lost(channel, str(problem))))
    except BaseException as problem:  # noqa: BLE001  a channel breaks nothing, whatever it does
        # Its text may hold the channel's address, which is a secret.
        answers.put((number, _lost(channel, f"it failed with {type(problem).__name__}")))


def _lost(channel: Channel, says: str) -> Delivery:
    return Delivery(channel.name, delivered=False, says=says)
