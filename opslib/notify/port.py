"""Messages as calls of a procedure: a port that never fails."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from opslib.notify.message import SEVERITIES, Channel, Delivery, Message
from opslib.notify.tell import WITHIN_SECONDS, tell
from opslib.procedure import Call

__all__ = ["NotifyPort"]

_REMEMBERED = 100
"""Of how many messages it is remembered what became of them: more than any plan sends."""


class NotifyPort:
    """The port ``notify``: `Tell` sends a message, `Deliveries` says what became of it.

    Args:
        channels: Where messages go.
        within_seconds: How long a message may hold up a plan.
    """

    def __init__(self, channels: Iterable[Channel], within_seconds: float = WITHIN_SECONDS) -> None:
        self._channels = tuple(channels)
        self._within_seconds = within_seconds
        self._came: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    def read(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """What became of the message with these parameters, as far as this process knows.

        Returns:
            `deliveries`: one for each channel; None where another process sent it, or nobody did.
        """
        del operation  # there is nothing else to ask
        return {"deliveries": self._came.get(_key(parameters))}

    def send(self, call: Call) -> Mapping[str, Any]:
        """Tell the message that the call's parameters make; whatever happens, it is no failure.

        Returns:
            `deliveries`: one for each channel.
        """
        deliveries = [asdict(delivery) for delivery in self._tell(call.parameters)]
        self._came[_key(call.parameters)] = deliveries
        while len(self._came) > _REMEMBERED:
            self._came.popitem(last=False)
        return {"deliveries": deliveries}

    def _tell(self, parameters: Mapping[str, Any]) -> tuple[Delivery, ...]:
        try:
            message = Message(**parameters)
            fits = message.severity in SEVERITIES
        except TypeError:
            fits = False
        if not fits:
            return (Delivery("notify", delivered=False, says="the call makes no message"),)
        return tell(message, self._channels, self._within_seconds)


def _key(parameters: Mapping[str, Any]) -> str:
    return json.dumps(parameters, sort_keys=True, default=str)
