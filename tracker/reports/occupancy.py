"""Who holds which number now, and how well the pools serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, contains_eager

from tracker.inquiries.models import Inquiry
from tracker.leases.models import Lease
from tracker.pools.models import Number, Pool, PoolHour, PoolKind
from tracker.reports import sources
from tracker.reports.sources import Source
from tracker.sites.models import Site
from tracker.visits.models import Visit, Visitor

ON_PAGE_FOR = timedelta(seconds=100)  # two beats of 45 s and the way here

USABLE = and_(Number.enabled, ~Number.quarantined)


@dataclass(frozen=True)
class PoolState:
    """One pool now. `coverage` is granted / wanted of the last 24 hours, None when nothing was wanted."""

    site_key: str
    site_name: str
    key: str
    kind: PoolKind
    swap: str
    enabled: bool
    size: int
    leased: int
    source: Source | None
    coverage: float | None

    @property
    def free(self) -> int:
        return max(self.size - self.leased, 0)


def pools(session: Session, now: datetime, site_key: str | None = None) -> list[PoolState]:
    """Every pool (of one site, or of all), with the numbers that may be leased and those that are."""
    found = select(Pool, Site).join(Site, Site.id == Pool.site_id).order_by(Site.key, Pool.priority.desc(), Pool.id)
    if site_key is not None:
        found = found.where(Site.key == site_key)
    sizes, leased, served = _sizes(session), _leased(session, now), coverage(session, now - timedelta(hours=24))
    return [
        PoolState(
            site.key,
            site.name,
            pool.key,
            pool.kind,
            pool.swap,
            pool.enabled,
            sizes.get(pool.id, 0),
            leased.get(pool.id, 0),
            sources.of_static(pool.source) if pool.source else None,
            served.get(pool.id),
        )
        for pool, site in session.execute(found)
    ]


def keys(session: Session, site_key: str | None = None) -> Sequence[str]:
    """The keys of every pool (of one site, or of all), each once."""
    found = select(Pool.key).join(Site, Site.id == Pool.site_id).distinct().order_by(Pool.key)
    return session.scalars(found.where(Site.key == site_key) if site_key is not None else found).all()


def _sizes(session: Session) -> dict[int, int]:
    return dict(
        session.execute(select(Number.pool_id, func.sum(case((USABLE, 1), else_=0))).group_by(Number.pool_id)).all()
    )


def _leased(session: Session, now: datetime) -> dict[int, int]:
    """Pool id to how many of its usable numbers are held; one in quarantine may still be, and counts nowhere."""
    counted = select(Lease.pool_id, func.count(Lease.number.distinct())).where(Lease.until > now, USABLE)
    counted = counted.join(Number, and_(Number.e164 == Lease.number, Number.pool_id == Lease.pool_id))
    return dict(session.execute(counted.group_by(Lease.pool_id)).all())


def coverage(session: Session, since: datetime) -> dict[int, float]:
    """Pool id to the share of wanted leases that were granted since then; pools nobody wanted are absent."""
    sums = select(PoolHour.pool_id, func.sum(PoolHour.wanted), func.sum(PoolHour.granted))
    rows = session.execute(sums.where(PoolHour.hour >= since).group_by(PoolHour.pool_id))
    return {pool_id: granted / wanted for pool_id, wanted, granted in rows if wanted}


@dataclass(frozen=True)
class Holder:
    """A visitor who holds a number. `on_page`: a sign of life came a moment ago; otherwise the number rests."""

    visitor_key: str
    since: datetime
    last_beat_at: datetime
    until: datetime
    source: Source
    city: str | None
    device: str
    is_shared: bool
    is_test: bool
    on_page: bool


@dataclass(frozen=True)
class NumberState:
    """One number of a pool, who holds it, and when it last rang."""

    e164: str
    label: str | None
    line: str | None
    forwards_to: str | None
    enabled: bool
    quarantined: bool
    verified_at: datetime | None
    last_call_at: datetime | None
    holders: tuple[Holder, ...]


def board(session: Session, pool_id: int, now: datetime) -> list[NumberState]:
    """The numbers of a pool with their present holders; numbers somebody looks at come first."""
    numbers = session.scalars(select(Number).where(Number.pool_id == pool_id).order_by(Number.id)).all()
    holders, rang = _holders(session, pool_id, now), _last_calls(session, [number.e164 for number in numbers])
    states = [
        NumberState(
            number.e164,
            number.label,
            number.line,
            number.forwards_to,
            number.enabled,
            number.quarantined,
            number.verified_at,
            rang.get(number.e164),
            tuple(holders.get(number.e164, ())),
        )
        for number in numbers
    ]
    return sorted(states, key=lambda state: (not any(h.on_page for h in state.holders), not state.holders))


def _holders(session: Session, pool_id: int, now: datetime) -> dict[str, list[Holder]]:
    held = (
        select(Lease)
        .join(Lease.visit)
        .join(Lease.visitor)
        .options(contains_eager(Lease.visit), contains_eager(Lease.visitor))
        .where(Lease.pool_id == pool_id, Lease.until > now)
        .order_by(Lease.last_beat_at.desc())
    )
    by_number: dict[str, list[Holder]] = defaultdict(list)
    for lease in session.scalars(held):
        by_number[lease.number].append(_holder(lease, lease.visit, lease.visitor, now))
    return by_number


def _holder(lease: Lease, visit: Visit, visitor: Visitor, now: datetime) -> Holder:
    return Holder(
        visitor.key,
        lease.started_at,
        lease.last_beat_at,
        lease.until,
        sources.of_visit(visit),
        visit.city,
        visit.device,
        lease.is_shared,
        visit.is_test,
        now - lease.last_beat_at < ON_PAGE_FOR,
    )


def _last_calls(session: Session, numbers: Sequence[str]) -> dict[str, datetime]:
    latest = select(Inquiry.called, func.max(Inquiry.at)).where(Inquiry.called.in_(numbers)).group_by(Inquiry.called)
    return {called: at for called, at in session.execute(latest) if called is not None}
