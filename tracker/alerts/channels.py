"""Channels made, tried and removed by a person; what they need is kept encrypted."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from tracker.alerts.models import AlertChannel, AlertMessage, ChannelKind, What
from tracker.sites.secrets import seal


def add(
    session: Session,
    kind: ChannelKind,
    name: str,
    settings: Mapping[str, str],
    site_id: int | None,
    language: str,
    secret_key: str,
) -> AlertChannel:
    """Adds a channel.

    Args:
        settings: mail: `to` (addresses, comma-separated); Telegram: `token`, `chat`, perhaps `base_url`; webhook:
            `url`, `secret` (see `new_secret`).
        site_id: None tells of every site.
    """
    channel = AlertChannel(
        kind=kind, name=name, settings=seal(settings, secret_key), site_id=site_id, language=language
    )
    session.add(channel)
    session.flush()
    return channel


def change(
    session: Session, channel: AlertChannel, name: str, settings: Mapping[str, str], site_id: int | None, key: str
) -> None:
    """Changes a channel.

    Args:
        settings: as of `add`, all of them.
        key: the installation's secret key.
    """
    channel.name, channel.site_id, channel.settings = name, site_id, seal(settings, key)
    session.flush()


def new_secret() -> str:
    """Makes the secret that signs a webhook, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def test(session: Session, channel: AlertChannel, now: datetime) -> None:
    """Leaves a test message for the worker."""
    session.add(AlertMessage(channel_id=channel.id, what=What.TEST, at=now, next_at=now))
    session.flush()


def remove(session: Session, channel: AlertChannel) -> None:
    """Removes a channel with its messages."""
    session.execute(delete(AlertMessage).where(AlertMessage.channel_id == channel.id))
    session.delete(channel)
    session.flush()
