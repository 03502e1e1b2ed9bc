"""What a site's stream still holds that the database lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.leases.redis_store import SiteKeys
from tracker.leases.storing import BEGINNING
from tracker.sites.models import Site
from tracker.store import Store
from tracker.visits.models import StreamCursor


@dataclass(frozen=True)
class Backlog:
    """Entries of one site (page views, beats, taps) that wait to be stored, and when the oldest came, by the store."""

    site: str
    count: int
    since: datetime


def waiting(session: Session, store: Store) -> list[Backlog]:
    """Returns the sites of which something waits.

    Stored entries that were not trimmed yet are among `count` but never the oldest.

    Raises:
        redis.RedisError: the store does not answer.
        sqlalchemy.exc.SQLAlchemyError: the database does not answer.
    """
    places = select(Site.key, StreamCursor.epoch, StreamCursor.last_id).outerjoin(
        StreamCursor, StreamCursor.site_id == Site.id
    )
    found = [_of_site(store, *place) for place in session.execute(places.order_by(Site.key))]
    return [backlog for backlog in found if backlog]


def _of_site(store: Any, site: str, epoch: str | None, last_id: str | None) -> Backlog | None:
    keys = SiteKeys(site)
    count = store.xlen(keys.stream)
    if not count:
        return None
    present = store.hget(keys.meta, "epoch")
    is_known = present is not None and present.decode() == epoch
    oldest = store.xrange(keys.stream, f"({last_id if is_known else BEGINNING}", "+", count=1)
    if not oldest:
        return None
    return Backlog(site, count, clock.from_millis(int(oldest[0][0].split(b"-")[0])))
