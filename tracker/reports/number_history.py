"""One number: who held it when, and which calls came to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.leases.models import Lease
from tracker.reports import sources
from tracker.reports.sources import Source

SHOWN = 50


@dataclass(frozen=True)
class Held:
    """One lease of the number."""

    visitor_key: str
    pool_key: str
    since: datetime
    last_beat_at: datetime
    until: datetime
    source: Source
    city: str | None
    is_shared: bool


@dataclass(frozen=True)
class Called:
    """One call to the number; `visitor_key` is whose we take it for."""

    key: str
    at: datetime
    caller: str | None
    status: CallStatus | None
    talk_seconds: int | None
    visitor_key: str | None
    is_test: bool


def holders(session: Session, e164: str) -> list[Held]:
    """The latest leases of the number, newest first."""
    found = (
        select(Lease)
        .join(Lease.visit)
        .join(Lease.visitor)
        .join(Lease.pool)
        .options(contains_eager(Lease.visit), contains_eager(Lease.visitor), contains_eager(Lease.pool))
        .where(Lease.number == e164)
        .order_by(Lease.started_at.desc())
        .limit(SHOWN)
    )
    return [
        Held(
            lease.visitor.key,
            lease.pool.key,
            lease.started_at,
            lease.last_beat_at,
            lease.until,
            sources.of_visit(lease.visit),
            lease.visit.city,
            lease.is_shared,
        )
        for lease in session.scalars(found)
    ]


def calls(session: Session, e164: str) -> list[Called]:
    """The latest calls to the number, newest first."""
    found = (
        select(Inquiry)
        .where(Inquiry.called == e164, Inquiry.kind == InquiryKind.CALL)
        .order_by(Inquiry.at.desc())
        .limit(SHOWN)
    )
    return [_called(inquiry) for inquiry in session.scalars(found.options(joinedload(Inquiry.visitor)))]


def _called(inquiry: Inquiry) -> Called:
    return Called(
        inquiry.key,
        inquiry.at,
        inquiry.caller,
        inquiry.status,
        inquiry.talk_seconds,
        inquiry.visitor.key if inquiry.visitor else None,
        inquiry.is_test,
    )
