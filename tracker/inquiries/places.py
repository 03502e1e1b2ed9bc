"""How far the sources that we ask have been read; one worker at a time looks at one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore
from tracker.inquiries.events import CallStage
from tracker.inquiries.models import Inquiry, InquiryEvent, RawMessage, SourcePlace

TERM = timedelta(minutes=3)  # a look that takes longer is taken for one that died; two at once do no harm


def claim(session: Session, connection_id: int) -> SourcePlace | None:
    """Takes the right to look now, for a while; None while it is not due, or another worker looks."""
    now = clock.now()
    row = {"connection_id": connection_id, "since": now, "place": {}, "next_at": now, "failures": 0}
    insert_or_ignore(session, SourcePlace, [row])
    due = (SourcePlace.connection_id == connection_id, SourcePlace.next_at <= now)
    taken: Any = session.execute(update(SourcePlace).where(*due).values(next_at=now + TERM))
    return session.get(SourcePlace, connection_id, populate_existing=True) if taken.rowcount else None


def move(session: Session, connection_id: int, place: Mapping[str, Any]) -> None:
    """Keeps the place from which to go on, in the transaction that follows the storing."""
    session.execute(_row(connection_id).values(place=dict(place)))


def rest(session: Session, connection_id: int, pause: timedelta) -> None:
    """All was read; the next look is due after the pause."""
    now = clock.now()
    session.execute(_row(connection_id).values(next_at=now + pause, looked_at=now, failures=0, error=None))


def fail(session: Session, connection_id: int, sentence: str, pause: timedelta) -> None:
    """The look failed; what was stored before stays, and the next look begins there."""
    more = SourcePlace.failures + 1
    session.execute(_row(connection_id).values(next_at=clock.now() + pause, failures=more, error=sentence))


def known(session: Session, keys: Sequence[str]) -> set[str]:
    """Returns which of these raw messages are stored already."""
    return set(session.scalars(select(RawMessage.key).where(RawMessage.key.in_(keys))))


def over(session: Session, scope: str, call_ids: Collection[str]) -> set[str]:
    """Returns which of these calls are known to have ended, and when."""
    calls = select(Inquiry.external_id, InquiryEvent.data).join(InquiryEvent, InquiryEvent.inquiry_id == Inquiry.id)
    ends = calls.where(Inquiry.scope == scope, Inquiry.external_id.in_(call_ids), InquiryEvent.stage == CallStage.ENDED)
    return {call_id for call_id, data in session.execute(ends) if data.get("at") and not data.get("leg")}


def _row(connection_id: int) -> Any:
    return update(SourcePlace).where(SourcePlace.connection_id == connection_id)
