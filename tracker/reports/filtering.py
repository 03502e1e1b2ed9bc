"""What the journal and the reports are narrowed to, and the same as conditions of a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, or_, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.evidence import Mark
from tracker.inquiries.models import AttributionStatus, Inquiry, InquiryComment, InquiryLabel, NotCounted
from tracker.pools.models import Number, Pool
from tracker.reports import quality
from tracker.reports.counting import LOST, is_counted, real_inquiries
from tracker.reports.dimensions import COLUMNS, OWN, of_own, of_static, of_visit
from tracker.reports.touches import Model, is_touched, visits_of
from tracker.sites.models import Site
from tracker.visits.models import Visit

FEW = 1000  # visits; a page of the journal has found its inquiries soon where there are more


@dataclass(frozen=True)
class Filters:
    """What the journal is narrowed to; None and empty mean everything. Instants are aware UTC, `until` excluded.

    `search` is a part of a number, an address, a name, a text or a comment: digits are compared with numbers.
    `source`, `medium` and the other names of `dimensions.COLUMNS` are compared whole, as reports group them, and
    `dimensions.NONE` stands for their absence. `model` says which visit of the way they speak of. `hour` (`0` to `23`)
    and `weekday` (`0` is Monday) are those of `zone`, `manager` is who answered. `counted` False are those that
    reports leave out, see `counting`; `unique` and `target`, see `quality`, are asked of those that count. `lost` are
    calls that nobody answered, `others` whatever is neither call nor letter. `pool` is a key, or `site/key`. `tests`
    adds the inquiries marked as tests.
    """

    site: str | None = None
    kind: InquiryKind | None = None
    status: CallStatus | None = None
    match: AttributionStatus | None = None
    mark: Mark | None = None
    corrected: bool | None = None
    counted: bool | None = None
    not_counted: NotCounted | None = None
    label: str | None = None
    delivery: DeliveryStatus | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    channel: str | None = None
    landing: str | None = None
    content: str | None = None
    term: str | None = None
    city: str | None = None
    hour: str | None = None
    weekday: str | None = None
    manager: str | None = None
    zone: str = "UTC"
    unique: bool | None = None
    target: bool | None = None
    lost: bool = False
    others: bool = False
    pool: str | None = None
    model: Model = Model.LAST
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tests: bool = True


def conditions(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions on `Inquiry`, joined with its `Site` and outer-joined with its `Visit`."""
    wanted = _own(filters) + _judged(session, filters)
    if filters.label:
        labelled = select(InquiryLabel.inquiry_id).where(InquiryLabel.label == filters.label)
        wanted.append(Inquiry.id.in_(labelled))
    if filters.delivery is not None:
        wanted.append(_delivered(filters.delivery))
    if filters.search:
        wanted.append(_about(filters.search))
    if filters.pool:
        wanted.append(_dialled(filters.pool))
    return wanted + _from(session, filters)


def _dialled(pool: str) -> ColumnElement[bool]:
    *site, key = pool.split("/", 1)
    numbers = select(Number.e164).join(Pool, Pool.id == Number.pool_id).where(Pool.key == key)
    numbers = numbers.join(Site, Site.id == Pool.site_id).where(Site.key == site[0]) if site else numbers
    return Inquiry.called.in_(numbers)


def _judged(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    """Only what counts is unique or a repeat, a target inquiry or none."""
    asked = ((filters.unique, quality.is_unique), (filters.target, quality.is_target))
    wanted: list[ColumnElement[bool]] = []
    for answer, judge in asked:
        if answer is not None:
            defined = judge(quality.definitions(session))
            wanted += [*real_inquiries(), defined if answer else ~defined]
    return wanted


def _own(filters: Filters) -> list[ColumnElement[bool]]:
    equal = {
        Site.key: filters.site,
        Inquiry.kind: filters.kind,
        Inquiry.status: filters.status,
        Inquiry.attribution_status: filters.match,
        Inquiry.not_counted: filters.not_counted,
    }
    wanted: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if filters.since is not None:
        wanted.append(Inquiry.at >= filters.since)
    if filters.until is not None:
        wanted.append(Inquiry.at < filters.until)
    if filters.lost:
        wanted += [Inquiry.kind == InquiryKind.CALL, Inquiry.status.in_(LOST)]
    if filters.others:
        wanted.append(Inquiry.kind.not_in([InquiryKind.CALL, InquiryKind.EMAIL]))
    own = {name: getattr(filters, name) for name in OWN}
    wanted += [of_own(name, value, filters.zone) for name, value in own.items() if value]
    if not filters.tests:
        wanted.append(~Inquiry.is_test)
    if filters.counted is not None:
        wanted.append(is_counted() if filters.counted else ~is_counted())
    if filters.corrected is not None:
        wanted.append(Inquiry.correction.is_not(None) if filters.corrected else Inquiry.correction.is_(None))
    if filters.mark is not None:
        wanted.append(cast(Inquiry.evidence["marks"], String).contains(f'"{filters.mark}"'))
    return wanted


def _from(session: Session, filters: Filters) -> list[ColumnElement[bool]]:
    """Where it came from. What no visit explains may have a static source."""
    said = {name: getattr(filters, name) for name in COLUMNS}
    given = {name: value for name, value in said.items() if value}
    if not given:
        return []
    visits = [of_visit(name, value) for name, value in given.items()]
    static = and_(Inquiry.visit_id.is_(None), *(of_static(name, value) for name, value in given.items()))
    came = (
        and_(Inquiry.visit_id.is_not(None), *visits)
        if filters.model == Model.LAST
        else is_touched(filters.model, *visits)
    )
    return [or_(and_(*_of_few(session, visits), came), static)]


def _of_few(session: Session, visits: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """Where few visits are as wanted, only inquiries of those who made them can be: nobody else's need be asked."""
    visitors = session.scalars(select(Visit.visitor_id).where(*visits).limit(FEW + 1)).all()
    return [Inquiry.visit_id.in_(visits_of(visitors))] if len(visitors) <= FEW else []


def _delivered(status: DeliveryStatus) -> ColumnElement[bool]:
    subjects = select(Delivery.subject_id).where(
        Delivery.subject_type == SubjectType.INQUIRY, Delivery.status == status
    )
    return Inquiry.id.in_(subjects)


def _about(text: str) -> ColumnElement[bool]:
    part = " ".join(text.lower().split())
    digits = "".join(char for char in text if char.isdigit())
    if digits and not any(char.isalpha() for char in text):
        # a trunk prefix or country code written differently must not hide the number
        part = digits[-10:] if len(digits) >= 10 else digits
    commented = select(InquiryComment.inquiry_id).where(InquiryComment.folded.contains(part, autoescape=True))
    columns = (Inquiry.caller, Inquiry.called, Inquiry.haystack)
    return or_(*(column.contains(part, autoescape=True) for column in columns), Inquiry.id.in_(commented))
