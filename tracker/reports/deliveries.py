"""Deliveries: what went out, what waits, what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.reports import journal
from tracker.reports.journal import DeliveryState
from tracker.sites.models import Connection, Site

PAGE_SIZE = 100


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery with the inquiry it tells of."""

    state: DeliveryState
    created_at: datetime
    timezone: str
    inquiry_key: str
    inquiry_kind: InquiryKind
    caller: str | None


def latest(session: Session, status: DeliveryStatus | None = None, connection: str | None = None) -> list[DeliveryRow]:
    """The newest deliveries, at most `PAGE_SIZE`, narrowed to a status and a connection's key."""
    found = (
        select(Delivery, Connection, Inquiry, Site.timezone)
        .join(Connection, Connection.id == Delivery.connection_id)
        .join(Inquiry, and_(Delivery.subject_type == SubjectType.INQUIRY, Inquiry.id == Delivery.subject_id))
        .join(Site, Site.id == Inquiry.site_id)
        .order_by(Delivery.id.desc())
        .limit(PAGE_SIZE)
    )
    if status is not None:
        found = found.where(Delivery.status == status)
    if connection:
        found = found.where(Connection.key == connection)
    return [
        DeliveryRow(
            journal.delivery_state(delivery, target),
            delivery.created_at,
            timezone,
            inquiry.key,
            inquiry.kind,
            inquiry.caller,
        )
        for delivery, target, inquiry, timezone in session.execute(found)
    ]


def counts(session: Session) -> dict[DeliveryStatus, int]:
    """How many deliveries stand in each status."""
    return dict(session.execute(select(Delivery.status, func.count()).group_by(Delivery.status)).all())
