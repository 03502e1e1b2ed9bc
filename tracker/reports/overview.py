"""Today at a glance: traffic, inquiries, how much of them is explained, coverage, and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.pools.models import Pool, PoolHour
from tracker.reports import quality
from tracker.reports.counting import LOST, real_inquiries, real_visits
from tracker.reports.dimensions import BOUND, NONE
from tracker.reports.moments import hour_of
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.visits.models import PageView, StreamReject, Visit

WEEK = timedelta(days=7)
MANY_VISITS = 100  # that began last; an older one with a later sign of life changes little
LATE_DELIVERY = timedelta(minutes=5)
FOUND = (
    AttributionStatus.CERTAIN,
    AttributionStatus.PROBABLE,
    AttributionStatus.GIVEN,
    AttributionStatus.STATIC,
)


@dataclass(frozen=True)
class Compared:
    """A figure and the same one a week before, up to the same time of day."""

    now: int
    before: int


@dataclass(frozen=True)
class Hour:
    """Visits and inquiries that began in one hour of the day, 0 to 23 where the reader is."""

    hour: int
    visits: int
    inquiries: int


@dataclass(frozen=True)
class Trouble:
    """Something that needs a person. `kind` names the sentence, `subject` what it is about."""

    kind: str  # connection-broken, deliveries-dead, deliveries-late, entries-rejected
    subject: str
    count: int = 0


@dataclass(frozen=True)
class Overview:
    """One site, or all, since midnight. `explained` is found / counted inquiries; None when there were none."""

    page_views: Compared
    visitors: Compared
    inquiries: Compared
    unique: Compared
    target: Compared
    by_kind: tuple[tuple[InquiryKind, Compared], ...]
    by_channel: tuple[tuple[str, int], ...]
    missed: Compared
    explained: float | None
    coverage: float | None
    hours: tuple[Hour, ...]
    last_page_view_at: datetime | None
    troubles: tuple[Trouble, ...]


def overview(
    session: Session, midnight: datetime, now: datetime, site_id: int | None = None, zone: str = "UTC"
) -> Overview:
    """Today so far against the same weekday a week before, up to the same time of day.

    Args:
        midnight: when today began where the reader is; aware UTC, like `now`.
        site_id: None takes all sites together.
        zone: IANA, whose hours the day has.
    """
    today = _Span(session, midnight, now, site_id)
    then = _Span(session, midnight - WEEK, now - WEEK, site_id)
    kinds, kinds_then = today.kinds(), then.kinds()
    (unique, target), (unique_then, target_then) = today.judged(), then.judged()
    return Overview(
        Compared(today.page_views(), then.page_views()),
        Compared(today.visitors(), then.visitors()),
        Compared(sum(kinds.values()), sum(kinds_then.values())),
        Compared(unique, unique_then),
        Compared(target, target_then),
        tuple((kind, Compared(kinds.get(kind, 0), kinds_then.get(kind, 0))) for kind in InquiryKind),
        today.channels(),
        Compared(today.missed(), then.missed()),
        today.explained(),
        today.coverage(),
        today.hours(zone),
        last_page_view(session, site_id),
        tuple(troubles(session, now)),
    )


@dataclass(frozen=True)
class _Span:
    """The questions about one stretch of time; see `counting` for what they leave out."""

    session: Session
    start: datetime
    end: datetime
    site_id: int | None

    def _visits(self) -> list[ColumnElement[bool]]:
        wanted = [Visit.started_at >= self.start, Visit.started_at < self.end, *real_visits()]
        return [*wanted, Visit.site_id == self.site_id] if self.site_id is not None else wanted

    def _inquiries(self) -> list[ColumnElement[bool]]:
        wanted = [Inquiry.at >= self.start, Inquiry.at < self.end, *real_inquiries()]
        return [*wanted, Inquiry.site_id == self.site_id] if self.site_id is not None else wanted

    def page_views(self) -> int:
        counted = select(func.count(PageView.key)).join(Visit, Visit.id == PageView.visit_id).where(*self._visits())
        return self.session.scalar(counted) or 0

    def visitors(self) -> int:
        return self.session.scalar(select(func.count(Visit.visitor_id.distinct())).where(*self._visits())) or 0

    def kinds(self) -> dict[InquiryKind, int]:
        counted = select(Inquiry.kind, func.count()).where(*self._inquiries()).group_by(Inquiry.kind)
        return dict(self.session.execute(counted).all())

    def judged(self) -> tuple[int, int]:
        """Unique and target inquiries, see `quality`."""
        defined = quality.definitions(self.session)
        judged = (quality.is_unique(defined), quality.is_target(defined))
        sums = select(*(func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in judged))
        unique, target = self.session.execute(sums.where(*self._inquiries())).one()
        return unique, target

    def missed(self) -> int:
        return self.session.scalar(select(func.count()).where(*self._inquiries(), Inquiry.status.in_(LOST))) or 0

    def channels(self) -> tuple[tuple[str, int], ...]:
        """Channels of visits, `BOUND` and `NONE`, with the number of their inquiries, most first."""
        without = case((Inquiry.static_source.is_not(None), BOUND), else_=NONE)
        key = func.coalesce(Visit.channel, without).label("channel")
        rows = select(key).select_from(Inquiry).outerjoin(Visit, Visit.id == Inquiry.visit_id)
        found = rows.where(*self._inquiries()).subquery()
        counted = select(found.c.channel, func.count()).group_by(found.c.channel).order_by(func.count().desc())
        return tuple((channel, count) for channel, count in self.session.execute(counted))

    def explained(self) -> float | None:
        counted = select(Inquiry.attribution_status, func.count()).where(*self._inquiries())
        statuses = dict(self.session.execute(counted.group_by(Inquiry.attribution_status)).all())
        total = sum(statuses.values())
        return sum(statuses.get(status, 0) for status in FOUND) / total if total else None

    def coverage(self) -> float | None:
        sums = select(func.sum(PoolHour.wanted), func.sum(PoolHour.granted)).join(Pool, Pool.id == PoolHour.pool_id)
        if self.site_id is not None:
            sums = sums.where(Pool.site_id == self.site_id)
        wanted, granted = self.session.execute(sums.where(PoolHour.hour >= self.start)).one()
        return granted / wanted if wanted else None

    def hours(self, zone: str) -> tuple[Hour, ...]:
        visits = self._by_hour(Visit.started_at, self._visits(), zone)
        inquiries = self._by_hour(Inquiry.at, self._inquiries(), zone)
        return tuple(Hour(hour, visits.get(hour, 0), inquiries.get(hour, 0)) for hour in range(24))

    def _by_hour(
        self, at: InstrumentedAttribute[datetime], wanted: list[ColumnElement[bool]], zone: str
    ) -> dict[int, int]:
        hours = select(hour_of(at, zone).label("hour")).where(*wanted).subquery()
        return dict(self.session.execute(select(hours.c.hour, func.count()).group_by(hours.c.hour)).all())


def last_page_view(session: Session, site_id: int | None = None) -> datetime | None:
    """When a person was last seen on the site, or on any; None when nobody ever was."""
    lately = select(Visit.last_at).where(*real_visits()).order_by(Visit.started_at.desc(), Visit.id.desc())
    if site_id is not None:
        lately = lately.where(Visit.site_id == site_id)
    return max(session.scalars(lately.limit(MANY_VISITS)), default=None)


def troubles(session: Session, now: datetime) -> list[Trouble]:
    """What needs a person, the gravest first; nothing when all is well."""
    broken = select(Connection.key).where(Connection.state == ConnectionState.BROKEN, Connection.enabled)
    found = [Trouble("connection-broken", key) for key in session.scalars(broken)]
    dead = select(func.count()).where(Delivery.status == DeliveryStatus.DEAD)
    late = select(func.count()).where(
        Delivery.status.in_([DeliveryStatus.PENDING, DeliveryStatus.FAILED]),
        Delivery.created_at < now - LATE_DELIVERY,
    )
    rejected = select(func.count()).select_from(StreamReject)
    for kind, counted in (("deliveries-dead", dead), ("deliveries-late", late), ("entries-rejected", rejected)):
        if count := session.scalar(counted):
            found.append(Trouble(kind, "", count))
    return found


def site_by_key(session: Session, key: str) -> Site | None:
    """The site with this key, None when there is none."""
    return session.scalar(select(Site).where(Site.key == key))
