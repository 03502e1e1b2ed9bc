"""Two calls that every provider tells in its own words, and how they end.

Caller +79160000017, number +74950000101. Answered: rings 09:30:05Z, answered by 101 at 09:30:17Z, ends 09:31:30Z.
Missed: rings 09:30:05Z, the caller gives up at 09:30:30Z.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tracker.inquiries.calls import CallState
from tracker.inquiries.events import CallEvent, CallStage, CallStatus

CALLER, CALLED = "+79160000017", "+74950000101"
START = datetime(2026, 3, 14, 9, 30, 5, tzinfo=UTC)
RANG = datetime(2026, 3, 14, 9, 30, 9, tzinfo=UTC)
ANSWER = datetime(2026, 3, 14, 9, 30, 17, tzinfo=UTC)
GAVE_UP = datetime(2026, 3, 14, 9, 30, 30, tzinfo=UTC)
END = datetime(2026, 3, 14, 9, 31, 30, tzinfo=UTC)
RECORDING = "https://rec.example.net/1.mp3"

ANSWERED_CALL = CallState(CALLER, CALLED, START, CallStatus.ANSWERED, "101", 12, 73, None)
MISSED_CALL = CallState(CALLER, CALLED, START, CallStatus.MISSED, None, 25, 0, None)


def ringing(call_id: str, at: datetime | None = START, **more: Any) -> CallEvent:
    return _event(call_id, CallStage.RINGING, at, more)


def answered(call_id: str, at: datetime | None = ANSWER, **more: Any) -> CallEvent:
    return _event(call_id, CallStage.ANSWERED, at, more)


def ended(call_id: str, at: datetime | None = END, **more: Any) -> CallEvent:
    return _event(call_id, CallStage.ENDED, at, more)


def missed(call_id: str, at: datetime | None = GAVE_UP, **more: Any) -> CallEvent:
    """The end of the missed call, as a provider that tells its moments reports it."""
    told = {"started_at": START, "status": CallStatus.MISSED, "ring_seconds": 25, "talk_seconds": 0} | more
    return _event(call_id, CallStage.ENDED, at, told)


def talked(call_id: str, at: datetime | None = END, **more: Any) -> CallEvent:
    """The end of the answered call, as a provider that tells its moments reports it."""
    told = {"started_at": START, "status": CallStatus.ANSWERED, "ring_seconds": 12, "talk_seconds": 73} | more
    return _event(call_id, CallStage.ENDED, at, told)


def recorded(call_id: str, at: datetime | None = None, **more: Any) -> CallEvent:
    return _event(call_id, CallStage.RECORDED, at, {"recording_url": RECORDING, "caller": None, "called": None} | more)


def _event(call_id: str, stage: CallStage, at: datetime | None, more: dict[str, Any]) -> CallEvent:
    told = {"caller": CALLER, "called": CALLED} | more
    return CallEvent(call_id, stage, at=at, **told)
