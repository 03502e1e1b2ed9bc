"""What the fast store holds of a visitor: his state, how he is recognised, the numbers kept for him."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import StoreDown
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.pools.models import Pool
from tracker.sites.models import Site
from tracker.visits.models import Visitor, VisitorTrait


def keys_of(session: Session, visitor_ids: Collection[int]) -> set[str]:
    """Returns the keys that name these visitors; to be asked before their rows are gone."""
    rows = session.execute(
        select(Site.key, Visitor.id, Visitor.key)
        .join(Site, Visitor.site_id == Site.id)
        .where(Visitor.id.in_(visitor_ids))
    )
    found: set[str] = set()
    for site, visitor_id, key in rows:
        keys = SiteKeys(site)
        traits = _traits(session, visitor_id)
        found |= {keys.visitor(key)} | {keys.known(ga, ip) for ga in traits["ga"] for ip in traits["ip"]}
    return found


def holders_of(session: Session, visitor_ids: Collection[int]) -> set[str]:
    """Returns the keys under which the pools of the visitors' sites keep who holds what."""
    sites = select(Visitor.site_id).where(Visitor.id.in_(visitor_ids))
    rows = session.execute(select(Site.key, Pool.id).join(Pool, Pool.site_id == Site.id).where(Site.id.in_(sites)))
    return {SiteKeys(site).holders(str(pool_id)) for site, pool_id in rows}


def erase(store: LeaseStore, keys: Collection[str], holders: Collection[str], visitors: Collection[str]) -> int:
    """Deletes the keys, and the visitors' names from the numbers they hold; returns how many entries went.

    The numbers themselves rest until their hold has passed.

    Raises:
        StoreDown: the store does not answer.
    """
    try:
        count = sum(int(store.raw.delete(key)) for key in sorted(keys))
        for key in sorted(holders):
            held: Mapping[bytes, bytes] = store.raw.hgetall(key)
            mine = [number for number, who in held.items() if who.decode().split(" ")[0] in visitors]
            count += int(store.raw.hdel(key, *mine)) if mine else 0
    except RedisError as error:
        raise StoreDown(str(error)) from error
    return count


def _traits(session: Session, visitor_id: int) -> dict[str, list[str]]:
    traits: dict[str, list[str]] = {"ga": [], "ip": []}
    rows = session.execute(select(VisitorTrait.kind, VisitorTrait.value).where(VisitorTrait.visitor_id == visitor_id))
    for kind, value in rows:
        if kind in traits:
            traits[kind].append(value)
    return traits
