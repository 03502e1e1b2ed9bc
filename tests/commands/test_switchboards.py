"""The worker listens to a switchboard over a real connection and takes its calls."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1] / "providers" / "telephony"))
from fake_manager import FakeManager, stream
from world import EXAMPLE, World

from tracker.commands import attending, switchboards
from tracker.commands.switchboards import Operator
from tracker.extensions import db
from tracker.inquiries.events import CallStatus
from tracker.inquiries.models import Inquiry, RawMessage
from tracker.sites.models import Connection, ConnectionState

CALLER_CHANNEL = (
    "Channel: PJSIP/trunk-msk-0000002a\nCallerIDNum: 79160000017\nContext: from-trunk\nExten: 74950000101\n"
    "Uniqueid: 1773480605.42\nLinkedid: 1773480605.42\nDuration: 00:00:05"
)


@pytest.fixture
def manager() -> Iterator[FakeManager]:
    made = FakeManager()
    yield made
    made.close()


@pytest.fixture
def operator(world: World, manager: FakeManager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    monkeypatch.setattr(switchboards, "TURN_SECONDS", 0.02)
    monkeypatch.setattr(attending, "wait", lambda failures: timedelta(milliseconds=10))
    settings = f'{{host: 127.0.0.1, port: "{manager.port}", username: tracker, secret: s3cr3t}}'
    line = f"      - {{key: asterisk, provider: telephony/asterisk, settings: {settings}}}\n"
    world.apply(EXAMPLE.rstrip() + "\n" + line)
    db.session.remove()
    made = Operator(world.app)
    yield made
    made.stop()


def until(is_so: Callable[[], Any]) -> Any:
    """Returns what is so as soon as it is; looks every few milliseconds because another thread does it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        db.session.remove()
        found = is_so()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def the_call(status: CallStatus) -> Callable[[], Inquiry | None]:
    return lambda: db.session.scalars(select(Inquiry).where(Inquiry.status == status)).one_or_none()


def test_call_is_taken_as_it_happens(world: World, manager: FakeManager, operator: Operator) -> None:
    operator.turn(world.services)
    assert manager.logins.acquire(timeout=10)
    messages = stream("answered")

    manager.say(*messages[:2])
    ringing = until(the_call(CallStatus.RINGING))
    assert (ringing.caller, ringing.called) == ("+79160000017", "+74950000101")

    manager.say(*messages[2:-1])
    until(the_call(CallStatus.ANSWERED))
    manager.say(messages[-1])
    until(lambda: world.count(RawMessage) == 3)

    call = until(the_call(CallStatus.ANSWERED))
    assert (call.external_id, call.answered_by) == ("1773480605.42", "101")


def test_restart_of_the_switchboard_in_mid_call_ends_it_and_listening_goes_on(
    world: World, manager: FakeManager, operator: Operator
) -> None:
    operator.turn(world.services)
    assert manager.logins.acquire(timeout=10)
    manager.say(*stream("answered")[:7])
    until(the_call(CallStatus.ANSWERED))

    manager.hang_up()
    assert manager.logins.acquire(timeout=10)
    until(lambda: world.count(RawMessage) == 3)
    manager.say(*[part.replace("1773480605.42", "1773480700.1") for part in stream("missed")])

    missed = until(the_call(CallStatus.MISSED))
    answered = until(the_call(CallStatus.ANSWERED))
    assert (missed.external_id, answered.external_id) == ("1773480700.1", "1773480605.42")


def test_lost_connection_in_mid_call_loses_nothing(world: World, manager: FakeManager, operator: Operator) -> None:
    operator.turn(world.services)
    assert manager.logins.acquire(timeout=10)
    messages = stream("answered")
    manager.say(*messages[:2])
    until(the_call(CallStatus.RINGING))

    manager.channels = [CALLER_CHANNEL]
    manager.hang_up()
    assert manager.logins.acquire(timeout=10)
    manager.say(*messages[2:])

    until(lambda: world.count(RawMessage) == 3)
    until(the_call(CallStatus.ANSWERED))
    assert world.count(Inquiry) == 1


def test_refused_password_is_said_and_not_tried_again(world: World, manager: FakeManager, operator: Operator) -> None:
    manager.secret = "other"

    operator.turn(world.services)

    broken = until(lambda: db.session.scalar(select(Connection).where(Connection.state == ConnectionState.BROKEN)))
    assert "Authentication failed" in broken.state_sentence
    operator.turn(world.services)
    logins = [action for action in manager.received.queue if action["Action"] == "Login"]
    assert len(logins) == 1


def test_second_worker_leaves_the_switchboard_to_the_first(
    world: World, manager: FakeManager, operator: Operator
) -> None:
    operator.turn(world.services)
    assert manager.logins.acquire(timeout=10)
    second = Operator(world.app)

    second.turn(world.services)
    for thread in second._threads.values():
        thread.join(timeout=10)
        assert not thread.is_alive()

    assert len([action for action in manager.received.queue if action["Action"] == "Login"]) == 1
    second.stop()
