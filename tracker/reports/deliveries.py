"""Deliveries: what went out, what waits, what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.errors import NotFound
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.reports import journal
from tracker.reports.journal import DeliveryState
from tracker.sites.models import Connection, Site
from tracker.visits.models import Visit, Visitor

PAGE_SIZE = 100


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery with what it tells of: an inquiry, or else the visit of a visitor."""

    state: DeliveryState
    created_at: datetime
    site_key: str
    timezone: str
    inquiry_key: str | None
    inquiry_kind: InquiryKind | None
    caller: str | None
    visitor_key: str | None


def latest(session: Session, status: DeliveryStatus | None = None, connection: str | None = None) -> list[DeliveryRow]:
    """The newest deliveries, at most `PAGE_SIZE`, narrowed to a status and a connection's key."""
    found = _rows().order_by(Delivery.id.desc()).limit(PAGE_SIZE)
    if status is not None:
        found = found.where(Delivery.status == status)
    if connection:
        found = found.where(Connection.key == connection)
    return [_row(*row) for row in session.execute(found)]


def one(session: Session, number: int) -> DeliveryRow:
    """One delivery.

    Raises:
        NotFound: there is none with this number.
    """
    found = session.execute(_rows().where(Delivery.id == number)).one_or_none()
    if found is None:
        raise NotFound(f"there is no delivery {number}")
    return _row(*found)


def counts(session: Session) -> dict[DeliveryStatus, int]:
    """How many deliveries stand in each status."""
    return dict(session.execute(select(Delivery.status, func.count()).group_by(Delivery.status)).all())


def _rows() -> Select[Delivery, Connection, Inquiry, str, Site]:
    of_inquiry = and_(Delivery.subject_type == SubjectType.INQUIRY, Inquiry.id == Delivery.subject_id)
    of_visit = and_(Delivery.subject_type == SubjectType.VISIT, Visit.id == Delivery.subject_id)
    return (
        select(Delivery, Connection, Inquiry, Visitor.key, Site)
        .join(Connection, Connection.id == Delivery.connection_id)
        .outerjoin(Inquiry, of_inquiry)
        .outerjoin(Visit, of_visit)
        .outerjoin(Visitor, Visitor.id == Visit.visitor_id)
        .join(Site, Site.id == func.coalesce(Inquiry.site_id, Visit.site_id))
    )


def _row(
    delivery: Delivery, target: Connection, inquiry: Inquiry | None, visitor: str | None, site: Site
) -> DeliveryRow:
    return DeliveryRow(
        journal.delivery_state(delivery, target),
        delivery.created_at,
        site.key,
        site.timezone,
        inquiry.key if inquiry else None,
        inquiry.kind if inquiry else None,
        inquiry.caller if inquiry else None,
        visitor,
    )
