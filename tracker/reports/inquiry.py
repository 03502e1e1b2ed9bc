"""One inquiry and everything that explains it: candidates, the visit, deliveries with their requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.deliveries.models import JournalRow
from tracker.errors import NotFound
from tracker.inquiries.models import Inquiry, InquiryComment, InquiryEvent
from tracker.leases.models import Lease
from tracker.reports import journal, sources, visitors
from tracker.reports.journal import DeliveryState, Row
from tracker.reports.sources import Source
from tracker.reports.visitors import LeaseSeen, VisitSeen
from tracker.sites.models import Connection
from tracker.visits.models import Visit, Visitor


@dataclass(frozen=True)
class Candidate:
    """A visitor who might have called, how likely, and where he came from.

    `signals` names what spoke for him (True) or against him (False); see `inquiries.evidence.factors`.
    """

    visitor_key: str
    visit_key: str | None
    probability: float
    source: Source | None
    chosen: bool
    signals: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Request:
    """One request to another system and its answer, as the journal of deliveries keeps them."""

    at: datetime
    step: str
    method: str
    url: str
    request: dict[str, Any]
    status: int | None
    answer: dict[str, Any]
    before: dict[str, Any] | None  # what a write replaced


@dataclass(frozen=True)
class Message:
    """One message about the inquiry, as normalized when it came."""

    stage: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Comment:
    """What somebody of the company wrote under it."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class Correction:
    """Who decided by hand whose it was, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class InquirySeen:
    """One inquiry whole. `lease` is what showed the dialled number to the explaining visitor."""

    row: Row
    language: str
    connection: str | None
    external_id: str
    ring_seconds: int | None
    answered_by: str | None
    recording_url: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    text: str
    fields: dict[str, Any]
    page: str | None
    sum_minor: int | None
    currency: str | None
    explanation: str | None
    candidates: tuple[Candidate, ...]
    visit: VisitSeen | None
    lease: LeaseSeen | None
    messages: tuple[Message, ...]
    deliveries: tuple[tuple[DeliveryState, tuple[Request, ...]], ...]
    comments: tuple[Comment, ...]
    correction: Correction | None
    person: str | None  # public id


def inquiry(session: Session, key: str) -> InquirySeen:
    """One inquiry by its public id.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Inquiry).where(Inquiry.key == key))
    if found is None:
        raise NotFound(f"there is no inquiry {key}")
    [row] = journal.rows(session, [found])
    return InquirySeen(
        row,
        found.site.language,
        _connection(session, found),
        found.external_id,
        found.ring_seconds,
        found.answered_by,
        found.recording_url,
        tuple(found.phones),
        tuple(found.emails),
        found.text,
        found.fields,
        found.page,
        found.sum_minor,
        found.currency,
        found.explanation,
        _candidates(session, found),
        visitors.visits(session, [found.visit])[0] if found.visit else None,
        _lease(session, found),
        _messages(session, found),
        _with_requests(session, row.deliveries),
        _comments(session, found),
        _correction(found),
        found.person.key if found.person else None,
    )


def latest_key(session: Session, site_id: int) -> str | None:
    """Public id of the newest inquiry of a site, None when nothing came yet."""
    newest = (
        select(Inquiry.key).where(Inquiry.site_id == site_id).order_by(Inquiry.created_at.desc(), Inquiry.id.desc())
    )
    return session.scalar(newest.limit(1))


def _connection(session: Session, found: Inquiry) -> str | None:
    return session.scalar(select(Connection.key).where(Connection.id == found.connection_id))


def _candidates(session: Session, found: Inquiry) -> tuple[Candidate, ...]:
    keys = [candidate.get("visit") for candidate in found.candidates]
    visits = {visit.key: visit for visit in session.scalars(select(Visit).where(Visit.key.in_(keys)))}
    chosen = session.scalar(select(Visitor.key).where(Visitor.id == found.visitor_id))
    return tuple(
        _candidate(candidate, visits.get(candidate.get("visit", "")), chosen, found.evidence)
        for candidate in found.candidates
    )


def _candidate(stored: dict[str, Any], visit: Visit | None, chosen: str | None, evidence: dict[str, Any]) -> Candidate:
    factors = evidence.get("factors", {}).get(stored["visitor"], {})
    return Candidate(
        str(stored["visitor"]),
        stored.get("visit"),
        float(stored["probability"]),
        sources.of_visit(visit) if visit else None,
        stored["visitor"] == chosen,
        tuple((name, value > 1) for name, value in factors.items() if name != "time" and value != 1),
    )


def _lease(session: Session, found: Inquiry) -> LeaseSeen | None:
    if found.visitor_id is None:
        return None
    held = (
        select(Lease)
        .where(Lease.visitor_id == found.visitor_id, Lease.number == found.called, Lease.started_at <= found.at)
        .order_by(Lease.started_at.desc())
        .limit(1)
    )
    lease = session.scalar(held)
    if lease is None:
        return None
    return LeaseSeen(lease.number, lease.pool.key, lease.started_at, lease.last_beat_at, lease.until, lease.is_shared)


def _comments(session: Session, found: Inquiry) -> tuple[Comment, ...]:
    said = select(InquiryComment).where(InquiryComment.inquiry_id == found.id).order_by(InquiryComment.id)
    return tuple(Comment(one.at, one.author, one.text) for one in session.scalars(said))


def _correction(found: Inquiry) -> Correction | None:
    decided = found.correction
    return Correction(decided["by"], clock.parse(decided["at"])) if decided else None


def _messages(session: Session, found: Inquiry) -> tuple[Message, ...]:
    events = select(InquiryEvent).where(InquiryEvent.inquiry_id == found.id).order_by(InquiryEvent.id)
    return tuple(Message(event.stage, event.data) for event in session.scalars(events))


def _with_requests(
    session: Session, states: Sequence[DeliveryState]
) -> tuple[tuple[DeliveryState, tuple[Request, ...]], ...]:
    requests = requests_of(session, [state.id for state in states])
    return tuple((state, tuple(requests[state.id])) for state in states)


def requests_of(session: Session, delivery_ids: Sequence[int]) -> dict[int, list[Request]]:
    """Delivery id to its requests, oldest first."""
    rows: dict[int, list[Request]] = defaultdict(list)
    found = select(JournalRow).where(JournalRow.delivery_id.in_(delivery_ids)).order_by(JournalRow.id)
    for row in session.scalars(found):
        request = Request(row.at, row.step, row.method, row.url, row.request, row.status, row.answer, row.before)
        rows[row.delivery_id or 0].append(request)
    return rows
