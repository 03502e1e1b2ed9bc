"""Brings a site's configuration and numbers from the database into the fast store, also after the store was lost.

The score of a number is the end of its last lease as the database knows it, so a rebuilt store continues
with the same holders and the same order of idleness. What the last two seconds added, pages tell within
one beat interval (`adopt_until`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import writing
from tracker.leases import tags
from tracker.leases.models import EmailTag, Lease
from tracker.leases.redis_store import ADOPT_MS, CAPACITY, SITES, LeaseStore, SiteKeys
from tracker.leases.served import ServedSite, load
from tracker.pools.models import Number, Pool, PoolKind
from tracker.sites.models import Site
from tracker.visits.models import StreamCursor, Visit, Visitor

TAG_BLOCK = 20_000  # tags kept ready; lasts while the database is away
CHUNK = 5_000
VISITOR_MS = 30 * 86_400_000


def publish(session: Session, store: LeaseStore, key: str) -> ServedSite | None:
    """Publishes a site as the database has it now; publishing again changes nothing.

    Returns:
        What was published, None when there is no such site.
    """
    site = load(session, key)
    if site is None:
        return None
    keys = SiteKeys(key)
    is_new = not store.facts(key)
    if is_new:
        _announce(session, store, site)
    for pool in session.scalars(select(Pool).where(Pool.site_id == site.id, Pool.kind == PoolKind.DYNAMIC)):
        _sync_pool(session, store, keys, pool)
    if is_new:
        restore_holders(session, store, site)
    refill_tags(session, store, key)
    store.raw.set(keys.site, msgspec.json.encode(site))
    store.raw.sadd(SITES, key)
    store.raw.hset(keys.meta, mapping={"version": str(site.version), "capacity": str(CAPACITY)})
    return site


def _announce(session: Session, store: LeaseStore, site: ServedSite) -> None:
    """A site the store does not know: new, or lost with the store; only the latter has a past to respect."""
    facts = {"epoch": secrets.token_hex(8), "run": store.run_id(SiteKeys(site.key).meta)}
    if session.get(StreamCursor, site.id) is not None:
        facts["adopt_until"] = str(clock.to_millis(clock.now()) + ADOPT_MS)
    store.raw.hset(SiteKeys(site.key).meta, mapping=facts)


def _sync_pool(session: Session, store: LeaseStore, keys: SiteKeys, pool: Pool) -> None:
    wanted = session.scalars(
        select(Number.e164).where(Number.pool_id == pool.id, Number.enabled, ~Number.quarantined).order_by(Number.id)
    ).all()
    zset = keys.pool(str(pool.id))
    present = {member.decode() for member in store.raw.zrange(zset, 0, -1)}
    usable = set(wanted) if pool.enabled else set()
    for chunk in _chunks(present - usable):
        store.raw.zrem(zset, *chunk)
    missing = [number for number in wanted if number not in present] if pool.enabled else []
    if missing:
        free_from = _last_ends(session, pool)
        for chunk in _chunks(enumerate(missing)):
            store.raw.zadd(zset, {number: free_from.get(number, place) for place, number in chunk}, nx=True)


def _last_ends(session: Session, pool: Pool) -> dict[str, int]:
    """Number to the end (ms) of its last lease; never leased ones are absent and come first, in their order."""
    ends = session.execute(
        select(Lease.number, func.max(Lease.until)).where(Lease.pool_id == pool.id).group_by(Lease.number)
    )
    return {number: clock.to_millis(end) for number, end in ends.tuples()}


def restore_holders(session: Session, store: LeaseStore, site: ServedSite) -> None:
    """Gives every live lease of the database its holder back, unless the store knows a later truth."""
    keys = SiteKeys(site.key)
    live = (
        select(Lease, Visitor.key, Visit.key)
        .join(Visitor, Lease.visitor_id == Visitor.id)
        .join(Visit, Lease.visit_id == Visit.id)
        .where(Lease.site_id == site.id, Lease.until > clock.now())
        .order_by(Lease.started_at)
    )
    for lease, visitor, visit in session.execute(live).tuples():
        _restore_lease(session, store, keys, lease, visitor, visit)
    store.raw.hdel(keys.meta, "unsure")


def _restore_lease(session: Session, store: LeaseStore, keys: SiteKeys, lease: Lease, visitor: str, visit: str) -> None:
    pool, since, until = str(lease.pool_id), clock.to_millis(lease.started_at), clock.to_millis(lease.until)
    zset, number = keys.pool(pool), lease.number
    if store.raw.zscore(zset, number) is None:
        return
    holder = store.raw.hget(keys.holders(pool), number)
    if holder is not None and int(holder.split()[1]) > since:
        return
    store.raw.zadd(zset, {number: until}, gt=True, xx=True)
    store.raw.hset(keys.holders(pool), number, f"{visitor} {since}")
    known: dict[str, Any] = {
        "visit": visit,
        "at": str(clock.to_millis(lease.last_beat_at)),
        f"n:{pool}": number,
        f"s:{pool}": str(since),
        f"u:{pool}": str(until),
        f"x:{pool}": "0",
        f"p:{lease.pool.swap}": pool,
    }
    tag = session.scalar(select(EmailTag.tag).where(EmailTag.visitor_id == lease.visitor_id).limit(1))
    store.raw.hset(keys.visitor(visitor), mapping=known | ({"tag": tag} if tag else {}))
    store.raw.pexpire(keys.visitor(visitor), VISITOR_MS)


def refill_tags(session: Session, store: LeaseStore, key: str) -> None:
    """Keeps tags ready in the store. Their counters are reserved in the database first, so none comes twice."""
    keys = SiteKeys(key)
    if store.raw.llen(keys.tags) >= TAG_BLOCK // 2:
        return
    with writing(session):
        site = session.execute(
            update(Site).where(Site.key == key).values(next_tag=Site.next_tag + TAG_BLOCK).returning(Site)
        ).scalar_one()
        first, tag_key, length = site.next_tag - TAG_BLOCK, bytes.fromhex(site.tag_key), site.tag_length
    for chunk in _chunks(tags.make_tags(first, TAG_BLOCK, tag_key, length)):
        store.raw.rpush(keys.tags, *chunk)


def _chunks(items: Any) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
