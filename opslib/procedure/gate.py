"""The gate: the one door through which calls go out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opslib.procedure.journal import Lease
from opslib.procedure.observation import Call
from opslib.procedure.ports import Ports, Reader

__all__ = ["Gate"]


@dataclass(slots=True)
class Gate:
    """Sends calls: each once, after its intent was written, by whoever holds the lease.

    AWS takes no fencing token: a runner that is paused between the check and the send cannot be kept out. What it does
    then is detected by the next runner, which compares the world with what was recorded.

    Attributes:
        ports: Where calls go.
        reader: Forgets what it has read, for after a call it is no longer so.
        lease: The right to act.
        sent: How many calls were sent.
        on_call: Told of each call before it is sent.
    """

    ports: Ports
    reader: Reader
    lease: Lease
    sent: int = 0
    on_call: Callable[[Call], None] = field(default=lambda _: None)

    def send(self, call: Call, write_intent: Callable[[], None]) -> None:
        """Write the intent, check the lease, send once.

        Args:
            call: What to send.
            write_intent: Writes what is about to be done to the journal.

        Raises:
            Overtaken: somebody else is at work by now; nothing was sent.
            Declined, NotNow, Unknown: see `Port.send`.
        """
        write_intent()
        self.lease.beat()
        self.on_call(call)
        self.sent += 1
        try:
            self.ports[call.port].send(call)
        finally:
            self.reader.forget()
