"""The curve of a site in the database: learnt from calls of which it is certain whose they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import upsert
from tracker.inquiries import curve, evidence
from tracker.inquiries.curve import Curve
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import CallCurve, Inquiry
from tracker.leases.models import Lease
from tracker.sites.models import Site

LEARN_FROM = timedelta(days=180)
EVERY = timedelta(days=1)
STAYS = 1000  # visits from which it is learnt how long people look


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
    now = clock.now()
    learnt = curve.learn(_delays(session, session.get_one(Site, site_id), now), _stay(session, site_id, now))
    row = {"site_id": site_id, "shares": list(learnt.shares), "cases": learnt.cases, "at": clock.now()}
    upsert(session, CallCurve, [row], ("site_id",), ("shares", "cases", "at"))
    return learnt


def is_certain(call: Inquiry) -> bool:
    """True for a call of which something else than time says whose it was: a person, or a caller known before.

    A tap proves as much, but only those who call from the page tap: learnt from taps, all calls would come at once.
    Those who try whether it works call at once, too.
    """
    if call.is_test or call.not_counted is not None or call.visitor is None:
        return False
    about_him = call.evidence.get("factors", {}).get(call.visitor.key, {})
    return call.correction is not None or about_him.get("caller", 0.0) >= evidence.LINKED


def _delays(session: Session, site: Site, now: datetime) -> Iterator[timedelta]:
    """From the last sign of life to the call, as callers feel time; of each caller the first call to a number.

    Whoever calls once more has the number in his telephone: that call says nothing of how soon one calls.
    """
    calls = select(Inquiry).where(
        Inquiry.site_id == site.id,
        Inquiry.kind == InquiryKind.CALL,
        Inquiry.visitor_id.is_not(None),
        Inquiry.at > now - LEARN_FROM,
    )
    known: set[tuple[str | None, str | None]] = set()
    for call in session.scalars(calls.order_by(Inquiry.at)):
        is_first = (call.caller, call.called) not in known
        known.add((call.caller, call.called))
        lease = _lease(session, call) if is_first and is_certain(call) else None
        if lease is not None:
            yield evidence.waking(min(lease.last_beat_at, call.at), call.at, site.timezone)


def _stay(session: Session, site_id: int, now: datetime) -> timedelta:
    """How long half of the visitors look: a minute at least."""
    leases = select(Lease.started_at, Lease.last_beat_at).where(Lease.site_id == site_id, Lease.started_at < now)
    latest = session.execute(leases.order_by(Lease.started_at.desc()).limit(STAYS)).all()
    return curve.MINUTE * max(median([(beat - start) / curve.MINUTE for start, beat in latest] or [1.0]), 1.0)


def _lease(session: Session, call: Inquiry) -> Lease | None:
    """The lease that showed the dialled number to the caller, the latest before the call."""
    leases = select(Lease).where(
        Lease.visitor_id == call.visitor_id,
        Lease.number == call.called,
        Lease.started_at <= call.at + evidence.CLOCK_SKEW,
    )
    return session.scalar(leases.order_by(Lease.started_at.desc()).limit(1))
