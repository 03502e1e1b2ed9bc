"""Connections and how they fare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.errors import NotFound
from tracker.inquiries.models import Inquiry, InquiryEvent, RawMessage, RawStatus, SourcePlace
from tracker.sites.models import Connection, ConnectionState, Site

MESSAGES_SHOWN = 20


@dataclass(frozen=True)
class ConnectionSeen:
    """One connection. `heard_at`: the last message it sent us; `deliveries`: how many stand in each status."""

    key: str
    provider: str
    site_key: str
    site_name: str
    timezone: str
    enabled: bool
    state: ConnectionState
    state_sentence: str | None
    state_at: datetime | None
    policy: dict[str, Any]
    heard_at: datetime | None
    looked_at: datetime | None  # when a source that we ask was last read to the end
    look_error: str | None  # why the last look at it failed
    deliveries: dict[DeliveryStatus, int]

    @property
    def family(self) -> str:
        """telephony, email, crm, …"""
        return self.provider.partition("/")[0]


@dataclass(frozen=True)
class MessageSeen:
    """One raw message: when it came, what it was read as, why not, what it tells of, and the start of its body."""

    id: int
    received_at: datetime
    status: RawStatus
    error: str | None
    body: str
    inquiry_key: str | None


def connections(session: Session, site_key: str | None = None) -> list[ConnectionSeen]:
    """Every connection (of one site, or of all) in the order they were made."""
    found = (
        select(Connection, Site, SourcePlace)
        .join(Site, Site.id == Connection.site_id)
        .outerjoin(SourcePlace, SourcePlace.connection_id == Connection.id)
        .order_by(Site.key, Connection.id)
    )
    if site_key is not None:
        found = found.where(Site.key == site_key)
    rows = session.execute(found).all()
    heard, delivered = _heard(session), _delivered(session)
    return [_seen(connection, site, place, heard, delivered) for connection, site, place in rows]


def connection(session: Session, key: str) -> ConnectionSeen:
    """One connection.

    Raises:
        NotFound: there is none with this key.
    """
    for seen in connections(session):
        if seen.key == key:
            return seen
    raise NotFound(f"there is no connection {key}")


def _seen(
    connection: Connection,
    site: Site,
    place: SourcePlace | None,
    heard: dict[int, datetime],
    delivered: dict[int, dict[DeliveryStatus, int]],
) -> ConnectionSeen:
    return ConnectionSeen(
        connection.key,
        connection.provider,
        site.key,
        site.name,
        site.timezone,
        connection.enabled,
        connection.state,
        connection.state_sentence,
        connection.state_at,
        connection.policy,
        heard.get(connection.id),
        place.looked_at if place else None,
        place.error if place else None,
        delivered.get(connection.id, {}),
    )


def _heard(session: Session) -> dict[int, datetime]:
    latest = select(RawMessage.connection_id, func.max(RawMessage.received_at)).group_by(RawMessage.connection_id)
    return {number: at for number, at in session.execute(latest) if number is not None}


def _delivered(session: Session) -> dict[int, dict[DeliveryStatus, int]]:
    counted = select(Delivery.connection_id, Delivery.status, func.count())
    by_connection: dict[int, dict[DeliveryStatus, int]] = defaultdict(dict)
    for number, status, count in session.execute(counted.group_by(Delivery.connection_id, Delivery.status)):
        by_connection[number][status] = count
    return by_connection


def messages(session: Session, key: str) -> list[MessageSeen]:
    """The latest raw messages of a connection, newest first; their query, and their body cut after 2,000 bytes."""
    found = (
        select(RawMessage)
        .join(Connection, Connection.id == RawMessage.connection_id)
        .where(Connection.key == key)
        .order_by(RawMessage.id.desc())
        .limit(MESSAGES_SHOWN)
    )
    raws = session.scalars(found).all()
    became = _became(session, [raw.id for raw in raws])
    return [
        MessageSeen(
            raw.id,
            raw.received_at,
            raw.status,
            raw.error,
            _said(raw),
            became.get(raw.id),
        )
        for raw in raws
    ]


def _said(raw: RawMessage) -> str:
    """What stood in the address, a pair a line, and the start of the body."""
    query = "\n".join(f"{name} = {value}" for name, value in raw.request.get("query") or [])
    return "\n".join(part for part in (query, raw.body[:2000].decode("utf-8", "replace")) if part)


def _became(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Raw message to the inquiry it tells of; a repetition has none, since its words were known."""
    told = select(InquiryEvent.raw_message_id, Inquiry.key).join(Inquiry, Inquiry.id == InquiryEvent.inquiry_id)
    rows = session.execute(told.where(InquiryEvent.raw_message_id.in_(ids)))
    return {number: key for number, key in rows if number is not None}
