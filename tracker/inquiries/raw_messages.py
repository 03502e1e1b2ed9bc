"""The raw messages: kept before they are understood, found again when they were not."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore
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


def interrupted(session: Session, limit: int = 100) -> list[int]:
    """Returns the ids of messages whose interpretation never ended: a process died, or the database went away."""
    old = (RawMessage.status == RawStatus.NEW, RawMessage.received_at < clock.now() - INTERRUPTED_AFTER)
    return list(session.scalars(select(RawMessage.id).where(*old).order_by(RawMessage.received_at).limit(limit)))
