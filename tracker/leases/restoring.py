"""Gives live leases of the database their holders back, when the fast store has forgotten something.

What the last two seconds added, neither knows; pages tell it within one beat interval.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.leases.models import EmailTag, Lease
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.leases.served import ServedSite
from tracker.pools.models import Pool
from tracker.visits.models import Visit, Visitor

VISITOR_MS = 30 * 86_400_000


class Remembered(msgspec.Struct):
    """A live lease as the database has it; instants in Unix milliseconds as text, an empty tag is none."""

    pool: str
    swap: str
    number: str
    visitor: str
    visit: str
    since: str
    at: str
    until_: str
    shared: bool
    tag: str


def restore_holders(session: Session, store: LeaseStore, site: ServedSite) -> None:
    """Restores every live lease of the site; what the store knows better stays as it is."""
    keys = SiteKeys(site.key)
    unsure = store.facts(site.key).get("unsure", "")
    for row in session.execute(_live(site.id)):
        lease = _remembered(*row)
        pool = (keys.pool(lease.pool), keys.holders(lease.pool))
        store.run("restore", (*pool, keys.visitor(lease.visitor)), msgspec.json.encode(lease), VISITOR_MS)
    store.run("reassure", (keys.meta,), unsure)


def _live(site_id: int) -> Any:
    """Oldest first, so that of two leases of one visitor the later one stays."""
    tag = select(func.min(EmailTag.tag)).where(EmailTag.visitor_id == Lease.visitor_id).scalar_subquery()
    return (
        select(Lease, Pool.swap, Visitor.key, Visit.key, tag)
        .join(Pool, Lease.pool_id == Pool.id)
        .join(Visitor, Lease.visitor_id == Visitor.id)
        .join(Visit, Lease.visit_id == Visit.id)
        .where(Lease.site_id == site_id, Lease.until > clock.now())
        .order_by(Lease.started_at)
    )


def _remembered(lease: Lease, swap: str, visitor: str, visit: str, tag: str | None) -> Remembered:
    return Remembered(
        pool=str(lease.pool_id),
        swap=swap,
        number=lease.number,
        visitor=visitor,
        visit=visit,
        since=str(clock.to_millis(lease.started_at)),
        at=str(clock.to_millis(lease.last_beat_at)),
        until_=str(clock.to_millis(lease.until)),
        shared=lease.is_shared,
        tag=tag or "",
    )
