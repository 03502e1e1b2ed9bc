"""The journal of inquiries: filters, pages by cursor, and one inquiry with everything that explains it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager

from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.inquiries.evidence import Mark
from tracker.inquiries.models import AttributionStatus, Inquiry, InquiryComment, InquiryLabel, NotCounted
from tracker.reports import paging, quality, sources
from tracker.reports.filtering import Filters, conditions
from tracker.reports.paging import Page
from tracker.reports.sources import Source
from tracker.sites.models import Connection
from tracker.visits.models import Visitor

PAGE_SIZE = 50
EXPORT_SIZE = 500  # rows read at once


@dataclass(frozen=True)
class DeliveryState:
    """How one connection learned of an inquiry. `entities` maps contact, deal, lead to remote ids."""

    id: int
    connection: str
    provider: str
    status: DeliveryStatus
    attempts: int
    error: str | None
    entities: dict[str, str]
    next_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Row:
    """One line of the journal. `is_unique` and `is_target`, see `quality`, are None for what figures leave out."""

    key: str
    site_key: str
    timezone: str
    kind: InquiryKind
    at: datetime
    caller: str | None
    called: str | None
    name: str | None
    subject: str
    status: CallStatus | None
    talk_seconds: int | None
    letter_class: LetterClass | None
    is_test: bool
    match: AttributionStatus | None
    probability: float | None
    source: Source | None
    visitor_key: str | None
    not_counted: NotCounted | None
    marks: tuple[Mark, ...]
    is_corrected: bool
    is_unique: bool | None
    is_target: bool | None
    labels: tuple[str, ...] = field(default=())
    comments: int = 0
    deliveries: tuple[DeliveryState, ...] = field(default=())


def page(session: Session, filters: Filters, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[Row]:
    """One page of the journal.

    Args:
        cursor: what the page before gave as `next`; None begins with the newest.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    found = _select().where(*conditions(session, filters), *paging.below(Inquiry.at, Inquiry.id, cursor))
    inquiries = session.scalars(found.order_by(Inquiry.at.desc(), Inquiry.id.desc()).limit(size + 1)).all()
    shown = inquiries[:size]
    next = paging.cursor(shown[-1].at, shown[-1].id) if len(inquiries) > size else None
    return Page(tuple(rows(session, shown)), next)


def every(session: Session, filters: Filters, size: int = EXPORT_SIZE) -> Iterator[Row]:
    """Every row of the journal, newest first, read in pages so that any number of them needs little memory."""
    cursor = None
    while True:
        found = page(session, filters, cursor, size)
        yield from found.rows
        session.expunge_all()
        cursor = found.next
        if cursor is None:
            return


def _select() -> Select[Inquiry]:
    return (
        select(Inquiry)
        .join(Inquiry.site)
        .outerjoin(Inquiry.visit)
        .outerjoin(Visitor, Visitor.id == Inquiry.visitor_id)
        .options(contains_eager(Inquiry.site), contains_eager(Inquiry.visit), contains_eager(Inquiry.visitor))
    )


def rows(session: Session, inquiries: Sequence[Inquiry]) -> list[Row]:
    """Inquiries, loaded with their site, visit and visitor, as lines of the journal."""
    ids = [inquiry.id for inquiry in inquiries]
    states, labels, comments = deliveries(session, ids), _labels(session, ids), _comments(session, ids)
    judged = quality.judged(session, ids)
    return [
        Row(
            inquiry.key,
            inquiry.site.key,
            inquiry.site.timezone,
            inquiry.kind,
            inquiry.at,
            inquiry.caller,
            inquiry.called,
            inquiry.name,
            inquiry.subject,
            inquiry.status,
            inquiry.talk_seconds,
            inquiry.letter_class,
            inquiry.is_test,
            inquiry.attribution_status,
            inquiry.probability,
            sources.of_inquiry(inquiry.visit, inquiry.static_source),
            inquiry.visitor.key if inquiry.visitor else None,
            inquiry.not_counted,
            tuple(Mark(mark) for mark in inquiry.evidence.get("marks", ())),
            inquiry.correction is not None,
            *judged[inquiry.id],
            tuple(labels.get(inquiry.id, ())),
            comments.get(inquiry.id, 0),
            tuple(states.get(inquiry.id, ())),
        )
        for inquiry in inquiries
    ]


def _labels(session: Session, inquiry_ids: Sequence[int]) -> dict[int, list[str]]:
    labels: dict[int, list[str]] = defaultdict(list)
    found = select(InquiryLabel).where(InquiryLabel.inquiry_id.in_(inquiry_ids)).order_by(InquiryLabel.label)
    for one in session.scalars(found):
        labels[one.inquiry_id].append(one.label)
    return labels


def _comments(session: Session, inquiry_ids: Sequence[int]) -> dict[int, int]:
    counted = select(InquiryComment.inquiry_id, func.count()).where(InquiryComment.inquiry_id.in_(inquiry_ids))
    return dict(session.execute(counted.group_by(InquiryComment.inquiry_id)).all())


def known_labels(session: Session) -> Sequence[str]:
    """Every label in use, by name; through the inquiries, since those of other sites are nobody's business."""
    used = select(InquiryLabel.label).join(Inquiry, Inquiry.id == InquiryLabel.inquiry_id).distinct()
    return session.scalars(used.order_by(InquiryLabel.label)).all()


def latest(session: Session, condition: ColumnElement[bool], most: int) -> list[Row]:
    """The inquiries that a condition names, newest first."""
    found = _select().where(condition).order_by(Inquiry.at.desc(), Inquiry.id.desc()).limit(most)
    return rows(session, session.scalars(found).all())


def deliveries(session: Session, inquiry_ids: Sequence[int]) -> dict[int, list[DeliveryState]]:
    """Inquiry id to how its connections stand, in the order of the connections."""
    found = (
        select(Delivery, Connection)
        .join(Connection, Connection.id == Delivery.connection_id)
        .where(Delivery.subject_type == SubjectType.INQUIRY, Delivery.subject_id.in_(inquiry_ids))
        .order_by(Connection.id)
    )
    states: dict[int, list[DeliveryState]] = defaultdict(list)
    for delivery, connection in session.execute(found):
        states[delivery.subject_id].append(delivery_state(delivery, connection))
    return states


def delivery_state(delivery: Delivery, connection: Connection) -> DeliveryState:
    """A delivery and its connection as one value."""
    return DeliveryState(
        delivery.id,
        connection.key,
        connection.provider,
        delivery.status,
        delivery.attempts,
        delivery.error,
        {name: str(remote) for name, remote in delivery.entities.items()},
        delivery.next_at,
        delivery.sent_at,
    )
