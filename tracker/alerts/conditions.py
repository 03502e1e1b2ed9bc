"""The conditions, each a plain question to the database: what is wrong on this site now?"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.errors import ConfigurationError
from tracker.inquiries.events import CallStatus
from tracker.inquiries.models import Inquiry
from tracker.pools.models import Pool, PoolHour
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import unseal
from tracker.visits.models import Visit

LOST = (CallStatus.MISSED, CallStatus.BUSY, CallStatus.FAILED)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENOUGH_WANTED = 20  # leases; the share of fewer says little
KNOWN_FOR = timedelta(days=30)  # a site that showed pages within that time should go on
LATEST = 100  # visits, by their beginning, among which a sign of life is looked for first


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: what it is about, and how much."""

    subject: str
    value: float | None = None


def missed_calls(session: Session, site_id: int, now: datetime, count: float) -> list[Finding]:
    """Calls of the last hour that count and nobody answered: each of them when one is enough, else how many."""
    missed = select(Inquiry.key).where(
        Inquiry.site_id == site_id,
        Inquiry.status.in_(LOST),
        Inquiry.at > now - HOUR,
        ~Inquiry.is_test,
        Inquiry.not_counted.is_(None),
    )
    keys = session.scalars(missed.order_by(Inquiry.at)).all()
    if count <= 1:
        return [Finding(key, 1) for key in keys]
    return [Finding("", len(keys))] if len(keys) >= count else []


def poor_coverage(session: Session, site_id: int, now: datetime, share: float) -> list[Finding]:
    """Pools that granted less than this share of the leases wanted in the last 24 hours."""
    wanted, granted = func.sum(PoolHour.wanted), func.sum(PoolHour.granted)
    sums = (
        select(Pool.key, wanted, granted)
        .join(PoolHour, PoolHour.pool_id == Pool.id)
        .where(Pool.site_id == site_id, Pool.enabled, PoolHour.hour > now - DAY)
        .group_by(Pool.key)
        .having(wanted >= ENOUGH_WANTED)
    )
    shares = {key: had / asked for key, asked, had in session.execute(sums)}
    return [Finding(key, had) for key, had in sorted(shares.items()) if had < share]


def silence(session: Session, site_id: int, now: datetime, hours: float) -> list[Finding]:
    """The site showed pages within the last month, but none for so many hours.

    The visits that began last nearly always know; only where they are silent are all of the month asked.
    """
    real = (Visit.site_id == site_id, Visit.bot_reason.is_(None), ~Visit.is_test, Visit.started_at >= now - KNOWN_FOR)
    signs = select(Visit.last_at).where(*real)
    for asked in (signs.order_by(Visit.started_at.desc()).limit(LATEST), signs):
        last = session.scalar(select(func.max(asked.subquery().c.last_at)))
        if last is None or now - last < timedelta(hours=hours):
            return []
    return [Finding("", (now - last) / HOUR)]


def broken_connections(session: Session, site_id: int, _now: datetime, _nothing: float) -> list[Finding]:
    """Connections that lost their access."""
    broken = select(Connection.key).where(
        Connection.site_id == site_id, Connection.enabled, Connection.state == ConnectionState.BROKEN
    )
    return [Finding(key) for key in session.scalars(broken)]


def stuck_deliveries(session: Session, site_id: int, now: datetime, minutes: float) -> list[Finding]:
    """Connections whose deliveries have waited for longer than so many minutes."""
    late = (
        select(Connection.key, func.count())
        .join(Delivery, Delivery.connection_id == Connection.id)
        .where(
            Connection.site_id == site_id,
            Connection.enabled,
            Delivery.status.in_([DeliveryStatus.PENDING, DeliveryStatus.FAILED]),
            Delivery.created_at < now - timedelta(minutes=minutes),
        )
        .group_by(Connection.key)
    )
    return [Finding(key, count) for key, count in session.execute(late)]


def ending_tokens(session: Session, site_id: int, now: datetime, days: float, secret_key: str) -> list[Finding]:
    """Connections whose token says that it ends within so many days, and that cannot renew it themselves."""
    used = select(Connection).where(Connection.site_id == site_id, Connection.enabled)
    found = [(connection.key, _end_of_token(connection, secret_key)) for connection in session.scalars(used)]
    return [Finding(key, (end - now) / DAY) for key, end in found if end and end < now + timedelta(days=days)]


def _end_of_token(connection: Connection, secret_key: str) -> datetime | None:
    try:
        settings = unseal(connection.settings, secret_key)
    except ConfigurationError:
        return None  # the connection itself will be broken, which is told
    return first_end(settings)


def first_end(settings: Mapping[str, str]) -> datetime | None:
    """When the first of these settings that is a JSON Web Token ends (RFC 7519, `exp`); None: none does, or it can
    be renewed."""
    if settings.get("refresh_token"):
        return None
    ends = [end for end in map(_expiry, settings.values()) if end]
    return min(ends) if ends else None


def _expiry(text: str) -> datetime | None:
    parts: Sequence[str] = text.split(".")
    if len(parts) != 3:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(said["exp"], UTC)
    except (binascii.Error, ValueError, KeyError, TypeError, OverflowError):
        return None
