"""Brings a site's configuration, numbers and tags from the database into the fast store.

A number starts with the end of its last lease as the database knows it, so a rebuilt store continues in the
same order of idleness. Live leases come back by `restoring`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import writing
from tracker.leases import tags
from tracker.leases.models import Lease
from tracker.leases.redis_store import ADOPT_MS, CAPACITY, SITES, LeaseStore, SiteKeys
from tracker.leases.restoring import restore_holders
from tracker.leases.served import ServedSite, load
from tracker.pools.models import Number, Pool, PoolKind
from tracker.sites.models import Site
from tracker.visits.models import StreamCursor

TAG_BLOCK = 20_000  # tags kept ready; lasts while the database is away
FIRST_TAGS = 500  # with which a site starts at once; making a block takes half a second
CHUNK = 500  # parameters of one statement, members of one command


def publish(session: Session, store: LeaseStore, key: str) -> ServedSite | None:
    """Publishes a site as the database has it now; publishing again changes nothing.

    A site that the store does not know, or knows only in part, gets its live leases back before it is served.

    Returns:
        What was published, None when there is no such site.
    """
    site = load(session, key)
    if site is None:
        return None
    keys = SiteKeys(key)
    is_served = "version" in store.facts(key)
    if not is_served:
        _announce(session, store, site)
    _sync_pools(session, store, site)
    if not is_served:
        restore_holders(session, store, site)
    refill_tags(session, store, key, FIRST_TAGS)
    store.raw.sadd(SITES, key)
    store.run("serve", (keys.meta, keys.site), site.version, msgspec.json.encode(site), CAPACITY)
    return site


def _announce(session: Session, store: LeaseStore, site: ServedSite) -> None:
    """New to the store: a new site, or one lost with the store. Only the latter has a past to respect."""
    keys = SiteKeys(site.key)
    has_past = session.get(StreamCursor, site.id) is not None
    run = store.run_id(keys.meta)
    store.run("announce", (keys.meta, keys.tags), secrets.token_hex(8), run, ADOPT_MS if has_past else 0)


def _sync_pools(session: Session, store: LeaseStore, site: ServedSite) -> None:
    """Numbers that left a pool go first: one that moved to another pool keeps resting there."""
    keys = SiteKeys(site.key)
    wanted = {
        keys.pool(str(pool.id)): _usable(session, pool) if pool.enabled else []
        for pool in session.scalars(select(Pool).where(Pool.site_id == site.id, Pool.kind == PoolKind.DYNAMIC))
    }
    present = {zset: dict(_members(store, zset)) for zset in wanted}
    free_from = _held(session)
    for zset, numbers in wanted.items():
        gone = present[zset].keys() - set(numbers)
        free_from |= {number: max(present[zset][number], free_from.get(number, 0)) for number in gone}
        for chunk in _chunks(gone):
            store.raw.zrem(zset, *chunk)
    for zset, numbers in wanted.items():
        _add(session, store, zset, [number for number in numbers if number not in present[zset]], free_from)


def _usable(session: Session, pool: Pool) -> Sequence[str]:
    usable = (Number.pool_id == pool.id, Number.enabled, ~Number.quarantined)
    return session.scalars(select(Number.e164).where(*usable).order_by(Number.id)).all()


def _members(store: LeaseStore, zset: str) -> Iterator[tuple[str, int]]:
    """Number to the instant (ms) from which it is free."""
    for member, score in store.raw.zrange(zset, 0, -1, withscores=True):
        yield member.decode(), int(score)


def _add(session: Session, store: LeaseStore, zset: str, numbers: Iterable[str], free_from: dict[str, int]) -> None:
    """Never leased ones come first, in their own order."""
    for chunk in _chunks(enumerate(numbers)):
        ends = _last_ends(session, [number for _, number in chunk])
        scores = {number: max(place, ends.get(number, 0), free_from.get(number, 0)) for place, number in chunk}
        store.raw.zadd(zset, scores, nx=True)


def _held(session: Session) -> dict[str, int]:
    """Number to the end (ms) of its last live lease; several may hold a shared one, or one of another site before.

    Told apart here: SQLite would group by reading the history of every number.
    """
    live = session.execute(select(Lease.number, Lease.until).where(Lease.until > clock.now()).order_by(Lease.until))
    return {number: clock.to_millis(end) for number, end in live}


def _last_ends(session: Session, numbers: Sequence[str]) -> dict[str, int]:
    """Number to the end (ms) of the lease that began last, in whatever pool; never leased ones are absent.

    One look into the index for each: the latest end of all would read their whole history while pages wait.
    """
    latest = select(Lease.until).where(Lease.number == Number.e164).order_by(Lease.started_at.desc()).limit(1)
    ends = session.execute(select(Number.e164, latest.scalar_subquery()).where(Number.e164.in_(numbers)))
    return {number: clock.to_millis(end) for number, end in ends if end is not None}


def refill_tags(session: Session, store: LeaseStore, key: str, block: int) -> None:
    """Adds a block of tags where the store has less than half of one ready.

    Their counters are reserved in the database first, so none comes twice. The store remembers how far they were
    reserved as well, for a database that is restored from yesterday.
    """
    keys = SiteKeys(key)
    if store.raw.llen(keys.tags) >= block // 2:
        return
    reserved = int(store.raw.hget(keys.meta, "next_tag") or 0)
    with writing(session):
        next_tag = case((Site.next_tag < reserved, reserved), else_=Site.next_tag) + block
        site = session.execute(
            update(Site).where(Site.key == key).values(next_tag=next_tag).returning(Site)
        ).scalar_one()
        end, tag_key, length = site.next_tag, bytes.fromhex(site.tag_key), site.tag_length
    store.raw.hset(keys.meta, "next_tag", end)
    for chunk in _chunks(tags.make_tags(end - block, block, tag_key, length)):
        store.raw.rpush(keys.tags, *chunk)


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
