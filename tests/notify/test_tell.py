"""A message never breaks whoever tells it, and never holds them up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from opslib.errors import Refused
from opslib.notify import Delivery, Hook, Log, Message, NotDelivered, Severity, tell
from opslib.notify.bodies import webhook
from opslib.notify.post import Address
from tests.notify.conftest import Listener

pytestmark = pytest.mark.feature("O4")

HELLO = Message("the api is rolled back", "to revision 41", "critical", {"plan": "plan-one"})


@dataclass
class Does:
    """A channel that does one thing."""

    name: str
    does: Callable[[], None]
    least: Severity = "info"

    def deliver(self, message: Message) -> None:
        del message
        self.does()


def fails(problem: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise problem

    return fail


def test_each_channel_says_what_became_of_it_in_their_order() -> None:
    channels = [
        Does("slow", lambda: time.sleep(0.05)),
        Does("declines", fails(NotDelivered("it answered 500"))),
        Does("refuses", fails(Refused("AWS denies it", "allow it"))),
        Does("fine", lambda: None),
    ]
    assert tell(HELLO, channels) == (
        Delivery("slow", delivered=True),
        Delivery("declines", delivered=False, says="it answered 500"),
        Delivery("refuses", delivered=False, says="AWS denies it: allow it"),
        Delivery("fine", delivered=True),
    )


@pytest.mark.parametrize("problem", [ValueError("https://hooks.example/SECRET"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_a_channel_raises_stays_there_and_its_text_is_not_shown(problem: BaseException) -> None:
    (delivery,) = tell(HELLO, [Does("broken", fails(problem))])
    assert delivery == Delivery("broken", delivered=False, says=f"it failed with {type(problem).__name__}")


def test_a_channel_that_hangs_is_left_behind_in_time_and_the_others_are_not_held_up() -> None:
    let_go = threading.Event()
    reached = threading.Event()
    hangs, fine = Does("hangs", lambda: bool(let_go.wait(30)) and None), Does("fine", reached.set)
    began = time.monotonic()
    deliveries = tell(HELLO, [hangs, hangs, fine], within_seconds=0.3)
    took = time.monotonic() - began
    let_go.set()
    assert [(one.channel, one.delivered, one.says) for one in deliveries] == [
        ("hangs", False, "not delivered in 0.3 s"),
        ("hangs", False, "not delivered in 0.3 s"),
        ("fine", True, ""),
    ]
    assert reached.is_set()
    assert took < 5, "two that hang take no longer than one"


def test_what_is_left_behind_does_not_keep_the_process_alive() -> None:
    let_go = threading.Event()
    tell(HELLO, [Does("hangs", lambda: bool(let_go.wait(30)) and None)], within_seconds=0.01)
    left = [thread for thread in threading.enumerate() if thread.name == "opslib-notify" and thread.is_alive()]
    let_go.set()
    assert left
    assert all(thread.daemon for thread in left)


def test_no_thread_left_is_a_message_that_is_not_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda _: fails(RuntimeError("can't start new thread"))())
    (delivery,) = tell(HELLO, [Log()])
    assert (delivery.delivered, delivery.says) == (False, "there is no thread left to deliver it in")


def test_a_channel_for_bad_news_is_not_asked_for_less() -> None:
    heard: list[str] = []
    pager = Does("pager", lambda: heard.append("paged"), least="critical")
    assert tell(Message("it begins"), [pager, Does("chat", lambda: None)]) == (Delivery("chat", delivered=True),)
    assert heard == []
    assert [one.channel for one in tell(HELLO, [pager])] == ["pager"]
    assert heard == ["paged"]


def test_nobody_to_tell_is_no_problem() -> None:
    assert tell(HELLO, []) == ()


def test_the_log_gets_one_line_whatever_the_message_holds(caplog: pytest.LogCaptureFixture) -> None:
    forged = Message("done\nERROR root: all is lost", "two\r\nlines", "emergency", {"who": "ada\nbob"})
    with caplog.at_level(logging.INFO, "opslib.notify"):
        assert tell(forged, [Log()])[0].delivered
    (line,) = caplog.records
    assert line.levelno == logging.CRITICAL
    assert line.getMessage() == "done ERROR root: all is lost: two lines who='ada\\nbob'"


def test_a_real_server_that_hangs_holds_nobody_up(listener: Listener) -> None:
    listener.hangs = True
    hook = Hook("webhook", Address(f"{listener.url}/T0/SECRET", named="X"), webhook)
    began = time.monotonic()
    (delivery,) = tell(HELLO, [hook], within_seconds=0.3)
    assert (delivery.delivered, delivery.says) == (False, "not delivered in 0.3 s")
    assert time.monotonic() - began < 5
