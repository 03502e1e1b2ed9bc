"""Erases the rows of a person, children before parents, and cleans his traces out of the rows of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import String, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStep, JournalRow, KnownCard, SubjectType
from tracker.deliveries.visit_card import visitor_mark
from tracker.inquiries import forgotten
from tracker.inquiries.models import (
    AttributionStatus,
    Inquiry,
    InquiryComment,
    InquiryEvent,
    InquiryLabel,
    OtherId,
)
from tracker.leases.models import EmailTag, Lease
from tracker.people.models import Person, PersonIdentifier, PersonVisitor
from tracker.privacy.finding import Found
from tracker.visits.models import PageView, StreamReject, Visit, VisitEvent, Visitor, VisitorTrait

Counts = dict[str, int]


def erase(session: Session, found: Found, secret_key: str) -> Counts:
    """Erases everything in the database but raw messages; returns how many rows of what."""
    _remember_ids(session, found, secret_key)
    counts = _deliveries(session, found)
    counts |= _inquiries(session, found)
    _clean_others(session, found)
    counts |= _visitors(session, found)
    return counts | _people(session, found)


def _remember_ids(session: Session, found: Found, secret_key: str) -> None:
    """Letters are known by their Message-ID; a tag or a hash may follow it in ours."""
    own = session.execute(select(Inquiry.scope, Inquiry.external_id).where(Inquiry.id.in_(found.inquiries)))
    other = session.execute(select(OtherId.scope, OtherId.external_id).where(OtherId.inquiry_id.in_(found.inquiries)))
    ids = [(scope, external_id) for scope, external_id in (*own, *other)]
    ids += [(scope, external_id.partition(" ")[0]) for scope, external_id in ids]
    forgotten.remember(session, ids, secret_key)


def _deliveries(session: Session, found: Found) -> Counts:
    about = or_(
        (Delivery.subject_type == SubjectType.INQUIRY) & Delivery.subject_id.in_(found.inquiries),
        (Delivery.subject_type == SubjectType.VISIT) & Delivery.subject_id.in_(found.visits),
    )
    ids = list(session.scalars(select(Delivery.id).where(about)))
    words = [value.removeprefix("+") for value in found.values] + [*found.visitors.values(), *found.visits.values()]
    columns = (JournalRow.request, JournalRow.answer, JournalRow.before, JournalRow.url)
    betrays = [cast(column, String).contains(word) for column in columns for word in words]
    marks = {*found.values, *(visitor_mark(key) for key in found.visitors.values())}
    return {
        "journal rows": _delete(session, JournalRow, or_(JournalRow.delivery_id.in_(ids), *betrays)),
        "delivery steps": _delete(session, DeliveryStep, DeliveryStep.delivery_id.in_(ids)),
        "deliveries": _delete(session, Delivery, Delivery.id.in_(ids)),
        "known cards": _delete(session, KnownCard, KnownCard.value.in_(marks)),
    }


def _inquiries(session: Session, found: Found) -> Counts:
    _delete(session, InquiryEvent, InquiryEvent.inquiry_id.in_(found.inquiries))
    _delete(session, OtherId, OtherId.inquiry_id.in_(found.inquiries))
    _delete(session, InquiryLabel, InquiryLabel.inquiry_id.in_(found.inquiries))
    _delete(session, InquiryComment, InquiryComment.inquiry_id.in_(found.inquiries))
    return {"inquiries": _delete(session, Inquiry, Inquiry.id.in_(found.inquiries))}


def _clean_others(session: Session, found: Found) -> None:
    """What was taken for his is nobody's now; he disappears from the candidates of others."""
    for inquiry in session.scalars(select(Inquiry).where(Inquiry.id.in_(found.others))):
        inquiry.visitor_id = inquiry.visit_id = inquiry.probability = inquiry.explanation = None
        inquiry.attribution_status = AttributionStatus.UNKNOWN
        inquiry.revision += 1
    keys = set(found.visitors.values())
    columns = (Inquiry.candidates, Inquiry.evidence, Inquiry.correction)
    mentions = [cast(column, String).contains(key) for column in columns for key in keys]
    if not mentions:
        return
    for inquiry in session.scalars(select(Inquiry).where(or_(*mentions))):
        inquiry.candidates = [one for one in inquiry.candidates if one.get("visitor") not in keys]
        inquiry.evidence = _without(inquiry.evidence, keys)
        if inquiry.correction and inquiry.correction["before"].get("visitor") in keys:
            inquiry.correction = inquiry.correction | {"before": inquiry.correction["before"] | {"visitor": None}}
    session.flush()


def _without(evidence: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    factors = {key: value for key, value in evidence.get("factors", {}).items() if key not in keys}
    return {**evidence, "factors": factors} if evidence else {}


def _visitors(session: Session, found: Found) -> Counts:
    ids, visits = list(found.visitors), list(found.visits)
    counts = {
        "page views": _delete(session, PageView, PageView.visit_id.in_(visits)),
        "visit events": _delete(session, VisitEvent, VisitEvent.visit_id.in_(visits)),
        "leases": _delete(session, Lease, or_(Lease.visitor_id.in_(ids), Lease.visit_id.in_(visits))),
        "email tags": _delete(session, EmailTag, EmailTag.visitor_id.in_(ids)),
        "traits": _delete(session, VisitorTrait, VisitorTrait.visitor_id.in_(ids)),
        "visits": _delete(session, Visit, Visit.id.in_(visits)),
    }
    _delete(session, PersonVisitor, PersonVisitor.visitor_id.in_(ids))
    rejected = [cast(StreamReject.fields, String).contains(key) for key in found.visitors.values()]
    if rejected:
        counts["stream rejects"] = _delete(session, StreamReject, or_(*rejected))
    return counts | {"visitors": _delete(session, Visitor, Visitor.id.in_(ids))}


def _people(session: Session, found: Found) -> Counts:
    ids = list(found.people)
    _delete(session, PersonVisitor, PersonVisitor.person_id.in_(ids))
    counts = {"phones and addresses": _delete(session, PersonIdentifier, PersonIdentifier.person_id.in_(ids))}
    session.execute(update(Inquiry).where(Inquiry.person_id.in_(ids)).values(person_id=None))
    session.execute(update(Person).where(Person.id.in_(ids)).values(merged_into_id=None))
    return counts | {"people": _delete(session, Person, Person.id.in_(ids))}


def _delete(session: Session, table: Any, condition: Any) -> int:
    result: Any = session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
    return int(result.rowcount)
