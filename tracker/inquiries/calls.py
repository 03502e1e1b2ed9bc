"""One call from many messages: the state is a fold of all events, so their order and repetition do not matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from tracker.inquiries.events import CallEvent, CallStage, CallStatus

T = TypeVar("T")
ORDER = {CallStage.RINGING: 0, CallStage.ANSWERED: 1, CallStage.ENDED: 2, CallStage.RECORDED: 3}


@dataclass(frozen=True)
class CallState:
    """A call as all messages together tell it. `started_at` None: no message carried a time."""

    caller: str | None
    called: str | None
    started_at: datetime | None
    status: CallStatus
    answered_by: str | None
    ring_seconds: int | None
    talk_seconds: int | None
    recording_url: str | None


def fold(events: Iterable[CallEvent]) -> CallState:
    """Returns the state after all events, whatever order they are given in.

    A later stage overrules an earlier one; of two messages about one stage the earlier time counts.
    """
    ordered = sorted(events, key=_place)
    return CallState(
        caller=_first(event.caller for event in ordered),
        called=_first(event.called for event in ordered),
        started_at=_started(ordered),
        status=_status(ordered),
        answered_by=_last(event.answered_by for event in ordered),
        ring_seconds=_last(event.ring_seconds for event in ordered),
        talk_seconds=_last(event.talk_seconds for event in ordered),
        recording_url=_last(event.recording_url for event in ordered),
    )


def _place(event: CallEvent) -> tuple[int, float, str]:
    return ORDER[event.stage], event.at.timestamp() if event.at else float("inf"), repr(event)


def _started(ordered: Sequence[CallEvent]) -> datetime | None:
    """When it began: as said, else the ringing, else reckoned back from what came later."""
    said = [event.started_at for event in ordered if event.started_at]
    if said:
        return min(said)
    begun = [_reckoned(event) for event in ordered if event.at and event.stage != CallStage.RECORDED]
    times = [at for at in begun if at] or [event.at for event in ordered if event.at]
    return min(times) if times else None


def _reckoned(event: CallEvent) -> datetime | None:
    if event.at is None or event.stage == CallStage.RINGING:
        return event.at
    before = event.ring_seconds or 0
    if event.stage == CallStage.ENDED:
        before += event.talk_seconds or 0
    return event.at - timedelta(seconds=before)


def _status(ordered: Sequence[CallEvent]) -> CallStatus:
    said = _last(event.status for event in ordered)
    if said:
        return said
    stages = {event.stage for event in ordered}
    if CallStage.ANSWERED in stages or any(event.talk_seconds for event in ordered):
        return CallStatus.ANSWERED
    return CallStatus.MISSED if CallStage.ENDED in stages else CallStatus.RINGING


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _last(values: Iterable[T | None]) -> T | None:
    return _first(reversed(list(values)))
