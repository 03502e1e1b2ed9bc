"""What a switchboard says becomes the same call as everywhere."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from one_call import ANSWERED_CALL, CALLED, GAVE_UP, MISSED_CALL, START

from tracker.inquiries.calls import CallState, fold
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.telephony.asterisk import raw_body, read_raw
from tracker.providers.telephony.asterisk.calls import Calls, extension
from tracker.providers.telephony.asterisk.frames import AmiMessage

FOLDER = Path(__file__).parent / "asterisk"
CALL = "1773480605.42"


def calls() -> Calls:
    return Calls(["from-trunk*"], "RU")


def replay(name: str, known: Calls, until: datetime | None = None) -> list[CallEvent]:
    """Plays a recorded stream; lines such as `@ 09:30:05` tell when the following messages came."""
    events, at = [], START
    for part in (FOLDER / f"{name}.ami").read_text().strip().split("\n\n"):
        if part.startswith("@"):
            hour, minute, second = (int(number) for number in part[2:].split(":"))
            at = datetime(2026, 3, 14, hour, minute, second, tzinfo=UTC)
            if until is not None and at > until:
                break
        else:
            events += known.take(AmiMessage(part.replace("\n", "\r\n")), at)
    return events


def told(events: list[CallEvent]) -> CallState:
    assert {event.call_id for event in events} == {CALL}
    assert fold(events) == fold(events[::-1])
    return fold(events)


@pytest.mark.parametrize(
    ("stream", "differs"),
    [
        ("answered", {}),
        ("ring-group", {"answered_by": "102"}),
        ("queue", {"answered_by": "102"}),
        ("attended-transfer", {"answered_by": "103"}),
        ("blind-transfer", {"answered_by": "103"}),
    ],
)
def test_answered_call_is_told(stream: str, differs: dict[str, Any]) -> None:
    assert told(replay(stream, calls())) == dataclasses.replace(ANSWERED_CALL, **differs)


@pytest.mark.parametrize(
    ("stream", "differs"),
    [
        ("missed", {}),
        ("voice-menu", {}),
        ("parked", {}),
        ("busy", {"status": CallStatus.BUSY}),
        ("unreachable", {"status": CallStatus.FAILED}),
        ("did-by-variable", {}),
        ("did-by-route", {}),
        ("did-unknown", {"called": None}),
        ("anonymous", {"caller": "anonymous"}),
    ],
)
def test_call_without_an_answer_is_told(stream: str, differs: dict[str, Any]) -> None:
    assert told(replay(stream, calls())) == dataclasses.replace(MISSED_CALL, **differs)


def test_every_recorded_stream_is_played() -> None:
    marks = [
        mark for test in (test_answered_call_is_told, test_call_without_an_answer_is_told) for mark in test.pytestmark
    ]
    played = {case[0] for mark in marks for case in mark.args[1]} | {"outgoing"}

    assert {path.stem for path in FOLDER.glob("*.ami")} == played


def test_outgoing_call_is_none_of_ours() -> None:
    assert replay("outgoing", calls()) == []


def test_ringing_is_told_at_the_first_event() -> None:
    events = replay("answered", calls(), until=START)

    assert [(event.stage, event.called, event.at) for event in events] == [(CallStage.RINGING, CALLED, START)]


def test_missing_number_is_waited_for_a_second() -> None:
    known = calls()
    replay("did-unknown", known, until=START - timedelta(seconds=1))
    known.take(AmiMessage((FOLDER / "did-by-variable.ami").read_text().split("\n\n")[1].replace("\n", "\r\n")), START)

    assert known.tell_waiting(START + timedelta(seconds=0.9)) == []
    (event,) = known.tell_waiting(START + timedelta(seconds=1))
    assert (event.stage, event.called) == (CallStage.RINGING, None)
    assert known.tell_waiting(GAVE_UP) == []


CHANNEL = (
    "Channel: PJSIP/trunk-msk-0000002a\r\nCallerIDNum: 79160000017\r\nContext: from-trunk\r\nExten: 74950000101\r\n"
    f"Uniqueid: {CALL}\r\nLinkedid: {CALL}\r\nDuration: 00:00:25\r\nBridgeId: "
)
PHONE = (
    "Channel: PJSIP/101-0000002b\r\nCallerIDNum: 101\r\nContext: from-internal\r\nExten: \r\n"
    f"Uniqueid: 1773480609.43\r\nLinkedid: {CALL}\r\nDuration: 00:00:21\r\nBridgeId: "
)


def test_call_that_was_under_way_is_taken_up() -> None:
    events = calls().reconcile([AmiMessage(CHANNEL + "b"), AmiMessage(PHONE + "b")], GAVE_UP)

    assert [event.stage for event in events] == [CallStage.RINGING, CallStage.ANSWERED]
    assert (events[0].at, events[1].answered_by) == (START, "101")


def test_call_that_ended_meanwhile_is_ended_without_a_time() -> None:
    known = calls()
    events = replay("answered", known, until=START + timedelta(seconds=12))

    events += known.reconcile([], GAVE_UP)

    assert (events[-1].stage, events[-1].at) == (CallStage.ENDED, None)
    assert told(events) == dataclasses.replace(ANSWERED_CALL, talk_seconds=None)


def test_call_that_still_is_there_goes_on() -> None:
    known = calls()
    events = replay("answered", known, until=START + timedelta(seconds=12))

    assert known.reconcile([AmiMessage(CHANNEL + "b"), AmiMessage(PHONE + "b")], GAVE_UP) == []

    hangup = f"Event: Hangup\r\nUniqueid: {CALL}\r\nCause: 16"
    events += known.take(AmiMessage(hangup), datetime(2026, 3, 14, 9, 31, 30, tzinfo=UTC))
    assert told(events) == ANSWERED_CALL


@pytest.mark.parametrize(
    ("channel", "who"),
    [
        ("PJSIP/101-0000002b", "101"),
        ("SIP/ivan-petrov-00000001", "ivan-petrov"),
        ("Local/102@from-queue-0000001a;1", "102"),
        ("odd", "odd"),
    ],
)
def test_who_a_channel_belongs_to(channel: str, who: str) -> None:
    assert extension(channel) == who


def test_stored_event_is_read_again() -> None:
    for event in replay("blind-transfer", calls()):
        assert read_raw(raw_body(event, "Event: Hangup")) == event
