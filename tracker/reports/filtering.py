"""What the journal and the reports are narrowed to, and the same as conditions of a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.evidence import Mark
from tracker.inquiries.models import AttributionStatus, Inquiry, InquiryComment, InquiryLabel, NotCounted
from tracker.pools.models import Number, Pool
from tracker.reports.counting import is_counted
from tracker.reports.touches import Model, touches
from tracker.sites.models import Site
from tracker.visits.models import Visit

NONE = "(none)"  # in place of a value: those that have none
BOUND = "(bound)"  # in place of a channel: no visit, but a number or address that is bound to a source


@dataclass(frozen=True)
class Filters:
    """What the journal is narrowed to; None and empty mean everything. Instants are aware UTC, `until` excluded.

    `search` is a part of a number, an address, a name, a text or a comment: digits are compared with numbers.
    `source` is a source as reports group it, a utm_source, or a channel; `medium`, `campaign`, `channel` and
    `landing` are compared whole, and `NONE` stands for their absence. `model` says which visit of the way they speak
    of. `counted` False are those that reports leave out, see `counting`. `tests` adds the inquiries marked as tests.
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
    pool: str | None = None
    model: Model = Model.LAST
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tests: bool = True


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions on `Inquiry`, joined with its `Site` and outer-joined with its `Visit`."""
    wanted = _own(filters)
    if filters.label:
        labelled = select(InquiryLabel.inquiry_id).where(InquiryLabel.label == filters.label)
        wanted.append(Inquiry.id.in_(labelled))
    if filters.delivery is not None:
        wanted.append(_delivered(filters.delivery))
    if filters.search:
        wanted.append(_about(filters.search))
    if filters.pool:
        numbers = select(Number.e164).join(Pool, Pool.id == Number.pool_id).where(Pool.key == filters.pool)
        wanted.append(Inquiry.called.in_(numbers))
    return wanted + _from(filters)


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
    if not filters.tests:
        wanted.append(~Inquiry.is_test)
    if filters.counted is not None:
        wanted.append(is_counted() if filters.counted else ~is_counted())
    if filters.corrected is not None:
        wanted.append(Inquiry.correction.is_not(None) if filters.corrected else Inquiry.correction.is_(None))
    if filters.mark is not None:
        wanted.append(cast(Inquiry.evidence["marks"], String).contains(f'"{filters.mark}"'))
    return wanted


def _from(filters: Filters) -> list[ColumnElement[bool]]:
    """Where it came from. What no visit explains may have a static source."""
    said = {name: getattr(filters, name) for name in ("source", "medium", "campaign", "channel", "landing")}
    given = {name: value for name, value in said.items() if value}
    if not given:
        return []
    visits = and_(Inquiry.visit_id.is_not(None), *(of_visit(name, value) for name, value in given.items()))
    static = and_(Inquiry.visit_id.is_(None), *(of_static(name, value) for name, value in given.items()))
    if filters.model == Model.LAST:
        return [or_(visits, static)]
    touch = touches(filters.model, *_period(filters))
    touched = select(touch.c.inquiry_id).join(Visit, Visit.id == touch.c.visit_id)
    return [or_(Inquiry.id.in_(touched.where(*(of_visit(name, value) for name, value in given.items()))), static)]


def _period(filters: Filters) -> list[ColumnElement[bool]]:
    """What keeps the search for touches small; the other filters follow outside."""
    wanted = []
    if filters.since is not None:
        wanted.append(Inquiry.at >= filters.since)
    if filters.until is not None:
        wanted.append(Inquiry.at < filters.until)
    return wanted


COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "source": Visit.source,
    "medium": Visit.medium,
    "campaign": Visit.utm_campaign,
    "channel": Visit.channel,
    "landing": Visit.landing_path,
}


def of_visit(name: str, value: str) -> ColumnElement[bool]:
    """A visit came from there; `name` is one of `COLUMNS`."""
    if value == NONE and name == "campaign":
        return Visit.utm_campaign.is_(None)
    condition: ColumnElement[bool] = COLUMNS[name] == value
    return condition


def of_static(name: str, value: str) -> ColumnElement[bool]:
    """An inquiry without a visit came from there."""
    if name == "landing":
        return true() if value == NONE else false()
    if name == "channel":
        is_bound = Inquiry.static_source.is_not(None)
        return is_bound if value == BOUND else ~is_bound if value == NONE else false()
    static: ColumnElement[str] = Inquiry.static_source[f"utm_{name}"].as_string()
    return static.is_(None) if value == NONE else static == value


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
