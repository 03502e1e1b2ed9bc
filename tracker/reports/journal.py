"""The journal of inquiries: filters, pages by cursor, and one inquiry with everything that explains it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from tracker import clock
from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.errors import InvalidInput
from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.reports import sources
from tracker.reports.sources import Source
from tracker.sites.models import Connection, Site
from tracker.visits.models import Visit, Visitor

PAGE_SIZE = 50


@dataclass(frozen=True)
class Filters:
    """What the journal is narrowed to; None and empty mean everything. Instants are aware UTC, `until` excluded.

    `who` is a part of the caller, the called number or an address: digits are compared with numbers.
    `source` is a source as reports group it, a utm_source, or a channel. `tests` adds the inquiries marked as tests.
    """

    site: str | None = None
    kind: InquiryKind | None = None
    status: CallStatus | None = None
    match: AttributionStatus | None = None
    delivery: DeliveryStatus | None = None
    source: str | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tests: bool = True


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
    """One line of the journal."""

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
    deliveries: tuple[DeliveryState, ...] = field(default=())


@dataclass(frozen=True)
class Page:
    """Some rows, newest first, and the cursor of the next ones (None: that was all)."""

    rows: tuple[Row, ...]
    next: str | None


def page(session: Session, filters: Filters, cursor: str | None = None, size: int = PAGE_SIZE) -> Page:
    """One page of the journal.

    Args:
        cursor: what the page before gave as `next`; None begins with the newest.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    found = _select().where(*_conditions(filters)).order_by(Inquiry.at.desc(), Inquiry.id.desc()).limit(size + 1)
    if cursor:
        at, number = _read_cursor(cursor)
        found = found.where(or_(Inquiry.at < at, and_(Inquiry.at == at, Inquiry.id < number)))
    inquiries = session.scalars(found).all()
    shown = inquiries[:size]
    states = deliveries(session, [inquiry.id for inquiry in shown])
    rows = tuple(row(inquiry, states.get(inquiry.id, ())) for inquiry in shown)
    return Page(rows, _cursor(shown[-1]) if len(inquiries) > size else None)


def _select() -> Select[Inquiry]:
    return (
        select(Inquiry)
        .join(Inquiry.site)
        .outerjoin(Inquiry.visit)
        .outerjoin(Visitor, Visitor.id == Inquiry.visitor_id)
        .options(contains_eager(Inquiry.site), contains_eager(Inquiry.visit), contains_eager(Inquiry.visitor))
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    equal = {
        Site.key: filters.site,
        Inquiry.kind: filters.kind,
        Inquiry.status: filters.status,
        Inquiry.attribution_status: filters.match,
    }
    wanted: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if filters.since is not None:
        wanted.append(Inquiry.at >= filters.since)
    if filters.until is not None:
        wanted.append(Inquiry.at < filters.until)
    if not filters.tests:
        wanted.append(~Inquiry.is_test)
    if filters.source:
        wanted.append(_from_source(filters.source))
    if filters.who:
        wanted.append(_about(filters.who))
    if filters.delivery is not None:
        wanted.append(_delivered(filters.delivery))
    return wanted


def _from_source(source: str) -> ColumnElement[bool]:
    static = Inquiry.static_source["utm_source"].as_string()
    return or_(Visit.source == source, Visit.utm_source == source, Visit.channel == source, static == source)


def _about(text: str) -> ColumnElement[bool]:
    digits = "".join(char for char in text if char.isdigit())
    part = text.strip().lower()
    if digits and not any(char.isalpha() for char in text):
        # a trunk prefix or country code written differently must not hide the number
        part = digits[-10:] if len(digits) >= 10 else digits
    return or_(*(column.contains(part, autoescape=True) for column in (Inquiry.caller, Inquiry.called)))


def _delivered(status: DeliveryStatus) -> ColumnElement[bool]:
    subjects = select(Delivery.subject_id).where(
        Delivery.subject_type == SubjectType.INQUIRY, Delivery.status == status
    )
    return Inquiry.id.in_(subjects)


def _cursor(inquiry: Inquiry) -> str:
    return f"{clock.to_iso(inquiry.at.replace(microsecond=0))}.{inquiry.at.microsecond}.{inquiry.id}"


def _read_cursor(text: str) -> tuple[datetime, int]:
    try:
        second, microsecond, number = text.rsplit(".", 2)
        return clock.parse(second).replace(microsecond=int(microsecond)), int(number)
    except ValueError as error:
        raise InvalidInput("this is not a cursor of the journal", "cursor") from error


def row(inquiry: Inquiry, states: Sequence[DeliveryState]) -> Row:
    """An inquiry, loaded with its site, visit and visitor, as a line of the journal."""
    return Row(
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
        tuple(states),
    )


def rows_of_visitor(session: Session, visitor_id: int) -> list[Row]:
    """Every inquiry explained by a visitor, newest first."""
    found = _select().where(Inquiry.visitor_id == visitor_id).order_by(Inquiry.at.desc(), Inquiry.id.desc())
    inquiries = session.scalars(found).all()
    states = deliveries(session, [inquiry.id for inquiry in inquiries])
    return [row(inquiry, states.get(inquiry.id, ())) for inquiry in inquiries]


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
