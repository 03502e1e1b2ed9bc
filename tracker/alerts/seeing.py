"""What the admin shows of alerts: what is wrong now, and how the channels fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from tracker.alerts.models import Alert, AlertChannel, AlertMessage, ChannelKind, Condition, What
from tracker.alerts.watching import WITHOUT_END
from tracker.sites.models import Site

LATELY, MOST_SHOWN = timedelta(days=14), 50


@dataclass(frozen=True)
class AlertSeen:
    """Something that is or was wrong. `site` is the site's name, None for the installation.

    `at` is when it began, or when it was over.
    """

    condition: Condition
    site: str | None
    subject: str
    value: float | None
    at: datetime
    is_on: bool = True


@dataclass(frozen=True)
class MessageSeen:
    """The latest message of a channel."""

    what: What
    at: datetime
    is_open: bool
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True)
class ChannelSeen:
    """One channel. `site` is the site's name, None when it tells of every site."""

    id: int
    name: str
    kind: ChannelKind
    site: str | None
    site_key: str | None
    enabled: bool
    latest: MessageSeen | None


def alerts(session: Session) -> list[AlertSeen]:
    """What is wrong now, the newest first; what has merely happened is not among it."""
    found = (
        select(Alert, Site.name)
        .outerjoin(Site, Site.id == Alert.site_id)
        .where(Alert.is_on, Alert.condition.not_in(WITHOUT_END))
        .order_by(Alert.changed_at.desc())
    )
    return [_seen(alert, site) for alert, site in session.execute(found)]


def lately(session: Session, now: datetime, most: int = MOST_SHOWN) -> list[AlertSeen]:
    """What has happened or is over, of the last days, the newest first; of a subject only the last time."""
    found = (
        select(Alert, Site.name)
        .outerjoin(Site, Site.id == Alert.site_id)
        .where(or_(~Alert.is_on, Alert.condition.in_(WITHOUT_END)), Alert.changed_at > now - LATELY)
        .order_by(Alert.changed_at.desc())
        .limit(most)
    )
    return [_seen(alert, site) for alert, site in session.execute(found)]


def _seen(alert: Alert, site: str | None) -> AlertSeen:
    return AlertSeen(alert.condition, site, alert.subject, alert.value, alert.changed_at, alert.is_on)


def channels(session: Session) -> list[ChannelSeen]:
    """Every channel, in the order they were made."""
    found = select(AlertChannel, Site).outerjoin(Site, Site.id == AlertChannel.site_id).order_by(AlertChannel.id)
    latest = _latest(session)
    return [
        ChannelSeen(
            channel.id,
            channel.name,
            channel.kind,
            site.name if site else None,
            site.key if site else None,
            channel.enabled,
            latest.get(channel.id),
        )
        for channel, site in session.execute(found)
    ]


def _latest(session: Session) -> dict[int, MessageSeen]:
    newest = select(func.max(AlertMessage.id)).group_by(AlertMessage.channel_id)
    rows = session.scalars(select(AlertMessage).where(AlertMessage.id.in_(newest)))
    return {row.channel_id: MessageSeen(row.what, row.at, row.is_open, row.sent_at, row.error) for row in rows}
