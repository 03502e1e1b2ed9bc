"""Who called this number before from this telephone: recognises a caller when the number has moved on to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import InquiryKind
from tracker.inquiries.evidence import CLOCK_SKEW, LOOK_BACK, Candidate
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.leases.models import Lease
from tracker.visits.models import Visit

JUDGED = (AttributionStatus.CERTAIN, AttributionStatus.PROBABLE, AttributionStatus.UNKNOWN, AttributionStatus.OTHER)
LEAST = 0.01  # a candidate less likely than that is not worth remembering


@dataclass(frozen=True)
class Memory:
    """What was thought of the latest call of this caller to this number: he is the same human being now.

    Args:
        shares: probability of each visitor, by his key.
        visits: the visit that was named for each of them.
        at: when that call was.
    """

    shares: Mapping[str, float]
    visits: Mapping[str, Visit]
    at: datetime

    @property
    def nobody(self) -> float:
        """How likely it was none of them."""
        return max(0.0, 1.0 - sum(self.shares.values()))


def recall(session: Session, inquiry: Inquiry) -> Memory | None:
    """Returns what is remembered of the caller and the number from the 30 days before; None when nothing is.

    Calls that are not counted (staff, tests) are no memory.
    """
    earlier = (
        select(Inquiry)
        .where(
            Inquiry.site_id == inquiry.site_id,
            Inquiry.kind == InquiryKind.CALL,
            Inquiry.caller == inquiry.caller,
            Inquiry.called == inquiry.called,
            Inquiry.attribution_status.in_(JUDGED),
            Inquiry.not_counted.is_(None),
            Inquiry.at < inquiry.at,
            Inquiry.at > inquiry.at - LOOK_BACK,
            Inquiry.id != inquiry.id,
        )
        .order_by(Inquiry.at.desc())
        .limit(1)
    )
    found = session.scalar(earlier) if (inquiry.caller or "").startswith("+") else None
    return _memory(session, found) if found else None


def _memory(session: Session, call: Inquiry) -> Memory:
    if call.correction is not None or call.attribution_status == AttributionStatus.CERTAIN:
        visits = {call.visitor.key: call.visit} if call.visitor and call.visit else {}
        return Memory(dict.fromkeys(visits, 1.0), visits, call.at)
    likely = [one for one in call.candidates if one["probability"] >= LEAST]
    rows = session.scalars(select(Visit).where(Visit.key.in_([one["visit"] for one in likely])))
    known = {visit.key: visit for visit in rows}
    shares = {one["visitor"]: one["probability"] for one in likely if one["visit"] in known}
    return Memory(shares, {one["visitor"]: known[one["visit"]] for one in likely if one["visit"] in known}, call.at)


def apply(
    session: Session, memory: Memory, found: Sequence[Candidate], visits: Mapping[str, Visit], inquiry: Inquiry
) -> list[Candidate]:
    """Gives the candidates what is remembered of the caller.

    A visitor who may have called before and holds the number now is meant himself. Another one does, with the same
    address and device: the memory is his, for a browser forgets and its owner does not. Whoever is no holder of
    these days any more becomes a candidate by his older visit.

    Args:
        visits: the visit of each candidate, by its key.
    """
    candidates = {one.visitor: one for one in found}
    holders = [one for one in found if one.holds(inquiry.at)]
    for owner, share in memory.shares.items():
        meant = candidates.get(owner) or _from_before(session, memory.visits[owner], inquiry)
        heir = next((one for one in holders if _same_device(visits[one.visit], memory.visits[owner])), None)
        if meant not in holders and heir is not None:
            candidates[heir.visitor] = _remembering(heir, share, memory.at, is_same_device=True)
        else:
            candidates[owner] = _remembering(meant, share, memory.at)
    return list(candidates.values())


def _remembering(candidate: Candidate, share: float, at: datetime, is_same_device: bool = False) -> Candidate:
    return replace(candidate, remembered=share, remembered_at=at, is_same_device=is_same_device)


def _same_device(visit: Visit, known: Visit) -> bool:
    return visit.ip is not None and all(
        getattr(visit, name) == getattr(known, name) for name in ("ip", "device", "browser", "os")
    )


def _from_before(session: Session, visit: Visit, inquiry: Inquiry) -> Candidate:
    """Whoever may have called before, though he held the number too long ago to be found among its holders."""
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
    return Candidate(visit.visitor.key, visit.key, started_at, min(beat, inquiry.at), until)
