"""Deliveries: what went out, what waits, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.errors import NotFound
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.reports import journal, paging
from tracker.reports.journal import DeliveryState
from tracker.reports.paging import Page
from tracker.sites.models import Connection, Site
from tracker.visits.models import Visit, Visitor

Columns = TypeVarTuple("Columns")

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


@dataclass(frozen=True)
class DeliveryFilters:
    """What the list is narrowed to: the site of what is told, the status, a connection's key. None means everything."""

    site: Site | None = None
    status: DeliveryStatus | None = None
    connection: str | None = None


def page(
    session: Session, filters: DeliveryFilters, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[DeliveryRow]:
    """One page of the deliveries, those asked for last first.

    Args:
        cursor: what the page before gave as `next`; None begins with the newest.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    found = _narrowed(_rows(), filters).where(*paging.below_number(Delivery.id, cursor))
    if filters.status is not None:
        found = found.where(Delivery.status == filters.status)
    rows = session.execute(found.order_by(Delivery.id.desc()).limit(size + 1)).all()
    shown = tuple(_row(*row) for row in rows[:size])
    return Page(shown, str(shown[-1].state.id) if len(rows) > size else None)


def one(session: Session, number: int) -> DeliveryRow:
    """One delivery.

    Raises:
        NotFound: there is none with this number.
    """
    found = session.execute(_rows().where(Delivery.id == number)).one_or_none()
    if found is None:
        raise NotFound(f"there is no delivery {number}")
    return _row(*found)


def counts(session: Session, filters: DeliveryFilters) -> dict[DeliveryStatus, int]:
    """How many deliveries stand in each status, at that site and for that connection."""
    counted = select(Delivery.status, func.count()).group_by(Delivery.status)
    if filters.site is not None:
        counted = _joined(counted)
    elif filters.connection:
        counted = counted.join(Connection, Connection.id == Delivery.connection_id)
    return dict(session.execute(_narrowed(counted, filters)).all())


def connections(session: Session) -> Sequence[str]:
    """The keys of those that were ever given something to deliver."""
    given = exists().where(Delivery.connection_id == Connection.id)
    return session.scalars(select(Connection.key).where(given).order_by(Connection.key)).all()


def _narrowed(found: Select[*Columns], filters: DeliveryFilters) -> Select[*Columns]:
    if filters.site is not None:
        found = found.where(_site_id() == filters.site.id)
    return found.where(Connection.key == filters.connection) if filters.connection else found


def _rows() -> Select[Delivery, Connection, Inquiry, str, Site]:
    found = _joined(select(Delivery, Connection, Inquiry, Visitor.key, Site))
    return found.outerjoin(Visitor, Visitor.id == Visit.visitor_id).join(Site, Site.id == _site_id())


def _joined(found: Select[*Columns]) -> Select[*Columns]:
    """With the connection, and with the inquiry or the visit that is told."""
    of_inquiry = and_(Delivery.subject_type == SubjectType.INQUIRY, Inquiry.id == Delivery.subject_id)
    of_visit = and_(Delivery.subject_type == SubjectType.VISIT, Visit.id == Delivery.subject_id)
    found = found.join(Connection, Connection.id == Delivery.connection_id)
    return found.outerjoin(Inquiry, of_inquiry).outerjoin(Visit, of_visit)


def _site_id() -> ColumnElement[int]:
    return func.coalesce(Inquiry.site_id, Visit.site_id)


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
