"""What the edge must know of connections, kept in the fast store so that messages are taken without the database."""

from __future__ import annotations

import msgspec
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.leases.redis_store import LeaseStore
from tracker.sites.models import Connection, Site

CONNECTIONS = "skvoz:connections"  # hash: connection key -> Door as JSON


class Door(msgspec.Struct, frozen=True):
    """A connection as its messages need it; `settings` stays encrypted."""

    id: int
    site_id: int
    provider: str
    settings: str
    country: str
    timezone: str


def find(session: Session, key: str) -> Door | None:
    """Reads a connection from the database; None when there is none or it is switched off."""
    found = session.execute(
        select(Connection, Site)
        .join(Site, Connection.site_id == Site.id)
        .where(Connection.key == key, Connection.enabled)
    ).first()
    return _door(*found) if found else None


def publish(session: Session, store: LeaseStore, site_id: int) -> None:
    """Brings the connections of a site into the store, and those that are switched off out of it."""
    site = session.get_one(Site, site_id)
    for connection in session.scalars(select(Connection).where(Connection.site_id == site_id)):
        if connection.enabled:
            store.raw.hset(CONNECTIONS, connection.key, msgspec.json.encode(_door(connection, site)))
        else:
            store.raw.hdel(CONNECTIONS, connection.key)


def published(store: LeaseStore, key: str) -> Door | None:
    """Returns the connection as the store has it; None when it has not, or does not answer."""
    try:
        text = store.raw.hget(CONNECTIONS, key)
    except RedisError:
        return None
    return msgspec.json.decode(text, type=Door) if text else None


def _door(connection: Connection, site: Site) -> Door:
    return Door(connection.id, site.id, connection.provider, connection.settings, site.country, site.timezone)
