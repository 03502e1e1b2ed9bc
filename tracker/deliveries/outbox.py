"""The outbox: says what must go out, in the transaction of what it is about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import upsert
from tracker.deliveries.models import UNDONE, Delivery, DeliveryStatus, DeliveryStep, JournalRow, SubjectType
from tracker.inquiries.events import InquiryKind, LetterClass
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Connection

OUTGOING = ("crm/", "analytics/")


def tell(session: Session, inquiry: Inquiry, deliver_tests: bool = False) -> None:
    """Wants the inquiry's present revision delivered to every outgoing connection of its site.

    Saying it again changes nothing until the inquiry has changed.

    Args:
        deliver_tests: deliver a pretend inquiry too.
    """
    session.flush()
    if not is_told(inquiry, deliver_tests) or (_is_kept_back(inquiry) and not _is_known_there(session, inquiry)):
        return
    outgoing = [
        connection
        for connection in session.scalars(
            select(Connection).where(Connection.site_id == inquiry.site_id, Connection.enabled)
        )
        if connection.provider.startswith(OUTGOING)
    ]
    _forget_elsewhere(session, inquiry)
    for connection in outgoing:
        want(session, SubjectType.INQUIRY, inquiry.id, connection.id, inquiry.revision, clock.now())


def _forget_elsewhere(session: Session, inquiry: Inquiry) -> None:
    """A call whose number is told late may have been taken for another site's; whoever heard nothing yet need not."""
    session.execute(
        delete(Delivery).where(
            Delivery.subject_type == SubjectType.INQUIRY,
            Delivery.subject_id == inquiry.id,
            Delivery.done_revision == 0,
            Delivery.attempts == 0,
            Delivery.connection_id.not_in(select(Connection.id).where(Connection.site_id == inquiry.site_id)),
            ~exists().where(DeliveryStep.delivery_id == Delivery.id),
            ~exists().where(JournalRow.delivery_id == Delivery.id),
        )
    )


def _is_kept_back(inquiry: Inquiry) -> bool:
    """True for what is not counted, unless the site wants CRMs to hear of it all the same."""
    return inquiry.not_counted is not None and not inquiry.site.deliver_uncounted


def _is_known_there(session: Session, inquiry: Inquiry) -> bool:
    """True when somebody has heard of the inquiry already: a short call was told of while it rang."""
    told = select(Delivery.id).where(
        Delivery.subject_type == SubjectType.INQUIRY,
        Delivery.subject_id == inquiry.id,
        or_(Delivery.attempts > 0, Delivery.done_revision > 0),
    )
    return session.scalar(told.limit(1)) is not None


def is_told(inquiry: Inquiry, deliver_tests: bool = False) -> bool:
    """True for what a CRM should hear of: decided, written by a person, and not a test."""
    if inquiry.attribution_status is None or (inquiry.is_test and not deliver_tests):
        return False
    return inquiry.kind != InquiryKind.EMAIL or inquiry.letter_class == LetterClass.HUMAN


def want(
    session: Session, subject_type: SubjectType, subject_id: int, connection_id: int, revision: int, now: datetime
) -> None:
    """Wants a revision of a subject delivered to a connection; an old or known revision changes nothing."""
    known = session.scalar(
        select(Delivery).where(
            Delivery.subject_type == subject_type,
            Delivery.subject_id == subject_id,
            Delivery.connection_id == connection_id,
        )
    )
    if known is not None:
        if known.wanted_revision < revision:
            known.wanted_revision = revision
            if session.get(DeliveryStep, (known.id, UNDONE)) is None:
                retry(known, now)
        return
    row = {
        "subject_type": subject_type,
        "subject_id": subject_id,
        "connection_id": connection_id,
        "wanted_revision": revision,
        "done_revision": 0,
        "status": DeliveryStatus.PENDING,
        "attempts": 0,
        "next_at": now,
        "entities": {},
        "created_at": now,
    }
    key = ("subject_type", "subject_id", "connection_id")
    upsert(session, Delivery, [row], key, ("wanted_revision", "status"))


def retry(delivery: Delivery, now: datetime) -> None:
    """Makes a delivery due at once, whatever became of it before."""
    delivery.status, delivery.attempts, delivery.next_at = DeliveryStatus.PENDING, 0, now
