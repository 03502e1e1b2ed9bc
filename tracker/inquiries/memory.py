"""Who called this number before from this telephone: recognises a caller when the number has moved on to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import InquiryKind
from tracker.inquiries.evidence import CLOCK_SKEW, LOOK_BACK, Candidate
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.leases.models import Lease
from tracker.visits.models import Visit

NAMED = (AttributionStatus.CERTAIN, AttributionStatus.PROBABLE)


@dataclass(frozen=True)
class Memory:
    """The visitor whose an earlier call of this caller to this number was, how sure that was, and when."""

    visit: Visit
    probability: float
    at: datetime


def recall(session: Session, inquiry: Inquiry) -> Memory | None:
    """Returns what is remembered of the caller and the number from the 30 days before; None when nothing is.

    Calls that are not counted (staff, tests) are no memory.
    """
    earlier = (
        select(Inquiry.probability, Inquiry.at, Visit)
        .join(Visit, Inquiry.visit_id == Visit.id)
        .where(
            Inquiry.site_id == inquiry.site_id,
            Inquiry.kind == InquiryKind.CALL,
            Inquiry.caller == inquiry.caller,
            Inquiry.called == inquiry.called,
            Inquiry.attribution_status.in_(NAMED),
            Inquiry.not_counted.is_(None),
            Inquiry.at < inquiry.at,
            Inquiry.at > inquiry.at - LOOK_BACK,
            Inquiry.id != inquiry.id,
        )
        .order_by(Inquiry.at.desc())
        .limit(1)
    )
    found = session.execute(earlier).first() if (inquiry.caller or "").startswith("+") else None
    return Memory(found[2], found[0] or 1.0, found[1]) if found else None


def apply(
    session: Session, memory: Memory, found: Sequence[Candidate], visits: dict[str, Visit], inquiry: Inquiry
) -> list[Candidate]:
    """Gives the candidates what is remembered of the caller.

    The same visitor now holds the number: he is meant. Another one does, with the same address and device: the
    memory is his, for a browser forgets and its owner does not. Else the caller's own older visit becomes a candidate.

    Args:
        visits: the visit of each candidate, by its key.
    """
    owner = memory.visit.visitor.key
    heirs = [one.visitor for one in found if one.holds(inquiry.at)]
    heir = next(
        (one.visitor for one in found if one.visitor in heirs and _same_device(visits[one.visit], memory)), None
    )
    if owner not in heirs and heir is not None:
        return [_remembering(one, memory, one.visitor == heir) if one.visitor == heir else one for one in found]
    known = [_remembering(one, memory, False) if one.visitor == owner else one for one in found]
    return known if any(one.visitor == owner for one in found) else [*known, _from_before(session, memory, inquiry)]


def _remembering(candidate: Candidate, memory: Memory, is_same_device: bool) -> Candidate:
    return replace(candidate, remembered=memory.probability, remembered_at=memory.at, is_same_device=is_same_device)


def _same_device(visit: Visit, memory: Memory) -> bool:
    known = memory.visit
    return visit.ip is not None and all(
        getattr(visit, name) == getattr(known, name) for name in ("ip", "device", "browser", "os")
    )


def _from_before(session: Session, memory: Memory, inquiry: Inquiry) -> Candidate:
    """Whoever called before, though he held the number too long ago to be found among its holders."""
    visit = memory.visit
    last = (
        select(Lease)
        .where(
            Lease.visitor_id == visit.visitor_id,
            Lease.number == inquiry.called,
            Lease.started_at <= inquiry.at + CLOCK_SKEW,
        )
        .order_by(Lease.started_at.desc())
        .limit(1)
    )
    lease = session.scalar(last)
    started_at, beat, until = (
        (lease.started_at, lease.last_beat_at, lease.until)
        if lease
        else (visit.started_at, visit.last_at, visit.last_at)
    )
    before = Candidate(visit.visitor.key, visit.key, started_at, min(beat, inquiry.at), until)
    return _remembering(before, memory, False)
