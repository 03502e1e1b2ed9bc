"""The curve of a site in the database: learnt from calls of which it is certain whose they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import upsert
from tracker.inquiries import curve, evidence
from tracker.inquiries.curve import Curve
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import CallCurve, Inquiry, NotCounted
from tracker.leases.models import Lease
from tracker.sites.models import Site

LEARN_FROM = timedelta(days=180)
EVERY = timedelta(days=1)


def curve_of(session: Session, site_id: int) -> Curve:
    """Returns what the site has learnt, else what is assumed of every site."""
    row = session.get(CallCurve, site_id)
    if row is None or len(row.shares) != len(curve.PRIOR_SHARES):
        return curve.PRIOR
    return Curve(tuple(row.shares), row.cases)


def due(session: Session) -> list[int]:
    """Returns the ids of the sites that have not learnt for a day."""
    fresh = select(CallCurve.site_id).where(CallCurve.at > clock.now() - EVERY)
    return list(session.scalars(select(Site.id).where(Site.enabled, Site.id.not_in(fresh))))


def learn(session: Session, site_id: int) -> Curve:
    """Learns the site's curve anew and stores it."""
    learnt = curve.learn(_delays(session, session.get_one(Site, site_id), clock.now()))
    row = {"site_id": site_id, "shares": list(learnt.shares), "cases": learnt.cases, "at": clock.now()}
    upsert(session, CallCurve, [row], ("site_id",), ("shares", "cases", "at"))
    return learnt


def is_certain(inquiry: Inquiry) -> bool:
    """True for a call of which something else than time says whose it was: a correction or a test.

    A tap proves as much, but only those who call from the page tap: learnt from taps, all calls would come at once.
    """
    return inquiry.correction is not None or inquiry.is_test or inquiry.not_counted == NotCounted.TEST_CALLER


def _delays(session: Session, site: Site, now: datetime) -> Iterator[timedelta]:
    """From the last sign of life to the call, as callers feel time."""
    calls = select(Inquiry).where(
        Inquiry.site_id == site.id,
        Inquiry.kind == InquiryKind.CALL,
        Inquiry.visitor_id.is_not(None),
        Inquiry.at > now - LEARN_FROM,
    )
    for call in session.scalars(calls):
        lease = _lease(session, call) if is_certain(call) else None
        if lease is not None:
            yield evidence.waking(min(lease.last_beat_at, call.at), call.at, site.timezone)


def _lease(session: Session, call: Inquiry) -> Lease | None:
    """The lease that showed the dialled number to the caller, the latest before the call."""
    leases = select(Lease).where(
        Lease.visitor_id == call.visitor_id,
        Lease.number == call.called,
        Lease.started_at <= call.at + evidence.CLOCK_SKEW,
    )
    return session.scalar(leases.order_by(Lease.started_at.desc()).limit(1))
