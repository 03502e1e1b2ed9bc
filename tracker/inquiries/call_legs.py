"""One call of which the provider names only the legs: the same caller, the same number, the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries import other_ids, twins
from tracker.inquiries.events import CallEvent, CallStage, InquiryKind
from tracker.inquiries.models import Inquiry, InquiryEvent

APART = timedelta(seconds=5)  # a group's phones ring at once; whoever dials anew needs longer
LONGEST_RINGING = timedelta(minutes=5)  # how long before its answer a call may have begun


def call_of(session: Session, scope: str, event: CallEvent) -> Inquiry | None:
    """Returns the call of which this leg, or another one, was told before; None when this is the first message.

    Legs are of one call when they began at once. An answer that comes before its own beginning is of the call that
    rang then.
    """
    known = twins.known(session, scope, other_ids.kept_id(event.call_id))
    if known is not None:
        return known
    begun = event.started_at or event.at
    if begun is None or event.called is None:
        return None
    is_answer = event.stage is CallStage.ANSWERED and event.started_at is None
    near = _near(session, scope, event, begun - LONGEST_RINGING if is_answer else begun - APART, begun)
    return next((call for call in near if _fits(session, call, begun, is_answer=is_answer)), None)


def _near(session: Session, scope: str, event: CallEvent, since: datetime, begun: datetime) -> list[Inquiry]:
    """The caller's calls, latest first; what only an answer is known of may have begun long before it says."""
    calls = select(Inquiry).where(
        Inquiry.scope == scope,
        Inquiry.kind == InquiryKind.CALL,
        Inquiry.called == event.called,
        Inquiry.caller == event.caller,
        Inquiry.at.between(since, begun + LONGEST_RINGING),
    )
    return list(session.scalars(calls.order_by(Inquiry.at.desc(), Inquiry.id)))


def _fits(session: Session, call: Inquiry, begun: datetime, *, is_answer: bool) -> bool:
    if call.at <= begun + APART:
        return not is_answer or _rang_at(session, call, begun)
    return not is_answer and _stages(session, call) == {CallStage.ANSWERED}


def _rang_at(session: Session, call: Inquiry, moment: datetime) -> bool:
    """False when all that is known of the call was over by then."""
    ends = [
        datetime.fromisoformat(data["at"])
        for stage, data in _told(session, call)
        if stage == CallStage.ENDED and data["at"]
    ]
    return not ends or max(ends) >= moment - APART


def _stages(session: Session, call: Inquiry) -> set[str]:
    return {stage for stage, _ in _told(session, call)}


def _told(session: Session, call: Inquiry) -> list[tuple[str, dict[str, str]]]:
    rows = session.execute(select(InquiryEvent.stage, InquiryEvent.data).where(InquiryEvent.inquiry_id == call.id))
    return [(stage, data) for stage, data in rows]
