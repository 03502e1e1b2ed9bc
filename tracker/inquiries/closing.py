"""Calls of which nobody tells how they ended: a message was lost, or the provider tells only of the start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import CallEvent, CallStage, CallStatus, InquiryKind
from tracker.inquiries.models import Inquiry

LONGEST_CALL = timedelta(hours=4)
LOOK_BACK = timedelta(days=30)  # older ones were left open while nothing of ours ran, and nobody waits for them
AT_ONCE = 100


def overdue(session: Session, now: datetime) -> Sequence[int]:
    """Returns the ids of calls that ring for longer than any call lasts, and that we have known for as long."""
    ringing = select(Inquiry.id).where(
        Inquiry.kind == InquiryKind.CALL,
        Inquiry.status == CallStatus.RINGING,
        Inquiry.at.between(now - LOOK_BACK, now - LONGEST_CALL),
        Inquiry.created_at < now - LONGEST_CALL,
    )
    return session.scalars(ringing.order_by(Inquiry.at).limit(AT_ONCE)).all()


def end_of(inquiry: Inquiry) -> CallEvent:
    """Returns what ends such a call. It says neither when nor how long, and yields to all that anybody tells later."""
    return CallEvent(
        inquiry.external_id,
        CallStage.ENDED,
        None,
        None,
        None,
        status=CallStatus.UNKNOWN_END,
        is_test=inquiry.is_test,
    )
