"""The whole way of a visitor or a person on one line: visits, numbers shown, inquiries, in the order they happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from tracker.errors import NotFound
from tracker.inquiries.models import Inquiry
from tracker.people.models import Person, PersonIdentifier, PersonVisitor
from tracker.reports import journal, visitors
from tracker.reports.journal import Row
from tracker.reports.visitors import LeaseSeen, VisitSeen
from tracker.sites.models import Site
from tracker.visits.models import Visit, Visitor

MOST_STEPS = 100  # of each kind, the latest; crawlers have thousands


@dataclass(frozen=True)
class Step:
    """One thing that happened; exactly one of the last three is set."""

    at: datetime
    visit: VisitSeen | None = None
    lease: LeaseSeen | None = None
    inquiry: Row | None = None


def steps(session: Session, visitor_ids: Sequence[int], person_id: int | None = None) -> tuple[Step, ...]:
    """What these visitors did, and what the person sent without being one of them; oldest first."""
    latest = select(Visit).where(Visit.visitor_id.in_(visitor_ids)).order_by(Visit.started_at.desc()).limit(MOST_STEPS)
    theirs: ColumnElement[bool] = Inquiry.visitor_id.in_(visitor_ids)
    if person_id is not None:
        theirs = or_(theirs, Inquiry.person_id == person_id)
    found = [Step(visit.started_at, visit=visit) for visit in visitors.visits(session, session.scalars(latest).all())]
    found += [Step(lease.since, lease=lease) for lease in visitors.leases(session, visitor_ids)[:MOST_STEPS]]
    found += [Step(row.at, inquiry=row) for row in journal.latest(session, theirs, MOST_STEPS)]
    return tuple(sorted(found, key=lambda step: (step.at, step.inquiry is not None, step.lease is not None)))


@dataclass(frozen=True)
class PersonWay:
    """One human being as one site knows him, and all he did there. `visitors` are the ids of his browsers."""

    key: str
    site_key: str
    timezone: str
    name: str | None
    identifiers: tuple[str, ...]
    visitors: tuple[str, ...]
    steps: tuple[Step, ...]


def _latest_name(session: Session, person_id: int) -> str | None:
    """What the person called himself last, in a form or as the sender of a letter."""
    told = select(Inquiry.name).where(Inquiry.person_id == person_id, func.coalesce(Inquiry.name, "") != "")
    return session.scalar(told.order_by(Inquiry.at.desc()).limit(1))


def person(session: Session, key: str) -> PersonWay:
    """One person by his public id; who turned out to be another one is shown as that one.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Person).where(Person.key == key))
    while found is not None and found.merged_into_id is not None:
        found = session.get(Person, found.merged_into_id)
    if found is None:
        raise NotFound(f"there is no person {key}")
    site = session.get_one(Site, found.site_id)
    known = select(PersonIdentifier.value).where(PersonIdentifier.person_id == found.id).order_by(PersonIdentifier.id)
    browsers = select(Visitor.id, Visitor.key).join(PersonVisitor, PersonVisitor.visitor_id == Visitor.id)
    joined = session.execute(browsers.where(PersonVisitor.person_id == found.id).order_by(Visitor.first_at)).all()
    return PersonWay(
        found.key,
        site.key,
        site.timezone,
        found.name or _latest_name(session, found.id),
        tuple(session.scalars(known)),
        tuple(visitor for _, visitor in joined),
        steps(session, [visitor_id for visitor_id, _ in joined], found.id),
    )
