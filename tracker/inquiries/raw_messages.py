"""The raw messages: kept before they are understood, found again when they were not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore
from tracker.errors import NotFound
from tracker.inquiries.models import RawMessage, RawStatus
from tracker.inquiries.spool import Arrived
from tracker.sites.models import Connection, Site

INTERRUPTED_AFTER = timedelta(seconds=15)  # longer than any interpretation takes


def keep(session: Session, message: Arrived) -> RawMessage:
    """Stores a message; one that is stored already (by its key) is returned as it is."""
    row = {
        "key": message.key,
        "site_id": message.site_id,
        "connection_id": message.connection_id,
        "entrance": message.entrance,
        "received_at": message.received_at,
        "request": message.request,
        "body": message.body,
        "status": RawStatus.NEW,
    }
    insert_or_ignore(session, RawMessage, [row])
    return session.scalars(select(RawMessage).where(RawMessage.key == message.key)).one()


def scope(raw: RawMessage, site: Site, connection: Connection | None) -> str:
    """Returns within what the sender's own ids are unique: his connection, or the door of a site."""
    return connection.key if connection else f"{raw.entrance.partition('/')[0]}:{site.key}"


def to_replay(
    session: Session, statuses: Collection[RawStatus], connection_key: str | None = None, since: datetime | None = None
) -> list[int]:
    """Returns the ids of messages of these statuses, oldest first.

    Args:
        connection_key: of one connection only.
        since: received at this moment or later; naive means UTC.

    Raises:
        NotFound: there is no such connection.
    """
    wanted = select(RawMessage.id).where(RawMessage.status.in_(statuses)).order_by(RawMessage.id)
    if connection_key is not None:
        number = session.scalar(select(Connection.id).where(Connection.key == connection_key))
        if number is None:
            raise NotFound(f"there is no connection {connection_key}")
        wanted = wanted.where(RawMessage.connection_id == number)
    if since is not None:
        wanted = wanted.where(RawMessage.received_at >= since.replace(tzinfo=since.tzinfo or UTC))
    return list(session.scalars(wanted))


def interrupted(session: Session, limit: int = 100) -> list[int]:
    """Returns the ids of messages whose interpretation never ended: a process died, or the database went away."""
    old = (RawMessage.status == RawStatus.NEW, RawMessage.received_at < clock.now() - INTERRUPTED_AFTER)
    return list(session.scalars(select(RawMessage.id).where(*old).order_by(RawMessage.received_at).limit(limit)))
