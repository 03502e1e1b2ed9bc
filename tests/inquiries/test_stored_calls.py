"""Calls as they are stored: in whatever order, and however often, their messages come, they end the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import clock
from tracker.extensions import db
from tracker.inquiries.models import Inquiry

DIALLED = "+74957770001"
RINGS = clock.now().replace(microsecond=0) - timedelta(minutes=10)  # of an older call, the receipt decides
GROUP_PBX = """
      - {key: group, provider: telephony/onlinepbx, settings: {secret: "group-secret"}}
"""
# Every message is a request: one database and a handful of examples a run, other ones each time.
FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CALLERS = itertools.count(79_160_000_000)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def orders(messages: int) -> st.SearchStrategy[list[int]]:
    """Every message once at least, some again, in any order."""
    all_of_them = range(messages)
    again = st.lists(st.sampled_from(all_of_them), max_size=3)
    return again.flatmap(lambda repeated: st.permutations([*all_of_them, *repeated]))


@pytest.fixture
def groups(world: World) -> World:
    """The world with a PBX that names each leg, and no call."""
    return world.apply(EXAMPLE.rstrip() + GROUP_PBX)


def stored(caller: str) -> dict[str, Any]:
    """What is stored of the caller's calls, which must be one."""
    db.session.rollback()
    (call,) = db.session.scalars(select(Inquiry).where(Inquiry.caller == caller))
    columns = ("at", "called", "status", "answered_by", "ring_seconds", "talk_seconds", "recording_url", "phones")
    return {name: getattr(call, name) for name in columns}


def expected(caller: str) -> dict[str, Any]:
    return {
        "at": RINGS,
        "called": DIALLED,
        "status": "answered",
        "answered_by": "101",
        "ring_seconds": 12,
        "talk_seconds": 73,
        "recording_url": "https://rec.example.net/1.mp3",
        "phones": [caller],
    }


@FEW
@given(order=orders(4))
def test_any_order_and_repetition_is_stored_the_same(world: World, order: Sequence[int]) -> None:
    caller = f"+{next(CALLERS)}"
    dialled = {"from": caller, "to": DIALLED}
    told: list[dict[str, Any]] = [
        {"event": "ringing", "at": iso(0), **dialled},
        {"event": "answered", "at": iso(12), "answered_by": "101"},
        {"event": "ended", "at": iso(85), "status": "answered", "ring_seconds": 12, "talk_seconds": 73, **dialled},
        {"event": "recorded", "recording_url": "https://rec.example.net/1.mp3"},
    ]

    for index in order:
        assert world.call(caller, **told[index]).status_code == 202

    assert stored(caller) == expected(caller)


@FEW
@given(order=orders(5))
def test_legs_that_ring_together_are_stored_as_one_call(groups: World, order: Sequence[int]) -> None:
    caller = f"+{next(CALLERS)}"

    for index in order:
        assert tell(groups, group_call(caller)[index]) == 200

    assert stored(caller) == expected(caller)


def test_caller_who_dials_anew_makes_another_call(groups: World) -> None:
    caller = f"+{next(CALLERS)}"
    for later in (0, 120):
        for message in group_call(caller, later):
            tell(groups, message)

    assert [call["talk_seconds"] for call in groups.inquiries()] == [73, 73]


def test_two_callers_of_one_moment_stay_two_calls(groups: World) -> None:
    for caller in (f"+{next(CALLERS)}", f"+{next(CALLERS)}"):
        tell(groups, group_call(caller)[0])

    assert groups.count(Inquiry) == 2


def group_call(caller: str, later: int = 0) -> list[dict[str, str]]:
    """Phones 101 and 102 ring, 101 answers."""
    first, second = (f"{caller}-{phone}-{later}" for phone in ("101", "102"))
    talked = {"call_duration": "85", "dialog_duration": "73", "download_url": "https://rec.example.net/1.mp3"}
    steps: list[tuple[str, str, int, dict[str, str]]] = [
        ("call_start", first, 0, {"callee": "101"}),
        ("call_start", second, 0, {"callee": "102"}),
        ("call_answered", first, 12, {"callee": "101"}),
        ("call_missed", second, 12, {"callee": "102", "call_duration": "12", "dialog_duration": "0"}),
        ("call_end", first, 85, {"callee": "101", **talked}),
    ]
    who = {"direction": "inbound", "caller": caller.removeprefix("+"), "gateway": DIALLED.removeprefix("+")}
    start = int(RINGS.timestamp()) + later
    return [
        {"event": event, "uuid": leg, "date": str(start + after), **who, **more} for event, leg, after, more in steps
    ]


def tell(world: World, message: dict[str, str]) -> int:
    address = "/hooks/telephony/onlinepbx/group?secret=group-secret"
    return world.client.post(address, data=json.dumps(message), content_type="application/json").status_code


def iso(seconds: int) -> str:
    return (RINGS + timedelta(seconds=seconds)).isoformat()
