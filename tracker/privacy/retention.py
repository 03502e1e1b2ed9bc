"""What has been kept long enough goes: in batches, children before parents, the oldest first.

A visit stays, without its pages, as long as an inquiry names it, and a visitor as long as anything does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStep, Errand, JournalRow, SubjectType
from tracker.inquiries.models import Inquiry, InquiryComment, InquiryEvent, InquiryLabel, OtherId, RawMessage
from tracker.leases.models import EmailTag, Lease
from tracker.people.models import PersonVisitor
from tracker.sites.models import Site
from tracker.visits.models import PageView, StreamReject, Visit, VisitEvent, Visitor, VisitorTrait

BATCH = 500  # visits or inquiries of one transaction: some 50 ms, in which SQLite lets nobody else write

Counts = dict[str, int]


def prune_visits(session: Session, before: datetime) -> Counts:
    """Deletes a batch of the visits that ended before an instant, with all that belongs to them; empty: none left."""
    sites = session.scalars(select(Site.id)).all()
    found = next(filter(None, (_old_visits(session, site_id, before) for site_id in sites)), [])
    visits = [row.id for row in found]
    if not visits:
        return _what_visits_left(session, sites, before)
    counts = {
        "page views": _delete(session, PageView, PageView.visit_id.in_(visits)),
        "visit events": _delete(session, VisitEvent, VisitEvent.visit_id.in_(visits)),
        "leases": _delete(session, Lease, Lease.visit_id.in_(visits)),
    }
    _deliveries(session, SubjectType.VISIT, visits)
    counts["visits"] = _delete(session, Visit, Visit.id.in_(visits))
    return counts | _visitors(session, {row.visitor_id for row in found})


def _old_visits(session: Session, site_id: int, before: datetime) -> Sequence[Any]:
    old = (Visit.site_id == site_id, Visit.started_at < before, Visit.last_at < before)
    unnamed = ~exists().where(Inquiry.visit_id == Visit.id)
    query = select(Visit.id, Visit.visitor_id).where(*old, unnamed).order_by(Visit.started_at).limit(BATCH)
    return session.execute(query).all()


def _what_visits_left(session: Session, sites: Sequence[int], before: datetime) -> Counts:
    """The pages of visits that stay with an inquiry, and entries that could not be stored."""
    named = select(Visit.id).where(Visit.site_id.in_(sites), Visit.started_at < before, Visit.last_at < before)
    counts = {
        "page views": _delete(session, PageView, PageView.visit_id.in_(named)),
        "visit events": _delete(session, VisitEvent, VisitEvent.visit_id.in_(named)),
        **_prune(session, StreamReject, StreamReject.at < before),
    }
    return {what: count for what, count in counts.items() if count}


def _visitors(session: Session, candidates: set[int]) -> Counts:
    """Those of whom nothing is left but what they were. A tag is never given again, with or without its row."""
    named = (Visit.visitor_id, Lease.visitor_id, Inquiry.visitor_id)
    gone = select(Visitor.id).where(
        Visitor.id.in_(candidates), *(~exists().where(column == Visitor.id) for column in named)
    )
    ids = session.scalars(gone).all()
    for kind in (EmailTag, VisitorTrait, PersonVisitor):
        _delete(session, kind, kind.visitor_id.in_(ids))
    return {"visitors": _delete(session, Visitor, Visitor.id.in_(ids))}


def prune_inquiries(session: Session, before: datetime) -> Counts:
    """Deletes a batch of the inquiries older than an instant, then of all that came or went out without one."""
    ids = session.scalars(select(Inquiry.id).where(Inquiry.at < before).order_by(Inquiry.id).limit(BATCH)).all()
    if not ids:
        return _without_an_inquiry(session, before)
    _deliveries(session, SubjectType.INQUIRY, ids)
    for kind in (InquiryEvent, OtherId, InquiryLabel, InquiryComment):
        _delete(session, kind, kind.inquiry_id.in_(ids))
    return {"inquiries": _delete(session, Inquiry, Inquiry.id.in_(ids))}


def _without_an_inquiry(session: Session, before: datetime) -> Counts:
    """Raw messages that became none, requests that no delivery made, and errands that are done."""
    told = exists().where(InquiryEvent.raw_message_id == RawMessage.id)
    return {
        **_prune(session, RawMessage, RawMessage.received_at < before, ~told),
        **_prune(session, JournalRow, JournalRow.at < before, JournalRow.delivery_id.is_(None)),
        **_prune(session, Errand, Errand.done_at < before),
    }


def _deliveries(session: Session, kind: SubjectType, subjects: Sequence[int]) -> None:
    about = (Delivery.subject_type == kind, Delivery.subject_id.in_(subjects))
    ids = session.scalars(select(Delivery.id).where(*about)).all()
    for table in (JournalRow, DeliveryStep):
        _delete(session, table, table.delivery_id.in_(ids))
    _delete(session, Delivery, Delivery.id.in_(ids))


def _prune(session: Session, table: Any, *conditions: Any) -> Counts:
    ids = session.scalars(select(table.id).where(*conditions).order_by(table.id).limit(BATCH)).all()
    count = _delete(session, table, table.id.in_(ids))
    return {table.__tablename__.replace("_", " "): count} if count else {}


def _delete(session: Session, table: Any, condition: Any) -> int:
    result: Any = session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
    return int(result.rowcount)
