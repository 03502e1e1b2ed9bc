"""Times that cannot be true: whoever tells of a call while it goes on is not half a day off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tracker.inquiries.events import CallEvent, CallStage

FARTHEST_OFF = timedelta(hours=12)  # more than any call lasts or any retry takes: a wrong clock, or a wrong zone


def believed(event: CallEvent, received_at: datetime) -> CallEvent:
    """Returns the event, at the time of its receipt where the time that it tells is too far from it.

    What it says of the start moves along, so that the seconds between stay; `told_at` keeps what was said.
    Recordings come when they come, and decide nothing.
    """
    if event.at is None or event.stage is CallStage.RECORDED or abs(event.at - received_at) <= FARTHEST_OFF:
        return event
    ahead = event.at - received_at
    started_at = event.started_at - ahead if event.started_at else None
    return replace(event, at=received_at, started_at=started_at, told_at=event.at)
