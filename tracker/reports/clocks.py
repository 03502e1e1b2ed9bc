"""Whether the clocks of those who report calls agree with ours; the start of a call decides whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import CallStage
from tracker.inquiries.models import InquiryEvent, RawMessage
from tracker.sites.models import Connection

LATEST = 40  # events looked at
FEWEST = 5  # fewer may be the late repetitions of one call
BEARABLE_SECONDS = 30.0
HOUR, NEAR_AN_HOUR = 3600.0, 180.0
TOLD_AT_ONCE = (CallStage.RINGING, CallStage.ANSWERED, CallStage.ENDED)  # recordings come when they come


@dataclass(frozen=True)
class Skew:
    """A clock that is wrong: `seconds` ahead of ours (negative: behind), by the median of so many events.

    `hours`: it is off by whole hours, as a wrong time zone makes it; 0 otherwise.
    """

    seconds: float
    events: int
    hours: int


def skew_of(session: Session, connection_id: int) -> Skew | None:
    """Compares when events happened, as told, with when they reached our edge.

    Only what others sent to us counts: what we fetch comes late by its nature. None: the clock is right, or there
    is too little to tell.
    """
    rows = session.execute(
        select(InquiryEvent.data, RawMessage.received_at, RawMessage.request)
        .join(RawMessage, InquiryEvent.raw_message_id == RawMessage.id)
        .where(RawMessage.connection_id == connection_id, InquiryEvent.stage.in_(TOLD_AT_ONCE))
        .order_by(RawMessage.id.desc())
        .limit(LATEST)
    )
    ahead = [
        (datetime.fromisoformat(data.get("told_at") or data["at"]) - received_at).total_seconds()
        for data, received_at, request in rows
        if data.get("at") and not data.get("is_test") and request.get("remote_ip")
    ]
    return judge(ahead)


def judge(ahead: list[float]) -> Skew | None:
    """Returns what is wrong with a clock that was so many seconds ahead of ours at each event."""
    if len(ahead) < FEWEST or abs(middle := median(ahead)) <= BEARABLE_SECONDS:
        return None
    hours = round(middle / HOUR)
    return Skew(middle, len(ahead), hours if abs(middle - hours * HOUR) <= NEAR_AN_HOUR else 0)


def wrong_clocks(session: Session) -> dict[str, Skew]:
    """Returns the enabled telephony connections whose clock is wrong, by key."""
    telephony = select(Connection.id, Connection.key).where(
        Connection.enabled, Connection.provider.startswith("telephony/")
    )
    found = ((key, skew_of(session, number)) for number, key in session.execute(telephony.order_by(Connection.key)))
    return {key: skew for key, skew in found if skew is not None}
