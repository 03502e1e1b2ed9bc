"""What people decide: whose an inquiry was, said by hand; and what matching would say today of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.errors import InvalidInput
from tracker.inquiries import intake, matching, sentences
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.gathering import RegionOf
from tracker.inquiries.models import AttributionStatus, Inquiry, NotCounted
from tracker.visits.models import Visit, Visitor


@dataclass(frozen=True)
class Change:
    """What a new look at one inquiry changes. Visitors are public ids, None: nobody was named."""

    inquiry: str
    at: datetime
    old_status: AttributionStatus | None
    new_status: AttributionStatus | None
    old_visitor: str | None
    new_visitor: str | None
    old_probability: float | None
    new_probability: float | None
    old_not_counted: NotCounted | None = None
    new_not_counted: NotCounted | None = None


def correct(session: Session, inquiry: Inquiry, visitor_key: str | None, visit_key: str | None, who: str) -> None:
    """A person says whose the inquiry was; it counts as certain, and no later matching touches it.

    Args:
        visitor_key: public id of the visitor, None: none of ours.
        visit_key: one of his visits; None: the one before the inquiry.
        who: name or address of the person, shown in the explanation.

    Raises:
        InvalidInput: the site has no such visitor, or he no such visit.
    """
    visitor = _visitor(session, inquiry, visitor_key) if visitor_key else None
    visit = _visit(session, inquiry, visitor, visit_key) if visitor else None
    before = inquiry.correction["before"] if inquiry.correction else _as_it_stands(inquiry)
    inquiry.correction = {"by": who, "at": clock.to_iso(clock.now()), "before": before}
    inquiry.attribution_status = AttributionStatus.CERTAIN if visitor else AttributionStatus.OTHER
    inquiry.probability = 1.0 if visitor else None
    inquiry.visitor_id, inquiry.visit_id = (visitor.id if visitor else None), (visit.id if visit else None)
    inquiry.static_source = None
    inquiry.explanation = sentences.explain_correction(who, visitor is not None, inquiry.site.language)
    inquiry.revision += 1


def _as_it_stands(inquiry: Inquiry) -> dict[str, object]:
    return {
        "status": str(inquiry.attribution_status) if inquiry.attribution_status else None,
        "visitor": inquiry.visitor.key if inquiry.visitor else None,
        "probability": inquiry.probability,
    }


def _visitor(session: Session, inquiry: Inquiry, key: str) -> Visitor:
    found = session.scalar(select(Visitor).where(Visitor.site_id == inquiry.site_id, Visitor.key == key))
    if found is None:
        raise InvalidInput(f"the site has no visitor {key}", "visitor")
    return found


def _visit(session: Session, inquiry: Inquiry, visitor: Visitor, key: str | None) -> Visit | None:
    if key is None:
        return matching.visit_before(session, visitor, inquiry.at)
    found = session.scalar(select(Visit).where(Visit.key == key, Visit.visitor_id == visitor.id))
    if found is None:
        raise InvalidInput(f"the visitor has no visit {key}", "visit")
    return found


def calls_of(session: Session, site_id: int, since: datetime, until: datetime) -> list[int]:
    """Returns the ids of the calls of a period, oldest first: memory builds up so."""
    calls = select(Inquiry.id).where(
        Inquiry.site_id == site_id,
        Inquiry.kind == InquiryKind.CALL,
        Inquiry.at >= since,
        Inquiry.at < until,
    )
    return list(session.scalars(calls.order_by(Inquiry.at, Inquiry.id)))


def rematch(session: Session, inquiry: Inquiry, region_of: RegionOf | None) -> Change | None:
    """Matches a call anew, unless a person has decided it, and judges whether it counts; None: all stays the same."""
    old, was = _answer(inquiry), inquiry.not_counted
    intake.judge_again(session, inquiry)
    if inquiry.correction is None:
        matching.match_call(session, inquiry, region_of)
    session.flush()
    session.refresh(inquiry, ["visitor"])
    new, now = _answer(inquiry), inquiry.not_counted
    if (old, was) == (new, now):
        return None
    return Change(inquiry.key, inquiry.at, old[0], new[0], old[1], new[1], old[2], new[2], was, now)


def _answer(inquiry: Inquiry) -> tuple[AttributionStatus | None, str | None, float | None]:
    return inquiry.attribution_status, inquiry.visitor.key if inquiry.visitor else None, inquiry.probability
