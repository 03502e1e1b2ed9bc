"""Which visits a CRM should hear of: those that are over, of people it knows, and of strangers from advertisements.

A visit that an inquiry was matched to is left out: the inquiry's note tells of it already.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from tracker.deliveries import outbox
from tracker.deliveries.models import Delivery, KnownCard, SubjectType
from tracker.deliveries.policy import Policy
from tracker.deliveries.visit_card import visitor_mark
from tracker.inquiries.models import Inquiry
from tracker.people.models import PersonIdentifier, PersonVisitor
from tracker.sites.models import Connection
from tracker.visits.models import Visit, Visitor

OVER_AFTER = timedelta(minutes=30)  # without a sign of life
LOOK_BACK = timedelta(days=3)  # a worker that stood still for a weekend misses nothing
BATCH = 100


def tell(session: Session, connection: Connection, policy: Policy, now: datetime) -> int:
    """Wants the next visits noted that are over and not told of yet; returns how many.

    The caller commits. Saying it again changes nothing.
    """
    wanted = _wanted(connection, policy)
    if wanted is None:
        return 0
    told = exists().where(
        Delivery.subject_type == SubjectType.VISIT,
        Delivery.subject_id == Visit.id,
        Delivery.connection_id == connection.id,
    )
    query = (
        select(Visit.id)
        .where(Visit.site_id == connection.site_id, Visit.started_at > now - LOOK_BACK)
        .where(_is_over(now), _is_of_a_person(), ~told, wanted)
        .order_by(Visit.id)
        .limit(BATCH)
    )
    visits = list(session.scalars(query))
    for visit in visits:
        outbox.want(session, SubjectType.VISIT, visit, connection.id, revision=1, now=now)
    return len(visits)


def _wanted(connection: Connection, policy: Policy) -> ColumnElement[bool] | None:
    kinds = []
    if policy.notes_visits:
        kinds.append(_is_known(connection.id))
    if policy.takes_strangers:
        kinds.append(_is_stranger())
    return or_(*kinds) if kinds else None


def _is_over(now: datetime) -> ColumnElement[bool]:
    """No sign of life for half an hour, or the same visitor has begun another visit since."""
    later = aliased(Visit)
    is_later = tuple_(later.started_at, later.id) > tuple_(Visit.started_at, Visit.id)
    follows = exists().where(later.visitor_id == Visit.visitor_id, is_later)
    return or_(Visit.last_at < now - OVER_AFTER, follows)


def _is_of_a_person() -> ColumnElement[bool]:
    inquired = exists().where(Inquiry.visit_id == Visit.id)
    return and_(~Visit.is_test, Visit.bot_reason.is_(None), ~inquired)


def _is_known(connection_id: int) -> ColumnElement[bool]:
    """His card was known before the visit was over: by his phone or address, or by his browser."""
    mine = and_(KnownCard.connection_id == connection_id, KnownCard.at <= Visit.last_at)
    by_person = (
        exists()
        .where(mine, KnownCard.value == PersonIdentifier.value)
        .where(PersonIdentifier.site_id == Visit.site_id, PersonIdentifier.person_id == PersonVisitor.person_id)
        .where(PersonVisitor.visitor_id == Visit.visitor_id)
    )
    mark = literal(visitor_mark("")) + Visitor.key
    by_browser = exists().where(mine, Visitor.id == Visit.visitor_id, KnownCard.value == mark)
    return or_(by_person, by_browser)


def _is_stranger() -> ColumnElement[bool]:
    joined = exists().where(PersonVisitor.visitor_id == Visit.visitor_id)
    return and_(Visit.is_paid, ~joined)
