"""Queries behind the read API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.deliveries.models import Delivery, SubjectType
from tracker.errors import InvalidInput
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.leases.models import EmailTag, Lease
from tracker.pools.models import Number, Pool, PoolHour, PoolKind
from tracker.visits.models import PageView, Visit, Visitor

PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """Which inquiries: each None asks for nothing. Times are aware UTC, `until` excluded."""

    site_id: int | None = None
    kind: InquiryKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    cursor: str | None = None


def inquiries(session: Session, wanted: Wanted) -> tuple[list[Inquiry], str | None]:
    """Returns a page of inquiries, the latest first, and the cursor of the next page."""
    query = select(Inquiry).order_by(Inquiry.at.desc(), Inquiry.id.desc()).limit(PAGE + 1)
    if wanted.site_id is not None:
        query = query.where(Inquiry.site_id == wanted.site_id)
    if wanted.kind is not None:
        query = query.where(Inquiry.kind == wanted.kind)
    if wanted.since is not None:
        query = query.where(Inquiry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Inquiry.at < wanted.until)
    if wanted.cursor:
        at, last_id = _read_cursor(wanted.cursor)
        query = query.where((Inquiry.at < at) | ((Inquiry.at == at) & (Inquiry.id < last_id)))
    rows = list(session.scalars(query))
    return rows[:PAGE], _cursor(rows[PAGE - 1]) if len(rows) > PAGE else None


def _cursor(last: Inquiry) -> str:
    return base64.urlsafe_b64encode(f"{clock.to_iso(last.at)} {last.at.microsecond} {last.id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        at, micros, last_id = base64.urlsafe_b64decode(cursor).decode().split()
        return clock.parse(at).replace(microsecond=int(micros)), int(last_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("this is no cursor of ours", "cursor") from error


def deliveries_of(session: Session, found: Sequence[Inquiry]) -> Mapping[int, list[Delivery]]:
    """Returns the deliveries of each inquiry by its database id."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.subject_type == SubjectType.INQUIRY, Delivery.subject_id.in_([one.id for one in found]))
        .order_by(Delivery.id)
    )
    by_inquiry: dict[int, list[Delivery]] = {}
    for row in rows:
        by_inquiry.setdefault(row.subject_id, []).append(row)
    return by_inquiry


def visitor(session: Session, key: str, site_id: int | None) -> Visitor | None:
    """Returns the visitor with this id; on several sites the one seen last."""
    query = select(Visitor).where(Visitor.key == key).order_by(Visitor.last_at.desc()).limit(1)
    return session.scalar(query.where(Visitor.site_id == site_id) if site_id is not None else query)


def tag_of(session: Session, visitor: Visitor) -> str | None:
    """Returns the tag the visitor was given last."""
    query = select(EmailTag.tag).where(EmailTag.visitor_id == visitor.id).order_by(EmailTag.issued_at.desc())
    return session.scalar(query.limit(1))


def visits_of(session: Session, visitor: Visitor) -> list[tuple[Visit, list[PageView]]]:
    """Returns the latest 100 visits with their page views, oldest first."""
    latest = select(Visit).where(Visit.visitor_id == visitor.id).order_by(Visit.started_at.desc()).limit(PAGE)
    visits = sorted(session.scalars(latest), key=lambda visit: visit.started_at)
    views = session.scalars(
        select(PageView)
        .where(PageView.visit_id.in_([visit.id for visit in visits]))
        .order_by(PageView.at, PageView.key)
    )
    by_visit: dict[int, list[PageView]] = {}
    for view in views:
        by_visit.setdefault(view.visit_id, []).append(view)
    return [(visit, by_visit.get(visit.id, [])) for visit in visits]


def leases_of(session: Session, visitor: Visitor) -> list[Lease]:
    """Returns the latest 100 leases, oldest first."""
    query = select(Lease).where(Lease.visitor_id == visitor.id).order_by(Lease.started_at.desc()).limit(PAGE)
    return list(reversed(session.scalars(query).all()))


@dataclass(frozen=True)
class PoolState:
    """A pool now. `coverage` is granted / wanted of the last 24 hours, None when nobody wanted a number."""

    key: str
    site_id: int
    size: int
    leased: int
    free: int
    coverage: float | None


def pools(session: Session, site_id: int | None) -> list[PoolState]:
    """Returns every enabled pool of a site, or of all sites."""
    query = select(Pool).where(Pool.enabled).order_by(Pool.site_id, Pool.id)
    return [
        _pool_state(session, pool)
        for pool in session.scalars(query.where(Pool.site_id == site_id) if site_id is not None else query)
    ]


def _pool_state(session: Session, pool: Pool) -> PoolState:
    now = clock.now()
    usable = (Number.pool_id == pool.id, Number.enabled, ~Number.quarantined)
    size = session.scalar(select(func.count()).select_from(Number).where(*usable)) or 0
    live = select(Lease.number).where(Lease.pool_id == pool.id, Lease.until > now)
    held = select(func.count()).select_from(Number).where(*usable, Number.e164.in_(live))
    leased = size if pool.kind == PoolKind.STATIC else session.scalar(held) or 0
    sums = select(func.sum(PoolHour.wanted), func.sum(PoolHour.granted)).where(
        PoolHour.pool_id == pool.id, PoolHour.hour > now - timedelta(hours=24)
    )
    wanted, granted = session.execute(sums).one()
    return PoolState(
        pool.key, pool.site_id, size, leased, size - leased, round(granted / wanted, 4) if wanted else None
    )
