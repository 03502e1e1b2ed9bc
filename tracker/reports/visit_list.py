"""The list of visits: what it is narrowed to, and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tracker.inquiries.models import Inquiry
from tracker.reports import paging, sources, visit_search
from tracker.reports.counting import real_inquiries
from tracker.reports.moments import hour_of
from tracker.reports.paging import Page
from tracker.reports.sources import Source
from tracker.sites.models import Site
from tracker.visits.models import Visit, Visitor

PAGE_SIZE = 100


@dataclass(frozen=True)
class VisitFilters:
    """What the list is narrowed to; None means everything. Instants are aware UTC, `until` excluded.

    `sites` are all there are. `search`, see `visit_search.is_found`. `hour` is one of the day in `zone`, 0 to 23.
    `bots` adds those recognised as machines, `tests` those marked as tests.
    """

    sites: Sequence[Site] = ()
    site: Site | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    hour: int | None = None
    zone: str = "UTC"
    bots: bool = False
    tests: bool = True


@dataclass(frozen=True)
class VisitorRow:
    """One visit with its visitor."""

    key: str
    site_key: str
    timezone: str
    started_at: datetime
    source: Source
    city: str | None
    device: str
    landing_page: str
    is_test: bool
    bot_reason: str | None
    inquiries: int


def page(session: Session, filters: VisitFilters, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[VisitorRow]:
    """One page of the visits, those that began last first.

    Args:
        cursor: what the page before gave as `next`; None begins with the newest.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    found = select(Visit, Visitor, Site).join(Visit.visitor).join(Site, Site.id == Visit.site_id)
    found = found.where(*_conditions(filters), *paging.below(Visit.started_at, Visit.id, cursor))
    rows = session.execute(found.order_by(Visit.started_at.desc(), Visit.id.desc()).limit(size + 1)).all()
    counts = _inquiries(session, [visitor.id for _, visitor, _ in rows])
    shown = [_row(visit, visitor, site, counts.get(visitor.id, 0)) for visit, visitor, site in rows[:size]]
    last = rows[size - 1][0] if len(rows) > size else None
    return Page(tuple(shown), paging.cursor(last.started_at, last.id) if last else None)


def _conditions(filters: VisitFilters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.site is not None:
        # With a search SQLite would rather walk all visits of the site than look up the few found.
        wanted.append((Visitor if filters.search else Visit).site_id == filters.site.id)
    if filters.search:
        wanted.append(visit_search.is_found(filters.search, [filters.site] if filters.site else filters.sites))
    if filters.since is not None:
        wanted.append(Visit.started_at >= filters.since)
    if filters.until is not None:
        wanted.append(Visit.started_at < filters.until)
    if filters.hour is not None:
        wanted.append(hour_of(Visit.started_at, filters.zone) == filters.hour)
    if not filters.bots:
        wanted.append(Visit.bot_reason.is_(None))
    if not filters.tests:
        wanted.append(~Visit.is_test)
    return wanted


def _row(visit: Visit, visitor: Visitor, site: Site, inquiries: int) -> VisitorRow:
    return VisitorRow(
        visitor.key,
        site.key,
        site.timezone,
        visit.started_at,
        sources.of_visit(visit),
        visit.city,
        visit.device,
        visit.landing_page,
        visit.is_test,
        visit.bot_reason,
        inquiries,
    )


def _inquiries(session: Session, visitor_ids: Sequence[int]) -> dict[int, int]:
    counted = select(Inquiry.visitor_id, func.count()).where(Inquiry.visitor_id.in_(visitor_ids), *real_inquiries())
    rows = session.execute(counted.group_by(Inquiry.visitor_id))
    return {visitor_id: count for visitor_id, count in rows if visitor_id is not None}
