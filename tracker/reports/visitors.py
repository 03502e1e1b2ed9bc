"""A visitor: what he is known by, his visits and his numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import NotFound
from tracker.leases.models import EmailTag, Lease
from tracker.people.models import Person, PersonIdentifier, PersonVisitor
from tracker.pools.models import Pool
from tracker.reports import sources
from tracker.reports.sources import Source
from tracker.sites.models import Site
from tracker.visits.models import PageView, Visit, VisitEvent, Visitor, VisitorTrait


@dataclass(frozen=True)
class PageSeen:
    """One page view."""

    at: datetime
    url: str
    title: str


@dataclass(frozen=True)
class Deed:
    """Something done on a page: `tel_click` with its data."""

    at: datetime
    name: str
    data: dict[str, Any]


@dataclass(frozen=True)
class LeaseSeen:
    """A number a visitor was shown, from when until when it was his."""

    number: str
    pool: str
    since: datetime
    last_beat_at: datetime
    until: datetime
    is_shared: bool


@dataclass(frozen=True)
class VisitSeen:
    """One visit with its pages and deeds, oldest first."""

    key: str
    started_at: datetime
    last_at: datetime
    source: Source
    landing_page: str
    device: str
    browser: str | None
    os: str | None
    city: str | None
    is_test: bool
    bot_reason: str | None
    pages: tuple[PageSeen, ...]
    deeds: tuple[Deed, ...]


@dataclass(frozen=True)
class PersonSeen:
    """The person a visitor proved to be, and by what he is known."""

    key: str
    name: str | None
    identifiers: tuple[str, ...]


@dataclass(frozen=True)
class VisitorSeen:
    """What one visitor is known by; `way.steps` tells what he did."""

    key: str
    site_key: str
    timezone: str
    first_at: datetime
    last_at: datetime
    ip: str | None
    ga_client_id: str | None
    is_test: bool
    bot_reason: str | None
    tags: tuple[str, ...]
    traits: tuple[tuple[str, str], ...]  # kind and value: ip, ga, ym, …
    person: PersonSeen | None
    id: int


def visitor(session: Session, site_key: str, key: str) -> VisitorSeen:
    """One visitor.

    Raises:
        NotFound: the site has no such visitor.
    """
    wanted = (
        select(Visitor, Site).join(Site, Site.id == Visitor.site_id).where(Site.key == site_key, Visitor.key == key)
    )
    found = session.execute(wanted).first()
    if found is None:
        raise NotFound(f"the site {site_key} has no visitor {key}")
    row, site = found
    tags = session.scalars(
        select(EmailTag.tag).where(EmailTag.visitor_id == row.id).order_by(EmailTag.issued_at.desc())
    )
    traits = session.scalars(
        select(VisitorTrait).where(VisitorTrait.visitor_id == row.id).order_by(VisitorTrait.last_at.desc())
    )
    return VisitorSeen(
        row.key,
        site.key,
        site.timezone,
        row.first_at,
        row.last_at,
        row.ip,
        row.ga_client_id,
        row.is_test,
        row.bot_reason,
        tuple(tags),
        tuple((trait.kind, trait.value) for trait in traits),
        _person(session, row.id),
        row.id,
    )


def visits(session: Session, rows: Sequence[Visit]) -> tuple[VisitSeen, ...]:
    """The visits with their pages and deeds, in the order given."""
    ids = [visit.id for visit in rows]
    pages: dict[int, list[PageSeen]] = defaultdict(list)
    for view in session.scalars(select(PageView).where(PageView.visit_id.in_(ids)).order_by(PageView.at, PageView.key)):
        pages[view.visit_id].append(PageSeen(view.at, view.url, view.title))
    deeds: dict[int, list[Deed]] = defaultdict(list)
    for event in session.scalars(select(VisitEvent).where(VisitEvent.visit_id.in_(ids)).order_by(VisitEvent.at)):
        deeds[event.visit_id].append(Deed(event.at, event.name, event.data))
    return tuple(_visit(visit, pages[visit.id], deeds[visit.id]) for visit in rows)


def _visit(visit: Visit, pages: Sequence[PageSeen], deeds: Sequence[Deed]) -> VisitSeen:
    return VisitSeen(
        visit.key,
        visit.started_at,
        visit.last_at,
        sources.of_visit(visit),
        visit.landing_page,
        visit.device,
        visit.browser,
        visit.os,
        visit.city,
        visit.is_test,
        visit.bot_reason,
        tuple(pages),
        tuple(deeds),
    )


def leases(session: Session, visitor_ids: Sequence[int]) -> tuple[LeaseSeen, ...]:
    """Every number the visitors were shown, newest first."""
    held = (
        select(Lease, Pool.key)
        .join(Pool, Pool.id == Lease.pool_id)
        .where(Lease.visitor_id.in_(visitor_ids))
        .order_by(Lease.started_at.desc())
    )
    return tuple(
        LeaseSeen(lease.number, pool, lease.started_at, lease.last_beat_at, lease.until, lease.is_shared)
        for lease, pool in session.execute(held)
    )


def _person(session: Session, visitor_id: int) -> PersonSeen | None:
    joined = select(Person).join(PersonVisitor, PersonVisitor.person_id == Person.id)
    person = session.scalar(joined.where(PersonVisitor.visitor_id == visitor_id))
    if person is None:
        return None
    known = select(PersonIdentifier.value).where(PersonIdentifier.person_id == person.id).order_by(PersonIdentifier.id)
    return PersonSeen(person.key, person.name, tuple(session.scalars(known)))
