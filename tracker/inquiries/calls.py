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
    source: tuple[tuple[str, str], ...] = ()


def fold(events: Iterable[CallEvent]) -> CallState:
    """Returns the state after all events, whatever order they are given in.

    A later stage overrules an earlier one; of two messages about one stage the earlier time counts. What is said
    of the call as a whole overrules what is said of one leg. Seconds that nobody says are reckoned from the times.
    """
    ordered = sorted(set(events), key=_place)
    whole = [event for event in ordered if event.leg is None]
    started_at, status = _started(ordered), _status(ordered)
    return CallState(
        caller=_first(event.caller for event in ordered),
        called=_first(event.called for event in ordered),
        started_at=started_at,
        status=status,
        answered_by=_answered_by(ordered, status),
        ring_seconds=_ring_seconds(ordered, whole, started_at, status),
        talk_seconds=_talk_seconds(ordered, whole, status),
        recording_url=_last(event.recording_url for event in ordered),
        source=_last(event.source or None for event in ordered) or (),
    )


def _place(event: CallEvent) -> tuple[int, float, str]:
    """Whoever does not know when something happened knows least of it, and is overruled by those who do."""
    return ORDER[event.stage], event.at.timestamp() if event.at else float("-inf"), repr(event)


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
    """As said of the whole call; else one leg that was answered answers the call, and the last end ends it."""
    told = [event for event in ordered if event.status != CallStatus.UNKNOWN_END]
    said = _last(event.status for event in told if event.leg is None)
    if said:
        return said
    if any(_speaks(event) for event in told):
        return CallStatus.ANSWERED
    if any(event.stage == CallStage.ENDED and event.leg is None for event in told) or _legs_over(told):
        return _last(event.status for event in told) or CallStatus.MISSED
    return CallStatus.RINGING if len(told) == len(ordered) else CallStatus.UNKNOWN_END


def _speaks(event: CallEvent) -> bool:
    return event.stage == CallStage.ANSWERED or event.status == CallStatus.ANSWERED or bool(event.talk_seconds)


def _legs_over(ordered: Sequence[CallEvent]) -> bool:
    """True when every leg that we know of has ended."""
    legs = {event.leg for event in ordered if event.leg}
    return bool(legs) and legs == {event.leg for event in ordered if event.leg and event.stage == CallStage.ENDED}


def _answered_by(ordered: Sequence[CallEvent], status: CallStatus) -> str | None:
    """Who spoke last: after a transfer that is the second one. A leg that only rang has no say in an answered call."""
    if status == CallStatus.ANSWERED:
        ordered = [event for event in ordered if event.leg is None or _speaks(event)]
    return _last(event.answered_by for event in ordered)


def _ring_seconds(
    ordered: Sequence[CallEvent], whole: Sequence[CallEvent], started_at: datetime | None, status: CallStatus
) -> int | None:
    """As said of the whole call, else from the start until the answer, or until the end when there was none."""
    said = _last(event.ring_seconds for event in whole)
    if said is not None:
        return said
    until = _answered_at(ordered) if status == CallStatus.ANSWERED else _ended_at(ordered, whole)
    return _seconds(started_at, until)


def _talk_seconds(ordered: Sequence[CallEvent], whole: Sequence[CallEvent], status: CallStatus) -> int | None:
    """As said of the whole call, else all legs' talk together, else from the answer to the end."""
    said = _last(event.talk_seconds for event in whole)
    if said is not None:
        return said
    by_leg = {event.leg: event.talk_seconds for event in ordered if event.leg and event.talk_seconds is not None}
    if by_leg:
        return sum(seconds for seconds in by_leg.values() if seconds)
    return _seconds(_answered_at(ordered), _ended_at(ordered, whole)) if status == CallStatus.ANSWERED else None


def _answered_at(ordered: Sequence[CallEvent]) -> datetime | None:
    return _first(event.at for event in ordered if event.stage == CallStage.ANSWERED)


def _ended_at(ordered: Sequence[CallEvent], whole: Sequence[CallEvent]) -> datetime | None:
    told = [event for event in whole if event.stage == CallStage.ENDED] or (ordered if _legs_over(ordered) else [])
    return _last(event.at for event in told if event.stage == CallStage.ENDED)


def _seconds(earlier: datetime | None, later: datetime | None) -> int | None:
    if earlier is None or later is None or later < earlier:
        return None
    return round((later - earlier).total_seconds())


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _last(values: Iterable[T | None]) -> T | None:
    return _first(reversed(list(values)))
